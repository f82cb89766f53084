// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/bitcode/bitcodetest"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/toolchain"
)

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCratesLLVM checks that bitcode which neither rustc nor clang can have written is refused.
func TestCratesLLVM(t *testing.T) {
	r := &run{
		Context: &compilation.Context{Tools: &toolchain.Toolchain{Rustc: toolchain.Tool{Major: 18}, Clang: toolchain.Tool{Major: 19}}},
		plan:    &Plan{Bitcode: filepath.Join(t.TempDir(), "crate.bc")},
	}
	for producer, good := range map[string]bool{"LLVM18.1.7": true, "LLVM19.1.7": true, "LLVM17.0.6": false, "LLVM20.1.0": false, "APPLE_1_1500.3.9.4_0": true} {
		write(t, r.plan.Bitcode, bitcodetest.Empty(producer))
		_, _, err := r.readBitcode()
		if good != (err == nil) || err != nil && !strings.Contains(err.Error(), "was written by LLVM ") {
			t.Errorf("%s: %v", producer, err)
		}
	}
}

// TestSameLayout has bitcode of one target, of two, and without a data layout, which goes with each.
func TestSameLayout(t *testing.T) {
	const one, other = "e-m:e-i64:64", "e-m:e-i64:32"
	dir := t.TempDir()
	r := &run{plan: &Plan{Bitcode: filepath.Join(dir, "crate.bc"), Taken: filepath.Join(dir, "helpers.bc"), Object: "crate.o"}}
	for _, c := range []struct {
		crate, helpers string
		good           bool
	}{{one, one, true}, {one, other, false}, {"", other, true}, {one, "", true}, {"", "", true}} {
		for path, layout := range map[string]string{r.plan.Bitcode: c.crate, r.plan.Taken: c.helpers} {
			write(t, path, bitcodetest.WithLayout("LLVM19.1.7", layout))
		}
		err := r.sameLayout()
		if c.good != (err == nil) || err != nil && !strings.Contains(err.Error(), one+" in rustc, "+other+" in clang") {
			t.Errorf("%q and %q: %v", c.crate, c.helpers, err)
		}
	}
	for name, change := range map[string]func(path string) error{
		"no file": os.Remove, "no bitcode": func(path string) error { return os.WriteFile(path, []byte("text"), 0o644) },
	} {
		if err := change(r.plan.Bitcode); err != nil {
			t.Fatal(err)
		}
		if f, ok := r.sameLayout().(*host.Failure); !ok || !f.Inlining || !strings.HasPrefix(f.What, "cannot read the data layout of "+r.plan.Bitcode) {
			t.Errorf("%s: %v", name, f)
		}
	}
}
