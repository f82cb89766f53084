// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"os"
	"path/filepath"
	"testing"

	"rustc-lto-wrap/shim/kbuild/kbuildtest"
)

// TestClangTarget reads the triples of kernels.
func TestClangTarget(t *testing.T) {
	for _, tree := range kbuildtest.Sources(t) {
		for _, c := range []struct{ srcarch, subarch, want string }{
			{"x86", "x86", "x86_64-linux-gnu"}, {"arm", "x86", "arm-linux-gnueabi"}, {"arm64", "", "aarch64-linux-gnu"}, {"s390", "", "s390x-linux-gnu"},
			{"loongarch", "", "loongarch64-linux-gnusf"}, {"um", "x86", "x86_64-linux-gnu"}, {"um", "none", ""}, {"none", "x86", ""}, {"", "x86", ""},
		} {
			e := &Environment{Srctree: tree, Srcarch: c.srcarch, Subarch: c.subarch}
			if got := e.ClangTarget(); got != c.want {
				t.Errorf("%s: %s, %s: %q, want %q", filepath.Base(tree), c.srcarch, c.subarch, got, c.want)
			}
		}
	}
}

// TestClangTargetElsewhere checks that what is no triple is not taken for one.
func TestClangTargetElsewhere(t *testing.T) {
	e := &Environment{Srctree: t.TempDir(), Srcarch: "x86"}
	if got := e.ClangTarget(); got != "" {
		t.Errorf("without scripts/Makefile.clang: %q", got)
	}
	if err := os.Mkdir(filepath.Join(e.Srctree, "scripts"), 0o755); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"CLANG_TARGET_FLAGS_x86 := one-linux\n":                      "one-linux",
		"CLANG_TARGET_FLAGS_x86\t:= $(shell uname -m)-linux\n":       "",
		"CLANG_TARGET_FLAGS := one-linux\nX_TARGET_x86 := other\n":   "",
		"# CLANG_TARGET_FLAGS_x86 := one-linux\n":                    "",
		"CLANG_TARGET_FLAGS_x86 := $(CLANG_TARGET_FLAGS_$(OTHER))\n": "",
	} {
		if err := os.WriteFile(filepath.Join(e.Srctree, "scripts/Makefile.clang"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := e.ClangTarget(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
