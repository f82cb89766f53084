// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package depinfo

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rustc-lto-wrap/tests/lab"
)

// seen is what the kernel's fixdep reads from a dependency file.
type seen struct {
	Source string
	Deps   []string
}

// fixdep reads a dependency file by the rules of parse_dep_file in the kernel's
// scripts/basic/fixdep.c (7.3). It finds the same tokens with a different
// implementation.
func fixdep(text string) (seen, error) {
	text, _, _ = strings.Cut(text, "\x00")
	var out seen
	at := func(i int) byte {
		if i < len(text) {
			return text[i]
		}
		return 0
	}
	known := map[string]bool{}
	anyTarget, isTarget, isSource := false, true, false
	for p := 0; p < len(text); {
		switch c := text[p]; {
		case c == '#':
			for p++; p < len(text) && text[p] != '\n'; p++ {
				if text[p] == '\\' {
					p++
				}
			}
			continue
		case c == ' ', c == '\t':
			p++
			continue
		case c == '\\' && at(p+1) == '\n':
			p += 2
			continue
		case c == '\n':
			p++
			isTarget = true
			continue
		case c == ':':
			p++
			isTarget, isSource = false, true
			continue
		}
		var token []byte
		for p < len(text) && !strings.ContainsRune(" \t\n#:", rune(text[p])) {
			if text[p] == '\\' {
				if at(p+1) == '\n' {
					break
				}
				if n := at(p + 1); n != '#' && n != ':' {
					token = append(token, '\\')
				}
				if p++; p == len(text) {
					break
				}
			}
			token = append(token, text[p])
			p++
		}
		if isTarget {
			continue
		}
		name := string(token)
		switch {
		case isSource:
			if !anyTarget {
				anyTarget, out.Source = true, name
			}
		case !strings.HasSuffix(name, "include/generated/autoconf.h") && !known[name]:
			known[name] = true
			out.Deps = append(out.Deps, name)
		}
		isSource = false
	}
	if !anyTarget {
		return seen{}, errors.New("fixdep: parse error; no targets found")
	}
	return out, nil
}

func TestFixdepModel(t *testing.T) {
	for _, c := range []struct {
		text string
		want seen
	}{
		{"x.o: a.c b.h \\\n  c.h\n", seen{"a.c", []string{"b.h", "c.h"}}},
		{"x.o: a.c b.h b.h include/generated/autoconf.h\n", seen{"a.c", []string{"b.h"}}},
		{"x.o : a.c\nx.d: a.c b.h\n\nb.h:\n", seen{"a.c", []string{"b.h"}}},
		{"# env-dep:A=b c\nx.o: a.rs b.rs # c.rs\n", seen{"a.rs", []string{"b.rs"}}},
		{"x.o: a.c b\\#c.h d\\ e.h\n", seen{"a.c", []string{"b#c.h", `d\ e.h`}}},
	} {
		got, err := fixdep(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
	if got, err := fixdep("# nothing\n\n"); err == nil {
		t.Errorf("without targets: %+v", got)
	}
}

// realFixdep compiles the fixdep of a kernel in the lab, and returns its path. It
// skips the test if there is no gcc or no lab.
func realFixdep(t *testing.T) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip(err)
	}
	l := lab.Open(t)
	scripts := filepath.Join(l.Path(l.Source(l.MostRust().Version)), "scripts")
	bin := filepath.Join(t.TempDir(), "fixdep")
	if out, err := exec.Command(gcc, "-O1", "-w", "-I", filepath.Join(scripts, "include"), "-o", bin, filepath.Join(scripts, "basic/fixdep.c")).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return bin
}

// runFixdep runs the real fixdep on a dependency file, in a directory in which all
// prerequisites exist, and parses its output.
func runFixdep(t *testing.T, bin, text string, files []string) seen {
	t.Helper()
	dir := t.TempDir()
	for _, f := range append(slices.Clone(files), "deps") {
		if f = filepath.Join(dir, f); os.MkdirAll(filepath.Dir(f), 0o755) != nil || os.WriteFile(f, nil, 0o644) != nil {
			t.Fatal(f)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "deps"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "deps", "TARGET", "cmd")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	data, err := cmd.Output()
	if err != nil {
		t.Fatalf("fixdep: %v\n%s%s", err, stderr.Bytes(), text)
	}
	var out seen
	_, rest, _ := strings.Cut(string(data), "source_TARGET := ")
	out.Source, rest, _ = strings.Cut(rest, "\n")
	_, rest, _ = strings.Cut(rest, "deps_TARGET := \\\n")
	rest, _, _ = strings.Cut(rest, "\n\n")
	for line := range strings.Lines(rest) {
		if line = strings.TrimSuffix(strings.TrimSpace(line), " \\"); line != "" {
			out.Deps = append(out.Deps, line)
		}
	}
	return out
}

// TestRealFixdep checks that the kernel's own fixdep agrees with the model above,
// before and after rewriting.
func TestRealFixdep(t *testing.T) {
	bin := realFixdep(t)
	text := strings.ReplaceAll(read(t, "rustc.d"), `with\ blank.rs`, "blank.rs") // fixdep does not support blanks
	text = strings.ReplaceAll(text, "/usr/lib/", "lib/")
	more := []string{"rust/helpers/helpers.c", "include/linux/a.h", "one.rs", "lib.rs", "include/generated/autoconf.h"}
	after, err := Rewrite(text, "rust/.tmp_kernel.bc", "rust/kernel.o", more)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{text, after} {
		want, err := fixdep(text)
		if err != nil {
			t.Fatal(err)
		}
		got := runFixdep(t, bin, text, append(append([]string{want.Source}, want.Deps...), more...))
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("of %s\nthe model differs (-model +fixdep):\n%s", text, diff)
		}
	}
}
