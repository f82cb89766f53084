// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recorded is a command line from testdata. testdata/README describes the files.
type recorded struct {
	// name is the path below testdata/TOOL, without its extension.
	name string
	args []string
}

// corpus returns the recorded command lines of a tool, sorted by name.
func corpus(t testing.TB, tool string) []recorded {
	t.Helper()
	root := filepath.Join("testdata", tool)
	var out []recorded
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".args" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		args := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		out = append(out, recorded{strings.TrimSuffix(filepath.ToSlash(rel), ".args"), args})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("%s holds %d command lines, there should be more", root, len(out))
	}
	return out
}

// line returns the recorded command line with that name.
func line(t testing.TB, tool, name string) []string {
	t.Helper()
	for _, r := range corpus(t, tool) {
		if r.name == name {
			return r.args
		}
	}
	t.Fatalf("testdata/%s/%s.args is missing", tool, name)
	return nil
}

// golden compares got, as JSON, with a file in testdata.
func golden(t *testing.T, name string, got any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(got); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test -update makes it)", err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// changed returns the arguments that differ between two command lines of the same
// length, as pairs of before and after.
func changed(t *testing.T, before, after []string) (out [][2]string) {
	t.Helper()
	if len(before) != len(after) {
		t.Fatalf("%d arguments became %d", len(before), len(after))
	}
	for i := range before {
		if before[i] != after[i] {
			out = append(out, [2]string{before[i], after[i]})
		}
	}
	return out
}

// isSubsequence reports whether part is whole with some elements removed.
func isSubsequence(part, whole []string) bool {
	for _, w := range whole {
		if len(part) > 0 && part[0] == w {
			part = part[1:]
		}
	}
	return len(part) == 0
}

// lines splits the command line that a fuzz target gets, one argument per line.
func lines(s string) []string { return strings.Split(s, "\n") }

// TestParsingKeepsArgs checks that parsing returns the very slice that it was
// given, with unchanged arguments, so that a command line that is not rewritten is
// passed on byte for byte.
func TestParsingKeepsArgs(t *testing.T) {
	for _, tool := range []string{"rustc", "cc"} {
		for _, r := range corpus(t, tool) {
			before := slices.Clone(r.args)
			var kept []string
			if tool == "rustc" {
				p := ParseRustc(r.args, nil)
				p.WithBitcode("/x.bc", "-Cno-prepopulate-passes")
				kept = p.Args
			} else {
				p := ParseCC(r.args)
				p.ForBitcode([]string{"-f*"})
				ModuleVariant(r.args, nil, []string{"-DMODULE"})
				kept = p.Args
			}
			if diff := cmp.Diff(before, kept); diff != "" {
				t.Errorf("%s/%s (-given +kept):\n%s", tool, r.name, diff)
			}
			if &kept[0] != &r.args[0] {
				t.Errorf("%s/%s: Args is a copy", tool, r.name)
			}
		}
	}
}
