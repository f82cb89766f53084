// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/record"
)

// This file leaves out the files in the module's directory that are not built: those of other configurations, tests
// and tools. kbuild writes the module's objects into NAME.mod before it makes any of them, and links what is in there
// (cmd_mod and cmd_ld_multi_m in scripts/Makefile.build of the kernel). An object is made of the source beside it, or by
// a rule. What is built is therefore named: by its object, by a Makefile that make reads, or by a file that is built.
// Where a name may be computed, every file counts.

// ObjectList returns the file in which kbuild lists the objects of the module, "" if nothing is known of it.
func ObjectList(what *record.Search) string {
	if what == nil || what.Module == "" {
		return ""
	}
	return what.Module + ".mod"
}

// objects returns the module's objects but the one that is being made, as paths without ".o" below the directory of its
// Makefile. ok is false if they are not known.
func (s *search) objects() (stems []string, ok bool) {
	text, err := os.ReadFile(ObjectList(s.Search))
	if s.Module == "" || err != nil {
		return nil, false
	}
	mine := false
	for line := range strings.Lines(string(text)) {
		stem, isObject := strings.CutSuffix(strings.TrimSpace(line), ".o")
		rel, err := filepath.Rel(filepath.Dir(s.Module), stem)
		if !isObject || err != nil || strings.HasPrefix(rel, "..") {
			return nil, false
		}
		if isSame(stem+".o", s.object) {
			mine = true
			continue
		}
		stems = append(stems, rel)
	}
	return stems, mine
}

var (
	// computed is an extension of a source without a name before it: "%.c", "$(X).c", ".o=.c".
	computed = regexp.MustCompile(`(^|[^A-Za-z0-9_-])\.(c|S|s|rs|asm|cc|cpp|inc|o|a|o_shipped|\$)(\W|$)`)
	// patterned are uses of such an extension that name no file: patterns of objects in functions that change names.
	patterned = regexp.MustCompile(`\$\((?:patsubst|filter|filter-out) +%\.o,|%\.o *,`)
	// glob is a pattern of the shell or of make's wildcard. Headers count where they are included, and modules nowhere.
	glob    = regexp.MustCompile(`(?m)\*\.([A-Za-z{$\[]\w*)|[\w})]["']?/\*(["'\s;)]|$)`)
	listing = regexp.MustCompile(`\b(read_dir|glob|listdir|scandir|os\.walk|WalkDir|opendir)\b`)
	// mention is a name of a file or a directory, or a part of one.
	mention = regexp.MustCompile(`[A-Za-z0-9_.+/-]+`)
	within  = regexp.MustCompile(`-C\s+([A-Za-z0-9_.+/-]+)`)
	// removing is a command that removes files.
	removing = regexp.MustCompile(`(?m)^\t\s*[@-]*\s*(rm|\$[({]RM[)}]) .*$`)
	target   = regexp.MustCompile(`(?m)^([^\t=:]+):([^=:]|$)`)
)

// built returns those of the files that can become part of the module.
func (s *search) built(files []string) []string {
	b := &choice{search: s, files: files, chosen: map[string]bool{}, names: map[string]bool{}, dirs: map[string]bool{}}
	if s.unclear = b.choose(); s.unclear != "" {
		s.active = nil
		return files
	}
	return slices.DeleteFunc(files, func(f string) bool { return !b.chosen[f] })
}

// choice is a choice of files by their names.
type choice struct {
	*search
	files  []string
	chosen map[string]bool
	// names are what files may be called, with directories before it or not, and with ".*" in place of an extension.
	// dirs are directories, with what may be before them, of which every file counts.
	names, dirs map[string]bool
	sub         string          // where below the module's directory the Makefile is that names the objects
	texts       strings.Builder // of the Makefiles
}

// choose returns why the choice is not known, "" if it is.
func (b *choice) choose() (unclear string) {
	stems, ok := b.objects()
	if !ok {
		return "kbuild has not listed the module's objects"
	}
	sub, err := filepath.Rel(b.Dirs[0], b.Makefile)
	if err != nil || strings.HasPrefix(sub, "..") {
		return fmt.Sprintf("%s is not in %s", b.Makefile, b.Dirs[0])
	}
	b.active, b.sub = map[string]string{}, sub
	dirs := []string{"."}
	for i := range sub {
		if sub[i] == '/' {
			dirs = append(dirs, sub[:i])
		}
	}
	for _, dir := range append(dirs, sub) {
		for _, d := range b.Dirs {
			for _, name := range []string{"Kbuild", "Makefile", "GNUmakefile"} {
				if path := filepath.Join(d, dir, name); slices.Contains(b.files, path) {
					if why := b.take(path); why != "" {
						return why
					}
				}
			}
		}
	}
	// Each object has a source beside it, or a rule makes it, which names what it is made of.
	for _, stem := range stems {
		found := b.rule(stem)
		for _, f := range b.files {
			if path := strings.TrimSuffix(f, filepath.Ext(f)); slices.ContainsFunc(b.Dirs, func(d string) bool { return path == filepath.Join(d, sub, stem) }) {
				found = found || filepath.Ext(f) != ".o"
				if why := b.take(f); why != "" {
					return why
				}
			}
		}
		if !found {
			return fmt.Sprintf("%s.o has no source and no rule", stem)
		}
	}
	// What is named counts, and what that names.
	for more := true; more; {
		more = false
		for _, f := range b.files {
			if b.chosen[f] || !b.named(f) {
				continue
			}
			if why := b.take(f); why != "" {
				return why
			}
			more = true
		}
	}
	return ""
}

// rule reports whether a rule of a Makefile has the object among its targets.
func (b *choice) rule(stem string) bool {
	for _, m := range target.FindAllStringSubmatch(b.texts.String(), -1) {
		for _, word := range strings.Fields(m[1]) {
			if word == stem+".o" || strings.HasSuffix(word, "/"+stem+".o") {
				return true
			}
		}
	}
	return false
}

// named reports whether a file has one of the names, or is in a directory that has.
func (b *choice) named(path string) bool {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	for at := len(path) - 1; at >= 0; at-- {
		if path[at] != '/' || path[at+1:] == "Makefile" || path[at+1:] == "Kbuild" { // of which each directory may have one
			continue
		}
		if b.names[path[at+1:]] || at+1 < len(stem) && b.names[stem[at+1:]+".*"] {
			return true
		}
	}
	for _, top := range b.Dirs {
		rel, err := filepath.Rel(top, filepath.Dir(path))
		if err != nil {
			continue
		}
		for rel = "/" + rel; len(rel) > 1; rel = filepath.Dir(rel) {
			for d := range b.dirs {
				if strings.HasSuffix(rel, d) {
					return true
				}
			}
		}
	}
	return false
}

// name adds what a text names. objects is set for a Makefile or a script, in which an object, and any file made of
// another, stands for its source as well.
func (b *choice) name(text string, objects bool) {
	for _, t := range mention.FindAllString(text, -1) {
		t = strings.TrimLeft(filepath.Clean("/"+t), "/")
		b.names[t] = true
		if ext := filepath.Ext(t); objects && ext != "" {
			b.names[strings.TrimSuffix(t, ext)+".*"] = true
		}
	}
}

// take adds a file to those that were chosen, and what it names. It returns what of the file
// may compute names, "" for nothing.
func (b *choice) take(path string) (unclear string) {
	if b.chosen[path] {
		return ""
	}
	base, ext := filepath.Base(path), filepath.Ext(path)
	if isMakefile(base) {
		return b.makefile(path)
	}
	b.chosen[path] = true
	data, err := os.ReadFile(path)
	if err != nil || len(data) > mostBytes || strings.ContainsRune(string(data[:min(len(data), 4096)]), 0) {
		return "" // the search reads it, and says what is wrong with it; objects name no files
	}
	text := string(data)
	switch ext {
	case ".c", ".h", ".inc", ".cc", ".cpp", ".hpp":
		for _, m := range include.FindAllStringSubmatch(text, -1) {
			b.name(m[1], false)
		}
		for _, t := range lex(text, false) {
			if t.kind == literal {
				b.name(t.text, false)
			}
		}
	case ".rs":
		b.rust(path, text)
	case ".S", ".s", ".asm", ".lds":
		b.name(text, false)
	default:
		b.name(text, true)
		return computing(path, computes(text))
	}
	return ""
}

// rust adds what a file of Rust names: its modules, and files in strings.
func (b *choice) rust(path, text string) {
	dir, stem := filepath.Dir(path), strings.TrimSuffix(filepath.Base(path), ".rs")
	tokens := lex(text, true)
	for i, t := range tokens {
		switch {
		case t.kind == literal:
			b.name(t.text, false)
		case t.kind == word && i > 0 && tokens[i-1].kind == word && tokens[i-1].text == "mod":
			for _, d := range []string{dir, filepath.Join(dir, stem)} {
				for _, f := range []string{t.text + ".rs", filepath.Join(t.text, "mod.rs")} {
					b.names[strings.TrimLeft(filepath.Join(d, f), "/")] = true
				}
			}
		}
	}
}

// computes returns a part of a text that may be a computed name, or list files, "" for none.
func computes(text string) string {
	text = patterned.ReplaceAllString(text, "")
	if found := cmp.Or(computed.FindString(text), listing.FindString(text)); found != "" {
		return found
	}
	for _, m := range glob.FindAllStringSubmatch(text, -1) {
		if m[1] != "h" && m[1] != "ko" {
			return m[0]
		}
	}
	return ""
}

func computing(path, what string) string {
	if what == "" {
		return ""
	}
	return fmt.Sprintf("%s has %q, which can stand for any file", path, what)
}

// makefile adds a Makefile, or rather what make may read of it. It returns what of it may
// compute names, "" for nothing.
func (b *choice) makefile(path string) (unclear string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	b.chosen[path] = true
	m := newMakefile(b.Objtree)
	m.read(string(data), func(operand string) (string, bool) {
		operand = strings.TrimSpace(operand)
		for _, here := range []string{"$(src)/", "$(obj)/", "$(srctree)/$(src)/", "$(M)/", "$(PWD)/", "$(CURDIR)/", "$(KBUILD_EXTMOD)/"} {
			operand = strings.TrimPrefix(operand, here)
		}
		if strings.ContainsAny(operand, "$ \t*?") || filepath.IsAbs(operand) {
			return "", false
		}
		included := filepath.Join(filepath.Dir(path), operand)
		if b.chosen[included] {
			return "", false
		}
		data, err := os.ReadFile(included)
		if err != nil {
			return "", false
		}
		b.chosen[included], b.active[included] = true, "" // its lines are among those of this file
		return string(data), true
	})
	text := removing.ReplaceAllString(strings.Join(m.lines, "\n")+"\n", "")
	b.active[path] = text
	b.texts.WriteString(text)
	if found := computes(text); found != "" {
		return computing(path, found)
	}
	assigned := map[string]string{}
	for _, line := range m.lines {
		if a := assignment.FindStringSubmatch(line); a != nil {
			assigned[a[1]] += " " + a[2]
		}
	}
	for range 5 {
		text = reference.ReplaceAllStringFunc(text, func(r string) string { return assigned[r[2:len(r)-1]] })
		if len(text) > 1<<20 {
			return path + " has variables that are too long to follow"
		}
	}
	b.name(text, true)
	var dirs []string
	for _, t := range mention.FindAllString(text, -1) {
		if strings.Contains(t, "/") && !strings.HasPrefix(t, "-I") {
			dirs = append(dirs, t)
		}
	}
	for _, m := range within.FindAllStringSubmatch(text, -1) {
		dirs = append(dirs, m[1])
	}
	for _, d := range dirs {
		// The directory of the module's objects, and those above it, are named by whatever leads make there.
		if d = filepath.Join("/", d); d != "/" && !strings.HasSuffix("/"+b.sub, d) && !strings.Contains("/"+b.sub, d+"/") {
			b.dirs[d] = true
		}
	}
	return ""
}

func isMakefile(base string) bool {
	return filepath.Ext(base) == ".mk" || strings.HasPrefix(base, "Makefile") || strings.HasPrefix(base, "Kbuild") || base == "GNUmakefile"
}
