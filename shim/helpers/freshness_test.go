// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStampBounds checks at which times a file's size and time are trusted: before what a coarse clock could hide.
func TestStampBounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "header.h")
	if err := os.WriteFile(path, []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	begun := time.Unix(2_000_000_000, 0)
	for _, c := range []struct {
		written time.Time
		trusted bool
	}{
		{begun.Add(-time.Hour), true},
		{begun.Add(-2*time.Second - 1), true},
		{begun.Add(-2 * time.Second), false},
		{begun.Add(-time.Second), false},
		{begun, false},
		{begun.Add(time.Second), false},
	} {
		if err := os.Chtimes(path, c.written, c.written); err != nil {
			t.Fatal(err)
		}
		// The file has another content with the same size and time.
		p := Prerequisite{Path: path, Size: 3, MTime: c.written.UnixNano(), SHA256: "one"}
		for what, st := range map[string]*Stamp{
			"a prerequisite":             {Prerequisites: []Prerequisite{p}, Begun: begun.UnixNano()},
			"a file that exports":        {ExportFiles: []Prerequisite{p}, Begun: begun.UnixNano()},
			"the second of two of these": {Prerequisites: []Prerequisite{{Path: path, Size: 3, MTime: c.written.UnixNano(), SHA256: mustHash(t, path)}, p}, Begun: begun.UnixNano()},
		} {
			if changed := st.changedFile() == path; changed == c.trusted {
				t.Errorf("%s, written %v: trusted %t, want %t", what, c.written.Sub(begun), !changed, c.trusted)
			}
		}
	}
}

func mustHash(t *testing.T, path string) string {
	t.Helper()
	p, err := prerequisite(path)
	if err != nil {
		t.Fatal(err)
	}
	return p.SHA256
}

// TestDistrust checks which files' content is forgotten: of those that were written from the moment when making began until now.
func TestDistrust(t *testing.T) {
	const begun, now = 1000, 2000
	list := func() []Prerequisite {
		var out []Prerequisite
		for _, at := range []int64{begun - 1, begun, begun + 1, now, now + 1} {
			out = append(out, Prerequisite{MTime: at, SHA256: "content"})
		}
		return out
	}
	st := &Stamp{Begun: begun, Prerequisites: list(), ExportFiles: list()}
	st.distrust(time.Unix(0, now))
	for _, got := range [][]Prerequisite{st.Prerequisites, st.ExportFiles} {
		var kept []bool
		for _, p := range got {
			kept = append(kept, p.SHA256 != "")
		}
		if d := cmp.Diff([]bool{true, false, false, false, true}, kept); d != "" {
			t.Errorf("kept (-want +got):\n%s", d)
		}
	}
}

// TestExportFiles checks which files a module's bitcode depends on for what they export: of all symbols, each file once.
func TestExportFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a, b := file("a.c", "EXPORT_SYMBOL(one);\n"), file("b.c", "int two;\n")
	st := &Stamp{Exporters: map[string]string{"one": a, "more": a}, Candidates: map[string][]string{"two": {b, a}}}
	files, err := st.exportFiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 || files[0].Path != a || files[1].Path != b {
		t.Fatalf("%+v", files)
	}
	st.ExportFiles, st.Begun = files, time.Now().Add(-time.Hour).UnixNano()
	for _, c := range []struct {
		what, name, text string
		changed          bool
	}{
		{"nothing", "a.c", "EXPORT_SYMBOL(one);\n", false},
		{"something else in a file", "a.c", "int x;\nEXPORT_SYMBOL(one);\n", false},
		{"an export less", "a.c", "int x;\n", true},
		{"it is back", "a.c", "EXPORT_SYMBOL(one);\n", false},
		{"an export more", "b.c", "int two;\nEXPORT_SYMBOL(two);\n", true},
	} {
		file(c.name, c.text)
		if got := st.changedFile(); (got != "") != c.changed {
			t.Errorf("%s: changed: %q", c.what, got)
		}
	}
	st.Exporters["gone"] = filepath.Join(dir, "gone.c")
	if _, err := st.exportFiles(); err == nil {
		t.Error("a file that is gone is no error")
	}
}
