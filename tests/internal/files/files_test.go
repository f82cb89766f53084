// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package files

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		// Another file of the same name, as a rename makes it.
		if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b/x.o", "a.o", "b/y.ko"} {
		write(name, name)
	}
	all := Find(t, dir, func(string) bool { return true })
	if d := cmp.Diff([]string{"a.o", "b/x.o", "b/y.ko"}, all); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"b/y.ko"}, Find(t, dir, HasExt(".ko", ".a"))); d != "" {
		t.Errorf("modules (-want +got):\n%s", d)
	}
	contents, identities := Contents(t, dir, all), Identities(t, dir, all)
	write("a.o", "a.o")
	if d := Differ(contents, Contents(t, dir, all)); d != nil {
		t.Errorf("the same contents differ: %v", d)
	}
	if d := cmp.Diff([]string{"a.o"}, Differ(identities, Identities(t, dir, all))); d != "" {
		t.Errorf("made again (-want +got):\n%s", d)
	}
	write("b/x.o", "other")
	if d := cmp.Diff([]string{"b/x.o"}, Differ(contents, Contents(t, dir, all))); d != "" {
		t.Errorf("changed (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"a", "b"}, Differ(map[string]string{"a": "", "c": ""}, map[string]string{"b": "", "c": ""})); d != "" {
		t.Errorf("on one side only (-want +got):\n%s", d)
	}
	if !Same(t, filepath.Join(dir, "a.o"), filepath.Join(dir, "a.o")) || Same(t, filepath.Join(dir, "a.o"), filepath.Join(dir, "b/x.o")) {
		t.Error("Same is wrong")
	}
}

// TestIntermediate holds the names that the shims give their files: see places.go and plan.go of shim.
func TestIntermediate(t *testing.T) {
	for path, want := range map[string]bool{
		"rust/helpers/.tmp_lto_wrap_helpers_builtin_0123456789ab.bc":     false,
		"rust/helpers/.tmp_lto_wrap_helpers_builtin_0123456789ab.json":   false,
		"rust/helpers/.tmp_lto_wrap_helpers_module_0123456789ab.exports": false,
		"rust/helpers/.tmp_lto_wrap_helpers_module.lock":                 false,
		"rust/helpers/.tmp_lto_wrap_helpers_builtin_0123456789ab.new.ll": true,
		"rust/helpers/.tmp_lto_wrap_helpers_builtin_0123456789ab.new.bc": true,
		"rust/.tmp_lto_wrap_tools.json":                                  false,
		"rust/.tmp_lto_wrap_new_.tmp_lto_wrap_tools.json":                true,
		"rust/.tmp_kernel.o.lto_wrap.json":                               false,
		"rust/.tmp_lto_wrap_new_.tmp_kernel.o.lto_wrap.json":             true,
		"rust/.tmp_kernel.o.lto_wrap.bc":                                 true,
		"rust/.tmp_kernel.o.lto_wrap.merged.bc":                          true,
		"rust/.tmp_kernel.o.lto_wrap.new.o":                              true,
		"rust/.tmp_kernel.o.lto_wrap.new-0f0f.o.tmp":                     true,
		"rust/helpers/.tmp_lto_wrap_warned_2":                            false,
		"rust/kernel.bc":                                                 true,
		"rust/kernel.o":                                                  false,
		"rust/.tmp_kernel.o":                                             false,
		"lto_wrap/rust/.kernel.o.cmd":                                    false,
	} {
		if got := Intermediate(path); got != want {
			t.Errorf("%s: %t, want %t", path, got, want)
		}
	}
}
