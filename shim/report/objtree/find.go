// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package objtree finds the Rust objects of an object tree, what was written down
// of them, and the kernel and modules that they went into, and measures all of
// these.
//
// # Which objects
//
// A file NAME.o is the object of a crate where kbuild saved beside it, in
// .NAME.o.cmd, that it was made from a source NAME.rs: fixdep writes the first
// prerequisite of the compiler's dep-info there, as "source_NAME.o := PATH"
// (scripts/basic/fixdep.c, parse_dep_file). That holds for each kind of tree
// (O=, in the source tree, an external module's folder), for every machine, for
// any RUSTC=, and for the kernel's own CONFIG_RUST_INLINE_HELPERS, whose commands
// have rustc make bitcode and clang the object, so that looking for --emit=obj=
// would miss them. An object with a record beside it is one, too.
//
// What is linked from objects (the module's NAME.o of several, built-in.a,
// vmlinux.o) has no source in its saved command, and is not counted a
// second time. The .comment section cannot tell: it has "rustc version …" in all
// of these, too.
//
// Modules and vmlinux are those that kbuild saved the command of, which leaves out
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

// Errors of [Read] for a folder that cannot be looked at as an object tree.
var (
	// ErrNoTree: nothing was built there by kbuild.
	ErrNoTree = errors.New("it is no object tree: no commands saved by kbuild (.NAME.o.cmd) are in it")
	// ErrNoRust: something was built there, and none of it from Rust.
	ErrNoRust = errors.New("nothing in it was built from Rust")
)

// found is what a walk through a tree comes upon, as paths in it.
type found struct {
	objects []string // sorted
	images  []string // vmlinux and modules, sorted
	// trees are object trees of their own inside this one.
	trees    []string
	problems []Problem
}

// find walks through the tree.
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
			// An object tree of its own: make O=build in a source tree, or what
			// packages are made of (make bindeb-pkg). It is not counted twice.
			if _, err := fs.Stat(tree, path.Join(name, "include/config/auto.conf")); err == nil && name != "." {
				f.trees = append(f.trees, name)
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		if object := record.Of(name); object != "" {
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
		return nil, fmt.Errorf("%w; but %s is one", ErrNoTree, f.trees[0])
	case saved:
		return nil, ErrNoRust
	}
	return nil, ErrNoTree
}

func (f *found) problem(name string, err error) {
	f.problems = append(f.problems, Problem{name, plain(err)})
}

// plain is the text of an error without the path, which stands beside it.
func plain(err error) string {
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
