// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package table reads tables that Go and shell share, such as tests/lab/kernels: entries, each a name at the beginning of a
// line, and below it, indented, its properties, one a line. A property has one or more words, of which "none" alone stands
// for no value. Lines that begin with # are comments.
package table

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Entry is one entry of a table. The methods that return a property note what is wrong with it, and [Entry.Err] returns that.
type Entry struct {
	Name       string
	properties map[string][]string
	// used are the properties that were asked for.
	used []string
	errs []string
}

// Read reads the entries of a table in their order.
func Read(text string) (table []*Entry, err error) {
	for number, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch indented := strings.HasPrefix(line, " "); {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case !indented && len(words) == 1:
			if slices.ContainsFunc(table, func(e *Entry) bool { return e.Name == words[0] }) {
				return nil, fmt.Errorf("line %d: %s has two entries", number+1, words[0])
			}
			table = append(table, &Entry{Name: words[0], properties: map[string][]string{}})
		case indented && len(words) > 1 && len(table) > 0:
			e := table[len(table)-1]
			if _, ok := e.properties[words[0]]; ok {
				return nil, fmt.Errorf("line %d: %s has %s twice", number+1, e.Name, words[0])
			}
			e.properties[words[0]] = words[1:]
		default:
			return nil, fmt.Errorf("line %d is neither a name nor an indented property with its value: %q", number+1, line)
		}
	}
	return table, nil
}

// Words returns the words of a property, nil for none.
func (e *Entry) Words(name string) []string {
	e.used = append(e.used, name)
	words, ok := e.properties[name]
	if !ok {
		e.errs = append(e.errs, name+" is missing")
	}
	if len(words) == 1 && words[0] == "none" {
		return nil
	}
	return words
}

// Word returns a property of one word, "" for none.
func (e *Entry) Word(name string) string {
	words := e.Words(name)
	if len(words) > 1 {
		e.errs = append(e.errs, fmt.Sprintf("%s has %d words", name, len(words)))
	}
	return strings.Join(words, " ")
}

// Text returns a property as one text, its words separated by blanks, "" for none.
func (e *Entry) Text(name string) string { return strings.Join(e.Words(name), " ") }

// Number returns a property that is a number above zero.
func (e *Entry) Number(name string) int {
	n, err := strconv.Atoi(e.Word(name))
	if err != nil || n < 1 {
		e.errs = append(e.errs, name+" is not a number above zero")
	}
	return n
}

// Err returns what is wrong with the entry, after all of its properties were asked for.
func (e *Entry) Err() error {
	for name := range e.properties {
		if !slices.Contains(e.used, name) {
			e.errs = append(e.errs, "unknown property "+name)
		}
	}
	if len(e.errs) == 0 {
		return nil
	}
	slices.Sort(e.errs)
	return fmt.Errorf("%s: %s", e.Name, strings.Join(e.errs, ", "))
}
