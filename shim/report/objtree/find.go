// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package objtree finds the Rust objects in an object tree, their records, and the
// kernel and modules that they are linked into, and measures them.
//
// # Which objects
//
// A file NAME.o is the object of a crate if the command that kbuild saved beside
// it, in .NAME.o.cmd, has a source NAME.rs. fixdep writes the first prerequisite in
// the compiler's dep-info there, as "source_NAME.o := PATH"
// (scripts/basic/fixdep.c, parse_dep_file). This works for every kind of tree (O=,
// in the source tree, the directory of an external module), every machine and every
// RUSTC=. It also works for the kernel's own CONFIG_RUST_INLINE_HELPERS, where
// rustc makes bitcode and clang makes the object. A search for --emit=obj= would
// miss those. An object with a record beside it also counts as the object of a
// crate.
//
// Files that are linked from objects (the NAME.o of a module with several objects,
// built-in.a, vmlinux.o) have no source in their saved command, and are not counted
// a second time. The .comment section does not distinguish them, because all of
// them contain "rustc version …".
//
// Modules and vmlinux count only if kbuild saved their command. This excludes
// copies that were installed inside the tree.
package objtree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/kbuild"
)

// These are the errors of [Read] for a directory that is not a usable object tree.
var (
	// ErrNoTree is the error for a directory in which kbuild built nothing.
	ErrNoTree = errors.New("it is not an object tree: it has no commands saved by kbuild (.NAME.o.cmd)")
	// ErrNoRust is the error for an object tree without Rust objects.
	ErrNoRust = errors.New("nothing in it was built from Rust")
)

// found is the result of walking a tree. Paths are relative to the tree.
type found struct {
	objects []string // sorted
	images  []string // vmlinux and modules, sorted
	// trees are other object trees inside this one.
	trees    []string
	problems []Problem
}

// find walks a tree.
func find(tree fs.FS) (*found, error) {
	f, objects, saved := &found{}, map[string]bool{}, false
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			f.problem(name, err)
			return nil
		case d.IsDir():
			if d.Name() == ".git" {
				return fs.SkipDir
			}
			// This is another object tree: that of make O=build in a source tree,
			// or one that packages are made from (make bindeb-pkg). It is not
			// counted as a part of this tree.
			if _, err := fs.Stat(tree, path.Join(name, "include/config/auto.conf")); err == nil && name != "." {
				f.trees = append(f.trees, name)
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if object := record.ObjectOf(name); object != "" {
			objects[object] = true
			return nil
		}
		switch target := kbuild.TargetOf(name); path.Ext(target) {
		case ".o":
			saved = true
			source, err := kbuild.SavedSource(tree, name)
			if err != nil {
				f.problem(name, err)
			}
			if strings.HasSuffix(source, ".rs") {
				objects[target] = true
			}
		case ".ko":
			f.images = append(f.images, target)
		case "":
			if target == "vmlinux" {
				f.images = append(f.images, target)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for o := range objects {
		f.objects = append(f.objects, o)
	}
	slices.Sort(f.objects)
	slices.Sort(f.images)
	switch {
	case len(objects) > 0:
		return f, nil
	case len(f.trees) > 0:
		err = fmt.Errorf("%w; but %s is one", ErrNoTree, f.trees[0])
	case saved:
		err = ErrNoRust
	default:
		err = ErrNoTree
	}
	if len(f.problems) > 0 {
		// It may be there.
		err = fmt.Errorf("%w; but not all of it can be read: %s: %s", err, f.problems[0].Path, f.problems[0].What)
	}
	return nil, err
}

func (f *found) problem(name string, err error) {
	f.problems = append(f.problems, Problem{name, plainError(err)})
}

// plainError returns the text of an error without the path, which is printed beside it.
func plainError(err error) string {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.As(err, &p) && errors.Is(err, os.ErrPermission):
		return "permission denied"
	case errors.As(err, &p):
		return p.Err.Error()
	}
	return err.Error()
}
