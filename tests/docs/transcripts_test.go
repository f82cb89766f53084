// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/formats/bitcode/bitcodetest"
	"rustc-lto-wrap/shim/version"
	built "rustc-lto-wrap/tests/internal/programs"
)

// bin is a directory with the two programs.
var bin string

func TestMain(m *testing.M) {
	os.Exit(built.RunTests(m, func(dir string) error {
		bin = dir
		return built.Build(dir, built.Shims)
	}))
}

// answers are what tools say of themselves, by name: those of Debian 13, which the
// documents show.
var answers = map[string]string{
	"rustc":     "rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)\nLLVM version: 19.1.7\n",
	"clang":     "Debian clang version 19.1.7 (3+b1)\n",
	"llvm-link": "Debian LLVM version 19.1.7\n",
	"llvm-as":   "Debian LLVM version 19.1.7\n",
	"ld.lld":    "Debian LLD 19.1.7\n",
}

// transcripts are the commands in the documents that need no kernel.
var transcripts = []string{
	"LLVM=1 rustc-lto-wrap --wrap-check .",
	"rustc-lto-wrap --wrap-explain -- --crate-type rlib --emit=obj=core.o core.rs",
}

// TestTranscripts runs each command that needs no kernel, and compares its output with
// what the page shows. In a page, "…" stands for any text, and a line of it alone for
// any lines. The tools are scripts that answer for their version, and write bitcode otherwise.
func TestTranscripts(t *testing.T) {
	tools, tree := t.TempDir(), t.TempDir()
	empty := filepath.Join(t.TempDir(), "empty.bc")
	if err := os.WriteFile(empty, bitcodetest.Empty("LLVM19.1.7"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, answer := range answers {
		script := fmt.Sprintf("#!/bin/sh\ncase $1 in *version | -vV) cat <<'END'\n%sEND\n;; *) cat %s ;; esac\n", answer, empty)
		if err := os.WriteFile(filepath.Join(tools, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		".config":                "# Linux/x86 7.3.4 Kernel Configuration\nCONFIG_RUST=y\nCONFIG_MODULES=y\n",
		"Kconfig":                "",
		"rust/helpers/helpers.c": "",
	} {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := map[string]bool{}
	for _, c := range commands(t) {
		if !slices.Contains(transcripts, c.Line) {
			continue
		}
		run[c.Line] = true
		cmd := exec.Command("sh", "-c", c.Line)
		cmd.Dir = tree
		cmd.Env = []string{"PATH=" + strings.Join([]string{bin, tools, "/usr/bin", "/bin"}, ":")}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %s: %v\n%s", c.page, c.Line, err, out)
			continue
		}
		if c.Output == nil {
			continue
		}
		// For a reader, the tools are in /usr/bin and the programs in /usr/local/bin; in an archive, they have its version.
		got := strings.NewReplacer(tools, "/usr/bin", bin, "/usr/local/bin", "wrap "+version.String()+"\n", "wrap (devel)\n").Replace(string(out))
		if !c.Shows(got) {
			t.Errorf("%s: %s prints\n%s\nand the page shows\n%s", c.page, c.Line, got, strings.Join(c.Output, "\n"))
		}
	}
	if len(run) != len(transcripts) {
		t.Errorf("the documents have %v of the commands %q", run, transcripts)
	}
}
