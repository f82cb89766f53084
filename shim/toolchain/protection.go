// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"slices"
	"strings"
)

// protections are the beginnings of flags that protect code or have it checked. An
// inlined helper that lost one of them would be less protected than the helper in
// the helpers object.
var protections = []string{
	"-fsanitize", "-fstack-protector", "-mstack-protector-guard", "-fcf-protection", "-mbranch-protection",
	"-msign-return-address", "-mindirect-branch=", "-mfunction-return", "-mharden-sls", "-mretpoline",
	"-ftrivial-auto-var-init", "-fzero-call-used-regs", "-fstrict-flex-arrays",
	"-fno-strict-overflow", "-fwrapv",
}

// switchedOff are flags that begin like [protections] and take nothing away.
var switchedOff = []string{"-fcf-protection=none", "-mbranch-protection=none", "-fsanitize-undefined-trap-on-error"}

// protects reports whether dropping a flag would take protection away.
func protects(flag string) bool {
	return !slices.Contains(switchedOff, flag) &&
		slices.ContainsFunc(protections, func(p string) bool { return strings.HasPrefix(flag, p) })
}

// structleak are the options of gcc's structleak plugin that initialise variables on
// the stack (CONFIG_GCC_PLUGIN_STRUCTLEAK_BYREF and …_BYREF_ALL, in
// scripts/Makefile.gcc-plugins). clang has no such plugin. Its initialisation of all
// variables includes theirs.
var structleak = []string{"-fplugin-arg-structleak_plugin-byref", "-fplugin-arg-structleak_plugin-byref-all"}

// initialises reports whether flags of gcc have a plugin initialise variables.
func initialises(flags []string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return slices.Contains(structleak, f) })
}
