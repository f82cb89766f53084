// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import "strings"

// kind is the kind of a token.
type kind byte

const (
	word      kind = iota // an identifier, a keyword or a number
	literal               // a string, without its quotes
	mark                  // a single character of punctuation, or "##"
	directive             // the "#" that begins a line of the preprocessor
	lineEnd               // the end of such a line
)

// token is one token of C, assembly or Rust.
type token struct {
	kind kind
	text string
	// depth is the number of open braces. A brace at the beginning of a line closes all:
	// branches of the preprocessor may open more than they close.
	depth int
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// lexer splits a text into tokens. Comments are left out.
type lexer struct {
	text  string
	rust  bool
	out   []token
	depth int
	// macro is the depth before the line of the preprocessor that is being read, whose
	// braces do not count after it; inLine is set in such a line.
	macro  int
	inLine bool
}

func lex(text string, rust bool) []token {
	// A line that is continued is one line.
	if !rust {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\\\r\n", " "), "\\\n", " ")
	}
	l := &lexer{text: text, rust: rust}
	l.all()
	return l.out
}

func (l *lexer) add(k kind, text string) {
	l.out = append(l.out, token{k, text, l.depth})
}

func (l *lexer) all() {
	fresh := true // nothing but blanks since the line began
	for i := 0; i < len(l.text); {
		c := l.text[i]
		rest := l.text[i:]
		switch {
		case c == '\n':
			if l.inLine {
				l.add(lineEnd, "")
				l.inLine, l.depth = false, l.macro
			}
			fresh = true
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			i++
			continue
		case strings.HasPrefix(rest, "//"):
			i += until(rest, "\n", 0)
			continue
		case strings.HasPrefix(rest, "/*"):
			i += l.comment(rest)
			continue
		case c == '"':
			n := quoted(rest, '"', l.rust)
			l.add(literal, strings.TrimSuffix(rest[1:n], `"`))
			i += n
		case c == '\'':
			i += l.apostrophe(rest)
		case l.rust && rawString(rest) > 0:
			n := rawString(rest)
			l.add(literal, rest[:n])
			i += n
		case isWord(c):
			n := 1
			for n < len(rest) && isWord(rest[n]) {
				n++
			}
			l.add(word, rest[:n])
			i += n
		case c == '#' && fresh && !l.rust:
			l.inLine, l.macro = true, l.depth
			l.add(directive, "#")
			i++
		case strings.HasPrefix(rest, "##"):
			l.add(mark, "##")
			i += 2
		default:
			if c == '}' {
				l.depth = max(l.depth-1, 0)
				if fresh && i > 0 && l.text[i-1] == '\n' {
					l.depth = 0
				}
			}
			l.add(mark, string(c))
			if c == '{' {
				l.depth++
			}
			i++
		}
		fresh = false
	}
	if l.inLine {
		l.add(lineEnd, "")
	}
}

// until returns the length of text up to end, plus more of end.
func until(text, end string, more int) int {
	if at := strings.Index(text, end); at >= 0 {
		return at + more
	}
	return len(text)
}

// comment returns the length of a comment. Those of Rust nest.
func (l *lexer) comment(text string) int {
	if !l.rust {
		return 2 + until(text[2:], "*/", 2)
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(text[i:], "*/"):
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(text)
}

// quoted returns the length of a literal in quotes. That of C ends with its line: in
// assembly and after #error, an apostrophe may stand alone.
func quoted(text string, quote byte, lines bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == quote:
			return i + 1
		case text[i] == '\n' && !lines:
			return i
		}
	}
	return len(text)
}

// apostrophe returns the length of a character, or of the apostrophe of a lifetime.
func (l *lexer) apostrophe(text string) int {
	if l.rust && len(text) > 2 && text[1] != '\\' && text[2] != '\'' && text[1] < 0x80 {
		return 1
	}
	return quoted(text, '\'', false)
}

// rawString returns the length of a raw string of Rust, r"…" or r#"…"#, 0 if there is none.
func rawString(text string) int {
	n := 0
	if strings.HasPrefix(text, "b") || strings.HasPrefix(text, "c") {
		n++
	}
	if !strings.HasPrefix(text[n:], "r") {
		return 0
	}
	n++
	hashes := 0
	for n < len(text) && text[n] == '#' {
		n++
		hashes++
	}
	if n >= len(text) || text[n] != '"' {
		return 0
	}
	n++
	return n + until(text[n:], `"`+strings.Repeat("#", hashes), 1+hashes)
}

// words returns the words in text, and those that are left of a word when the character
// after a backslash is taken for an escape ("\nname").
func words(text string, visit func(string)) {
	for i := 0; i < len(text); i++ {
		if !isWord(text[i]) {
			continue
		}
		begin := i
		for i < len(text) && isWord(text[i]) {
			i++
		}
		visit(text[begin:i])
		if begin > 0 && text[begin-1] == '\\' && i > begin+1 {
			visit(text[begin+1 : i])
		}
	}
}
