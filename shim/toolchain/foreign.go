// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// The flags that kbuild exports are those of its C compiler. Where that is another one
// than the clang that makes bitcode and objects, they have to be looked at.
//
// A kernel that gcc builds needs clang all the same. clang then gets gcc's flags
// without those that it does not know, and the target that gcc builds for. The kernel
// does the same for bindgen, which contains clang's library (rust/Makefile,
// bindgen_skip_c_flags and BINDGEN_TARGET). The kernel has lists for that; this asks
// clang.
//
// A kernel that a clang of another LLVM builds needs one of rustc's LLVM. That clang
// has to accept each flag and give it the same meaning, because a difference would go
// unnoticed.

// Foreign describes kbuild's C compiler where it is not the clang that makes bitcode
// and objects, and not of its LLVM either.
type Foreign struct {
	// Compiler is that compiler.
	Compiler []string `json:"compiler"`
	// Target is the triple that it builds for, "" where it is a clang, whose flags
	// have it.
	Target string `json:"target,omitempty"`
	// Major is the LLVM of a clang, 0 if it is not known.
	Major int `json:"llvm_major,omitempty"`
}

// findCompiler looks at kbuild's C compiler. It sets the target, and Foreign where the
// compiler is not clang. CLANG_FLAGS tells: scripts/Makefile.clang of the kernel sets it
// for clang only.
func (t *Toolchain) findCompiler(h host.Host, kb *kbuild.Environment) error {
	if len(kb.ClangFlags) > 0 {
		for _, f := range kb.ClangFlags {
			if target, ok := strings.CutPrefix(f, "--target="); ok {
				t.target = target
			}
		}
		return nil
	}
	cc, err := kbuildCompiler(h, kb)
	switch {
	case err != nil:
		return host.AsInlining(err)
	case cc == nil:
		return host.InliningFailure("run it from a kernel build", "neither CLANG_FLAGS nor CC is in the environment: the target is not known")
	}
	target, err := t.cache.text(h, cc, "-dumpmachine")
	if t.target = strings.TrimSpace(target); err != nil || t.target == "" {
		return host.InliningFailure("name kbuild's real C compiler in LTO_WRAP_CC",
			"%s does not say what it builds for (-dumpmachine): %v", strings.Join(cc, " "), err)
	}
	t.Foreign = &Foreign{Compiler: cc, Target: t.target}
	return nil
}

// compareCompiler sets Foreign where kbuild's C compiler is a clang of another LLVM
// than the one that was taken.
func (t *Toolchain) compareCompiler(h host.Host, kb *kbuild.Environment) error {
	if t.Foreign != nil {
		return nil
	}
	cc, err := kbuildCompiler(h, kb)
	if err != nil {
		return host.AsInlining(err)
	}
	if cc == nil || slices.Equal(cc, t.Clang.Argv) {
		return nil
	}
	major, err := t.written(h, cc)
	if err != nil || major != t.Clang.Major {
		t.Foreign = &Foreign{Compiler: cc, Major: major}
	}
	return nil
}

// changed are flags of clang whose meaning depends on the version: clang since the
// major version since means something else than clang before it, unless one of settled
// is given, too.
var changed = []struct {
	flag    string
	since   int
	settled []string
}{
	// Before clang 20, -fwrapv meant pointers, too (commit 1295aa2e814d of LLVM, "Add
	// -fwrapv-pointer flag").
	{"-fwrapv", 20, []string{"-fwrapv-pointer", "-fno-strict-overflow"}},
}

// zeroEnabler is a flag without which clang before version 16 does not accept
// -ftrivial-auto-var-init=zero. It does nothing else. Later versions warn of it or do not
// know it (CC_HAS_AUTO_VAR_INIT_ZERO_ENABLER in security/Kconfig.hardening of the
// kernel).
const (
	zeroEnabler      = "-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang"
	zeroEnablerSince = 16 // not needed
)

// forClang returns flags of the kernel's clang for another clang.
func forClang(flags []string, major int) []string {
	if major < zeroEnablerSince {
		return flags
	}
	return argv.Without(flags, []string{zeroEnabler})
}

// sameMeaning returns an error if clang does not accept all flags of another clang
// without a warning, or is known to mean something else by one. It asks once for each
// list of flags in an object tree.
func (f *Foreign) sameMeaning(h host.Host, c *cache, clang Tool, flags []string) error {
	const hint = "name a clang in LTO_WRAP_CLANG that accepts the flags of the one that builds the kernel; LTO_WRAP=try builds without inlining meanwhile"
	is := func(s string) string {
		return fmt.Sprintf("%s %s, with which %s of LLVM %d builds the kernel", strings.Join(clang.Argv, " "), s, strings.Join(f.Compiler, " "), f.Major)
	}
	for _, ch := range changed {
		if (f.Major < ch.since) != (clang.Major < ch.since) && slices.Contains(flags, ch.flag) &&
			!slices.ContainsFunc(ch.settled, func(s string) bool { return slices.Contains(flags, s) }) {
			return host.InliningFailure(hint, "%s", is(fmt.Sprintf("of LLVM %d means something else by %s", clang.Major, ch.flag)))
		}
	}
	args := slices.Concat(codeFlags(flags), []string{"-g0", "-Werror", "-Wno-unknown-warning-option", "-fsyntax-only", "-x", "c", "/dev/null"})
	_, err := c.fact(h, clang.Argv, args, func(string) (string, error) { return "accepted", nil })
	if err != nil {
		return &host.Failure{
			What: is("does not accept all flags") + ": " + err.Error(), Hint: hint,
			Command: slices.Concat(clang.Argv, args), Status: 1, Inlining: true,
		}
	}
	return nil
}

// codeFlags returns flags without those that mean the same to every compiler: files and
// macros, warnings, and what is for the assembler alone.
func codeFlags(flags []string) []string {
	var out []string
	for i := 0; i < len(flags); i++ {
		f := flags[i]
		switch {
		case f == "-include" || f == "-isystem" || f == "-I":
			i++
		case strings.HasPrefix(f, "-I"), strings.HasPrefix(f, "-D"), strings.HasPrefix(f, "-U"), strings.HasPrefix(f, "-W"), f == "-fstack-usage":
		default:
			out = append(out, f)
		}
	}
	return out
}

// refused finds the arguments that clang rejects in its messages about a command
// line (clang/include/clang/Basic/DiagnosticDriverKinds.td and
// DiagnosticCommonKinds.td: err_drv_unknown_argument, err_drv_unsupported_opt,
// err_drv_unsupported_option_argument, err_drv_invalid_value):
//
//	error: unknown argument: '-fA'         error: unsupported option '-fA'
//	error: unsupported argument 'A' to option '-f='
//	error: invalid value 'A' in '-f='
func refused(said string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(said) {
		_, message, _ := strings.Cut(line, "error: ")
		quoted := strings.Split(message, "'") // the quoted parts have odd indexes
		begins := func(with string) bool { return strings.HasPrefix(message, with) }
		switch {
		case len(quoted) >= 3 && (begins("unknown argument") || begins("unsupported option")):
			out[quoted[1]] = true
		case len(quoted) >= 5 && (begins("unsupported argument") || begins("invalid value")):
			// An option and its value in the same argument.
			out[quoted[3]+quoted[1]], out[quoted[3]] = true, true
		}
	}
	return out
}

// translations are gcc's flags that clang spells in another way, for flags whose
// loss would change what code does. The kernel has both spellings: RETPOLINE_CFLAGS in
// its Makefile, scripts/Makefile.kasan and scripts/Makefile.ubsan. A flag that ends in
// "=" stands for all its values, which the translation takes over.
var translations = map[string]string{
	"-mindirect-branch=thunk-extern":     "-mretpoline-external-thunk",
	"-fasan-shadow-offset=":              "-mllvm -asan-mapping-offset=",
	"-fsanitize=bounds-strict":           "-fsanitize=array-bounds",
	"-fsanitize-undefined-trap-on-error": "-fsanitize-trap=undefined",
}

// translated returns flags of gcc with those of [translations] as clang spells them,
// and with gcc's --param of the sanitizers as LLVM's options of the same names.
func translated(flags []string) []string {
	var out []string
	for i := 0; i < len(flags); i++ {
		f := flags[i]
		if f == "--param" && i+1 < len(flags) {
			i++
			f += "=" + flags[i]
		}
		name, value, hasValue := strings.Cut(f, "=")
		param, isParam := strings.CutPrefix(f, "--param=")
		sanitizer := strings.HasPrefix(param, "asan-") || strings.HasPrefix(param, "hwasan-") || strings.HasPrefix(param, "tsan-")
		switch to := translations[name+"="]; {
		case translations[f] != "":
			out = append(out, strings.Fields(translations[f])...)
		case hasValue && to != "":
			out = append(out, strings.Fields(to+value)...)
		case isParam && sanitizer:
			out = append(out, "-mllvm", "-"+param)
		default:
			out = append(out, f)
		}
	}
	if initialises(flags) {
		out = append(out, "-ftrivial-auto-var-init=zero")
	}
	return out
}

// accepted returns the flags that clang accepts. It asks clang until clang rejects
// nothing any more, once for each list of flags in an object tree.
func (f *Foreign) accepted(h host.Host, c *cache, clang, flags []string) ([]string, error) {
	flags = slices.DeleteFunc(translated(flags), func(a string) bool { return strings.HasPrefix(a, "-fplugin") })
	key := "accepted\x00" + Identity(h, clang) + host.Hash([]byte(fmt.Sprintf("%s %q", f.Target, flags)))
	if known, ok := c.known[key]; ok {
		var out []string
		if json.Unmarshal([]byte(known), &out) == nil {
			return out, nil
		}
	}
	for range 20 {
		argv := slices.Concat(clang, []string{"--target=" + f.Target}, flags, []string{"-w", "-fsyntax-only", "-x", "c", "/dev/null"})
		_, err := h.Output(argv, "")
		if err == nil {
			data, err := json.Marshal(flags)
			if err == nil {
				c.keep(key, string(data))
			}
			return flags, err
		}
		bad := refused(host.StderrOf(err))
		if i := slices.IndexFunc(flags, func(a string) bool { return bad[a] && protects(a) }); i >= 0 {
			return nil, host.InliningFailure("build this kernel with clang, or give LTO_WRAP=off",
				"clang has no equivalent of %s, with which %s protects the helpers", flags[i], strings.Join(f.Compiler, " "))
		}
		before := len(flags)
		if flags = slices.DeleteFunc(flags, func(a string) bool { return bad[a] }); len(flags) == before {
			return nil, &host.Failure{
				What:    fmt.Sprintf("clang does not accept the flags of %s: %v", strings.Join(f.Compiler, " "), err),
				Command: argv, Status: 1, Inlining: true,
			}
		}
	}
	return nil, host.InliningFailure("build this kernel with clang", "clang rejects too many flags of %s", strings.Join(f.Compiler, " "))
}
