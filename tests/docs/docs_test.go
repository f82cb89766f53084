// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package docs checks the documents against the programs and the repository: links,
// settings, options, messages, commands, paths, packages.
//
//	page_test.go          a document, taken apart
//	commands_test.go      what runs each command in the documents
//	transcripts_test.go   commands that are run here, and the output that a page shows
//	generated_test.go     parts that are generated from code
//	settings_test.go      settings and options
//	messages_test.go      a heading for each message
package docs

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"rustc-lto-wrap/tests/internal/pages"
)

// TestREADME: it stays a page.
func TestREADME(t *testing.T) {
	const most = 180
	if n := strings.Count(readPage(t, "README.md").Text, "\n"); n > most {
		t.Errorf("README.md has %d lines; at most %d are one page. docs/ is for the rest", n, most)
	}
}

// TestWidth: the documents wrap at the same width. Tables and blocks of code have lines of their own.
func TestWidth(t *testing.T) {
	const width = 120
	for _, p := range allPages(t) {
		fenced := false
		for i, l := range strings.Split(p.Text, "\n") {
			if strings.HasPrefix(l, "```") {
				fenced = !fenced
			}
			code := fenced || strings.HasPrefix(l, "    ")
			oneWord := !strings.Contains(strings.TrimLeft(aLink.ReplaceAllString(l, "link"), " -"), " ")
			if utf8.RuneCountInString(l) > width && !code && !oneWord && !strings.HasPrefix(l, "|") && !strings.HasPrefix(l, "#") {
				t.Errorf("%s:%d is longer than %d characters", p.Path, i+1, width)
			}
		}
	}
}

var aLink = regexp.MustCompile(`\[[^\]]*\]\([^)]*\)`)

// TestLinks: each relative link leads to a file, and each anchor to a heading.
func TestLinks(t *testing.T) {
	all := map[string]*pages.Page{}
	for _, p := range allPages(t) {
		all[p.Path] = p
	}
	n := 0
	for _, p := range all {
		for _, link := range p.Links {
			u, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: %v", p.Path, err)
				continue
			}
			if u.Scheme != "" {
				continue // elsewhere in the network
			}
			n++
			to := p.Path
			if u.Path != "" {
				to = path.Join(path.Dir(p.Path), u.Path)
			}
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", p.Path, link)
				continue
			}
			if u.Fragment != "" && (all[to] == nil || !all[to].Anchors[u.Fragment]) {
				t.Errorf("%s: the link %s: %s has no such heading", p.Path, link, to)
			}
		}
	}
	if n < 50 {
		t.Errorf("the documents have %d relative links; there should be more", n)
	}
}

// TestReachable: each page in docs/ is linked from README.md, and each recipe from
// docs/recipes.md.
func TestReachable(t *testing.T) {
	readme, recipes := readPage(t, "README.md"), readPage(t, "docs/recipes.md")
	for _, p := range allPages(t) {
		recipe, is := strings.CutPrefix(p.Path, "docs/recipes/")
		switch {
		case is && !slices.Contains(recipes.Links, "recipes/"+recipe):
			t.Errorf("docs/recipes.md does not lead to %s", p.Path)
		case !is && strings.HasPrefix(p.Path, "docs/") && !slices.Contains(readme.Links, p.Path):
			t.Errorf("README.md does not lead to %s", p.Path)
		}
	}
}

// TestPaths: each path of the repository that a document names exists.
func TestPaths(t *testing.T) {
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var directories []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".git") && e.Name() != "bin" {
			directories = append(directories, regexp.QuoteMeta(e.Name()))
		}
	}
	// A word that begins with a directory of the repository, "./" in front or not. The
	// kernel's paths (rust/, scripts/, …) begin with others.
	ours := regexp.MustCompile(`(?:^|[\s'"(<|=])(?:\./)?((?:` + strings.Join(directories, "|") + `)/[\w./*-]*)`)
	goFile := regexp.MustCompile(`^[a-z_]+\.go$`)
	n := 0
	for _, p := range allPages(t) {
		var words []string
		words = append(words, p.Spans...)
		for _, b := range p.Blocks {
			words = append(words, b.Lines...)
		}
		for _, w := range words {
			for _, m := range ours.FindAllStringSubmatch(w, -1) {
				n++
				name := strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(m[1], "."), "/"), "/...")
				name = strings.TrimSuffix(name, "/")
				if found, err := filepath.Glob(filepath.Join(root, name)); err != nil || len(found) == 0 {
					t.Errorf("%s names %s, which does not exist", p.Path, m[1])
				}
			}
			if goFile.MatchString(w) {
				n++
				found := false
				for _, directory := range []string{path.Dir(p.Path), "shim/*", "shim/*/*"} {
					files, err := filepath.Glob(filepath.Join(root, directory, w))
					found = found || err == nil && len(files) > 0
				}
				if !found {
					t.Errorf("%s names %s, and there is no such file beside it or in shim/", p.Path, w)
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("the documents name %d paths; there should be more", n)
	}
}
