// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// A kernel that is built with another compiler than clang (gcc) still needs clang
// for bitcode and code generation. clang then gets that compiler's flags without
// those that it does not know, and the target that the compiler builds for. The
// kernel does the same for bindgen, which contains clang's library (rust/Makefile,
// bindgen_skip_c_flags and BINDGEN_TARGET). The kernel has lists for that; this
// asks clang.

// Foreign describes the compiler of a kernel where kbuild's C compiler is not
// clang.
type Foreign struct {
	// Compiler is that compiler, Target the triple that it builds for.
	Compiler []string `json:"compiler"`
	Target   string   `json:"target"`
}

// findForeign returns kbuild's C compiler where it is not clang, nil where it is.
// CLANG_FLAGS tells: scripts/Makefile.clang of the kernel sets it for clang only.
func findForeign(h host.Host, kb *kbuild.Environment, c *cache) (*Foreign, error) {
	if len(kb.ClangFlags) > 0 {
		return nil, nil
	}
	cc, err := settings.Words(h, "LTO_WRAP_CC")
	if err != nil {
		return nil, err
	}
	if cc == nil {
		cc = kb.CC
	}
	if len(cc) == 0 {
		return nil, host.InliningFailure("run it from a kernel build", "neither CLANG_FLAGS nor CC is in the environment: the target is not known")
	}
	if cc, err = resolve(h, "the C compiler", cc); err != nil {
		return nil, host.AsInlining(err)
	}
	target, err := c.text(h, cc, "-dumpmachine")
	if err != nil || strings.TrimSpace(target) == "" {
		return nil, host.InliningFailure("name kbuild's real C compiler in LTO_WRAP_CC",
			"%s does not say what it builds for (-dumpmachine): %v", strings.Join(cc, " "), err)
	}
	return &Foreign{cc, strings.TrimSpace(target)}, nil
}

// refused finds the arguments that clang rejects in its messages about a command
// line (clang/include/clang/Basic/DiagnosticDriverKinds.td and
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
		quoted := strings.Split(message, "'") // the quoted parts have odd indexes
		begins := func(with string) bool { return strings.HasPrefix(message, with) }
		switch {
		case len(quoted) >= 3 && (begins("unknown argument") || begins("unsupported option")):
			out[quoted[1]] = true
		case len(quoted) >= 5 && (begins("unsupported argument") || begins("invalid value")):
			// An option and its value in the same argument.
			out[quoted[3]+quoted[1]], out[quoted[3]] = true, true
		}
	}
	return out
}

// translations are gcc's flags that clang spells in another way, for flags whose
// loss would change what code does. The kernel has both spellings: RETPOLINE_CFLAGS in
// its Makefile, scripts/Makefile.kasan and scripts/Makefile.ubsan. A flag that ends in
// "=" stands for all its values, which the translation takes over.
var translations = map[string]string{
	"-mindirect-branch=thunk-extern":     "-mretpoline-external-thunk",
	"-fasan-shadow-offset=":              "-mllvm -asan-mapping-offset=",
	"-fsanitize=bounds-strict":           "-fsanitize=array-bounds",
	"-fsanitize-undefined-trap-on-error": "-fsanitize-trap=undefined",
}

// translated returns flags of gcc with those of [translations] as clang spells them,
// and with gcc's --param of the sanitizers as LLVM's options of the same names.
func translated(flags []string) []string {
	var out []string
	for i := 0; i < len(flags); i++ {
		f := flags[i]
		if f == "--param" && i+1 < len(flags) {
			i++
			f += "=" + flags[i]
		}
		name, value, hasValue := strings.Cut(f, "=")
		param, isParam := strings.CutPrefix(f, "--param=")
		sanitizer := strings.HasPrefix(param, "asan-") || strings.HasPrefix(param, "hwasan-") || strings.HasPrefix(param, "tsan-")
		switch to := translations[name+"="]; {
		case translations[f] != "":
			out = append(out, strings.Fields(translations[f])...)
		case hasValue && to != "":
			out = append(out, strings.Fields(to+value)...)
		case isParam && sanitizer:
			out = append(out, "-mllvm", "-"+param)
		default:
			out = append(out, f)
		}
	}
	if initialises(flags) {
		out = append(out, "-ftrivial-auto-var-init=zero")
	}
	return out
}

// accepted returns the flags that clang accepts. It asks clang until clang rejects
// nothing any more, once for each list of flags in an object tree.
func (f *Foreign) accepted(h host.Host, c *cache, clang, flags []string) ([]string, error) {
	flags = slices.DeleteFunc(translated(flags), func(a string) bool { return strings.HasPrefix(a, "-fplugin") })
	key := "accepted\x00" + Identity(clang) + host.Hash([]byte(fmt.Sprintf("%s %q", f.Target, flags)))
	if known, ok := c.known[key]; ok {
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
				c.keep(key, string(data))
			}
			return flags, err
		}
		bad := refused(host.StderrOf(err))
		if i := slices.IndexFunc(flags, func(a string) bool { return bad[a] && protects(a) }); i >= 0 {
			return nil, host.InliningFailure("build this kernel with clang, or give LTO_WRAP=off",
				"clang has no equivalent of %s, with which %s protects the helpers", flags[i], strings.Join(f.Compiler, " "))
		}
		before := len(flags)
		if flags = slices.DeleteFunc(flags, func(a string) bool { return bad[a] }); len(flags) == before {
			return nil, &host.Failure{
				What:    fmt.Sprintf("clang does not accept the flags of %s: %v", strings.Join(f.Compiler, " "), err),
				Command: argv, Status: 1, Inlining: true,
			}
		}
	}
	return nil, host.InliningFailure("build this kernel with clang", "clang rejects too many flags of %s", strings.Join(f.Compiler, " "))
}
