// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// TestClangCandidates: the order in which a clang is looked for.
func TestClangCandidates(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"LLVM= CC=", "clang"},
		{"LLVM=1 CC=", "clang clang"},
		{"LLVM=-19 CC=", "clang-19 clang"},
		{"LLVM=1 CC=clang-19", "clang-19 clang clang"},
		{"LLVM=-20 CC=cc-helper-wrap", "clang-20 clang"},
		{"LLVM=1 CC=clang-19 LTO_WRAP_CC=rustc", "BIN/rustc clang-19 clang clang"},
	} {
		h := hosttest.New(t, strings.Fields(c.env)...)
		kb, err := kbuild.Read(h)
		if err != nil {
			t.Fatal(err)
		}
		candidates, err := clangCandidates(h, kb)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, cand := range candidates {
			got = append(got, strings.Replace(strings.Join(cand.argv, " "), h.Bin, "BIN", 1))
		}
		if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.env, d)
		}
	}
}

// TestLLVMTools: the tools of LLVM are those beside the clang that builds the
// kernel, also where LLVM= would give others.
func TestLLVMTools(t *testing.T) {
	h := hosttest.New(t, "LLVM=1")
	s := &settings.Settings{}
	candidates := llvmToolCandidates(h, "llvm-link", s.LLVMLink, Tool{Argv: []string{"/opt/bin/clang-19"}, Major: 19, Origin: "kbuild's CC"})
	if first := candidates[0].argv[0]; first != "/opt/bin/llvm-link-19" {
		t.Errorf("beside kbuild's CC: %s", first)
	}
	candidates = llvmToolCandidates(h, "llvm-link", s.LLVMLink, Tool{Argv: []string{filepath.Join(h.Bin, "clang")}, Major: 19, Origin: fromLLVM})
	if first := candidates[0].argv[0]; first != "llvm-link" {
		t.Errorf("with LLVM=1: %s", first)
	}
}
