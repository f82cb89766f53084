// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package pages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnchors(t *testing.T) {
	p := &Page{Anchors: map[string]bool{}}
	for _, heading := range []string{"What a call costs", "LTO_WRAP_CC", "make: `x`, twice!", "Same", "Same"} {
		p.addAnchor(strings.ReplaceAll(heading, "`", ""))
	}
	for _, want := range []string{"what-a-call-costs", "lto_wrap_cc", "make-x-twice", "same", "same-1"} {
		if !p.Anchors[want] {
			t.Errorf("there is no anchor %q in %v", want, p.Anchors)
		}
	}
}

func TestShows(t *testing.T) {
	for _, c := range []struct {
		page, text string
		want       bool
	}{
		{"a\nb", "a\nb\n", true},
		{"a\nb", "a\n", false},
		{"a", "a\nb\n", false},
		{"a\n…\nd", "a\nb\nc\nd\n", true},
		{"a\n…\nd", "a\nd\n", true},
		{"a\n  …", "a\n", true},
		{"a\n…\nd", "a\nb\n", false},
		{"exec: …/rustc x", "exec: /usr/bin/rustc x\n", true},
		{"exec: …/rustc x", "exec: /usr/bin/rustc x y\n", false},
		{"a.c", "abc\n", false},
	} {
		if got := (Command{Output: strings.Split(c.page, "\n")}).Shows(c.text); got != c.want {
			t.Errorf("%q shows %q: %t, want %t", c.page, c.text, got, c.want)
		}
	}
}

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  []Command
	}{
		{[]string{"make  # a comment", "", "make install"}, []Command{{Line: "make"}, {Line: "make install"}}},
		{[]string{"$ a", "x", "", "y", "", "$ b"}, []Command{{Line: "a", Output: []string{"x", "", "y"}}, {Line: "b"}}},
		{[]string{"before", "$ a"}, []Command{{Line: "a"}}},
	} {
		if d := cmp.Diff(c.want, (Block{Lines: c.lines}).Commands()); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.lines, d)
		}
	}
}

// TestScript runs commands, one of them with quotes, and one that sets a variable for
// the next.
func TestScript(t *testing.T) {
	script := "set -eu\nexec 3>&1 2>/dev/null\n"
	for _, line := range []string{`x='it is'`, `printf '%s\n' "$x"; echo err >&2`} {
		script += Command{Line: line}.Script()
	}
	out, err := exec.Command("sh", "-c", script).Output()
	want := "$ x='it is'\n$ printf '%s\\n' \"$x\"; echo err >&2\nit is\nerr\n"
	if err != nil || string(out) != want {
		t.Errorf("%v, %q, want %q", err, out, want)
	}
}

// TestFile: the path behind the language of a block.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.md"), []byte("# P\n\n```sh /etc/x.conf\na=b\n```\n\n    cat /etc/x.conf\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := Read(dir, "p.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{{Under: "P", Language: "sh", File: "/etc/x.conf", Lines: []string{"a=b"}}, {Under: "P", Lines: []string{"cat /etc/x.conf"}}}
	if d := cmp.Diff(want, p.Blocks); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
