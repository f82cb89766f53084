package render

import (
	"io"
	"strings"
	"unicode"
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

var tones = map[Tone]string{Good: green, Bad: red}

// gap stands between columns.
const gap = 2

// narrowest is what a column with names is never cut below.
const narrowest = 12

// Table writes the document with tables for a terminal.
func (t Terminal) Table(w io.Writer, d *Doc) error {
	var b strings.Builder
	b.WriteString(t.style(bold, printable(d.Title)) + "\n")
	for _, p := range d.Lead {
		b.WriteString(t.fold(p))
	}
	for _, s := range d.Sections {
		style := bold
		if s.Problem {
			style += red
		}
		b.WriteString("\n" + t.style(style, printable(s.Title)) + "\n")
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
	var b strings.Builder
	line := 0
	for i, word := range strings.Fields(printable(text)) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case t.Width > 0 && line+1+n > t.Width:
			b.WriteByte('\n')
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += n
	}
	return b.String() + "\n"
}

func (t Terminal) table(b *strings.Builder, table *Table) {
	rows := table.Rows
	if table.Total != nil {
		rows = append(rows[:len(rows):len(rows)], table.Total)
	}
	widths := t.widths(table.Columns, rows)
	head := make([]Cell, len(table.Columns))
	for i, c := range table.Columns {
		head[i] = Text(c.Title)
	}
	line := func(cells []Cell, style string) {
		var out strings.Builder
		for i, c := range cells {
			text := cut(printable(c.Text), widths[i])
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			text = t.style(style+tones[c.Tone], text)
			if table.Columns[i].Kind == Number {
				out.WriteString(pad + text)
			} else {
				out.WriteString(text + pad)
			}
			out.WriteString(strings.Repeat(" ", gap))
		}
		b.WriteString(strings.TrimRight(out.String(), " ") + "\n")
	}
	line(head, bold)
	for _, r := range table.Rows {
		line(r, "")
	}
	if table.Total != nil {
		line(table.Total, bold)
	}
}

// widths are those of the columns. Where the table is wider than the terminal,
// columns of names and of words are cut, the widest first.
func (t Terminal) widths(columns []Column, rows [][]Cell) []int {
	widths, sum := make([]int, len(columns)), gap*(len(columns)-1)
	for i, c := range columns {
		widths[i] = utf8.RuneCountInString(c.Title)
		for _, r := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(printable(r[i].Text)))
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

// printable shows what a terminal would act on: a file's name may hold an escape
// sequence.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}
