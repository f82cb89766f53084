// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"os"
	"path/filepath"
	"testing"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild"
)

// TestTake checks that bitcode which was taken stays what it was, and goes with
// its stamp, when another process replaces the bitcode before it is used. Two
// directories of an external module's build, with flags of their own, do that.
func TestTake(t *testing.T) {
	dir := t.TempDir()
	plan := func(base ...string) *Plan {
		file := filepath.Join(dir, "helpers")
		return &Plan{Key: "key", Variant: kbuild.Module, Base: base, Bitcode: file + ".bc", Stamp: file + ".json"}
	}
	install := func(p *Plan, text string) {
		t.Helper()
		st := &Stamp{Schema: stampSchema, Key: p.Key, Variant: p.Variant, Base: p.Base, Helpers: []string{"rust_helper_" + text}}
		if err := st.install(p, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	c := &compilation.Context{Host: hosttest.New(t), Kbuild: &kbuild.Environment{}}
	one, other := plan("-O2", "-DONE"), plan("-O2", "-DOTHER")
	install(one, "one")
	taken := filepath.Join(dir, "taken.bc")
	st, err := one.Take(c, taken)
	if err != nil {
		t.Fatal(err)
	}
	install(other, "other")
	data, err := os.ReadFile(taken)
	if err != nil || string(data) != "one" || st.Helpers[0] != "rust_helper_one" {
		t.Errorf("taken: %q, with the helpers %q, %v", data, st.Helpers, err)
	}
	if st, why, err := one.load(); st != nil || why == "" || err != nil {
		t.Errorf("the bitcode of other flags is used: %+v, %v", st, err)
	}
	// The file that was taken is replaced by the next one.
	st, err = other.Take(c, taken)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(taken); err != nil || string(data) != "other" || st.Helpers[0] != "rust_helper_other" {
		t.Errorf("taken: %q, with the helpers %q, %v", data, st.Helpers, err)
	}
}
