// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host"
)

// Rule says what becomes of flags of gcc that clang does not carry out.
type Rule struct {
	// Flags are the flags, separated by blanks. In a flag, "*" stands for any text.
	Flags string
	// To is how clang spells them: "*" stands for the text that it stands for in the
	// flag, and "2^*" for that power of two. It is "" for flags that are left out.
	To string
	// Why says why the helpers mean the same.
	Why string
}

// Rules are all flags of gcc that clang may refuse. A flag without a rule is an error:
// whether the helpers mean the same without it is then not known.
//
// Sources: GCC's manual ("Option Summary"), the Makefiles of the kernel that are named,
// and clang/include/clang/Driver/Options.td. docs/flags.md shows the table.
var Rules = []Rule{
	// Flags with an equivalent.
	{"-mpreferred-stack-boundary=*", "-mstack-alignment=2^*", "The alignment of the stack, of which gcc is given the logarithm (`cc_stack_align8` in `arch/x86/Makefile`)."},
	{"-mindirect-branch=thunk-extern", "-mretpoline-external-thunk", "The kernel's own retpolines (`RETPOLINE_CFLAGS` in its `Makefile`)."},
	{"-fasan-shadow-offset=*", "-mllvm -asan-mapping-offset=*", "`scripts/Makefile.kasan` has both spellings."},
	{"--param=asan-* --param=hwasan-* --param=tsan-*", "-mllvm -asan-* -mllvm -hwasan-* -mllvm -tsan-*", "LLVM has options of the same names (`scripts/Makefile.kasan`, `scripts/Makefile.kcsan`)."},
	{"-fsanitize=bounds-strict", "-fsanitize=array-bounds", "`scripts/Makefile.ubsan` has both spellings."},
	{"-fsanitize-undefined-trap-on-error", "-fsanitize-trap=undefined", "`scripts/Makefile.ubsan` has both spellings."},
	{"-fplugin-arg-structleak_plugin-byref -fplugin-arg-structleak_plugin-byref-all", "-ftrivial-auto-var-init=zero", "gcc's plugin initialises some variables on the stack (`scripts/Makefile.gcc-plugins`), and this flag all."},
	{"-mdirect-extern-access -Wa,-mla-global-with-pcrel", "-fdirect-access-external-data", "Symbols of other files are near (`KBUILD_CFLAGS_KERNEL` in `arch/loongarch/Makefile`)."},
	{"-mno-direct-extern-access -Wa,-mla-global-with-abs", "-fno-direct-access-external-data", "Symbols of other files may be anywhere (`KBUILD_CFLAGS_MODULE` in `arch/loongarch/Makefile`)."},
	{"-mabi=lp64", "-mabi=aapcs", "gcc's name for the 64-bit ABI of arm64. Other architectures have an ABI of this name in clang, too, which is not refused."},
	{"-Wa,-mbranches-within-32B-boundaries", "-mbranches-within-32B-boundaries", "clang has it as a flag of its own."},
	{"-Wa,-mno-relax", "-mno-relax", "clang has it as a flag of its own."},

	// What the choice among equivalent instructions depends on.
	{"-mtune=* -Wa,-mtune=*", "", "For which processor instructions are ordered and padded. Which instructions may be used is in `-march=` and `-mcpu=`."},
	{"-falign-* -fno-align-* -fmin-function-alignment=* -malign-data=*", "", "An inlined helper has no alignment of its own, and a Rust function that of rustc."},
	{"-faggressive-loop-optimizations -fno-aggressive-loop-optimizations -fconserve-stack -fno-conserve-stack -fcode-hoisting -fno-code-hoisting -fcrossjumping -fno-crossjumping " +
		"-fcaller-saves -fno-caller-saves -fcombine-stack-adjustments -fno-combine-stack-adjustments -fcompare-elim -fno-compare-elim -fcprop-registers -fno-cprop-registers " +
		"-fcse-* -fno-cse-* -fdce -fno-dce -fdse -fno-dse -fdeferred-pop -fno-defer-pop -fdevirtualize* -fno-devirtualize* -fearly-inlining -fno-early-inlining -fexpensive-optimizations " +
		"-fno-expensive-optimizations -fforward-propagate -fno-forward-propagate -fgcse* -fno-gcse* -fguess-branch-probability -fno-guess-branch-probability -fif-conversion* -fno-if-conversion* " +
		"-finline-* -fno-inline-* -fipa-* -fno-ipa-* -fira-* -fno-ira-* -fisolate-erroneous-paths-* -fno-isolate-erroneous-paths-* -fivopts -fno-ivopts -flimit-function-alignment " +
		"-flive-range-shrinkage -floop-* -fno-loop-* -flra-* -fno-lra-* -fmodulo-sched* -fno-modulo-sched* -fmove-loop-* -fno-move-loop-* -foptimize-strlen -fno-optimize-strlen " +
		"-fpartial-inlining -fno-partial-inlining -fpeel-loops -fno-peel-loops -fpeephole* -fno-peephole* -fprefetch-loop-arrays -fno-prefetch-loop-arrays -fpredictive-commoning " +
		"-fno-predictive-commoning -fno-printf-return-value -fprintf-return-value -free -fno-ree -frename-registers -fno-rename-registers -freorder-* -fno-reorder-* -frerun-cse-after-loop " +
		"-fno-rerun-cse-after-loop -fsched-* -fno-sched-* -fschedule-* -fno-schedule-* -fsel-sched-* -fselective-scheduling* -fshrink-wrap* -fno-shrink-wrap* -fsimd-cost-model=* " +
		"-fsection-anchors -fno-section-anchors -fstack-reuse=* -fsplit-ivs-in-unroller -fsplit-loops -fno-split-loops -fsplit-paths -fno-split-paths -fsplit-wide-types* -fno-split-wide-types* -fssa-* -fno-ssa-* -fstore-merging -fno-store-merging " +
		"-fthread-jumps -fno-thread-jumps -ftracer -fno-tracer -ftree-* -fno-tree-* -funconstrained-commons -funroll-all-loops -funswitch-loops -fno-unswitch-loops " +
		"-fvariable-expansion-in-unroller -fvect-cost-model=* -fversion-loops-for-strides -fno-version-loops-for-strides -fweb -fno-web --param=*",
		"", "Optimisations and their limits: each of gcc's passes keeps the meaning of a program, and LLVM has its own."},
	{"-maccumulate-outgoing-args -mno-accumulate-outgoing-args -mbranch-cost=* -minline-* -mno-inline-* -mmemcpy-strategy=* -mmemset-strategy=* -mskip-rax-setup -mstringop-strategy=*", "", "How gcc for x86 calls functions and copies memory, where there are several ways. Caller and callee agree in each."},
	{"-mexplicit-relocs -mno-explicit-relocs -mthin-add-sub -Wa,-mthin-add-sub", "", "How gcc for LoongArch and its assembler write relocations. LLVM writes explicit ones."},
	{"-Wa,-mla-local-with-abs", "", "LLVM addresses a symbol of the same file relative to the instruction. It is near."},
	{"-mno-save-toc-indirect -mno-string", "", "Instructions that gcc for PowerPC may use, and LLVM does not use."},

	// What clang does without a flag.
	{"-fno-allow-store-data-races -fallow-store-data-races", "", "LLVM introduces no store that the source does not have. gcc may do so with the second one."},
	{"-fcf-protection=none -mbranch-protection=none -mharden-sls=none -mfunction-return=keep -mindirect-branch=keep -fno-stack-clash-protection -fno-stack-protector* -fno-sanitize=*", "", "They turn off what clang does not do unless it is told to."},
	{"-mindirect-branch-register", "", "How gcc calls a thunk. LLVM's retpolines have their target in a register."},
	{"-mno-check-zero-division -mno-relax", "", "LLVM for LoongArch neither checks divisors nor has the linker relax instructions, unless it is told to."},
	{"-mno-fdpic -malignment-traps -mshort-load-bytes -mapcs-32 -mno-thumb-interwork", "", "Their effect on 32-bit ARM is what clang's target has, or they are for processors before ARMv4, for which there is no Rust."},
	{"-mno-strict-align -mspe=no -mcall-aixdesc -mno-pointers-to-nested-functions -mno-readonly-in-sdata -mtraceback=no -ffixed-r2", "", "Their effect on PowerPC is what clang's target has."},
	{"-misa-spec=* -Wa,-misa-spec=*", "", "Which extensions of RISC-V a letter in `-march=` includes. LLVM's assembler accepts `fence.i` and the instructions for control registers with each."},
	{"-fzero-init-padding-bits=*", "", "It makes gcc 15 clear what earlier versions cleared in unions. A kernel that clang builds has no such flag (`Makefile`)."},

	// What an inlined helper has no part in.
	{"-mrecord-mcount -mnop-mcount -mprofile-kernel -mhotpatch=* -fpatchable-function-entry=*", "", "What is at the beginning of a function, for tracing. An inlined helper is no function any more, and Rust functions have what rustc is told."},
	{"-mapcs -mno-sched-prolog", "", "The frame of a function, for unwinding. An inlined helper has none of its own, and Rust functions have that of rustc."},
	{"-mannotate-tablejump", "", "Notes for objtool about jump tables. The crate's own options ask LLVM for them (`-Cllvm-args=--loongarch-annotate-tablejump`)."},
	{"-mno-riscv-attribute -mno-arch-attr -Wa,-mno-arch-attr", "", "Whether an object has `.riscv.attributes`, which says for which processor it is. rustc's own objects have it."},
	{"-fplugin=*/structleak_plugin.so -fplugin-arg-structleak_plugin-*", "", "Its options that initialise variables are translated."},
	{"-fplugin=*/latent_entropy_plugin.so -fplugin-arg-latent_entropy_plugin-*", "", "It changes functions that the source marks with `__latent_entropy`. No helper is."},
	{"-fplugin=*/stackleak_plugin.so -fplugin-arg-stackleak_plugin-*", "", "It notes how deep the stack of C functions is. An inlined helper uses the stack of a Rust function, for which nothing notes it in a plain build either."},
	{"-fvar-tracking* -fno-var-tracking* -femit-* -fno-emit-* -feliminate-* -fno-eliminate-* -fdebug-* -fno-debug-* -fno-merge-debug-strings", "", "Debug information of C, which the helpers' bitcode does not have."},

	// What does not affect code.
	{"-fdiagnostics-* -fno-diagnostics-* -fmax-errors=* -fmessage-length=* -fverbose-asm -fno-verbose-asm -fopt-info* -fdump-* -fcallgraph-info* -fmem-report* -ftime-report* -fanalyzer* -ftrack-macro-expansion=* -fcanonical-system-headers -fno-canonical-system-headers -Q", "", "Messages and reports."},
	{"-Wl,* -fuse-ld=* -fuse-linker-plugin -fno-use-linker-plugin -L* -l* -static -no-pie -pie -rdynamic", "", "For the linker, which does not run."},
}

// matches reports whether a pattern of a [Rule] fits a flag, and what its "*" stands for.
func matches(pattern, flag string) (rest string, ok bool) {
	before, after, any := strings.Cut(pattern, "*")
	if !any {
		return "", pattern == flag
	}
	rest, ok = strings.CutPrefix(flag, before)
	if !ok || len(rest) < len(after) {
		return "", false
	}
	return strings.CutSuffix(rest, after)
}

// ruleResult returns what becomes of a flag of gcc by the first rule for it. known is false
// if there is none.
func ruleResult(flag string) (to []string, known bool) {
	for _, r := range Rules {
		for i, pattern := range strings.Fields(r.Flags) {
			rest, ok := matches(pattern, flag)
			if !ok {
				continue
			}
			return clangSpelling(r, i, rest)
		}
	}
	return nil, false
}

// clangSpelling returns how clang spells the flag number i of a rule.
func clangSpelling(r Rule, i int, rest string) (to []string, known bool) {
	words := strings.Fields(r.To)
	if strings.Contains(r.To, "-mllvm") { // as many options of LLVM as there are flags
		words = words[2*i : 2*i+2]
	}
	for _, w := range words {
		if strings.Contains(w, "2^*") {
			n, err := strconv.ParseUint(rest, 10, 5)
			if err != nil {
				return nil, false
			}
			w = strings.ReplaceAll(w, "2^*", strconv.FormatUint(1<<n, 10))
		}
		to = append(to, strings.ReplaceAll(w, "*", rest))
	}
	return to, true
}

// separateFlags returns flags of gcc with one meaning an argument: --param with its value, and
// each option for the assembler in a -Wa, of its own. clang reads these as one list
// (CollectArgsForIntegratedAssembler in clang/lib/Driver/ToolChains/Clang.cpp).
func separateFlags(flags []string) []string {
	var out []string
	for i := 0; i < len(flags); i++ {
		f := flags[i]
		if f == "--param" && i+1 < len(flags) {
			i++
			f += "=" + flags[i]
		}
		if options, ok := strings.CutPrefix(f, "-Wa,"); ok {
			for o := range strings.SplitSeq(options, ",") {
				out = append(out, "-Wa,"+o)
			}
			continue
		}
		out = append(out, f)
	}
	return out
}

// refusedFlags finds the arguments that clang does not accept, or does not carry out, in its
// messages about a command line (clang/include/clang/Basic/DiagnosticDriverKinds.td and
// DiagnosticCommonKinds.td: err_drv_unknown_argument, err_drv_unsupported_opt,
// err_drv_unsupported_option_argument, err_drv_invalid_value, err_target_unknown_cpu,
// err_target_unknown_abi, warn_drv_unused_argument, warn_drv_input_file_unused_by_cpp):
//
//	error: unknown argument: '-fA'         error: unsupported option '-fA' for target 'T'
//	error: unsupported argument 'A' to option '-f='
//	error: invalid value 'A' in '-f='
//	error: unknown target CPU 'A'          error: unknown target ABI 'A'
//	error: argument unused during compilation: '-fA'
//	error: -Wl,A: 'linker' input unused
func refusedFlags(said string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(said) {
		_, message, _ := strings.Cut(line, "error: ")
		quoted := strings.Split(message, "'") // the quoted parts have odd indexes
		begins := func(with string) bool { return strings.HasPrefix(message, with) }
		switch {
		case strings.Contains(message, ": 'linker' input unused"):
			arg, _, _ := strings.Cut(message, ": 'linker'")
			out[arg] = true
		case len(quoted) >= 3 && begins("unknown target CPU"):
			for _, option := range []string{"-mtune=", "-mcpu=", "-march="} {
				out[option+quoted[1]] = true
			}
		case len(quoted) >= 3 && begins("unknown target ABI"):
			out["-mabi="+quoted[1]] = true
		case len(quoted) >= 3 && (begins("unknown argument") || begins("unsupported option") || begins("argument unused")):
			out[quoted[1]] = true
		case len(quoted) >= 5 && (begins("unsupported argument") || begins("invalid value")):
			// An option and its value in the same argument.
			out[quoted[3]+quoted[1]], out[quoted[3]] = true, true
		}
	}
	return out
}

// acceptedFlags returns flags of gcc as clang accepts them: those that clang does not carry
// out are spelled as [Rules] say, or left out. It asks clang until clang carries out
// each one, once for each list of flags in an object tree. What is in the list drop, as
// for [argv.Matches], is left out as well.
func (f *Foreign) acceptedFlags(h host.Host, c *cache, clang, flags, drop []string) ([]string, error) {
	flags = separateFlags(flags)
	key := "gcc's flags\x00" + Identity(h, clang) + host.Hash(fmt.Appendf(nil, "%s %q %q %q", f.Target, flags, drop, Rules))
	if known, ok := c.known[key]; ok {
		var out []string
		if json.Unmarshal([]byte(known), &out) == nil {
			return out, nil
		}
	}
	// clang would load a plugin of gcc's, and say only that it cannot.
	bad := map[string]bool{}
	for _, a := range flags {
		if strings.HasPrefix(a, "-fplugin") {
			bad[a] = true
		}
	}
	const hint = "build this kernel with clang, or name a clang in LTO_WRAP_CLANG that accepts the flag; until then, LTO_WRAP=try builds without inlining"
	for {
		var kept []string
		for _, a := range flags {
			to, known := ruleResult(a)
			switch {
			case !bad[a]:
				kept = append(kept, a)
			case known:
				kept = append(kept, to...)
			case !argv.Matches(a, drop):
				return nil, host.InliningFailure(
					"it is not known whether the helpers mean the same without it: leave it out of the kernel's flags, or build the kernel with clang; if they do mean the same, add it to LTO_WRAP_HELPERS_DROP; until then, LTO_WRAP=try builds without inlining",
					"clang does not carry out %s, with which %s builds the kernel", a, strings.Join(f.Compiler, " "))
			}
		}
		flags = kept
		command := slices.Concat(clang, []string{"--target=" + f.Target}, objectOfNothing(flags, "-Wno-everything", "-Werror=unused-command-line-argument"))
		_, err := h.Output(command, "")
		if err == nil {
			data, err := json.Marshal(flags)
			if err == nil {
				c.keep(key, string(data))
			}
			return flags, err
		}
		bad = refusedFlags(host.StderrOf(err))
		if !slices.ContainsFunc(flags, func(a string) bool { return bad[a] }) {
			return nil, &host.Failure{
				What: fmt.Sprintf("clang does not accept the flags of %s: %s", strings.Join(f.Compiler, " "), errorLine(err)),
				Hint: hint, Command: command, Status: 1, Inlining: true,
			}
		}
	}
}

// errorLine returns what a tool said when it failed: its first error, else its first line.
func errorLine(err error) string {
	text := host.StderrOf(err)
	for line := range strings.Lines(text) {
		if strings.Contains(line, "error: ") {
			return strings.TrimSpace(line)
		}
	}
	if line := firstLine(text); line != "" {
		return line
	}
	return err.Error()
}
