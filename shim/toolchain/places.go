// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// This file says where tools of LLVM are looked for. Package toolchain takes the
// first that fits; see choice.go.

// candidate is a command line that may be a tool, and the place it comes from.
type candidate struct {
	argv   []string
	origin string
	// set is true for a setting of the user, which is taken or is an error.
	set bool
}

// Origins of tools, for people.
const (
	fromLLVM        = "what LLVM= implies"
	fromKbuild      = "kbuild's CC"
	fromPath        = "on PATH"
	fromRustc       = "beside rustc"
	fromClang       = "beside clang"
	fromCC          = "LTO_WRAP_CC"
	fromClangConfig = "llvm-config"
	fromDir         = "installed by a distribution"
)

// installDirs are the directories in which distributions install the programs of one
// major version of LLVM, beside the version that has the plain names:
//
//   - Debian and Ubuntu: /usr/lib/llvm-N/bin (file list of package clang-N).
//   - Fedora and its relatives: %{_libdir}/llvmN/bin of the packages clangN
//     (install_bindir of compat_build in llvm.spec); %{_libdir} is /usr/lib64.
//   - Gentoo: /usr/lib/llvm/N/bin (CMAKE_INSTALL_PREFIX in
//     llvm-core/clang/clang-N.ebuild).
//   - Alpine: /usr/lib/llvmN/bin (CMAKE_INSTALL_PREFIX in main/clangN/APKBUILD), and
//     Arch for its packages clangN.
//
// openSUSE has clang-N in /usr/bin (llvmN.spec).
var installDirs = []string{"/usr/lib/llvm-%d/bin", "/usr/lib64/llvm%d/bin", "/usr/lib/llvm/%d/bin", "/usr/lib/llvm%d/bin"}

// kbuildCompiler returns the command line of kbuild's C compiler, also where
// cc-helper-wrap stands before it. It is nil outside of make, where kbuild's CC is
// not known.
func kbuildCompiler(h host.Host, kb *kbuild.Environment) ([]string, error) {
	switch {
	case len(kb.CC) == 0:
		return nil, nil
	case !isCCWrap(h, kb):
		return resolve(h, "the C compiler", kb.CC)
	}
	return CC(h)
}

// isCCWrap reports whether kbuild's CC is cc-helper-wrap.
func isCCWrap(h host.Host, kb *kbuild.Environment) bool {
	return slices.ContainsFunc(kb.CC, func(w string) bool {
		p := search(h, w, host.IsExecutable)
		return p == "" && strings.Contains(w, string(host.CCWrap)) || isShim(p)
	})
}

// clangCandidates returns the command lines that may be the clang for bitcode and
// code generation, best first:
//
//   - LTO_WRAP_CLANG, and nothing else if it is set;
//   - LTO_WRAP_CC;
//   - kbuild's own CC. It precedes LLVM=, as in kbuild, where LLVM=1 CC=clang-19 is
//     a kernel that clang-19 builds (Documentation/kbuild/llvm.rst of the kernel);
//   - what LLVM= implies;
//   - clang and clang-N on PATH, for rustc's LLVM N;
//   - clang beside rustc: the toolchains at kernel.org have both in one directory, and
//     Debian's package rust-llvm has rust-clang there;
//   - where llvm-config-N says, and in [installDirs];
//   - newer versions of clang-N on PATH, as far as they may be taken.
//
// The places after PATH cost a process each. They are yielded as they are asked for.
// The error is that of a setting that names no program.
func (t *Toolchain) clangCandidates(h host.Host, clang, cc []string, kb *kbuild.Environment) (iter.Seq[candidate], error) {
	var first []candidate
	if clang != nil {
		argv, err := resolve(h, "clang", clang)
		if err != nil {
			return nil, err
		}
		return slices.Values([]candidate{{argv, variableOf("clang"), true}}), nil
	}
	wrapped := isCCWrap(h, kb)
	if cc != nil {
		argv, err := resolve(h, "the C compiler", cc)
		if err != nil {
			return nil, err
		}
		// Where kbuild's CC is not cc-helper-wrap, LTO_WRAP_CC has no other use
		// than to name the clang, which it had before LTO_WRAP_CLANG existed.
		first = append(first, candidate{argv, fromCC, len(kb.CC) > 0 && !wrapped})
	}
	if len(kb.CC) > 0 && !wrapped {
		first = append(first, candidate{kb.CC, fromKbuild, false})
	}
	if name := llvmName(h, "clang"); name != "" {
		first = append(first, candidate{[]string{name}, fromLLVM, false})
	}
	first = append(first, candidate{[]string{"clang"}, fromPath, false})
	return func(yield func(candidate) bool) {
		for _, c := range first {
			if !yield(c) {
				return
			}
		}
		if t.Rustc.Major == 0 {
			return
		}
		name := fmt.Sprintf("clang-%d", t.Rustc.Major)
		if !yield(candidate{[]string{name}, fromPath, false}) {
			return
		}
		if dir := t.sysroot(h); dir != "" {
			for _, n := range []string{"clang", name, "rust-clang"} {
				if !yield(candidate{[]string{filepath.Join(dir, "bin", n)}, fromRustc, false}) {
					return
				}
			}
		}
		for dir, origin := range t.llvmDirs(h) {
			for _, n := range []string{"clang", name} {
				if !yield(candidate{[]string{filepath.Join(dir, n)}, origin, false}) {
					return
				}
			}
		}
	}, nil
}

// sysroot returns the directory that rustc belongs to, "" if rustc does not say.
func (t *Toolchain) sysroot(h host.Host) string {
	dir, err := t.cache.text(h, t.Rustc.Argv, "--print", "sysroot")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(dir)
}

// llvmDirs yields the directories in which programs of rustc's LLVM may be, with their
// origin.
func (t *Toolchain) llvmDirs(h host.Host) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		config := fmt.Sprintf("llvm-config-%d", t.Rustc.Major)
		if path := lookPath(h, config); path != "" {
			if dir, err := t.cache.text(h, []string{path}, "--bindir"); err == nil && !yield(strings.TrimSpace(dir), config+" --bindir") {
				return
			}
		}
		for _, d := range installDirs {
			if !yield(fmt.Sprintf(d, t.Rustc.Major), fromDir) {
				return
			}
		}
	}
}

// llvmToolCandidates returns the command lines that may be the LLVM tool that goes
// with clang, best first: the setting, what LLVM= implies if clang was found by it,
// too, the tool beside clang with clang's own suffix, the tool beside the program that
// clang's name links to, what LLVM= implies in any case, the plain name, the name with
// clang's major version, the tool of rustup's component llvm-tools beside rustc, and
// where [Toolchain.llvmDirs] says.
func (t *Toolchain) llvmToolCandidates(h host.Host, tool string, set []string) (iter.Seq[candidate], error) {
	if set != nil {
		argv, err := resolve(h, tool, set)
		return slices.Values([]candidate{{argv, variableOf(tool), true}}), err
	}
	clang := t.Clang
	var out, implied []candidate
	if name := llvmName(h, tool); name != "" {
		implied = append(implied, candidate{[]string{name}, fromLLVM, false})
	}
	if clang.Origin == fromLLVM {
		out = implied
	}
	for _, w := range clang.Argv {
		dir, base := filepath.Split(w)
		at := strings.Index(base, "clang")
		if at < 0 && len(clang.Argv) > 1 {
			continue
		}
		if at >= 0 {
			out = append(out, candidate{[]string{dir + base[:at] + tool + base[at+len("clang"):]}, fromClang, false})
		}
		if real, err := filepath.EvalSymlinks(w); err == nil {
			out = append(out, candidate{[]string{filepath.Join(filepath.Dir(real), tool)}, fromClang, false})
		}
	}
	out = append(append(out, implied...), candidate{[]string{tool}, fromPath, false},
		candidate{[]string{fmt.Sprintf("%s-%d", tool, clang.Major)}, fromPath, false})
	return func(yield func(candidate) bool) {
		for _, c := range out {
			if !yield(c) {
				return
			}
		}
		// The component llvm-tools of rustup puts its programs into
		// lib/rustlib/HOST/bin (copy_llvm_tools_to_sysroot and LLVM_TOOLS of
		// src/bootstrap in rust-lang/rust).
		if dir := t.sysroot(h); dir != "" {
			found, _ := filepath.Glob(filepath.Join(dir, "lib/rustlib/*/bin", tool))
			for _, path := range found {
				if !yield(candidate{[]string{path}, fromRustc, false}) {
					return
				}
			}
		}
		for dir, origin := range t.llvmDirs(h) {
			if !yield(candidate{[]string{filepath.Join(dir, tool)}, origin, false}) {
				return
			}
		}
	}, nil
}
