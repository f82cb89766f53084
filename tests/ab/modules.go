// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/objtree"
)

// module is a .ko file.
type module struct {
	path string   // relative to the tree
	rust bool     // it has a Rust object in it
	need []string // names of modules that must be loaded before
}

// name is the kernel's: rust-minimal.ko is rust_minimal.
func (m module) name() string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(m.path), ".ko"), "-", "_")
}

// modules are the modules with Rust in them and those that these need, each after what it needs.
func modules(t *objtree.Tree) ([]string, error) {
	rust := map[string]bool{}
	for _, o := range t.Objects {
		rust[o.Path] = true
	}
	var list []module
	for _, i := range t.Images {
		base, ok := strings.CutSuffix(i.Path, ".ko")
		if !ok {
			continue
		}
		m := module{path: i.Path}
		// kbuild's list of what the module is linked from.
		parts, err := os.ReadFile(filepath.Join(t.Root, base+".mod"))
		if err != nil {
			return nil, err
		}
		for o := range strings.FieldsSeq(string(parts)) {
			m.rust = m.rust || rust[o]
		}
		if m.need, err = needs(filepath.Join(t.Root, i.Path)); err != nil {
			return nil, err
		}
		list = append(list, m)
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
		byName[m.name()] = m
	}
	var add func(m module, by []string) error
	add = func(m module, by []string) error {
		if slices.Contains(paths, m.path) {
			return nil
		}
		if slices.Contains(by, m.name()) {
			return fmt.Errorf("modules need each other: %s", strings.Join(append(by, m.name()), ", "))
		}
		for _, name := range m.need {
			needed, ok := byName[name]
			if !ok {
				return fmt.Errorf("%s needs the module %s, which is not there", m.path, name)
			}
			if err := add(needed, append(by, m.name())); err != nil {
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
