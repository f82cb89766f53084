// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcodetest

import (
	"testing"

	"rustc-lto-wrap/shim/formats/bitcode"
)

func TestEmpty(t *testing.T) {
	for producer, major := range map[string]int{"LLVM19.1.7": 19, "LLVM22.1.2-rust-1.95.0-stable": 22, "APPLE_1_1500.3.9.4_0": 0} {
		f, err := bitcode.Parse(Empty(producer))
		if err != nil {
			t.Fatalf("%s: %v", producer, err)
		}
		if f.Producer != producer || f.Major() != major {
			t.Errorf("%s: it is from %s, LLVM %d", producer, f.Producer, f.Major())
		}
	}
}

func TestWithLayout(t *testing.T) {
	for layout, data := range map[string][]byte{"": Empty("LLVM19.1.7"), "e-m:e-i64:64": WithLayout("LLVM19.1.7", "e-m:e-i64:64")} {
		if got, err := bitcode.DataLayout(data); got != layout || err != nil {
			t.Errorf("%q, want %q; %v", got, layout, err)
		}
	}
}
