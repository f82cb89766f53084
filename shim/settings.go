package shim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/shlex"

	"rustc-lto-wrap/shim/formats/llvmir"
)

// Mode is the value of LTO_WRAP.
type Mode string

// The modes.
const (
	On  Mode = "on"  // inline; what prevents it is an error
	Off Mode = "off" // pass everything through
	Try Mode = "try" // inline; what prevents it is a warning
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

// Settings are what the user set. Names and values are in [Variables].
type Settings struct {
	Mode Mode
	// Rustc, CC, LLVMLink and LLVMAs are the real tools, nil where the default
	// is to be found.
	Rustc, CC, LLVMLink, LLVMAs []string
	Pipeline                    Pipeline
	Linkage                     llvmir.Linkage
	// Always puts alwaysinline on the helpers (LTO_WRAP_INLINE=always);
	// otherwise LLVM's cost model decides.
	Always bool
	// CFlags and LinkFlags are appended to code generation and to llvm-link.
	CFlags, LinkFlags []string
	// Helpers are the path suffixes that tell the helpers source.
	Helpers []string
	// Drop are the flags that are left out for bitcode, as in
	// [argv.CC.ForBitcode].
	Drop []string
	// LogPath, LogLevel and LogFormat say where and how to log; no path, no log.
	LogPath, LogLevel, LogFormat string
	// Keep leaves the intermediate files.
	Keep bool
}

// Variable describes one setting for --wrap-help, and names what it accepts.
type Variable struct {
	Name, Values, Meaning string
}

// Variables are all settings. An environment variable that begins with
// LTO_WRAP and is not among them is an error: a mistyped name would otherwise
// change nothing in silence.
var Variables = []Variable{
	{"LTO_WRAP", "on|off|try", "off: pass everything through; try: where the inlining cannot be had, warn and compile plainly (default on)"},
	{"LTO_WRAP_RUSTC", "WORDS", "the real rustc (default: rustc on PATH)"},
	{"LTO_WRAP_CC", "WORDS", "the real C compiler, which may hold a launcher: 'ccache clang-19' (default: what LLVM= implies, else kbuild's CC, else clang on PATH)"},
	{"LTO_WRAP_LLVM_LINK", "WORDS", "the real llvm-link; named, it merges the helpers in, in place of clang (default: what LLVM= implies, else the one that goes with clang, else PATH)"},
	{"LTO_WRAP_LLVM_AS", "WORDS", "the real llvm-as (default: likewise)"},
	{"LTO_WRAP_PIPELINE", "late|early", "late: rustc optimises, then clang once more over the merged crate; early: one optimisation, after merging (default early)"},
	{"LTO_WRAP_LINKAGE", "available_externally|linkonce_odr|internal", "what becomes of a helper that is not inlined: a call to the exported one, a weak copy, a local copy (default available_externally)"},
	{"LTO_WRAP_INLINE", "always|cost", "always: every call; cost: those that LLVM's cost model finds worth it (default always)"},
	{"LTO_WRAP_CFLAGS", "WORDS", "appended to clang's flags for code generation"},
	{"LTO_WRAP_LINK_FLAGS", "WORDS", "flags for llvm-link, which then merges the helpers in"},
	{"LTO_WRAP_HELPERS", "WORDS", "path suffixes of the helpers source (default 'rust/helpers/helpers.c rust/helpers.c')"},
	{"LTO_WRAP_HELPERS_DROP", "WORDS", "flags left out when the helpers become bitcode; a final * matches any rest (default -fno-delete-null-pointer-checks, with cost also '-fno-builtin-*')"},
	{"LTO_WRAP_LOG", "PATH", "append a log to this file (default: no log)"},
	{"LTO_WRAP_LOG_LEVEL", "panic|fatal|error|warn|info|debug|trace", "what is logged (default info)"},
	{"LTO_WRAP_LOG_FORMAT", "text|json", "how (default text)"},
	{"LTO_WRAP_KEEP", "0|1", "1: keep intermediate files (default 0)"},
}

// What is taken where nothing is set.
const (
	// Early optimises once where late does so twice, and then helpers are there
	// before anything is decided: code is smaller, and compiling takes less. See
	// README, "Which pipeline".
	defaultPipeline = Early
	defaultLinkage  = llvmir.AvailableExternally
	defaultInline   = "always"
)

// defaultHelpers are the two places of the helpers source: before Linux 6.12
// one file, since then a file that includes the others of its folder.
var defaultHelpers = []string{"rust/helpers/helpers.c", "rust/helpers.c"}

// helperSuffixes reads LTO_WRAP_HELPERS alone, which is all that the decision
// about a C compilation needs.
func helperSuffixes(h Host) ([]string, error) {
	v := h.Getenv("LTO_WRAP_HELPERS")
	if v == "" {
		return defaultHelpers, nil
	}
	return words("LTO_WRAP_HELPERS", v)
}

// mode reads LTO_WRAP alone.
func mode(h Host) (Mode, error) {
	m, err := choice(h, "LTO_WRAP", "on", "on", "off", "try")
	return Mode(m), err
}

// ReadSettings reads all settings. An unknown name or value is a [Failure].
func ReadSettings(h Host) (*Settings, error) {
	for _, e := range h.Environ() {
		name, _, _ := strings.Cut(e, "=")
		known := func(v Variable) bool { return v.Name == name }
		if (name == "LTO_WRAP" || strings.HasPrefix(name, "LTO_WRAP_")) && !slices.ContainsFunc(Variables, known) {
			return nil, &Failure{
				What:   fmt.Sprintf("the environment variable %s is not a setting", name),
				Hint:   "unset it, or see --wrap-help for the settings that there are",
				Status: 1,
			}
		}
	}
	var s Settings
	var errs []error
	pick := func(name, def string, values ...string) string {
		v, err := choice(h, name, def, values...)
		errs = append(errs, err)
		return v
	}
	list := func(name string) []string {
		w, err := words(name, h.Getenv(name))
		errs = append(errs, err)
		return w
	}
	s.Mode = Mode(pick("LTO_WRAP", "on", "on", "off", "try"))
	s.Rustc, s.CC = list("LTO_WRAP_RUSTC"), list("LTO_WRAP_CC")
	s.LLVMLink, s.LLVMAs = list("LTO_WRAP_LLVM_LINK"), list("LTO_WRAP_LLVM_AS")
	s.Pipeline = Pipeline(pick("LTO_WRAP_PIPELINE", string(defaultPipeline), string(Late), string(Early)))
	s.Linkage = llvmir.Linkage(pick("LTO_WRAP_LINKAGE", string(defaultLinkage),
		string(llvmir.AvailableExternally), string(llvmir.LinkonceODR), string(llvmir.Internal)))
	s.Always = pick("LTO_WRAP_INLINE", defaultInline, "always", "cost") == "always"
	s.CFlags, s.LinkFlags = list("LTO_WRAP_CFLAGS"), list("LTO_WRAP_LINK_FLAGS")
	if s.Helpers = list("LTO_WRAP_HELPERS"); s.Helpers == nil {
		s.Helpers = defaultHelpers
	}
	if s.Drop = list("LTO_WRAP_HELPERS_DROP"); s.Drop == nil {
		s.Drop = []string{"-fno-delete-null-pointer-checks"}
		if !s.Always {
			// LLVM compares the sets of library functions that caller and
			// callee may treat as builtins (areInlineCompatible in
			// llvm/include/llvm/Analysis/TargetLibraryInfo.h).
			s.Drop = append(s.Drop, "-fno-builtin-*")
		}
	}
	s.LogPath = h.Getenv("LTO_WRAP_LOG")
	s.LogLevel = pick("LTO_WRAP_LOG_LEVEL", "info", "panic", "fatal", "error", "warn", "info", "debug", "trace")
	s.LogFormat = pick("LTO_WRAP_LOG_FORMAT", "text", "text", "json")
	s.Keep = pick("LTO_WRAP_KEEP", "0", "0", "1") == "1"
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return &s, nil
}

// choice reads a setting that has a few values.
func choice(h Host, name, def string, values ...string) (string, error) {
	v := h.Getenv(name)
	if v == "" {
		return def, nil
	}
	if !slices.Contains(values, v) {
		return "", &Failure{
			What:   fmt.Sprintf("the environment variable %s has the unknown value %q", name, v),
			Hint:   "it may be " + strings.Join(values, ", ") + "; unset, it is " + def,
			Status: 1,
		}
	}
	return v, nil
}

// words splits a setting as a shell would. No words are nil.
func words(name, value string) ([]string, error) {
	w, err := shlex.Split(value)
	if err != nil {
		return nil, &Failure{
			What:   fmt.Sprintf("the environment variable %s is not a list of shell words: %v: %q", name, err, value),
			Hint:   "check its quotes",
			Status: 1,
		}
	}
	if len(w) == 0 {
		return nil, nil
	}
	return w, nil
}
