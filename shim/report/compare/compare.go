// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package compare computes the differences between two object trees: for example
// the same kernel built without and with the helpers inlined, or with two ways of
// inlining. Package objtree reads the trees. This package neither reads nor prints
// anything.
package compare

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/report/objtree"
)

// Schema is the version of the JSON form of a [Comparison]. It changes when a field
// changes its meaning. New fields do not change it.
const Schema = 1

// Comparison is the difference between the trees A and B. Its JSON form is one object.
// Sizes are in bytes, times in seconds. docs/reports.md has its fields with these comments.
type Comparison struct {
	// Kind is always "comparison".
	Kind string `json:"kind"`
	// Schema is 1. It changes when a field changes its meaning; fields may be added.
	Schema int `json:"schema"`
	// Version is the version of the program that made the comparison.
	Version string `json:"version"`
	// A and B are the paths of the trees, as given on the command line.
	A string `json:"a"`
	B string `json:"b"`
	// PipelinesA and PipelinesB are the pipelines that made the Rust objects of each tree,
	// according to their records: "late", "early, speed". There are none if a record does not
	// match its object.
	PipelinesA []string `json:"ways_a"`
	PipelinesB []string `json:"ways_b"`
	// Total are the sums over Objects, each as {"a": …, "b": …}.
	Total Figures[Pair] `json:"total"`
	// Objects are the Rust objects in both trees, sorted by path.
	Objects []Object `json:"objects"`
	// OnlyA and OnlyB are the Rust objects in one of the trees only, with figures that are
	// numbers.
	OnlyA []Lone `json:"only_a"`
	OnlyB []Lone `json:"only_b"`
	// Functions are the functions of Objects that differ in size, number or stack
	// frame, sorted by change of size, largest first.
	Functions []Function `json:"functions"`
	// Images are the kernel (vmlinux) and the modules (.ko) in both trees.
	Images []Image `json:"images"`
	// ImagesOnlyA and ImagesOnlyB are the paths of the images in one of the trees
	// only.
	ImagesOnlyA []string `json:"images_only_a"`
	ImagesOnlyB []string `json:"images_only_b"`
	// Time is the time of compilation, null if no object has a record of it in both
	// trees.
	Time *Time `json:"time"`
	// Problems are the files that cannot be read or are inconsistent, with the tree they are
	// in: "a", "b", or "" for both.
	Problems []Problem `json:"problems"`
}

// Pair is a figure in both trees.
type Pair struct {
	A int64 `json:"a"`
	B int64 `json:"b"`
}

// Delta returns B - A.
func (p Pair) Delta() int64 { return p.B - p.A }

// Plus returns the sum of two pairs.
func (p Pair) Plus(q Pair) Pair { return Pair{p.A + q.A, p.B + q.B} }

// Object is an object in both trees.
type Object struct {
	Path string `json:"object"`
	Figures[Pair]
	// Wall and CPU are the times of compilation in seconds, null unless both trees
	// have a record of them.
	Wall *TimePair `json:"wall_s"`
	CPU  *TimePair `json:"cpu_s"`
}

// Lone is an object in one tree only.
type Lone struct {
	Path string `json:"object"`
	Figures[int64]
}

// These are the changes of a function.
const (
	Grew     = "grew"
	Shrank   = "shrank"
	Appeared = "appeared"
	Vanished = "vanished"
	// Same is a function with the same size and another stack frame.
	Same = "same size"
)

// Function is a function that differs between the two objects. Functions of one
// object with the same readable name are combined.
type Function struct {
	Object string `json:"object"`
	// Name is the readable name.
	Name   string `json:"name"`
	Change string `json:"change"`
	// Size is the total size of all Count functions.
	Size  Pair `json:"size_bytes"`
	Count Pair `json:"count"`
	// Frame is the largest stack frame, null unless both objects have a size for
	// it.
	Frame *Pair `json:"frame_bytes"`
}

// Image is a linked file in both trees.
type Image struct {
	Path string `json:"path"`
	// File is the size of the whole file, including symbols and debug information.
	File Pair `json:"file_bytes"`
	Text Pair `json:"text_bytes"`
	Data Pair `json:"data_bytes"`
	BSS  Pair `json:"bss_bytes"`
}

// TimePair is a time in both trees, in seconds.
type TimePair struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Time is the time of compilation.
type Time struct {
	// Objects is the number of objects with a record of their times in both trees.
	// The times are sums over these objects.
	Objects int      `json:"objects"`
	Wall    TimePair `json:"wall_s"`
	CPU     TimePair `json:"cpu_s"`
}

// Problem is a problem in tree A or B ("a", "b"), or in both ("").
type Problem struct {
	Tree string `json:"tree"`
	objtree.Problem
}

// pipelines returns the pipelines that made a tree's objects, for which see [Comparison]. It
// returns none for a tree in which something else has rebuilt objects: of one that the plain
// build made the same, with helpers that remained calls, the old record still fits.
func pipelines(t *objtree.Tree) []string {
	out := []string{}
	if slices.ContainsFunc(t.Objects, func(o *objtree.Object) bool { return o.Stale }) {
		return out
	}
	for _, o := range t.Objects {
		if o.Record != nil && o.Record.PipelineAndGoal() != "" && !slices.Contains(out, o.Record.PipelineAndGoal()) {
			out = append(out, o.Record.PipelineAndGoal())
		}
	}
	slices.Sort(out)
	return out
}

// Compare compares two trees. version is the version of the program.
func Compare(a, b *objtree.Tree, version string) *Comparison {
	c := &Comparison{
		Kind: "comparison", Schema: Schema, Version: version, A: a.Root, B: b.Root, PipelinesA: pipelines(a), PipelinesB: pipelines(b),
		Objects: []Object{}, OnlyA: []Lone{}, OnlyB: []Lone{}, Functions: []Function{},
		Images: []Image{}, ImagesOnlyA: []string{}, ImagesOnlyB: []string{}, Problems: []Problem{},
	}
	for _, side := range []struct {
		name string
		tree *objtree.Tree
	}{{"a", a}, {"b", b}} {
		for _, p := range side.tree.Problems {
			c.Problems = append(c.Problems, Problem{side.name, p})
		}
	}
	pathOf := func(o *objtree.Object) string { return o.Path }
	byPath(a.Objects, b.Objects, pathOf, func(oa, ob *objtree.Object) {
		// Problems already lists an object that cannot be read.
		switch {
		case oa != nil && oa.ELF == nil || ob != nil && ob.ELF == nil:
		case ob == nil:
			c.OnlyA = append(c.OnlyA, Lone{oa.Path, measure(oa.ELF)})
		case oa == nil:
			c.OnlyB = append(c.OnlyB, Lone{ob.Path, measure(ob.ELF)})
		default:
			c.object(oa, ob)
		}
	})
	byPath(pointers(a.Images), pointers(b.Images), func(i *objtree.Image) string { return i.Path }, func(ia, ib *objtree.Image) {
		switch {
		case ib == nil:
			c.ImagesOnlyA = append(c.ImagesOnlyA, ia.Path)
		case ia == nil:
			c.ImagesOnlyB = append(c.ImagesOnlyB, ib.Path)
		default:
			c.Images = append(c.Images, Image{
				Path: ia.Path, File: pair(ia.File, ib.File), Text: pair(ia.Sizes.Text(), ib.Sizes.Text()),
				Data: pair(ia.Sizes.Data, ib.Sizes.Data), BSS: pair(ia.Sizes.BSS, ib.Sizes.BSS),
			})
		}
	})
	slices.SortStableFunc(c.Functions, func(f, g Function) int {
		return cmp.Or(cmp.Compare(magnitude(g.Size), magnitude(f.Size)), cmp.Compare(f.Name, g.Name), cmp.Compare(f.Object, g.Object))
	})
	return c
}

func (c *Comparison) object(a, b *objtree.Object) {
	if a.ELF.Machine != b.ELF.Machine {
		c.Problems = append(c.Problems, Problem{"", objtree.Problem{
			Path: a.Path, What: "it is for different machines: " + a.ELF.Machine.String() + " and " + b.ELF.Machine.String(),
		}})
	}
	o := Object{Path: a.Path, Figures: both(measure(a.ELF), measure(b.ELF))}
	wallA, cpuA, _, okA := a.Resources()
	wallB, cpuB, _, okB := b.Resources()
	if okA && okB {
		o.Wall, o.CPU = &TimePair{wallA, wallB}, &TimePair{cpuA, cpuB}
		if c.Time == nil {
			c.Time = new(Time)
		}
		t := c.Time
		t.Objects++
		t.Wall.A, t.Wall.B = t.Wall.A+o.Wall.A, t.Wall.B+o.Wall.B
		t.CPU.A, t.CPU.B = t.CPU.A+o.CPU.A, t.CPU.B+o.CPU.B
	}
	c.Objects = append(c.Objects, o)
	add(&c.Total, o.Figures)
	c.functions(a, b)
}

// group is the sum over all functions with the same readable name.
type group struct {
	size, count uint64
	frame       int64
}

func groups(o *elfobj.Object) map[string]group {
	out := map[string]group{}
	for _, f := range o.Functions {
		if f.Size == 0 || isPadding(f.Name) {
			continue
		}
		name := Readable(f.Name)
		g, ok := out[name]
		if !ok {
			g.frame = -1
		}
		g.size, g.count, g.frame = g.size+f.Size, g.count+1, max(g.frame, f.Frame)
		out[name] = g
	}
	return out
}

// functions adds the functions of an object that differ between the trees.
func (c *Comparison) functions(a, b *objtree.Object) {
	ga, gb := groups(a.ELF), groups(b.ELF)
	names := maps.Clone(ga)
	maps.Copy(names, gb)
	for name := range names {
		x, inA := ga[name]
		y, inB := gb[name]
		if x == y {
			continue
		}
		f := Function{Object: a.Path, Name: name, Size: pair(x.size, y.size), Count: pair(x.count, y.count)}
		if inA && inB && x.frame >= 0 && y.frame >= 0 {
			f.Frame = &Pair{x.frame, y.frame}
		}
		switch d := f.Size.Delta(); {
		case !inA:
			f.Change = Appeared
		case !inB:
			f.Change = Vanished
		case d > 0:
			f.Change = Grew
		case d < 0:
			f.Change = Shrank
		case f.Count.Delta() == 0 && (f.Frame == nil || f.Frame.Delta() == 0):
			continue // the frame is unknown in one of the objects
		default:
			f.Change = Same
		}
		c.Functions = append(c.Functions, f)
	}
}

func pair(a, b uint64) Pair { return Pair{int64(min(a, math.MaxInt64)), int64(min(b, math.MaxInt64))} }

func magnitude(p Pair) int64 { return max(p.Delta(), -p.Delta()) }

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// byPath calls visit for each path in two lists that are sorted by path. An
// argument of visit is nil if its list has no element with that path.
func byPath[T any](a, b []*T, path func(*T) string, visit func(a, b *T)) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && path(a[0]) < path(b[0]):
			visit(a[0], nil)
			a = a[1:]
		case len(a) == 0 || path(b[0]) < path(a[0]):
			visit(nil, b[0])
			b = b[1:]
		default:
			visit(a[0], b[0])
			a, b = a[1:], b[1:]
		}
	}
}
