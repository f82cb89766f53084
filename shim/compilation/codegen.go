// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compilation

import (
	"slices"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/toolchain"
)

// NoTempFile makes clang write its output file directly, and not through a
// temporary file with a name of clang's own beside it (-fno-temp-file in
// clang/include/clang/Driver/Options.td). A killed clang leaves such a file, and
// no later run would know its name. What clang writes here are intermediate files
// anyway.
var NoTempFile = []string{"-fno-temp-file"}

// CodegenFlags returns clang's flags for turning bitcode into an object: kbuild's
// own for that variant, without link-time optimisation. LTO_WRAP_CFLAGS must come
// after them.
//
// -Wno-override-module: kbuild's --target and the triple in rustc's bitcode are
// spelt differently. -Wno-unused-command-line-argument: most of KBUILD_CFLAGS is
// for the C front end, and CLANG_FLAGS make an unused flag an error. The two
// -mllvm options do what rustc asks for (TargetOptions in rustc_target::spec:
// TrapUnreachable, NoTrapAfterNoreturn) and clang does not. Without them objtool
// walks from an impossible path into the next function.
func (c *Context) CodegenFlags(v kbuild.Variant) ([]string, error) {
	kb := c.Kbuild
	f, err := c.Tools.ClangFlags(c.Host, argv.ForCodegen(slices.Concat(c.Tools.CompilerFlags, kb.ClangFlags, kb.Cflags, kb.Flags(v)), kb.LTO))
	if err != nil {
		return nil, err
	}
	f = slices.Concat(f, NoTempFile,
		[]string{"-Wno-override-module", "-Wno-unused-command-line-argument",
			"-mllvm", "-trap-unreachable", "-mllvm", "-no-trap-after-noreturn"})
	if !c.Settings.Always {
		// clang lists target features that rustc leaves implied, and
		// TargetTransformInfo::areInlineCompatible takes that for a difference.
		f = append(f, "-mllvm", "-ignore-tti-inline-compatible")
	}
	return f, nil
}

// Assemble returns the step that makes bitcode of IR text. flags are those of
// [Context.CodegenFlags]: they have the target, which clang would otherwise replace
// by that of its machine. Without passes, clang writes the same bytes as llvm-as,
// which does it where the user names one.
func (c *Context) Assemble(flags []string, text, bitcode string) host.Step {
	if !toolchain.ClangAssembles(c.Settings) {
		return host.NewStep("llvm-as", c.Tools.LLVMAs.Argv, []string{text, "-o", bitcode})
	}
	return host.NewStep("clang", c.Tools.Clang.Argv, flags, withoutPasses, []string{"-emit-llvm", "-x", "ir", "-c", text, "-o", bitcode})
}

// Disassemble returns the step that makes IR text of bitcode, the inverse of
// [Context.Assemble].
func (c *Context) Disassemble(flags []string, bitcode, text string) host.Step {
	return host.NewStep("clang", c.Tools.Clang.Argv, flags, withoutPasses, []string{"-emit-llvm", "-x", "ir", "-S", bitcode, "-o", text})
}

// Generate returns the step that makes an object of IR text as it is: only code generation changes it.
func (c *Context) Generate(flags []string, text, object string) host.Step {
	return host.NewStep("clang", c.Tools.Clang.Argv, flags, withoutPasses, []string{"-x", "ir", "-c", text, "-o", object})
}

// withoutPasses makes clang leave IR as it has read it.
var withoutPasses = []string{"-Xclang", "-disable-llvm-passes"}
