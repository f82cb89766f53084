// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// RustObjects are all objects in an object tree (host path) that rustc was asked for, relative to it, sorted. They are
// found by the commands that kbuild saved, which is not the way of the programs under test.
func RustObjects(tree string) ([]string, error) {
	var out []string
	err := SavedCommands(tree, func(target, command string) {
		if strings.Contains(command, " "+ABDir+"/rustc ") && strings.Contains(command, "--emit=obj="+target+" ") {
			out = append(out, target)
		}
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s has no object that rustc was asked for", tree)
	}
	slices.Sort(out)
	return out, err
}

// RemoveRust removes from an object tree (host path) of this kernel what other tools are to make again: all Rust objects,
// which it returns, and the helpers object.
func (k Kernel) RemoveRust(tree string) (objects []string, err error) {
	if objects, err = RustObjects(tree); err != nil {
		return nil, err
	}
	for _, o := range append(slices.Clone(objects), k.HelpersObject()) {
		err = errors.Join(err, os.Remove(filepath.Join(tree, o)))
	}
	return objects, err
}

// module is a .ko file.
type module struct {
	path string   // relative to the tree
	rust bool     // it has a Rust object in it
	need []string // names of modules that must be loaded before
}

// ModuleName is the kernel's name of a module: that of rust-minimal.ko is rust_minimal.
func ModuleName(path string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".ko"), "-", "_")
}

// RustModules are the modules in an object tree (host path) that have Rust code, and those that they need, relative to the
// tree, each after what it needs.
func RustModules(tree string) ([]string, error) {
	objects, err := RustObjects(tree)
	if err != nil {
		return nil, err
	}
	var list []module
	err = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ko") {
			return err
		}
		var m module
		if m.path, err = filepath.Rel(tree, path); err != nil {
			return err
		}
		// kbuild's list of what the module is linked from.
		parts, err := os.ReadFile(strings.TrimSuffix(path, ".ko") + ".mod")
		if err != nil {
			return err
		}
		for o := range strings.FieldsSeq(string(parts)) {
			m.rust = m.rust || slices.Contains(objects, o)
		}
		if m.need, err = needs(path); err != nil {
			return err
		}
		list = append(list, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return order(list)
}

// needs reads which modules one needs: modpost's depends= in .modinfo.
func needs(path string) ([]string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	s := f.Section(".modinfo")
	if s == nil {
		return nil, fmt.Errorf("%s has no .modinfo", path)
	}
	data, err := s.Data()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for entry := range strings.SplitSeq(string(data), "\x00") {
		if names, ok := strings.CutPrefix(entry, "depends="); ok && names != "" {
			return strings.Split(strings.ReplaceAll(names, "-", "_"), ","), nil
		}
	}
	return nil, nil
}

// order gives the paths of those with Rust and of what they need, in the order in which they can be loaded.
func order(list []module) (paths []string, err error) {
	byName := map[string]module{}
	for _, m := range list {
		byName[ModuleName(m.path)] = m
	}
	var add func(m module, by []string) error
	add = func(m module, by []string) error {
		if slices.Contains(paths, m.path) {
			return nil
		}
		if slices.Contains(by, ModuleName(m.path)) {
			return fmt.Errorf("modules need each other: %s", strings.Join(append(by, ModuleName(m.path)), ", "))
		}
		for _, name := range m.need {
			needed, ok := byName[name]
			if !ok {
				return fmt.Errorf("%s needs the module %s, which is not there", m.path, name)
			}
			if err := add(needed, append(by, ModuleName(m.path))); err != nil {
				return err
			}
		}
		paths = append(paths, m.path)
		return nil
	}
	for _, m := range list {
		if m.rust {
			if err := add(m, nil); err != nil {
				return nil, err
			}
		}
	}
	return paths, nil
}
