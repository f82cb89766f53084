// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package objtree

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
)

// Tree is an object tree with its measurements.
type Tree struct {
	// Root is the path of the tree, as given on the command line.
	Root string
	// Objects are the objects of crates, sorted by path.
	Objects []*Object
	// Images are the kernel and its modules, sorted by path.
	Images []Image
	// Problems are the files that cannot be read or are inconsistent, sorted by
	// path.
	Problems []Problem
}

// Object is the object of a crate.
type Object struct {
	// Path is relative to the tree, with slashes.
	Path string
	// ELF is nil if the object cannot be read.
	ELF *elfobj.Object
	// Record is nil if there is none, if it cannot be read, if it belongs to another
	// object, or if it does not match this one.
	Record *record.Record
	// Stale is set where the record does not match the object, which something else than
	// rustc-lto-wrap has made since.
	Stale bool
}

// Resources returns the resources of the steps in the object's record: the sums of
// elapsed and processor time in seconds, and the largest peak memory of a step in
// KiB. ok is false if there is no record with steps.
func (o *Object) Resources() (wall, cpu float64, peak int64, ok bool) {
	if o.Record == nil {
		return 0, 0, 0, false
	}
	for _, s := range o.Record.Steps {
		wall, cpu, peak = wall+s.Wall, cpu+s.CPU, max(peak, s.MaxRSS)
	}
	return wall, cpu, peak, len(o.Record.Steps) > 0
}

// Image is a linked file: vmlinux or a module.
type Image struct {
	Path string
	// File is the size of the file in bytes.
	File  uint64
	Sizes elfobj.Sizes
}

// Problem is a problem with a file.
type Problem struct {
	Path string `json:"path"`
	What string `json:"what"`
}

// Read finds and measures the objects and images of the object tree at root. Files
// that cannot be read are listed in the tree's problems. Read returns an error if
// root is not a directory, or not an object tree with Rust objects (ErrNoTree,
// ErrNoRust).
func Read(root string) (*Tree, error) {
	info, err := os.Stat(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such directory")
	}
	if err != nil {
		return nil, errors.New(plainError(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("it is not a directory: %w", ErrNoTree)
	}
	f, err := find(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	t := &Tree{Root: root, Problems: f.problems}
	objects, images := make([]measured, len(f.objects)), make([]measured, len(f.images))
	var wg sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	each := func(names []string, out []measured, read func(root, name string) measured) {
		for i, name := range names {
			free <- struct{}{}
			wg.Add(1)
			go func() {
				defer wg.Done()
				out[i] = read(root, name)
				<-free
			}()
		}
	}
	each(f.objects, objects, readObject)
	each(f.images, images, readImage)
	wg.Wait()
	for _, m := range slices.Concat(objects, images) {
		t.Problems = append(t.Problems, m.problems...)
		if m.object != nil {
			t.Objects = append(t.Objects, m.object)
		}
		if m.image != nil {
			t.Images = append(t.Images, *m.image)
		}
	}
	slices.SortStableFunc(t.Problems, func(a, b Problem) int { return cmp.Compare(a.Path, b.Path) })
	return t, nil
}

// measured is the result of reading one file.
type measured struct {
	object   *Object
	image    *Image
	problems []Problem
}

func (m *measured) problem(name, format string, args ...any) {
	m.problems = append(m.problems, Problem{name, fmt.Sprintf(format, args...)})
}

func readObject(root, name string) (m measured) {
	o := &Object{Path: name}
	m.object = o
	var err error
	if o.ELF, err = readELF(filepath.Join(root, name)); err != nil {
		m.problem(name, "%s", plainError(err))
	}
	rec := filepath.ToSlash(record.Path(name))
	r, err := record.Read(filepath.Join(root, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m
	case err != nil:
		m.problem(rec, "%s", plainError(err))
		return m
	case !isOf(r, name):
		m.problem(rec, "it belongs to another object, %s", r.Object)
		return m
	}
	o.Record = r
	if o.ELF != nil {
		if what := mismatch(r, o.ELF); what != "" {
			o.Record, o.Stale = nil, true
			m.problem(rec, "it does not match its object: %s; was the object rebuilt without rustc-lto-wrap?", what)
		}
	}
	return m
}

// isOf reports whether a record belongs to the object at a path in the tree. The
// record has the path that kbuild gave, which is relative to the directory in which
// make ran. That is another directory if the tree is a part of it or was moved.
func isOf(r *record.Record, name string) bool {
	named := "/" + strings.TrimPrefix(filepath.ToSlash(filepath.Clean(r.Object)), "/")
	name = "/" + name
	return strings.HasSuffix(named, name) || strings.HasSuffix(name, named)
}

// mismatch says how a record contradicts the object, "" if it does not.
func mismatch(r *record.Record, o *elfobj.Object) string {
	if r.Pipeline == "" {
		return "" // nothing was rewritten, so the record lists no helpers
	}
	var left, has []string
	for _, l := range r.Left {
		if !l.Copy {
			left = append(left, l.Name)
		}
	}
	for _, u := range o.Undefined {
		if elfobj.IsHelper(u) {
			has = append(has, u)
		}
	}
	slices.Sort(left)
	for _, name := range has {
		if _, ok := slices.BinarySearch(left, name); !ok {
			return "the object refers to " + name + ", but the record does not list it"
		}
	}
	for _, name := range left {
		if _, ok := slices.BinarySearch(has, name); !ok {
			return "the record has " + name + " left, and the object does not refer to it"
		}
	}
	return ""
}

func readImage(root, name string) (m measured) {
	path := filepath.Join(root, name)
	info, err := os.Stat(path)
	if err != nil {
		m.problem(name, "%s", plainError(err))
		return m
	}
	f, err := elf.Open(path)
	if err != nil {
		m.problem(name, "%s", notELF(path, err))
		return m
	}
	defer f.Close()
	m.image = &Image{Path: name, File: uint64(info.Size()), Sizes: elfobj.SizesOf(f)}
	return m
}

func readELF(path string) (*elfobj.Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := elfobj.Read(f)
	if err != nil {
		return nil, errors.New(notELF(path, err))
	}
	return o, nil
}

// notELF says why a file could not be read as ELF.
func notELF(path string, err error) string {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return plainError(err)
	}
	head := make([]byte, 8)
	if f, err := os.Open(path); err == nil {
		n, _ := f.Read(head)
		head = head[:n]
		f.Close()
	}
	switch {
	case len(head) == 0:
		return "it is empty"
	case bytes.HasPrefix(head, []byte("BC\xC0\xDE")), bytes.HasPrefix(head, []byte("\xDE\xC0\x17\x0B")):
		return "it is LLVM bitcode and no ELF object: the kernel's own link-time optimisation"
	case bytes.HasPrefix(head, []byte("!<arch>")), bytes.HasPrefix(head, []byte("!<thin>")):
		return "it is an archive and no ELF object"
	case !bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return "it is not an ELF object"
	}
	return "damaged: " + err.Error()
}
