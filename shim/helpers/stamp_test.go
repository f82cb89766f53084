// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStampChanged checks that a prerequisite is compared by size and time, and by
// content if these are not conclusive.
func TestStampChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "header.h")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().Truncate(time.Second)
	for _, c := range []struct {
		name    string
		made    time.Time // modification time of the file that the bitcode was made from
		text    string    // contents of the file afterwards
		at      time.Time
		changed bool
	}{
		{"same", now.Add(-time.Hour), "one", now.Add(-time.Hour), false},
		{"touched", now.Add(-time.Hour), "one", now, false},
		{"written", now.Add(-time.Hour), "two", now, true},
		{"of another size", now.Add(-time.Hour), "three", now.Add(-time.Hour), true},
		{"an older one", now.Add(-time.Hour), "two", now.Add(-2 * time.Hour), true},
		{"written again in the same second", now, "two", now, true},
		{"not written again in that second", now, "one", now, false},
		{"from a clock that was ahead", now.Add(time.Hour), "two", now.Add(time.Hour), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			write("one", c.made)
			p, err := prerequisite(path)
			if err != nil {
				t.Fatal(err)
			}
			st := &Stamp{Prerequisites: []Prerequisite{p}, Begun: now.UnixNano()}
			write(c.text, c.at)
			if got := st.changedFile() != ""; got != c.changed {
				t.Errorf("changed: %t, want %t", got, c.changed)
			}
		})
	}
	st := &Stamp{Prerequisites: []Prerequisite{{Path: path + ".gone"}}}
	if st.changedFile() == "" {
		t.Error("a missing file is not noticed")
	}
}

// TestFilesThatDecide has what an object refers to, and the files that decide whether more or fewer helpers can be inlined into it.
func TestFilesThatDecide(t *testing.T) {
	st := &Stamp{
		Exporters:  map[string]string{"kfree": "mm/slub.c", "jiffies": "kernel/time.c", "unused": "lib/unused.c"},
		Needs:      map[string][]string{"rust_helper_f": {"hidden", "other"}, "rust_helper_g": {"unused_too"}},
		Candidates: map[string][]string{"hidden": {"mm/util.c", "mm/slub.c"}, "other": {"lib/other.c"}, "unused_too": {"lib/unused.c"}},
	}
	for undefined, want := range map[string]string{
		"": "", "memcpy": "", "kfree": "mm/slub.c", "jiffies kfree memcpy": "kernel/time.c mm/slub.c",
		"rust_helper_f": "lib/other.c mm/slub.c mm/util.c", "kfree rust_helper_f": "lib/other.c mm/slub.c mm/util.c",
	} {
		if got := strings.Join(st.FilesThatDecide(strings.Fields(undefined)), " "); got != want {
			t.Errorf("%s: %s, want %s", undefined, got, want)
		}
	}
}
