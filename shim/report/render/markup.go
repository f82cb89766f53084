// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"fmt"
	"html"
	"strings"
)

// markup builds HTML. It escapes all text and all attribute values. The names of
// elements and attributes come from this package.
type markup struct{ b strings.Builder }

// start writes a start tag. attributes are alternating names and values. An
// attribute with the value "" is left out.
func (m *markup) start(element string, attributes ...any) *markup {
	return m.open(element, attributes).raw(">")
}

// empty writes an SVG element without contents.
func (m *markup) empty(element string, attributes ...any) *markup {
	return m.open(element, attributes).raw("/>")
}

func (m *markup) open(element string, attributes []any) *markup {
	m.raw("<" + element)
	for i := 0; i < len(attributes); i += 2 {
		if value := fmt.Sprint(attributes[i+1]); value != "" {
			m.raw(" " + attributes[i].(string) + `="`).text(value).raw(`"`)
		}
	}
	return m
}

// end writes an end tag.
func (m *markup) end(element string) *markup { return m.raw("</" + element + ">") }

// element writes an element that contains text.
func (m *markup) element(element, text string, attributes ...any) *markup {
	return m.start(element, attributes...).text(text).end(element)
}

// text writes text, escaped.
func (m *markup) text(s string) *markup { return m.raw(html.EscapeString(s)) }

// line ends a line.
func (m *markup) line() *markup { return m.raw("\n") }

// raw writes text that is HTML already.
func (m *markup) raw(s string) *markup {
	m.b.WriteString(s)
	return m
}
