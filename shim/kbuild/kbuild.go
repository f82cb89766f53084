// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package kbuild has the knowledge about the kernel's build system that the two
// programs need: the variables that kbuild exports to its recipes, the flags of
// built-in and module objects, the names for intermediate files, when kbuild
// rebuilds an object, and the command that it saved for an object.
//
// What goes in are an environment and the files of an object tree. The package may
// import the packages host and settings, the file formats, and argv.
package kbuild

import (
	"github.com/google/shlex"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
)

// Environment has the variables that kbuild exports to its recipes (the export
// lines of the kernel's top Makefile), split into words.
type Environment struct {
	// Srctree and Objtree are the source and the object tree. Objtree is often
	// ".", the directory that recipes run in.
	Srctree, Objtree string
	// Srcarch is the directory below arch/. Subarch is the architecture that user-mode
	// Linux runs on.
	Srcarch, Subarch string
	// Extmod is the external module's directory (M=), "" in a kernel build.
	Extmod string
	// ClangFlags hold --target, without which clang generates for the host.
	ClangFlags []string
	// Nostdinc, Include, Cppflags and Cflags are the flags of every C file.
	Nostdinc, Include, Cppflags, Cflags []string
	// Kernel and Module are the additional flags of built-in and module objects
	// (modkern_cflags in scripts/Makefile.lib).
	Kernel, Module []string
	// LTO are the flags of CONFIG_LTO_CLANG.
	LTO []string
	// CC is kbuild's C compiler.
	CC []string
	// Kernels is, for an external module, what the kernel's own build compiled the helpers
	// with. Cflags and Module then have nothing of the module's own. Where it is not known,
	// Kernels is nil, and NoKernels says why.
	Kernels   *Kernels
	NoKernels error
}

// Running reports whether this process runs in a recipe of a kernel build. It
// checks the variables that are indispensable there.
func Running(h host.Host) bool {
	return h.Getenv("KBUILD_CFLAGS") != "" && h.Getenv("srctree") != "" && h.Getenv("objtree") != ""
}

// InlinesHelpers reports whether the kernel's own option for the same purpose is on
// (CONFIG_RUST_INLINE_HELPERS in lib/Kconfig.debug, since Linux 7.1).
func InlinesHelpers(h host.Host) bool {
	return ConfigOf(h.Getenv("objtree")).on("RUST_INLINE_HELPERS")
}

// Read reads the variables that kbuild exports. The error is a [*host.Failure] for
// a value that is not a list of shell words.
func Read(h host.Host) (*Environment, error) {
	var first error
	list := func(names ...string) []string {
		var out []string
		for _, name := range names {
			w, err := shlex.Split(h.Getenv(name))
			if err != nil && first == nil {
				_, first = settings.Split(name, h.Getenv(name))
			}
			out = append(out, w...)
		}
		return out
	}
	e := &Environment{
		Srctree: h.Getenv("srctree"), Objtree: h.Getenv("objtree"),
		Srcarch: h.Getenv("SRCARCH"), Subarch: h.Getenv("SUBARCH"), Extmod: h.Getenv("KBUILD_EXTMOD"),
		ClangFlags: list("CLANG_FLAGS"), Nostdinc: list("NOSTDINC_FLAGS"), Include: list("LINUXINCLUDE"),
		Cppflags: list("KBUILD_CPPFLAGS"), Cflags: list("KBUILD_CFLAGS"),
		Kernel: list(variantVariables[Builtin]...),
		Module: list(variantVariables[Module]...),
		LTO:    list("CC_FLAGS_LTO"), CC: list("CC"),
	}
	if e.Extmod == "" {
		return e, first
	}
	if e.Kernels, e.NoKernels = e.ReadKernels(); e.Kernels != nil {
		if e.Kernels.Module == nil {
			// Not a single module says so. What the caller gives is in the other
			// variable, CFLAGS_MODULE.
			e.Kernels.Module = list("KBUILD_CFLAGS_MODULE")
		}
		e.Cflags, e.Module, e.Kernel = e.Kernels.own(e.Cflags), e.Kernels.Module, list("KBUILD_CFLAGS_KERNEL")
	}
	return e, first
}
