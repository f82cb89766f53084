// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package toolchain finds the real tools that a rewritten command line needs: rustc,
// a clang that reads rustc's bitcode, and llvm-link and llvm-as where they run. It
// asks them for their versions, takes what fits together, and looks at the flags of a
// kernel that another compiler than that clang builds.
//
// What goes in are settings and what kbuild exports; what comes out is a
// [Toolchain], or a [*host.Failure] that says which tool is missing or does not
// fit, and what to install. It may import the packages argv, host, settings and kbuild,
// and the formats of bitcode and IR.
package toolchain

import (
	"slices"

	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// Tool is a tool that was found: how it is called, and what it prints.
type Tool struct {
	Argv    []string `json:"argv"`
	Version string   `json:"version"`
	// Major is the major version of the LLVM in it: that of the bitcode that a clang
	// writes, and otherwise what the tool prints.
	Major int `json:"llvm_major"`
	// Origin says where it was found: a setting's name, "on PATH" and the like.
	Origin string `json:"-"`
	// Why says why it was taken, "" where that is obvious.
	Why string `json:"-"`
}

// Toolchain are the tools of one rewritten command line.
type Toolchain struct {
	Rustc Tool `json:"rustc"`
	Clang Tool `json:"clang"`
	// LLVMLink and LLVMAs are empty where clang does their work.
	LLVMLink Tool `json:"llvm_link"`
	LLVMAs   Tool `json:"llvm_as"`
	// Foreign is set where kbuild's C compiler is not based on clang's LLVM.
	Foreign *Foreign `json:"foreign,omitempty"`
	// CompilerFlags are the flags in the command line of kbuild's C compiler. See
	// [Toolchain.compilerFlags].
	CompilerFlags []string `json:"compiler_flags,omitempty"`
	// Passed are the clangs that were found before Clang and not taken.
	Passed []Passed `json:"-"`
	// target is what [Toolchain.Target] returns.
	target string
	// drop are the flags that the user leaves out of the helpers' bitcode.
	drop  []string
	cache *cache
}

// Find finds the tools that a build with these settings runs. What it finds out is kept
// in the object tree, so that a build asks once and not once a crate.
func Find(h host.Host, s *settings.Settings, kb *kbuild.Environment) (*Toolchain, error) {
	t := &Toolchain{drop: s.Drop, cache: openCache(kb.CacheDir())}
	var first error
	t.findAll(h, s, kb, true, func(_ string, _ *Tool, _ string, err error) (goOn bool) {
		first = err
		return err == nil
	})
	if first != nil {
		return nil, first
	}
	t.CompilerFlags = t.compilerFlags(h, kb)
	return t, nil
}

// Target returns the triple that the kernel is built for, "" if it is not known.
func (t *Toolchain) Target() string { return t.target }

// findAll looks for the tools in the order in which one depends on another. found gets each
// tool, the reason why it is not needed, and the error where there is none or none that fits;
// it says whether to go on. knowsCC is set where kbuild's C compiler must be known: outside
// of make, it may not be.
func (t *Toolchain) findAll(h host.Host, s *settings.Settings, kb *kbuild.Environment, knowsCC bool,
	found func(name string, tool *Tool, notNeeded string, err error) (goOn bool)) {
	if err := t.findRustc(h); !found("rustc", &t.Rustc, "", err) {
		return
	}
	if knowsCC || len(kb.ClangFlags) > 0 || len(kb.CC) > 0 && !t.isClang(h, kb) {
		if err := t.findCompiler(h, kb); err != nil && !found(KbuildCC, new(Tool), "", err) {
			return
		}
	}
	err := t.findClang(h, s, kb)
	if err == nil && knowsCC {
		err = t.compareCompiler(h, kb)
	}
	if !found("clang", &t.Clang, "", err) {
		return
	}
	for _, l := range t.llvmTools(s) {
		var err error
		if l.notNeeded == "" {
			err = t.findLLVM(h, l)
		}
		if !found(l.name, l.tool, l.notNeeded, err) {
			return
		}
	}
}

func (t *Toolchain) findRustc(h host.Host) error {
	rustc, err := Rustc(h)
	if err != nil {
		return err
	}
	t.Rustc, err = t.cache.probe(h, "rustc", rustc)
	if t.Rustc.Origin = fromPath; h.Getenv("LTO_WRAP_RUSTC") != "" {
		t.Rustc.Origin = variableOf("rustc")
	}
	return err
}

func (t *Toolchain) findClang(h host.Host, s *settings.Settings, kb *kbuild.Environment) error {
	candidates, err := t.clangCandidates(h, s.Clang, s.CC, kb)
	if err != nil {
		return err
	}
	return t.takeClang(h, candidates)
}

// mergingClang is the first major version of clang that is known to merge bitcode
// into an input that is bitcode itself. Earlier versions do not
// (clang/lib/CodeGen/CodeGenAction.cpp: loadLinkModules in
// CodeGenAction::loadModule, LinkInModules in its ExecuteAction). It is the LLVM of
// rustc 1.78, the oldest rustc that Linux 6.12 accepts
// (scripts/min-tool-version.sh).
const mergingClang = 18

// ClangMerges reports whether clang merges the helpers into a crate. It does not if the
// user names llvm-link or sets flags for it. It does not for local copies of helpers
// either, because -mlink-bitcode-file has no equivalent of --internalize.
func (t *Toolchain) ClangMerges(s *settings.Settings) bool {
	merges := t.Clang.Major == 0 || t.Clang.Major >= mergingClang // 0: none was found
	return merges && s.Linkage != llvmir.Internal && len(s.LLVMLink) == 0 && len(s.LinkFlags) == 0
}

// ClangAssembles reports whether clang turns the helpers' IR text into bitcode. It does
// unless the user names llvm-as.
func ClangAssembles(s *settings.Settings) bool { return len(s.LLVMAs) == 0 }

// llvmTool is a tool of LLVM other than clang.
type llvmTool struct {
	name string
	tool *Tool
	set  []string
	// notNeeded says why it is not needed, "" if it is.
	notNeeded string
}

// llvmTools returns the tools of LLVM other than clang, which must have been found.
func (t *Toolchain) llvmTools(s *settings.Settings) []llvmTool {
	link := llvmTool{name: "llvm-link", tool: &t.LLVMLink, set: s.LLVMLink}
	if t.ClangMerges(s) {
		link.notNeeded = "clang merges the helpers in"
	}
	as := llvmTool{name: "llvm-as", tool: &t.LLVMAs, set: s.LLVMAs}
	if ClangAssembles(s) {
		as.notNeeded = "clang assembles the helpers' bitcode"
	}
	return []llvmTool{link, as}
}

func (t *Toolchain) findLLVM(h host.Host, l llvmTool) error {
	candidates, err := t.llvmToolCandidates(h, l.name, l.set)
	if err == nil {
		*l.tool, err = t.takeLLVM(h, l.name, candidates)
	}
	return err
}

// Survey is what a search for all tools found, including what is missing.
type Survey struct {
	// Tools are the tools in the order of the search.
	Tools []Surveyed
	// Passed are the clangs that were found and not taken.
	Passed []Passed
	// Foreign is that of the [Toolchain], nil also where it cannot be known.
	Foreign *Foreign
	// Kbuild is the C compiler that kbuild runs.
	Kbuild Compiler
}

// KbuildCC is the name of kbuild's C compiler in a [Survey].
const KbuildCC = "kbuild's CC"

// Compiler is the C compiler that kbuild runs, as far as CC and LLVM name it.
type Compiler struct {
	// Named is set where CC or LLVM is set. Otherwise kbuild runs gcc.
	Named bool
	// Shim is set where CC is cc-helper-wrap.
	Shim bool
	// Argv is the compiler, after cc-helper-wrap if that is before it, nil if there is none.
	Argv []string
	// IsClang is set if it is a clang.
	IsClang bool
}

// Surveyed is one tool of a survey.
type Surveyed struct {
	Name string
	Tool Tool
	// NotNeeded says why no build with these settings runs it, "" if one does. Tool
	// is empty then.
	NotNeeded string
	// Err says why there is no such tool, or none that fits, nil if there is one.
	Err error
}

// Major returns the major version of LLVM in the tool of that name, 0 if it was
// not found.
func (s *Survey) Major(name string) int {
	for _, t := range s.Tools {
		if t.Name == name {
			return t.Tool.Major
		}
	}
	return 0
}

// NewSurvey searches for all tools as [Find] does, but goes on when one is missing, and
// keeps no cache: there may be no object tree.
func NewSurvey(h host.Host, s *settings.Settings, kb *kbuild.Environment) *Survey {
	t := &Toolchain{cache: &cache{known: map[string]string{}}}
	out := new(Survey)
	t.findAll(h, s, kb, false, func(name string, tool *Tool, notNeeded string, err error) bool {
		if err != nil {
			*tool = Tool{}
		}
		if name == "clang" && err == nil && t.compareCompiler(h, kb) == nil {
			out.Foreign = t.Foreign
		}
		out.Tools = append(out.Tools, Surveyed{name, *tool, notNeeded, err})
		return true
	})
	out.Passed, out.Kbuild = t.Passed, t.compiler(h, kb)
	return out
}

// compiler says which C compiler kbuild runs with this environment.
func (t *Toolchain) compiler(h host.Host, kb *kbuild.Environment) Compiler {
	c := Compiler{Named: len(kb.CC) > 0 || h.Getenv("LLVM") != "", Shim: isCCWrap(h, kb)}
	switch name := llvmName(h, "clang"); {
	case len(kb.CC) > 0:
		c.Argv, _ = kbuildCompiler(h, kb)
	case name != "":
		c.Argv, _ = resolve(h, "the C compiler", []string{name})
	}
	if c.Argv != nil {
		_, err := t.cache.probe(h, "clang", c.Argv)
		c.IsClang = err == nil
	}
	return c
}

// isClang reports whether kbuild's C compiler is a clang. Outside of make, CLANG_FLAGS
// does not tell.
func (t *Toolchain) isClang(h host.Host, kb *kbuild.Environment) bool {
	cc, err := kbuildCompiler(h, kb)
	if err != nil || cc == nil {
		return false
	}
	_, err = t.cache.probe(h, "clang", cc)
	return err == nil
}

// Output returns what a tool's command line prints with args, asked at most once
// in a build.
func (t *Toolchain) Output(h host.Host, tool Tool, args ...string) (string, error) {
	return t.cache.text(h, tool.Argv, args...)
}

// ClangFlags translates flags of kbuild's compiler into those that clang accepts. The
// error is a [*host.Failure] where that cannot be done.
func (t *Toolchain) ClangFlags(h host.Host, flags []string) ([]string, error) {
	switch {
	case t.Foreign == nil:
		return flags, nil
	case t.Foreign.Target == "":
		flags = forClang(flags, t.Clang.Major)
		// Warnings of the two clangs differ.
		return slices.Concat(flags, []string{"-Wno-unknown-warning-option"}), t.Foreign.meaningError(h, t.cache, t.Clang, flags)
	}
	f, err := t.Foreign.acceptedFlags(h, t.cache, t.Clang.Argv, flags, t.drop)
	// acceptedFlags keeps what clang only warns about: warnings that only the other
	// compiler has, and optimisations that clang has no switch for.
	return slices.Concat([]string{"--target=" + t.Foreign.Target, "-Wno-unknown-warning-option", "-Wno-ignored-optimization-argument"}, f), err
}
