// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package resume

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOpen writes results in three runs, of which the first gets a new file.
func TestOpen(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	name, want := "", ""
	for range 3 {
		had, log, err := Open(name, "test")
		if err != nil || string(had) != want {
			t.Fatalf("%q, want %q; %v", had, want, err)
		}
		if _, err := log.WriteString("a line\n"); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		name, want = log.Name(), want+"a line\n"
	}
	other := filepath.Join(t.TempDir(), "other")
	if had, log, err := Open(other, "test"); err != nil || had != nil || log.Close() != nil {
		t.Errorf("a name of which there is no file: %q, %v", had, err)
	}
	if _, _, err := Open(filepath.Join(other, "below"), "test"); err == nil {
		t.Error("a place that cannot be")
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}
