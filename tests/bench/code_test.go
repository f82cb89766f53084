// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadCode: what differs only in where a call leads to is the same code, and what was compiled in another way is not.
func TestReadCode(t *testing.T) {
	read := func(name, prefix string) map[string]string {
		out := map[string]string{}
		if err := readCode("../equal/testdata/"+name+".o", prefix, out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	plain := read("plain", "")
	if d := cmp.Diff([]string{"buffered", "exported", "local", "never_taken"}, slices.Sorted(maps.Keys(plain))); d != "" {
		t.Errorf("functions (-want +got):\n%s", d)
	}
	// called has one more function behind these, and so other relocations.
	for name, code := range read("called", "") {
		if want, ok := plain[name]; ok && code != want {
			t.Errorf("%s of called.o is other code", name)
		}
	}
	if hardened := read("hardened", ""); hardened["exported"] == plain["exported"] {
		t.Error("hardened code counts as the same")
	}
	if got := read("plain", "never_"); len(got) != 1 || got["taken"] == "" {
		t.Errorf("functions that begin with never_: %q", slices.Sorted(maps.Keys(got)))
	}
}
