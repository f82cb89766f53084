// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package report

import (
	"fmt"
	"maps"
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
			side("A", c.A, c.PipelinesA), side("B", c.B, c.PipelinesB),
			fmt.Sprintf("%s in both: %s; %s.", render.Count(len(c.Objects), "Rust object"), callsInBoth(t), codeInBoth(t.Code)),
		},
	}
	d.Figures = figuresOf(c)
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
	switch {
	case limit == 0 && len(c.Functions) > 0:
		add(allFunctionsSection(c))
	case limit > 0:
		for _, k := range changes {
			if section := functionSection(c, k.change, k.title, limit); section.Table != nil {
				add(section)
			}
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

// callsInBoth says which calls to helpers, and other references, both sides have.
func callsInBoth(t compare.Figures[compare.Pair]) string {
	text := fmt.Sprintf("calls to helpers %s in A, %s in B", someOrNone(t.Calls.A), someOrNone(t.Calls.B))
	if t.Calls.A == 0 && t.Calls.B == 0 {
		text = "no call to a helper in either"
	}
	if t.Calls.B == 0 && t.References.B > 0 {
		text += fmt.Sprintf(" (%s in B, none of them a call)", render.Count(int(t.References.B), "reference"))
	}
	return text
}

func someOrNone(n int64) string {
	if n == 0 {
		return "none"
	}
	return render.Digits(n)
}

// codeInBoth compares the size of the code.
func codeInBoth(code compare.Pair) string {
	if code.A == code.B {
		return fmt.Sprintf("the code is as large in both, %s bytes", render.Digits(code.A))
	}
	return fmt.Sprintf("code %s and %s bytes (%s)", render.Digits(code.A), render.Digits(code.B), render.Percent(float64(code.A), float64(code.B)).Text)
}

// side returns the name and the path of a tree, and how helpers were inlined there.
func side(name, path string, ways []string) string {
	if len(ways) > 0 {
		path += " (" + strings.Join(ways, "; ") + ")"
	}
	return name + ": " + path
}

// changes are the changes of functions, with a title of the functions that have them,
// words for one of them, and words after their number.
var changes = []struct{ change, title, words, counted string }{
	{compare.Grew, "Functions that grew", "grew", "grew"},
	{compare.Shrank, "Functions that shrank", "shrank", "shrank"},
	{compare.Appeared, "Functions that only B has", "only in B", "are only in B"},
	{compare.Vanished, "Functions that only A has", "only in A", "are only in A"},
	{compare.Same, "Functions of the same size with another stack frame or number", "same size", "have another stack frame or number"},
}

// figuresOf returns what matters most in a comparison.
func figuresOf(c *compare.Comparison) []render.Figure {
	t := c.Total
	pair := func(label string, p compare.Pair) render.Figure {
		f := render.Figure{Label: label, Value: render.Percent(float64(p.A), float64(p.B)), Note: render.Digits(p.A) + " → " + render.Digits(p.B)}
		switch {
		case p.A == p.B:
			f.Value.Text = "same"
		case p.A == 0:
			f.Value = render.Change(p.Delta())
		}
		return f
	}
	var out []render.Figure
	for i, f := range compare.Table {
		if f.Main {
			out = append(out, pair(f.Words, t.At(i)))
		}
	}
	if c.Time != nil {
		out = append(out, render.Figure{
			Label: "processor time", Value: render.Percent(c.Time.CPU.A, c.Time.CPU.B),
			Note: render.Seconds(c.Time.CPU.A).Text + " → " + render.Seconds(c.Time.CPU.B).Text + " s",
		})
	}
	return out
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
	for i := range compare.Table {
		if f.At(i).Delta() != 0 {
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
	for i, f := range compare.Table {
		row(f.Row, t.At(i))
	}
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
	for _, f := range compare.Table {
		if !f.Size {
			table.Columns = append(table.Columns, sideColumns(f.Column)...)
		}
	}
	row := func(name string, f compare.Figures[compare.Pair]) []render.Cell {
		cells := []render.Cell{render.Text(name)}
		for i, figure := range compare.Table {
			if !figure.Size {
				cells = append(cells, render.Int(f.At(i).A), render.Int(f.At(i).B))
			}
		}
		return cells
	}
	plot := render.Plot{
		Title: "Calls in each object", Kind: render.SideBySide, Series: []string{"A", "B"},
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
	table.Columns = slices.Concat(table.Columns, sideColumns("code"), numberColumns("change", "%/3"))
	// The code has columns of its own.
	isChange := func(f compare.Figure) bool { return f.Size && f.Name != "code" }
	for _, f := range compare.Table {
		if isChange(f) {
			table.Columns = append(table.Columns, render.Column{Title: f.Column, Kind: render.Number, Spare: f.Spare})
		}
	}
	frames := c.Total.Frame != nil
	if frames {
		table.Columns = append(table.Columns, sideColumns("frame")...)
	}
	row := func(name string, f compare.Figures[compare.Pair]) []render.Cell {
		cells := []render.Cell{
			render.Text(name), render.Int(f.Code.A), render.Int(f.Code.B), render.Change(f.Code.Delta()),
			render.Percent(float64(f.Code.A), float64(f.Code.B)),
		}
		for i, figure := range compare.Table {
			if isChange(figure) {
				cells = append(cells, render.Change(f.At(i).Delta()))
			}
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
	text := append([]string{"In bytes. Read-only data other than code, data, bss and relocations are changes from A to B."}, rest...)
	if frames {
		text[0] += " The frame is the largest stack frame of a function, where the objects say."
	}
	return render.Section{Title: "Sizes", Text: text, Table: table, Plots: []render.Plot{plot.Largest(largest)}}
}

func timeSection(c *compare.Comparison) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}}}
	table.Columns = slices.Concat(table.Columns, sideColumns("elapsed"), numberColumns("change"), sideColumns("processor"), numberColumns("change"))
	row := func(name string, wall, cpu compare.TimePair) []render.Cell {
		return []render.Cell{
			render.Text(name), render.Seconds(wall.A), render.Seconds(wall.B), seconds(wall),
			render.Seconds(cpu.A), render.Seconds(cpu.B), seconds(cpu),
		}
	}
	// Elapsed time depends on what else the machine does.
	plot := render.Plot{
		Title: "Processor time of compiling", Unit: "s", Kind: render.SideBySide, Series: []string{"A", "B"},
		Desc: "Two bars for each object: the processor time of all its steps in A, and in B.",
	}
	for _, o := range c.Objects {
		if o.Wall != nil {
			table.Rows = append(table.Rows, row(o.Path, *o.Wall, *o.CPU))
			plot.Bars = append(plot.Bars, render.Bar{Label: o.Path, Values: []float64{o.CPU.A, o.CPU.B}})
		}
	}
	table.Total = row("total", c.Time.Wall, c.Time.CPU)
	return render.Section{
		Title: "Time", Text: []string{"Seconds, all steps of an object, for the objects of which both trees have it recorded."},
		Table: table, Plots: []render.Plot{plot.Largest(largest)},
	}
}

// allFunctionsSection returns the section about all functions that differ, for a page
// on which they can be sorted and searched.
func allFunctionsSection(c *compare.Comparison) render.Section {
	table := &render.Table{Columns: []render.Column{
		{Title: "function", Kind: render.Name}, {Title: "object", Kind: render.Name}, {Title: "what"},
	}}
	table.Columns = slices.Concat(table.Columns, sideColumns("bytes"), numberColumns("change", "%"))
	table.Columns[5].Sum = true
	frames := c.Total.Frame != nil
	if frames {
		table.Columns = append(table.Columns, sideColumns("frame")...)
	}
	words, count, bytes := map[string]string{}, map[string]int{}, map[string]int64{}
	for _, k := range changes {
		words[k.change] = k.words
	}
	tiles := map[string][]render.Tile{}
	for _, f := range c.Functions {
		count[f.Change]++
		bytes[f.Change] += f.Size.Delta()
		row := []render.Cell{
			render.Text(nameOf(f)), render.Text(f.Object), render.Text(words[f.Change]),
			render.Int(f.Size.A), render.Int(f.Size.B), render.Change(f.Size.Delta()), render.Percent(float64(f.Size.A), float64(f.Size.B)),
		}
		table.Rows = append(table.Rows, frameCells(row, f, frames))
		if f.Size.Delta() != 0 {
			tiles[f.Object] = append(tiles[f.Object], render.Tile{
				Label: f.Name, Short: lastOf(f.Name), Value: float64(f.Size.Delta()), More: fmt.Sprintf("%s → %s", render.Digits(f.Size.A), render.Digits(f.Size.B)),
			})
		}
	}
	var parts []string
	for _, k := range changes {
		if n := count[k.change]; n > 0 {
			part := fmt.Sprintf("%s %s", render.Digits(int64(n)), k.counted)
			if k.change != compare.Same {
				part += fmt.Sprintf(" (%s bytes)", render.Change(bytes[k.change]).Text)
			}
			parts = append(parts, part)
		}
	}
	m := &render.Treemap{
		Title: "Where the bytes went", Unit: "bytes",
		Desc: "A rectangle for each function of which the size changed, as large as the change, in one for its object. " +
			"Those with a minus have become smaller or are gone, the others are larger or new.",
	}
	for _, object := range slices.Sorted(maps.Keys(tiles)) {
		m.Groups = append(m.Groups, render.Group{Label: object, Tiles: tiles[object]})
	}
	return render.Section{
		Title: "Functions",
		Text: []string{
			fmt.Sprintf("%s differ: %s.", render.Count(len(c.Functions), "function"), strings.Join(parts, ", ")),
			"A function that only A has was mostly inlined in B, and its caller has grown.",
			"In the map, the area of a rectangle is the change: green is smaller or gone in B, red is larger or new.",
		},
		Table: table, Map: m,
	}
}

// lastOf is the last part of the name of a function, which says most, with the part
// before it. It is "" where that part is not a name, but a type in angle brackets.
func lastOf(name string) string {
	i := strings.LastIndex(name, "::")
	if i < 0 {
		return ""
	}
	before := strings.TrimRight(name[:i], "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if len(before) == i {
		return ""
	}
	return name[len(before):]
}

// nameOf is the name of a function, with how many have it.
func nameOf(f compare.Function) string {
	if f.Count.A > 1 || f.Count.B > 1 {
		return fmt.Sprintf("%s (%d and %d of this name)", f.Name, f.Count.A, f.Count.B)
	}
	return f.Name
}

// frameCells adds the cells for the stack frame of a function to a row.
func frameCells(row []render.Cell, f compare.Function, frames bool) []render.Cell {
	switch {
	case !frames:
		return row
	case f.Frame == nil:
		return append(row, render.None(), render.None())
	}
	return append(row, render.Int(f.Frame.A), render.Int(f.Frame.B))
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
	table := &render.Table{Columns: []render.Column{
		{Title: "function", Kind: render.Name}, {Title: "object", Kind: render.Name},
	}}
	table.Columns = slices.Concat(table.Columns, sideColumns("bytes"), numberColumns("change"))
	frames := c.Total.Frame != nil
	if frames {
		table.Columns = append(table.Columns, sideColumns("frame")...)
	}
	text := []string{fmt.Sprintf("%s, %s bytes together.", render.Count(len(list), "function"), render.Change(total).Text)}
	list, rest := firstElements(list, limit)
	for _, f := range list {
		row := []render.Cell{render.Text(nameOf(f)), render.Text(f.Object), render.Int(f.Size.A), render.Int(f.Size.B), render.Change(f.Size.Delta())}
		table.Rows = append(table.Rows, frameCells(row, f, frames))
	}
	return render.Section{Title: title, Text: append(text, rest...), Table: table}
}

func imageSection(c *compare.Comparison, limit int) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "file", Kind: render.Name}}}
	table.Columns = slices.Concat(table.Columns, sideColumns("file/2"), numberColumns("change/1"), sideColumns("text"), numberColumns("change", "data/3", "bss/4"))
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
	for _, f := range compare.Table {
		table.Columns = append(table.Columns, numberColumns(f.Column)...)
	}
	for _, side := range []struct {
		tree string
		list []compare.Lone
	}{{"A", c.OnlyA}, {"B", c.OnlyB}} {
		for _, o := range side.list {
			row := []render.Cell{render.Text(o.Path), render.Text(side.tree)}
			for i := range compare.Table {
				row = append(row, render.Int(o.At(i)))
			}
			table.Rows = append(table.Rows, row)
		}
	}
	return render.Section{Title: "Rust objects that one tree has", Text: []string{"They are not in the figures above."}, Table: table}
}

// numberColumns returns columns of numbers. A title may end in "/" and the value of
// [render.Column.Spare].
func numberColumns(titles ...string) (out []render.Column) {
	for _, title := range titles {
		title, spare, _ := strings.Cut(title, "/")
		n, _ := strconv.Atoi(spare)
		out = append(out, render.Column{Title: title, Kind: render.Number, Spare: n})
	}
	return out
}

// sideColumns returns two columns, for a figure in A and in B.
func sideColumns(figure string) []render.Column {
	out := numberColumns(figure, figure)
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
