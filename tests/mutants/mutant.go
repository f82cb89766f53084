// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
)

// mutant is one changed operator: its place, with the column in bytes from 1, and gremlins' name for the kind of change.
type mutant struct {
	file         string
	line, column int
	kind         string
}

func (m mutant) pkg() string { return module + "/" + path.Dir(m.file) }

// operators are what each kind of change makes of an operator (https://gremlins.dev/0.5/usage/mutations/).
var operators = map[string]map[string]string{
	"ARITHMETIC_BASE":       {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"},
	"CONDITIONALS_BOUNDARY": {">=": ">", ">": ">=", "<=": "<", "<": "<="},
	"CONDITIONALS_NEGATION": {"==": "!=", "!=": "==", ">=": "<", ">": "<=", "<=": ">", "<": ">="},
	"INCREMENT_DECREMENT":   {"++": "--", "--": "++"},
	"INVERT_NEGATIVES":      {"-": "+"},
}

// apply returns text with the mutant in it, and the line as it was.
func (m mutant) apply(text []byte) (changed []byte, line string, err error) {
	lines := bytes.SplitAfter(text, []byte("\n"))
	if m.line < 1 || m.line > len(lines) || m.column < 1 || m.column > len(lines[m.line-1]) {
		return nil, "", fmt.Errorf("%s has no line %d with %d characters", m.file, m.line, m.column)
	}
	old := lines[m.line-1]
	head, rest := old[:m.column-1], old[m.column-1:]
	for _, length := range []int{2, 1} { // ">=" before ">"
		if len(rest) < length {
			continue
		}
		if to := operators[m.kind][string(rest[:length])]; to != "" {
			lines[m.line-1] = slices.Concat(head, []byte(to), rest[length:])
			return bytes.Join(lines, nil), strings.TrimSpace(string(old)), nil
		}
	}
	return nil, "", fmt.Errorf("%s:%d:%d: no operator for %s: %s", m.file, m.line, m.column, m.kind, old)
}

// result is what became of a mutant: by is the step that noticed it, invalid if the compiler did, and "" if it lived.
type result struct {
	mutant
	by, source string
}

const invalid = "compiler"

// line is the result as the log has it.
func (r result) line() string {
	by := r.by
	if by == "" {
		by = "LIVED"
	}
	return fmt.Sprintf("%s\t%d\t%d\t%s\t%s\t%s", r.file, r.mutant.line, r.column, r.kind, by, r.source)
}

// readLog reads a log.
func readLog(text string) (all []result, err error) {
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		var r result
		if len(f) < 6 {
			return nil, fmt.Errorf("it has the line %q", line)
		}
		if _, err := fmt.Sscan(f[1]+" "+f[2], &r.mutant.line, &r.column); err != nil {
			return nil, fmt.Errorf("it has the line %q: %w", line, err)
		}
		r.file, r.kind, r.by, r.source = f[0], f[3], f[4], strings.Join(f[5:], "\t")
		if r.by == "LIVED" {
			r.by = ""
		}
		all = with(all, r) // what was tried again has a second line
	}
	return all, nil
}

// with returns results with one more, in place of an earlier one of the same mutant.
func with(results []result, r result) []result {
	return append(slices.DeleteFunc(results, func(earlier result) bool { return earlier.mutant == r.mutant }), r)
}

// report counts the mutants of each directory, without those that are no Go, by what noticed them.
func report(results []result, dirs []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s %8s %10s %10s %10s %6s %8s\n", "", "mutants", "own tests", "importers", "programs", "lived", "noticed")
	row := func(name string, in func(result) bool) {
		n, by := 0, map[string]int{}
		for _, r := range results {
			if in(r) && r.by != invalid {
				n++
				by[r.by]++
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "%-14s %8d %10d %10d %10d %6d %6.1f %%\n", name, n, by["own tests"], by["importers"], by["programs"], by[""], 100*float64(n-by[""])/float64(n))
		}
	}
	for _, dir := range dirs {
		row(dir, func(r result) bool {
			return r.file == dir || strings.HasPrefix(r.file, strings.TrimSuffix(dir, "/")+"/")
		})
	}
	row("all", func(result) bool { return true })
	return b.String()
}
