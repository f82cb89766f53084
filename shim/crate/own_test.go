// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
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

// TestSearch checks which directories belong to a module: of the kernel's own, in a tree of its own or not, and of an external one.
func TestSearch(t *testing.T) {
	src, obj, ext := t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{src, obj} {
		if err := os.MkdirAll(filepath.Join(dir, "drivers/d"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(ext)
	kernels := []string{filepath.Join(src, "drivers/d"), filepath.Join(obj, "drivers/d")}
	for _, c := range []struct {
		name, srctree, extmod, module string
		dirs                          []string
		makefile                      string
	}{
		{"the kernel's", src, "", "drivers/d/m", kernels, kernels[0]},
		{"the kernel's, by a rule of its own", src, "", "", kernels, kernels[0]},
		{"the kernel's, built in its sources", obj, "", "drivers/d/m", kernels[1:], kernels[1]},
		{"external", src, ext, "sub/m", []string{ext}, filepath.Join(ext, "sub")},
		{"external, with its path", src, ext, filepath.Join(ext, "sub/m"), []string{ext}, filepath.Join(ext, "sub")},
	} {
		kb := &kbuild.Environment{Srctree: c.srctree, Objtree: obj, Extmod: c.extmod}
		p := &Plan{Module: c.module, Object: "drivers/d/a.o"}
		got := search(kb, p, []string{"rust_helper_f"}, &helpers.Stamp{Uses: map[string][]string{"rust_helper_f": {"kfree", "kfree", "jiffies"}}})
		want := &record.Search{
			Module: c.module, Srctree: c.srctree, Objtree: obj, Helpers: []string{"rust_helper_f"}, Needs: []string{"jiffies", "kfree"},
			Dirs: c.dirs, Makefile: c.makefile,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestHiddenHelper(t *testing.T) {
	for undefined, want := range map[string]string{"": "", "kfree": "", "~ust_helper_f": "~ust_helper_f", "kfree ~ust_helper_f memcpy": "~ust_helper_f"} {
		if got := hiddenHelper(strings.Fields(undefined)); got != want {
			t.Errorf("%s: %q", undefined, got)
		}
	}
}

// TestReasonLeft has one helper for each reason why an object still refers to it.
func TestReasonLeft(t *testing.T) {
	own, held, refused := remains.Reason{Kind: remains.Own, Symbol: "a.c"}, remains.Reason{Kind: remains.Weak}, remains.Reason{Kind: remains.NotExported, Symbol: "kfree"}
	st := &helpers.Stamp{Calls: map[string]remains.Reason{"held": held, "own": held}}
	for _, c := range []struct {
		left   record.Left
		always bool
		want   remains.Reason
	}{
		{record.Left{Name: "own", Calls: 1}, true, own},
		{record.Left{Name: "held", Calls: 1}, true, held},
		{record.Left{Name: "refused", Calls: 1}, true, refused},
		{record.Left{Name: "f", Calls: 1}, true, remains.Reason{Kind: remains.LLVM}},
		{record.Left{Name: "f", References: 1}, true, remains.Reason{Kind: remains.AddressTaken}},
		{record.Left{Name: "f", Calls: 1}, false, remains.Reason{Kind: remains.Cost}},
		{record.Left{Name: "f", References: 1}, false, remains.Reason{Kind: remains.AddressTaken}},
		{record.Left{Name: "f", Calls: 1, Copy: true}, false, remains.Reason{Kind: remains.CostOfCopy}},
	} {
		r := &run{
			Context: &compilation.Context{Settings: &settings.Settings{Always: c.always}},
			own:     map[string]remains.Reason{"own": own}, refused: map[string]remains.Reason{"refused": refused},
		}
		if got := r.reasonLeft(st, &c.left); got != c.want {
			t.Errorf("%+v, always %t: %v, want %v", c.left, c.always, got, c.want)
		}
	}
}
