// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKnown checks that the table is in its order, and that a kernel is found in a list.
func TestKnown(t *testing.T) {
	var versions []string
	for i, k := range Known {
		versions = append(versions, k.Version)
		if i > 0 && (!older(Known[i-1].Version, k.Version) || k.Calls < Known[i-1].Calls || k.Doctests < Known[i-1].Doctests || len(k.Modules) < len(Known[i-1].Modules)) {
			t.Errorf("%s is older or has less Rust code than %s, which stands before it", k.Version, Known[i-1].Version)
		}
		if !slices.IsSorted(k.Modules) || len(k.Modules) == 0 {
			t.Errorf("the modules of %s must be some, and sorted: %v", k.Version, k.Modules)
		}
		if got, err := KernelOf(Known, k.Version); err != nil || cmp.Diff(k, got) != "" {
			t.Errorf("%s: %+v, %v", k.Version, got, err)
		}
		if k.HelpersObject() == k.Helpers || !strings.HasSuffix(k.HelpersObject(), ".o") {
			t.Errorf("the object of %s is %s", k.Helpers, k.HelpersObject())
		}
	}
	if _, err := KernelOf(Known, "5.4"); err == nil || !strings.Contains(err.Error(), strings.Join(versions, ", ")) {
		t.Errorf("an unknown version: %v", err)
	}
	if k, err := KernelOf(Known, Newest); err != nil || k.Version != versions[len(versions)-1] {
		t.Errorf("the newest: %+v, %v", k, err)
	}
}

// TestDescribe checks what is found out of kernels without an entry.
func TestDescribe(t *testing.T) {
	tree := func(files ...string) string {
		dir := t.TempDir()
		for _, f := range files {
			name, text, _ := strings.Cut(f, ":")
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	const file, directory = "rust/helpers.c:", "rust/helpers/helpers.c:"
	const has = "lib/Kconfig.debug:menu \"Rust\"\n\nconfig RUST_INLINE_HELPERS\n\tbool\n"
	least, most := Known[0], Known[len(Known)-1]
	for name, test := range map[string]struct {
		version, tree string
		want          Kernel
	}{
		"an older one":  {"6.1", tree(file, "lib/Kconfig.debug:config RUST\n"), Kernel{Helpers: "rust/helpers.c", Calls: 1, Doctests: 1}},
		"between":       {"7.2", tree(directory, has), Kernel{Helpers: "rust/helpers/helpers.c", Option: "RUST_INLINE_HELPERS", Calls: least.Calls, Doctests: least.Doctests}},
		"of two digits": {"6.13", tree(directory), Kernel{Helpers: "rust/helpers/helpers.c", Calls: least.Calls, Doctests: least.Doctests}},
		"a newer one":   {"10.0", tree(directory, has), Kernel{Helpers: "rust/helpers/helpers.c", Option: "RUST_INLINE_HELPERS", Calls: most.Calls, Doctests: most.Doctests}},
		"a known one":   {least.Version, t.TempDir(), least},
	} {
		test.want.Version = test.version
		if got, err := describe(test.version, test.tree); err != nil || cmp.Diff(test.want, got) != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, cmp.Diff(test.want, got))
		}
	}
	if _, err := describe("7.4", tree("Makefile:")); err == nil || !strings.Contains(err.Error(), "have no helpers") {
		t.Errorf("a kernel without helpers: %v", err)
	}
}

// TestKnownInSources checks the table against the sources in the lab.
func TestKnownInSources(t *testing.T) {
	l := Open(t)
	for _, k := range l.Kernels() {
		got := Kernel{Version: k.Version}
		if err := got.readSources(l.Path(l.Source(k.Version))); err != nil || got.Helpers != k.Helpers || got.Option != k.Option {
			t.Errorf("%s: %+v in its sources, %+v in the table (%v)", k.Version, got, k, err)
		}
	}
}

// TestReleases checks that lab.sh and Go read the same of the table of releases, and that its kernels are known.
func TestReleases(t *testing.T) {
	for _, r := range Releases {
		for _, v := range []string{r.GCC, r.Clang} {
			if _, err := KernelOf(Known, v); err != nil {
				t.Errorf("%s: %v", r.Name, err)
			}
		}
		for property, want := range map[string][]string{"suites": r.Suites, "kernel": {r.Kernel}, "packages": r.Packages, "bindgen": {r.Bindgen}, "fitting": r.Fitting, "newer": {r.Newer}} {
			cmd := exec.Command("bash", "-c", "here=. self=./lab.sh; . sh/common.sh; property releases "+r.Name+" "+property)
			out, err := cmd.Output()
			if d := cmp.Diff(strings.Join(want, " "), strings.Join(strings.Fields(string(out)), " ")); d != "" || err != nil {
				t.Errorf("%s, %s: in Go (-) and in lab.sh (+): %v\n%s", r.Name, property, err, d)
			}
		}
	}
}

func TestReadKernels(t *testing.T) {
	const good = "# of two\n\n6.1\n  helpers a.c\n  option none\n  hidden none\n  calls 1\n  doctests 2\n  modules a b\n"
	got, err := readKernels(good)
	want := []Kernel{{Version: "6.1", Helpers: "a.c", Calls: 1, Doctests: 2, Modules: []string{"a", "b"}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for name, test := range map[string]struct{ text, why string }{
		"a property is missing":    {strings.Replace(good, "  option none\n", "", 1), "6.1: option is missing"},
		"an unknown property":      {good + "  boots no\n", "unknown property boots"},
		"a property twice":         {good + "  calls 2\n", "line 10: 6.1 has calls twice"},
		"an entry twice":           {good + "6.1\n", "line 10: 6.1 has two entries"},
		"no number":                {strings.Replace(good, "calls 1", "calls many", 1), "calls is not a number"},
		"zero":                     {strings.Replace(good, "calls 1", "calls 0", 1), "calls is not a number above zero"},
		"two words":                {strings.Replace(good, "helpers a.c", "helpers a.c b.c", 1), "helpers has 2 words"},
		"a property without entry": {"  calls 1\n", "line 1 is neither"},
		"a name with a value":      {"6.1 6.2\n", "line 1 is neither"},
		"a property without value": {good + "  boots\n", "line 10 is neither"},
	} {
		if got, err := readKernels(test.text); err == nil || !strings.Contains(err.Error(), test.why) {
			t.Errorf("%s: %+v, error %v, want %q", name, got, err, test.why)
		}
	}
}
