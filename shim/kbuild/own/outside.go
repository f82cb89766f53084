// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/record"
)

// This file follows what the module's files name outside of its directory.

// isAlone reports whether a Makefile gives the module this object and no other one: all
// assignments to the lists of its objects are written out.
func isAlone(object string, what *record.Search) bool {
	if what.Module == "" || what.Makefile == "" {
		return false
	}
	text, err := os.ReadFile(filepath.Join(what.Makefile, "Kbuild"))
	if err != nil {
		text, err = os.ReadFile(filepath.Join(what.Makefile, "Makefile"))
	}
	if err != nil {
		return false
	}
	name, found := filepath.Base(what.Module), false
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		line, _, _ = strings.Cut(strings.TrimSuffix(line, "\n"), "#")
		if including.MatchString(line) || elsewhere.MatchString(line) {
			return false
		}
		a := assignment.FindStringSubmatch(line)
		if a == nil || !strings.HasPrefix(a[1], name+"-") {
			if a != nil && strings.HasPrefix(a[1], "$") {
				return false // the name of the variable is computed
			}
			continue
		}
		for _, w := range strings.Fields(a[2]) {
			if filepath.Join(filepath.Dir(what.Module), w) != filepath.Clean(object) {
				return false
			}
			found = true
		}
	}
	return found
}

// elsewhere finds what may add objects in another way: other lists, and flags of the linker.
var elsewhere = regexp.MustCompile(`\b(eval|define|foreach|call)\b|(?i)ldflags|^\s*(obj|lib)-.*\.(a|o_shipped)\b`)

// include is a line that includes a file.
var include = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include(?:_next)?[ \t]*([^\n]*)`)

// includes reads files that a C file includes from elsewhere.
func (s *search) includes(path, text string) {
	for _, m := range include.FindAllStringSubmatch(text, -1) {
		operand := strings.TrimSpace(m[1])
		if operand == "" || operand[0] != '"' && operand[0] != '<' {
			s.unknown("%s includes a file that a macro names", path)
			continue
		}
		name := operand[1:]
		if end := strings.IndexAny(name, `">`); end >= 0 {
			name = name[:end]
		}
		if filepath.IsAbs(name) {
			s.named(filepath.Clean(name))
			continue
		}
		if beside := filepath.Join(filepath.Dir(path), name); exists(beside) {
			s.file(beside) // in the directory, unless the name leads out of it
			continue
		}
		if header := strings.HasSuffix(name, ".h"); header && !strings.Contains(name, "..") {
			continue // the kernel's, or in a directory that a Makefile names, which is read
		}
		found := false
		for _, dir := range slices.Concat(s.Dirs, []string{s.Srctree, s.Objtree, filepath.Join(s.Srctree, "include")}, s.kernelDirs) {
			if file := filepath.Join(dir, name); exists(file) {
				s.file(file)
				found = true
			}
		}
		if !found && !s.inside(name) {
			s.unknown("%s includes %s, which was not found", path, name)
		}
	}
}

// inside reports whether a file that was read ends like name.
func (s *search) inside(name string) bool {
	for p := range s.seen {
		if strings.HasSuffix(p, "/"+filepath.Clean(name)) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var (
	// assignment is an assignment in a Makefile.
	assignment = regexp.MustCompile(`^\s*(?:export\s+|override\s+|private\s+)*([^\s:+?=#]+)\s*(?::::=|::=|:=|\+=|\?=|=)\s*(.*)$`)
	// building are the variables and words by which kbuild learns what belongs to a
	// module, and the flags of the compilers and the linker.
	building = regexp.MustCompile(`(?i)(-(y|m|objs|n)$|-\$[({].*[)}]$|flags)`)
	// including is a line that reads another Makefile.
	including = regexp.MustCompile(`^\s*[-s]?include\s+(.*)$`)
	// conditional is a line that begins or continues a condition.
	conditional = regexp.MustCompile(`^[ ]*(else\s+)?if(eq|neq|def|ndef)\b`)
	// reference is a reference to a variable, unresolved one that begins a path.
	unresolved = regexp.MustCompile(`\$[({][A-Za-z0-9_.-]+[)}]/`)
	reference  = regexp.MustCompile(`\$[({]([A-Za-z0-9_.-]+)[)}]`)
	// leading is a path that leads out of a directory, or begins at the root.
	leading = regexp.MustCompile(`(?:^|[\s,=("']|-I|-include\s*|-isystem\s*)(/[^\s,()"':=]+|(?:[^\s,()"':=-][^\s,()"':=]*/)?\.\.(?:/[^\s,()"':=]*)?)`)
)

// outside reads what Makefiles and sources name outside of the module's directory, and what
// that names.
func (s *search) outside() {
	for s.followed < len(s.makes) || len(s.sources) > 0 {
		if s.followed == len(s.makes) {
			next := s.sources[0]
			s.sources = s.sources[1:]
			s.includes(next.path, next.text)
			continue
		}
		m := s.makes[s.followed]
		s.followed++
		text := strings.ReplaceAll(m.text, "\\\n", " ")
		var rules []string
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if at := strings.Index(line, "#"); at >= 0 {
				line = line[:at]
			}
			if a := assignment.FindStringSubmatch(line); a != nil && !strings.HasPrefix(line, "\t") {
				s.assigned[a[1]] += " " + a[2]
				if building.MatchString(a[1]) {
					rules = append(rules, a[2])
				}
				continue
			}
			if i := including.FindStringSubmatch(line); i != nil {
				rules = append(rules, i[1])
				continue
			}
			if conditional.MatchString(line) && !elsewhere.MatchString(line) {
				continue // what a condition asks for, such as whether the kernel has a file, is no part of the module
			}
			// A rule, or its recipe: what it makes its targets from.
			s.rule(m.path, line, false)
		}
		for _, r := range rules {
			s.rule(m.path, r, true)
		}
	}
}

// here, srctree and objtree stand for the directory of the Makefile and the kernel's trees,
// whose paths may have any character.
const here, srctree, objtree = "/\x01", "/\x02", "/\x03"

// rule reads what a line of a Makefile names. binding is set for a line that decides what
// belongs to the module.
func (s *search) rule(path, line string, binding bool) {
	dir, kernel := filepath.Dir(path), false
	place := func(name string) string {
		switch name {
		case "src", "obj", "M", "PWD", "CURDIR", "KBUILD_EXTMOD", "srcroot":
			return here
		case "srctree":
			kernel = true
			return srctree
		case "objtree":
			kernel = true
			return objtree
		}
		return ""
	}
	for range 5 {
		if len(line) > 1<<16 {
			s.unknown("%s has variables that are too long to follow", path)
			return
		}
		line = reference.ReplaceAllStringFunc(line, func(r string) string {
			name := r[2 : len(r)-1]
			return cmp.Or(place(name), strings.TrimSpace(s.assigned[name]), r)
		})
	}
	// A variable whose value has its own earlier one in it is not replaced to the end.
	line = reference.ReplaceAllStringFunc(line, func(r string) string { return cmp.Or(place(r[2:len(r)-1]), r) })
	if binding {
		if m := unresolved.FindString(line); m != "" {
			s.unknown("%s names %s, which is not known here", path, m)
		}
	}
	paths := strings.NewReplacer(here, dir, srctree, s.Srctree, objtree, s.Objtree)
	for _, m := range leading.FindAllStringSubmatch(line, -1) {
		name := paths.Replace(m[1])
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		s.named(filepath.Clean(name))
	}
	if kernel {
		for _, w := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\"'=", r) }) {
			w = paths.Replace(strings.TrimPrefix(w, "-I"))
			if info, err := os.Stat(w); err == nil && info.IsDir() {
				s.kernelDirs = append(s.kernelDirs, w)
			}
		}
	}
}

// machine are directories of the machine's own programs and headers, which have nothing of
// a module but files that it names, and those that have everything. A module can be in /dev/shm.
var machine = regexp.MustCompile(`^/(|(usr/)?s?bin(/.*)?|dev|dev/(shm|std(in|out|err)|fd(/.*)?)|proc(/.*)?|sys(/.*)?|(usr/)?lib(/.*)?|usr/include(/.*)?|usr/src|usr|etc(/.*)?|boot(/.*)?|tmp|home|root|opt|var)$`)

// named reads a file or directory that was named with its path. An object is made from a
// source beside it.
func (s *search) named(path string) {
	ext := filepath.Ext(path)
	linked := slices.Contains([]string{".o", ".a", ".o_shipped"}, ext)
	ofMachine := machine.MatchString(path)
	if ofMachine && !linked && !slices.Contains(sources, ext) {
		return
	}
	info, err := os.Stat(path)
	if ofMachine {
		if err == nil && info.Mode().IsRegular() {
			s.file(path)
		}
		return
	}
	if err != nil || linked {
		if ext == "" {
			return
		}
		path = filepath.Dir(path)
		if info, err = os.Stat(path); err != nil || machine.MatchString(path) {
			return
		}
	}
	switch {
	case !info.IsDir():
		if info.Mode().IsRegular() {
			s.file(path)
		}
	case s.inKernel(path) && !linked:
		s.kernelDirs = append(s.kernelDirs, path)
	default:
		s.directory(path)
	}
}

// inKernel reports whether a directory is in a tree of the kernel. What a module names there
// is for headers; what is compiled there is the kernel's.
func (s *search) inKernel(path string) bool {
	abs, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for _, tree := range []string{s.Srctree, s.Objtree} {
		if tree, err := filepath.Abs(tree); err == nil && (abs == tree || strings.HasPrefix(abs, tree+"/")) {
			return true
		}
	}
	return false
}
