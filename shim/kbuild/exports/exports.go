// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package exports determines which symbols of a kernel are visible to loadable
// modules, before the kernel is linked.
//
// The kernel's own list, Module.symvers, is written by modpost at the end of a
// build. That is too late for the modules that are compiled during the build. The
// package therefore scans the source for the macros that modpost's data comes from:
// the EXPORT_SYMBOL family. A module that is built against a finished kernel
// (KBUILD_EXTMOD) has an exact Module.symvers.
//
// Only symbols that are exported to every module count. Symbols in a namespace and
// symbols for named modules (EXPORT_SYMBOL_NS*, EXPORT_SYMBOL_FOR_MODULES) require
// an import by the module. An export that the scan misses costs no more than a
// call.
package exports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Set is a set of exported symbols, with the file that exports each.
type Set struct {
	names map[string]string
	// patterns are exports whose name a macro composes, such as
	// EXPORT_SYMBOL(__x86_indirect_thunk_\reg): what is written out before and
	// after the parameter.
	patterns map[[2]string]string
	// more reads the deep directories of drivers/, nil if that was done or there are none. See FromSource.
	more func() *Set
	// search searches the kernel tree, its deep directories or the others; nil if the set is not that of a tree.
	search func(symbols []string, deep bool) (mentioned, error)
}

func newSet() *Set { return &Set{names: map[string]string{}, patterns: map[[2]string]string{}} }

// Has reports whether a symbol is known to be exported to every module.
func (s *Set) Has(symbol string) bool {
	_, ok := s.Where(symbol)
	return ok
}

// Where returns the file that exports a symbol to every module, and whether there
// is one.
func (s *Set) Where(symbol string) (file string, ok bool) {
	if file, ok = s.where(symbol); !ok && s.more != nil {
		s.complete()
		file, ok = s.where(symbol)
	}
	return file, ok
}

// complete adds what is exported in the deep directories. What else exports a symbol remains the file for it, so that the
// result of [Set.Where] does not depend on what was asked before.
func (s *Set) complete() {
	rest := s.more()
	s.more = nil
	maps.Copy(rest.names, s.names)
	maps.Copy(rest.patterns, s.patterns)
	s.names, s.patterns = rest.names, rest.patterns
}

func (s *Set) where(symbol string) (file string, ok bool) {
	if file, ok = s.names[symbol]; ok {
		return file, true
	}
	for p, f := range s.patterns {
		if len(symbol) > len(p[0])+len(p[1]) && strings.HasPrefix(symbol, p[0]) && strings.HasSuffix(symbol, p[1]) && (!ok || f < file) {
			file, ok = f, true
		}
	}
	return file, ok
}

// Text returns the set as text for [FromText], one symbol or pattern per line.
func (s *Set) Text() string {
	lines := make([]string, 0, len(s.names)+len(s.patterns))
	for name, file := range s.names {
		lines = append(lines, name+"\t"+file+"\n")
	}
	for p, file := range s.patterns {
		lines = append(lines, p[0]+"\t"+p[1]+"\t"+file+"\n")
	}
	slices.Sort(lines)
	if s.more != nil {
		lines = append(lines, partialMark+"\n")
	}
	return strings.Join(lines, "")
}

// partialMark is the last line of the text of a set without what the deep directories export.
const partialMark = "partial"

// FromText returns the set that [Set.Text] wrote for a kernel tree.
func FromText(text, srctree, srcarch string) *Set {
	s := newSet()
	s.search = searchOf(srctree, srcarch)
	for line := range strings.Lines(text) {
		switch f := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(f) {
		case 1:
			if f[0] == partialMark {
				s.more = deep(srctree, srcarch)
			}
		case 2:
			s.names[f[0]] = f[1]
		case 3:
			s.patterns[[2]string{f[0], f[1]}] = f[2]
		}
	}
	return s
}

// Len returns the number of symbols that are known by their full name.
func (s *Set) Len() int {
	if s.more != nil {
		s.complete()
	}
	return len(s.names)
}

// refuse lists parts of the names of macros that export to some modules only, or
// under another name. EXPORT_SYMBOL_ACPI_LIB and EXPORT_SYMBOL_FWTBL_LIB export
// into a namespace.
var refuse = []string{"_NS", "_FOR_", "_IF_", "_INTERNAL", "NO_EXPORT", "_LIB"}

// scan calls found for each use of the EXPORT_SYMBOL family in a source file: an
// identifier that contains "EXPORT_", and its first argument. The set of macros is
// open: there are some in include/linux/export.h, percpu-defs.h, static_call.h,
// tracepoint.h and pm.h, and some in single files (__EXPORT_THUNK in
// arch/x86/lib/retpoline.S).
func scan(data []byte, found func(macro, name string)) {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("EXPORT_"))
		if i < 0 {
			return
		}
		from, to := at+i, at+i
		for from > 0 && isIdent(data[from-1]) {
			from--
		}
		for to < len(data) && isIdent(data[to]) {
			to++
		}
		at = to
		if to == len(data) || data[to] != '(' || inComment(data[bytes.LastIndexByte(data[:from], '\n')+1:from]) {
			continue
		}
		end := bytes.IndexAny(data[to:], ",)\n")
		if end < 0 {
			return
		}
		name := strings.ReplaceAll(string(data[to+1:to+end]), " ", "")
		macro := string(data[from:to])
		if name == "" || slices.ContainsFunc(refuse, func(r string) bool { return strings.Contains(macro, r) }) {
			continue
		}
		found(macro, name)
	}
}

// inComment guesses, from the beginning of a line, whether the rest of the line is
// a comment. A wrong yes costs a call; a wrong no can result in a module that does
// not link.
func inComment(begin []byte) bool {
	return bytes.Contains(begin, []byte("//")) || bytes.Contains(begin, []byte("/*")) ||
		bytes.HasPrefix(bytes.TrimLeft(begin, " \t"), []byte("*"))
}

func isIdent(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// prefixes returns the prefixes of the symbols that a macro exports for a name, one
// for each symbol.
func prefixes(macro string) []string {
	switch strings.TrimSuffix(macro, "_GPL") {
	case "EXPORT_STATIC_CALL":
		return []string{"__SCK__", "__SCT__"}
	case "EXPORT_STATIC_CALL_TRAMP":
		return []string{"__SCT__"}
	case "EXPORT_TRACEPOINT_SYMBOL":
		return []string{"__tracepoint_", "__traceiter_", "__SCK__tp_func_", "__SCT__tp_func_"}
	}
	return []string{""}
}

// add adds what one use of a macro in a file exports.
func (s *Set) add(macro, name, file string) {
	for _, p := range prefixes(macro) {
		at := strings.IndexAny(name, `\#`)
		if at < 0 {
			keepFirst(s.names, p+name, file)
			continue
		}
		// A parameter extends from "\" (assembler) or "##" (preprocessor) to the
		// next "##" or to the end.
		head, rest := name[:at], strings.TrimLeft(name[at:], `\#`)
		tail := ""
		if i := strings.LastIndex(rest, "##"); i >= 0 {
			tail = rest[i+2:]
		}
		// A pattern of only a few letters would match nearly everything.
		if len(head) >= 6 {
			keepFirst(s.patterns, [2]string{p + head, tail}, file)
		}
	}
}

// keepFirst adds an entry. Of two files for one key it keeps the first by name, so
// that the result does not depend on the order of the scan.
func keepFirst[K comparable](m map[K]string, key K, file string) {
	if old, ok := m[key]; !ok || file < old {
		m[key] = file
	}
}

// State returns a hash of what a file exports, for a file that [Set.Where] gave. It
// does not change when other parts of a source file do.
func State(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if filepath.Base(file) != "Module.symvers" {
		own := newSet()
		scan(data, func(macro, name string) { own.add(macro, name, "") })
		data = []byte(own.Text())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// FromSource scans the C and assembler sources of a kernel tree; see
// [eachSource]. A tree without sources yields an empty set. Of 750 MB of sources (Linux 7.3), 430 MB
// are in deep directories, drivers/X/Y and below, with single drivers. What other code needs is in
// drivers/X, so the deep directories are read when a symbol is asked for that was not found.
func FromSource(srctree, srcarch string) (*Set, error) {
	set, err := scanSources(srctree, srcarch, false)
	set.more, set.search = deep(srctree, srcarch), searchOf(srctree, srcarch)
	return set, err
}

// deep returns a function that returns what the deep directories export. What cannot be read exports nothing.
func deep(srctree, srcarch string) func() *Set {
	return func() *Set {
		set, _ := scanSources(srctree, srcarch, true)
		return set
	}
}

func scanSources(srctree, srcarch string, deep bool) (*Set, error) {
	set := newSet()
	err := eachSource(srctree, srcarch, deep, newSet, func(own *Set, path string, data []byte) {
		scan(data, func(macro, name string) { own.add(macro, name, path) })
	}, func(own *Set) {
		for name, file := range own.names {
			keepFirst(set.names, name, file)
		}
		for p, file := range own.patterns {
			keepFirst(set.patterns, p, file)
		}
	})
	return set, err
}

// few is for how many symbols a search takes less time than reading the deep directories does. In Linux 7.3, that takes 0.4 s of
// processor time, and the search 0.3 s for one symbol, and 0.1 s for each one more.
const few = 2

// Find returns the files that export symbols to every module and, for each symbol that none is known to export, the source
// files that contain its name, sorted. A file that begins to export a symbol is mostly the one that defines it, and so
// mentions it already. Those in deep directories are returned for a symbol that nothing else mentions.
//
// Where only a few symbols are not found at first, the deep directories are not read for a function that another file defines.
// If a deep file exports one of the same name all the same (a weak one that an architecture replaces), it is not found, which
// costs a call.
func (s *Set) Find(symbols []string) (exporters map[string]string, mentions map[string][]string, err error) {
	exporters = map[string]string{}
	var left []string
	for _, symbol := range symbols {
		if file, ok := s.where(symbol); ok {
			exporters[symbol] = file
		} else {
			left = append(left, symbol)
		}
	}
	var found mentioned
	if s.more != nil && len(left) <= few {
		if found, err = s.search(left, false); err != nil {
			return nil, nil, err
		}
	}
	left = slices.DeleteFunc(left, func(symbol string) bool {
		if found.defined[symbol] {
			return false
		}
		file, ok := s.Where(symbol)
		if ok {
			exporters[symbol] = file
			delete(found.files, symbol)
		}
		return ok
	})
	if found.files == nil {
		if found, err = s.search(left, false); err != nil {
			return nil, nil, err
		}
	}
	none := slices.DeleteFunc(left, func(symbol string) bool { return len(found.files[symbol]) > 0 })
	below, err := s.search(none, true)
	if err != nil {
		return nil, nil, err
	}
	maps.Copy(found.files, below.files)
	return exporters, found.files, nil
}

// mentioned is what a search of the sources has found: the files that contain the name of a symbol, and which functions are
// defined in one of those outside of the deep directories.
type mentioned struct {
	files   map[string][]string
	defined map[string]bool
}

// searchOf returns a function that searches a kernel tree for the names of symbols.
func searchOf(srctree, srcarch string) func(symbols []string, deep bool) (mentioned, error) {
	return func(symbols []string, deep bool) (mentioned, error) {
		begin := func() mentioned { return mentioned{map[string][]string{}, map[string]bool{}} }
		out := begin()
		if len(symbols) == 0 {
			return out, nil
		}
		err := eachSource(srctree, srcarch, deep, begin, func(own mentioned, path string, data []byte) {
			for _, s := range symbols {
				if isMentioned(data, s) {
					own.files[s] = append(own.files[s], path)
					own.defined[s] = own.defined[s] || !deep && defines(data, s)
				}
			}
		}, func(own mentioned) {
			for s, files := range own.files {
				out.files[s] = append(out.files[s], files...)
				out.defined[s] = out.defined[s] || own.defined[s]
			}
		})
		for _, files := range out.files {
			slices.Sort(files)
		}
		return out, err
	}
}

// longestHead is how many bytes of a definition are looked at before and after its name: more than any in a kernel has.
const longestHead = 4096

// local are words before the name of a function that other files do not see, or of what is no function.
var local = []string{"static", "STATIC", "inline", "else"}

// defines guesses whether a C source defines a function that other files see: a line begins with its type and has its name,
// and a body follows its parameters.
func defines(source []byte, name string) bool {
	for at := 0; ; {
		i := bytes.Index(source[at:], []byte(name+"("))
		if i < 0 {
			return false
		}
		i += at
		at = i + len(name)
		before := source[max(0, i-longestHead):i]
		line := bytes.LastIndexByte(before, '\n') + 1
		kind, above := before[line:], before[:max(0, line-1)]
		above = above[bytes.LastIndexByte(above, '\n')+1:]
		if len(kind) == 0 || !isIdent(kind[0]) || isIdent(kind[len(kind)-1]) || bytes.ContainsAny(kind, "(){};=,\"/") || bytes.HasPrefix(above, []byte("static")) ||
			slices.ContainsFunc(local, func(word string) bool { return bytes.Contains(kind, []byte(word)) }) {
			continue
		}
		after := source[at:min(len(source), at+longestHead)]
		if end := closing(after); end >= 0 && bytes.HasPrefix(bytes.TrimLeft(after[end+1:], " \t\r\n"), []byte("{")) {
			return true
		}
	}
}

// closing returns the position of the bracket that closes the first one, -1 if there is none in a list of parameters.
func closing(s []byte) int {
	depth := 0
	for i, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		case ';', '{', '}':
			return -1
		}
	}
	return -1
}

// isMentioned reports whether data contains name as a whole identifier.
func isMentioned(data []byte, name string) bool {
	for {
		i := bytes.Index(data, []byte(name))
		if i < 0 {
			return false
		}
		end := i + len(name)
		if (i == 0 || !isIdent(data[i-1])) && (end == len(data) || !isIdent(data[end])) {
			return true
		}
		data = data[end:]
	}
}

// eachSource reads the C and assembler sources of a kernel tree with several
// goroutines. Each has a result of its own, made by begin, that read adds to; end is
// then called with one result at a time. Of arch/ only srcarch counts (kbuild's
// SRCARCH); tools/, Documentation/ and scripts/ are no part of the kernel, and
// headers count outside include/ and drivers/ only. It reads the deep
// directories of drivers/ or the rest.
func eachSource[T any](srctree, srcarch string, deep bool, begin func() T, read func(own T, path string, data []byte), end func(own T)) error {
	files := make(chan string, 256)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			own := begin()
			var buffer bytes.Buffer // one for all: a third of the time went into new memory
			for path := range files {
				// The exports of an unreadable file stay unknown.
				if readInto(&buffer, path) == nil {
					read(own, path, buffer.Bytes())
				}
			}
			mu.Lock()
			defer mu.Unlock()
			end(own)
		}()
	}
	top := srctree
	if deep {
		top = filepath.Join(srctree, "drivers")
	}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // likewise
		}
		rel, _ := filepath.Rel(srctree, path)
		if d.IsDir() {
			switch dir, base := filepath.Split(rel); {
			case rel == "tools", rel == "Documentation", rel == "scripts", isDeep(rel) && !deep, strings.HasPrefix(base, ".") && rel != ".",
				dir == "arch/" && base != srcarch:
				return filepath.SkipDir
			}
			return nil
		}
		if deep && !isDeep(filepath.Dir(rel)) {
			return nil
		}
		switch filepath.Ext(path) {
		case ".c", ".S":
			files <- path
		case ".h":
			// Some headers are parts of a single C file, such as
			// kernel/rcu/tree_plugin.h.
			if !strings.HasPrefix(rel, "include/") && !strings.HasPrefix(rel, "drivers/") {
				files <- path
			}
		}
		return nil
	})
	close(files)
	wg.Wait()
	return err
}

// readInto replaces what buffer holds by the contents of a file.
func readInto(buffer *bytes.Buffer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	buffer.Reset()
	_, err = buffer.ReadFrom(f)
	return err
}

// isDeep reports whether a directory is a deep one; see [FromSource].
func isDeep(rel string) bool {
	return strings.HasPrefix(rel, "drivers/") && strings.Count(rel, "/") >= 2
}

// FromSymvers reads the text of a Module.symvers, which is in file
// (scripts/mod/modpost.c, write_dump): CRC, symbol, module, kind of export,
// namespace.
func FromSymvers(text, file string) *Set {
	s := newSet()
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) >= 4 && (len(f) == 4 || f[4] == "") {
			s.names[f[1]] = file
		}
	}
	return s
}
