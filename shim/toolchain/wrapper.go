// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/host"
)

// A wrapper around clang may do more than clang, for C code: gclang of gllvm
// (github.com/SRI-CSL/gllvm) compiles each file to bitcode as well, leaves that beside the
// object, and adds a section to it. Rust objects are not the wrapper's concern: the
// unwrapped rustc does not run it.

// unwrapped returns a clang as it was found, or the clang that it runs if it is a
// wrapper that does something else to objects than that clang.
func (t *Toolchain) unwrapped(h host.Host, tool Tool) Tool {
	clang := t.installedClang(h, tool)
	if clang == "" {
		return tool
	}
	key := "wrapper\x00" + Identity(h, tool.Argv) + "\x00" + Identity(h, []string{clang}) + "\x00" + t.target
	what, known := t.cache.known[key]
	if !known {
		what = t.wrapperEffect(h, tool.Argv, clang)
		t.cache.keep(key, what)
	}
	if what == "" {
		return tool
	}
	tool.Why = fmt.Sprintf("%s %s, and this is the clang that it runs", strings.Join(tool.Argv, " "), what)
	tool.Argv = []string{clang}
	return tool
}

// installedClang returns the clang that a tool says to be, with "InstalledDir: DIR" in its answer to
// --version (Driver::PrintVersion in clang/lib/Driver/Driver.cpp), "" if that is the tool
// itself or is not known.
func (t *Toolchain) installedClang(h host.Host, tool Tool) string {
	text, err := t.cache.text(h, tool.Argv, "--version")
	_, dir, found := strings.Cut(text, "\nInstalledDir: ")
	if err != nil || !found {
		return ""
	}
	program := tool.Argv[0]
	if slices.Contains(launchers, filepath.Base(program)) && len(tool.Argv) > 1 {
		program = lookPath(h, tool.Argv[1])
	} else if next := launchedProgram(h, program); next != "" {
		program = next
	}
	self, err := os.Stat(program)
	if err != nil {
		return ""
	}
	first := ""
	for _, name := range []string{"clang", fmt.Sprintf("clang-%d", tool.Major)} {
		path := filepath.Join(firstLine(dir), name)
		info, err := os.Stat(path)
		switch {
		case err != nil || !isTool(path):
		case os.SameFile(info, self):
			return ""
		case first == "":
			first = path
		}
	}
	return first
}

// wrapperEffect says what a wrapper does in addition to what clang does when it makes an object of
// bitcode, "" for nothing.
func (t *Toolchain) wrapperEffect(h host.Host, wrapper []string, clang string) string {
	dir, err := os.MkdirTemp("", "lto-wrap-")
	if err != nil {
		return ""
	}
	defer os.RemoveAll(dir)
	in := func(name string) string { return filepath.Join(dir, name) }
	var target []string
	if t.target != "" {
		target = []string{"--target=" + t.target}
	}
	run := func(compiler []string, args ...string) error {
		_, err := h.Output(slices.Concat(compiler, target, args), "")
		return err
	}
	if run([]string{clang}, "-c", "-emit-llvm", "-x", "c", "-", "-o", in("input.bc")) != nil ||
		run([]string{clang}, "-c", in("input.bc"), "-o", in("clang.o")) != nil {
		return "" // the one behind it is of no use
	}
	if err := run(wrapper, "-c", in("input.bc"), "-o", in("wrapper.o")); err != nil {
		return "makes no object of bitcode"
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if !slices.Contains([]string{"input.bc", "clang.o", "wrapper.o"}, e.Name()) {
			return "leaves files beside objects"
		}
	}
	if a, b := sectionNames(in("clang.o")), sectionNames(in("wrapper.o")); !slices.Equal(a, b) {
		return "changes the sections of objects"
	}
	return ""
}

// sectionNames returns the names of an object's sections, nil if it is not readable.
func sectionNames(object string) (names []string) {
	f, err := elf.Open(object)
	if err != nil {
		return nil
	}
	defer f.Close()
	for _, s := range f.Sections {
		names = append(names, s.Name)
	}
	return names
}
