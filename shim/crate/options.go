// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"slices"
	"strings"
	"sync"

	"rustc-lto-wrap/argv"
)

// What an option of rustc's means for a crate whose object clang generates. Every
// option of -C and -Z has its place in one of the lists below; TestOptions holds
// them against what rustc and the kernels' Makefiles know. A crate with an option
// that is in none of them is compiled without inlining.
//
// Sources: rustc_session::options; target_machine_factory and llvm_optimize in
// rustc_codegen_llvm::back::write; configure_llvm in rustc_codegen_llvm::llvm_util;
// LLVMRustOptimize in rustc_llvm/llvm-wrapper/PassWrapper.cpp.

// inBitcode are the options whose work is done when rustc writes bitcode: they
// change the language, the metadata, the messages, or what is generated as IR
// (function attributes, module flags, debug information).
const inBitcode = `
C:
ar codegen-units collapse-macro-debuginfo control-flow-guard debug-assertions debuginfo default-linker-libraries
dlltool dwarf-version embed-bitcode extra-filename force-frame-pointers force-unwind-tables help inline-threshold
jump-tables link-arg link-args link-dead-code link-self-contained linker linker-features linker-flavor
linker-plugin-lto metadata no-redzone no-stack-check overflow-checks panic prefer-dynamic relro-level rpath strip
symbol-mangling-version target-cpu target-feature unsafe-allow-abi-mismatch

Z:
allow-features always-encode-mir annotate-moves assert-incr-state assume-incomplete-release binary-dep-depinfo
box-noalias branch-protection build-sdylib-interface cache-proc-macros cf-protection check-cfg-all-expected
checksum-hash-algorithm codegen-source-order combine-cgu contract-checks coverage-options crate-attr
cross-crate-inline-threshold debug-info-type-line-numbers debuginfo-type-line-numbers deduplicate-diagnostics
default-visibility dep-info-omit-d-target direct-access-external-data dual-proc-macros dump-dep-graph dump-mir
dump-mir-dataflow dump-mir-dir dump-mir-exclude-alloc-bytes dump-mir-exclude-pass-number dump-mir-graphviz
dump-mono-stats dump-mono-stats-format dwarf-version eagerly-emit-delayed-bugs ehcont-guard embed-metadata
embed-source emit-thin-lto emscripten-wasm-eh enforce-type-length-limit experimental-default-bounds
export-executable-symbols external-clangrt extra-const-ub-checks fewer-names fixed-x18 flatten-format-args fmt-debug
force-unstable-if-unmarked function-return future-incompat-test graphviz-dark-mode graphviz-font has-thread-local
help higher-ranked-assumptions hint-mostly-unused human-readable-cgu-names identify-regions
ignore-directory-in-diagnostics-source-blocks incremental-ignore-spans incremental-info incremental-verify-ich
indirect-branch-cs-prefix inline-in-all-cgus inline-mir inline-mir-forwarder-threshold inline-mir-hint-threshold
inline-mir-preserve-debug inline-mir-threshold input-stats layout-seed link-directives link-native-libraries
linker-features lint-llvm-ir lint-mir llvm-module-flag location-detail macro-backtrace macro-stats
maximal-hir-to-mir-coverage meta-stats metrics-dir min-function-alignment mir-emit-retag mir-enable-passes
mir-include-spans mir-keep-place-mention mir-opt-bisect-limit mir-opt-level mir-preserve-ub mir-strip-debuginfo
move-size-limit mutable-noalias namespaced-crates next-solver nll-facts nll-facts-dir no-implied-bounds-compat
no-jump-tables no-leak-check no-parallel-backend no-profiler-runtime no-steal-thir no-trait-vptr normalize-docs
on-broken-pipe oom osx-rpath-install-name packed-bundled-libs packed-stack panic-abort-tests panic-in-drop
patchable-function-entry plt polonius pre-link-arg pre-link-args precise-enum-drop-elaboration print-mono-items
print-type-sizes print-vtable-sizes proc-macro-backtrace proc-macro-execution-strategy profile-closures
profiler-runtime query-dep-graph randomize-layout reg-struct-return regparm remap-cwd-prefix remap-path-scope
retpoline retpoline-external-thunk sanitizer-cfi-canonical-jump-tables sanitizer-cfi-generalize-pointers
sanitizer-cfi-normalize-integers sanitizer-dataflow-abilist sanitizer-kcfi-arity sanitizer-memory-track-origins
sanitizer-recover saturating-float-casts self-profile self-profile-counter self-profile-events share-generics
shell-argfiles simulate-remapped-rust-src-base span-debug span-free-formats split-lto-unit src-hash-algorithm
stack-protector staticlib-allow-rdylib-deps staticlib-prefer-dynamic strict-init-checks teach terminal-urls threads
time-passes time-passes-format tiny-const-eval-limit tls-model trace-macros track-diagnostics
translate-additional-ftl translate-directionality-markers translate-lang translate-remapped-path-to-local-path
treat-err-as-bug trim-diagnostic-paths tune-cpu typing-mode-borrowck ub-checks ui-testing
uninit-const-chunk-threshold unleash-the-miri-inside-of-you unsound-mir-opts unstable-options use-sync-unwind
validate-mir verbose-internals verify-llvm-ir wasi-exec-model wasm-c-abi write-long-types-to-disk
`

// byClang are the options that concern LLVM's passes or code generation, and of
// which clang is told the same: by [clangOptions], by the pipeline ([earlyFlags],
// which has AutoFDO's two passes), or by kbuild, which gives the C compiler the same
// choice (the code and relocation model of an architecture).
const byClang = `
C:
code-model llvm-args no-vectorize-loops no-vectorize-slp opt-level relocation-model

Z:
debug-info-for-profiling debuginfo-compression debuginfo-for-profiling emit-stack-sizes function-sections
merge-functions no-generate-arange-section no-unique-section-names profile-sample-use trap-unreachable
`

// latePasses are the options with which rustc adds passes to LLVM's pipeline that
// clang does not add when its input is bitcode: instrumentation, and the profiles of
// it. The crate goes through the late pipeline. The value of -Zsanitizer decides
// about it; see [attributeSanitizers].
const latePasses = `
C:
instrument-coverage passes profile-generate profile-use

Z:
instrument-mcount instrument-xray llvm-plugins profile sanitizer virtual-function-elimination
`

// byRustc are the options that only rustc's own code generation can carry out. The
// crate is compiled without inlining.
const byRustc = `
C:
incremental lto no-prepopulate-passes remark save-temps soft-float split-debuginfo

Z:
autodiff codegen-backend dylib-lto inline-llvm large-data-threshold link-only llvm-time-trace ls no-analysis
no-codegen no-link offload parse-crate-root-only print-codegen-stats print-llvm-passes relax-elf-relocations
remark-dir small-data-threshold split-dwarf-inlining split-dwarf-kind split-dwarf-out-dir temps-dir thinlto
time-llvm-passes unpretty use-ctors-section verbose-asm
`

// fate is what becomes of an option.
type fate byte

// fates are those of all options, by the option with its letter: "Copt-level". They
// are made when they are first needed: most runs of the program pass a command line
// through.
var fates = sync.OnceValue(func() map[string]fate {
	out := map[string]fate{}
	for f, list := range map[fate]string{'b': inBitcode, 'c': byClang, 'l': latePasses, 'r': byRustc} {
		letter := ""
		for _, w := range strings.Fields(list) {
			if l, ok := strings.CutSuffix(w, ":"); ok {
				letter = l
				continue
			}
			out[letter+w] = f
		}
	}
	return out
})

// attributeSanitizers are the sanitizers that are function attributes and code
// generation. The others are passes.
var attributeSanitizers = []string{"kcfi", "shadow-call-stack", "safestack", "cfi"}

// effects are what the options of a command line mean for a crate.
type effects struct {
	// Plain is the reason to compile the crate without inlining, "" if there is none.
	Plain string
	// Late is the reason for the late pipeline, "" if there is none.
	Late string
	// Clang are the flags with which clang generates code as rustc would.
	Clang []string
}

// effectsOf looks up all options of a command line.
func effectsOf(r *argv.Rustc) effects {
	var e effects
	for _, set := range []struct {
		letter string
		values []string
	}{{"C", r.Codegen}, {"Z", r.Unstable}} {
		for _, v := range set.values {
			name, value, _ := strings.Cut(v, "=")
			name = strings.ReplaceAll(name, "_", "-")
			option := "-" + set.letter + name
			switch f, known := fates()[set.letter+name]; {
			case !known:
				e.plain(option + " is not an option that this program knows")
			case f == 'l' && name == "sanitizer":
				for s := range strings.SplitSeq(value, ",") {
					if !slices.Contains(attributeSanitizers, s) {
						e.late(option + "=" + s + " is a pass of rustc's")
					}
				}
			case f == 'l' && !isNo(value):
				e.late(option + " is a pass of rustc's")
			case f == 'r' && option == "-Zinline-llvm" && !isNo(value):
				// It is on by default.
			case f == 'r' && (option == "-Zinline-llvm" || !isNo(value)):
				e.plain("only rustc's own code generation carries out " + option)
			case option == "-Ztrap-unreachable" && isNo(value):
				// clang is always told the opposite, as kbuild's crates are.
				e.plain("only rustc's own code generation carries out " + option + "=" + value)
			}
		}
	}
	e.Clang = clangOptions(r)
	return e
}

func (e *effects) plain(why string) {
	if e.Plain == "" {
		e.Plain = why
	}
}

func (e *effects) late(why string) {
	if e.Late == "" {
		e.Late = why
	}
}

// clangOptions returns clang's flags for the options of code generation that are
// not in the bitcode.
func clangOptions(r *argv.Rustc) (out []string) {
	if v, ok := argv.Option(r.Unstable, "function-sections"); ok {
		// One option of rustc's is two of clang's (target_machine_factory).
		if isNo(v) {
			out = append(out, "-fno-function-sections", "-fno-data-sections")
		} else {
			out = append(out, "-ffunction-sections", "-fdata-sections")
		}
	}
	if v, ok := argv.Option(r.Unstable, "no-unique-section-names"); ok && !isNo(v) {
		out = append(out, "-fno-unique-section-names")
	}
	if v, ok := argv.Option(r.Unstable, "emit-stack-sizes"); ok && !isNo(v) {
		out = append(out, "-fstack-size-section")
	}
	if v, ok := argv.Option(r.Unstable, "debuginfo-compression"); ok {
		out = append(out, "-gz="+v)
	}
	// clang adds a table of address-significant symbols for the linker's identical
	// code folding. rustc does not.
	out = append(out, "-fno-addrsig")
	return out
}

// llvmArgs returns the values of all -Cllvm-args, one option each. rustc splits
// them at blanks.
func llvmArgs(r *argv.Rustc) (out []string) {
	for _, v := range r.Codegen {
		if name, value, _ := strings.Cut(v, "="); strings.ReplaceAll(name, "_", "-") == "llvm-args" {
			out = append(out, strings.Fields(value)...)
		}
	}
	return out
}

// arangesOption has LLVM write the section .debug_aranges, which rustc asks for
// and clang does not (configure_llvm).
const arangesOption = "-generate-arange-section"

// llvmOptions returns LLVM's own options as flags of clang: those of -Cllvm-args,
// and those that rustc gives by itself. given are flags that clang has already:
// LLVM accepts most options once only.
func llvmOptions(r *argv.Rustc, given []string) (out []string) {
	options := llvmArgs(r)
	if v, ok := argv.Option(r.Unstable, "no-generate-arange-section"); !ok || isNo(v) {
		options = append(options, arangesOption)
	}
	for _, o := range options {
		if !hasLLVMOption(given, o) && !hasLLVMOption(out, o) {
			out = append(out, "-mllvm", o)
		}
	}
	return out
}

// hasLLVMOption reports whether flags of clang give LLVM an option, whatever its
// value.
func hasLLVMOption(flags []string, option string) bool {
	name := func(o string) string {
		n, _, _ := strings.Cut(strings.TrimLeft(o, "-"), "=")
		return n
	}
	for i, f := range flags {
		f, joined := strings.CutPrefix(f, "-mllvm=")
		if (joined || i > 0 && flags[i-1] == "-mllvm") && name(f) == name(option) {
			return true
		}
	}
	return false
}
