// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import (
	"slices"
	"testing"

	"github.com/kballard/go-shellquote"
)

// FuzzSplit checks that words which were split come back when they are quoted and
// split again, as saved commands and hints are.
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
		again, err := Split("LTO_WRAP_CFLAGS", shellquote.Join(words...))
		if err != nil || !slices.Equal(words, again) {
			t.Errorf("%q is %q, and then %q, %v", text, words, again, err)
		}
	})
}
