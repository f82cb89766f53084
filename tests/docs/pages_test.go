// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"path/filepath"
	"testing"

	"rustc-lto-wrap/tests/internal/pages"
)

// root is the top directory of the repository, from this package.
const root = "../.."

// allPages reads all documents of the repository.
func allPages(t *testing.T) []*pages.Page {
	t.Helper()
	var out []*pages.Page
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "tests/README.md", "tests/lab/README.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, f := range files {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, readPage(t, filepath.ToSlash(rel)))
		}
	}
	return out
}

// readPage reads one document.
func readPage(t *testing.T, path string) *pages.Page {
	t.Helper()
	p, err := pages.Read(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
