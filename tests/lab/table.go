// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// entry is one entry of a table such as the file kernels: a name, and below it its properties, one a line, indented. A
// property has one or more words, of which "none" alone stands for no value. Lines that begin with # are comments.
type entry struct {
	name       string
	properties map[string][]string
	// used are the properties that were asked for.
	used []string
	errs []string
}

// readTable reads the entries of a table in their order.
func readTable(text string) (table []*entry, err error) {
	for number, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch indented := strings.HasPrefix(line, " "); {
		case len(words) == 0 || strings.HasPrefix(line, "#"):
		case !indented && len(words) == 1:
			if slices.ContainsFunc(table, func(e *entry) bool { return e.name == words[0] }) {
				return nil, fmt.Errorf("line %d: %s has two entries", number+1, words[0])
			}
			table = append(table, &entry{name: words[0], properties: map[string][]string{}})
		case indented && len(words) > 1 && len(table) > 0:
			e := table[len(table)-1]
			if _, ok := e.properties[words[0]]; ok {
				return nil, fmt.Errorf("line %d: %s has %s twice", number+1, e.name, words[0])
			}
			e.properties[words[0]] = words[1:]
		default:
			return nil, fmt.Errorf("line %d is neither a name nor an indented property with its value: %q", number+1, line)
		}
	}
	return table, nil
}

// words are the words of a property.
func (e *entry) words(name string) []string {
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

// word is a property of one word, "" for none.
func (e *entry) word(name string) string {
	words := e.words(name)
	if len(words) > 1 {
		e.errs = append(e.errs, fmt.Sprintf("%s has %d words", name, len(words)))
	}
	return strings.Join(words, " ")
}

// number is a property that is a number above zero.
func (e *entry) number(name string) int {
	n, err := strconv.Atoi(e.word(name))
	if err != nil || n < 1 {
		e.errs = append(e.errs, name+" is not a number above zero")
	}
	return n
}

// err says what is wrong with the entry after all of its properties were asked for.
func (e *entry) err() error {
	for name := range e.properties {
		if !slices.Contains(e.used, name) {
			e.errs = append(e.errs, "unknown property "+name)
		}
	}
	if len(e.errs) == 0 {
		return nil
	}
	slices.Sort(e.errs)
	return fmt.Errorf("%s: %s", e.name, strings.Join(e.errs, ", "))
}
