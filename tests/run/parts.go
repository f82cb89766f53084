// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rustc-lto-wrap/tests/internal/table"
)

// Part is an entry of the file parts, which says what each property means.
type Part struct {
	Name, In, Proves string
	After            []string
	Lab              bool
	Run              string   // a shell command, "" where Tests are run
	Tests            []string // arguments of go test
	Minutes          float64
}

// These are the groups of parts.
const (
	inTest  = "test"  // make test
	inAll   = "all"   // make test-all has these as well
	inNamed = "named" // only where they are named
)

//go:embed parts
var partsTable string

// readParts reads the table.
func readParts(text string) ([]Part, error) {
	entries, err := table.Read(text)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for _, e := range entries {
		p := Part{
			Name: e.Name, In: e.Word("in"), Proves: e.Text("proves"), After: e.Words("after"), Lab: e.Word("lab") == "yes",
			Run: e.Text("run"), Tests: e.Words("tests"),
		}
		minutes := e.Word("minutes")
		if err := e.Err(); err != nil {
			return nil, err
		}
		if p.Minutes, err = strconv.ParseFloat(minutes, 64); err != nil || p.Minutes <= 0 {
			return nil, fmt.Errorf("%s: minutes is %q, and must be a number above zero", p.Name, minutes)
		}
		if (p.Run == "") == (p.Tests == nil) {
			return nil, fmt.Errorf("%s: one of run and tests must be none", p.Name)
		}
		if !slices.Contains([]string{inTest, inAll, inNamed}, p.In) {
			return nil, fmt.Errorf("%s: in is %q, and must be %s, %s or %s", p.Name, p.In, inTest, inAll, inNamed)
		}
		for _, name := range p.After {
			if !slices.ContainsFunc(parts, func(other Part) bool { return other.Name == name }) {
				return nil, fmt.Errorf("%s: after names %s, which does not stand before it", p.Name, name)
			}
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// choose returns the parts that the arguments name, in the order of the table: names of parts; test, which is the default, for
// those of make test; rest for those that make test-all has besides; all for both.
func choose(parts []Part, args []string) ([]Part, error) {
	groups := map[string][]string{"test": {inTest}, "rest": {inAll}, "all": {inTest, inAll}}
	if len(args) == 0 {
		args = []string{"test"}
	}
	chosen := map[string]bool{}
	for _, arg := range args {
		known := false
		for _, p := range parts {
			if p.Name != arg && !slices.Contains(groups[arg], p.In) {
				continue
			}
			known = true
			if chosen[p.Name] {
				return nil, fmt.Errorf("named twice: %s", p.Name)
			}
			chosen[p.Name] = true
		}
		if !known {
			return nil, fmt.Errorf("there is no part %s; there are: %s; and test, rest and all, which stand for several", arg, strings.Join(names(parts), " "))
		}
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return !chosen[p.Name] }), nil
}

func names(parts []Part) (out []string) {
	for _, p := range parts {
		out = append(out, p.Name)
	}
	return out
}

// usual returns how long the part takes on two cores when nothing else runs and the lab is there.
func (p Part) usual() time.Duration { return time.Duration(p.Minutes * float64(time.Minute)) }

// markdown returns the parts of a group as a table for tests/README.md.
func markdown(parts []Part, group string) string {
	var b strings.Builder
	b.WriteString("| part | what it proves | minutes |\n|---|---|---|\n")
	for _, p := range parts {
		if p.In == group {
			fmt.Fprintf(&b, "| `%s` | %s | %g |\n", p.Name, p.Proves, p.Minutes)
		}
	}
	return b.String()
}
