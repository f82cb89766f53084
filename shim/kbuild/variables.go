// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"fmt"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
)

// variable is one of kbuild's variables that objects depend on, in addition to the settings. What
// an object is rebuilt for and what tells bitcode files apart follow from this list and from
// [settings.Variables].
type variable struct {
	name string
	// scope says what is rebuilt when it changes.
	scope settings.Scope
	// verbatim is set for a value that is compared as it stands. Other values are flags,
	// of which warnings (W=) do not count.
	verbatim bool
	// grows is set for a variable to which each directory may append. It does not tell
	// bitcode files apart: [helpers.Plan.Base] says which of them can be used.
	grows bool
	// of is the only variant whose objects depend on it, "" for both.
	of Variant
}

// variables returns the list. LLVM and CC decide which clang is taken. CC also says whether
// cc-helper-wrap sees the flags of the helpers: bitcode of such flags is not that of a build
// in which nothing tells when they change. KCFLAGS comes from the user, and is at the end of
// KBUILD_CFLAGS before directories append to it.
func variables() []variable {
	out := []variable{
		{name: "LLVM", scope: settings.Bitcode, verbatim: true},
		{name: "CC", scope: settings.Bitcode, verbatim: true},
		{name: "KCFLAGS", scope: settings.Bitcode, verbatim: true},
		{name: "KBUILD_CFLAGS", scope: settings.Bitcode, grows: true},
	}
	for _, name := range []string{"SRCARCH", "CLANG_FLAGS", "NOSTDINC_FLAGS", "LINUXINCLUDE", "KBUILD_CPPFLAGS", "CC_FLAGS_LTO"} {
		out = append(out, variable{name: name, scope: settings.Bitcode})
	}
	for _, v := range []Variant{Builtin, Module} {
		for _, name := range variantVariables[v] {
			out = append(out, variable{name: name, scope: settings.Bitcode, of: v})
		}
	}
	for _, i := range instrumentations {
		for _, name := range i.flags {
			out = append(out, variable{name: name, scope: settings.Bitcode})
		}
	}
	return out
}

// BitcodeState returns the values of all settings and variables that the helpers' bitcode
// depends on, except those that grow from directory to directory.
func BitcodeState(h host.Host) string {
	var b strings.Builder
	for _, s := range settings.Variables {
		// Whatever LTO_WRAP is, bitcode is the same.
		if s.Scope.Bitcode() && s.Name != modeVariable {
			value := h.Getenv(s.Name)
			if value == "" {
				value = s.Default
			}
			fmt.Fprintf(&b, "%s=%s\n", s.Name, value)
		}
	}
	for _, v := range variables() {
		if v.scope.Bitcode() && !v.grows {
			fmt.Fprintf(&b, "%s=%s\n", v.name, h.Getenv(v.name))
		}
	}
	return b.String()
}

// Export returns the settings and the variables of kbuild's that a plan depends on, those
// that are not set as "". Of flags for instrumentation, [Environment.Instrumentation] reads
// unknown ones, too.
func Export(h host.Host) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"srctree", "objtree", "KBUILD_EXTMOD"} {
		out[name] = h.Getenv(name)
	}
	for _, s := range settings.Variables {
		out[s.Name] = h.Getenv(s.Name)
	}
	for _, v := range variables() {
		out[v.name] = h.Getenv(v.name)
	}
	for _, e := range h.Environ() {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "CFLAGS_") {
			out[name] = value
		}
	}
	return out
}
