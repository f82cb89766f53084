// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package summary tells what one build did, from its records and the objects
// themselves. It computes from what was read (package objtree), and reads and
// prints nothing.
package summary

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/report/objtree"
)

// Schema is that of a [Report] as JSON. It changes when a field changes its
// meaning; a field may be added without.
const Schema = 1

// Report is what one build did. As JSON it is one object with the names that the
// fields carry. Sizes are in bytes, times in seconds, memory in KiB.
type Report struct {
	// Kind is "report".
	Kind   string `json:"kind"`
	Schema int    `json:"schema"`
	// Version is that of the program that reports.
	Version string `json:"version"`
	// Tree is the object tree's path, as it was given.
	Tree  string `json:"tree"`
	Total Total  `json:"total"`
	// Objects are those of which there is a record, by their paths.
	Objects []Object `json:"objects"`
	// Helpers are those that were inlined, first those in the most objects.
	Helpers []Helper `json:"helpers"`
	// Left are the helpers that rewritten objects still refer to, first those with
	// the most references.
	Left []Left `json:"left"`
	// Unrecorded are the Rust objects without a record: rustc-lto-wrap did not
	// compile them, or they cannot call helpers.
	Unrecorded []Unrecorded `json:"unrecorded"`
	// Tools are those that made the objects, by name and version.
	Tools []Tool `json:"tools"`
	// Steps are the sums for each step, in the order of a build.
	Steps []Step `json:"steps"`
	// Problems are what could not be read or does not fit together.
	Problems []objtree.Problem `json:"problems"`
}

// Total adds up the objects of a report.
type Total struct {
	// Objects counts those with a record; Rewritten are those of them in which
	// helpers could be inlined, Plain those that were compiled without trying.
	Objects   int `json:"objects"`
	Rewritten int `json:"rewritten"`
	Plain     int `json:"plain"`
	// Helpers counts different helpers that were called, Called, Inlined and Left
	// add up the objects' figures.
	Helpers int `json:"different_helpers_called"`
	Called  int `json:"helpers_called"`
	Inlined int `json:"helpers_inlined"`
	Left    int `json:"helpers_left"`
	// References and Calls are what the objects have left.
	References int `json:"references_left"`
	Calls      int `json:"calls_left"`
	// Code is the size of the objects' code.
	Code int64 `json:"code_bytes"`
	// Wall and CPU are what all steps took together; objects are compiled side by
	// side, so that the build took less. MaxRSS is the most that one step had.
	Wall   float64 `json:"wall_s"`
	CPU    float64 `json:"cpu_s"`
	MaxRSS int64   `json:"max_rss_kib"`
}

// Object is one object of which there is a record.
type Object struct {
	Path  string `json:"object"`
	Crate string `json:"crate"`
	// Mode is LTO_WRAP's: on, try or off.
	Mode    string `json:"mode"`
	Variant string `json:"variant"`
	// Pipeline, Linkage and Inline are "" where nothing was rewritten.
	Pipeline string `json:"pipeline"`
	// WhyLate says why the pipeline is late although early was asked for.
	WhyLate string `json:"why_late,omitempty"`
	Linkage string `json:"linkage"`
	Inline  string `json:"inline"`
	// NotInlined says why nothing was inlined, where nothing was tried.
	NotInlined string `json:"not_inlined,omitempty"`
	// Called counts the helpers that the crate calls, as its record has it, Left
	// those that the object still refers to, Inlined the others.
	Called  int `json:"helpers_called"`
	Inlined int `json:"helpers_inlined"`
	Left    int `json:"helpers_left"`
	// References and Calls are counted in the object as it is now, null where it
	// cannot be read.
	References *int `json:"references_left"`
	Calls      *int `json:"calls_left"`
	// Code is the size of its code as it is now, null where it cannot be read;
	// that in the record is from before objtool.
	Code *int64 `json:"code_bytes"`
	// Wall and CPU add up the steps, MaxRSS is the most that one of them had.
	Wall   float64       `json:"wall_s"`
	CPU    float64       `json:"cpu_s"`
	MaxRSS int64         `json:"max_rss_kib"`
	Steps  []record.Step `json:"steps"`
}

// Helper is a helper that was inlined.
type Helper struct {
	Name string `json:"name"`
	// Inlined counts the objects in which it was, Left those that still refer to
	// it.
	Inlined int `json:"inlined_in"`
	Left    int `json:"left_in"`
}

// Left is a helper that an object still refers to.
type Left struct {
	Object string `json:"object"`
	record.Left
}

// Unrecorded is a Rust object without a record.
type Unrecorded struct {
	Path string `json:"object"`
	// References and Calls count what it has of helpers, null where it cannot be
	// read.
	References *int `json:"references"`
	Calls      *int `json:"calls"`
}

// Tool is a tool that objects were made with.
type Tool struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	LLVM    int      `json:"llvm_major"`
	Argv    []string `json:"argv"`
	// Objects counts them.
	Objects int `json:"objects"`
}

// Step adds up the runs of a step.
type Step struct {
	Name string  `json:"name"`
	Runs int     `json:"runs"`
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
	// MaxRSS is the most that one run had.
	MaxRSS int64 `json:"max_rss_kib"`
}

// Summarize makes the report of a tree. version is that of the program.
func Summarize(t *objtree.Tree, version string) *Report {
	r := &Report{
		Kind: "report", Schema: Schema, Version: version, Tree: t.Root,
		Objects: []Object{}, Helpers: []Helper{}, Left: []Left{}, Unrecorded: []Unrecorded{},
		Tools: []Tool{}, Steps: []Step{}, Problems: append([]objtree.Problem{}, t.Problems...),
	}
	helpers, tools, called := map[string]*Helper{}, map[string]*Tool{}, map[string]bool{}
	for _, o := range t.Objects {
		references, calls := counts(o)
		if o.Record == nil {
			r.Unrecorded = append(r.Unrecorded, Unrecorded{o.Path, references, calls})
			continue
		}
		r.object(o, references, calls)
		rec := o.Record
		left := map[string]bool{}
		for _, l := range rec.Left {
			left[l.Name] = true
			r.Left = append(r.Left, Left{o.Path, l})
		}
		for _, name := range rec.Called {
			called[name] = true
			h := helpers[name]
			if h == nil {
				h = &Helper{Name: name}
				helpers[name] = h
			}
			if left[name] {
				h.Left++
			} else {
				h.Inlined++
			}
		}
		for name, used := range rec.Tools {
			key := name + "\x00" + used.Version + "\x00" + strings.Join(used.Argv, "\x00")
			if tools[key] == nil {
				tools[key] = &Tool{Name: name, Version: used.Version, LLVM: used.LLVM, Argv: used.Argv}
			}
			tools[key].Objects++
		}
		for _, s := range rec.Steps {
			r.step(s)
		}
	}
	for _, h := range helpers {
		if h.Inlined > 0 {
			r.Helpers = append(r.Helpers, *h)
		}
	}
	slices.SortFunc(r.Helpers, func(a, b Helper) int { return cmp.Or(cmp.Compare(b.Inlined, a.Inlined), cmp.Compare(a.Name, b.Name)) })
	slices.SortStableFunc(r.Left, func(a, b Left) int { return cmp.Compare(b.References, a.References) })
	for _, key := range slices.Sorted(maps.Keys(tools)) {
		r.Tools = append(r.Tools, *tools[key])
	}
	order := []string{"rustc", "llvm-link", "clang"}
	slices.SortStableFunc(r.Steps, func(a, b Step) int {
		return cmp.Compare(uint(slices.Index(order, a.Name)), uint(slices.Index(order, b.Name)))
	})
	r.Total.Helpers = len(called)
	return r
}

// object adds the row of an object, and counts it in.
func (r *Report) object(o *objtree.Object, references, calls *int) {
	rec := o.Record
	row := Object{
		Path: o.Path, Crate: rec.Crate, Mode: rec.Mode, Variant: rec.Variant, Pipeline: rec.Pipeline, WhyLate: rec.WhyLate,
		Linkage: rec.Linkage, Inline: rec.Inline, NotInlined: rec.NotInlined, Called: len(rec.Called), Left: len(rec.Left),
		References: references, Calls: calls, Steps: append([]record.Step{}, rec.Steps...),
	}
	for _, name := range rec.Called {
		if !slices.ContainsFunc(rec.Left, func(l record.Left) bool { return l.Name == name }) {
			row.Inlined++
		}
	}
	row.Wall, row.CPU, row.MaxRSS, _ = o.Took()
	t := &r.Total
	t.Objects++
	if rec.Pipeline == "" {
		t.Plain++
	} else {
		t.Rewritten++
	}
	if o.ELF != nil {
		code := int64(o.ELF.Sizes.Code)
		row.Code = &code
		t.Code += code
		t.References += *references
		t.Calls += *calls
	}
	t.Called, t.Inlined, t.Left = t.Called+row.Called, t.Inlined+row.Inlined, t.Left+row.Left
	t.Wall, t.CPU, t.MaxRSS = t.Wall+row.Wall, t.CPU+row.CPU, max(t.MaxRSS, row.MaxRSS)
	r.Objects = append(r.Objects, row)
}

func (r *Report) step(s record.Step) {
	i := slices.IndexFunc(r.Steps, func(t Step) bool { return t.Name == s.Name })
	if i < 0 {
		i = len(r.Steps)
		r.Steps = append(r.Steps, Step{Name: s.Name})
	}
	t := &r.Steps[i]
	t.Runs++
	t.Wall, t.CPU, t.MaxRSS = t.Wall+s.Wall, t.CPU+s.CPU, max(t.MaxRSS, s.MaxRSS)
}

// counts are the references and calls to helpers in an object, nil where it
// cannot be read.
func counts(o *objtree.Object) (references, calls *int) {
	if o.ELF == nil {
		return nil, nil
	}
	references, calls = new(int), new(int)
	for _, n := range o.ELF.Count(elfobj.IsHelper) {
		*references += n.References
		*calls += n.Calls
	}
	return references, calls
}

// Why says in words why nothing was inlined in an object, "" where something
// was, or nothing was to be.
func (o *Object) Why() string {
	if o.NotInlined != "" && o.Mode != "on" {
		return fmt.Sprintf("LTO_WRAP=%s: %s", o.Mode, o.NotInlined)
	}
	return o.NotInlined
}
