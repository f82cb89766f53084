// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLex checks the tokens of texts, each with its kind and the number of open braces.
func TestLex(t *testing.T) {
	names := map[kind]string{word: "", literal: "str:", mark: "", directive: "pp:", lineEnd: "end"}
	for _, c := range []struct {
		text string
		rust bool
		want string
	}{
		{"int a0_9zAZ = b9+0xF;", false, "int a0_9zAZ = b9 + 0xF ;"},
		{"z/a;Z@A;9:0", false, "z / a ; Z @ A ; 9 : 0"},
		{"\u00e4x y", false, "\u00e4x y"},
		{"last", false, "last"},
		{"f() { { } } g", false, "f ( ) { {@1 }@1 } g"},
		{"f { if { \n } g", false, "f { if@1 {@1 }@1 g@1"}, // only a brace in the first column closes all
		{"f { if {\n} g", false, "f { if@1 {@1 } g"},
		{"} } f {", false, "} } f {"},
		{"f { }} g { h", false, "f { } } g { h@1"},
		{"} f", false, "} f"},
		{"#define A {\nf", false, "pp:# define A { end f"},
		{"#if X\n#endif", false, "pp:# if X end pp:# endif end"},
		{" x # y", false, "x # y"},
		{"a##b # c", false, "a ## b # c"},
		{`"a\"b" "c"`, false, `str:a\"b str:c`},
		{"'\"' x \"y\"", false, "x str:y"},
		{"don't\nmove", false, "don move"},
		{"/* a */ b // c\nd", false, "b d"},
		{"a \\\n b", false, "a b"},

		{"fn f<'a>(x: &'a u8) {}", true, "fn f < a > ( x : & a u8 ) { }"},
		{"'x' y 'z'", true, "y"},
		{`'\'' y '\\' z`, true, "y z"},
		{"'ä' y", true, "y"},
		{"'a", true, ""}, // an unfinished character
		{`r"\" x r#"a"b"# y br"c" z`, true, `str:r"\" x str:r#"a"b"# y str:br"c" z`},
		{"r x br y r# z", true, "r x br y r # z"},
		{"x r", true, "x r"},
		{"x br##", true, "x br ##"},
		{"/* a /* b */ c */ d", true, "d"},
		{"# x\n#[a]", true, "# x # [ a ]"},
		{"\"a\nb\" c", true, "str:a\nb c"},
	} {
		var got []string
		for _, tok := range lex(c.text, c.rust) {
			s := names[tok.kind] + tok.text
			if tok.depth > 0 && tok.kind != lineEnd {
				s += fmt.Sprint("@", tok.depth)
			}
			got = append(got, s)
		}
		if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, d)
		}
	}
}

// TestWords checks the words of a text, with and without what may be an escape.
func TestWords(t *testing.T) {
	var got []string
	words(`a1 \nname \x (z_9)Z\t`, func(w string) { got = append(got, w) })
	if d := cmp.Diff([]string{"a1", "nname", "name", "x", "z_9", "Z", "t"}, got); d != "" {
		t.Error(d)
	}
}
