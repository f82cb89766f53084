// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"cmp"
	"fmt"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/toolchain"
)

// llvm checks that the programs exist which kbuild runs under LLVM=. rustc is the major
// version of rustc's LLVM, 0 if it is not known.
func (c *Check) llvm(h host.Host, rustc int) {
	llvm := h.Getenv("LLVM")
	for _, p := range toolchain.LLVMPrograms(h, llvm) {
		subject := "kbuild's " + p.Tool
		if p.Path != "" {
			c.add(CheckOK, subject, fmt.Sprintf("%s (LLVM=%s)", p.Path, llvm), "")
			continue
		}
		hint := "install it, or give LLVM= what kbuild takes: 1, a suffix (LLVM=-19 means clang-19 and ld.lld-19), or a directory (LLVM=DIR/)"
		if suffix := fmt.Sprintf("-%d", rustc); rustc > 0 && suffix != llvm && allExist(toolchain.LLVMPrograms(h, suffix)) {
			hint = fmt.Sprintf("give LLVM=%s: clang%s and ld.lld%s are on PATH; or install %s", suffix, suffix, suffix, p.Name)
		}
		c.add(CheckProblem, subject, fmt.Sprintf(`LLVM=%s means %s, and there is no such program: make stops with "%s: not found"`, llvm, p.Name, p.Name), hint)
	}
}

func allExist(programs []toolchain.LLVMProgram) bool {
	for _, p := range programs {
		if p.Path == "" {
			return false
		}
	}
	return true
}

// compiler compares the C compiler that kbuild would run with the one that the tree was
// configured for. make configures a tree again for another compiler without a question, and
// rebuilds everything (the kernel's Makefile runs syncconfig when CC's version changes).
// It reports whether this is a problem.
func (c *Check) compiler(config map[string]string, cc toolchain.Compiler, settingCC bool, llvm string) (problem bool) {
	const (
		again  = "make configures the tree again for it, without a question, and rebuilds everything"
		remedy = "give RUSTC=rustc-lto-wrap without CC=, or CC=cc-helper-wrap with LTO_WRAP_CC=gcc"
	)
	name := shellquote.Join(cc.Argv...)
	switch gcc, clang := config["CONFIG_CC_IS_GCC"] == "y", config["CONFIG_CC_IS_CLANG"] == "y"; {
	case gcc && cc.Shim && cc.Argv == nil:
		c.add(CheckProblem, "CC", `gcc configured this tree, and cc-helper-wrap finds no C compiler to run: make stops with "unknown C compiler"`, remedy)
		return true
	case gcc && cc.Shim && cc.IsClang && !settingCC && llvm == "":
		c.add(CheckProblem, "CC", fmt.Sprintf("gcc configured this tree, and cc-helper-wrap runs %s: %s", name, again), remedy)
		return true
	case gcc && cc.IsClang:
		c.add(CheckNote, "CC", fmt.Sprintf("gcc configured this tree, and kbuild would run %s: %s", name, again), "")
	case gcc && !cc.Named:
		c.add(CheckNote, "CC", "gcc configured this tree: RUSTC=rustc-lto-wrap without CC= is enough, and CC=cc-helper-wrap also needs LTO_WRAP_CC=gcc", "")
	case clang && !cc.IsClang && (cc.Argv != nil || !cc.Named):
		c.add(CheckNote, "CC", "clang configured this tree, and kbuild would run "+cmp.Or(name, "gcc")+": "+again+". Give LLVM= here and to make", "")
	}
	return false
}
