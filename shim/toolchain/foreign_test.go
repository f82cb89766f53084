// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"maps"
	"slices"
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
