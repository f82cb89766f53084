// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/internal/programs"
)

// TestUpgrades replaces programs under their names: what they made is made again,
// nothing else is, and a second make makes nothing.
func TestUpgrades(t *testing.T) {
	r := newTree(t)
	crates := []string{"drivers/driver.o", "rust/kernel.o"}
	// Each tool is a script of the tree's own that runs the real one.
	if err := os.Mkdir(filepath.Join(r.host, "tools"), 0o755); err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, tool := range [][2]string{{"rustc", "LTO_WRAP_RUSTC"}, {"clang", "LTO_WRAP_CC"}, {"llvm-link", "LTO_WRAP_LLVM_LINK"}} {
		script := "#!/bin/sh\nexec " + tool[0] + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(r.host, "tools", tool[0]), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		words = append(words, tool[1]+"=./tools/"+tool[0])
	}
	command := r.shimMake() + " " + strings.Join(words, " ")
	// shims builds the two programs again.
	shims := func(flags string) {
		t.Helper()
		if err := programs.Build(filepath.Join(r.host, "bin"), "-ldflags="+flags, programs.Shims); err != nil {
			t.Fatal(err)
		}
	}
	older := func(tool string) func() {
		return func() { r.mustMake(nil, "touch -d '2 days ago' tools/"+tool) }
	}
	r.mustMake(nil, command)
	for _, c := range []struct {
		what  string
		do    func()
		again []string
	}{
		{"nothing", func() {}, nil},
		{"clang, with an older time, as a package has", older("clang"), crates},
		{"rustc", older("rustc"), crates},
		{"llvm-link", older("llvm-link"), crates},
		{"the programs, which make the same objects", func() { shims("-s -w") }, nil},
		{"the programs, which make other objects", func() { shims("-s -w -X rustc-lto-wrap/shim/version.generation=1000") }, crates},
		{"back to the programs before", func() { shims("") }, crates},
	} {
		c.do()
		for _, want := range [][]string{c.again, nil} {
			before := r.identities()
			r.mustMake(nil, command)
			if d := cmp.Diff(want, files.Differ(before, r.identities())); d != "" {
				t.Errorf("%s: made again (-want +got):\n%s", c.what, d)
			}
		}
		t.Logf("%-45s made again: %s", c.what, strings.Join(c.again, " "))
	}
	// The unwrapped rustc in place of the program prints nothing about an option that it
	// does not have.
	if out := r.mustMake(nil, plainMake+" "+strings.Join(words, " ")); out != "" {
		t.Errorf("with the unwrapped tools, make prints %s", out)
	}
}
