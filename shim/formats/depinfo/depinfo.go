// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package depinfo rewrites rustc's dep-info file, which is in make's syntax, so
// that its target is the object that kbuild asked for.
package depinfo

import (
	"errors"
	"slices"
	"strings"
)

// Rewrite returns the dep-info text with the target from renamed to to, and with
// more prerequisites for it. more are files. words are make words that are written
// unchanged (see [Condition]).
//
// The new prerequisites are in a separate rule at the end. The kernel's fixdep
// (scripts/basic/fixdep.c, parse_dep_file) assumes that the first prerequisite of
// each rule is the source, and lists it for the first rule only. The separate rule
// therefore begins with the source as well.
//
// make expands what fixdep writes, so the names in more must be plain: see [CanBePrerequisite].
func Rewrite(text, from, to string, more []string, words ...string) (string, error) {
	var out strings.Builder
	source := ""
	for line := range strings.Lines(text) {
		targets, rest, ok := strings.Cut(line, ": ")
		if ok && !strings.HasPrefix(line, "#") {
			// A rule has a single target. rustc 1.85 does not escape blanks in it.
			if targets == from || targets == escape(from) {
				targets = escape(to)
			}
			if source == "" {
				source = firstWord(rest)
			}
			line = targets + ": " + rest
		}
		out.WriteString(line)
	}
	if source == "" {
		return "", errors.New("the dep-info names no source")
	}
	words = slices.Concat(more, words)
	if len(words) > 0 {
		if !strings.HasSuffix(out.String(), "\n") {
			out.WriteByte('\n')
		}
		out.WriteString("\n" + escape(to) + ": " + source)
		for _, w := range words {
			out.WriteString(" \\\n  " + w)
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}

// CanBePrerequisite reports whether a file can be a prerequisite as its name stands. fixdep opens what
// is written, and copies it for make, which expands it: there is no way to write "$", "#"
// or a blank that both read as the character.
func CanBePrerequisite(file string) bool { return isPlain(file) }

// Prerequisites returns the prerequisites of the first rule in a dependency file
// that was written by clang's -MD.
func Prerequisites(text string) []string {
	_, rest, ok := strings.Cut(strings.ReplaceAll(text, "\\\n", " "), ":")
	if !ok {
		return nil
	}
	rest, _, _ = strings.Cut(rest, "\n")
	var out []string
	var word strings.Builder
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\' && i+1 < len(rest):
			i++
			word.WriteByte(rest[i])
		case c == '$' && i+1 < len(rest) && rest[i+1] == '$':
			i++
			word.WriteByte('$')
		case c == ' ' || c == '\t' || c == '\r':
			if word.Len() > 0 {
				out = append(out, word.String())
				word.Reset()
			}
		default:
			word.WriteByte(c)
		}
	}
	if word.Len() > 0 {
		out = append(out, word.String())
	}
	return out
}

// firstWord returns the first word, up to an unescaped blank, as it is written.
func firstWord(s string) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case ' ', '\n':
			return s[:i]
		}
	}
	return s
}

// escape returns a file name as rustc writes it in dep-info, with a backslash
// before each blank (rustc_interface::passes::escape_dep_filename).
func escape(name string) string { return strings.ReplaceAll(name, " ", `\ `) }
