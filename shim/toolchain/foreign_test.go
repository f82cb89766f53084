// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRefused(t *testing.T) {
	for said, want := range map[string][]string{
		"clang: error: unknown argument: '-fconserve-stack'\n":                                                {"-fconserve-stack"},
		"clang: error: unsupported option '-mrecord-mcount' for target 'x86_64'\n":                            {"-mrecord-mcount"},
		"clang: error: unsupported option '-fA'\nclang: error: unknown argument '-fB'; did you mean '-fC'?\n": {"-fA", "-fB"},
		"clang: error: unsupported argument 'fentry' to option '-mtls='\n":                                    {"-mtls=", "-mtls=fentry"},
		"error: invalid value '3' in '-fstack='\n":                                                            {"-fstack=", "-fstack=3"},
		"clang: error: no such file or directory: 'x.c'\nclang: error: unknown argument\n":                    nil,
		"clang: warning: unknown argument '-fA'\n":                                                            nil,
		"": nil,
	} {
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(refused(said)))); d != "" {
			t.Errorf("%q (-want +got):\n%s", said, d)
		}
	}
}

func TestTranslated(t *testing.T) {
	for given, want := range map[string]string{
		"-O2 -mindirect-branch=thunk-extern -mindirect-branch-register":                                                 "-O2 -mretpoline-external-thunk -mindirect-branch-register",
		"-fsanitize=kernel-address -fasan-shadow-offset=0xdffffc0000000000 --param asan-stack=1 --param=asan-globals=1": "-fsanitize=kernel-address -mllvm -asan-mapping-offset=0xdffffc0000000000 -mllvm -asan-stack=1 -mllvm -asan-globals=1",
		"-fsanitize=bounds-strict -fsanitize-undefined-trap-on-error":                                                   "-fsanitize=array-bounds -fsanitize-trap=undefined",
		"--param max-inline-insns-single=10 -mindirect-branch=keep --param":                                             "--param=max-inline-insns-single=10 -mindirect-branch=keep --param",
		"-fsanitize=thread --param tsan-distinguish-volatile=1 -fasan-other":                                            "-fsanitize=thread -mllvm -tsan-distinguish-volatile=1 -fasan-other",
	} {
		if d := cmp.Diff(want, strings.Join(translated(strings.Fields(given)), " ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", given, d)
		}
	}
}
