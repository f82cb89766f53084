// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// root is the top folder of the repository, from this package.
const root = "../.."

// page is a document, taken apart.
type page struct {
	// path is relative to the repository.
	path string
	text string
	// headings are the texts of the headings, in order.
	headings []string
	// anchors are the names that a link into the page may have behind "#".
	anchors map[string]bool
	// links are the destinations of all links.
	links []string
	// spans are the texts in backquotes.
	spans  []string
	blocks []block
	// rows are the rows of all tables, without their headings.
	rows []row
}

// block is a block of code.
type block struct {
	// under is the heading above it.
	under string
	// language is what follows the fence, "" for an indented block.
	language string
	lines    []string
}

// row is a row of a table.
type row struct {
	// under is the heading above the table.
	under string
	cells []cell
}

// cell is a cell of a table.
type cell struct {
	text string
	// spans are the texts in backquotes.
	spans []string
}

// pages reads all documents of the repository.
func pages(t *testing.T) []*page {
	t.Helper()
	var out []*page
	for _, pattern := range []string{"*.md", "docs/*.md", "tests/README.md", "tests/lab/README.md"} {
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
func readPage(t *testing.T, path string) *page {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{path: path, text: string(source), anchors: map[string]bool{}}
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	err = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.add(n, source)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// add adds what a node of the document is.
func (p *page) add(n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Heading:
		c := read(n, source)
		p.headings = append(p.headings, c.text)
		p.addAnchor(c.text)
	case *ast.Link:
		p.links = append(p.links, string(n.Destination))
	case *ast.CodeSpan:
		p.spans = append(p.spans, read(n, source).text)
	case *ast.CodeBlock:
		p.blocks = append(p.blocks, block{under: p.heading(), lines: lines(n, source)})
	case *ast.FencedCodeBlock:
		p.blocks = append(p.blocks, block{p.heading(), string(n.Language(source)), lines(n, source)})
	case *east.TableRow:
		r := row{under: p.heading()}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			r.cells = append(r.cells, read(c, source))
		}
		p.rows = append(p.rows, r)
	}
}

// heading returns the heading that is the last so far.
func (p *page) heading() string {
	if len(p.headings) == 0 {
		return ""
	}
	return p.headings[len(p.headings)-1]
}

// read returns the text below a node.
func read(n ast.Node, source []byte) cell {
	var c cell
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Value(source))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.CodeSpan:
			var s strings.Builder
			for t := n.FirstChild(); t != nil; t = t.NextSibling() {
				if t, ok := t.(*ast.Text); ok {
					s.Write(t.Value(source))
				}
			}
			// A line break in a code span counts as a blank.
			c.spans = append(c.spans, strings.Join(strings.Fields(s.String()), " "))
		}
		return ast.WalkContinue, nil
	})
	c.text = strings.Join(strings.Fields(b.String()), " ")
	return c
}

func lines(n ast.Node, source []byte) (out []string) {
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		out = append(out, strings.TrimSuffix(string(line.Value(source)), "\n"))
	}
	return out
}

// addAnchor adds the anchor that GitHub, and sites like it, give to a heading:
// letters and digits in lower case, "-" for a blank, "-" and "_" kept, everything
// else left out; -1 and so on for a second heading of the same name.
func (p *page) addAnchor(heading string) {
	anchor := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
	name := anchor
	for i := 1; p.anchors[name]; i++ {
		name = fmt.Sprintf("%s-%d", anchor, i)
	}
	p.anchors[name] = true
}

func TestAnchors(t *testing.T) {
	p := &page{anchors: map[string]bool{}}
	for _, heading := range []string{"What a call costs", "LTO_WRAP_CC", "make: `x`, twice!", "Same", "Same"} {
		p.addAnchor(strings.ReplaceAll(heading, "`", ""))
	}
	for _, want := range []string{"what-a-call-costs", "lto_wrap_cc", "make-x-twice", "same", "same-1"} {
		if !p.anchors[want] {
			t.Errorf("there is no anchor %q in %v", want, p.anchors)
		}
	}
}
