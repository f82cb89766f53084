// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/shim/report/summary"
)

// reportDoc returns a report as a document. Long tables have at most limit rows, or
// all rows if limit is 0.
func reportDoc(r *summary.Report, limit int) *render.Doc {
	t, contents := r.Total, r.Contents()
	d := &render.Doc{Title: "What rustc-lto-wrap did in " + r.Tree, Lead: lead(r, contents)}
	if contents.Objects > 0 {
		d.Figures = append(d.Figures, render.Figure{
			Label: "calls to helpers", Value: render.Int(contents.Calls), Note: "in " + render.Count(contents.Objects, "Rust object"),
		})
	}
	if t.Called > 0 {
		d.Figures = append(d.Figures, render.Figure{
			Label: "helpers inlined", Value: render.Int(t.Inlined), Note: fmt.Sprintf("of %s, over %s", render.Digits(int64(t.Called)), render.Count(t.Objects, "object")),
		})
	}
	if t.Objects > 0 {
		d.Figures = append(d.Figures,
			render.Figure{Label: "bytes of code", Value: render.Int(t.Code), Note: "in the objects with a record"},
			render.Figure{Label: "processor time", Value: render.Cell{Text: render.Seconds(t.CPU).Text + " s"}, Note: fmt.Sprintf("at most %s MiB in a step", mib(t.MaxRSS).Text)},
		)
	}
	add := func(s render.Section) { d.Sections = append(d.Sections, s) }
	if len(r.Problems) > 0 {
		add(problemSection(r.Problems))
	}
	if len(r.Objects) > 0 {
		add(totalSection(r, contents))
		add(objectSection(r))
		add(stepSection(r))
		if limit == 0 {
			add(stepsByObject(r))
		}
	}
	if len(r.Helpers) > 0 {
		add(helperSection(r, limit))
	}
	if len(r.Left) > 0 {
		add(leftSection(r))
	}
	if s := plainSection(r); s.Table != nil {
		add(s)
	}
	if s := lateSection(r); s.Table != nil {
		add(s)
	}
	if len(r.Contracts) > 0 {
		add(contractSection(r))
	}
	if len(r.Unrecorded) > 0 {
		add(unrecordedSection(r))
	}
	if len(r.Tools) > 0 {
		add(toolSection(r))
	}
	return d
}

// lead says what the objects contain, and then what their records say.
func lead(r *summary.Report, c summary.Contents) []string {
	t := r.Total
	stale := 0
	for _, u := range r.Unrecorded {
		if u.Stale {
			stale++
		}
	}
	out := []string{fmt.Sprintf("%s: %s.", render.Count(c.Objects, "Rust object"), remaining(c))}
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case t.Objects == 0 && stale == 0:
		say("No object has a record: rustc-lto-wrap did not build this tree, or make clean came after it.")
	case t.Called > 0 && t.Inlined == t.Called:
		say("By the records, all %s that %s called were inlined.", render.Count(t.Called, "helper"), render.Count(t.Rewritten, "object"))
	case t.Called > 0:
		say("By the records, %s of the %s that %s called were inlined.", render.Digits(int64(t.Inlined)), render.Count(t.Called, "helper"), render.Count(t.Rewritten, "object"))
	case t.Objects > 0 && !slices.ContainsFunc(r.Objects, func(o summary.Object) bool { return o.Mode != "off" }):
		say("Nothing was inlined: by the records, it was built with LTO_WRAP=off.")
	case t.Objects > 0:
		say("By the records, no helper was inlined.")
	}
	if stale > 0 {
		say("Something else than rustc-lto-wrap has rebuilt %s: the records from before do not match, and do not count.", render.Count(stale, "object"))
	}
	return out
}

// remaining says which calls and references to helpers objects contain.
func remaining(c summary.Contents) string {
	count := func(n int, one, more string) string {
		if n == 1 {
			return "1 " + one + " remains"
		}
		return render.Digits(int64(n)) + " " + more + " remain"
	}
	text := count(c.Calls, "call to a helper", "calls to helpers")
	if c.Calls == 0 {
		text = "no call to a helper remains"
	}
	switch others := c.References - c.Calls; {
	case others > 0 && c.Calls == 0:
		text += "; " + count(others, "reference", "references") + ", none of them a call"
	case others > 0:
		text += ", and " + count(others, "other reference", "other references")
	}
	switch c.Copies {
	case 0:
	case 1:
		text += "; 1 helper is called in a copy of the object's own"
	default:
		text += fmt.Sprintf("; %s are called in copies of the objects' own", render.Count(c.Copies, "helper"))
	}
	return text
}

func problemSection(list []objtree.Problem) render.Section {
	t := &render.Table{Columns: []render.Column{{Title: "file", Kind: render.Name}, {Title: "what", Kind: render.Words}}}
	for _, p := range list {
		t.Rows = append(t.Rows, []render.Cell{render.Text(p.Path), render.Text(p.What)})
	}
	return render.Section{Title: "Could not be read, or does not fit", Table: t, Problem: true}
}

func totalSection(r *summary.Report, c summary.Contents) render.Section {
	t := r.Total
	table := &render.Table{Columns: []render.Column{{Title: "total", Kind: render.Words}, {Title: "", Kind: render.Number}}}
	row := func(name string, c render.Cell) { table.Rows = append(table.Rows, []render.Cell{render.Text(name), c}) }
	row("Rust objects", render.Int(c.Objects))
	row("references to helpers in them", render.Int(c.References))
	row("of these calls", render.Int(c.Calls))
	row("objects with a record", render.Int(t.Objects))
	row("of these compiled through bitcode", render.Int(t.Rewritten))
	row("of these compiled without inlining", render.Int(t.Plain))
	row("helpers called, added up over the objects", render.Int(t.Called))
	row("of these inlined", render.Int(t.Inlined))
	row("of these left", render.Int(t.Left))
	row("different helpers called", render.Int(t.Helpers))
	row("code of these objects, bytes", render.Int(t.Code))
	row("elapsed time of all steps, s", render.Seconds(t.Wall))
	row("processor time of all steps, s", render.Seconds(t.CPU))
	row("peak memory of a step, MiB", mib(t.MaxRSS))
	return render.Section{Title: "In total", Table: table}
}

func objectSection(r *summary.Report) render.Section {
	table := &render.Table{Columns: []render.Column{
		{Title: "object", Kind: render.Name}, {Title: "crate", Kind: render.Name, Spare: 4}, {Title: "variant", Spare: 2}, {Title: "pipeline", Spare: 1},
		{Title: "called", Kind: render.Number}, {Title: "inlined", Kind: render.Number}, {Title: "left", Kind: render.Number},
		{Title: "calls left", Kind: render.Number}, {Title: "code", Kind: render.Number},
		{Title: "time s", Kind: render.Number}, {Title: "peak MiB", Kind: render.Number, Spare: 3},
	}}
	plot := render.Plot{
		Title: "Helpers of each object", Kind: render.Stacked, Series: []string{"inlined", "left"},
		Desc: "A bar for each object: how many of the helpers that it calls were inlined, followed by how many were left.",
	}
	for _, o := range r.Objects {
		pipeline := cmp.Or(o.PipelineAndGoal(), "-")
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(o.Path), render.Text(o.Crate), render.Text(o.Variant), render.Text(pipeline),
			render.Int(o.Called), render.Int(o.Inlined), render.Int(o.Left), optionalCell(o.Calls), optionalCell(o.Code),
			render.Seconds(o.Wall), mib(o.MaxRSS),
		})
		plot.Bars = append(plot.Bars, render.Bar{Label: o.Path, Values: []float64{float64(o.Inlined), float64(o.Left)}})
	}
	t := r.Total
	table.Total = []render.Cell{
		render.Text("total"), render.Text(""), render.Text(""), render.Text(""),
		render.Int(t.Called), render.Int(t.Inlined), render.Int(t.Left), render.Int(t.Calls), render.Int(t.Code),
		render.Seconds(t.Wall), mib(t.MaxRSS),
	}
	return render.Section{
		Title: "Objects",
		Text: []string{"Called, inlined and left count helpers; calls left counts calls in the object as it is now. Code is in bytes. " +
			"Time is elapsed time of all steps, peak memory that of the largest."},
		Table: table, Plots: []render.Plot{plot.Largest(sum)},
	}
}

func stepSection(r *summary.Report) render.Section {
	table := &render.Table{Columns: []render.Column{
		{Title: "step"}, {Title: "runs", Kind: render.Number}, {Title: "elapsed s", Kind: render.Number},
		{Title: "processor s", Kind: render.Number}, {Title: "peak MiB", Kind: render.Number},
	}}
	runs := 0
	for _, s := range r.Steps {
		runs += s.Runs
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(s.Name), render.Int(s.Runs), render.Seconds(s.Wall), render.Seconds(s.CPU), mib(s.MaxRSS),
		})
	}
	t := r.Total
	table.Total = []render.Cell{render.Text("total"), render.Int(runs), render.Seconds(t.Wall), render.Seconds(t.CPU), mib(t.MaxRSS)}
	return render.Section{Title: "Steps", Text: []string{"Sums over the objects, which a build compiles in parallel."}, Table: table}
}

// stepsByObject returns a table of the time of each step of each object.
func stepsByObject(r *summary.Report) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}}, Long: true}
	plot := render.Plot{
		Title: "Elapsed time of each object by step", Unit: "s", Kind: render.Stacked,
		Desc: "A bar for each object: the elapsed time of its steps, one after the other.",
	}
	for _, s := range r.Steps {
		table.Columns = append(table.Columns, render.Column{Title: s.Name + " s", Kind: render.Number})
		plot.Series = append(plot.Series, s.Name)
	}
	table.Columns = append(table.Columns, render.Column{Title: "together s", Kind: render.Number})
	for _, o := range r.Objects {
		times := make([]float64, len(r.Steps))
		for _, s := range o.Steps {
			times[slices.IndexFunc(r.Steps, func(t summary.Step) bool { return t.Name == s.Name })] += s.Wall
		}
		row := []render.Cell{render.Text(o.Path)}
		for _, t := range times {
			row = append(row, render.Seconds(t))
		}
		table.Rows = append(table.Rows, append(row, render.Seconds(o.Wall)))
		plot.Bars = append(plot.Bars, render.Bar{Label: o.Path, Values: times})
	}
	return render.Section{Title: "Time of each object", Table: table, Plots: []render.Plot{plot.Largest(sum)}}
}

func helperSection(r *summary.Report, limit int) render.Section {
	table := &render.Table{Long: len(r.Helpers) > Most, Columns: []render.Column{
		{Title: "helper", Kind: render.Name}, {Title: "inlined in objects", Kind: render.Number}, {Title: "left in objects", Kind: render.Number},
	}}
	list, rest := firstElements(r.Helpers, limit)
	for _, h := range list {
		table.Rows = append(table.Rows, []render.Cell{render.Text(h.Name), render.Int(h.Inlined), render.Int(h.Left)})
	}
	return render.Section{Title: "Helpers that were inlined most", Text: rest, Table: table}
}

func leftSection(r *summary.Report) render.Section {
	table := &render.Table{Columns: []render.Column{
		{Title: "object", Kind: render.Name}, {Title: "helper", Kind: render.Name}, {Title: "references", Kind: render.Number},
		{Title: "calls", Kind: render.Number}, {Title: "why"},
	}}
	for _, l := range r.Left {
		why := l.Reason
		if l.Copy {
			why += " (the object has a copy of it)"
		}
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(l.Object), render.Text(l.Name), render.Int(l.References), render.Int(l.Calls), render.Text(why),
		})
	}
	return render.Section{Title: "Helpers that are left, and why", Table: table}
}

func plainSection(r *summary.Report) render.Section {
	var table *render.Table
	for _, o := range r.Objects {
		if o.NotInlined == "" {
			continue
		}
		if table == nil {
			table = &render.Table{Columns: []render.Column{
				{Title: "object", Kind: render.Name}, {Title: "LTO_WRAP"}, {Title: "calls left", Kind: render.Number}, {Title: "why"},
			}}
		}
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(o.Path), render.Text(o.Mode), optionalCell(o.Calls), render.Text(o.NotInlined),
		})
	}
	return render.Section{Title: "Crates without inlining", Table: table}
}

func lateSection(r *summary.Report) render.Section {
	var table *render.Table
	for _, o := range r.Objects {
		if o.WhyLate == "" {
			continue
		}
		if table == nil {
			table = &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}, {Title: "why"}}}
		}
		table.Rows = append(table.Rows, []render.Cell{render.Text(o.Path), render.Text(o.WhyLate)})
	}
	return render.Section{Title: "Crates forced to the late pipeline", Table: table}
}

func contractSection(r *summary.Report) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}, {Title: "made"}, {Title: "why"}}}
	for _, c := range r.Contracts {
		table.Rows = append(table.Rows, []render.Cell{render.Text(c.Object), render.Text(c.Description()), render.Text(c.Reason())})
	}
	return render.Section{Title: "Made in another way, for build_assert! and the like", Table: table}
}

func unrecordedSection(r *summary.Report) render.Section {
	s := render.Section{Title: "Rust objects without a record"}
	var quiet []string
	for _, u := range r.Unrecorded {
		if u.References != nil && *u.References == 0 {
			quiet = append(quiet, u.Path)
			continue
		}
		if s.Table == nil {
			s.Table = &render.Table{Columns: []render.Column{
				{Title: "object", Kind: render.Name}, {Title: "references", Kind: render.Number}, {Title: "calls", Kind: render.Number},
			}}
		}
		s.Table.Rows = append(s.Table.Rows, []render.Cell{render.Text(u.Path), optionalCell(u.References), optionalCell(u.Calls)})
	}
	if len(quiet) > 0 {
		names, more := quiet, ""
		if len(names) > Most {
			names, more = names[:Most], fmt.Sprintf(" and %d more", len(quiet)-Most)
		}
		s.Text = append(s.Text, fmt.Sprintf("%s without references to helpers: %s%s.", render.Count(len(quiet), "object"), strings.Join(names, ", "), more))
	}
	if s.Table != nil {
		s.Text = append(s.Text, "These refer to helpers, and rustc-lto-wrap did not compile them:")
	}
	return s
}

func toolSection(r *summary.Report) render.Section {
	table := &render.Table{Columns: []render.Column{
		{Title: "tool"}, {Title: "LLVM", Kind: render.Number}, {Title: "objects", Kind: render.Number},
		{Title: "command", Kind: render.Name}, {Title: "version"},
	}}
	for _, t := range r.Tools {
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(t.Name), render.Int(t.LLVM), render.Int(t.Objects), render.Text(strings.Join(t.Argv, " ")), render.Text(t.Version),
		})
	}
	return render.Section{Title: "Tools", Text: []string{"rustc-lto-wrap " + r.Version + " made this report."}, Table: table}
}

// firstElements returns the first limit elements of a list, or all if limit is 0. It also
// returns a sentence about the elements that it leaves out.
func firstElements[T any](list []T, limit int) ([]T, []string) {
	if limit == 0 || len(list) <= limit {
		return list, nil
	}
	return list[:limit], []string{fmt.Sprintf("The first %d of %s; --format=json and --format=html have all.", limit, render.Digits(int64(len(list))))}
}

func sum(b render.Bar) (total float64) {
	for _, v := range b.Values {
		total += v
	}
	return total
}

// optionalCell returns the cell of a figure that may be unknown.
func optionalCell[T int | int64](n *T) render.Cell {
	if n == nil {
		return render.None()
	}
	return render.Int(*n)
}

// mib returns the cell of an amount of memory, given in KiB and printed in MiB.
func mib(kib int64) render.Cell { return render.Int((kib + 512) / 1024) }
