// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestKernels checks that the table is in its order, and that lab.sh reads the same versions from it.
func TestKernels(t *testing.T) {
	if len(Kernels) < 2 {
		t.Fatalf("only %d kernels", len(Kernels))
	}
	for i, k := range Kernels {
		if i > 0 && (k.Calls < Kernels[i-1].Calls || k.Doctests < Kernels[i-1].Doctests || len(k.Modules) < len(Kernels[i-1].Modules)) {
			t.Errorf("%s has less Rust code than %s, which stands before it", k.Version, Kernels[i-1].Version)
		}
		if !slices.IsSorted(k.Modules) || len(k.Modules) == 0 {
			t.Errorf("the modules of %s must be some, and sorted: %v", k.Version, k.Modules)
		}
		if got, err := KernelOf(k.Version); err != nil || cmp.Diff(k, got) != "" {
			t.Errorf("%s: %+v, %v", k.Version, got, err)
		}
		if k.HelpersObject() == k.Helpers || !strings.HasSuffix(k.HelpersObject(), ".o") {
			t.Errorf("the object of %s is %s", k.Helpers, k.HelpersObject())
		}
	}
	if _, err := KernelOf("5.4"); err == nil || !strings.Contains(err.Error(), strings.Join(KernelVersions, ", ")) {
		t.Errorf("an unknown version: %v", err)
	}
	out, err := exec.Command("./lab.sh", "kernels").CombinedOutput()
	if err != nil {
		t.Fatalf("lab.sh kernels: %v\n%s", err, out)
	}
	if d := cmp.Diff(KernelVersions, strings.Fields(string(out))); d != "" {
		t.Errorf("versions in Go (-) and in lab.sh (+):\n%s", d)
	}
}

// TestReleases checks that lab.sh and Go read the same of the table of releases, and that its kernels are the lab's.
func TestReleases(t *testing.T) {
	for _, r := range Releases {
		for _, v := range []string{r.GCC, r.Clang} {
			if _, err := KernelOf(v); err != nil {
				t.Errorf("%s: %v", r.Name, err)
			}
		}
		for property, want := range map[string][]string{"suites": r.Suites, "packages": r.Packages, "bindgen": {r.Bindgen}, "fitting": r.Fitting, "newer": r.Newer} {
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
