package render

import (
	_ "embed"
	"io"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"
)

//go:embed page.html
var page string

// HTML writes the document as one HTML file that needs nothing else: no script,
// no network. Whatever the template prints is escaped.
//
// html/template would do that, too, but its tables are made when a program
// starts, for each of the thousands of compilations that rustc-lto-wrap only
// passes on: a tenth of what such a call costs.
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
	for _, part := range t.Templates() {
		escape(part.Root)
	}
	return t.Execute(w, d.printable())
}

// escape has all that the template prints pass through text/template's html,
// which is right for the places that page.html prints to: text between tags, and
// values of attributes in double quotes that are neither code nor, but for numbers in
// them, URLs.
func escape(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil { // an else that is not there
			return
		}
		for _, n := range n.Nodes {
			escape(n)
		}
	case *parse.IfNode:
		escape(n.List)
		escape(n.ElseList)
	case *parse.RangeNode:
		escape(n.List)
		escape(n.ElseList)
	case *parse.WithNode:
		escape(n.List)
		escape(n.ElseList)
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 { // with a declaration it prints nothing
			html := parse.NewIdentifier("html").SetPos(n.Pos)
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos, Args: []parse.Node{html}})
		}
	}
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
