// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package shim

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers are the packages of the two programs, from the bottom up, with the
// packages of this project that each may import. A package may import only packages
// that precede it in this list.
var layers = []struct {
	name    string
	imports []string
}{
	{"argv", nil},
	{"shim/formats/bitcode", nil},
	{"shim/formats/bitcode/bitcodetest", nil},
	{"shim/formats/depinfo", nil},
	{"shim/formats/elfobj", nil},
	{"shim/formats/remains", nil},
	{"shim/formats/llvmir", []string{"shim/formats/remains"}},
	{"shim/formats/record", []string{"shim/formats/remains"}},
	{"shim/version", nil},
	{"shim/host", nil},
	{"shim/host/hosttest", []string{"shim/host", "shim/formats/bitcode/bitcodetest"}},
	{"shim/settings", []string{"shim/host", "shim/formats/llvmir"}},
	{"shim/kbuild/exports", nil},
	{"shim/kbuild/kbuildtest", nil},
	{"shim/kbuild", []string{"argv", "shim/host", "shim/settings", "shim/version", "shim/formats/depinfo", "shim/formats/record"}},
	{"shim/kbuild/own", []string{"shim/kbuild", "shim/formats/bitcode", "shim/formats/record"}},
	{"shim/toolchain", []string{"argv", "shim/host", "shim/settings", "shim/kbuild", "shim/formats/bitcode", "shim/formats/llvmir"}},
	{"shim/compilation", []string{"argv", "shim/host", "shim/settings", "shim/kbuild", "shim/toolchain"}},
	{"shim/helpers", []string{
		"argv", "shim/host", "shim/settings", "shim/kbuild", "shim/kbuild/exports", "shim/toolchain", "shim/compilation",
		"shim/formats/bitcode", "shim/formats/depinfo", "shim/formats/elfobj", "shim/formats/llvmir", "shim/formats/remains",
	}},
	{"shim/crate", []string{
		"argv", "shim/host", "shim/settings", "shim/kbuild", "shim/kbuild/exports", "shim/kbuild/own", "shim/toolchain", "shim/compilation", "shim/helpers", "shim/version",
		"shim/formats/bitcode", "shim/formats/depinfo", "shim/formats/elfobj", "shim/formats/llvmir", "shim/formats/record", "shim/formats/remains",
	}},
	{"shim/inspect", []string{
		"argv", "shim/host", "shim/settings", "shim/kbuild", "shim/toolchain", "shim/compilation", "shim/helpers", "shim/crate", "shim/version",
	}},
	{"shim/report/objtree", []string{"shim/kbuild", "shim/formats/elfobj", "shim/formats/record"}},
	{"shim/report/compare", []string{"shim/report/objtree", "shim/formats/elfobj"}},
	{"shim/report/summary", []string{"shim/report/objtree", "shim/formats/elfobj", "shim/formats/record"}},
	{"shim/report/gate", []string{"shim/report/compare", "shim/report/summary"}},
	{"shim/report/render", nil},
	{"shim/report", []string{
		"shim/host", "shim/inspect", "shim/version", "shim/report/objtree", "shim/report/compare", "shim/report/summary", "shim/report/gate",
		"shim/report/render",
	}},
	{"shim", []string{"argv", "shim/host", "shim/kbuild", "shim/toolchain", "shim/compilation", "shim/helpers", "shim/crate", "shim/inspect"}},
	{"cmd/cc-helper-wrap", []string{"shim", "shim/host"}},
	{"cmd/rustc-lto-wrap", []string{"shim", "shim/host", "shim/report"}},
}

const module = "rustc-lto-wrap/"

// TestImports checks that the imports of each package are exactly those in the
// table, and that the table has exactly the existing packages.
func TestImports(t *testing.T) {
	place := map[string]int{}
	for i, l := range layers {
		place[l.name] = i
	}
	for _, l := range layers {
		for _, i := range l.imports {
			if at, ok := place[i]; !ok || at >= place[l.name] {
				t.Errorf("%s may import %s, which is not below it", l.name, i)
			}
		}
	}
	root := ".."
	found := map[string][]string{}
	for _, top := range []string{"argv", "shim", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], []string{}...)
			for _, i := range f.Imports {
				name, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					return err
				}
				if ours, ok := strings.CutPrefix(name, module); ok && !slices.Contains(found[dir], ours) {
					found[dir] = append(found[dir], ours)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, imports := range found {
		at, ok := place[name]
		if !ok {
			t.Errorf("package %s is not in the table", name)
			continue
		}
		for _, i := range imports {
			if !slices.Contains(layers[at].imports, i) {
				t.Errorf("%s imports %s, which the table does not allow", name, i)
			}
		}
		for _, i := range layers[at].imports {
			if !slices.Contains(imports, i) {
				t.Errorf("%s does not import %s; the table says that it may", name, i)
			}
		}
	}
	for _, l := range layers {
		if _, ok := found[l.name]; !ok {
			t.Errorf("there is no package %s", l.name)
		}
	}
}
