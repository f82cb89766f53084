// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild"
)

// TestOnceABuild checks that a failure is remembered for the same bitcode in the same build, and for nothing else.
func TestOnceABuild(t *testing.T) {
	if !hosttest.BelowMake(t) {
		return
	}
	c := &compilation.Context{Kbuild: &kbuild.Environment{Objtree: t.TempDir()}}
	if err := os.Mkdir(c.Kbuild.CacheDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	one, other := &helpers.Plan{Variant: kbuild.Builtin, Bitcode: "one.bc"}, &helpers.Plan{Variant: kbuild.Builtin, Bitcode: "other.bc"}
	module := &helpers.Plan{Variant: kbuild.Module, Bitcode: "one.bc"}
	asked := 0
	ask := func(p *helpers.Plan, again bool) {
		t.Helper()
		before := asked
		err := onceABuild(c, p, func() error {
			asked++
			return host.InliningFailure("", "no %s for %s", p.Bitcode, p.Variant)
		})
		if want := fmt.Sprintf("no %s for %s", p.Bitcode, p.Variant); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if (asked > before) != again {
			t.Errorf("asked for %s: %t", p.Bitcode, asked > before)
		}
	}
	ask(one, true)
	ask(one, false)
	ask(module, true)
	ask(other, true)
	ask(other, false)
	mark := filepath.Join(c.Kbuild.CacheDir(), ".tmp_lto_wrap_failed_"+string(kbuild.Builtin))
	for _, text := range []string{`["another build", "other.bc", "it failed"]`, `["`} {
		if err := os.WriteFile(mark, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		ask(other, true)
	}
	// What is no failure of the shims is not remembered.
	if err := os.Remove(mark); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := onceABuild(c, one, func() error { asked++; return nil }); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Errorf("a success is remembered: %v", err)
	}
}
