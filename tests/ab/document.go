// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"rustc-lto-wrap/shim/report"
	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/internal/spread"
	"rustc-lto-wrap/tests/lab"
)

// formats of the report. The first is the default.
var formats = []string{"table", "markdown", "html"}

// Report is all that is to be said.
type Report struct {
	Title      string
	About      []string // the tools and settings, a paragraph each
	Comparison *compare.Comparison
	Outcome    Outcome
	// Counted are the instructions of the tests, by suite.
	Counted map[string]SuiteCount
}

// Write writes the report in one of the formats.
func (r Report) Write(w io.Writer, format string) error {
	switch format {
	case "html":
		return render.HTML(w, r.doc(0))
	case "markdown":
		return render.Markdown(w, r.doc(report.Most))
	}
	return render.Terminal{}.Table(w, r.doc(report.Most))
}

// doc is the comparison of the trees, as rustc-lto-wrap --wrap-compare gives it, after what was seen besides. Long tables
// have limit rows, all if it is 0.
func (r Report) doc(limit int) *render.Doc {
	c := *r.Comparison
	// The times are those of the rounds, and told there.
	c.Time, c.Objects = nil, slices.Clone(c.Objects)
	for i := range c.Objects {
		c.Objects[i].Wall, c.Objects[i].CPU = nil, nil
	}
	d := report.CompareDoc(&c, limit)
	d.Title = r.Title
	d.Lead = slices.Concat([]string{r.Outcome.Sentence()}, r.About, d.Lead)
	var own []render.Section
	if len(r.Outcome.Tally.Different) > 0 {
		own = append(own, differentSection(r.Outcome.Tally.Different))
	}
	if r.Outcome.Tally.Tests > 0 {
		own = append(own, r.testSection())
	}
	if len(r.Outcome.Times.Objects) > 0 {
		own = append(own, timeSection(r.Outcome.Times))
	}
	d.Sections = slices.Concat(own, d.Sections)
	return d
}

func differentSection(list []lab.Difference) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "what", Kind: render.Name}, {Title: "A"}, {Title: "B"}}}
	for _, d := range list {
		table.Rows = append(table.Rows, []render.Cell{render.Text(d.What), render.Text(d.A), render.Text(d.B)})
	}
	return render.Section{Title: "What the kernels do differently", Table: table, Problem: true}
}

func (r Report) testSection() render.Section {
	t := r.Outcome.Tally
	number := func(title string) render.Column { return render.Column{Title: title, Kind: render.Number} }
	table := &render.Table{Columns: []render.Column{{Title: "suite", Kind: render.Name}, number("tests"), number("pass in A"), number("in B")}}
	text := []string{fmt.Sprintf("Each kernel ran its tests in %s under QEMU; a test passes if it does so each time.", render.Count(t.Boots, "boot"))}
	all := r.Outcome.Counted
	if all.Tests > 0 {
		table.Columns = append(table.Columns, number("counted"), number("instructions in A, thousands"), number("in B"), number("%"))
		text = append(text, fmt.Sprintf("In %d of them the guest's clock counted instructions, at a different speed each. "+
			"A test has the least that it took, its thread and the printing of its result included, and is counted if two boots agree to 2 %%: what sleeps cannot be counted.", len(shifts)))
	}
	row := func(s lab.SuiteTally, c SuiteCount) []render.Cell {
		cells := []render.Cell{render.Text(s.Name), render.Int(s.Tests), render.Int(s.PassA), render.Int(s.PassB)}
		if all.Tests > 0 {
			n := Sides[int64]{c.Instructions.A / 1000, c.Instructions.B / 1000}
			cells = append(cells, render.Int(c.Tests), render.Int(n.A), render.Int(n.B), render.Percent(float64(n.A), float64(n.B)))
		}
		return cells
	}
	total := lab.SuiteTally{Name: "total"}
	for _, s := range t.Suites {
		table.Rows = append(table.Rows, row(s, r.Counted[s.Name]))
		total.Tests, total.PassA, total.PassB = total.Tests+s.Tests, total.PassA+s.PassA, total.PassB+s.PassB
	}
	table.Total = row(total, all)
	return render.Section{Title: "The kernel's own tests", Text: text, Table: table}
}

func timeSection(t Times) render.Section {
	number := func(title string) render.Column { return render.Column{Title: title, Kind: render.Number} }
	table := &render.Table{Columns: []render.Column{
		{Title: "object", Kind: render.Name}, number("A, median"), number("range"), number("B, median"), number("range"), number("%"),
	}}
	row := func(name string, cpu Sides[Sample]) []render.Cell {
		cells := []render.Cell{render.Text(name)}
		a, b := spread.Of(cpu.A), spread.Of(cpu.B)
		for _, s := range []spread.Spread{a, b} {
			cells = append(cells, render.Text(seconds(s.Median)), render.Text(seconds(s.Min)+" to "+seconds(s.Max)))
		}
		return append(cells, render.Percent(a.Median, b.Median))
	}
	for _, o := range t.Objects {
		table.Rows = append(table.Rows, row(o.Path, o.CPU))
	}
	table.Total = row("total", t.Total)
	return render.Section{
		Title: "Processor time of compiling",
		Text: []string{fmt.Sprintf("Seconds, all steps of an object, in %s each, in turn. The total is that of each build, and is not the sum of the medians. "+
			"The helpers' bitcode, which B makes once for built-in code and once for modules, is not in it.",
			render.Count(len(t.Total.A), "build"))},
		Table: table,
	}
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) }
