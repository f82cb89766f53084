// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/version"
)

// TestGeneration reminds of raising the generation in package version. The file
// testdata/generation has the generation and a hash of all golden plans. After a
// change of the plans, decide whether the same crate now gives another object, raise
// the generation if it does, and run the test with -update.
func TestGeneration(t *testing.T) {
	files, err := filepath.Glob("testdata/plan-*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("the golden plans: %v, %v", files, err)
	}
	var all []byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, f...), data...)
	}
	const file = "testdata/generation"
	got := fmt.Sprintf("%d %s\n", version.Generation(), host.Hash(all))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("the plans or the generation have changed, see the comment of this test: %q, want %q (%v)", got, want, err)
	}
}
