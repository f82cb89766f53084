// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import "rustc-lto-wrap/shim/formats/llvmir"

// Scope says what depends on a variable, and is rebuilt when the variable changes.
type Scope int

// The scopes. The first one, which a variable has unless another is given, is the safe one.
const (
	// Everything includes the objects that were compiled without inlining.
	Everything Scope = iota
	// Bitcode is the helpers' bitcode, and the objects that helpers are inlined into.
	Bitcode
	// Objects are the objects that helpers are inlined into, but not the bitcode.
	Objects
	// Nothing depends on the variable.
	Nothing
)

// Object reports whether an object depends on a variable with this scope. plain is set for
// one that was compiled without inlining because the user asked for it.
func (s Scope) Object(plain bool) bool { return s == Everything || s != Nothing && !plain }

// Bitcode reports whether the helpers' bitcode depends on a variable with this scope.
func (s Scope) Bitcode() bool { return s == Everything || s == Bitcode }

// Variable is one setting: its name, what it accepts, and what it does.
type Variable struct {
	Name string
	// Values are the accepted values, separated by "|", or a word in capitals
	// for values of another kind.
	Values string
	// Meaning is one line for --wrap-help, which adds the default.
	Meaning string
	// Default is the value of a setting with a few values where it is not set,
	// "" for the other settings.
	Default string
	// Scope says what is rebuilt when the setting changes.
	Scope Scope
	// Effects say what the setting does, for --wrap-check.
	Effects []Effect
}

// Effect is what a setting does with a value.
type Effect struct {
	// Value is the value, "" if the setting is not set and has no default, or [Other].
	Value string
	// Text is one sentence without its capital letter and full stop.
	Text string
}

// Help is the meaning with the default.
func (v *Variable) Help() string {
	if v.Default == "" {
		return v.Meaning
	}
	return v.Meaning + " (default " + v.Default + ")"
}

// Other stands for every value that has no effect of its own.
const Other = "*"

// Effect returns what the setting does with a value, which is [Variable.Default] if the
// setting is not set.
func (v *Variable) Effect(value string) string {
	other := ""
	for _, e := range v.Effects {
		switch e.Value {
		case value:
			return e.Text
		case Other:
			other = e.Text
		}
	}
	return other
}

// Variables are all settings, in the order of --wrap-help. An environment
// variable that begins with LTO_WRAP_ and is not among them is an error.
var Variables = []Variable{
	{
		Name: "LTO_WRAP", Values: "on|off|try", Default: string(On),
		Meaning: "off: pass everything through; try: where inlining is impossible, warn and compile without inlining",
		Effects: []Effect{
			{string(On), "helpers are inlined; what prevents it stops the build"},
			{string(Off), "everything is passed through"},
			{string(Try), "helpers are inlined; if impossible, warn once and compile without inlining"},
		},
	},
	{
		Name: "LTO_WRAP_RUSTC", Values: "WORDS",
		Meaning: "the real rustc (default: rustc on PATH)",
		Effects: []Effect{{Other, foundByRules}},
	},
	{
		Name: "LTO_WRAP_CC", Values: "WORDS", Scope: Bitcode,
		Meaning: "the C compiler that cc-helper-wrap runs, possibly with a launcher: 'ccache clang-19' (default: what LLVM= implies, else clang on PATH)",
		Effects: []Effect{{Other, "the C compiler that cc-helper-wrap runs"}},
	},
	{
		Name: "LTO_WRAP_CLANG", Values: "WORDS", Scope: Bitcode,
		Meaning: "the clang that makes the helpers' bitcode and the objects of crates (default: the first with rustc's LLVM among LTO_WRAP_CC, kbuild's CC, what LLVM= implies, clang and clang-N on PATH, beside rustc, and where distributions put LLVM N)",
		Effects: []Effect{{Other, foundByRules}},
	},
	{
		Name: "LTO_WRAP_LLVM_LINK", Values: "WORDS", Scope: Objects,
		Meaning: "the llvm-link to use; if set, it merges the helpers in instead of clang (default: the one that matches clang, if needed)",
		Effects: []Effect{
			{"", "clang merges the helpers in, unless another setting needs llvm-link"},
			{Other, "merges the helpers in"},
		},
	},
	{
		Name: "LTO_WRAP_LLVM_AS", Values: "WORDS", Scope: Bitcode,
		Meaning: "the llvm-as to use; if set, it assembles the helpers' bitcode instead of clang",
		Effects: []Effect{
			{"", "clang assembles the helpers' bitcode"},
			{Other, "assembles the helpers' bitcode"},
		},
	},
	// Early optimises once where late does so twice, and the helpers are there
	// before anything is decided: code is smaller, and compiling takes less time.
	// See docs/how-it-works.md.
	{
		Name: "LTO_WRAP_PIPELINE", Values: "late|early", Default: string(Early), Scope: Objects,
		Meaning: "late: rustc optimises, then clang once more over the merged crate; early: one optimisation, after merging",
		Effects: []Effect{
			{string(Late), "rustc optimises, then clang once more over crate and helpers"},
			{string(Early), "clang optimises once, over crate and helpers together"},
		},
	},
	{
		Name: "LTO_WRAP_OPTIMIZE", Values: "kernel|speed|size", Default: string(AsKernel), Scope: Objects,
		Meaning: "what early optimises for; kernel: the crate's own -Copt-level, which follows the kernel's configuration",
		Effects: []Effect{
			{string(AsKernel), "early optimises for what the kernel is configured for: -Copt-level=2 and 3 mean speed, s and z mean size"},
			{string(Speed), "early optimises for speed, whatever the kernel is configured for"},
			{string(Size), "early optimises for size, whatever the kernel is configured for"},
		},
	},
	{
		Name: "LTO_WRAP_LINKAGE", Values: "available_externally|linkonce_odr|internal", Default: string(llvmir.AvailableExternally), Scope: Bitcode,
		Meaning: "what a helper that is not inlined becomes: a call to the exported one, a weak copy, a local copy",
		Effects: []Effect{
			{"available_externally", "a helper that is not inlined remains a call to the kernel's exported copy"},
			{"linkonce_odr", "a helper that is not inlined is copied into the object, as a weak symbol"},
			{"internal", "a helper that is not inlined is copied into the object, as a local symbol"},
		},
	},
	{
		Name: "LTO_WRAP_INLINE", Values: "always|cost", Default: inlineAlways, Scope: Bitcode,
		Meaning: "always: every call; cost: those that LLVM's cost model finds worth it",
		Effects: []Effect{
			{inlineAlways, "every call that can be inlined is"},
			{inlineCost, "LLVM's cost model decides"},
		},
	},
	{
		Name: "LTO_WRAP_CFLAGS", Values: "WORDS", Scope: Objects,
		Meaning: "appended to clang's flags for code generation",
		Effects: []Effect{
			{"", "nothing is added to code generation"},
			{Other, "added to code generation"},
		},
	},
	{
		Name: "LTO_WRAP_LINK_FLAGS", Values: "WORDS", Scope: Objects,
		Meaning: "flags for llvm-link, which then merges the helpers in",
		Effects: []Effect{
			{"", "nothing is added to llvm-link"},
			{Other, "llvm-link merges the helpers in, with these"},
		},
	},
	{
		Name: "LTO_WRAP_HELPERS", Values: "WORDS", Scope: Bitcode,
		Meaning: "path suffixes of the helpers source (default 'rust/helpers/helpers.c rust/helpers.c')",
		Effects: []Effect{{Other, "the first of these in the source tree is the helpers source"}},
	},
	{
		Name: "LTO_WRAP_HELPERS_DROP", Values: "WORDS", Scope: Bitcode,
		Meaning: "flags left out when the helpers become bitcode; a final * matches any rest; none: every flag is kept (default -fno-delete-null-pointer-checks, with cost also '-fno-builtin-*')",
		Effects: []Effect{
			{KeepFlags, "the helpers become bitcode with every flag of kbuild's; functions that they are inlined into keep null pointer checks, and are larger"},
			{Other, "left out where the helpers become bitcode, and only there; without -fno-delete-null-pointer-checks, inlined helpers lose null pointer checks after a use of the pointer, as Rust code does"},
		},
	},
	{
		Name: "LTO_WRAP_LOG", Values: "PATH", Scope: Nothing,
		Meaning: "append a log to this file (default: no log)",
		Effects: []Effect{
			{"", "no log"},
			{Other, "a log is appended there"},
		},
	},
	{
		Name: "LTO_WRAP_LOG_LEVEL", Values: "panic|fatal|error|warn|info|debug|trace", Default: "info", Scope: Nothing,
		Meaning: "log level",
		Effects: []Effect{{Other, "log level"}},
	},
	{
		Name: "LTO_WRAP_LOG_FORMAT", Values: "text|json", Default: "text", Scope: Nothing,
		Meaning: "log format",
		Effects: []Effect{{Other, "log format"}},
	},
	{
		Name: "LTO_WRAP_KEEP", Values: "0|1", Default: "0", Scope: Nothing,
		Meaning: "1: keep intermediate files",
		Effects: []Effect{
			{"0", "intermediate files are removed"},
			{"1", "intermediate files stay"},
		},
	},
}

// foundByRules is what the settings for rustc and clang do.
const foundByRules = "found by the rules that --wrap-help gives, see below"

// KeepFlags is the value of LTO_WRAP_HELPERS_DROP that keeps every flag.
const KeepFlags = "none"

// The values of LTO_WRAP_INLINE.
const (
	inlineAlways = "always"
	inlineCost   = "cost"
)

// DefaultHelpers are the two known places of the helpers source: one file before
// Linux 6.12, since then a file that includes the others of its directory.
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
