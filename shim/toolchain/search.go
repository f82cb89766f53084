// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// llvmName returns the name of an LLVM tool under kbuild's LLVM= variable (kernel
// Makefile, LLVM_PREFIX and LLVM_SUFFIX): LLVM=/dir/ is a prefix, LLVM=-19 a
// suffix, and any other value stands for the plain names. It is "" when LLVM is
// not set.
func llvmName(h host.Host, tool string) string { return llvmNameOf(h.Getenv("LLVM"), tool) }

// llvmNameOf is [llvmName] for a value of LLVM=.
func llvmNameOf(v, tool string) string {
	switch {
	case v == "":
		return ""
	case strings.HasSuffix(v, "/"):
		return v + tool
	case strings.HasPrefix(v, "-"):
		return tool + v
	}
	return tool
}

// LLVMProgram is a program that kbuild runs because LLVM= is set.
type LLVMProgram struct {
	// Tool is its name without LLVM=, Name the one that kbuild uses, and Path its file, ""
	// if there is none.
	Tool, Name, Path string
}

// LLVMPrograms returns clang and ld.lld by the names that LLVM=value gives them (kernel
// Makefile: HOSTCC, CC and LD), without those that other variables replace. It returns nil if
// value is "".
func LLVMPrograms(h host.Host, value string) (out []LLVMProgram) {
	for _, p := range []struct {
		tool     string
		replaced bool
	}{{"clang", h.Getenv("CC") != "" && h.Getenv("HOSTCC") != ""}, {"ld.lld", h.Getenv("LD") != ""}} {
		if name := llvmNameOf(value, p.tool); name != "" && !p.replaced {
			out = append(out, LLVMProgram{p.tool, name, search(h, name, host.IsExecutable)})
		}
	}
	return out
}

// self is the file of this process's program. /proc/self/exe leads to it
// (proc(5)), also when the program was started by a relative name or is installed
// under another name.
var self = sync.OnceValues(func() (os.FileInfo, error) { return os.Stat("/proc/self/exe") })

// isShim reports whether the program at path is one of our two, under whatever
// name: running it again would never end. It runs for each compilation, so it
// looks at the file and along the links of its name, but not at the directories
// above.
func isShim(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if self, err := self(); err == nil && os.SameFile(self, info) {
		return true
	}
	// The other one of the two programs.
	for range maxLinks {
		switch host.Program(filepath.Base(path)) {
		case host.RustcWrap, host.CCWrap:
			return true
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return false
}

// SeesHelpers reports whether kbuild's C compiler is cc-helper-wrap, which makes the
// helpers' bitcode while kbuild compiles them.
func SeesHelpers(h host.Host, kb *kbuild.Environment) bool {
	return slices.ContainsFunc(kb.CC, func(w string) bool {
		path := search(h, w, host.IsExecutable)
		return path != "" && isShim(path)
	})
}

// maxLinks is the number of links that the system follows (path_resolution(7)).
const maxLinks = 40

// lookPath finds a program as a shell would, but skips our two programs. It
// returns "" when there is none.
func lookPath(h host.Host, name string) string {
	return search(h, name, isTool)
}

// isTool reports whether path is a program, and not one of our two.
func isTool(path string) bool { return host.IsExecutable(path) && !isShim(path) }

// search returns the first file that a program's name may stand for, and that usable
// accepts, or "".
func search(h host.Host, name string, usable func(path string) bool) string {
	if strings.Contains(name, "/") {
		if usable(name) {
			return name
		}
		return ""
	}
	for _, dir := range filepath.SplitList(h.Getenv("PATH")) {
		if dir == "" {
			dir = "."
		}
		if p := filepath.Join(dir, name); usable(p) {
			return p
		}
	}
	return ""
}

// resolve makes the first word of a tool's command line a path. It refuses a
// command line that leads back to one of our two programs. what is the name of
// the tool for messages.
func resolve(h host.Host, what string, argv []string) ([]string, error) {
	path := lookPath(h, argv[0])
	for i, w := range argv {
		if i == 0 && path != "" {
			continue // lookPath skips our programs
		}
		if strings.Contains(w, "/") && isShim(w) || host.Program(w) == host.RustcWrap || host.Program(w) == host.CCWrap {
			return nil, &host.Failure{
				What:   fmt.Sprintf("%s is %q, which is this program itself", what, strings.Join(argv, " ")),
				Hint:   "name the real tool there",
				Status: 1, Inlining: false,
			}
		}
	}
	if path == "" {
		return nil, &host.Failure{
			What:   fmt.Sprintf("%s: there is no program %q", what, argv[0]),
			Hint:   fmt.Sprintf("install it, or name another one in %s", variableOf(what)),
			Status: 127, Inlining: true,
		}
	}
	return append([]string{path}, argv[1:]...), nil
}

// variableOf returns the name of the setting for a tool.
func variableOf(what string) string {
	switch what {
	case "rustc":
		return "LTO_WRAP_RUSTC"
	case "clang":
		return "LTO_WRAP_CLANG"
	case "llvm-link":
		return "LTO_WRAP_LLVM_LINK"
	case "llvm-as":
		return "LTO_WRAP_LLVM_AS"
	}
	return "LTO_WRAP_CC"
}

// Rustc returns the command line of the real rustc.
func Rustc(h host.Host) ([]string, error) {
	w, err := settings.Words(h, "LTO_WRAP_RUSTC")
	if err != nil {
		return nil, err
	}
	if w == nil {
		w = []string{"rustc"}
	}
	return resolve(h, "rustc", w)
}

// CC returns the command line of the C compiler that cc-helper-wrap runs.
func CC(h host.Host) ([]string, error) {
	w, err := settings.Words(h, "LTO_WRAP_CC")
	if err != nil {
		return nil, err
	}
	if w == nil {
		w = []string{cmp.Or(llvmName(h, "clang"), "clang")}
	}
	return resolve(h, "the C compiler", w)
}
