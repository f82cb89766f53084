// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import (
	"slices"
	"testing"
)

func TestJoin(t *testing.T) {
	for _, words := range [][]string{{"#"}, {"-DX=a#b", "-DY"}, {"it's #1", ""}, {"a b", "$c", `"d"`}, nil} {
		if got, err := Split("X", Join(words...)); err != nil || !slices.Equal(got, words) {
			t.Errorf("%q became %q, %v", words, got, err)
		}
	}
}

// FuzzSplit checks that words which were split come back when they are joined and
// split again, as those of saved commands are.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"ccache clang-19", "-O2 '-DX=a b' \"-DY=\\\"z\\\"\"", "-Wp,-MMD,rust/.helpers.o.d -nostdinc -I../arch/x86/include", "a\\ b", "'", "# x", "a#b", "'' \"\"", "\t\n a\x00\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := Split("LTO_WRAP_CFLAGS", text)
		if err != nil || words == nil {
			return
		}
		again, err := Split("LTO_WRAP_CFLAGS", Join(words...))
		if err != nil || !slices.Equal(words, again) {
			t.Errorf("%q is %q, and then %q, %v", text, words, again, err)
		}
	})
}
