// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"regexp"
	"slices"
	"strings"
)

// mayDefineC reports which of the names a C file may define: every mention of a name must be
// known to be a declaration, a call, or a use of the address. What a macro makes of its
// argument is not known, so the use of an address counts in a function only. strict names
// must not be used by address at all: C code has no reason to.
func mayDefineC(tokens []token, names, strict map[string]bool) (found []string) {
	for i, t := range tokens {
		switch {
		case t.kind == word && names[t.text]:
			if !harmlessC(tokens, i, strict[t.text]) {
				found = append(found, t.text)
			}
		case t.kind == literal:
			words(t.text, func(w string) {
				if names[w] && (strict[w] || isSymbolName(t.text, w)) {
					found = append(found, w)
				}
			})
		}
	}
	return found
}

// assembler finds what can give a symbol a place or another name in a string of assembly.
var assembler = regexp.MustCompile(`\.(globl|global|weak|set|equ|equiv|symver|type|comm|lcomm|hidden)\b|=|:`)

// isSymbolName reports whether a string can be the name of a symbol (asm("name") and
// alias("name")), or assembly that defines one.
func isSymbolName(text, name string) bool {
	return strings.TrimSpace(text) == name || strings.Contains(text, name) && assembler.MatchString(text)
}

// statement are the words before a call or an address that are not the type of a
// declaration.
var statement = map[string]bool{"return": true, "else": true, "do": true, "case": true, "sizeof": true, "typeof": true, "__typeof__": true, "goto": true}

func harmlessC(tokens []token, i int, strict bool) bool {
	before := func(n int) token {
		if i-n >= 0 {
			return tokens[i-n]
		}
		return token{kind: lineEnd}
	}
	if before(2).kind == directive && slices.Contains([]string{"define", "undef", "ifdef", "ifndef"}, before(1).text) {
		return true // the name of a macro
	}
	if slices.Contains([]string{"include", "include_next", "error", "warning"}, directiveOf(tokens, i)) {
		return true // a part of a file's name, or of a message
	}
	if before(1).text == "defined" || before(1).text == "(" && before(2).text == "defined" {
		return true
	}
	typed := before(1).kind == word && !statement[before(1).text] || before(1).text == "*" || before(1).text == ")"
	next, at := token{kind: lineEnd}, i+1
	if at < len(tokens) {
		next = tokens[at]
	}
	if next.text == "(" && next.kind == mark {
		end := closing(tokens, at)
		after := token{kind: lineEnd}
		if end < len(tokens) {
			after = tokens[end]
		}
		switch {
		case after.kind == lineEnd:
			return !typed || parameters(tokens, i-1)
		case after.kind == word, after.kind == literal, after.text == "{", after.text == "##", after.text == "[":
			return false
		case typed:
			// A declaration, or a call after a cast.
			return after.text == ";" || after.text == "," || before(1).text != "*" && before(1).kind != word
		}
		return true
	}
	if strict || next.text == "##" || before(1).text == "##" || before(1).text == "#" {
		return false
	}
	// In a function, it is a use, or a variable of the function's own.
	return tokens[i].depth > 0 || next.text == ";" && isDeclaredExtern(tokens, i)
}

// directiveOf returns the name of the directive of the preprocessor whose line a token is in, "" if it is in none.
func directiveOf(tokens []token, i int) string {
	for at := i; at >= 0 && tokens[at].kind != lineEnd; at-- {
		if tokens[at].kind == directive && at < i {
			return tokens[at+1].text
		}
	}
	return ""
}

// parameters reports whether a parenthesis closes the parameters of a macro's definition.
func parameters(tokens []token, i int) bool {
	if tokens[i].text != ")" {
		return false
	}
	for ; i > 2 && tokens[i].text != "("; i-- {
	}
	return i > 2 && tokens[i-2].text == "define" && tokens[i-3].kind == directive
}

// isDeclaredExtern reports whether a declaration that ends at i begins with extern.
func isDeclaredExtern(tokens []token, i int) bool {
	for i--; i >= 0 && (tokens[i].kind == word || tokens[i].text == "*"); i-- {
		if tokens[i].text == "extern" {
			return true
		}
	}
	return false
}

// closing returns the index after the parenthesis that closes the one at i.
func closing(tokens []token, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		switch {
		case tokens[i].kind == lineEnd:
			return i
		case tokens[i].kind != mark:
		case tokens[i].text == "(":
			depth++
		case tokens[i].text == ")":
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return i
}

// mayDefineRust is mayDefineC for a file of Rust. A crate declares the helpers that it calls:
// in an extern block, a function has no body.
func mayDefineRust(tokens []token, names map[string]bool) (found []string) {
	at := func(i int) string {
		if i >= 0 && i < len(tokens) && tokens[i].kind != literal {
			return tokens[i].text
		}
		return ""
	}
	for i, t := range tokens {
		switch {
		case t.kind == word && names[t.text]:
			switch {
			case at(i-1) == "fn" && at(i+1) == "(":
				end := closing(tokens, i+1)
				for end < len(tokens) && at(end) != ";" && at(end) != "{" {
					end++
				}
				if at(end) == ";" {
					continue
				}
			case at(i-1) == "fn":
			case at(i+1) == "(", at(i-1) == ":", at(i-1) == ".":
				continue
			}
			found = append(found, t.text)
		case t.kind == literal:
			words(t.text, func(w string) {
				if names[w] && !(at(i-1) == "=" && at(i-2) == "link_name") {
					found = append(found, w)
				}
			})
		}
	}
	return found
}

// mostPieces limits the pieces of which a name can be put together. In a large module, a name can be put together of the
// names of variables of one letter, which nothing does.
const mostPieces = 4

// pastedNames returns those of names that can be put together from two or more of the words in
// have: with "##" of the preprocessor, with parameters of an assembler's macro, or by a
// script.
func pastedNames(names []string, have map[string]bool) (found []string) {
	for _, name := range names {
		// pieces[i] is the least number of words of which name[:i] can be put together, 0 for none.
		pieces := make([]int, len(name)+1)
		for end := 1; end <= len(name); end++ {
			for begin := range end {
				whole := begin == 0 && end == len(name)
				if (begin == 0 || pieces[begin] > 0) && !whole && have[name[begin:end]] && (pieces[end] == 0 || pieces[begin]+1 < pieces[end]) {
					pieces[end] = pieces[begin] + 1
				}
			}
		}
		if n := pieces[len(name)]; n > 0 && n <= mostPieces {
			found = append(found, name)
		}
	}
	return found
}
