// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// Describe says in a line what a program consists of.
func Describe(p *Program) string {
	var parts []string
	for i, h := range p.Helpers {
		words := []string{h.Shape.Name}
		if h.Alias {
			words = append(words, "by an alias")
		}
		words = append(words, h.Attributes...)
		for _, s := range h.Body {
			text := s.Feature.Name
			for _, w := range slices.Backward(s.Within) {
				text = "[" + strings.Join(append(strings.Fields(w), text), " ") + "]"
			}
			if s.Exported && strings.Contains(s.Feature.Main, "EXPORT_SYMBOL") {
				text += " (exported)"
			}
			words = append(words, text)
		}
		text := strings.Join(words, "; ")
		for _, u := range p.Uses {
			if u.Helper == i {
				text += "; " + u.In + ", " + Calls[u.How].Name
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " | ")
}

// Contains reports whether a program has all that a smaller one has, in the same helpers.
func Contains(p, small *Program) bool {
	for _, s := range small.Helpers {
		if !slices.ContainsFunc(p.Helpers, func(h Helper) bool { return contains(h, s) }) {
			return false
		}
	}
	return true
}

func contains(h, small Helper) bool {
	if small.Alias && !h.Alias || small.Shape.Name != Shapes[0].Name && small.Shape.Name != h.Shape.Name {
		return false
	}
	for _, a := range small.Attributes {
		if !slices.Contains(h.Attributes, a) {
			return false
		}
	}
	for _, s := range small.Body {
		if !slices.ContainsFunc(h.Body, func(t Statement) bool { return t.Feature.Name == s.Feature.Name && len(t.Within) >= len(s.Within) }) {
			return false
		}
	}
	return true
}

// Archive returns a reduced program for testdata: the files that differ from the tree's own. Its comment has the configuration in
// which it failed.
func Archive(p *Program, f Failure, seed uint64) []byte {
	a := &txtar.Archive{Comment: fmt.Appendf(nil, "%s\nSeed %d, %s: %s\nconfigs: %s\n", Describe(p), seed, p.Name, f.Kind, f.Config)}
	files := Render([]*Program{p})
	for _, name := range slices.Sorted(maps.Keys(files)) {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(files[name])})
	}
	return txtar.Format(a)
}

// Kept reads what Archive returned.
func Kept(archive []byte) (*Case, []Config, error) {
	a := txtar.Parse(archive)
	c := &Case{Files: map[string]string{}, Addresses: map[string]bool{}}
	for _, f := range a.Files {
		c.Files[f.Name] = string(f.Data)
	}
	for _, m := range allPrograms.FindAllStringSubmatch(c.Files["main.c"], -1) {
		c.Programs = append(c.Programs, m[1])
	}
	var configs []Config
	for line := range strings.Lines(string(a.Comment)) {
		if names, ok := strings.CutPrefix(line, "configs: "); ok {
			configs = ConfigsNamed(strings.Fields(names)...)
		}
	}
	if len(c.Programs) == 0 || len(configs) == 0 {
		return nil, nil, fmt.Errorf("an archive has %d programs and %d configurations", len(c.Programs), len(configs))
	}
	return c, configs, nil
}

// allPrograms finds the programs in main.c.
var allPrograms = regexp.MustCompile(`(?m)^static void all_(\w+)\(void\)$`)
