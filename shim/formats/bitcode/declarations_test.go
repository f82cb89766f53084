// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// declarations are what llvm-dis of LLVM 19 prints for the files in testdata.
// types.bc has one declaration for each sort of type.
var declarations = map[string]map[string]string{
	"clang.bc": {"printk": "i32 (ptr, ...)", "rust_helper_BUG": "void ()", "llvm.cttz.i32": "i32 (i32, i1)"},
	"rustc.bc": {"rust_helper_BUG": "void ()", "rust_helper_refcount_inc": "void (ptr)"},
	"none.bc":  {},
	"types.bc": {
		"integers":   "i64 (i1, i8, i24, i128)",
		"floats":     "double (float, fp128)",
		"pointers":   "ptr (ptr addrspace(3))",
		"arrays":     "[2 x i64] ([1 x i32], [0 x ptr])",
		"structures": "{ i64, i32 } ({}, <{ i8, i32 }>, { { i16 } })",
		"named":      "%pair (%pair, %opaque)",
		"vectors":    "<4 x i32> (<2 x double>)",
		"variadic":   "void (i32, ...)",
		"only_dots":  "void (...)",
		"unknown":    "?",
	},
}

func TestDeclarations(t *testing.T) {
	for file, want := range declarations {
		got, err := Declarations(read(t, file))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestShortTypes has each code of a type with too few operands, as damaged bitcode may have it.
func TestShortTypes(t *testing.T) {
	for code := range uint64(32) {
		for operands := range 3 {
			types := typeTable{}
			types.add(code, make([]uint64, operands))
			if len(types.texts) > 1 || len(types.texts) == 1 && types.texts[0] == "" {
				t.Errorf("code %d with %d operands: %q", code, operands, types.texts)
			}
		}
	}
}

func FuzzDeclarations(f *testing.F) {
	for file := range declarations {
		f.Add(read(f, file))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Declarations(data)
		if err != nil {
			return
		}
		for name, kind := range got {
			if kind == "" || len(kind) > longest {
				t.Errorf("%q has the type %q", name, kind)
			}
		}
	})
}
