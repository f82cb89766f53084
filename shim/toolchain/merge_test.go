// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"testing"

	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/settings"
)

func TestClangMerges(t *testing.T) {
	for _, c := range []struct {
		what  string
		s     settings.Settings
		major int
		want  bool
	}{
		{"the default", settings.Settings{Linkage: llvmir.AvailableExternally}, 19, true},
		{"a weak copy", settings.Settings{Linkage: llvmir.LinkonceODR}, 18, true},
		{"a local copy", settings.Settings{Linkage: llvmir.Internal}, 19, false},
		{"an old clang", settings.Settings{Linkage: llvmir.AvailableExternally}, 17, false},
		{"llvm-link is named", settings.Settings{LLVMLink: []string{"llvm-link-19"}}, 19, false},
		{"llvm-link has flags", settings.Settings{LinkFlags: []string{"-v"}}, 19, false},
	} {
		if got := (&Toolchain{Clang: Tool{Major: c.major}}).ClangMerges(&c.s); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}
