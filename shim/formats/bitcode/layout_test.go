// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"os"
	"strings"
	"testing"
)

// TestDataLayout reads the data layouts that clang and rustc wrote for one machine.
func TestDataLayout(t *testing.T) {
	layouts := map[string]bool{}
	for _, name := range []string{"clang.bc", "rustc.bc"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		layout, err := DataLayout(data)
		if err != nil || !strings.HasPrefix(layout, "e-m:e-p270:32:32-") || !strings.HasSuffix(layout, "-S128") {
			t.Errorf("%s: %q, %v", name, layout, err)
		}
		layouts[layout] = true
		if _, err := DataLayout(data[:len(data)/2&^3]); err == nil {
			t.Errorf("%s, cut: no error", name)
		}
	}
	if len(layouts) != 1 {
		t.Errorf("they differ: %v", layouts)
	}
}
