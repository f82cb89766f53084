// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

// SourceIn returns the path of the helpers source of a source tree: the first one of
// suffixes that is there, "" if none is.
func SourceIn(suffixes []string, srctree string) string {
	for _, p := range suffixes {
		if !filepath.IsAbs(p) {
			p = filepath.Join(srctree, p)
		}
		if _, err := os.Stat(p); err == nil {
			return p
		}
	}
	return ""
}

// isKernels says whether a file that is named like the helpers source is that of kbuild's
// tree, and not a driver's own rust/helpers.c. Where that tree has none, or in the build
// of an external module, kbuild compiles no helpers at all.
func isKernels(suffixes []string, h host.Host, file string) bool {
	a, errA := os.Stat(SourceIn(suffixes, h.Getenv("srctree")))
	b, errB := os.Stat(file)
	return errB != nil || errA == nil && os.SameFile(a, b)
}

// findSource finds the helpers source of kbuild's tree. Packages of kernel headers,
// which external modules are built against, often leave it out.
func findSource(h host.Host, s *settings.Settings, kb *kbuild.Environment) (string, error) {
	if p := SourceIn(s.Helpers, kb.Srctree); p != "" {
		return p, nil
	}
	// The tree is often "." in a recipe, which would say nothing to the reader.
	tree := kb.Srctree
	if abs, err := filepath.Abs(tree); err == nil {
		tree = abs
	}
	if kb.Extmod != "" && h.Getenv("LTO_WRAP_HELPERS") == "" {
		return "", &host.Failure{
			What: fmt.Sprintf("the kernel package in %s has no helpers source: there is no %s in it", tree, strings.Join(s.Helpers, " and no ")),
			Hint: "name that kernel's source in LTO_WRAP_HELPERS, or give LTO_WRAP=off to silence this note", Status: 1,
			Inlining: true, Foreign: true,
		}
	}
	return "", host.InliningFailure("name it in LTO_WRAP_HELPERS, or give LTO_WRAP=try to compile without inlining where there is none",
		"the tree %s has no helpers source: there is no %s in it", tree, strings.Join(s.Helpers, " and no "))
}

// rustDir returns the directory rust/ of the object tree.
func rustDir(kb *kbuild.Environment, source string) string {
	return strings.TrimSuffix(filepath.ToSlash(kb.HelpersDir(source)), "/helpers")
}

// exportedFlags puts together, from what kbuild exports, the flags with which
// kbuild compiles the helpers for a built-in object: c_flags in the kernel's
// scripts/Makefile.lib. instrumentation are the flags of sanitizers, coverage and
// profiles. What a Makefile gives to this object alone (CFLAGS_helpers.o) is missing;
// no kernel that was tried has any but warnings.
func exportedFlags(kb *kbuild.Environment, source string, instrumentation []string) []string {
	dir := rustDir(kb, source)
	// __KBUILD_MODNAME has a prefix in 6.12, but not in 7.3.
	modname := "helpers"
	if lib, err := os.ReadFile(filepath.Join(kb.Srctree, "scripts/Makefile.lib")); err == nil && bytes.Contains(lib, []byte("__KBUILD_MODNAME=kmod_")) {
		modname = "kmod_helpers"
	}
	return slices.Concat(kb.Nostdinc, kb.Include,
		[]string{"-include", filepath.Join(kb.Srctree, "include/linux/compiler_types.h")},
		kb.Cppflags, kb.Cflags, instrumentation,
		[]string{"-I" + filepath.Join(kb.Srctree, "rust"), "-I" + dir},
		kb.Kernel,
		[]string{`-DKBUILD_MODFILE="rust/helpers"`, `-DKBUILD_BASENAME="helpers"`, `-DKBUILD_MODNAME="helpers"`, "-D__KBUILD_MODNAME=" + modname})
}

// kernelsCommand returns, for an external module, the command with which the kernel's own
// build compiled the helpers. The variables that kbuild exports are the module's and cannot
// stand in for it.
func kernelsCommand(kb *kbuild.Environment, source string) (*argv.CC, error) {
	k := kb.Kernels
	note := func(hint, format string, args ...any) error {
		return &host.Failure{What: fmt.Sprintf(format, args...), Hint: hint, Status: 1, Inlining: true, Foreign: true}
	}
	switch {
	case k == nil:
		return nil, note("have the package of kernel headers carry that file, or the helpers' bitcode (--wrap-package), or give LTO_WRAP=off to silence this note",
			"the flags that the kernel's helpers were compiled with are not known: %v", kb.NoKernels)
	case k.ByClang() != (len(kb.ClangFlags) > 0):
		built, now := "gcc", "clang"
		if k.ByClang() {
			built, now = now, built
		}
		return nil, note("build the module with the compiler of the kernel (LLVM=1 is for a kernel that clang has built)",
			"the kernel was built with %s, as %s says, and this module is built with %s", built, k.File, now)
	}
	// The source may be another file than then: LTO_WRAP_HELPERS, or a moved tree.
	args := argv.MapPaths(k.CC.Args, func(p string) string {
		if p == k.CC.Inputs[0] {
			return source
		}
		return p
	})
	return argv.ParseCC(args), nil
}

// kernelsKey is [key] for an external module. flags are the kernel's, so that all
// directories of a module's build share a bitcode file.
func kernelsKey(c *compilation.Context, v kbuild.Variant, flags []string) string {
	s, t := c.Settings, c.Tools
	return host.Hash(fmt.Appendf(nil, "%d\n%s\n%s\n%t\n%q\n%q\n%s\n%s\n%v\n%q\n", stampSchema, v, s.Linkage, s.Always, s.Drop, s.Helpers,
		toolchain.Identity(c.Host, t.Clang.Argv), t.Clang.Version, t.Foreign != nil, flags))
}

// key returns what tells apart the bitcode files that one object tree may hold. The settings
// are in [kbuild.BitcodeState]; those whose default is a list are here again, with what it
// is in this version.
func key(c *compilation.Context, v kbuild.Variant, instrumentation []string, unknown error) string {
	s, t := c.Settings, c.Tools
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n%s\n%s\n%q\n%q\n", stampSchema, v, kbuild.BitcodeState(c.Host), s.Drop, s.Helpers)
	fmt.Fprintf(&b, "%q\n%s\n%s\n%q\n", instrumentation, toolchain.Identity(c.Host, t.Clang.Argv), t.Clang.Version, t.CompilerFlags)
	if t.Foreign != nil {
		fmt.Fprintf(&b, "for another compiler: %s\n", t.Foreign.Target)
	}
	if unknown != nil {
		fmt.Fprintf(&b, "%v\n", unknown)
	}
	return host.Hash(b.Bytes())
}
