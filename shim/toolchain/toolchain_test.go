// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"strings"
	"testing"
)

func TestVersionsMustMatch(t *testing.T) {
	tools := &Toolchain{
		Rustc: Tool{Argv: []string{"rustc"}, Major: 19, Version: "rustc 1.85.1"}, Clang: Tool{Argv: []string{"clang-18"}, Major: 18, Version: "clang version 18.1.8"},
	}
	err := tools.mismatch()
	for _, want := range []string{"19", "18", "rustc 1.85.1", "clang version 18.1.8"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the message lacks %s: %v", want, err)
		}
	}
	for _, p := range []*Tool{&tools.Clang, &tools.LLVMLink, &tools.LLVMAs} {
		p.Argv, p.Major = []string{"tool"}, 19
	}
	if err := tools.mismatch(); err != nil {
		t.Error(err)
	}
	tools.LLVMAs.Major = 18
	if err := tools.mismatch(); err == nil || !strings.Contains(err.Error(), "LLVM 18") {
		t.Errorf("llvm-as of another LLVM is not noticed: %v", err)
	}
}
