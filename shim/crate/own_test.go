// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"
	"path/filepath"
	"testing"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/helpers"
)

// TestOwnState checks that the answer changes when the module gets a definition of its own, and only then.
func TestOwnState(t *testing.T) {
	dir := t.TempDir()
	object := filepath.Join(dir, "m.o")
	state := func() string {
		t.Helper()
		s, err := OwnState(object)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	put := func(rec record.Record) {
		t.Helper()
		rec.Object = object
		if err := writeRecord(&rec); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := OwnState(object); s != "" || err == nil {
		t.Errorf("without a record: %q, %v", s, err)
	}
	put(record.Record{})
	if s := state(); s != "" {
		t.Errorf("without a search: %q", s)
	}
	put(record.Record{Search: &record.Search{Dirs: []string{dir}, Makefile: dir, Srctree: t.TempDir(), Objtree: t.TempDir(), Helpers: []string{"rust_helper_BUG"}}})
	write(t, filepath.Join(dir, "Makefile"), []byte("obj-m := m.o\nm-y := a.o\n"))
	write(t, filepath.Join(dir, "a.c"), []byte("int a;\n"))
	none := state()
	if none == "" || state() != none {
		t.Errorf("%q, and then %q", none, state())
	}
	write(t, filepath.Join(dir, "a.c"), []byte("void rust_helper_BUG(void) {}\n"))
	if state() == none {
		t.Error("a definition of its own changes nothing")
	}
}

// TestHideOwn checks that a helper that may be the module's own has no body in what is merged, and that the others keep theirs.
func TestHideOwn(t *testing.T) {
	const helper = "rust_helper_BUG"
	data, err := os.ReadFile("../formats/bitcode/testdata/clang.bc")
	if err != nil {
		t.Fatal(err)
	}
	r := &run{plan: &Plan{Taken: filepath.Join(t.TempDir(), "helpers.bc")}}
	for _, c := range []struct {
		own   map[string]remains.Reason
		calls map[string]remains.Reason
		name  string
	}{
		{nil, nil, helper},
		{map[string]remains.Reason{helper: {Kind: remains.Own}}, nil, "~ust_helper_BUG"},
		{map[string]remains.Reason{helper: {Kind: remains.Own}}, map[string]remains.Reason{helper: {Kind: remains.Weak}}, helper},
	} {
		write(t, r.plan.Taken, data)
		r.own = c.own
		if err := r.hideOwn(&helpers.Stamp{Calls: c.calls}); err != nil {
			t.Fatal(err)
		}
		hidden, err := os.ReadFile(r.plan.Taken)
		if err != nil {
			t.Fatal(err)
		}
		declared, err := bitcode.Declarations(hidden)
		if _, ok := declared[c.name]; !ok || err != nil {
			t.Errorf("own %v, calls %v: %v, %v", c.own, c.calls, declared, err)
		}
	}
}
