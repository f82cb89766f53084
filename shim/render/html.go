package render

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"
)

//go:embed page.html
var page string

// HTML writes the document as one HTML file that needs nothing else: no script,
// no network. What comes from outside is escaped by [html/template].
func HTML(w io.Writer, d *Doc) error {
	plots := 0
	t, err := template.New("page").Funcs(template.FuncMap{
		"draw":      func(p Plot) *drawing { plots++; return draw(p, plots) },
		"cells":     htmlCells,
		"inSection": func(section int, t *Table) htmlTable { return htmlTable{section, t} },
		"add":       func(a, b int) int { return a + b },
		"sub":       func(a, b int) int { return a - b },
	}).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, d.printable())
}

// Number says whether a column's cells are numbers, for the template.
func (c Column) Number() bool { return c.Kind == Number }

// shortName is how long a name may be and is not broken.
const shortName = 48

// htmlTable is a table, and the number of the section that names it.
type htmlTable struct {
	Section int
	*Table
}

// htmlCell is a cell with the CSS classes of its column and tone. Head is one that
// names its row.
type htmlCell struct {
	Text, Class string
	Head        bool
}

func htmlCells(columns []Column, row []Cell) []htmlCell {
	out := make([]htmlCell, len(row))
	for i, c := range row {
		class := ""
		switch columns[i].Kind {
		case Name:
			class = "name"
			if utf8.RuneCountInString(c.Text) <= shortName {
				class = "name short"
			}
		case Number:
			class = "number"
		}
		switch c.Tone {
		case Good:
			class += " good"
		case Bad:
			class += " bad"
		}
		out[i] = htmlCell{c.Text, strings.TrimSpace(class), i == 0}
	}
	return out
}
