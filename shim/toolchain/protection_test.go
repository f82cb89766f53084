// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"slices"
	"testing"
)

func TestProtects(t *testing.T) {
	for flag, want := range map[string]bool{
		"-fstack-protector-strong":                 true,
		"-fno-stack-protector":                     false,
		"-fsanitize=kcfi":                          true,
		"-fno-sanitize=all":                        false,
		"-fcf-protection=branch":                   true,
		"-fcf-protection=none":                     false,
		"-mindirect-branch=thunk":                  true,
		"-mindirect-branch-register":               false, // how a thunk is called
		"-mfunction-return=thunk-extern":           true,
		"-ftrivial-auto-var-init=zero":             true,
		"-fconserve-stack":                         false,
		"-falign-jumps=1":                          false,
		"-fplugin-arg-stackleak_plugin-arch=x86":   false,
		"-mpreferred-stack-boundary=3":             false,
		"-fno-inline-functions-called-once":        false,
		"-fsanitize-undefined-trap-on-error":       false, // translated where clang needs it
		"-mstack-protector-guard-symbol=__x_guard": true,
	} {
		if got := protects(flag); got != want {
			t.Errorf("%s: %t", flag, got)
		}
	}
}

// TestTranslatedPlugin checks that the initialisation of gcc's plugin is not lost.
func TestTranslatedPlugin(t *testing.T) {
	const zero = "-ftrivial-auto-var-init=zero"
	if got := translated([]string{"-O2", "-fplugin-arg-structleak_plugin-byref-all"}); !slices.Contains(got, zero) {
		t.Error(got)
	}
	if got := translated([]string{"-O2", "-fplugin-arg-structleak_plugin-verbose"}); slices.Contains(got, zero) {
		t.Error(got)
	}
}
