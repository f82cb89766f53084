// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed page.css
var style string

//go:embed page.js
var script string

// HTML writes the document as one self-contained HTML file, without references to
// the network. Its script sorts and searches tables; everything is there without it,
// too.
//
// It uses neither html/template nor text/template. Their package initialisation
// runs whenever a program starts, so also for each of the compilations that
// rustc-lto-wrap only passes through. text/template alone takes 4 % of the
// processor time of such a call.
func HTML(w io.Writer, d *Doc) error {
	d = d.printable()
	m := new(markup)
	m.start("!DOCTYPE html").line().start("html", "lang", "en").line()
	m.start("head").line()
	m.start("meta", "charset", "utf-8").line()
	m.start("meta", "name", "viewport", "content", "width=device-width, initial-scale=1").line()
	m.start("meta", "name", "color-scheme", "content", "light dark").line()
	m.element("title", d.Title).line()
	m.start("style").line().raw(style).end("style").line()
	m.end("head").line()
	m.start("body").line().start("main").line()
	m.element("h1", d.Title).line()
	for _, text := range d.Lead {
		m.element("p", text, "class", "lead").line()
	}
	m.figures(d.Figures)
	m.contents(d.Sections)
	plots := 0
	for i, s := range d.Sections {
		class, id := "", fmt.Sprintf("section%d", i)
		if s.Problem {
			class = "problem"
		}
		m.start("section", "class", class, "aria-labelledby", id).line()
		m.element("h2", s.Title, "id", id).line()
		for _, text := range s.Text {
			m.element("p", text).line()
		}
		for _, p := range s.Plots {
			if len(p.Bars) > 0 {
				plots++
				m.plot(draw(p, plots))
			}
		}
		if s.Map != nil && len(s.Map.Groups) > 0 {
			plots++
			m.treemap(s.Map, plots)
		}
		switch t := s.Table; {
		case t == nil:
		case t.Long:
			m.start("details").element("summary", "Table: "+Count(len(t.Rows), "row")).line()
			m.table(t, id)
			m.end("details").line()
		default:
			m.table(t, id)
		}
		m.end("section").line()
	}
	m.end("main").line()
	m.start("script").line().raw(script).end("script").line()
	m.end("body").line().end("html").line()
	_, err := io.WriteString(w, m.b.String())
	return err
}

// figures writes the figures that matter most.
func (m *markup) figures(list []Figure) {
	if len(list) == 0 {
		return
	}
	m.start("dl", "class", "figures").line()
	for _, f := range list {
		m.start("div").element("dt", f.Label).element("dd", f.Value.Text, "class", toneClass(f.Value.Tone))
		if f.Note != "" {
			m.element("dd", f.Note, "class", "note")
		}
		m.end("div").line()
	}
	m.end("dl").line()
}

// contents writes links to the sections of a long page.
func (m *markup) contents(list []Section) {
	if len(list) < 4 {
		return
	}
	m.start("nav", "aria-label", "Contents").start("ul").line()
	for i, s := range list {
		m.start("li").element("a", s.Title, "href", fmt.Sprintf("#section%d", i)).end("li").line()
	}
	m.end("ul").end("nav").line()
}

// treemap writes a treemap as a figure with an SVG image.
func (m *markup) treemap(t *Treemap, id int) {
	m.start("figure").line()
	m.start("figcaption").text(t.Title).text(" ").element("span", "("+t.Unit+")").end("figcaption").line()
	title, desc := fmt.Sprintf("plot%d-title", id), fmt.Sprintf("plot%d-desc", id)
	m.start("div", "class", "plot").line()
	m.start("svg", "class", "map", "viewBox", fmt.Sprintf("0 0 %d %d", mapWidth, mapHeight), "role", "img", "aria-labelledby", title+" "+desc).line()
	m.element("title", t.Title, "id", title).line()
	m.element("desc", t.Desc, "id", desc).line()
	for _, g := range t.draw() {
		m.start("g").line()
		m.start("rect", append(rectAttributes(g.rect), "class", "group")...).element("title", g.title).end("rect").line()
		if g.label != "" {
			m.element("text", g.label, "class", "head", "x", pixels(g.x+4), "y", pixels(g.y+12)).line()
		}
		for _, tile := range g.tiles {
			m.start("g").start("rect", append(rectAttributes(tile.rect), "class", tile.class)...).end("rect").element("title", tile.title)
			for i, label := range tile.labels {
				m.element("text", label, "x", pixels(tile.x+4), "y", pixels(tile.y+float64(tileLine*(i+1))-1))
			}
			m.end("g").line()
		}
		m.end("g").line()
	}
	m.end("svg").line().end("div").line().end("figure").line()
}

// rectAttributes returns the attributes of a rectangle.
func rectAttributes(r rect) []any {
	return []any{"x", pixels(r.x), "y", pixels(r.y), "width", pixels(r.w), "height", pixels(r.h)}
}

// pixels returns a length in pixels, to a tenth.
func pixels(v float64) string { return strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64) }

// table writes a table. The element with the ID id is its label.
func (m *markup) table(t *Table, id string) {
	m.start("div", "class", "scroll", "tabindex", 0, "role", "region", "aria-labelledby", id).line()
	m.start("table").line()
	m.start("thead").start("tr")
	for _, c := range t.Columns {
		class := ""
		if c.Kind == Number {
			class = "number"
		}
		sum := ""
		if c.Sum {
			sum = "sum"
		}
		m.element("th", c.Title, "scope", "col", "class", class, "data-sum", sum)
	}
	m.end("tr").end("thead").line()
	m.start("tbody").line()
	for _, r := range t.Rows {
		m.row(t.Columns, r).line()
	}
	m.end("tbody").line()
	if len(t.Total) > 0 {
		m.start("tfoot").row(t.Columns, t.Total).end("tfoot").line()
	}
	m.end("table").line()
	m.end("div").line()
}

// row writes a row. Its first cell is the header of the row.
func (m *markup) row(columns []Column, row []Cell) *markup {
	m.start("tr")
	for i, c := range row {
		if i == 0 {
			m.element("th", c.Text, "scope", "row", "class", cellClass(columns[i], c))
		} else {
			m.element("td", c.Text, "class", cellClass(columns[i], c))
		}
	}
	return m.end("tr")
}

// shortName and shortWords are the lengths up to which a name and other words are not
// broken.
const (
	shortName  = 48
	shortWords = 16
)

// cellClass returns the CSS classes of a cell, "" for none.
func cellClass(column Column, c Cell) string {
	class := ""
	switch column.Kind {
	case Name:
		class = "name"
		if utf8.RuneCountInString(c.Text) <= shortName {
			class = "name short"
		}
	case Number:
		class = "number"
	case Words:
		if utf8.RuneCountInString(c.Text) <= shortWords {
			class = "short"
		}
	}
	return strings.TrimSpace(class + " " + toneClass(c.Tone))
}

func toneClass(t Tone) string {
	switch t {
	case Good:
		return "good"
	case Bad:
		return "bad"
	}
	return ""
}

// plot writes a drawing as a figure with an SVG image.
func (m *markup) plot(d *drawing) {
	m.start("figure").line()
	m.start("figcaption").text(d.Title)
	if d.Unit != "" {
		m.text(" ").element("span", "("+d.Unit+")")
	}
	if d.Of > len(d.Bars) {
		m.text(" ").element("span", fmt.Sprintf("the largest %d of %d; the table has all", len(d.Bars), d.Of))
	}
	m.end("figcaption").line()
	title, desc := fmt.Sprintf("plot%d-title", d.ID), fmt.Sprintf("plot%d-desc", d.ID)
	m.start("div", "class", "plot").line()
	m.start("svg", "viewBox", fmt.Sprintf("0 0 %d %d", d.Width, d.Height), "role", "img", "aria-labelledby", title+" "+desc).line()
	m.element("title", d.Title, "id", title).line()
	m.element("desc", d.Desc, "id", desc).line()
	m.patterns(d)
	for _, l := range d.Legend {
		m.empty("rect", "class", seriesClass(l.Series), "x", l.X, "y", 4, "width", 18, "height", 11, "fill", d.fill(l.Series))
		m.element("text", l.Name, "x", l.X+24, "y", 14).line()
	}
	for _, t := range d.Ticks {
		m.empty("line", "x1", t.X, "x2", t.X, "y1", d.Top-4, "y2", d.Bottom)
		m.element("text", t.Text, "class", "quiet", "x", t.X, "y", d.Top-9, "text-anchor", "middle").line()
	}
	m.empty("line", "class", "zero", "x1", d.Zero, "x2", d.Zero, "y1", d.Top-4, "y2", d.Bottom).line()
	for _, r := range d.Rows {
		m.start("text", "x", labelRoom-10, "y", r.LabelY, "text-anchor", "end").text(r.Label).element("title", r.Full).end("text").line()
		for _, b := range r.Bars {
			m.start("rect", "class", seriesClass(b.Series), "x", b.X, "y", b.Y, "width", b.Width, "height", b.Height, "fill", d.fill(b.Series))
			m.element("title", b.Title).end("rect").line()
			if b.Value != "" {
				m.element("text", b.Value, "x", b.ValueX, "y", b.ValueY, "text-anchor", b.At).line()
			}
		}
	}
	m.end("svg").line()
	m.end("div").line()
	m.end("figure").line()
}

// patterns defines the fill patterns of the series, so that their bars differ by
// more than colour.
func (m *markup) patterns(d *drawing) {
	m.start("defs").line()
	for i, p := range []struct {
		size            int
		transform, path string // path is "" for a solid fill
	}{{8, "", ""}, {5, "rotate(45)", "M1.5 0V5"}, {5, "", "M1.5 0V5"}, {5, "", "M0 1.5H5"}} {
		m.start("pattern", "id", d.pattern(i+1), "width", p.size, "height", p.size, "patternUnits", "userSpaceOnUse", "patternTransform", p.transform)
		if p.path == "" {
			m.empty("rect", "class", "solid1", "width", p.size, "height", p.size)
		} else {
			m.empty("rect", "width", p.size, "height", p.size).empty("path", "class", seriesClass(i+1), "d", p.path)
		}
		m.end("pattern").line()
	}
	m.end("defs").line()
}

func (d *drawing) pattern(series int) string { return fmt.Sprintf("fill%d-%d", d.ID, series) }

func (d *drawing) fill(series int) string { return "url(#" + d.pattern(series) + ")" }

func seriesClass(series int) string { return fmt.Sprintf("f%d", series) }
