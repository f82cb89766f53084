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

// Tree is an object tree, measured.
type Tree struct {
	// Root is the path as it was given.
	Root string
	// Objects are the objects of crates, by their paths.
	Objects []*Object
	// Images are the kernel and its modules, by their paths.
	Images []Image
	// Problems are what could not be read, and what does not fit together, by their
	// paths.
	Problems []Problem
}

// Object is an object of a crate.
type Object struct {
	// Path is relative to the tree, with slashes.
	Path string
	// ELF is nil where the object cannot be read.
	ELF *elfobj.Object
	// Record is nil where there is none that can be read and is of this object.
	Record *record.Record
}

// Took is what the steps in the object's record took together: elapsed and
// processor time in seconds, and the most memory that one of them had at a time,
// in KiB. ok is false where no record has steps.
func (o *Object) Took() (wall, cpu float64, peak int64, ok bool) {
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

// Problem is what is wrong with a file.
type Problem struct {
	Path string `json:"path"`
	What string `json:"what"`
}

// Read finds and measures what is in the object tree at root. What cannot be
// read is among the tree's problems; the error is for a root that is no object
// tree with Rust in it (ErrNoTree, ErrNoRust), or no folder.
func Read(root string) (*Tree, error) {
	info, err := os.Stat(root)
	if err != nil {
		return nil, errors.New(plain(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("it is no folder: %w", ErrNoTree)
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

// measured is what came of reading one file.
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
		m.problem(name, "%s", plain(err))
	}
	rec := filepath.ToSlash(record.Path(name))
	r, err := record.Read(filepath.Join(root, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m
	case err != nil:
		m.problem(rec, "%s", plain(err))
		return m
	case !isOf(r, name):
		m.problem(rec, "it is the record of another object, %s", r.Object)
		return m
	}
	o.Record = r
	if o.ELF != nil {
		if what := misfit(r, o.ELF); what != "" {
			m.problem(rec, "it does not fit its object: %s; was the object compiled again without rustc-lto-wrap?", what)
		}
	}
	return m
}

// isOf says whether a record is of the object at a path of the tree. It has the
// path that kbuild gave, which begins in the folder where make ran: in another
// one, if the tree is a part of that or was moved.
func isOf(r *record.Record, name string) bool {
	named := "/" + strings.TrimPrefix(filepath.ToSlash(filepath.Clean(r.Object)), "/")
	name = "/" + name
	return strings.HasSuffix(named, name) || strings.HasSuffix(name, named)
}

// misfit says in what a record is not about this object, "" if it may be.
func misfit(r *record.Record, o *elfobj.Object) string {
	if r.Pipeline == "" {
		return "" // it was not rewritten: the record says nothing of what is in it
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
			return "the object refers to " + name + ", and the record does not say so"
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
		m.problem(name, "%s", plain(err))
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

// notELF says what a file is that could not be read as ELF.
func notELF(path string, err error) string {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return plain(err)
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
		return "it is no ELF object"
	}
	return "damaged: " + err.Error()
}
