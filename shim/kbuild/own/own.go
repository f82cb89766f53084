// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package own determines which symbols a module may define itself. The linker binds such a
// symbol to the module's own definition and not to what the kernel exports, so that the
// kernel's body must not be put in its place.
//
// When a crate is compiled, the other objects of its module may not exist yet: make builds
// them side by side. The package therefore reads what they are made from: the files in the
// directory of the module but those in parts that nothing names (see built.go), and
// what its Makefiles and sources name outside of it. A file that
// defines a symbol must spell its name, or put it together from parts that are spelt. A
// mention that is not known to be harmless counts as a definition, and whatever cannot be
// read makes all symbols unknown. An error on this side costs no more than a call.
//
// A module of one object needs no search: what the object defines is known.
package own

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/record"
)

// IsOnlyObject reports whether the module has this one object only. kbuild names the module
// after the object then (modname-multi in scripts/Makefile.lib of the kernel).
func IsOnlyObject(module, object string) bool {
	return module != "" && filepath.Clean(module)+".o" == filepath.Clean(object)
}

// limits of a search. Beyond them, everything is unknown.
const (
	mostFiles = 20000
	mostBytes = 64 << 20 // of one file
)

// search is one search for definitions.
type search struct {
	*record.Search
	object string
	// names are the symbols that are looked for. strict are those that only Rust code
	// uses.
	names, strict map[string]bool
	// found are the symbols that may be defined, with the reason.
	found map[string]string
	// all is the reason why any symbol may be defined, "" for none.
	all string
	// inRust are what Rust files may define if one of them can define symbols by name.
	inRust    map[string]string
	unmangled bool
	// spelt are the words of everything but Rust.
	spelt map[string]bool
	// seen are the files and directories that were read, by their real paths.
	seen map[string]bool
	// packed are files that count only if a Makefile names their kind: they are compressed,
	// or text for people.
	packed []string
	// makes are the Makefiles, sources the files of C whose includes have not been read.
	// followed is how many of makes were.
	makes, sources []file
	followed       int
	// queue are files that have not been read, parts what counts only if something names it.
	queue []string
	parts []*part
	// read are the Makefiles that kbuild reads if they exist.
	read map[string]bool
	// assigned are the variables that the Makefiles assign. kernelDirs are directories of
	// the kernel that they name, for headers.
	assigned   map[string]string
	kernelDirs []string
}

type file struct{ path, text string }

// PossibleDefinitions returns those of the symbols that the module of an object may define itself, with
// the reasons.
func PossibleDefinitions(object string, what *record.Search) map[string]string {
	s := searchModule(object, what)
	if s == nil {
		return nil
	}
	for _, p := range s.packed {
		if ext := filepath.Ext(p); slices.ContainsFunc(s.makes, func(f file) bool { return strings.Contains(f.text, ext) }) {
			s.unknown("%s is not read, and %s files are named in a Makefile", p, ext)
		}
	}
	for _, n := range pastedNames(s.Helpers, s.spelt) {
		s.mention(n, "a file in "+s.Dirs[0]+" may put its name together")
	}
	if s.unmangled {
		for n, why := range s.inRust {
			s.mention(n, why)
		}
	}
	if s.all != "" {
		for n := range s.names {
			s.mention(n, s.all)
		}
	}
	return s.found
}

// Definitions returns those of the symbols that a file of the module's spells a definition of, with the
// files. Unlike [PossibleDefinitions], it leaves out what is only not known to be none.
func Definitions(object string, what *record.Search) map[string]string {
	s := searchModule(object, what)
	if s == nil {
		return nil
	}
	return s.found
}

// searchModule reads the files of a module. It returns nil if there are none other than the object's own.
func searchModule(object string, what *record.Search) *search {
	if IsOnlyObject(what.Module, object) || len(what.Helpers) == 0 || isAlone(object, what) {
		return nil
	}
	s := &search{
		Search: what, object: object, names: map[string]bool{}, strict: map[string]bool{}, found: map[string]string{},
		inRust: map[string]string{}, spelt: map[string]bool{}, seen: map[string]bool{}, assigned: map[string]string{}, read: map[string]bool{},
	}
	for _, n := range what.Helpers {
		s.names[n], s.strict[n] = true, true
	}
	for _, n := range what.Needs {
		s.names[n] = true
	}
	var files []string
	for _, dir := range s.Dirs {
		files = append(files, s.list(dir)...)
	}
	s.queue = s.leaveOut(files)
	for len(s.queue) > 0 {
		for len(s.queue) > 0 {
			next := s.queue[0]
			s.queue = s.queue[1:]
			s.file(next)
		}
		s.outside()
	}
	return s
}

// State returns what make compares to learn whether the answer of [PossibleDefinitions] has changed.
func State(found map[string]string) string {
	h := fnv.New64a()
	for _, n := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintln(h, n)
	}
	return fmt.Sprintf("own-%x", h.Sum64())
}

func (s *search) mention(name, why string) {
	if s.found[name] == "" {
		s.found[name] = why
	}
}

func (s *search) unknown(format string, args ...any) {
	if s.all == "" {
		s.all = fmt.Sprintf(format, args...)
	}
}

// skipped reports whether a file is one that is not linked into a module, and that mentions
// symbols which the module only uses: what kbuild, modpost and this program write.
func (s *search) skipped(path string) bool {
	name := filepath.Base(path)
	for _, p := range []struct{ prefix, suffix string }{
		{".tmp_lto_wrap", ""}, {".tmp_", ".lto_wrap.json"}, {".tmp_", ".lto_wrap.bc"}, {".tmp_", ".lto_wrap.merged.bc"}, {".tmp_", ".lto_wrap.helpers.bc"},
		{".tmp_", ".lto_wrap.helpers.ll"}, {".tmp_", ".lto_wrap.new.o"}, {".", ".cmd"}, {".", ".d"}, {"", ".mod"}, {"", ".ko"}, {"", ".mod.c"}, {"", ".mod.o"},
		{"", ".rmeta"}, {"", ".so"}, {"", ".symvers"}, {"", ".symversions"}, {"modules.order", ""}, {"Module.symvers", ""},
	} {
		if strings.HasPrefix(name, p.prefix) && strings.HasSuffix(name, p.suffix) {
			return true
		}
	}
	return isSame(path, s.object) || s.Module != "" && isSame(path, s.Module+".o")
}

// isSame reports whether two paths are the same. kbuild's are relative to where make runs.
func isSame(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// once reports whether a path is new. Links to the same file or directory are one.
func (s *search) once(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist) // a broken link is nothing
	}
	if abs, err := filepath.Abs(real); err == nil {
		real = abs
	}
	if s.seen[real] {
		return false
	}
	s.seen[real] = true
	if len(s.seen) > mostFiles {
		s.unknown("%s has more than %d files", s.Dirs[0], mostFiles)
	}
	return len(s.seen) <= mostFiles
}

// directory reads a directory and everything below it.
func (s *search) directory(dir string) {
	for _, f := range s.list(dir) {
		s.file(f)
	}
}

// list returns the files in a directory that was not listed before, and below it.
func (s *search) list(dir string) (files []string) {
	if !s.once(dir) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		s.unknown("%v", err)
		return nil
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path) // follows links
		switch {
		case errors.Is(err, fs.ErrNotExist) || e.Name() == ".git":
		case err != nil:
			s.unknown("%v", err)
		case info.IsDir():
			if !s.isKernel(info) {
				files = append(files, s.list(path)...)
			}
		case info.Mode().IsRegular() && !s.skipped(path):
			files = append(files, path)
		}
	}
	return files
}

// isKernel reports whether a directory is a tree of the kernel.
func (s *search) isKernel(dir fs.FileInfo) bool {
	for _, tree := range []string{s.Srctree, s.Objtree} {
		if info, err := os.Stat(tree); err == nil && os.SameFile(info, dir) {
			return true
		}
	}
	return false
}

// cSources are the extensions of files of C.
var cSources = []string{".c", ".h", ".inc", ".cc", ".cpp", ".hpp"}

// compressed are the first bytes of compressed files.
var compressed = []string{"\x1f\x8b", "\xfd7zXZ\x00", "BZh", "\x28\xb5\x2f\xfd", "PK\x03\x04", "\x04\x22\x4d\x18", "]\x00\x00"}

func (s *search) file(path string) {
	if !s.once(path) {
		return
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > mostBytes {
		s.unknown("%s cannot be read or is too large", path)
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		s.unknown("%v", err)
		return
	}
	s.contents(path, data)
}

func (s *search) contents(path string, data []byte) {
	base := filepath.Base(path)
	if s.read[path] {
		data = []byte(livingLines(string(data), s.Objtree))
	}
	s.name(path, data)
	switch ext := filepath.Ext(base); {
	case bytes.HasPrefix(data, []byte("\x7fELF")):
		s.elf(path, data)
	case bytes.HasPrefix(data, []byte("!<arch>\n")):
		s.archive(path, data[8:])
	case bytes.HasPrefix(data, []byte("!<thin>\n")):
		s.unknown("%s is an archive of other files", path)
	case bytes.HasPrefix(data, []byte("BC\xC0\xDE")):
		s.ir(path, data)
	case slices.ContainsFunc(compressed, func(magic string) bool { return bytes.HasPrefix(data, []byte(magic)) }):
		s.packed = append(s.packed, path)
	case ext == ".rs":
		s.rust(path, string(data))
	case slices.Contains(cSources, ext):
		s.c(path, string(data))
	case ext == ".md" || ext == ".rst":
		s.packed = append(s.packed, path) // counts if a Makefile works on such files
	default:
		text := string(data)
		if isMakefile(base) {
			s.makes = append(s.makes, file{path, text})
		}
		prose := slices.Contains([]string{"", ".txt", ".yml", ".yaml", ".json", ".toml", ".lock", ".patch", ".diff"}, ext)
		words(text, func(w string) {
			if s.names[w] && (s.strict[w] || !prose) {
				s.mention(w, path+" mentions it")
			}
			s.spelt[w] = true
		})
	}
}

func (s *search) c(path, text string) {
	tokens := lex(text, false)
	for _, n := range mayDefineC(tokens, s.names, s.strict) {
		s.mention(n, path+" may define it")
	}
	for _, t := range tokens {
		switch t.kind {
		case word:
			s.spelt[t.text] = true
		case literal:
			words(t.text, func(w string) { s.spelt[w] = true })
		}
	}
	s.sources = append(s.sources, file{path, text})
}

// canDefine are words without which Rust code defines no symbol by a name of its choice.
var canDefine = []string{"no_mangle", "export_name", "global_asm", "naked_asm", "naked", "export", "linkage", "rustc_std_internal_symbol", "include", "include_str", "include_bytes"}

// joins are words without which Rust code cannot put a name together.
var joins = []string{"concat", "concat_idents", "paste", "global_asm", "naked_asm", "asm"}

func (s *search) rust(path, text string) {
	tokens := lex(text, true)
	for _, n := range mayDefineRust(tokens, s.names) {
		if s.inRust[n] == "" {
			s.inRust[n] = path + " may define it"
		}
	}
	parts, joined := map[string]bool{}, false
	for _, t := range tokens {
		switch {
		case t.kind == word && t.text != "_":
			s.unmangled = s.unmangled || slices.Contains(canDefine, t.text)
			joined = joined || slices.Contains(joins, t.text)
			parts[t.text] = true
		case t.kind == literal:
			words(t.text, func(w string) { parts[w] = true })
		}
	}
	if joined {
		for _, n := range pastedNames(s.Helpers, parts) {
			if s.inRust[n] == "" {
				s.inRust[n] = path + " may put its name together"
			}
		}
	}
}

func (s *search) elf(path string, data []byte) {
	f, err := elf.NewFile(bytes.NewReader(data))
	var symbols []elf.Symbol
	if err == nil {
		symbols, err = f.Symbols()
	}
	if f == nil || err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		s.unknown("%s cannot be read: %v", path, err)
		return
	}
	if f.Type != elf.ET_REL {
		return // a program, which is not linked into anything
	}
	copies := map[string]bool{}
	if rec, err := record.Read(path); err == nil {
		for _, l := range rec.Left {
			copies[l.Name] = l.Copy // of the kernel's own
		}
	}
	for _, y := range symbols {
		if copies[y.Name] {
			continue
		}
		if s.names[y.Name] && y.Section != elf.SHN_UNDEF && elf.ST_BIND(y.Info) != elf.STB_LOCAL {
			s.mention(y.Name, path+" defines it")
		}
	}
}

func (s *search) ir(path string, data []byte) {
	f, err := bitcode.Parse(data)
	if err != nil || !f.HasSymbols {
		s.unknown("%s cannot be read", path)
		return
	}
	for n := range s.names {
		if _, undefined := slices.BinarySearch(f.Undefined, n); !undefined && bytes.Contains(data, []byte(n)) {
			s.mention(n, path+" may define it")
		}
	}
}

// archive reads the members of an archive (ar(5)): headers of 60 bytes, with the size in
// decimal at byte 48, and contents at even offsets.
func (s *search) archive(path string, data []byte) {
	for len(data) > 0 {
		if len(data) < 60 {
			s.unknown("%s is cut off", path)
			return
		}
		name := strings.TrimSpace(string(data[:16]))
		size, err := strconv.Atoi(strings.TrimSpace(string(data[48:58])))
		data = data[60:]
		if err != nil || size < 0 || size > len(data) {
			s.unknown("%s: %v", path, io.ErrUnexpectedEOF)
			return
		}
		if body := data[:size]; name != "/" && name != "//" && name != "/SYM64/" && !strings.HasPrefix(name, "__.SYMDEF") {
			s.contents(path+"("+name+")", body)
		}
		data = data[min(size+size%2, len(data)):]
	}
}
