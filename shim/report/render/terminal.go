// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Terminal says how to print for a terminal.
type Terminal struct {
	// Width is the number of columns, 0 for as many as it takes.
	Width int
	// Colour may be used.
	Colour bool
}

// ANSI's "select graphic rendition" sequences (ECMA-48, SGR).
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	reset = "\x1b[0m"
)

func (t Tone) sequence() string {
	switch t {
	case Good:
		return green
	case Bad:
		return red
	}
	return ""
}

// gap stands between columns.
const gap = 2

// roomy is how wide a column with names becomes where lines may be of any
// length; longer names then stick out of it.
const roomy = 60

// narrowest is what a column with names is never cut below.
const narrowest = 12

// Table writes the document with tables for a terminal.
func (t Terminal) Table(w io.Writer, d *Doc) error {
	d = d.printable()
	var b strings.Builder
	b.WriteString(t.style(bold, d.Title) + "\n")
	for _, p := range d.Lead {
		b.WriteString(t.fold(p))
	}
	for _, s := range d.Sections {
		style := bold
		if s.Problem {
			style += red
		}
		b.WriteString("\n" + t.style(style, s.Title) + "\n")
		for _, p := range s.Text {
			b.WriteString(t.fold(p))
		}
		if s.Table != nil {
			t.table(&b, s.Table)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t Terminal) style(sequence, text string) string {
	if !t.Colour || text == "" || sequence == "" {
		return text
	}
	return sequence + text + reset
}

// fold breaks a paragraph into lines of the terminal's width.
func (t Terminal) fold(text string) string {
	return strings.Join(lines(text, t.Width), "\n") + "\n"
}

// lines breaks a text at blanks into lines of a width, 0 for one line.
func lines(text string, width int) []string {
	var out []string
	for _, word := range strings.Fields(text) {
		last := len(out) - 1
		if last >= 0 && (width == 0 || utf8.RuneCountInString(out[last])+1+utf8.RuneCountInString(word) <= width) {
			out[last] += " " + word
		} else {
			out = append(out, word)
		}
	}
	return out
}

// comfortable is how much of a longer name is to be seen before columns are left
// out.
const comfortable = 28

// fitting is a table without the spare columns that the terminal has no room for,
// and their titles.
func (t Terminal) fitting(table *Table) (*Table, []string) {
	widths := naturalWidths(table.Columns, allRows(table))
	keep, out := make([]bool, len(widths)), []string(nil)
	for i := range keep {
		keep[i] = true
	}
	for t.Width > 0 {
		sum, next := -gap, -1
		for i, c := range table.Columns {
			if !keep[i] {
				continue
			}
			if c.Kind != Number {
				sum += min(widths[i], comfortable) + gap
			} else {
				sum += widths[i] + gap
			}
			if c.Spare > 0 && (next < 0 || c.Spare > table.Columns[next].Spare) {
				next = i
			}
		}
		if sum <= t.Width || next < 0 {
			break
		}
		keep[next] = false
		out = append(out, table.Columns[next].Title)
	}
	if out == nil {
		return table, nil
	}
	fit := &Table{Columns: kept(table.Columns, keep), Total: kept(table.Total, keep)}
	for _, r := range table.Rows {
		fit.Rows = append(fit.Rows, kept(r, keep))
	}
	return fit, out
}

func kept[T any](list []T, keep []bool) (out []T) {
	for i, v := range list {
		if keep[i] {
			out = append(out, v)
		}
	}
	return out
}

func allRows(table *Table) [][]Cell {
	if table.Total == nil {
		return table.Rows
	}
	return append(table.Rows[:len(table.Rows):len(table.Rows)], table.Total)
}

func (t Terminal) table(b *strings.Builder, table *Table) {
	table, spared := t.fitting(table)
	if spared != nil {
		b.WriteString(t.fold("Without room for: " + strings.Join(spared, ", ") + "."))
	}
	widths := t.widths(table.Columns, allRows(table))
	head := make([]Cell, len(table.Columns))
	for i, c := range table.Columns {
		head[i] = Text(c.short())
	}
	line := func(cells []Cell, style string) {
		texts, height := make([][]string, len(cells)), 1
		for i, c := range cells {
			texts[i] = []string{c.Text}
			if t.Width > 0 && table.Columns[i].Kind == Words {
				texts[i] = lines(texts[i][0], widths[i])
			}
			height = max(height, len(texts[i]))
		}
		for n := range height {
			var out strings.Builder
			for i, c := range cells {
				text := ""
				if n < len(texts[i]) {
					text = texts[i][n]
				}
				if t.Width > 0 {
					text = cut(text, widths[i])
				}
				pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(text)))
				text = t.style(style+c.Tone.sequence(), text)
				if table.Columns[i].Kind == Number {
					out.WriteString(pad + text)
				} else {
					out.WriteString(text + pad)
				}
				out.WriteString(strings.Repeat(" ", gap))
			}
			b.WriteString(strings.TrimRight(out.String(), " ") + "\n")
		}
	}
	line(head, bold)
	for _, r := range table.Rows {
		line(r, "")
	}
	if table.Total != nil {
		line(table.Total, bold)
	}
}

// naturalWidths are those that the longest cells need.
func naturalWidths(columns []Column, rows [][]Cell) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c.short())
		for _, r := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i].Text))
		}
	}
	return widths
}

// widths are those of the columns. Where the table is wider than the terminal,
// columns of names and of words become narrower, the widest first: names are cut
// then, and words go on in the next line.
func (t Terminal) widths(columns []Column, rows [][]Cell) []int {
	widths, sum := naturalWidths(columns, rows), gap*(len(columns)-1)
	for i, c := range columns {
		if t.Width == 0 && c.Kind != Number {
			widths[i] = min(widths[i], roomy)
		}
		sum += widths[i]
	}
	for t.Width > 0 && sum > t.Width {
		widest := -1
		for i, c := range columns {
			if c.Kind != Number && widths[i] > narrowest && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		sum--
	}
	return widths
}

// cut shortens a text to a width. What is cut is the middle: of a path and of a
// function's name the end says most, and the beginning is needed, too.
func cut(text string, width int) string {
	r := []rune(text)
	if len(r) <= width {
		return text
	}
	head := (width - 1) / 3
	return string(r[:head]) + "…" + string(r[len(r)-(width-1-head):])
}
