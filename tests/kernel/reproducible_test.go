// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

// reproducible: in another directory, with another -j, the shims make the same bytes
// wherever the unwrapped tools do: all Rust objects, all modules and vmlinux. C
// objects are the plain build's in both directories.
func (k *kernelBuild) reproducible(t *testing.T) {
	if k.Version != k.l.LeastRust().Version {
		t.Skip("one kernel is enough, and this test builds all of its Rust twice")
	}
	k.make(t, nil) // all of it, with the settings of the second build
	other := func(ab string) string {
		t.Helper()
		tree := k.l.Fork(k.Version)
		for _, o := range k.objects {
			if err := os.Remove(filepath.Join(k.l.Path(tree), o)); err != nil {
				t.Fatal(err)
			}
		}
		k.l.MustRun(lab.Options{AB: ab}, k.l.MakeIn(tree, k.Version, "-j3"))
		return k.l.Path(tree)
	}
	plain, ours := other(""), other(k.shims)
	here := k.host("")
	all := slices.Concat(k.objects, []string{"vmlinux"}, files.Find(t, here, files.HasExt(".ko")))
	same := func(a, b, file string) bool {
		t.Helper()
		return files.Same(t, filepath.Join(a, file), filepath.Join(b, file))
	}
	equal, differ := 0, []string{}
	for _, f := range all {
		switch {
		case !same(k.plainHost(""), plain, f):
			differ = append(differ, f)
		case !same(here, ours, f):
			t.Errorf("%s depends on the directory or on -j, and does not with the unwrapped tools", f)
		default:
			equal++
		}
	}
	if equal < len(k.objects)/2 {
		t.Errorf("only %d files could be compared", equal)
	}
	t.Logf("Linux %s: %d files are the same bytes in two directories, vmlinux among them: %t; with the unwrapped tools %d are not: %v",
		k.Version, equal, !slices.Contains(differ, "vmlinux"), len(differ), differ)
}
