// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

// There are two ways to get the helpers into a crate. Both use the linker in
// llvm/lib/Linker. Either clang merges them when it reads the crate, or llvm-link
// merges them before, as [toolchain.Toolchain.ClangMerges] says. The first way saves a
// process, and the writing and reading of the merged bitcode. The two ways differ in
// which unreferenced definitions they take. After the edits of package llvmir, only
// strong aliases are affected, and the helpers of the kernels that were tried have
// none.

// mergeFlags returns the flags with which clang merges bitcode in. Of the
// available_externally and linkonce_odr definitions, clang's linker takes those
// that are referenced (ModuleLinker::linkIfNeeded in
// llvm/lib/Linker/LinkModules.cpp). -Wno-linker-warnings is needed because rustc
// and clang spell their target triples differently.
func mergeFlags(bitcode string) []string {
	return []string{"-Wno-linker-warnings", "-Xclang", "-mlink-bitcode-file", "-Xclang", bitcode}
}

// planLink returns the step in which llvm-link makes p.Merged.
func planLink(s *settings.Settings, t *toolchain.Toolchain, p *Plan) *host.Step {
	// --only-needed leaves out what the crate does not reference.
	// --suppress-warnings suppresses the same warnings as -Wno-linker-warnings in
	// [mergeFlags].
	flags := []string{"--only-needed", "--suppress-warnings"}
	if s.Linkage == llvmir.Internal {
		flags = append(flags, "--internalize")
	}
	step := host.NewStep("llvm-link", t.LLVMLink.Argv, flags, []string{"-o", p.Merged, p.Bitcode, p.Taken}, s.LinkFlags)
	return &step
}
