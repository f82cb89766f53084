// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package render prints a document of tables and plots for a terminal, as markdown
// and as HTML.
package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Doc is a document.
type Doc struct {
	Title string
	// Lead are the paragraphs below the title.
	Lead []string
	// Figures are what matters most. They are shown in HTML only, and are in the
	// tables, too.
	Figures  []Figure
	Sections []Section
}

// Figure is a figure that is shown large, above the sections.
type Figure struct {
	// Value is the figure, Label what it is, and Note what else there is to say.
	Value       Cell
	Label, Note string
}

// Section is a part of a document with a heading. Empty fields are left out.
type Section struct {
	Title string
	// Text are the paragraphs before the table.
	Text  []string
	Table *Table
	// Plots are shown in HTML only. Table has their figures.
	Plots []Plot
	// Map is shown in HTML only. Table has its figures.
	Map *Treemap
	// Problem is set for a section about problems, which is highlighted.
	Problem bool
}

// Table is a table. Each row has a cell for each column.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	// Total is a last row with the sums of the others, nil if there is none.
	Total []Cell
	// Long is set for a table that may be long and is not of primary interest. HTML
	// folds it.
	Long bool
}

// Column is a column of a table.
type Column struct {
	Title string
	// Short replaces the title where space is scarce and the preceding column gives
	// the context. It is "" to keep the title.
	Short string
	Kind  Kind
	// Spare is the order in which columns are left out on a terminal that is too
	// narrow, highest first. Columns with 0 are never left out.
	Spare int
	// Sum is set for numbers of which the sum says something. HTML has it for the
	// rows that a search finds.
	Sum bool
}

func (c Column) short() string { return cmp.Or(c.Short, c.Title) }

// Kind says how the cells of a column are formatted.
type Kind int

// These are the kinds of columns.
const (
	// Words are aligned to the left. Name is for names of files, functions and the
	// like, which a terminal may have to shorten. Number is aligned to the right.
	Words Kind = iota
	Name
	Number
)

// Cell is a cell of a table.
type Cell struct {
	Text string
	Tone Tone
}

// Tone says whether the value of a cell is good or bad. It is shown as a colour,
// but never as a colour only: the text says it as well.
type Tone int

// These are the tones of cells.
const (
	Plain Tone = iota
	Good
	Bad
)

// Plot is a plot of horizontal bars, with one or more bars for each label.
type Plot struct {
	// Title and Desc are the texts that a screen reader reads out.
	Title, Desc string
	// Unit follows the figures: "bytes", "s", or "" for counts.
	Unit   string
	Kind   PlotKind
	Series []string
	Bars   []Bar
	// Of is the number of all bars if only the largest are shown.
	Of int
}

// PlotKind is the kind of a plot.
type PlotKind int

// These are the kinds of plots.
const (
	// SideBySide has a bar for each series. Stacked has one bar for all series.
	// Diverging has a single series, with bars to the left for negative values.
	SideBySide PlotKind = iota
	Stacked
	Diverging
)

// Bar is the data of a plot for one label: one value for each series.
type Bar struct {
	Label  string
	Values []float64
}

// Text returns a cell with text.
func Text(s string) Cell { return Cell{Text: s} }

// None returns the cell of an unknown value.
func None() Cell { return Cell{Text: "-"} }

// Int returns a cell with a number, with commas between groups of three digits.
func Int[T ~int | ~int64 | ~uint64](n T) Cell { return Cell{Text: Digits(int64(n))} }

// Seconds returns a cell with a time in seconds.
func Seconds(s float64) Cell {
	whole, tenth, _ := strings.Cut(strconv.FormatFloat(s, 'f', 1, 64), ".")
	return Cell{Text: group(whole) + "." + tenth}
}

// Change returns a cell with a difference. Its tone is good if d is less than 0,
// and bad if it is greater.
func Change(d int64) Cell {
	switch {
	case d < 0:
		return Cell{Digits(d), Good}
	case d > 0:
		return Cell{"+" + Digits(d), Bad}
	}
	return Cell{Text: "0"}
}

// Percent returns a cell with the change from a to b in percent of a: "0" if
// nothing changed, "-" if a is 0.
func Percent(a, b float64) Cell {
	switch {
	case a == b:
		return Cell{Text: "0"}
	case a == 0:
		return None()
	}
	c := Cell{fmt.Sprintf("%+.1f %%", 100*(b/a-1)), Bad}
	if b < a {
		c.Tone = Good
	}
	return c
}

// Digits returns a number with commas between groups of three digits.
func Digits(n int64) string {
	return group(strconv.FormatInt(n, 10))
}

func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Count returns a number of things as text: "1 object", "2 objects".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Digits(int64(n)) + " " + thing + "s"
}

// printable returns the document without characters that a terminal or browser
// interprets or rejects. The name of a file may contain an escape sequence.
func (d *Doc) printable() *Doc {
	out := &Doc{Title: Printable(d.Title), Lead: printables(d.Lead), Figures: d.Figures}
	for _, s := range d.Sections {
		s.Title, s.Text = Printable(s.Title), printables(s.Text)
		if s.Table != nil {
			table := *s.Table
			table.Rows = nil
			for _, r := range s.Table.Rows {
				table.Rows = append(table.Rows, printableRow(r))
			}
			table.Total = printableRow(table.Total)
			s.Table = &table
		}
		s.Plots = slices.Clone(s.Plots)
		for i := range s.Plots {
			bars := slices.Clone(s.Plots[i].Bars)
			for j := range bars {
				bars[j].Label = Printable(bars[j].Label)
			}
			s.Plots[i].Bars = bars
		}
		s.Map = s.Map.printable()
		out.Sections = append(out.Sections, s)
	}
	return out
}

func (t *Treemap) printable() *Treemap {
	if t == nil {
		return nil
	}
	out := *t
	out.Groups = nil
	for _, g := range t.Groups {
		group := Group{Label: Printable(g.Label)}
		for _, tile := range g.Tiles {
			tile.Label, tile.Short, tile.More = Printable(tile.Label), Printable(tile.Short), Printable(tile.More)
			group.Tiles = append(group.Tiles, tile)
		}
		out.Groups = append(out.Groups, group)
	}
	return &out
}

func printableRow(row []Cell) []Cell {
	row = slices.Clone(row)
	for i := range row {
		row[i].Text = Printable(row[i].Text)
	}
	return row
}

func printables(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = Printable(list[i])
	}
	return list
}

// Printable replaces what is no printable character. The name of a file may contain an
// escape sequence, or the end of a line.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}
