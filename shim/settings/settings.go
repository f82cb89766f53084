// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package settings reads what the user set in the environment: the variables
// LTO_WRAP and LTO_WRAP_….
//
// It takes an environment and returns [Settings], or an error for each variable
// that is unknown or has an unknown value. It may import package host and the
// file formats.
package settings

import (
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/host"
)

// Mode is the value of LTO_WRAP.
type Mode string

// The modes.
const (
	On  Mode = "on"  // inline; whatever prevents it is an error
	Off Mode = "off" // pass everything through
	Try Mode = "try" // inline; whatever prevents it is a warning
)

// Pipeline is the value of LTO_WRAP_PIPELINE: the order of optimisation.
type Pipeline string

// The pipelines.
const (
	// Late lets rustc optimise the crate, then merges, then clang optimises again.
	Late Pipeline = "late"
	// Early merges the helpers into unoptimised bitcode, and clang optimises once.
	Early Pipeline = "early"
)

// Optimize is the value of LTO_WRAP_OPTIMIZE: what the early pipeline optimises for.
type Optimize string

// The goals of optimisation.
const (
	// AsKernel is the choice of the kernel's configuration: the crate's own
	// -Copt-level.
	AsKernel Optimize = "kernel"
	// Speed never gives up speed to save bytes.
	Speed Optimize = "speed"
	// Size makes the code as small as it gets without more instructions to execute.
	Size Optimize = "size"
)

// Settings are what the user set. Names and values are in [Variables].
type Settings struct {
	Mode Mode
	// Rustc, CC, Clang, LLVMLink and LLVMAs are the command lines of the real
	// tools, nil where the default is to be found. CC is the C compiler that
	// cc-helper-wrap runs, Clang the one that makes bitcode and objects.
	Rustc, CC, Clang, LLVMLink, LLVMAs []string
	Pipeline                           Pipeline
	Optimize                           Optimize
	Linkage                            llvmir.Linkage
	// Always puts alwaysinline on the helpers (LTO_WRAP_INLINE=always).
	// Otherwise LLVM's cost model decides.
	Always bool
	// CFlags and LinkFlags are appended to code generation and to llvm-link.
	CFlags, LinkFlags []string
	// Helpers are the path suffixes that identify the helpers source.
	Helpers []string
	// Drop are the flags that are left out for bitcode, as in
	// [argv.CC.ForBitcode]. It is empty, and not nil, where every flag is kept.
	Drop []string
	// LogPath, LogLevel and LogFormat say where and how to log. Without a path
	// there is no log.
	LogPath, LogLevel, LogFormat string
	// Keep leaves the intermediate files in place.
	Keep bool
}

// Inline is the value of LTO_WRAP_INLINE.
func (s *Settings) Inline() string {
	if s.Always {
		return inlineAlways
	}
	return inlineCost
}

// Unset returns what a setting amounts to if it is not set, which may depend on other
// settings. It returns "" for nothing.
func (s *Settings) Unset(v Variable) string {
	switch v.Name {
	case "LTO_WRAP_HELPERS":
		return strings.Join(DefaultHelpers, " ")
	case "LTO_WRAP_HELPERS_DROP":
		return strings.Join(s.defaultDrop(), " ")
	}
	return v.Default
}

// defaultDrop are the flags that are left out for bitcode by default.
func (s *Settings) defaultDrop() []string {
	drop := []string{"-fno-delete-null-pointer-checks"}
	if !s.Always {
		// LLVM compares the sets of library functions that caller and callee may treat
		// as builtins (areInlineCompatible in
		// llvm/include/llvm/Analysis/TargetLibraryInfo.h).
		drop = append(drop, "-fno-builtin-*")
	}
	return drop
}

// Read reads all settings. The error is a [*host.Failure] for the first variable
// that is not a setting or has an unknown value.
func Read(h host.Host) (*Settings, error) {
	s, errs := ReadAll(h)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return s, nil
}

// ReadAll reads all settings, and returns an error for each variable that is not
// a setting or has an unknown value. Such a setting has its default.
func ReadAll(h host.Host) (*Settings, []error) {
	r := reader{h: h, errs: unknownErrors(h)}
	s := &Settings{
		Mode:      Mode(r.choice("LTO_WRAP")),
		Rustc:     r.words("LTO_WRAP_RUSTC"),
		CC:        r.words("LTO_WRAP_CC"),
		Clang:     r.words("LTO_WRAP_CLANG"),
		LLVMLink:  r.words("LTO_WRAP_LLVM_LINK"),
		LLVMAs:    r.words("LTO_WRAP_LLVM_AS"),
		Pipeline:  Pipeline(r.choice("LTO_WRAP_PIPELINE")),
		Optimize:  Optimize(r.choice("LTO_WRAP_OPTIMIZE")),
		Linkage:   llvmir.Linkage(r.choice("LTO_WRAP_LINKAGE")),
		Always:    r.choice("LTO_WRAP_INLINE") == inlineAlways,
		CFlags:    r.words("LTO_WRAP_CFLAGS"),
		LinkFlags: r.words("LTO_WRAP_LINK_FLAGS"),
		Helpers:   r.words("LTO_WRAP_HELPERS"),
		Drop:      r.words("LTO_WRAP_HELPERS_DROP"),
		LogPath:   h.Getenv("LTO_WRAP_LOG"),
		LogLevel:  r.choice("LTO_WRAP_LOG_LEVEL"),
		LogFormat: r.choice("LTO_WRAP_LOG_FORMAT"),
		Keep:      r.choice("LTO_WRAP_KEEP") == "1",
	}
	if s.Helpers == nil {
		s.Helpers = DefaultHelpers
	}
	switch {
	case slices.Equal(s.Drop, []string{KeepFlags}):
		s.Drop = []string{}
	case s.Drop == nil:
		s.Drop = s.defaultDrop()
	}
	return s, r.errs
}

// HelperSuffixes reads LTO_WRAP_HELPERS alone, which is all that the decision
// about a C compilation needs.
func HelperSuffixes(h host.Host) ([]string, error) {
	v := h.Getenv("LTO_WRAP_HELPERS")
	if v == "" {
		return DefaultHelpers, nil
	}
	return Split("LTO_WRAP_HELPERS", v)
}

// ReadMode reads LTO_WRAP alone.
func ReadMode(h host.Host) (Mode, error) {
	m, err := choice(h, variable("LTO_WRAP"))
	return Mode(m), err
}

// Words reads one setting that is a list of shell words, nil if it is not set.
func Words(h host.Host, name string) ([]string, error) { return Split(name, h.Getenv(name)) }

// reader collects the errors of many settings.
type reader struct {
	h    host.Host
	errs []error
}

func (r *reader) choice(name string) string {
	v, err := choice(r.h, variable(name))
	if err != nil {
		r.errs = append(r.errs, err)
		return Default(name)
	}
	return v
}

func (r *reader) words(name string) []string {
	w, err := Words(r.h, name)
	if err != nil {
		r.errs = append(r.errs, err)
	}
	return w
}

// unknownErrors returns an error for each environment variable that looks like a
// setting and is none: a mistyped name would otherwise be ignored.
func unknownErrors(h host.Host) (errs []error) {
	for _, e := range h.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if (name == "LTO_WRAP" || strings.HasPrefix(name, "LTO_WRAP_")) && variable(name) == nil {
			errs = append(errs, &host.Failure{
				What:   fmt.Sprintf("the environment variable %s is not a setting", name),
				Hint:   "unset it, or see --wrap-help for the list of settings",
				Status: 1,
			})
		}
	}
	return errs
}

// choice reads a setting that has a few values.
func choice(h host.Host, s *Variable) (string, error) {
	v := h.Getenv(s.Name)
	if v == "" {
		return s.Default, nil
	}
	if values := strings.Split(s.Values, "|"); !slices.Contains(values, v) {
		return "", &host.Failure{
			What:   fmt.Sprintf("the environment variable %s has the unknown value %q", s.Name, v),
			Hint:   "it may be " + strings.Join(values, ", ") + "; unset, it is " + s.Default,
			Status: 1,
		}
	}
	return v, nil
}

// Valid returns the error of one setting, nil if its value can be used.
func Valid(h host.Host, v Variable) error {
	var err error
	switch {
	case v.Default != "":
		_, err = choice(h, &v)
	case v.Values == "WORDS":
		_, err = Words(h, v.Name)
	}
	return err
}
