// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/kbuild"
)

// TestAddedSymbols checks that symbols which no helper brings in are looked up in
// the list beside the bitcode, and in the source only if that list is missing.
func TestAddedSymbols(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.c"), []byte("EXPORT_SYMBOL(from_source);\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	kb := &kbuild.Environment{Srctree: dir, Srcarch: "x86"}
	p := &Plan{Exports: filepath.Join(dir, "written.exports")}
	st := &Stamp{Helpers: []string{"rust_helper_a"}, Visible: []string{"visible"}}
	object := []string{".Llocal", ".TOC.", "_savegpr0_29", "crate", "from_source", "memcpy", "rust_helper_a", "visible"}
	check := func(object, want []string) {
		t.Helper()
		got, err := p.AddedSymbols(kb, st, object, []string{"crate"})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("hidden (-want +got):\n%s", d)
		}
	}
	check([]string{"crate", "visible"}, nil)
	check(object, []string{"memcpy"})
	if err := os.WriteFile(p.Exports, []byte("memcpy\tlib/string.c\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	check(object, []string{"from_source"})
	// An external module uses the exports of the kernel that it is built against.
	kb.Extmod, kb.Objtree = dir, dir
	if err := os.WriteFile(filepath.Join(dir, "Module.symvers"), []byte("0x0\tfrom_source\tvmlinux\tEXPORT_SYMBOL\t\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	check(object, []string{"memcpy"})
}

func TestOfEachModule(t *testing.T) {
	for symbol, want := range map[string]bool{
		".TOC.": true, "_GLOBAL_OFFSET_TABLE_": true, "_restgpr1_30": true, "_savevr_20": true,
		"memcpy": false, "__start___ex_table": false, "__this_module": false, ".TOC": false, "": false,
	} {
		if got := isInEachModule(symbol); got != want {
			t.Errorf("%q: %t", symbol, got)
		}
	}
}
