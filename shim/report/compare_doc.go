// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
)

// CompareDoc returns a comparison as a document. Long tables have at most limit
// rows, or all rows if limit is 0.
func CompareDoc(c *compare.Comparison, limit int) *render.Doc {
	t := c.Total
	d := &render.Doc{
		Title: "Two object trees compared",
		Lead: []string{
			side("A", c.A, c.WaysA), side("B", c.B, c.WaysB),
			fmt.Sprintf("%s in both: calls to helpers %s in A, %s in B; code %s and %s bytes.", render.Count(len(c.Objects), "Rust object"),
				render.Digits(t.Calls.A), render.Digits(t.Calls.B), render.Digits(t.Code.A), render.Digits(t.Code.B)),
		},
	}
	add := func(s render.Section) { d.Sections = append(d.Sections, s) }
	if len(c.Problems) > 0 {
		var list []objtree.Problem
		for _, p := range c.Problems {
			name := p.Path
			if p.Tree != "" {
				name = strings.ToUpper(p.Tree) + ": " + name
			}
			list = append(list, objtree.Problem{Path: name, What: p.What})
		}
		add(problemSection(list))
	}
	add(differenceSection(c))
	shown, rest := interesting(c, limit)
	add(callSection(c, shown, rest))
	add(sizeSection(c, shown, rest))
	if c.Time != nil {
		add(timeSection(c))
	}
	for _, s := range []struct{ change, title string }{
		{compare.Grew, "Functions that grew"}, {compare.Shrank, "Functions that shrank"},
		{compare.Appeared, "Functions that only B has"}, {compare.Vanished, "Functions that only A has"},
		{compare.Same, "Functions of the same size with another stack frame or number"},
	} {
		if section := functionSection(c, s.change, s.title, limit); section.Table != nil {
			add(section)
		}
	}
	if len(c.Images)+len(c.ImagesOnlyA)+len(c.ImagesOnlyB) > 0 {
		add(imageSection(c, limit))
	}
	if len(c.OnlyA)+len(c.OnlyB) > 0 {
		add(loneSection(c))
	}
	return d
}

// side returns the name and the path of a tree, and how helpers were inlined there.
func side(name, path string, ways []string) string {
	if len(ways) > 0 {
		path += " (" + strings.Join(ways, "; ") + ")"
	}
	return name + ": " + path
}

// interesting returns the objects that differ or refer to helpers, or all objects
// if limit is 0. It also returns a sentence about the objects that it leaves out.
func interesting(c *compare.Comparison, limit int) (shown []compare.Object, rest []string) {
	if limit == 0 {
		return c.Objects, nil
	}
	for _, o := range c.Objects {
		f := o.Figures
		f.Frame = nil
		if f.References.A != 0 || f.Copies.A != 0 || !isSame(f) || o.Frame != nil && o.Frame.Delta() != 0 {
			shown = append(shown, o)
		}
	}
	if n := len(c.Objects) - len(shown); n > 0 {
		rest = []string{fmt.Sprintf("%s that neither refer to helpers nor differ are not shown.", render.Count(n, "object"))}
	}
	return shown, rest
}

// isSame reports whether the figures are the same on both sides, except for the
// frame.
func isSame(f compare.Figures[compare.Pair]) bool {
	for _, p := range []compare.Pair{f.References, f.Calls, f.Copies, f.Code, f.ROData, f.Data, f.BSS, f.Relocations} {
		if p.A != p.B {
			return false
		}
	}
	return true
}

func differenceSection(c *compare.Comparison) render.Section {
	table := &render.Table{Columns: []render.Column{
		{Title: "total"}, {Title: "A", Kind: render.Number}, {Title: "B", Kind: render.Number},
		{Title: "change", Kind: render.Number}, {Title: "%", Kind: render.Number},
	}}
	row := func(name string, p compare.Pair) {
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(name), render.Int(p.A), render.Int(p.B), render.Change(p.Delta()), render.Percent(float64(p.A), float64(p.B)),
		})
	}
	t := c.Total
	row("references to helpers", t.References)
	row("of these calls", t.Calls)
	row("copies of helpers", t.Copies)
	row("code, bytes", t.Code)
	row("other read-only data, bytes", t.ROData)
	row("data, bytes", t.Data)
	row("bss, bytes", t.BSS)
	row("relocations of what is loaded", t.Relocations)
	if t.Frame != nil {
		row("largest stack frame, bytes", *t.Frame)
	}
	if c.Time != nil {
		of := fmt.Sprintf(" of %s, s", render.Count(c.Time.Objects, "object"))
		for _, p := range []struct {
			name string
			t    compare.TimePair
		}{{"elapsed time" + of, c.Time.Wall}, {"processor time" + of, c.Time.CPU}} {
			table.Rows = append(table.Rows, []render.Cell{
				render.Text(p.name), render.Seconds(p.t.A), render.Seconds(p.t.B), seconds(p.t), render.Percent(p.t.A, p.t.B),
			})
		}
	}
	return render.Section{
		Title: "In total",
		Text: []string{"Over the Rust objects that both trees have. Code and other read-only data are together what size(1) and llvm-size call text. " +
			"A copy is a helper that an object has itself; calls to one need no relocation, and are not counted."},
		Table: table,
	}
}

func callSection(c *compare.Comparison, shown []compare.Object, rest []string) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}}}
	table.Columns = slices.Concat(table.Columns, sides("references"), sides("calls"), sides("copies"))
	row := func(name string, f compare.Figures[compare.Pair]) []render.Cell {
		cells := []render.Cell{render.Text(name)}
		for _, p := range []compare.Pair{f.References, f.Calls, f.Copies} {
			cells = append(cells, render.Int(p.A), render.Int(p.B))
		}
		return cells
	}
	plot := render.Plot{
		Title: "Calls to helpers", Kind: render.SideBySide, Series: []string{"A", "B"},
		Desc: "Two bars for each object: how many relocations call helpers in A, and in B.",
	}
	for _, o := range shown {
		table.Rows = append(table.Rows, row(o.Path, o.Figures))
		if o.Calls.A != 0 || o.Calls.B != 0 {
			plot.Bars = append(plot.Bars, render.Bar{Label: o.Path, Values: []float64{float64(o.Calls.A), float64(o.Calls.B)}})
		}
	}
	table.Total = row("total", c.Total)
	return render.Section{Title: "Calls to helpers", Text: rest, Table: table, Plots: []render.Plot{plot.Largest(largest)}}
}

func sizeSection(c *compare.Comparison, shown []compare.Object, rest []string) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}}}
	table.Columns = slices.Concat(table.Columns, sides("code"), numbers("change", "%/3", "read-only/2", "data/4", "bss/5", "relocations/1"))
	frames := c.Total.Frame != nil
	if frames {
		table.Columns = append(table.Columns, sides("frame")...)
	}
	row := func(name string, f compare.Figures[compare.Pair]) []render.Cell {
		cells := []render.Cell{
			render.Text(name), render.Int(f.Code.A), render.Int(f.Code.B), render.Change(f.Code.Delta()),
			render.Percent(float64(f.Code.A), float64(f.Code.B)),
		}
		for _, p := range []compare.Pair{f.ROData, f.Data, f.BSS, f.Relocations} {
			cells = append(cells, render.Change(p.Delta()))
		}
		switch {
		case !frames:
		case f.Frame == nil:
			cells = append(cells, render.None(), render.None())
		default:
			cells = append(cells, render.Int(f.Frame.A), render.Int(f.Frame.B))
		}
		return cells
	}
	plot := render.Plot{
		Title: "Change of code size from A to B", Unit: "bytes", Kind: render.Diverging, Series: []string{"change"},
		Desc: "A bar for each object of which the size of the code changed: to the right where B has more, to the left where it has less.",
	}
	for _, o := range shown {
		table.Rows = append(table.Rows, row(o.Path, o.Figures))
		if d := o.Code.Delta(); d != 0 {
			plot.Bars = append(plot.Bars, render.Bar{Label: o.Path, Values: []float64{float64(d)}})
		}
	}
	table.Total = row("total", c.Total)
	text := append([]string{"In bytes. Read-only data besides the code, data, bss and relocations are changes from A to B."}, rest...)
	if frames {
		text[0] += " The frame is the largest stack frame of a function, where the objects say."
	}
	return render.Section{Title: "Sizes", Text: text, Table: table, Plots: []render.Plot{plot.Largest(largest)}}
}

func timeSection(c *compare.Comparison) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}}}
	table.Columns = slices.Concat(table.Columns, sides("elapsed"), numbers("change"), sides("processor"), numbers("change"))
	row := func(name string, wall, cpu compare.TimePair) []render.Cell {
		return []render.Cell{
			render.Text(name), render.Seconds(wall.A), render.Seconds(wall.B), seconds(wall),
			render.Seconds(cpu.A), render.Seconds(cpu.B), seconds(cpu),
		}
	}
	plot := render.Plot{
		Title: "Elapsed time of compiling", Unit: "s", Kind: render.SideBySide, Series: []string{"A", "B"},
		Desc: "Two bars for each object: the elapsed time of all its steps in A, and in B.",
	}
	for _, o := range c.Objects {
		if o.Wall != nil {
			table.Rows = append(table.Rows, row(o.Path, *o.Wall, *o.CPU))
			plot.Bars = append(plot.Bars, render.Bar{Label: o.Path, Values: []float64{o.Wall.A, o.Wall.B}})
		}
	}
	table.Total = row("total", c.Time.Wall, c.Time.CPU)
	return render.Section{
		Title: "Time", Text: []string{"Seconds, all steps of an object, for the objects of which both trees have it recorded."},
		Table: table, Plots: []render.Plot{plot.Largest(largest)},
	}
}

func functionSection(c *compare.Comparison, change, title string, limit int) render.Section {
	var list []compare.Function
	var total int64
	for _, f := range c.Functions {
		if f.Change == change {
			list = append(list, f)
			total += f.Size.Delta()
		}
	}
	if len(list) == 0 {
		return render.Section{}
	}
	table := &render.Table{Long: len(list) > Most, Columns: []render.Column{
		{Title: "function", Kind: render.Name}, {Title: "object", Kind: render.Name},
	}}
	table.Columns = slices.Concat(table.Columns, sides("bytes"), numbers("change"))
	frames := c.Total.Frame != nil
	if frames {
		table.Columns = append(table.Columns, sides("frame")...)
	}
	text := []string{fmt.Sprintf("%s, %s bytes together.", render.Count(len(list), "function"), render.Change(total).Text)}
	list, rest := first(list, limit)
	for _, f := range list {
		name := f.Name
		if f.Count.A > 1 || f.Count.B > 1 {
			name += fmt.Sprintf(" (%d and %d of this name)", f.Count.A, f.Count.B)
		}
		row := []render.Cell{render.Text(name), render.Text(f.Object), render.Int(f.Size.A), render.Int(f.Size.B), render.Change(f.Size.Delta())}
		switch {
		case !frames:
		case f.Frame == nil:
			row = append(row, render.None(), render.None())
		default:
			row = append(row, render.Int(f.Frame.A), render.Int(f.Frame.B))
		}
		table.Rows = append(table.Rows, row)
	}
	return render.Section{Title: title, Text: append(text, rest...), Table: table}
}

func imageSection(c *compare.Comparison, limit int) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "file", Kind: render.Name}}}
	table.Columns = slices.Concat(table.Columns, sides("file/2"), numbers("change/1"), sides("text"), numbers("change", "data/3", "bss/4"))
	same := 0
	for _, i := range c.Images {
		if limit > 0 && i.Path != "vmlinux" && i.File.Delta() == 0 && i.Text.Delta() == 0 && i.Data.Delta() == 0 && i.BSS.Delta() == 0 {
			same++
			continue
		}
		table.Rows = append(table.Rows, []render.Cell{
			render.Text(i.Path), render.Int(i.File.A), render.Int(i.File.B), render.Change(i.File.Delta()),
			render.Int(i.Text.A), render.Int(i.Text.B), render.Change(i.Text.Delta()),
			render.Change(i.Data.Delta()), render.Change(i.BSS.Delta()),
		})
	}
	table.Long = len(table.Rows) > Most
	s := render.Section{Title: "Kernel and modules", Text: []string{
		"In bytes. A file has its symbols and debug information, too; text is that of size(1): code and read-only data.",
	}}
	if len(table.Rows) > 0 {
		s.Table = table
	}
	if same > 0 {
		s.Text = append(s.Text, fmt.Sprintf("%s of unchanged size are not shown.", render.Count(same, "module")))
	}
	for _, only := range []struct {
		tree  string
		paths []string
	}{{"A", c.ImagesOnlyA}, {"B", c.ImagesOnlyB}} {
		if len(only.paths) > 0 {
			s.Text = append(s.Text, fmt.Sprintf("In %s only: %s.", only.tree, strings.Join(only.paths, ", ")))
		}
	}
	return s
}

func loneSection(c *compare.Comparison) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}, {Title: "tree"}}}
	table.Columns = append(table.Columns, numbers("references", "calls", "code", "read-only", "data", "bss", "relocations")...)
	for _, side := range []struct {
		tree string
		list []compare.Lone
	}{{"A", c.OnlyA}, {"B", c.OnlyB}} {
		for _, o := range side.list {
			row := []render.Cell{render.Text(o.Path), render.Text(side.tree)}
			for _, n := range []int64{o.References, o.Calls, o.Code, o.ROData, o.Data, o.BSS, o.Relocations} {
				row = append(row, render.Int(n))
			}
			table.Rows = append(table.Rows, row)
		}
	}
	return render.Section{Title: "Rust objects that one tree has", Text: []string{"They are not in the figures above."}, Table: table}
}

// numbers returns columns of numbers. A title may end in "/" and the value of
// [render.Column.Spare].
func numbers(titles ...string) (out []render.Column) {
	for _, title := range titles {
		title, spare, _ := strings.Cut(title, "/")
		n, _ := strconv.Atoi(spare)
		out = append(out, render.Column{Title: title, Kind: render.Number, Spare: n})
	}
	return out
}

// sides returns two columns, for a figure in A and in B.
func sides(figure string) []render.Column {
	out := numbers(figure, figure)
	out[0].Title += " A"
	out[1].Title, out[1].Short = out[1].Title+" B", "B"
	return out
}

// seconds returns the cell of a difference between times.
func seconds(p compare.TimePair) render.Cell {
	d := math.Round(10*(p.B-p.A)) / 10
	switch {
	case d < 0:
		return render.Cell{Text: fmt.Sprintf("%.1f", d), Tone: render.Good}
	case d > 0:
		return render.Cell{Text: fmt.Sprintf("+%.1f", d), Tone: render.Bad}
	}
	return render.Seconds(0)
}

// largest returns the largest absolute value of a bar.
func largest(b render.Bar) (most float64) {
	for _, v := range b.Values {
		most = max(most, math.Abs(v))
	}
	return most
}
