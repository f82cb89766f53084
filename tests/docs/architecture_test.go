// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"go/ast"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const architecturePage = "docs/architecture.md"

// TestPackages: the table of packages has each package, with what it imports.
func TestPackages(t *testing.T) {
	got, want := map[string][]string{}, map[string][]string{}
	for _, row := range readPage(t, architecturePage).Rows {
		if row.Under != "Packages" {
			continue
		}
		got[row.Cells[0].Text] = slices.Sorted(slices.Values(row.Cells[2].Spans))
	}
	for _, top := range []string{"argv", "shim", "cmd"} {
		each(t, top, func(file string, f *ast.File) {
			imports := want[path.Dir(file)]
			for _, i := range f.Imports {
				name, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if ours, ok := strings.CutPrefix(name, "rustc-lto-wrap/"); ok && !slices.Contains(imports, ours) {
					imports = append(imports, ours)
				}
			}
			want[path.Dir(file)] = slices.Sorted(slices.Values(imports))
		})
	}
	for name := range want {
		if want[name] == nil {
			want[name] = []string{}
		}
	}
	for name := range got {
		if got[name] == nil {
			got[name] = []string{}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s, Packages (-code +table):\n%s", architecturePage, d)
	}
}

// step is a line of the way of a command line.
type step struct {
	folder, function string
	depth            int
}

// TestWay: each function on the way of a command line exists in its package, its
// caller names it, and the functions that one caller names are in the caller's
// order.
func TestWay(t *testing.T) {
	functions := map[string]*ast.FuncDecl{}
	for _, top := range []string{"argv", "shim", "cmd"} {
		each(t, top, func(file string, f *ast.File) {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					functions[path.Dir(file)+" "+receiver(fn)+fn.Name.Name] = fn
				}
			}
		})
	}
	var way []step
	line := regexp.MustCompile(`^(\S+)( +)(\S+)`)
	for _, b := range readPage(t, architecturePage).Blocks {
		if b.Language != "walk" {
			continue
		}
		for _, l := range b.Lines {
			m := line.FindStringSubmatch(l)
			if m == nil {
				t.Fatalf("the line %q has no package and function", l)
			}
			way = append(way, step{m[1], m[3], len(m[1] + m[2])})
		}
	}
	if len(way) < 30 {
		t.Fatalf("the way has %d functions; there should be more", len(way))
	}
	last := map[int]int{} // depth of a caller on the way: where its last callee is in it
	for i, s := range way {
		fn := functions[s.folder+" "+s.function]
		if fn == nil {
			t.Errorf("there is no function %s in %s", s.function, s.folder)
			continue
		}
		above := -1
		for j := i - 1; j >= 0 && above < 0; j-- {
			if way[j].depth < s.depth {
				above = j
			}
		}
		if above < 0 {
			continue
		}
		caller := functions[way[above].folder+" "+way[above].function]
		if caller == nil {
			continue
		}
		at := named(caller, fn.Name.Name, last[above])
		if at < 0 {
			t.Errorf("%s does not use %s behind what precedes it", way[above].function, s.function)
			continue
		}
		last[above] = at
	}
}

// receiver returns the type of a method with a dot behind it, "" for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}

// named returns the position of the first call of a function in the body of fn that
// is behind the position after, -1 if there is none.
func named(fn *ast.FuncDecl, name string, after int) int {
	found := map[int]bool{}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			if f.Name == name {
				found[int(f.Pos())] = true
			}
		case *ast.SelectorExpr:
			if f.Sel.Name == name {
				found[int(f.Sel.Pos())] = true
			}
		}
		return true
	})
	for _, at := range slices.Sorted(maps.Keys(found)) {
		if at > after {
			return at
		}
	}
	return -1
}
