// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"slices"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/settings"
)

// effect is what a setting amounts to: its value where it is not set, and what
// that does.
type effect struct{ value, does string }

// dropped says what leaving out flags for the helpers' bitcode means.
func dropped(flags []string) string {
	const kept = "the helpers become bitcode with every flag of kbuild's"
	switch {
	case len(flags) == 0:
		return kept + "; functions that they are inlined into keep null pointer checks, and are larger"
	case slices.Contains(flags, "-fno-delete-null-pointer-checks"):
		return "left out where the helpers become bitcode, and only there: inlined, they lose null pointer checks after a use of the pointer, as Rust code does (none keeps them)"
	}
	return "left out where the helpers become bitcode, and only there"
}

// effectsOf returns the effects of all settings, by name.
func effectsOf(s *settings.Settings) map[string]effect {
	pick := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	tool := "found by the rules that --wrap-help gives, see below"
	mode := map[settings.Mode]string{
		settings.On:  "helpers are inlined; what prevents it stops the build",
		settings.Off: "everything is passed through",
		settings.Try: "helpers are inlined; if impossible, warn once and compile without inlining",
	}
	linkage := map[string]string{
		"available_externally": "a helper that is not inlined remains a call to the kernel's exported copy",
		"linkonce_odr":         "a helper that is not inlined is copied into the object, as a weak symbol",
		"internal":             "a helper that is not inlined is copied into the object, as a local symbol",
	}
	optimize := map[settings.Optimize]string{
		settings.AsKernel: "early optimises for what the kernel is configured for: -Copt-level=2 and 3 mean speed, s and z mean size",
		settings.Speed:    "early optimises for speed, whatever the kernel is configured for",
		settings.Size:     "early optimises for size, whatever the kernel is configured for",
	}
	does := map[string]string{
		"LTO_WRAP":           mode[s.Mode],
		"LTO_WRAP_RUSTC":     tool,
		"LTO_WRAP_CC":        "the C compiler that cc-helper-wrap runs",
		"LTO_WRAP_CLANG":     tool,
		"LTO_WRAP_LLVM_LINK": pick(len(s.LLVMLink) > 0, "merges the helpers in", "clang merges the helpers in, unless another setting needs llvm-link"),
		"LTO_WRAP_LLVM_AS":   pick(len(s.LLVMAs) > 0, "assembles the helpers' bitcode", "clang assembles the helpers' bitcode"),
		"LTO_WRAP_PIPELINE": pick(s.Pipeline == settings.Late,
			"rustc optimises, then clang once more over crate and helpers", "clang optimises once, over crate and helpers together"),
		"LTO_WRAP_OPTIMIZE":     optimize[s.Optimize],
		"LTO_WRAP_LINKAGE":      linkage[string(s.Linkage)],
		"LTO_WRAP_INLINE":       pick(s.Always, "every call that can be inlined is", "LLVM's cost model decides"),
		"LTO_WRAP_CFLAGS":       pick(len(s.CFlags) > 0, "added to code generation", "nothing is added to code generation"),
		"LTO_WRAP_LINK_FLAGS":   pick(len(s.LinkFlags) > 0, "llvm-link merges the helpers in, with these", "nothing is added to llvm-link"),
		"LTO_WRAP_HELPERS":      "the first of these in the source tree is the helpers source",
		"LTO_WRAP_HELPERS_DROP": dropped(s.Drop),
		"LTO_WRAP_LOG":          pick(s.LogPath != "", "a log is appended there", "no log"),
		"LTO_WRAP_LOG_LEVEL":    "log level",
		"LTO_WRAP_LOG_FORMAT":   "log format",
		"LTO_WRAP_KEEP":         pick(s.Keep, "intermediate files stay", "intermediate files are removed"),
	}
	out := map[string]effect{}
	for name, d := range does {
		out[name] = effect{settings.Default(name), d}
	}
	out["LTO_WRAP_HELPERS"] = effect{shellquote.Join(s.Helpers...), does["LTO_WRAP_HELPERS"]}
	out["LTO_WRAP_HELPERS_DROP"] = effect{shellquote.Join(s.Drop...), does["LTO_WRAP_HELPERS_DROP"]}
	return out
}
