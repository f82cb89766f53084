// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package shim

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLicense checks that each source file of the project has an SPDX line among
// its first five lines. It reads the file system instead of asking git, so that it
// also works in an unpacked archive.
func TestLicense(t *testing.T) {
	const root = ".."
	checked := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			// .git and what make writes are not sources, and vendor, in an archive of a
			// release, has those of other projects. The inputs and goldens in testdata are
			// compared byte for byte.
			if slices.Contains([]string{".git", "bin", "build", "dist", "vendor"}, name) || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !isSource(d.Name(), text) {
			return nil
		}
		checked++
		if !hasSPDX(text) {
			t.Errorf("%s has no SPDX-License-Identifier in its first five lines", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked == 0 {
		t.Error("found no source file")
	}
}

// isSource reports whether a file of this name and content is a Go file, a shell
// script, a Makefile, or a script without an extension.
func isSource(name string, text []byte) bool {
	switch filepath.Ext(name) {
	case ".go", ".sh":
		return true
	case "":
		return name == "Makefile" || bytes.HasPrefix(text, []byte("#!"))
	}
	return false
}

// hasSPDX reports whether one of the first five lines is a comment that names the
// license.
func hasSPDX(text []byte) bool {
	lines := strings.SplitN(string(text), "\n", 6)
	return slices.ContainsFunc(lines[:min(5, len(lines))], func(l string) bool {
		return strings.HasPrefix(l, "// SPDX-License-Identifier: ") || strings.HasPrefix(l, "# SPDX-License-Identifier: ")
	})
}
