// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/internal/pages"
)

// source is the types that a package declares.
type source struct {
	types map[string]ast.Expr
	// imports are the directories of the packages that it imports from this project, by name.
	imports map[string]string
}

// readSource reads the package in a directory of the repository.
func readSource(t *testing.T, dir string) *source {
	t.Helper()
	s := &source{types: map[string]ast.Expr{}, imports: map[string]string{}}
	files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", dir, files, err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if at, ours := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), "rustc-lto-wrap/"); ours {
				s.imports[path.Base(at)] = at
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if named, ok := n.(*ast.TypeSpec); ok {
				s.types[named.Name.Name] = named.Type
			}
			return true
		})
	}
	return s
}

// fields are those of a struct type that have one comment: their names in Go and in JSON, and the comment.
type fields struct {
	names, keys []string
	types       []ast.Expr
	about       string
}

// structFields returns the fields of a type, those of embedded types too. A field without a comment has that of the field
// before it.
func (s *source) structFields(t *testing.T, expr ast.Expr) (groups []fields) {
	t.Helper()
	from, structure := s.structure(t, expr)
	if structure == nil {
		return nil
	}
	for _, f := range structure.Fields.List {
		if len(f.Names) == 0 {
			groups = append(groups, from.structFields(t, f.Type)...)
			continue
		}
		if f.Tag == nil {
			continue
		}
		key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		if key == "-" {
			continue
		}
		if f.Doc != nil || len(groups) == 0 {
			groups = append(groups, fields{about: text(f.Doc)})
		}
		g := &groups[len(groups)-1]
		g.names, g.keys, g.types = append(g.names, f.Names[0].Name), append(g.keys, key), append(g.types, f.Type)
	}
	return groups
}

// structure returns the struct type behind pointers, lists, maps, type parameters and names, and the package that has it, nil if
// the type is no struct of this project.
func (s *source) structure(t *testing.T, expr ast.Expr) (*source, *ast.StructType) {
	t.Helper()
	switch e := expr.(type) {
	case *ast.StructType:
		return s, e
	case *ast.StarExpr:
		return s.structure(t, e.X)
	case *ast.ArrayType:
		return s.structure(t, e.Elt)
	case *ast.MapType:
		return s.structure(t, e.Value)
	case *ast.IndexExpr:
		return s.structure(t, e.X)
	case *ast.SelectorExpr:
		if at, ours := s.imports[e.X.(*ast.Ident).Name]; ours {
			return readSource(t, at).structure(t, e.Sel)
		}
	case *ast.Ident:
		if named, ours := s.types[e.Name]; ours {
			return s.structure(t, named)
		}
	}
	return s, nil
}

func text(doc *ast.CommentGroup) string { return strings.Join(strings.Fields(doc.Text()), " ") }

// fieldsTable returns the table of the JSON form of a type: its fields, with their comments, in which the names of Go become
// those of JSON.
func fieldsTable(dir, name string) func(*testing.T, *pages.Page) string {
	return func(t *testing.T, _ *pages.Page) string {
		t.Helper()
		s := readSource(t, dir)
		groups := s.structFields(t, s.types[name])
		table := "| field | meaning |\n|---|---|\n"
		for _, g := range groups {
			if g.about == "" {
				t.Errorf("%s: %s of %s have no comment", dir, g.names, name)
			}
			about := regexp.MustCompile(`\b[A-Z]\w*\b`).ReplaceAllStringFunc(g.about, func(word string) string {
				for _, other := range groups {
					if i := slices.Index(other.names, word); i >= 0 {
						return code(other.keys[i])
					}
				}
				return word
			})
			for i, expr := range g.types {
				var keys []string
				for _, inner := range s.structFields(t, expr) {
					keys = append(keys, inner.keys...)
				}
				of := ""
				if i > 0 && len(keys) > 0 {
					of = " of " + code(g.keys[i])
				}
				if has := code(keys...); len(keys) > 0 && !strings.Contains(about, has) {
					about += " Fields" + of + ": " + has + "."
				}
			}
			about = regexp.MustCompile(`^`+regexp.QuoteMeta(listed(g.keys))+` (is|are) `).ReplaceAllString(about, "")
			about = regexp.MustCompile(`\bLTO_WRAP[A-Z_]*`).ReplaceAllStringFunc(about, func(setting string) string { return code(setting) })
			table += fmt.Sprintf("| %s | %s |\n", code(g.keys...), strings.ToUpper(about[:1])+about[1:])
		}
		return table
	}
}

// listed returns names as in a sentence: `a`, `b` and `c`.
func listed(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return code(names...)
	}
	return code(names[:last]...) + " and " + code(names[last])
}
