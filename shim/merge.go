package shim

import (
	"slices"

	"rustc-lto-wrap/shim/formats/llvmir"
)

// The helpers get into a crate in one of two ways, both of which are the linker of
// llvm/lib/Linker: clang merges them in as it reads the crate, or llvm-link does it
// before. The first spares a process, and writing and reading the merged bitcode.
// It differs in what it takes that nobody refers to, of which package llvmir leaves
// one kind: strong aliases. The helpers of no kernel that was tried have any.

// mergingClang is the first major version of clang that is relied on to merge
// bitcode into an input that is bitcode itself, which earlier ones do not
// (clang/lib/CodeGen/CodeGenAction.cpp: loadLinkModules in CodeGenAction::loadModule,
// LinkInModules in its ExecuteAction). It is that of rustc 1.78,
// the oldest that Linux 6.12 takes (scripts/min-tool-version.sh).
const mergingClang = 18

// clangMerges says whether clang merges the helpers in. It does not where the
// user has something to say of llvm-link, and for local copies of helpers:
// -mlink-bitcode-file knows no --internalize.
func clangMerges(s *Settings, t *Toolchain) bool {
	return t.Clang.Major >= mergingClang && s.Linkage != llvmir.Internal && len(s.LLVMLink) == 0 && len(s.LinkFlags) == 0
}

// mergeFlags have clang merge in bitcode. Of definitions that are
// available_externally or linkonce_odr, its linker takes those that are referred
// to (ModuleLinker::linkIfNeeded in llvm/lib/Linker/LinkModules.cpp).
// -Wno-linker-warnings: rustc and clang spell their target triples differently.
func mergeFlags(bitcode string) []string {
	return []string{"-Wno-linker-warnings", "-Xclang", "-mlink-bitcode-file", "-Xclang", bitcode}
}

// planLink is the step in which llvm-link makes p.Merged.
func planLink(s *Settings, t *Toolchain, p *CratePlan) *Step {
	// --only-needed: what the crate does not refer to stays out.
	// --suppress-warnings: as -Wno-linker-warnings in [mergeFlags].
	flags := []string{"--only-needed", "--suppress-warnings"}
	if s.Linkage == llvmir.Internal {
		flags = append(flags, "--internalize")
	}
	return &Step{"llvm-link", slices.Concat(t.LLVMLink.Argv, flags, []string{"-o", p.Merged, p.Bitcode, p.Helpers.Bitcode}, s.LinkFlags)}
}
