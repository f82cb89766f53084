// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package summary computes what one build did, from its records and its objects.
// Package objtree reads these. This package neither reads nor prints anything.
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

// Schema is the version of the JSON form of a [Report]. It changes when a field
// changes its meaning. New fields do not change it.
const Schema = 1

// Report says what one build did. Its JSON form is one object. Sizes are in bytes, times in
// seconds, memory in KiB. docs/reports.md has its fields with these comments.
type Report struct {
	// Kind is always "report".
	Kind string `json:"kind"`
	// Schema is 1. It changes when a field changes its meaning; fields may be added.
	Schema int `json:"schema"`
	// Version is the version of the program that made the report.
	Version string `json:"version"`
	// Tree is the path of the object tree, as given on the command line.
	Tree string `json:"tree"`
	// Total are the sums over all objects that have a record.
	Total Total `json:"total"`
	// Objects are the objects that have a record, sorted by path.
	Objects []Object `json:"objects"`
	// Helpers are the helpers that were inlined, with the number of objects in which each was
	// inlined and left, sorted by number of objects, largest first.
	Helpers []Helper `json:"helpers"`
	// Left are the helpers that rewritten objects still refer to, sorted by number of
	// references, largest first.
	Left []Left `json:"left"`
	// Contracts are the objects that were made in another way than the settings ask for,
	// because the optimiser must remove some code of the crate (build_assert!).
	Contracts []Contract `json:"contracts"`
	// Unrecorded are the Rust objects without a record that matches them: rustc-lto-wrap did
	// not compile them, or they cannot call helpers.
	Unrecorded []Unrecorded `json:"unrecorded"`
	// Tools are the tools that made the objects, sorted by name and version.
	Tools []Tool `json:"tools"`
	// Steps are the sums for each step, in the order of a build.
	Steps []Step `json:"steps"`
	// Problems are the files that cannot be read or are inconsistent.
	Problems []objtree.Problem `json:"problems"`
}

// Total is the sum over the objects of a report.
type Total struct {
	// Objects is the number of objects with a record. Rewritten is how many of them
	// were made in a way that inlines helpers, and Plain how many were compiled
	// without trying.
	Objects   int `json:"objects"`
	Rewritten int `json:"rewritten"`
	Plain     int `json:"plain"`
	// Helpers is the number of different helpers that were called. Called, Inlined
	// and Left are the sums over the objects.
	Helpers int `json:"different_helpers_called"`
	Called  int `json:"helpers_called"`
	Inlined int `json:"helpers_inlined"`
	Left    int `json:"helpers_left"`
	// References and Calls are the references and calls to helpers that are left in
	// the objects.
	References int `json:"references_left"`
	Calls      int `json:"calls_left"`
	// Code is the size of the objects' code.
	Code int64 `json:"code_bytes"`
	// Wall and CPU are the sums over all steps. The build took less time, because
	// it compiles objects in parallel. MaxRSS is the largest peak memory of a step.
	Wall   float64 `json:"wall_s"`
	CPU    float64 `json:"cpu_s"`
	MaxRSS int64   `json:"max_rss_kib"`
}

// Object is an object that has a record.
type Object struct {
	Path  string `json:"object"`
	Crate string `json:"crate"`
	// Mode is the value of LTO_WRAP: on, try or off.
	Mode    string `json:"mode"`
	Variant string `json:"variant"`
	// Pipeline, Linkage and Inline are "" if nothing was rewritten.
	Pipeline string `json:"pipeline"`
	// WhyLate says why the pipeline is late although early is set.
	WhyLate string `json:"why_late,omitempty"`
	// Optimize is what the early pipeline optimised for: speed or size, "" where it
	// does not apply.
	Optimize string `json:"optimize"`
	Linkage  string `json:"linkage"`
	Inline   string `json:"inline"`
	// NotInlined is the reason why inlining was not even tried.
	NotInlined string `json:"not_inlined,omitempty"`
	// Called is the number of helpers that the crate calls according to its record.
	// Left is how many of them the object still refers to, and Inlined is the
	// difference.
	Called  int `json:"helpers_called"`
	Inlined int `json:"helpers_inlined"`
	Left    int `json:"helpers_left"`
	// References and Calls are counted in the object as it is now. They are null if
	// it cannot be read.
	References *int `json:"references_left"`
	Calls      *int `json:"calls_left"`
	// Copies is how many of Left are in the object itself, local, and only called there: the
	// assembler has resolved these calls, so that neither References nor Calls has them.
	Copies int `json:"copies_called"`
	// Code is the size of the object's code as it is now, null if it cannot be
	// read. The size in the record is from before objtool.
	Code *int64 `json:"code_bytes"`
	// Wall and CPU are the sums over the steps. MaxRSS is the largest peak memory
	// of a step.
	Wall   float64       `json:"wall_s"`
	CPU    float64       `json:"cpu_s"`
	MaxRSS int64         `json:"max_rss_kib"`
	Steps  []record.Step `json:"steps"`
}

// Helper is a helper that was inlined.
type Helper struct {
	Name string `json:"name"`
	// Inlined is the number of objects in which it was inlined. Left is the number
	// of objects that still refer to it.
	Inlined int `json:"inlined_in"`
	Left    int `json:"left_in"`
}

// Left is a helper that an object still refers to.
type Left struct {
	Object string `json:"object"`
	record.Left
}

// Contract is an object with the reason for the way in which it was made.
type Contract struct {
	Object string `json:"object"`
	record.Contract
}

// Unrecorded is a Rust object without a record.
type Unrecorded struct {
	Path string `json:"object"`
	// References and Calls are the references and calls to helpers in the object,
	// null if it cannot be read.
	References *int `json:"references"`
	Calls      *int `json:"calls"`
	// Stale is set where there is a record that does not match the object.
	Stale bool `json:"stale_record,omitempty"`
}

// Tool is a tool that made objects.
type Tool struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	LLVM    int      `json:"llvm_major"`
	Argv    []string `json:"argv"`
	// Objects is the number of these objects.
	Objects int `json:"objects"`
}

// Step is the sum over all runs of a step.
type Step struct {
	Name string  `json:"name"`
	Runs int     `json:"runs"`
	Wall float64 `json:"wall_s"`
	CPU  float64 `json:"cpu_s"`
	// MaxRSS is the largest peak memory of a run.
	MaxRSS int64 `json:"max_rss_kib"`
}

// Summarize returns the report of a tree. version is the version of the program.
func Summarize(t *objtree.Tree, version string) *Report {
	r := &Report{
		Kind: "report", Schema: Schema, Version: version, Tree: t.Root,
		Objects: []Object{}, Helpers: []Helper{}, Left: []Left{}, Contracts: []Contract{}, Unrecorded: []Unrecorded{},
		Tools: []Tool{}, Steps: []Step{}, Problems: append([]objtree.Problem{}, t.Problems...),
	}
	helpers, tools, called := map[string]*Helper{}, map[string]*Tool{}, map[string]bool{}
	for _, o := range t.Objects {
		references, calls := counts(o)
		if o.Record == nil {
			r.Unrecorded = append(r.Unrecorded, Unrecorded{o.Path, references, calls, o.Stale})
			continue
		}
		r.object(o, references, calls)
		rec := o.Record
		left := map[string]bool{}
		for _, l := range rec.Left {
			left[l.Name] = true
			r.Left = append(r.Left, Left{o.Path, l})
		}
		if rec.Contract != nil {
			r.Contracts = append(r.Contracts, Contract{o.Path, *rec.Contract})
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

// object adds a row for an object, and adds the object to the totals.
func (r *Report) object(o *objtree.Object, references, calls *int) {
	rec := o.Record
	row := Object{
		Path: o.Path, Crate: rec.Crate, Mode: rec.Mode, Variant: rec.Variant, Pipeline: rec.Pipeline, WhyLate: rec.WhyLate, Optimize: rec.Optimize,
		Linkage: rec.Linkage, Inline: rec.Inline, NotInlined: rec.NotInlined, Called: len(rec.Called), Left: len(rec.Left),
		References: references, Calls: calls, Steps: append([]record.Step{}, rec.Steps...),
	}
	for _, name := range rec.Called {
		if !slices.ContainsFunc(rec.Left, func(l record.Left) bool { return l.Name == name }) {
			row.Inlined++
		}
	}
	for _, l := range rec.Left {
		if l.Copy && l.References == 0 {
			row.Copies++
		}
	}
	row.Wall, row.CPU, row.MaxRSS, _ = o.Resources()
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

// counts returns the numbers of references and calls to helpers in an object, nil
// if it cannot be read.
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

// Contents are what the Rust objects contain, with and without a record.
type Contents struct {
	// Objects is their number, References and Calls are those to helpers in all of them.
	// Copies is how many helpers objects call in copies of their own, by the records.
	Objects, References, Calls, Copies int
}

// Contents adds up what the objects contain, however they were made.
func (r *Report) Contents() (c Contents) {
	add := func(references, calls *int, copies int) {
		c.Objects++
		c.Copies += copies
		if references != nil {
			c.References, c.Calls = c.References+*references, c.Calls+*calls
		}
	}
	for _, o := range r.Objects {
		add(o.References, o.Calls, o.Copies)
	}
	for _, o := range r.Unrecorded {
		add(o.References, o.Calls, 0)
	}
	return c
}

// PipelineAndGoal returns the pipeline and what it optimised for, as [record.Record.PipelineAndGoal] does.
func (o *Object) PipelineAndGoal() string {
	return (&record.Record{Pipeline: o.Pipeline, Optimize: o.Optimize}).PipelineAndGoal()
}

// Reason returns the reason why nothing was inlined in an object, as text. It returns
// "" if something was inlined or there was nothing to inline.
func (o *Object) Reason() string {
	if o.NotInlined != "" && o.Mode != "on" {
		return fmt.Sprintf("LTO_WRAP=%s: %s", o.Mode, o.NotInlined)
	}
	return o.NotInlined
}
