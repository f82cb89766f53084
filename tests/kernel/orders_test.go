// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"rustc-lto-wrap/tests/internal/files"
)

// orders: whatever make begins with, and however much of it at once, the crates
// are the same bytes; and what is asked of rustc besides objects is not touched.
func (k *kernelBuild) orders(t *testing.T) {
	if k.Version != k.l.LeastRust().Version {
		t.Skip("one kernel is enough, and this test builds it many times")
	}
	k.make(t, nil)
	all := append(slices.Clone(k.rewritten(t)), k.HelpersObject())
	want := files.Contents(t, k.host(""), all)
	for _, c := range []struct {
		name string
		args []string
		// makes are the objects that have to be there afterwards, nil for all.
		makes []string
	}{
		{"one at a time", []string{"-j1"}, nil},
		{"32 at once, in reverse", []string{"-j32", "--shuffle=reverse"}, nil},
		{"shuffled", []string{"-j2", "--shuffle=7"}, nil},
		{"shuffled otherwise", []string{"-j2", "--shuffle=8"}, nil},
		{"the kernel crate alone", []string{"rust/kernel.o"}, []string{"rust/kernel.o"}},
		{"one module alone", []string{"samples/rust/rust_minimal.o"}, []string{"samples/rust/rust_minimal.o"}},
		{"verbose", []string{"V=1"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			k.removeHelpersBitcode(t)
			for o := range want {
				if err := os.Remove(k.host(o)); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			k.make(t, nil, c.args...)
			makes := c.makes
			if makes == nil {
				makes = all
			}
			for o, got := range files.Contents(t, k.host(""), makes) {
				if got != want[o] {
					t.Errorf("%s differs from that of the first build", o)
				}
			}
		})
	}
	k.make(t, nil)
	// rustc's own text, with the calls that the object no longer has, and the source
	// with its macros expanded.
	for suffix, has := range map[string]string{"ll": "rust_helper_", "s": "rust_helper_", "rsi": "#[prelude_import]"} {
		k.make(t, nil, "samples/rust/rust_minimal."+suffix)
		text, err := os.ReadFile(k.host("samples/rust/rust_minimal." + suffix))
		if err != nil || !bytes.Contains(text, []byte(has)) {
			t.Errorf("rust_minimal.%s is not rustc's own: %v", suffix, err)
		}
	}
	if left := files.Find(t, k.host("rust"), files.Intermediate); left != nil {
		t.Errorf("left behind: %v", left)
	}
}
