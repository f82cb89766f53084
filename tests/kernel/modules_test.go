// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/lab"
)

// ownMeaning: modules that would mean something else with the kernel's body of a helper (lab_own) or with the kernel's helpers compiled
// with the module's own flags (lab_flags), or that would not link without rustc's limits for inlining (lab_contract), print what
// they print when the unwrapped tools build them, with either way of using the shims.
func (k *kernelBuild) ownMeaning(t *testing.T) {
	calls := map[string]map[string]int{}
	said := func(way, ab string) (lines []string) {
		t.Helper()
		calls[way] = map[string]int{}
		var paths []string
		for _, m := range []struct{ sources, name string }{
			{"testdata/modules/own", "lab_own"}, {"testdata/modules/flags", "lab_flags"}, {"testdata/contract", "lab_contract"},
		} {
			dir, err := k.l.External(lab.Options{Obj: k.plain.Obj, AB: ab}, k.Version, m.sources)
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			paths = append(paths, filepath.Join(k.l.Path(dir), m.name+".ko"))
			if glue := filepath.Join(k.l.Path(dir), "glue.o"); m.name != "lab_contract" {
				calls[way][m.name] = helperCalls(t, glue)
			}
		}
		for line := range strings.Lines(k.bootTree(k.plain.Obj, paths...)) {
			for _, name := range []string{"lab_own: ", "lab_flags: ", "rust_contract: "} {
				if at := strings.Index(line, name); at >= 0 {
					lines = append(lines, strings.TrimSpace(line[at:]))
				}
			}
		}
		return lines
	}
	rustcOnly := k.l.Tree()
	clang, err := os.Readlink(filepath.Join(k.l.Path(lab.ABDir), "cc"))
	if err == nil {
		err = os.MkdirAll(k.l.Path(rustcOnly), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"rustc": k.shims + "/rustc", "cc": clang} {
		if err := os.Symlink(to, filepath.Join(k.l.Path(rustcOnly), name)); err != nil {
			t.Fatal(err)
		}
	}
	plain := said("the plain build", "")
	for _, want := range []string{"lab_own: glue says 42", "lab_flags: in C 1, by the helper 0", "rust_contract: "} {
		if !slices.ContainsFunc(plain, func(l string) bool { return strings.HasPrefix(l, want) }) {
			t.Errorf("built by the unwrapped tools, the modules do not say %q:\n%s", want, strings.Join(plain, "\n"))
		}
	}
	for way, ab := range map[string]string{"both shims": k.shims, "RUSTC= alone": rustcOnly} {
		if d := cmp.Diff(plain, said(way, ab)); d != "" {
			t.Errorf("%s: the modules say something else (-plain +shims):\n%s", way, d)
		}
	}
	if d := cmp.Diff(map[string]map[string]int{
		"the plain build": {"lab_own": 1, "lab_flags": 1}, "both shims": {"lab_own": 1, "lab_flags": 0}, "RUSTC= alone": {"lab_own": 1, "lab_flags": 0},
	}, calls); d != "" {
		t.Errorf("calls to helpers (-want +got):\n%s", d)
	}
}
