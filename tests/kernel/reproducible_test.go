// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/lab"
)

// reproducible: in another folder, with another -j, the shims make the same bytes
// wherever the bare tools do: all Rust objects, all modules and vmlinux. C
// objects are the plain build's in both folders.
func (k *kernelBuild) reproducible(t *testing.T) {
	if k.version != lab.KernelVersions[0] {
		t.Skip("one kernel is enough, and this test builds all of its Rust twice")
	}
	k.make(t, nil) // all of it, with the settings of the second build
	other := func(ab string) string {
		t.Helper()
		tree := k.l.Fork(k.version)
		for _, o := range k.objects {
			if err := os.Remove(filepath.Join(k.l.Path(tree), o)); err != nil {
				t.Fatal(err)
			}
		}
		options := lab.Options{}
		if ab != "" {
			options.AB = ab
		}
		out, errs, code := k.l.Run(options, "make -s -C "+k.l.Source(k.version)+" O="+tree+" LLVM=1 CC=/lab/ab/cc RUSTC=/lab/ab/rustc -j3")
		if code != 0 {
			t.Fatalf("make O=%s: status %d\n%s", tree, code, tail(out+errs))
		}
		return k.l.Path(tree)
	}
	plain, ours := other(""), other(k.shims)
	files := append(slices.Clone(k.objects), "vmlinux")
	here := k.host("")
	err := filepath.WalkDir(here, func(path string, d fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(here, path); err == nil && strings.HasSuffix(path, ".ko") {
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b, file string) bool {
		t.Helper()
		one, err := os.ReadFile(filepath.Join(a, file))
		if err != nil {
			t.Fatal(err)
		}
		two, err := os.ReadFile(filepath.Join(b, file))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Equal(one, two)
	}
	equal, differ := 0, []string{}
	for _, f := range files {
		switch {
		case !same(k.plainHost(""), plain, f):
			differ = append(differ, f)
		case !same(here, ours, f):
			t.Errorf("%s depends on the folder or on -j, and does not with the bare tools", f)
		default:
			equal++
		}
	}
	if equal < len(k.objects)/2 {
		t.Errorf("only %d files could be compared", equal)
	}
	t.Logf("Linux %s: %d files are the same bytes in two folders, vmlinux among them: %t; with the bare tools %d are not: %v",
		k.version, equal, !slices.Contains(differ, "vmlinux"), len(differ), differ)
}
