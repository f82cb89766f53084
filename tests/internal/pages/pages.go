// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package pages reads the documents of the repository, for tests that hold them
// against the programs.
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Page is a document, taken apart.
type Page struct {
	// Path is relative to the repository.
	Path string
	Text string
	// Headings are the texts of the headings, in order.
	Headings []string
	// Anchors are the names that a link into the page may have behind "#".
	Anchors map[string]bool
	// Links are the destinations of all links, and the files of pictures.
	Links []string
	// Spans are the texts in backquotes.
	Spans  []string
	Blocks []Block
	// Rows are the rows of all tables, without their headings.
	Rows []Row
}

// Block is a block of code.
type Block struct {
	// Under is the heading above it.
	Under string
	// Language is what follows the fence, "" for an indented block.
	Language string
	// File is the path behind the language, "" if there is none: the block is that file's
	// contents.
	File  string
	Lines []string
}

// Row is a row of a table.
type Row struct {
	// Under is the heading above the table.
	Under string
	Cells []Cell
}

// Cell is a cell of a table.
type Cell struct {
	Text string
	// Spans are the texts in backquotes.
	Spans []string
}

// Read reads one document. Its path is relative to root, the top directory of the
// repository.
func Read(root, path string) (*Page, error) {
	source, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return nil, err
	}
	p := &Page{Path: path, Text: string(source), Anchors: map[string]bool{}}
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	err = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.add(n, source)
		}
		return ast.WalkContinue, nil
	})
	return p, err
}

// add adds what a node of the document is.
func (p *Page) add(n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Heading:
		c := read(n, source)
		p.Headings = append(p.Headings, c.Text)
		p.addAnchor(c.Text)
	case *ast.Link:
		p.Links = append(p.Links, string(n.Destination))
	case *ast.Image:
		p.Links = append(p.Links, string(n.Destination))
	case *ast.CodeSpan:
		p.Spans = append(p.Spans, read(n, source).Text)
	case *ast.CodeBlock:
		p.Blocks = append(p.Blocks, Block{Under: p.heading(), Lines: lines(n, source)})
	case *ast.FencedCodeBlock:
		b := Block{Under: p.heading(), Language: string(n.Language(source)), Lines: lines(n, source)}
		if n.Info != nil {
			_, b.File, _ = strings.Cut(string(n.Info.Value(source)), " ")
		}
		p.Blocks = append(p.Blocks, b)
	case *east.TableRow:
		r := Row{Under: p.heading()}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			r.Cells = append(r.Cells, read(c, source))
		}
		p.Rows = append(p.Rows, r)
	}
}

// heading returns the heading that is the last so far.
func (p *Page) heading() string {
	if len(p.Headings) == 0 {
		return ""
	}
	return p.Headings[len(p.Headings)-1]
}

// read returns the text below a node.
func read(n ast.Node, source []byte) Cell {
	var c Cell
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
			c.Spans = append(c.Spans, strings.Join(strings.Fields(s.String()), " "))
		}
		return ast.WalkContinue, nil
	})
	c.Text = strings.Join(strings.Fields(b.String()), " ")
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
func (p *Page) addAnchor(heading string) {
	anchor := Anchor(heading)
	name := anchor
	for i := 1; p.Anchors[name]; i++ {
		name = fmt.Sprintf("%s-%d", anchor, i)
	}
	p.Anchors[name] = true
}

// Anchor returns the anchor of the first heading with a text.
func Anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// Command is a command in a block of code.
type Command struct {
	Line string
	// Output is what the page shows below it, nil if it shows nothing.
	Output []string
}

// comment is what may follow a command.
var comment = regexp.MustCompile(` {2,}#.*`)

// Commands returns the commands of a block of code. In a transcript they are behind
// "$ "; elsewhere each line is one.
func (b Block) Commands() (out []Command) {
	transcript := slices.ContainsFunc(b.Lines, func(l string) bool { return strings.HasPrefix(l, "$ ") })
	for _, l := range b.Lines {
		l = strings.TrimRight(comment.ReplaceAllString(l, ""), " ")
		switch line, is := strings.CutPrefix(l, "$ "); {
		case is || !transcript && l != "":
			out = append(out, Command{Line: line})
		case transcript && len(out) > 0:
			last := &out[len(out)-1]
			last.Output = append(last.Output, l)
		}
	}
	for i, c := range out {
		for len(c.Output) > 0 && c.Output[len(c.Output)-1] == "" {
			c.Output = c.Output[:len(c.Output)-1]
		}
		out[i] = c
	}
	return out
}

// Shows reports whether the page shows a text as the command's output. A line "…" on
// the page stands for any lines, and "…" in a line for any characters.
func (c Command) Shows(text string) bool {
	var pattern strings.Builder
	for _, l := range c.Output {
		if strings.TrimSpace(l) == "…" {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(l), "…", ".*") + `\n`)
	}
	return regexp.MustCompile(`\A` + pattern.String() + `\z`).MatchString(text)
}

// Script returns the command for a shell script, which shows it on the standard error,
// and writes "$ ", the command, and both of its outputs to file descriptor 3.
func (c Command) Script() string {
	quoted := "'" + strings.ReplaceAll(c.Line, "'", `'\''`) + "'"
	return fmt.Sprintf("printf 'following: %%s\\n' %[1]s >&2; printf '$ %%s\\n' %[1]s >&3\n{ %[2]s; } >&3 2>&1\n", quoted, c.Line)
}
