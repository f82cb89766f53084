// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGCC builds the tree as a kernel that gcc builds is built: with RUSTC alone, with flags and warnings that clang does not
// know. Calls are gone all the same, and nobody says anything of the flags.
func TestGCC(t *testing.T) {
	r := newTree(t)
	if out, code := r.sh(nil, "gcc --version"); code != 0 {
		t.Skipf("there is no gcc here: %s", out)
	}
	const gcc = "make -s CC=gcc CLANG_FLAGS= KCFLAGS='-fconserve-stack -falign-jumps=1 -Wno-packed-not-aligned -Wimplicit-fallthrough=5'"
	r.mustMake(nil, gcc+" RUSTC=rustc")
	plain, _ := r.sh(nil, "./program")
	r.mustMake(nil, "make -s clean")
	if out := r.mustMake(nil, fmt.Sprintf("%s RUSTC=%s/rustc-lto-wrap", gcc, r.bin)); out != "" {
		t.Errorf("make -s prints: %s", out)
	}
	want := strings.Replace(plain, "driver y", "driver m", 1) // as in TestBuild
	if out, _ := r.sh(nil, "./program"); want == plain || out != want {
		t.Errorf("the program prints (-want +got):\n%s", cmp.Diff(want, out))
	}
	for object, want := range map[string][]string{
		"rust/kernel.o":    {"rust_helper_by_address 0/1", "rust_helper_remember 1/1"},
		"drivers/driver.o": {"rust_helper_next_number 1/1", "rust_helper_remember 1/1"},
	} {
		if d := cmp.Diff(want, r.helpers(object)); d != "" {
			t.Errorf("%s refers to helpers (-want +got):\n%s", object, d)
		}
	}
}
