// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/record"
)

// A module may ship what it does not need on this kernel, such as helpers of its own for kernels without Rust. This
// file leaves such parts out: a directory below the module's, or a Makefile to be included, that nothing names. Something
// has to name it, or to compute its name, in order to build what is in there: an object in the list that kbuild makes, a
// Makefile, a source or a script. A name in a branch of a Makefile that the kernel's configuration rules out is none.

// ObjectList returns the file in which kbuild lists the objects of the module before it makes any of them, "" if nothing
// is known of it. The module is linked from these (cmd_mod and cmd_ld_multi_m in scripts/Makefile.build of the kernel).
func ObjectList(what *record.Search) string {
	if what == nil || what.Module == "" {
		return ""
	}
	return what.Module + ".mod"
}

// part is a directory, with all that is below it, or a Makefile to be included.
type part struct {
	path     string
	makefile bool
	// parent is the name of the directory that the part is in, "" for the module's own. top is set for a part in the module's
	// directory or in that of its Makefile.
	parent string
	top    bool
	files  []string
}

// leaveOut takes the files of parts that may be left out away from files, and keeps the parts until something names them.
func (s *search) leaveOut(files []string) []string {
	objects, ok := s.objects()
	sub, err := filepath.Rel(s.Dirs[0], s.Makefile)
	if !ok || err != nil || strings.HasPrefix(sub, "..") {
		return files
	}
	// Directories that are known to be used are those of the objects and of the Makefiles that kbuild reads, and those above.
	needed := map[string]bool{}
	for _, dir := range s.Dirs {
		for _, o := range append(objects, "Makefile") {
			for at := filepath.Dir(filepath.Join(dir, sub, o)); !needed[at]; at = filepath.Dir(at) {
				needed[at] = true
			}
		}
		for at := sub; ; at = filepath.Dir(at) {
			for _, name := range []string{"Kbuild", "Makefile"} {
				s.read[filepath.Join(dir, at, name)] = true
			}
			if at == "." {
				break
			}
		}
	}
	byPath := map[string]*part{}
	var left []string
	for _, f := range files {
		p := s.partOf(f, sub, needed)
		if p == nil {
			left = append(left, f)
			continue
		}
		if byPath[p.path] == nil {
			byPath[p.path] = p
			s.parts = append(s.parts, p)
		}
		byPath[p.path].files = append(byPath[p.path].files, f)
	}
	return left
}

// partOf returns the part that a file is in, nil if it is in none.
func (s *search) partOf(file, sub string, needed map[string]bool) *part {
	for _, top := range s.Dirs {
		rel, err := filepath.Rel(top, file)
		if err != nil || strings.HasPrefix(rel, "..") {
			continue
		}
		parent := ""
		for dir := filepath.Clean(top); ; {
			first, rest, below := strings.Cut(rel, "/")
			if !below {
				break
			}
			dir = filepath.Join(dir, first)
			if !needed[dir] {
				in := filepath.Dir(dir)
				return &part{path: dir, parent: parent, top: in == filepath.Clean(top) || in == filepath.Join(top, sub)}
			}
			parent, rel = first, rest
		}
		if base := filepath.Base(file); isMakefile(base) && base != "Makefile" && base != "Kbuild" && base != "GNUmakefile" {
			return &part{path: file, makefile: true}
		}
		return nil
	}
	return nil
}

// objects returns the module's objects, as paths below the directory of its Makefile. ok is false if they are not known.
func (s *search) objects() (objects []string, ok bool) {
	text, err := os.ReadFile(ObjectList(s.Search))
	if s.Module == "" || err != nil {
		return nil, false
	}
	for line := range strings.Lines(string(text)) {
		path := strings.TrimSpace(line)
		rel, err := filepath.Rel(filepath.Dir(s.Module), path)
		if err != nil || filepath.Ext(path) != ".o" || strings.HasPrefix(rel, "..") {
			return nil, false
		}
		objects, ok = append(objects, rel), ok || isSame(path, s.object)
	}
	return objects, ok
}

var (
	// descending is what finds files in directories that are not named.
	descending = regexp.MustCompile(`\b(rsync|tar|cpio|rglob|walk|File::Find|finddepth|ls-files|globstar)\b|\*\*|(^|[^.)\]])\*/[\w*{$]|\b(cp|ls|grep)\s+(-\S+\s+)*-\w*[aRr]`)
	comment    = regexp.MustCompile(`(?m)^\s*#.*$`)
	finding    = regexp.MustCompile(`\bfind\b[^\n;|&]*`)
	byName     = regexp.MustCompile(`-name\s+['"]?([^\s'")]+)`)
	// intoTop is a name in the directory of the module, or of its Makefile, that a variable has: $(src)/$(X), or $X/$Y in a script.
	intoTop = regexp.MustCompile("(\\$[({](src|obj|M|PWD|CURDIR|KBUILD_EXTMOD|srcroot)[)}]|\\$\\w+|\\$\\{\\w+\\})[\"']?/[\"']?[$*?{[`]")
	// intoMakefile is a Makefile whose name a variable has.
	intoMakefile = regexp.MustCompile(`(?m)^ *[-s]?include\b.*\$[({][^)}]*[)}][^/\n]*$|(\bmake\b|\$[({]MAKE[)}]).* -f *\S*\$[^/\s]*(\s|$)`)
)

// name looks for names of parts in what was read. A part that is named counts, and so does each one of which the name may be
// computed.
func (s *search) name(path string, data []byte) {
	ext := filepath.Ext(path)
	if len(s.parts) == 0 || ext == ".md" || ext == ".rst" || bytes.IndexByte(data[:min(len(data), 4096)], 0) >= 0 {
		return // text for people names nothing to be built, and an object no sources
	}
	script := isMakefile(filepath.Base(path)) || bytes.HasPrefix(data, []byte("#!")) && !slices.Contains(sources, ext) || slices.Contains(scripts, ext)
	every := false
	if script {
		commands := comment.ReplaceAll(data, nil)
		every = descending.Match(commands) || s.finds(commands)
	}
	s.parts = slices.DeleteFunc(s.parts, func(p *part) bool {
		named := every || script && p.isComputed(data)
		if !p.makefile || !slices.Contains(sources, ext) { // sources include no Makefiles
			named = named || bytes.Contains(data, []byte(filepath.Base(p.path)))
		}
		named = named || !p.makefile && ext == ".rs" && p.path == strings.TrimSuffix(path, ext)
		if named {
			s.queue = append(s.queue, p.files...)
		}
		return named
	})
}

// scripts are the extensions of files that can do anything with other files, sources those of files that include others of their kind.
var (
	scripts = []string{".sh", ".bash", ".py", ".pl", ".awk", ".rb", ".tcl", ".lua", ".m4", ".sed"}
	sources = slices.Concat(cSources, []string{".rs", ".S", ".s"})
)

// finds reports whether find(1) may find sources in any directory. Headers that it finds are read, while the rest of the part in
// which they are stays out. Modules that it finds are none of this module's sources.
func (s *search) finds(text []byte) bool {
	for _, command := range finding.FindAll(text, -1) {
		names := byName.FindAllSubmatch(command, -1)
		for _, n := range names {
			switch string(n[1]) {
			case "*.h":
				s.headers()
			case "*.ko", "*.ko.*":
			default:
				return true
			}
		}
		if len(names) == 0 {
			return true
		}
	}
	return false
}

// isComputed reports whether a Makefile or a script may compute the name of the part: a variable or a pattern follows the name of the
// directory that the part is in, or a variable that can stand for it.
func (p *part) isComputed(text []byte) bool {
	if p.makefile {
		return intoMakefile.Match(text)
	}
	if p.top && intoTop.Match(text) {
		return true
	}
	for at := 0; p.parent != ""; {
		i := bytes.Index(text[at:], []byte(p.parent+"/"))
		if i < 0 {
			break
		}
		at += i + len(p.parent) + 1
		if rest := bytes.TrimLeft(text[at:], `"'`); len(rest) > 0 && bytes.IndexByte([]byte("$%*?{[`"), rest[0]) >= 0 {
			return true
		}
	}
	return false
}

// headers has the headers in all parts read, of which the rest stays out.
func (s *search) headers() {
	for _, p := range s.parts {
		p.files = slices.DeleteFunc(p.files, func(f string) bool {
			header := filepath.Ext(f) == ".h"
			if header {
				s.queue = append(s.queue, f)
			}
			return header
		})
	}
}

func isMakefile(base string) bool {
	return filepath.Ext(base) == ".mk" || strings.HasPrefix(base, "Makefile") || strings.HasPrefix(base, "Kbuild") || base == "GNUmakefile"
}
