// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
)

// The variables that kbuild exports in the build of an external module (M=) are those of
// the module: its Kbuild may have added to them (subdir-ccflags-y, in scripts/Makefile.build
// of the kernel), and so may whoever calls make (KCFLAGS, CFLAGS_MODULE). The helpers are the
// kernel's. What they were compiled with is in the file that kbuild saved for helpers.o, in
// the kernel's object tree.

// Kernels is the command with which the kernel's own build compiled the helpers.
type Kernels struct {
	// File is the file that kbuild saved it in.
	File string
	// CC is the command line, for a process that runs in the present directory.
	CC *argv.CC
	// Module are the additional flags of the kernel's modules, nil if the kernel has none
	// that says so.
	Module []string
}

// savedHelpers are the objects whose saved command is that of the helpers, by the
// kernel's age: see [Environment.HelpersDir].
var savedHelpers = []string{"rust/helpers/helpers.o", "rust/helpers.o"}

// ReadKernels reads the command that compiled the helpers of the kernel that an external
// module is built against.
func (e *Environment) ReadKernels() (*Kernels, error) {
	var first error
	for _, object := range savedHelpers {
		object = filepath.Join(e.Objtree, object)
		saved, err := ReadSaved(object)
		if err == nil {
			return e.kernels(CommandFile(object), saved)
		}
		if first == nil {
			first = fmt.Errorf("%s: %w", CommandFile(object), err)
		}
	}
	return nil, first
}

func (e *Environment) kernels(file string, saved *Saved) (*Kernels, error) {
	// A launcher (ccache) precedes the compiler. Neither begins with "-".
	begin := slices.IndexFunc(saved.Argv, func(w string) bool { return strings.HasPrefix(w, "-") })
	if begin < 0 {
		return nil, fmt.Errorf("%s: %w", file, ErrNoCommand)
	}
	words := saved.Argv[begin:]
	cc := argv.ParseCC(words)
	if len(cc.Inputs) != 1 || cc.Mode != argv.Compile {
		return nil, fmt.Errorf("%s has another command than a compilation", file)
	}
	source, ok := strings.CutSuffix(cc.Inputs[0], "/helpers/helpers.c")
	if !ok {
		source = strings.TrimSuffix(cc.Inputs[0], "/helpers.c")
	}
	m := moved{objtree: e.Objtree, from: strings.TrimSuffix(source, "rust"), to: e.Srctree, here: e.runsInObjtree()}
	return &Kernels{File: file, CC: argv.ParseCC(argv.MapPaths(words, m.path)), Module: e.kernelsModuleFlags()}, nil
}

// moved translates paths in a command line that was run in another directory, or whose
// source tree has been moved since (a package of kernel headers).
type moved struct {
	// objtree is the directory that the command was run in, as it is named here. from
	// is the source tree at that time with a slash at its end, "" if it was the object tree. to is the
	// source tree now.
	objtree, from, to string
	// here is set if the present directory is the object tree.
	here bool
}

func (m moved) path(p string) string {
	switch rest, ok := strings.CutPrefix(p, m.from); {
	case m.from != "" && m.from != "./" && ok:
		return strings.TrimSuffix(m.to, "/") + "/" + rest
	case filepath.IsAbs(p) || m.here || p == "":
		return p
	}
	return strings.TrimSuffix(m.objtree, "/") + "/" + p
}

// runsInObjtree reports whether the present directory is the object tree. Since Linux 6.13,
// recipes of an external module run in the module's directory.
func (e *Environment) runsInObjtree() bool {
	here, errHere := os.Stat(".")
	tree, errTree := os.Stat(e.Objtree)
	return errHere == nil && errTree == nil && os.SameFile(here, tree)
}

// kernelsModuleFlags returns the additional flags with which the kernel's modules were
// compiled, from the command of the first module in modules.order that has one: kbuild
// compiles NAME.mod.c for each module with the flags of a module and nothing of a
// directory's (scripts/Makefile.modfinal).
func (e *Environment) kernelsModuleFlags() []string {
	f, err := os.Open(filepath.Join(e.Objtree, "modules.order"))
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		module := strings.TrimSpace(lines.Text())
		module = strings.TrimSuffix(module, filepath.Ext(module)) // .ko before Linux 6.2, .o since
		if module == "" {
			continue
		}
		if flags, ok := moduleFlags(filepath.Join(e.Objtree, module+".mod.o")); ok {
			return flags
		}
	}
	return nil
}

// moduleFlags returns the additional flags of module objects in the saved command of a
// NAME.mod.o: from -DMODULE, with which KBUILD_CFLAGS_MODULE begins (kernel Makefile), to the
// names that kbuild defines.
func moduleFlags(object string) (flags []string, ok bool) {
	saved, err := ReadSaved(object)
	if err != nil {
		return nil, false
	}
	at := slices.Index(saved.Argv, "-DMODULE")
	if at < 0 {
		return nil, false
	}
	flags = saved.Argv[at:]
	end := slices.IndexFunc(flags, func(w string) bool { return strings.HasPrefix(w, "-DKBUILD_") })
	if end <= 0 {
		return nil, false
	}
	return flags[:end], true
}

// ByClang reports whether the kernel's compiler was clang. kbuild gives CLANG_FLAGS to clang
// only (scripts/Makefile.clang of the kernel), and these flags are always among them.
func (k *Kernels) ByClang() bool {
	return slices.ContainsFunc(k.CC.Args, func(a string) bool {
		return a == "-fintegrated-as" || a == "-fno-integrated-as" || strings.HasPrefix(a, "--target=")
	})
}

// own returns the flags of the exported KBUILD_CFLAGS that the kernel's own build had, too.
// Warnings and the names of directories say nothing about code.
func (k *Kernels) own(cflags []string) []string {
	harmless := slices.DeleteFunc(slices.Clone(cflags), func(w string) bool {
		return !strings.HasPrefix(w, "-W") && !strings.Contains(w, "-prefix-map=")
	})
	return argv.Intersection(cflags, slices.Concat(k.CC.Args, harmless))
}
