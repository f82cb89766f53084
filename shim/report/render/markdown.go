// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Markdown writes the document as markdown with pipe tables (GitHub Flavored
// Markdown). The columns are aligned, so that the text is readable in a mail.
func Markdown(w io.Writer, d *Doc) error {
	d = d.printable()
	var b strings.Builder
	b.WriteString("# " + escaped(d.Title) + "\n")
	paragraphs := func(list []string) {
		for _, p := range list {
			b.WriteString("\n" + escaped(p) + "\n")
		}
	}
	paragraphs(d.Lead)
	for _, s := range d.Sections {
		b.WriteString("\n## " + escaped(s.Title) + "\n")
		paragraphs(s.Text)
		if s.Table != nil {
			b.WriteByte('\n')
			markdownTable(&b, s.Table)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownTable(b *strings.Builder, t *Table) {
	var rows [][]string
	row := func(cells []Cell, total bool) {
		var out []string
		for i, c := range cells {
			text := escaped(c.Text)
			switch {
			case text == "":
			case total:
				text = "**" + text + "**"
			case t.Columns[i].Kind == Name:
				text = code(c.Text)
			}
			out = append(out, text)
		}
		rows = append(rows, out)
	}
	var head, rule []string
	for _, c := range t.Columns {
		head, rule = append(head, escaped(c.short())), append(rule, "")
	}
	rows = append(rows, head, rule)
	for _, r := range t.Rows {
		row(r, false)
	}
	if t.Total != nil {
		row(t.Total, true)
	}
	widths := make([]int, len(t.Columns))
	for _, r := range rows {
		for i, text := range r {
			// A few long names must not push the other columns out of sight.
			widths[i] = max(widths[i], min(utf8.RuneCountInString(text), roomy), 2)
		}
	}
	for n, r := range rows {
		for i, text := range r {
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(text)))
			switch number := t.Columns[i].Kind == Number; {
			case n == 1 && number:
				text = strings.Repeat("-", widths[i]-1) + ":"
			case n == 1:
				text = strings.Repeat("-", widths[i])
			case number:
				text = pad + text
			default:
				text += pad
			}
			b.WriteString("| " + text + " ")
		}
		b.WriteString("|\n")
	}
}

// escaped returns text with markdown's special characters escaped.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>|~&#", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// code returns text as a code span. In a table, "|" must be written as "\|" there.
// The fence is longer than any in the text.
func code(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	text = strings.ReplaceAll(text, "|", `\|`)
	if fence != "`" {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}
