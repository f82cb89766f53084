// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPlaces checks where the files of a tree and of an external module are.
func TestPlaces(t *testing.T) {
	tree, module, objects := t.TempDir(), t.TempDir(), t.TempDir()
	const many, one = "/src/rust/helpers/helpers.c", "/src/rust/helpers.c"
	for _, c := range []struct {
		what, in, source, extmod, helpers, store, cache string
	}{
		{"a kernel", tree, many, "", tree + "/rust/helpers", tree + "/rust/helpers", tree + "/rust"},
		{"a kernel before 6.12", tree, one, "", tree + "/rust", tree + "/rust", tree + "/rust"},
		{"an external module, as recipes of 6.12 run", tree, many, module, tree + "/rust/helpers", module, module},
		{"an external module, as recipes run since 6.13", module, many, module, tree + "/rust/helpers", ".", "."},
		{"an external module with MO=", objects, one, module, tree + "/rust", ".", "."},
	} {
		t.Chdir(c.in)
		e := &Environment{Objtree: tree, Extmod: c.extmod}
		for what, got := range map[string][2]string{
			"the helpers' object": {e.HelpersDir(c.source), c.helpers},
			"the bitcode":         {e.StoreDir(c.source), c.store},
			"facts about tools":   {e.CacheDir(), c.cache},
		} {
			if got[0] != got[1] {
				t.Errorf("%s: %s is in %s, want %s", c.what, what, got[0], got[1])
			}
		}
	}
	// A tree that is gone is not this directory.
	if got := (&Environment{Objtree: filepath.Join(tree, "gone"), Extmod: module}).CacheDir(); got != module {
		t.Errorf("without an object tree: %s", got)
	}
}

// TestBeside checks that make clean and .gitignore cover all files beside an object, and that none is kbuild's own.
func TestBeside(t *testing.T) {
	files := SideFiles("rust/kernel.o")
	for _, f := range files {
		if !strings.HasPrefix(f, "rust/.tmp_kernel.o.lto_wrap") || f == "rust/.tmp_kernel.o" {
			t.Errorf("%s", f)
		}
	}
	if got := Beside("kernel.o", BitcodeSuffix); got != ".tmp_kernel.o.lto_wrap.bc" || !slices.Contains(files, "rust/"+got) {
		t.Errorf("%s, of %q", got, files)
	}
	slices.Sort(files)
	if n := len(slices.Compact(slices.Clone(files))); n != len(files) {
		t.Errorf("only %d names differ: %q", n, files)
	}
}

// TestVariants checks which variants a configuration has, and that each has flags of its own.
func TestVariants(t *testing.T) {
	tree := t.TempDir()
	e := &Environment{Objtree: tree, Kernel: []string{"-DK"}, Module: []string{"-DM"}}
	for text, want := range map[string][]Variant{
		"":                            {Builtin},
		"# CONFIG_MODULES is not set": {Builtin},
		"CONFIG_MODULES=n\n":          {Builtin},
		"CONFIG_MODULES=y\n":          {Builtin, Module},
	} {
		file := filepath.Join(tree, "include/config/auto.conf")
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil {
			err = os.WriteFile(file, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Variants(); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
	if k, m := e.Flags(Builtin), e.Flags(Module); k[0] != "-DK" || m[0] != "-DM" {
		t.Errorf("%q and %q", k, m)
	}
}
