// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"rustc-lto-wrap/shim/formats/depinfo"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/version"
)

// kbuild compiles an object again when its command line or a prerequisite has
// changed. The result of the two programs depends on more than that: on settings in
// the environment, and on the flags of the C compiler, which are not part of
// rustc's command line. The dep-info of a crate therefore contains a condition for
// these, which make evaluates in each build. See [depinfo.Condition].

// conditions returns the variables that an object depends on besides its command
// line and files, for an object that was made in mode m. m is On for an object with
// the helpers inlined, Off for one that was compiled plainly because the user asked
// for it, and Try for one that was compiled plainly because inlining was
// impossible.
func conditions(h host.Host, m settings.Mode, v Variant) []depinfo.Variable {
	raw := func(name string) depinfo.Variable { return depinfo.Raw(name, h.Getenv(name)) }
	choice := func(name string) depinfo.Variable {
		return depinfo.Default(name, h.Getenv(name), settings.Default(name))
	}
	mode := depinfo.Default("LTO_WRAP", string(m), string(settings.On))
	if m == settings.On {
		// If inlining is possible, try results in the same object.
		mode.Expr = "$(patsubst\ftry,on," + mode.Expr + ")"
	}
	out := []depinfo.Variable{mode, raw("LTO_WRAP_RUSTC")}
	if m == settings.Off {
		return out
	}
	out = append(out, choice("LTO_WRAP_PIPELINE"), choice("LTO_WRAP_OPTIMIZE"), choice("LTO_WRAP_LINKAGE"), choice("LTO_WRAP_INLINE"))
	for _, name := range []string{
		"LTO_WRAP_CC", "LTO_WRAP_CLANG", "LTO_WRAP_LLVM_LINK", "LTO_WRAP_LLVM_AS", "LTO_WRAP_CFLAGS", "LTO_WRAP_LINK_FLAGS",
		"LTO_WRAP_HELPERS", "LTO_WRAP_HELPERS_DROP", "LLVM", "KCFLAGS",
	} {
		out = append(out, raw(name))
	}
	// -W: warnings, which W= changes.
	for _, name := range slices.Concat(
		[]string{"KBUILD_CFLAGS", "NOSTDINC_FLAGS", "LINUXINCLUDE", "KBUILD_CPPFLAGS", "CC_FLAGS_LTO"},
		variantVariables[v], InstrumentationVariables(),
	) {
		out = append(out, depinfo.Flags(name, h.Getenv(name), "-W"))
	}
	return out
}

// Made says what an object was made from besides its command line: the prerequisites
// More, those of Optional as far as they exist, and the programs Tools, whose size
// and time kbuild compares.
type Made struct{ More, Optional, Tools []string }

// of returns the variables for the programs that made the object: the tools, by size
// and time, and this program, by its generation (see package version). $(RUSTC) is
// this program in kbuild's recipes.
func (m Made) of() (out []depinfo.Variable) {
	for _, tool := range m.Tools {
		info, err := os.Stat(tool)
		if err != nil {
			continue // it has gone since it was run
		}
		state := fmt.Sprintf("%d.%d", info.Size(), info.ModTime().Unix())
		// stat(1) of coreutils and of BusyBox: -L follows links.
		if v, ok := depinfo.Output(state, "stat", "-L", "-c", "%s.%Y", tool); ok {
			out = append(out, v)
		}
	}
	if len(m.Tools) > 0 {
		if v, ok := depinfo.Output(strconv.Itoa(version.Generation()), "$(RUSTC)", version.GenerationOption); ok {
			out = append(out, v)
		}
	}
	return out
}

// RewriteDepInfo makes the dep-info at path name the object instead of from, the
// file that rustc was told to write. It adds the prerequisites in made and the
// condition of mode m; see conditions.
func RewriteDepInfo(h host.Host, m settings.Mode, v Variant, path, from, object string, made Made) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return host.FileFailure("cannot read rustc's dep-info", err)
	}
	var more, words []string
	variables, front := append(conditions(h, m, v), made.of()...), ""
	add := func(word string, ok bool) {
		if !ok {
			variables = append(variables, depinfo.Changed())
		}
		front += word
	}
	for _, file := range made.More {
		if depinfo.Plain(file) {
			more = append(more, file)
		} else {
			add(depinfo.Unread(file))
		}
	}
	for _, file := range made.Optional {
		add(depinfo.Optional(file))
	}
	// The dep-info has no place for a condition if rustc was not asked to list metadata.
	if file := depinfo.Metadata(string(text)); file != "" {
		words = append(words, front+depinfo.Condition(object, file, variables))
	}
	fixed, err := depinfo.Rewrite(string(text), from, object, more, words...)
	if err != nil {
		return &host.Failure{What: "cannot use rustc's dep-info " + path + ": " + err.Error(), Status: 1}
	}
	if err := host.WriteFile(path, []byte(fixed)); err != nil {
		return host.FileFailure("cannot write the dep-info", err)
	}
	return nil
}
