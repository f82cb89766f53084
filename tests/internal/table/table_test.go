// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package table

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzRead checks that each word of a table that is read is in an entry.
func FuzzRead(f *testing.F) {
	tables, err := filepath.Glob("../../lab/[a-z]*s")
	if err != nil || len(tables) < 3 {
		f.Fatalf("the lab's tables: %v, %v", tables, err)
	}
	for _, file := range tables {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("a\n b c\n\td e\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Read(text)
		if err != nil {
			return
		}
		words := 0
		for line := range strings.SplitSeq(text, "\n") {
			if !strings.HasPrefix(line, "#") {
				words += len(strings.Fields(line))
			}
		}
		for _, e := range entries {
			words--
			for _, p := range e.properties {
				words -= 1 + len(p)
			}
		}
		if words != 0 {
			t.Errorf("%d words are in no entry", words)
		}
	})
}
