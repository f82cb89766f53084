// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package render prints a document of tables and plots for a terminal, as
// markdown and as HTML.
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
	// Lead are paragraphs under the title.
	Lead     []string
	Sections []Section
}

// Section is a part of a document with a heading. What is empty is left out.
type Section struct {
	Title string
	// Text are paragraphs before the table.
	Text  []string
	Table *Table
	// Plots are for HTML alone; their figures stand in Table.
	Plots []Plot
	// Problem is set for what went wrong: it is not to be missed.
	Problem bool
}

// Table is a table. Each row has a cell for each column.
type Table struct {
	Columns []Column
	Rows    [][]Cell
	// Total is a last row that adds up the others, nil if there is none.
	Total []Cell
	// Long is set where the table may be long and is not what a reader came for:
	// HTML folds it.
	Long bool
}

// Column is a column of a table.
type Column struct {
	Title string
	// Short stands for the title where room is scarce and the column before tells
	// the rest; "" for the title itself.
	Short string
	Kind  Kind
	// Spare columns are left out on a terminal that is too narrow, those of the
	// highest number first. 0 is one that is always there.
	Spare int
}

func (c Column) short() string { return cmp.Or(c.Short, c.Title) }

// Kind says how the cells of a column are set.
type Kind int

// Kinds of columns.
const (
	// Words are at the left; Name are names of files, functions and the like, which
	// a terminal may have to cut; Number is at the right.
	Words Kind = iota
	Name
	Number
)

// Cell is a cell of a table.
type Cell struct {
	Text string
	Tone Tone
}

// Tone is what a cell's text is about. It is shown by colour, and never by colour
// alone: the text says it, too.
type Tone int

// Tones of cells.
const (
	Plain Tone = iota
	Good
	Bad
)

// Plot is a plot of horizontal bars, one or more for each label.
type Plot struct {
	// Title and Desc are what is read out to who cannot see the plot.
	Title, Desc string
	// Unit stands behind figures: "bytes", "s", or "" for numbers of things.
	Unit   string
	Kind   PlotKind
	Series []string
	Bars   []Bar
	// Of is how many bars there would be, were not only the largest shown.
	Of int
}

// PlotKind is the kind of a plot.
type PlotKind int

// Kinds of plots.
const (
	// SideBySide has a bar for each series; Stacked has their sum in one bar;
	// Diverging has one series, with bars to the left for what is less than 0.
	SideBySide PlotKind = iota
	Stacked
	Diverging
)

// Bar is what a plot has for one label: a value for each series.
type Bar struct {
	Label  string
	Values []float64
}

// Text is a cell of words.
func Text(s string) Cell { return Cell{Text: s} }

// None is the cell of what is not known.
func None() Cell { return Cell{Text: "-"} }

// Int is a cell with a number, its digits in groups.
func Int[T ~int | ~int64 | ~uint64](n T) Cell { return Cell{Text: Digits(int64(n))} }

// Seconds is a cell with a time.
func Seconds(s float64) Cell {
	whole, tenth, _ := strings.Cut(strconv.FormatFloat(s, 'f', 1, 64), ".")
	return Cell{Text: group(whole) + "." + tenth}
}

// Change is a cell with a difference. less says whether less is better, more or
// equal if it is neither.
func Change(d int64) Cell {
	switch {
	case d < 0:
		return Cell{Digits(d), Good}
	case d > 0:
		return Cell{"+" + Digits(d), Bad}
	}
	return Cell{Text: "0"}
}

// Percent is a cell with the change from a to b in percent of a, "0" where
// nothing changed and "-" where a is 0.
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

// Digits is a number with commas between groups of three digits.
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

// Count is a number of things: "1 object", "2 objects".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Digits(int64(n)) + " " + thing + "s"
}

// printable is the document without what terminals and pages act on or refuse: a
// file's name may hold an escape sequence.
func (d *Doc) printable() *Doc {
	out := &Doc{Title: printable(d.Title), Lead: printables(d.Lead)}
	for _, s := range d.Sections {
		s.Title, s.Text = printable(s.Title), printables(s.Text)
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
				bars[j].Label = printable(bars[j].Label)
			}
			s.Plots[i].Bars = bars
		}
		out.Sections = append(out.Sections, s)
	}
	return out
}

func printableRow(row []Cell) []Cell {
	row = slices.Clone(row)
	for i := range row {
		row[i].Text = printable(row[i].Text)
	}
	return row
}

func printables(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = printable(list[i])
	}
	return list
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}
