// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package toolchain finds the real tools that a rewritten command line needs:
// rustc, clang, llvm-link and llvm-as. It asks them for their versions, checks
// that these fit together, and translates the flags of a kernel that another
// compiler than clang builds.
//
// What goes in are settings and what kbuild exports; what comes out is a
// [Toolchain], or a [*host.Failure] that says which tool is missing or does not
// fit. It may import the packages host, settings and kbuild.
package toolchain

import (
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// Tool is a tool that was found: how it is called, and what it says of itself.
type Tool struct {
	Argv    []string `json:"argv"`
	Version string   `json:"version"`
	// Major is the major version of the LLVM in it.
	Major int `json:"llvm_major"`
	// Origin says where it was found: a setting's name, "on PATH" and the like.
	Origin string `json:"-"`
}

// Toolchain are the tools of one rewritten command line.
type Toolchain struct {
	Rustc    Tool `json:"rustc"`
	Clang    Tool `json:"clang"`
	LLVMLink Tool `json:"llvm_link"`
	LLVMAs   Tool `json:"llvm_as"`
	// Foreign is set where kbuild's C compiler is not clang.
	Foreign *Foreign `json:"foreign,omitempty"`
	cache   *cache
}

// Find finds all tools, and checks that their LLVM is of one major version:
// LLVM reads bitcode of older versions only, and promises nothing for a mix
// (llvm/docs/DeveloperPolicy.rst, "IR Backwards Compatibility"). llvm-link is
// among them although clang does its work in most settings, so that changing a
// setting never brings up a missing tool.
func Find(h host.Host, s *settings.Settings, kb *kbuild.Environment) (*Toolchain, error) {
	t := &Toolchain{cache: openCache(kb.CacheDir())}
	for _, f := range t.finders() {
		if err := f.find(h, s, kb); err != nil {
			return nil, err
		}
	}
	if err := t.mismatch(); err != nil {
		return nil, err
	}
	var err error
	t.Foreign, err = findForeign(h, kb, t.cache)
	return t, err
}

// finder finds one tool.
type finder struct {
	name string
	tool *Tool
	find func(host.Host, *settings.Settings, *kbuild.Environment) error
}

// finders returns the finders of all tools, in the order in which they depend on
// each other: the tools of LLVM are looked for beside clang.
func (t *Toolchain) finders() []finder {
	return []finder{
		{"rustc", &t.Rustc, t.findRustc},
		{"clang", &t.Clang, t.findClang},
		{"llvm-link", &t.LLVMLink, t.findLLVMLink},
		{"llvm-as", &t.LLVMAs, t.findLLVMAs},
	}
}

func (t *Toolchain) findRustc(h host.Host, _ *settings.Settings, _ *kbuild.Environment) error {
	rustc, err := Rustc(h)
	if err != nil {
		return err
	}
	t.Rustc, err = t.cache.probe(h, "rustc", rustc)
	if t.Rustc.Origin = fromPath; h.Getenv("LTO_WRAP_RUSTC") != "" {
		t.Rustc.Origin = "LTO_WRAP_RUSTC"
	}
	return err
}

func (t *Toolchain) findClang(h host.Host, _ *settings.Settings, kb *kbuild.Environment) error {
	candidates, err := clangCandidates(h, kb)
	if err != nil {
		return err
	}
	t.Clang, err = t.cache.first(h, "clang", candidates)
	return err
}

func (t *Toolchain) findLLVMLink(h host.Host, s *settings.Settings, _ *kbuild.Environment) (err error) {
	t.LLVMLink, err = t.cache.first(h, "llvm-link", llvmToolCandidates(h, "llvm-link", s.LLVMLink, t.Clang))
	return err
}

func (t *Toolchain) findLLVMAs(h host.Host, s *settings.Settings, _ *kbuild.Environment) (err error) {
	t.LLVMAs, err = t.cache.first(h, "llvm-as", llvmToolCandidates(h, "llvm-as", s.LLVMAs, t.Clang))
	return err
}

// mismatch returns an error if a tool that was found has another LLVM than
// rustc.
func (t *Toolchain) mismatch() error {
	for _, f := range t.finders() {
		p := f.tool
		if p.Argv == nil || t.Rustc.Argv == nil || p.Major == t.Rustc.Major {
			continue
		}
		return host.InliningFailure(
			fmt.Sprintf("choose another %s (LLVM=-%d, or %s), or another rustc (LTO_WRAP_RUSTC); their LLVM must be of one major version",
				f.name, t.Rustc.Major, variableOf(f.name)),
			"LLVM versions do not match: %s has LLVM %d (%s), %s has LLVM %d (%s)",
			strings.Join(t.Rustc.Argv, " "), t.Rustc.Major, t.Rustc.Version,
			strings.Join(p.Argv, " "), p.Major, p.Version)
	}
	return nil
}

// Survey is what a search for all tools found, including what is missing.
type Survey struct {
	// Tools are the tools in the order of the search.
	Tools []Surveyed
	// Mismatch says which of the tools that were found does not fit, nil if all
	// of them have an LLVM of one major version.
	Mismatch error
}

// Surveyed is one tool of a survey.
type Surveyed struct {
	Name string
	Tool Tool
	// Err says why there is no such tool, nil if there is one.
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

// LookAround searches for all tools as [Find] does, but goes on when one is
// missing, and keeps no cache: there may be no object tree.
func LookAround(h host.Host, s *settings.Settings, kb *kbuild.Environment) *Survey {
	t := &Toolchain{cache: &cache{known: map[string]string{}}}
	out := new(Survey)
	for _, f := range t.finders() {
		err := f.find(h, s, kb)
		if err != nil {
			*f.tool = Tool{}
		}
		out.Tools = append(out.Tools, Surveyed{f.name, *f.tool, err})
	}
	out.Mismatch = t.mismatch()
	return out
}

// Says returns what a tool's command line prints with args, asked at most once
// in a build.
func (t *Toolchain) Says(h host.Host, tool Tool, args ...string) (string, error) {
	return t.cache.text(h, tool.Argv, args...)
}

// ClangFlags translates flags of kbuild's compiler into those that clang
// accepts.
func (t *Toolchain) ClangFlags(h host.Host, flags []string) ([]string, error) {
	if t.Foreign == nil {
		return flags, nil
	}
	f, err := t.Foreign.accepted(h, t.cache, t.Clang.Argv, flags)
	// accepted keeps what clang only warns about: warnings that only the other
	// compiler has, and optimisations that clang has no switch for.
	return slices.Concat([]string{"--target=" + t.Foreign.Target, "-Wno-unknown-warning-option", "-Wno-ignored-optimization-argument"}, f), err
}
