// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package depinfo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		name, text, from, to string
		more                 []string
		want                 string
	}{
		{"nothing more", "x.bc: a.rs b.rs\n\nx.d: a.rs b.rs\n\na.rs:\nb.rs:\n", "x.bc", "x.o", nil,
			"x.o: a.rs b.rs\n\nx.d: a.rs b.rs\n\na.rs:\nb.rs:\n"},
		{"more", "x.bc: a.rs b.rs\n", "x.bc", "x.o", []string{"h.c", "h.h"},
			"x.o: a.rs b.rs\n\nx.o: a.rs \\\n  h.c \\\n  h.h\n"},
		{"no last newline", "x.bc: a.rs", "x.bc", "x.o", []string{"h.c"}, "x.o: a.rs\n\nx.o: a.rs \\\n  h.c\n"},
		{"another target", "y.bc: a.rs\nx.bc.d: x.bc a.rs\n", "x.bc", "x.o", nil, "y.bc: a.rs\nx.bc.d: x.bc a.rs\n"},
		{"blanks", "o o/x y.bc: a\\ b.rs c.rs\n", "o o/x y.bc", "o o/x y.o", []string{"h.c"},
			"o\\ o/x\\ y.o: a\\ b.rs c.rs\n\no\\ o/x\\ y.o: a\\ b.rs \\\n  h.c\n"},
		{"blanks, escaped", "x\\ y.bc: a.rs\n", "x y.bc", "x y.o", nil, "x\\ y.o: a.rs\n"},
		{"comments", "# env-dep:A=x.bc: b.rs\nx.bc: a.rs\n# env-dep:B=c: d\n", "x.bc", "x.o", []string{"h.c"},
			"# env-dep:A=x.bc: b.rs\nx.o: a.rs\n# env-dep:B=c: d\n\nx.o: a.rs \\\n  h.c\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Rewrite(c.text, c.from, c.to, c.more)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{"", "\n", "# a: b\n", "a.rs:\nb.rs:\n", "x.bc: \n"} {
		if got, err := Rewrite(text, "x.bc", "x.o", []string{"h.c"}); err == nil {
			t.Errorf("%q: accepted as %q", text, got)
		}
	}
}

// TestRewriteForFixdep checks what fixdep reads from real dep-info: first the
// source, then the prerequisites that rustc found, then the new ones, each once.
func TestRewriteForFixdep(t *testing.T) {
	text := read(t, "rustc.d")
	before, err := fixdep(text)
	if err != nil {
		t.Fatal(err)
	}
	if before.Source != "lib.rs" || len(before.Deps) != 6 {
		t.Fatalf("of rustc's own: %+v", before)
	}
	for _, more := range [][]string{nil, {"rust/helpers/helpers.c", "include/linux/a.h"}, {"h.c", "one.rs", "h.c", "lib.rs"}} {
		after, err := Rewrite(text, "rust/.tmp_kernel.bc", "rust/kernel.o", more)
		if err != nil {
			t.Fatal(err)
		}
		got, err := fixdep(after)
		if err != nil {
			t.Fatal(err)
		}
		want := seen{Source: "lib.rs", Deps: slices.Clone(before.Deps)}
		for _, m := range more {
			if !slices.Contains(want.Deps, m) {
				want.Deps = append(want.Deps, m)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", more, diff)
		}
		if strings.Contains(after, ".tmp_kernel.bc") || !strings.HasPrefix(after, "rust/kernel.o: lib.rs one.rs") {
			t.Errorf("the target is still the bitcode:\n%s", after)
		}
	}
}

func TestPrerequisites(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"clang's", read(t, "clang.d"), []string{"x.c", "in/a.h", "in/with blank.h", "in/hash#.h", "in/dollar$.h", "in/back/slash.h"}},
		{"several lines", "x.o: a.c \\\n  b.h \\\n\tc.h\n", []string{"a.c", "b.h", "c.h"}},
		{"only the first rule", "x.o: a.c b.h\nb.h:\nx.d: z.h\n", []string{"a.c", "b.h"}},
		{"no last newline", "x.o: a.c", []string{"a.c"}},
		{"none", "x.o:\n", nil},
		{"no rule", "hello\n", nil},
		{"nothing", "", nil},
		{"a colon in a name", "x.o: a:b.h c.h\n", []string{"a:b.h", "c.h"}},
		{"a lone dollar, a last backslash", "x.o: a$ b\\", []string{"a$", "b\\"}},
		{"a last dollar", "x.o: a$", []string{"a$"}},
	} {
		if diff := cmp.Diff(c.want, Prerequisites(c.text), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestRoundTrip checks that fixdep finds the prerequisites that Prerequisites reads
// from clang's list and Rewrite adds.
func TestRoundTrip(t *testing.T) {
	more := Prerequisites("helpers: /k/rust/helpers/helpers.c \\\n  /k/include/a.h \\\n  ./include/b.h\n")
	after, err := Rewrite("x.bc: lib.rs\n", "x.bc", "x.o", more)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fixdep(after)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seen{"lib.rs", more}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add(read(f, "rustc.d"), "rust/.tmp_kernel.bc", "rust/kernel.o")
	f.Add(read(f, "clang.d"), "helpers", "helpers.o")
	f.Add("x: \\\n y\\", "x", "z")
	f.Fuzz(func(t *testing.T, text, from, to string) {
		Prerequisites(text)
		more := []string{"added/one.c", "added/two.h"}
		after, err := Rewrite(text, from, to, more)
		if err != nil {
			return
		}
		if strings.ContainsAny(text+to, "\x00\\#") || strings.ContainsAny(to, "\n:") {
			return // make's syntax continues or ends a line where rustc's does not
		}
		for line := range strings.Lines(text) {
			if strings.Count(line, ":") > 1 || strings.ContainsRune(line, '\t') {
				return // rustc does not write two colons either
			}
		}
		got, err := fixdep(after)
		if err != nil {
			t.Fatalf("fixdep refuses %q: %v", after, err)
		}
		for _, m := range more {
			if !slices.Contains(got.Deps, m) {
				t.Errorf("fixdep does not see %s: %+v in %q", m, got, after)
			}
		}
		if before, err := fixdep(text); err == nil && before.Source != got.Source {
			t.Errorf("the source was %q and is %q", before.Source, got.Source)
		}
	})
}

func FuzzPrerequisites(f *testing.F) {
	f.Add("in/a.h", "with blank.h")
	f.Add("hash#.h", "dollar$.h")
	f.Fuzz(func(t *testing.T, a, b string) {
		// Escape the names as clang does (PrintFilename in
		// clang/lib/Frontend/DependencyFile.cpp).
		quote := strings.NewReplacer(" ", `\ `, "#", `\#`, "$", "$$")
		for _, s := range []string{a, b} {
			if s == "" || strings.ContainsAny(s, "\\\n\r\t") {
				return
			}
		}
		got := Prerequisites("helpers: " + quote.Replace(a) + " \\\n  " + quote.Replace(b) + "\n")
		if diff := cmp.Diff([]string{a, b}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzMetadata checks that what is found is a word of the text that fixdep does not
// open.
func FuzzMetadata(f *testing.F) {
	f.Add(read(f, "rustc.d"))
	f.Add("a.o: b.rs \\\n c.rmeta\n# x: y.so\n\nd: e\\ f.rlib")
	f.Add(": \\ \\")
	f.Fuzz(func(t *testing.T, text string) {
		got := Metadata(text)
		if got != "" && !strings.Contains(text, got) || got != "" && !slices.ContainsFunc([]string{".rmeta", ".rlib", ".so"}, func(e string) bool { return strings.HasSuffix(got, e) }) {
			t.Errorf("%q", got)
		}
		// A name in a condition is one word, or cannot be written.
		if word, ok := OptionalPrefix(text); ok && strings.ContainsAny(word, " \t\n\r\v#") {
			t.Errorf("%q became %q", text, word)
		}
	})
}
