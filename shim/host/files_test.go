// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFileTime checks that a file written after a call of FileTime is not older
// than the time that the call returned. With time.Now it sometimes would be.
func TestFileTime(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	for range 300 {
		before := FileTime()
		if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := info.ModTime().UnixNano(); m < before {
			t.Fatalf("a file that was written afterwards is %d ns older than FileTime", before-m)
		}
	}
}
