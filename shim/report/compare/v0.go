// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compare

import (
	"cmp"
	"slices"
	"strings"
)

// apart rewrites a symbol in Rust's v0 mangling so that no empty identifier
// directly precedes a digit.
//
// It works around a fault of github.com/ianlancetaylor/demangle, which has it in its newest
// version, of July 2026. The identifier of a closure is "0", so "019panic" means "0" and
// "19panic": no number except 0 begins with 0 (the rustc book, "v0 Symbol Format",
// decimal-number). The demangler reads it as 19, and fails later. With four lines at the
// head of rustState.decimalNumber in its rust.go, this file can go:
//
//	if rst.str[0] == '0' {
//		rst.advance(1)
//		return 0
//	}
//
// The grammar allows a "_" after the number, so apart writes "0_19panic", and computes the
// offsets of back references anew. It returns a symbol unchanged if it does not follow this
// grammar or needs no change.
func apart(symbol string) string {
	text, ok := strings.CutPrefix(symbol, "_R")
	p := &v0{text: text}
	if !ok || !p.path() || len(p.zeros) == 0 {
		return symbol
	}
	// The crate that instantiated the symbol may follow.
	if p.pos < len(text) && !p.path() || p.pos < len(text) {
		return symbol
	}
	edits := p.refs
	for _, z := range p.zeros {
		edits = append(edits, edit{start: z, end: z, target: -1})
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	out, done := []byte("_R"), 0
	for i, e := range edits {
		out = append(out, text[done:e.start]...)
		replacement := "_"
		if e.target >= 0 {
			// A back reference points to text that has been written already.
			moved := e.target
			for _, earlier := range edits[:i] {
				if earlier.end <= e.target {
					moved += earlier.growth
				}
			}
			replacement = base62(moved)
		}
		edits[i].growth = len(replacement) - (e.end - e.start)
		out, done = append(out, replacement...), e.end
	}
	return string(append(out, text[done:]...))
}

// v0 parses a symbol and collects the edits. Its methods report whether the text
// follows the grammar so far.
type v0 struct {
	text  string
	pos   int
	depth int
	// zeros are the positions after empty identifiers that precede a digit.
	zeros []int
	// refs are the back references, without their "B".
	refs []edit
}

// edit is a part of the text to replace: by a back reference to target, or by "_" where
// target is negative. growth is by how much the replacement is longer.
type edit struct{ start, end, target, growth int }

func (p *v0) next() byte {
	if p.pos >= len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

// take consumes the next byte if it is in set, and reports whether it is.
func (p *v0) take(set string) bool {
	c := p.next()
	if c == 0 || strings.IndexByte(set, c) < 0 {
		return false
	}
	p.pos++
	return true
}

// number reads a base-62-number, in which "_" is 0.
func (p *v0) number() (n int, ok bool) {
	first := true
	for ; !p.take("_"); first = false {
		i := strings.IndexByte(digits, p.next())
		if p.next() == 0 || i < 0 || n > len(p.text)*62 {
			return 0, false
		}
		n = n*62 + i
		p.pos++
	}
	if !first {
		n++
	}
	return n, true
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// base62 returns the text of a base-62-number.
func base62(n int) string {
	if n == 0 {
		return "_"
	}
	out := "_"
	for n--; ; n /= 62 {
		if out = digits[n%62:n%62+1] + out; n < 62 {
			return out
		}
	}
}

// skipNumber reads a base-62-number that follows one of the tags, if there is one.
func (p *v0) skipNumber(tags string) bool {
	if !p.take(tags) {
		return true
	}
	for !p.take("_") {
		if !p.take(digits) {
			return false
		}
	}
	return true
}

func (p *v0) backref() bool {
	start := p.pos
	n, ok := p.number()
	p.refs = append(p.refs, edit{start: start, end: p.pos, target: n})
	return ok && n < start
}

// identifier reads an identifier, which a disambiguator may precede.
func (p *v0) identifier() bool { return p.skipNumber("s") && p.name() }

// name reads an undisambiguated-identifier.
func (p *v0) name() bool {
	p.take("u")
	if p.take("0") {
		if c := p.next(); '0' <= c && c <= '9' {
			p.zeros = append(p.zeros, p.pos)
		}
		p.take("_")
		return true
	}
	n := 0
	for c := p.next(); '0' <= c && c <= '9'; c = p.next() {
		if n = n*10 + int(c-'0'); n > len(p.text) {
			return false
		}
		p.pos++
	}
	if n == 0 {
		return false
	}
	p.take("_")
	p.pos += n
	return p.pos <= len(p.text)
}

// nested runs a rule that may contain itself, and limits the depth.
func (p *v0) nested(rule func() bool) bool {
	p.depth++
	defer func() { p.depth-- }()
	return p.depth < 500 && rule()
}

// list runs rule repeatedly up to the "E".
func (p *v0) list(rule func() bool) bool {
	for !p.take("E") {
		if !rule() {
			return false
		}
	}
	return true
}

func (p *v0) path() bool { return p.nested(p.pathHere) }

func (p *v0) pathHere() bool {
	switch {
	case p.take("C"):
		return p.identifier()
	case p.take("M"):
		return p.skipNumber("s") && p.path() && p.kind()
	case p.take("X"):
		return p.skipNumber("s") && p.path() && p.kind() && p.path()
	case p.take("Y"):
		return p.kind() && p.path()
	case p.take("N"):
		p.pos++ // the namespace
		return p.path() && p.identifier()
	case p.take("I"):
		return p.path() && p.list(p.argument)
	case p.take("B"):
		return p.backref()
	}
	return false
}

// argument reads a generic-arg.
func (p *v0) argument() bool {
	switch {
	case p.next() == 'L':
		return p.skipNumber("L")
	case p.take("K"):
		return p.constant()
	}
	return p.kind()
}

// kind reads a type.
func (p *v0) kind() bool { return p.nested(p.kindHere) }

func (p *v0) kindHere() bool {
	switch c := p.next(); {
	case 'a' <= c && c <= 'z':
		p.pos++
		return true
	case p.take("A"):
		return p.kind() && p.constant()
	case p.take("SPO"):
		return p.kind()
	case p.take("RQ"):
		return p.skipNumber("L") && p.kind()
	case p.take("T"):
		return p.list(p.kind)
	case p.take("F"):
		return p.function()
	case p.take("D"):
		return p.skipNumber("G") && p.list(p.bound) && p.next() == 'L' && p.skipNumber("L")
	}
	return p.path()
}

// function reads a fn-sig.
func (p *v0) function() bool {
	if !p.skipNumber("G") {
		return false
	}
	p.take("U")
	if p.take("K") && !p.take("C") && !p.name() {
		return false
	}
	return p.list(p.kind) && p.kind()
}

// bound reads a dyn-trait.
func (p *v0) bound() bool {
	if !p.path() {
		return false
	}
	for p.take("p") {
		if !p.name() || !p.kind() {
			return false
		}
	}
	return true
}

func (p *v0) constant() bool { return p.nested(p.constantHere) }

func (p *v0) constantHere() bool {
	switch {
	case p.take("p"):
		return true
	case p.take("B"):
		return p.backref()
	case p.take("RQ"):
		return p.constant()
	case p.take("AT"):
		return p.list(p.constant)
	case p.take("V"):
		return p.path() && (p.take("U") || p.take("T") && p.list(p.constant) ||
			p.take("S") && p.list(func() bool { return p.identifier() && p.constant() }))
	case !p.take("abcehijlmnostxy"):
		return false
	}
	p.take("n")
	for !p.take("_") {
		if !p.take("0123456789abcdef") {
			return false
		}
	}
	return true
}
