// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compare

import "rustc-lto-wrap/shim/formats/elfobj"

// Figures are the figures of an object, either in one tree (T is int64) or in both
// (T is [Pair]).
type Figures[T any] struct {
	// References is the number of relocations against helpers. Calls is how many of
	// them have a type that is used for calls.
	References T `json:"references"`
	Calls      T `json:"calls"`
	// Copies is the number of helpers that the object defines itself. The assembler
	// may have resolved calls to them without a relocation.
	Copies T `json:"copies"`
	// Code and ROData add up to what llvm-size prints as text. Data and BSS are
	// what it prints as data and bss. See [elfobj.Sizes].
	Code   T `json:"code_bytes"`
	ROData T `json:"rodata_bytes"`
	Data   T `json:"data_bytes"`
	BSS    T `json:"bss_bytes"`
	// Relocations is the number of relocations in sections that are loaded.
	Relocations T `json:"relocations"`
	// Frame is the largest stack frame of a function. It is null if the object, or
	// one of the two, was compiled without .stack_sizes. In a total it is the
	// largest frame of the objects that have one.
	Frame *T `json:"largest_frame_bytes"`
}

// each returns the figures in the order of [Table]; the frame, which not every object has, is
// not among them.
func (f *Figures[T]) each() [len(Table)]*T {
	return [...]*T{&f.References, &f.Calls, &f.Copies, &f.Code, &f.ROData, &f.Data, &f.BSS, &f.Relocations}
}

// At returns the figure of the i-th entry of [Table].
func (f Figures[T]) At(i int) T { return *f.each()[i] }

// Figure describes a figure of an object. The documents and the conditions of --fail-on
// come from these entries.
type Figure struct {
	// Name is that of its condition. Words name it in a sentence, Row among the totals, and
	// Column in a table of objects.
	Name, Words, Row, Column string
	// Size is set for what belongs to the sizes and not to the calls.
	Size bool
	// Main is set for what is shown first.
	Main bool
	// Spare is for its change, as [render.Column.Spare].
	Spare int
	of    func(*elfobj.Object) int64
}

// Table describes all figures.
var Table = [...]Figure{
	{Name: "references", Words: "references to helpers", Row: "references to helpers", Column: "references", of: func(o *elfobj.Object) (n int64) {
		for _, c := range o.Count(elfobj.IsHelper) {
			n += int64(c.References)
		}
		return n
	}},
	{Name: "calls", Words: "calls to helpers", Row: "of these calls", Column: "calls", Main: true, of: func(o *elfobj.Object) (n int64) {
		for _, c := range o.Count(elfobj.IsHelper) {
			n += int64(c.Calls)
		}
		return n
	}},
	{Name: "copies", Words: "copies of helpers", Row: "copies of helpers", Column: "copies", of: func(o *elfobj.Object) (n int64) {
		for _, fn := range o.Functions {
			if elfobj.IsHelper(fn.Name) {
				n++
			}
		}
		return n
	}},
	{Name: "code", Words: "bytes of code", Row: "code, bytes", Column: "code", Size: true, Main: true,
		of: func(o *elfobj.Object) int64 { return int64(o.Sizes.Code) }},
	{Name: "rodata", Words: "bytes of other read-only data", Row: "other read-only data, bytes", Column: "read-only", Size: true, Spare: 2,
		of: func(o *elfobj.Object) int64 { return int64(o.Sizes.ROData) }},
	{Name: "data", Words: "bytes of data", Row: "data, bytes", Column: "data", Size: true, Spare: 4,
		of: func(o *elfobj.Object) int64 { return int64(o.Sizes.Data) }},
	{Name: "bss", Words: "bytes of bss", Row: "bss, bytes", Column: "bss", Size: true, Spare: 5,
		of: func(o *elfobj.Object) int64 { return int64(o.Sizes.BSS) }},
	{Name: "relocations", Words: "relocations", Row: "relocations of what is loaded", Column: "relocations", Size: true, Main: true, Spare: 1,
		of: func(o *elfobj.Object) int64 { return int64(o.Relocations) }},
}

// measure returns the figures of one object.
func measure(o *elfobj.Object) (f Figures[int64]) {
	for i, figure := range f.each() {
		*figure = Table[i].of(o)
	}
	for _, fn := range o.Functions {
		if fn.Frame >= 0 && (f.Frame == nil || *f.Frame < fn.Frame) {
			f.Frame = &fn.Frame
		}
	}
	return f
}

func both(a, b Figures[int64]) (f Figures[Pair]) {
	for i, figure := range f.each() {
		*figure = Pair{a.At(i), b.At(i)}
	}
	if a.Frame != nil && b.Frame != nil {
		f.Frame = &Pair{*a.Frame, *b.Frame}
	}
	return f
}

// add adds the figures of an object to a total.
func add(total *Figures[Pair], f Figures[Pair]) {
	for i, sum := range total.each() {
		*sum = sum.Plus(f.At(i))
	}
	if f.Frame != nil {
		if total.Frame == nil {
			total.Frame = new(Pair)
		}
		total.Frame.A, total.Frame.B = max(total.Frame.A, f.Frame.A), max(total.Frame.B, f.Frame.B)
	}
}
