// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"slices"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
)

// instrumentation is a group of flags that kbuild adds to each object of the
// kernel except those that a Makefile excludes: sanitizers, coverage, profiles
// (_c_flags in the kernel's scripts/Makefile.lib). kbuild exports the flags, but
// not whether an object gets them. No kernel excludes its helpers.
type instrumentation struct {
	// config is the option that turns it on, unless the option without is on, too.
	config, without string
	// all is the option that has every object instrumented, "" where config alone
	// does that.
	all string
	// flags are the names of the exported variable, the name of an older kernel
	// included.
	flags []string
}

// instrumentations are all groups, in the order in which kbuild adds them.
// TestInstrumentations holds the table against the kernels' Makefile.lib.
var instrumentations = []instrumentation{
	{config: "GCOV_KERNEL", all: "GCOV_PROFILE_ALL", flags: []string{"CFLAGS_GCOV"}},
	{config: "KASAN", without: "KASAN_HW_TAGS", flags: []string{"CFLAGS_KASAN"}},
	{config: "KMSAN", flags: []string{"CFLAGS_KMSAN"}},
	{config: "UBSAN", flags: []string{"CFLAGS_UBSAN"}},
	{config: "UBSAN", flags: []string{"CFLAGS_UBSAN_INTEGER_WRAP", "CFLAGS_UBSAN_SIGNED_WRAP"}},
	{config: "KCOV", all: "KCOV_INSTRUMENT_ALL", flags: []string{"CFLAGS_KCOV"}},
	{config: "KCSAN", flags: []string{"CFLAGS_KCSAN"}},
	{config: "WARN_CONTEXT_ANALYSIS", all: "WARN_CONTEXT_ANALYSIS_ALL", flags: []string{"CFLAGS_CONTEXT_ANALYSIS"}},
	{config: "AUTOFDO_CLANG", flags: []string{"CFLAGS_AUTOFDO_CLANG"}},
	{config: "PROPELLER_CLANG", flags: []string{"CFLAGS_PROPELLER_CLANG"}},
}

// otherCflags are exported variables of the same form of name that kbuild does not
// add to the helpers: those of a variant, and those for objects that are excluded.
var otherCflags = []string{"CFLAGS_KERNEL", "CFLAGS_MODULE", "CFLAGS_KASAN_NOSANITIZE", "CFLAGS_UBSAN_TRAP"}

// instrumentationOptions returns the names of all options that decide which of these flags
// kbuild adds to the helpers.
func instrumentationOptions() (out []string) {
	for _, i := range instrumentations {
		for _, option := range []string{i.config, i.without, i.all} {
			if name := "CONFIG_" + option; option != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Instrumentation returns the flags of sanitizers, coverage and profiles with which
// kbuild compiles the helpers. unknown is a [*host.Failure] for an exported variable with
// such flags that is not known, because then only kbuild's own command line says
// whether it adds them.
func (e *Environment) Instrumentation(h host.Host) (out []string, unknown, err error) {
	config := ConfigOf(e.Objtree)
	known := slices.Clone(otherCflags)
	for _, i := range instrumentations {
		known = append(known, i.flags...)
		if !config.on(i.config) || i.without != "" && config.on(i.without) || i.all != "" && !config.on(i.all) {
			continue
		}
		for _, name := range i.flags {
			words, err := settings.Words(h, name)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, words...)
		}
	}
	for _, v := range h.Environ() {
		name, value, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "CFLAGS_") && !slices.Contains(known, name) && instruments(value) {
			return out, host.InliningFailure(
				"give CC=cc-helper-wrap, which sees the flags that kbuild uses, remove rust/helpers/helpers.o, and run make again",
				"kbuild exports %s=%q, and it is not known whether the helpers are compiled with it", name, value), nil
		}
	}
	return out, nil, nil
}

// instruments reports whether flags add instrumentation.
func instruments(flags string) bool {
	return slices.ContainsFunc(strings.Fields(flags), func(f string) bool {
		return strings.HasPrefix(f, "-fsanitize") || strings.HasPrefix(f, "-fprofile-") || strings.HasPrefix(f, "-ftest-coverage")
	})
}
