// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"strings"
	"testing"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
)

// TestByForm checks which command lines of a C compiler are the compilation of the helpers to an object.
func TestByForm(t *testing.T) {
	suffixes := []string{"rust/helpers/helpers.c", "rust/helpers.c"}
	for line, want := range map[string]bool{
		"-c -o rust/helpers/helpers.o src/rust/helpers/helpers.c": true,
		"-O2 -c src/rust/helpers.c -o helpers.o":                  true,
		"-c -o helpers.o src/rust/helpers/helpers.c other.c":      false,
		"-c -o helpers.o":                                                    false,
		"-c -o helpers.o src/rust/helpers/other.c":                           false,
		"-c -o helpers.o src/trust/helpers.c":                                false,
		"-S -o helpers.s src/rust/helpers/helpers.c":                         false,
		"-E -o helpers.i src/rust/helpers/helpers.c":                         false,
		"-o helpers src/rust/helpers/helpers.c":                              false,
		"-c -emit-llvm -o helpers.bc src/rust/helpers/helpers.c":             false,
		"-c src/rust/helpers/helpers.c":                                      false,
		"-c -o - src/rust/helpers/helpers.c":                                 false,
		"-c -o /dev/null src/rust/helpers/helpers.c":                         false,
		"-c -o /dev/stdout -Wp,-MMD,x src/rust/helpers/helpers.c":            false,
		"-c -o devices/helpers.o -DX=/dev/null src/rust/helpers/helpers.c":   true,
		"-Wp,-MMD,.helpers.o.d -g -c -o helpers.o ../src/rust/helpers.c -DY": true,
	} {
		if got := decisionByForm(argv.ParseCC(strings.Fields(line)), suffixes); (got.Outcome == compilation.Rewritten) != want || got.Reason == "" {
			t.Errorf("%s: %+v", line, got)
		}
		if mayBeHelpers(strings.Fields(line), suffixes) != (strings.Contains(line, "rust/helpers/helpers.c") || strings.Contains(line, "rust/helpers.c")) {
			t.Errorf("%s: possible: %t", line, mayBeHelpers(strings.Fields(line), suffixes))
		}
	}
}
