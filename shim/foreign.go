package shim

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// A kernel that another compiler than clang builds (gcc) still needs clang for
// bitcode and code generation. Its flags are then clang's less those that clang
// does not know, and the target is the one that the compiler builds for. The
// kernel does the same for bindgen, which has clang's library in it (rust/Makefile,
// bindgen_skip_c_flags and BINDGEN_TARGET), with lists where this asks clang.

// foreign is set where kbuild's C compiler is not clang.
type foreign struct {
	// Compiler is that compiler, Target the triple that it builds for.
	Compiler []string `json:"compiler"`
	Target   string   `json:"target"`
}

// findForeign tells whether kbuild's C compiler is clang, by CLANG_FLAGS, which
// scripts/Makefile.clang of the kernel sets for clang alone; nil if it is.
func findForeign(h Host, kb *Kbuild, cache *versionCache) (*foreign, error) {
	if len(kb.ClangFlags) > 0 {
		return nil, nil
	}
	cc, err := setting(h, "LTO_WRAP_CC")
	if err != nil {
		return nil, err
	}
	if cc == nil {
		cc = kb.CC
	}
	if len(cc) == 0 {
		return nil, inliningFailure("run it from a kernel build", "neither CLANG_FLAGS nor CC is in the environment: the target is not known")
	}
	if cc, err = resolve(h, "the C compiler", cc); err != nil {
		return nil, asInlining(err)
	}
	target, err := cache.text(h, cc, "-dumpmachine")
	if err != nil || strings.TrimSpace(target) == "" {
		return nil, inliningFailure("name kbuild's real C compiler in LTO_WRAP_CC",
			"%s does not say what it builds for (-dumpmachine): %v", strings.Join(cc, " "), err)
	}
	return &foreign{cc, strings.TrimSpace(target)}, nil
}

// refused finds the arguments in what clang says of a command line that it does
// not take (clang/include/clang/Basic/DiagnosticDriverKinds.td and
// DiagnosticCommonKinds.td: err_drv_unknown_argument, err_drv_unsupported_opt,
// err_drv_unsupported_option_argument, err_drv_invalid_value):
//
//	error: unknown argument: '-fA'         error: unsupported option '-fA'
//	error: unsupported argument 'A' to option '-f='
//	error: invalid value 'A' in '-f='
func refused(said string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(said) {
		_, message, _ := strings.Cut(line, "error: ")
		quoted := strings.Split(message, "'") // what is in quotes has the odd indexes
		begins := func(with string) bool { return strings.HasPrefix(message, with) }
		switch {
		case len(quoted) >= 3 && (begins("unknown argument") || begins("unsupported option")):
			out[quoted[1]] = true
		case len(quoted) >= 5 && (begins("unsupported argument") || begins("invalid value")):
			// An option, and what it is given in the same argument.
			out[quoted[3]+quoted[1]], out[quoted[3]] = true, true
		}
	}
	return out
}

// accepted returns those of flags that clang takes. It asks clang until there is
// nothing left to object to, once for each list in an object tree.
func (f *foreign) accepted(h Host, cache *versionCache, clang, flags []string) ([]string, error) {
	flags = slices.DeleteFunc(slices.Clone(flags), func(a string) bool { return strings.HasPrefix(a, "-fplugin") })
	key := "accepted\x00" + identity(h, clang) + hash([]byte(fmt.Sprintf("%s %q", f.Target, flags)))
	if known, ok := cache.known[key]; ok {
		var out []string
		if json.Unmarshal([]byte(known), &out) == nil {
			return out, nil
		}
	}
	for range 20 {
		argv := slices.Concat(clang, []string{"--target=" + f.Target}, flags, []string{"-w", "-fsyntax-only", "-x", "c", "/dev/null"})
		_, err := h.Output(argv, "")
		if err == nil {
			data, err := json.Marshal(flags)
			if err == nil {
				cache.keep(key, string(data))
			}
			return flags, err
		}
		bad := refused(stderrOf(err))
		before := len(flags)
		if flags = slices.DeleteFunc(flags, func(a string) bool { return bad[a] }); len(flags) == before {
			return nil, &Failure{
				What:    fmt.Sprintf("clang does not take the flags of %s: %v", strings.Join(f.Compiler, " "), err),
				Command: argv, Status: 1, Inlining: true,
			}
		}
	}
	return nil, inliningFailure("build this kernel with clang", "clang refuses too many flags of %s", strings.Join(f.Compiler, " "))
}

// stderrOf is what a child wrote to its standard error.
func stderrOf(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return err.Error()
}
