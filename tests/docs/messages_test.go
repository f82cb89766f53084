// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const messagesPage = "docs/troubleshooting.md"

// sayers are the functions that make a message for the user, with the place of the
// message among the arguments.
var sayers = map[string]int{
	"InliningFailure": 1, "UsageFailure": 1, "FileFailure": 0, // package host
	"StepFailure": -1, // its messages are in package host
	"Failure":     0,  // inspect.Input
	"wrong":       0,  // package inspect
	"warn":        0,  // package crate
	"problem":     1,  // reports, where the file comes first
}

// TestMessages: each message that the programs can print to a user is in the page
// about messages, by the longest part of it that is always the same.
func TestMessages(t *testing.T) {
	page := readPage(t, messagesPage)
	known := plain(page.Text)
	n := 0
	each(t, "shim", func(path string, file *ast.File) {
		if strings.HasPrefix(path, "shim/formats/") && path != "shim/formats/record/record.go" {
			return // errors of parsers end up as the reason in other messages
		}
		ast.Inspect(file, func(node ast.Node) bool {
			for _, message := range messages(path, node) {
				n++
				if part := fixed(message); part != "" && !strings.Contains(known, part) {
					t.Errorf("%s lacks the message %q of %s (looking for %q)", messagesPage, message, path, part)
				}
			}
			return true
		})
	})
	if n < 70 {
		t.Errorf("%d messages were found in the code; there should be more", n)
	}
}

// messages returns the messages in a node: in the call of one of the sayers, in a
// literal host.Failure, and (for reports) in the making of an error.
func messages(path string, node ast.Node) []string {
	switch n := node.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.SelectorExpr:
			name = f.Sel.Name
			if x, ok := f.X.(*ast.Ident); ok && (x.Name == "errors" && name == "New" || x.Name == "fmt" && name == "Errorf") &&
				(strings.HasPrefix(path, "shim/report/") || path == "shim/formats/record/record.go") {
				return literals(n.Args[0])
			}
		case *ast.Ident:
			name = f.Name
		}
		if at, ok := sayers[name]; ok && at >= 0 && at < len(n.Args) {
			return literals(n.Args[at])
		}
	case *ast.CompositeLit:
		name := ""
		switch t := n.Type.(type) {
		case *ast.SelectorExpr:
			name = t.Sel.Name
		case *ast.Ident:
			name = t.Name
		}
		if name != "Failure" {
			return nil
		}
		for _, e := range n.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "What" {
					return literals(kv.Value)
				}
			}
		}
	}
	return nil
}

// literals returns the strings that an expression begins to compose a message from:
// itself, the format of a fmt.Sprintf, the parts of a sum.
func literals(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil {
			return []string{s}
		}
	case *ast.CallExpr:
		if len(e.Args) > 0 {
			return literals(e.Args[0])
		}
	case *ast.BinaryExpr:
		var out []string
		for _, part := range append(literals(e.X), literals(e.Y)...) {
			if len(part) > 4 {
				out = append(out, part)
			}
		}
		return out
	}
	return nil
}

var verb = regexp.MustCompile(`%[-+#0-9.]*[a-z]`)

// fixed returns the longest part of a format without a verb, as it stands in the
// page, "" for a format that is nothing but verbs.
func fixed(format string) string {
	parts := verb.Split(format, -1)
	longest := slices.MaxFunc(parts, func(a, b string) int { return len(a) - len(b) })
	longest = strings.Trim(plain(longest), " :;,(\"'=")
	if len(longest) < 4 {
		return ""
	}
	return longest
}

// plain returns text without the marks of Markdown, with one blank for white space.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("`", "", "*", "").Replace(text)), " ")
}

// TestMessagesSorted: the headings of messages are in alphabetical order, without
// the name of a tool, file or the like at the front.
func TestMessagesSorted(t *testing.T) {
	placeholder := regexp.MustCompile(`^(?:TOOL|NAME|FILE|MESSAGE)[:;]? `)
	var order []string
	in := false
	for _, h := range readPage(t, messagesPage).Headings {
		switch h {
		case "Messages of a build":
			in = true
		case "File system errors":
			in = false
		default:
			if in {
				order = append(order, strings.ToLower(placeholder.ReplaceAllString(h, "")))
			}
		}
	}
	if !slices.IsSorted(order) || len(order) < 40 {
		t.Errorf("the headings of messages are not sorted:\n%s", strings.Join(order, "\n"))
	}
}

// each calls visit with each Go file below a directory of the repository, tests and
// what tests use left out.
func each(t *testing.T, directory string, visit func(path string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, directory), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err == nil {
			visit(filepath.ToSlash(rel), file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
