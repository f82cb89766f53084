// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/host"
)

func TestRefused(t *testing.T) {
	for said, want := range map[string][]string{
		"clang: error: unknown argument: '-fconserve-stack'\n":                                                         {"-fconserve-stack"},
		"clang: error: unsupported option '-mrecord-mcount' for target 'x86_64'\n":                                     {"-mrecord-mcount"},
		"clang: error: unsupported option '-fA'\nclang: error: unknown argument '-fB'; did you mean '-fC'?\n":          {"-fA", "-fB"},
		"clang: error: unsupported argument 'fentry' to option '-mtls='\n":                                             {"-mtls=", "-mtls=fentry"},
		"clang: error: unsupported argument '-mtune=generic64' to option '-Wa,'\n":                                     {"-Wa,", "-Wa,-mtune=generic64"},
		"error: invalid value '3' in '-fstack='\n":                                                                     {"-fstack=", "-fstack=3"},
		"error: unknown target CPU 'intel'\nnote: valid target CPU values are: nocona\n":                               {"-march=intel", "-mcpu=intel", "-mtune=intel"},
		"error: unknown target ABI 'lp64'\n":                                                                           {"-mabi=lp64"},
		"clang: error: argument unused during compilation: '--param=foo=1' [-Werror,-Wunused-command-line-argument]\n": {"--param=foo=1"},
		"clang: error: -Wl,-z,now: 'linker' input unused [-Werror,-Wunused-command-line-argument]\n":                   {"-Wl,-z,now"},
		"clang: error: no such file or directory: 'x.c'\nclang: error: unknown argument\nerror: unknown target CPU\n":  nil,
		"clang: warning: unknown argument '-fA'\n":                                                                     nil,
		"": nil,
	} {
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(refusedFlags(said)))); d != "" {
			t.Errorf("%q (-want +got):\n%s", said, d)
		}
	}
}

// gccFlags returns what clang gets of flags of gcc, on a machine whose clang refuses some.
func gccFlags(t *testing.T, flags string, refuses []string, env ...string) ([]string, error) {
	t.Helper()
	f := newFakes(t, map[string]string{"usr/bin/gcc": "gcc", "usr/bin/rustc": "rustc 22.1.2 usr", "usr/bin/clang": "clang 22.1.8"}, append(env, gcc...)...)
	f.refuses["clang"] = strings.Join(refuses, " ")
	tools, err := f.find(t)
	if err != nil {
		t.Fatal(err)
	}
	return tools.ClangFlags(f, strings.Fields(flags))
}

// TestRules checks what becomes of flags of gcc that clang refuses, and of others.
func TestRules(t *testing.T) {
	const known = "--target=x86_64-linux-gnu -Wno-unknown-warning-option -Wno-ignored-optimization-argument "
	for _, c := range []struct {
		name, given, want string
		// accepts are words of given that clang accepts; it refuses all others but -O2.
		accepts string
	}{
		{"retpolines", "-O2 -mindirect-branch=thunk-extern -mindirect-branch-register", "-O2 -mretpoline-external-thunk", ""},
		{"sanitizers", "-fsanitize=kernel-address -fasan-shadow-offset=0xdffffc0000000000 --param asan-stack=1 --param=asan-globals=1", "-fsanitize=kernel-address -mllvm -asan-mapping-offset=0xdffffc0000000000 -mllvm -asan-stack=1 -mllvm -asan-globals=1", "-fsanitize=kernel-address"},
		{"others", "-fsanitize=bounds-strict -fsanitize-undefined-trap-on-error", "-fsanitize=array-bounds -fsanitize-trap=undefined", ""},
		{"what clang accepts stays", "-mabi=lp64 -mtune=z -fsanitize-undefined-trap-on-error", "-mabi=lp64 -mtune=z -fsanitize-undefined-trap-on-error", "-mabi=lp64 -mtune=z -fsanitize-undefined-trap-on-error"},
		{"parameters", "--param max-inline-insns-single=10 --param=tsan-distinguish-volatile=1 -mabi=lp64", "-mllvm -tsan-distinguish-volatile=1 -mabi=aapcs", ""},
		{"the stack", "-mpreferred-stack-boundary=3 -mpreferred-stack-boundary=2", "-mstack-alignment=8 -mstack-alignment=4", ""},
		{"the assembler", "-Wa,-mtune=generic64,-mbranches-within-32B-boundaries,--noexecstack", "-mbranches-within-32B-boundaries -Wa,--noexecstack", "-Wa,--noexecstack"},
		{"a plugin that initialises", "-fplugin=./scripts/gcc-plugins/structleak_plugin.so -fplugin-arg-structleak_plugin-byref-all -fplugin-arg-structleak_plugin-verbose", "-ftrivial-auto-var-init=zero", "-fplugin=./scripts/gcc-plugins/structleak_plugin.so"},
		{"optimisations", "-O2 -fno-ipa-cp-clone -fira-loop-pressure -fno-tree-loop-im -fno-inline-functions-called-once", "-O2", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var refuses []string
			for _, f := range separateFlags(strings.Fields(c.given)) {
				if f != "-O2" && !slices.Contains(strings.Fields(c.accepts), f) {
					refuses = append(refuses, f)
				}
			}
			got, err := gccFlags(t, c.given, refuses)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(known+c.want, strings.Join(got, " ")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestNoRule checks that a flag of gcc that clang refuses and no rule knows is an error,
// unless the user says that the helpers mean the same without it.
func TestNoRule(t *testing.T) {
	for _, flag := range []string{
		"-fshort-double", "-ffixed-r10", "-march=unknown", "-fharden-compares", "-fstack-protector-strong", "-mfunction-return=thunk-extern",
		"-mincoming-stack-boundary=3", "-mpreferred-stack-boundary=x", "-fplugin=./mine.so", "-fplugin-arg-mine-x", "-Wa,-mfoo", "-fsanitize=unknown",
	} {
		_, err := gccFlags(t, "-O2 "+flag, []string{flag})
		var failure *host.Failure
		if !errors.As(err, &failure) || !failure.Inlining || !strings.Contains(failure.What, flag+",") || !strings.Contains(failure.What, "gcc") || !strings.Contains(failure.Hint, "LTO_WRAP_HELPERS_DROP") {
			t.Errorf("%s: %+v", flag, err)
		}
		got, err := gccFlags(t, "-O2 "+flag, []string{flag}, "LTO_WRAP_HELPERS_DROP=-fother "+flag)
		if err != nil || slices.Contains(got, flag) {
			t.Errorf("%s, which the user leaves out: %q, %v", flag, got, err)
		}
	}
}

// TestRefusedOtherwise checks that the error has clang's own words where these name no
// flag.
func TestRefusedOtherwise(t *testing.T) {
	_, err := gccFlags(t, "-O2 -mpcrel", []string{"SAYS", "option '-mpcrel' cannot be specified without '-mprefixed'"})
	if err == nil || !strings.Contains(err.Error(), "clang does not accept the flags of ") || !strings.Contains(err.Error(), "error: option '-mpcrel' cannot be specified without '-mprefixed'") {
		t.Error(err)
	}
}
