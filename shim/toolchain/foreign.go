// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
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
// A kernel that gcc builds needs clang all the same. clang then gets gcc's flags, those
// that it refuses as [Rules] say, and the target that the kernel has for clang. The
// kernel does the same for bindgen, which contains clang's library (rust/Makefile,
// bindgen_skip_c_flags and BINDGEN_TARGET).
//
// A kernel that a clang of another LLVM builds needs one of rustc's LLVM. That clang
// has to accept each flag and give it the same meaning, because a difference would go
// unnoticed.

// Foreign describes kbuild's C compiler where it is not the clang that makes bitcode
// and objects, and not of its LLVM either.
type Foreign struct {
	// Compiler is that compiler.
	Compiler []string `json:"compiler"`
	// Target is the triple of clang for what it builds, "" where it is a clang, whose
	// flags have it.
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
	// gcc's own name for the machine may be one that clang does not know, such as
	// x86_64-buildroot-linux-uclibc.
	if t.target = kb.ClangTarget(); t.target == "" {
		target, err := t.cache.text(h, cc, "-dumpmachine")
		if t.target = strings.TrimSpace(target); err != nil || t.target == "" {
			return host.InliningFailure("name kbuild's real C compiler in LTO_WRAP_CC",
				"%s does not report its target (-dumpmachine): %v", strings.Join(cc, " "), err)
		}
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
	major, err := t.bitcodeMajor(h, cc)
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

// meaningError returns an error if clang does not accept all flags of another clang
// without a warning, or is known to mean something else by one. It asks once for each
// list of flags in an object tree.
func (f *Foreign) meaningError(h host.Host, c *cache, clang Tool, flags []string) error {
	const hint = "name a clang in LTO_WRAP_CLANG that accepts the flags of the one that builds the kernel; until then, LTO_WRAP=try builds without inlining"
	is := func(s string) string {
		return fmt.Sprintf("%s %s, with which %s of LLVM %d builds the kernel", strings.Join(clang.Argv, " "), s, strings.Join(f.Compiler, " "), f.Major)
	}
	for _, ch := range changed {
		if (f.Major < ch.since) != (clang.Major < ch.since) && slices.Contains(flags, ch.flag) &&
			!slices.ContainsFunc(ch.settled, func(s string) bool { return slices.Contains(flags, s) }) {
			return host.InliningFailure(hint, "%s", is(fmt.Sprintf("of LLVM %d means something else by %s", clang.Major, ch.flag)))
		}
	}
	args := objectOfNothing(codeFlags(flags), "-Werror", "-Wno-unknown-warning-option")
	_, err := c.fact(h, clang.Argv, args, func(string) (string, error) { return "accepted", nil })
	if err != nil {
		return &host.Failure{
			What: is("does not accept all flags") + ": " + err.Error(), Hint: hint,
			Command: slices.Concat(clang.Argv, args), Status: 1, Inlining: true,
		}
	}
	return nil
}

// objectOfNothing returns the arguments with which a clang makes an object of nothing,
// with flags and more, as it will make objects: with -fsyntax-only it would not look at
// what is for its assembler. With debug information, -fstack-usage or the notes of gcov
// it would write files into the directory of the build.
func objectOfNothing(flags []string, more ...string) []string {
	return slices.Concat(argv.Without(flags, []string{"-fstack-usage", "-ftest-coverage", "--coverage"}), more, []string{"-g0", "-c", "-x", "c", "-", "-o", "-"})
}

// codeFlags returns flags without those that mean the same to every compiler: files and
// macros, and warnings.
func codeFlags(flags []string) []string {
	var out []string
	for i := 0; i < len(flags); i++ {
		f := flags[i]
		switch {
		case f == "-include" || f == "-isystem" || f == "-I":
			i++
		case strings.HasPrefix(f, "-I"), strings.HasPrefix(f, "-D"), strings.HasPrefix(f, "-U"), strings.HasPrefix(f, "-W") && !strings.HasPrefix(f, "-Wa,"):
		default:
			out = append(out, f)
		}
	}
	return out
}
