// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package equal

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDebug compares with what llvm-dwarfdump prints for the objects, which are made
// from C.
func TestDebug(t *testing.T) {
	for name, want := range map[string]Debug{
		"called": {Units: 1, Foreign: 1, Lines: 5}, "inlined": {Units: 1, Foreign: 1, Lines: 5}, "stripped": {}, "plain": {},
		"lineless": {Units: 1, Foreign: 1, Lines: 4, Lineless: []string{"user"}},
	} {
		if d := cmp.Diff(want, facts(t, name).Debug); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	rust := &Facts{Debug: Debug{Units: 1}}
	if _, _, wrong := foreignUnits(Pair{Plain: rust, Shimmed: facts(t, "called")}); len(wrong) != 1 {
		t.Errorf("a unit of C in an object of Rust: %q", wrong)
	}
}

// TestVersions checks that a version that changed is found, and that one build may
// export more than the other.
func TestVersions(t *testing.T) {
	plain := VersionsOf("savedcmd_x := rustc\n\n#SYMVER same 0x00000001\n#SYMVER changed 0x00000002\n#SYMVER lost 0x00000003\n")
	shimmed := VersionsOf("#SYMVER same 0x00000001\n#SYMVER changed 0x00000009\n")
	_, _, wrong := sameVersions(Pair{Plain: &Facts{Versions: plain}, Shimmed: &Facts{Versions: shimmed}})
	if d := cmp.Diff([]string{"changed has the version 0x00000009, and 0x00000002 in the plain build"}, wrong); d != "" || len(plain) != 3 {
		t.Errorf("%v\n%s", plain, d)
	}
}
