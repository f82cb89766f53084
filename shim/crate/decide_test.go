// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"strings"
	"testing"
)

// TestMayEmitObject has the forms of --emit that rustc takes: joined and as a word of its own.
func TestMayEmitObject(t *testing.T) {
	for line, want := range map[string]bool{
		"--emit=obj": true, "--emit=dep-info=a.d,obj=a.o": true, "--emit obj": true, "a.rs --emit obj=a.o": true,
		"--emit=metadata": false, "--emit metadata": false, "--emit": false, "": false, "--out-dir obj": false,
		"--emit=metadata obj": true, // the full parser decides; this is only the cheap check
		"obj --emit=metadata": false, "--emit=metadata --out-dir obj": false,
	} {
		if got := mayEmitObject(strings.Fields(line)); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}
