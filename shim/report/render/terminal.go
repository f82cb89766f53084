// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Terminal says how to print on a terminal.
type Terminal struct {
	// Width is the number of columns, 0 for no limit.
	Width int
	// Colour is set if colours may be used.
	Colour bool
}

// These are ANSI's "select graphic rendition" sequences (ECMA-48, SGR).
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

// gap is the space between columns.
const gap = 2

// roomy is the width of a column of names where lines may have any length. Longer
// names overflow the column.
const roomy = 60

// narrowest is the minimum width of a column of names.
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

// lines breaks text at blanks into lines of at most width characters, or returns
// one line if width is 0.
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

// comfortable is how many characters of a longer name stay visible before columns
// are left out.
const comfortable = 28

// fitting returns a table without the spare columns for which the terminal has no
// space, and the titles of these columns.
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
	fit := &Table{Columns: keptElements(table.Columns, keep), Total: keptElements(table.Total, keep)}
	for _, r := range table.Rows {
		fit.Rows = append(fit.Rows, keptElements(r, keep))
	}
	return fit, out
}

func keptElements[T any](list []T, keep []bool) (out []T) {
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

// naturalWidths returns the widths that the longest cells need.
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

// widths returns the widths of the columns. If the table is wider than the
// terminal, it narrows the columns of names and words, the widest first. Names are
// then shortened, and words continue in the next line.
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

// cut shortens text to a width by removing its middle. The end of a path or of a
// function name is the most informative part, but the beginning is needed as well.
func cut(text string, width int) string {
	r := []rune(text)
	if len(r) <= width {
		return text
	}
	head := (width - 1) / 3
	return string(r[:head]) + "…" + string(r[len(r)-(width-1-head):])
}
