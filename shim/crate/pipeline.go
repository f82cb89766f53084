// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/settings"
)

// This file has the flags of the two pipelines for rustc and clang, beyond kbuild's
// own flags.

// lean are unstable options of rustc that save work on bitcode that is only merged
// and compiled. They omit the names of values, which rustc keeps in bitcode for
// readability (Session::fewer_names in rustc_session), and the summary for ThinLTO
// with its analyses (ThinLTOBuffer in rustc_codegen_llvm). The object is the same.
var lean = []string{"fewer-names=yes", "emit-thin-lto=no"}

// rustcFlags returns rustc's additional flags. In the early pipeline, they disable
// LLVM's passes. They include [lean] as far as this rustc supports the options.
func rustcFlags(c *compilation.Context, p settings.Pipeline, r *argv.Rustc) (out []string) {
	if p == settings.Early {
		// rustc then emits the code without optimising it.
		out = append(out, "-Cno-prepopulate-passes")
	}
	if len(r.Unstable) == 0 {
		return out // rustc might not accept -Z for this crate
	}
	known, err := c.Tools.Output(c.Host, c.Tools.Rustc, "-Zhelp")
	if err != nil {
		return out // this only costs time
	}
	for _, option := range lean {
		name, _, _ := strings.Cut(option, "=")
		if _, set := argv.Option(r.Unstable, name); !set && strings.Contains(known, " "+name+"=") {
			out = append(out, "-Z"+option)
		}
	}
	return out
}

// withCodeModel returns clang's flags with rustc's code model in place of the C
// compiler's. Where kbuild gives the crate a -Ccode-model, it gives the C compiler
// the same one. Where it gives the C compiler alone one, as for user-mode Linux
// (arch/um/Makefile: -mcmodel=large), rustc uses that of its target, and the C
// compiler's could make each call an indirect one.
func withCodeModel(c *compilation.Context, r *argv.Rustc, flags []string) []string {
	isModel := func(f string) bool { return strings.HasPrefix(f, "-mcmodel=") }
	if _, set := argv.Option(r.Codegen, "code-model"); set || !slices.ContainsFunc(flags, isModel) {
		return flags
	}
	args := []string{"--print=target-spec-json", "-Zunstable-options"}
	if r.Target != "" {
		args = append(args, "--target="+r.Target)
	}
	text, err := c.Tools.Output(c.Host, c.Tools.Rustc, args...)
	var spec struct {
		Model string `json:"code-model"`
	}
	if err != nil || json.Unmarshal([]byte(text), &spec) != nil {
		return flags // the C compiler's model is the kernel's choice, too
	}
	flags = slices.DeleteFunc(slices.Clone(flags), isModel)
	if spec.Model != "" {
		// clang's driver has names of its own for each architecture; after -Xclang,
		// LLVM's names apply, as they do in rustc.
		flags = append(flags, "-Xclang", "-mcmodel="+spec.Model)
	}
	return flags
}

// goal returns what the early pipeline optimises a crate for. It is "" for a crate
// that rustc would hardly optimise: such a crate is compiled at its level, whatever
// LTO_WRAP_OPTIMIZE says.
func goal(s *settings.Settings, r *argv.Rustc) settings.Optimize {
	level, _ := argv.Option(r.Codegen, "opt-level")
	switch {
	case !slices.Contains([]string{"2", "3", "s", "z"}, level):
		return ""
	case s.Optimize != settings.AsKernel:
		return s.Optimize
	case level == "2" || level == "3":
		return settings.Speed
	}
	return settings.Size
}

// earlyFlags returns clang's flags for the early pipeline, in which clang optimises
// instead of rustc, and in the same way (ModuleConfig::new in
// rustc_codegen_ssa::back::write, LLVMRustOptimize in rustc_llvm's
// PassWrapper.cpp):
//
//   - at the crate's own level;
//   - merging functions with the same code, which clang does not do by default;
//   - unrolling loops;
//   - without the vectoriser for straight-line code, except at level 3;
//   - knowing what the functions of the C library do, which rustc's crates may use
//     even if kbuild says -fno-builtin or -ffreestanding for C;
//   - with AutoFDO's passes, which number the blocks of a line, and read a profile of the
//     kernel (PGOOptions in both; clang gives them to LLVM for bitcode as it does for C).
//
// What differs from rustc depends on the goal, which is [goal]'s: see [speedLimit]
// and [sizeLimit]. If the goal is size, loops are not unrolled and instructions are
// selected for size.
//
// LTO_WRAP_CFLAGS comes after these flags and overrides them. given are the flags
// that clang has already. target is [toolchain.Toolchain.Target], and alignment is
// [toolchain.Toolchain.FunctionAlignment].
func earlyFlags(s *settings.Settings, r *argv.Rustc, goal settings.Optimize, target string, given []string, alignment func() (log2 int, err error)) ([]string, error) {
	level, _ := argv.Option(r.Codegen, "opt-level")
	has := func(values []string, name string) bool {
		v, ok := argv.Option(values, name)
		return ok && !isNo(v)
	}
	var out, options []string
	sized := level == "s" || level == "z" // rustc gives each function optsize itself
	if goal == settings.Speed && sized {
		level = "2"
		out = append(out, "-mllvm", "-force-remove-attribute=optsize", "-mllvm", "-force-remove-attribute=minsize")
	}
	if level != "" {
		out = append(out, "-O"+level)
	}
	if goal == settings.Size {
		out = append(out, "-fno-unroll-loops")
	} else {
		out = append(out, "-funroll-loops")
	}
	out = append(out, "-fbuiltin", "-fhosted")
	if merge, _ := argv.Option(r.Unstable, "merge-functions"); merge != "disabled" && goal != "" {
		out = append(out, "-Xclang", "-fmerge-functions")
		if merge != "trampolines" {
			options = append(options, "-mergefunc-use-aliases")
		}
	}
	if level != "3" || has(r.Codegen, "no-vectorize-slp") {
		out = append(out, "-fno-slp-vectorize")
	}
	if has(r.Codegen, "no-vectorize-loops") {
		out = append(out, "-fno-vectorize")
	}
	if has(r.Unstable, "debug-info-for-profiling") || has(r.Unstable, "debuginfo-for-profiling") {
		out = append(out, "-fdebug-info-for-profiling")
	}
	if profile, ok := argv.Option(r.Unstable, "profile-sample-use"); ok && profile != "" {
		out = append(out, "-fprofile-sample-use="+profile)
	}
	// With LTO_WRAP_INLINE=cost, limits and optsize would prevent helpers from being
	// inlined.
	switch {
	case s.Always && goal == settings.Speed:
		options = append(options, speedLimitFor(target)...)
	case s.Always && goal == settings.Size && level == "s":
		// rustc gives each function optsize itself. A function that is marked #[inline]
		// has the same limit in LLVM as at -O2 all the same.
		options = append(options, sizeLimit[:]...)
	case s.Always && goal == settings.Size && !sized:
		// For z, LLVM's own limit is smaller than any of these.
		log2, err := alignment()
		if err != nil {
			return nil, err
		}
		if sanitizers, _ := argv.Option(r.Unstable, "sanitizer"); strings.Contains(sanitizers, "kcfi") {
			// The type hash before a function has 4 bytes (MachineFunction::init in
			// llvm/lib/CodeGen/MachineFunction.cpp).
			log2 = max(log2, 2)
		}
		out = append(out, "-mllvm", forSize)
		options = append(options, append(sizeLimit[:], fmt.Sprintf("-align-all-functions=%d", log2))...)
	}
	for _, o := range options {
		if !hasLLVMOption(given, o) && !hasLLVMOption(s.CFlags, o) {
			out = append(out, "-mllvm", o)
		}
	}
	return out, nil
}

// withLLVMLimits returns settings with which the early pipeline inlines as rustc does:
// for the crate's own level, with LLVM's own limits. Only [earlyFlags] and [goal] get
// them: the helpers remain inlined regardless of their cost.
func withLLVMLimits(s *settings.Settings) *settings.Settings {
	own := *s
	own.Optimize, own.Always = settings.AsKernel, false
	return &own
}

// speedLimit and sizeLimit are how much a caller may grow by inlining a function,
// and by inlining a function that is marked #[inline], in LLVM's units of about five
// per instruction (llvm/lib/Analysis/InlineCost.cpp, where -O2 has 225 and 325, -Os
// has 50 and -Oz 5). Helpers are inlined regardless of their cost.
//
// LLVM's own limits for -O2 make the Rust code of Linux 7.3 larger than rustc does,
// because each function that is inlined into several others now contains helpers.
//
// speedLimit has, of the limits that were tried, the smallest code among those
// in which no operation takes longer than in rustc's code, beyond the noise:
// docs/benchmarks.md has all of them. A call in a loop has LLVM's limit for #[inline]:
// LLVM's guess is that it is executed at least 8 times for each time that its function
// is.
//
// sizeLimit makes the smallest code of all limits between 0 and 225, and 25 and 325,
// and the kernel's own tests execute no more instructions than with LLVM's limits. In a
// kernel with CONFIG_CC_OPTIMIZE_FOR_SIZE, LLVM's own limits would make the Rust code
// larger than rustc does.
var (
	speedLimit = [...]string{
		"-inline-threshold=100", "-inlinehint-threshold=325",
		"-locally-hot-callsite-threshold=325", "-hot-callsite-rel-freq=8",
	}
	sizeLimit = [...]string{"-inline-threshold=20", "-inlinehint-threshold=100"}
)

// lowerLimit has what replaces the first of speedLimit where LLVM raises the limit itself,
// by the architecture in the target's triple.
//
// On s390, LLVM adds up to 1000 for a function that only copies what an argument points
// to, or that often accesses a variable of its caller
// (SystemZTTIImpl::adjustInliningThreshold). Before LLVM 20, it multiplied each limit by 3
// (getInliningThresholdMultiplier; https://github.com/llvm/llvm-project/pull/106058). With
// a third of the limit, the Rust code of Linux 7.3 is smaller than rustc's instead of
// larger, and the operations that take more instructions than in rustc's code are the
// same ones as with the limit of other targets, measured with LLVM 22. Lower limits for
// the other calls make an operation slower: see docs/benchmarks.md.
var lowerLimit = map[string]string{"s390x": "-inline-threshold=33"}

// speedLimitFor returns speedLimit for a target, which is a triple.
func speedLimitFor(target string) []string {
	limit := speedLimit
	arch, _, _ := strings.Cut(target, "-")
	if lower, ok := lowerLimit[arch]; ok {
		limit[0] = lower
	}
	return limit[:]
}

// forSize gives each function LLVM's attribute optsize, which affects code
// generation more than the passes before it
// (llvm/lib/Transforms/IPO/ForceFunctionAttrs.cpp). On x86 its main effects are
// that a constant which is stored several times gets a register, and that a copy of
// more than 4 words is one instruction (TargetLowering, MaxStoresPerMemcpyOptSize).
// It would also disable the alignment of functions, so the alignment is set
// explicitly.
const forSize = "-force-attribute=optsize"
