// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// Programs returns the files of the programs in the command lines of tools: a tool
// itself, and a launcher in front of it. A tool that was not looked for has none.
func Programs(h host.Host, tools ...Tool) (out []string) {
	for _, t := range tools {
		for _, p := range programs(h, t.Argv) {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// programs returns the files of the programs in a command line.
func programs(h host.Host, argv []string) (out []string) {
	for _, w := range argv {
		if strings.HasPrefix(w, "-") {
			continue
		}
		if p := lookPath(h, w); p != "" {
			out = append(out, p)
			if next := launchedProgram(h, p); next != "" {
				out = append(out, next)
			}
		}
	}
	return out
}

// flagsIn returns the flags in a C compiler's command line, such as "ccache gcc -m64": what
// follows the last program in it. A program that is the value of a flag does not count.
func flagsIn(h host.Host, compiler []string) []string {
	end := 0
	for i, w := range compiler {
		if !strings.HasPrefix(w, "-") && (i == 0 || !argv.TakesValue(compiler[i-1])) && search(h, w, host.IsExecutable) != "" {
			end = i + 1
		}
	}
	return compiler[end:]
}

// compilerFlags returns the flags that stand in the command line of kbuild's C compiler,
// with which it compiles each file before the flags that kbuild gives. Those in the
// command line of the clang that was taken are left out, since each step has them.
func (t *Toolchain) compilerFlags(h host.Host, kb *kbuild.Environment) (out []string) {
	cc, err := kbuildCompiler(h, kb)
	if err == nil && !slices.Equal(cc, t.Clang.Argv) {
		out = flagsIn(h, cc)
	}
	if isCCWrap(h, kb) {
		out = slices.Concat(out, flagsIn(h, kb.CC))
	}
	return out
}

// launchers are programs that stand before a compiler under its name, by a link in a
// directory that comes first on PATH, as Debian's /usr/lib/ccache.
var launchers = []string{"ccache", "distcc", "icecc", "sccache"}

// launchedProgram returns the program that a launcher under the name path runs: the next one of
// this name on PATH. It is "" if path is none.
func launchedProgram(h host.Host, path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || !slices.Contains(launchers, filepath.Base(real)) || filepath.Base(path) == filepath.Base(real) {
		return ""
	}
	return search(h, filepath.Base(path), func(p string) bool {
		other, err := filepath.EvalSymlinks(p)
		return err == nil && other != real && isTool(p)
	})
}
