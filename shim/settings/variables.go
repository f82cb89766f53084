// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import "rustc-lto-wrap/shim/formats/llvmir"

// Variable is one setting: its name, what it accepts, and what it does.
type Variable struct {
	Name string
	// Values are the accepted values, separated by "|", or a word in capitals
	// for values of another kind.
	Values string
	// Meaning is one line for --wrap-help.
	Meaning string
	// Default is the value of a setting with a few values where it is not set,
	// "" for the other settings.
	Default string
}

// Variables are all settings, in the order of --wrap-help. An environment
// variable that begins with LTO_WRAP_ and is not among them is an error.
var Variables = []Variable{
	{"LTO_WRAP", "on|off|try", "off: pass everything through; try: where the inlining cannot be had, warn and compile plainly (default on)", string(On)},
	{"LTO_WRAP_RUSTC", "WORDS", "the real rustc (default: rustc on PATH)", ""},
	{"LTO_WRAP_CC", "WORDS", "the C compiler behind cc-helper-wrap, which may hold a launcher: 'ccache clang-19' (default: what LLVM= implies, else clang on PATH)", ""},
	{"LTO_WRAP_CLANG", "WORDS", "the clang that makes the helpers' bitcode and the objects of crates (default: the first with rustc's LLVM among LTO_WRAP_CC, kbuild's CC, what LLVM= implies, clang and clang-N on PATH, beside rustc, and where distributions put LLVM N)", ""},
	{"LTO_WRAP_LLVM_LINK", "WORDS", "the llvm-link to use; if it is named, it merges the helpers in, in place of clang (default: the one that goes with clang, where it is needed)", ""},
	{"LTO_WRAP_LLVM_AS", "WORDS", "the llvm-as to use; if it is named, it assembles the helpers' bitcode, in place of clang", ""},
	// Early optimises once where late does so twice, and the helpers are there
	// before anything is decided: code is smaller, and compiling takes less time.
	// See docs/how-it-works.md.
	{"LTO_WRAP_PIPELINE", "late|early", "late: rustc optimises, then clang once more over the merged crate; early: one optimisation, after merging (default early)", string(Early)},
	{"LTO_WRAP_OPTIMIZE", "kernel|speed|size", "what early optimises for; kernel: as the crate's own -Copt-level says, which follows the kernel's configuration (default kernel)", string(AsKernel)},
	{"LTO_WRAP_LINKAGE", "available_externally|linkonce_odr|internal", "what becomes of a helper that is not inlined: a call to the exported one, a weak copy, a local copy (default available_externally)", string(llvmir.AvailableExternally)},
	{"LTO_WRAP_INLINE", "always|cost", "always: every call; cost: those that LLVM's cost model finds worth it (default always)", inlineAlways},
	{"LTO_WRAP_CFLAGS", "WORDS", "appended to clang's flags for code generation", ""},
	{"LTO_WRAP_LINK_FLAGS", "WORDS", "flags for llvm-link, which then merges the helpers in", ""},
	{"LTO_WRAP_HELPERS", "WORDS", "path suffixes of the helpers source (default 'rust/helpers/helpers.c rust/helpers.c')", ""},
	{"LTO_WRAP_HELPERS_DROP", "WORDS", "flags left out when the helpers become bitcode; a final * matches any rest; none: every flag is kept (default -fno-delete-null-pointer-checks, with cost also '-fno-builtin-*')", ""},
	{"LTO_WRAP_LOG", "PATH", "append a log to this file (default: no log)", ""},
	{"LTO_WRAP_LOG_LEVEL", "panic|fatal|error|warn|info|debug|trace", "what is logged (default info)", "info"},
	{"LTO_WRAP_LOG_FORMAT", "text|json", "how (default text)", "text"},
	{"LTO_WRAP_KEEP", "0|1", "1: keep intermediate files (default 0)", "0"},
}

// keepFlags is the value of LTO_WRAP_HELPERS_DROP that keeps every flag.
const keepFlags = "none"

// The values of LTO_WRAP_INLINE.
const (
	inlineAlways = "always"
	inlineCost   = "cost"
)

// DefaultHelpers are the two known places of the helpers source: one file before
// Linux 6.12, since then a file that includes the others of its folder.
var DefaultHelpers = []string{"rust/helpers/helpers.c", "rust/helpers.c"}

// Default returns the value of a setting with a few values where it is not set.
func Default(name string) string { return variable(name).Default }

// variable finds a setting by its name, nil if there is none.
func variable(name string) *Variable {
	for i := range Variables {
		if Variables[i].Name == name {
			return &Variables[i]
		}
	}
	return nil
}
