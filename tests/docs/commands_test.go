// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/tests/internal/pages"
	"rustc-lto-wrap/tests/internal/table"
)

// command is a command in a document.
type command struct {
	page string
	pages.Command
}

// words returns the command's words without the variables in front.
func (c command) words() []string {
	words := strings.Fields(c.Line)
	for len(words) > 0 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	return words
}

var assignment = regexp.MustCompile(`^[A-Z_]+=`)

// programs are the words that make a text in backquotes a command, if something
// follows.
var programs = []string{"make", "go", "tests/run.sh", "tests/lab/lab.sh", string(host.RustcWrap), string(host.CCWrap)}

// commands returns all commands in the documents: the lines of code blocks without a
// language, and what begins with one of programs in backquotes. TestRecipes of package
// release runs those in blocks of the recipes.
func commands(t *testing.T) (out []command) {
	t.Helper()
	for _, p := range allPages(t) {
		for _, b := range p.Blocks {
			if b.Language == "" && b.Under != usage && !strings.HasPrefix(p.Path, "docs/recipes/") {
				for _, c := range b.Commands() {
					out = append(out, command{p.Path, c})
				}
			}
		}
		for _, s := range p.Spans {
			c := command{p.Path, pages.Command{Line: s}}
			if w := c.words(); len(w) > 1 && slices.Contains(programs, w[0]) {
				out = append(out, c)
			}
		}
	}
	return out
}

// parts returns the parts of tests/run.sh, and the words that stand for several.
func parts(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "tests/run/parts"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := table.Read(string(text))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"test", "rest", "all"}
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}

// ofTheKernel are the targets of the kernel's Makefile that the documents name.
var ofTheKernel = []string{"menuconfig", "olddefconfig", "mrproper", "modules", "rustavailable", "clean"}

// TestTargets: the targets and variables of make, the parts of the benchmark, and the
// parts of tests/run.sh exist.
func TestTargets(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	makefile := string(text)
	bench := regexp.MustCompile(`BENCH= names parts \(([^)]*)\)`).FindStringSubmatch(makefile)
	if bench == nil {
		t.Fatal("Makefile does not list the parts of the benchmark")
	}
	parts := parts(t)
	variable := regexp.MustCompile(`^\[?([A-Z]+)=`)
	for _, c := range commands(t) {
		w := c.words()
		switch {
		case w[0] == "tests/run.sh":
			for _, part := range w[1:] {
				if !slices.Contains(parts, part) && !strings.HasPrefix(part, "PART") && part != "-list" && part != "FILE" {
					t.Errorf("%s: %q: tests/run.sh has no part %s", c.page, c.Line, part)
				}
			}
		case w[0] != "make" || strings.Contains(c.Line, "RUSTC=") || strings.Contains(c.Line, " -C "):
		case strings.Contains(c.Line, "LLVM=") || len(w) > 1 && slices.Contains(ofTheKernel, w[1]) && !strings.Contains(makefile, "\n"+w[1]+":"):
		default:
			for _, word := range w[1:] {
				if m := variable.FindStringSubmatch(word); m != nil {
					if !strings.Contains(makefile, "$("+m[1]+")") && !strings.Contains(makefile, "$(or $("+m[1]+"),") {
						t.Errorf("%s: %q: Makefile does not use %s", c.page, c.Line, m[1])
					}
				} else if !strings.HasPrefix(word, "-") && !strings.Contains(word, "'") && !strings.Contains(word, "\"") && !strings.Contains(makefile, "\n"+word+":") {
					t.Errorf("%s: %q: Makefile has no target %s", c.page, c.Line, word)
				}
			}
			if m := regexp.MustCompile(`BENCH="?([a-z ]+)`).FindStringSubmatch(c.Line); m != nil {
				for part := range strings.FieldsSeq(m[1]) {
					if !slices.Contains(strings.Fields(bench[1]), part) {
						t.Errorf("%s: %q: the benchmark has no part %s", c.page, c.Line, part)
					}
				}
			}
		}
	}
}
