// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/tests/lab"
)

// Boot is what a kernel did from its start to its end.
type Boot struct {
	Tests   lab.Results
	Modules lab.Modules
	// Complaints are the kernel's own about itself, in the console's order.
	Complaints []string
	// Instructions are those of each test; nil where the boot did not count them.
	Instructions []TestCount
}

// complaint is how a kernel begins to tell of its own faults: lib/bug.c, the oops and panic messages, sanitizers.
var complaint = regexp.MustCompile(`^(WARNING: |BUG: |kernel BUG at |Oops: |general protection fault|Kernel panic - not syncing: |UBSAN: |rust_kernel: panicked at )`)

// chance is what differs in these from boot to boot, or with the size of code.
var chance = regexp.MustCompile(`(CPU|PID): \d+ |\+0x[0-9a-f]+/0x[0-9a-f]+`)

// uncounted is the shift of a boot that counts no instructions.
const uncounted = -1

// ReadBoot reads a console; shift is that of [instructions]. It fails if the kernel did not come to the end of the lab's init.
func ReadBoot(console string, shift int) (Boot, error) {
	b := Boot{Tests: lab.ParseKTAP(console), Modules: lab.ParseModules(console)}
	for _, line := range lab.Lines(console) {
		if complaint.MatchString(line) {
			b.Complaints = append(b.Complaints, chance.ReplaceAllString(line, ""))
		}
	}
	if !b.Modules.Done {
		return b, fmt.Errorf("the kernel did not come to its end; the last of its console:\n%s", lastLines(console, 30))
	}
	if shift != uncounted {
		b.Instructions = instructions(console, shift)
	}
	return b, nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\r\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Difference is something that did not go the same in both kernels.
type Difference struct{ What, A, B string }

// Tally counts the tests of both kernels by how they ended.
type Tally struct {
	// Boots is how often each kernel ran them.
	Boots int
	// Tests that either kernel ran; Pass, Skip and Fail count those that ended so, always and in both.
	Tests, Pass, Skip, Fail int
	// Modules that are loaded in all boots of both, of all that there are.
	Loaded, Modules int
	// Suites are the names of the suites, in the order in which they ran, and the number of tests that pass in each kernel
	// each time.
	Suites []SuiteTally
	// Different is what differs: results of tests, modules, complaints of the kernel.
	Different []Difference
}

// SuiteTally is one suite's.
type SuiteTally struct {
	Name  string
	Tests int
	Pass  Sides[int]
}

// Compare compares what the kernels did, of which each was booted several times. A test that sometimes ends differently
// in one kernel and not in the other is a difference, too.
func Compare(boots Sides[[]Boot], modules int) Tally {
	t := Tally{Boots: len(boots.A), Modules: modules}
	a, b := outcomes(boots.A), outcomes(boots.B)
	names := slices.Clone(a.names)
	for _, n := range b.names {
		if _, ok := a.byName[n]; !ok {
			names = append(names, n)
		}
	}
	suites := map[string]int{}
	for _, n := range names {
		x, y := a.of(n), b.of(n)
		if x != y {
			t.Different = append(t.Different, Difference{n.what(), x, y})
		}
		switch n.kind {
		case aModule:
			if x == y && x == "loaded" {
				t.Loaded++
			}
		case aTest:
			t.Tests++
			i, ok := suites[n.suite]
			if !ok {
				i = len(t.Suites)
				suites[n.suite] = i
				t.Suites = append(t.Suites, SuiteTally{Name: n.suite})
			}
			s := &t.Suites[i]
			s.Tests++
			if x == string(lab.Pass) {
				s.Pass.A++
			}
			if y == string(lab.Pass) {
				s.Pass.B++
			}
			switch {
			case x != y:
			case x == string(lab.Pass):
				t.Pass++
			case x == string(lab.Skip):
				t.Skip++
			default:
				t.Fail++
			}
		}
	}
	return t
}

type kind int

const (
	aSuite kind = iota
	aTest
	aModule
	aComplaint
)

// subject is what has an outcome in each boot. number tells those of one name apart.
type subject struct {
	kind        kind
	suite, name string
	number      int
}

func (s subject) what() string {
	switch s.kind {
	case aSuite:
		return "suite " + s.suite
	case aTest:
		return s.suite + ": " + s.name
	case aModule:
		return "module " + s.name
	}
	return s.name
}

type outcomeList struct {
	names  []subject
	byName map[subject][]string
	boots  int
}

// of is how it ended: one word if it did so in each boot.
func (o outcomeList) of(s subject) string {
	list := o.byName[s]
	for len(list) < o.boots {
		list = append(list, "not there")
	}
	if len(slices.Compact(slices.Clone(list))) == 1 {
		return list[0]
	}
	return strings.Join(list, ", ")
}

func outcomes(boots []Boot) outcomeList {
	o := outcomeList{byName: map[subject][]string{}, boots: len(boots)}
	for i, boot := range boots {
		seen := map[subject]int{}
		add := func(s subject, outcome string) {
			seen[s]++
			s.number = seen[s]
			if o.byName[s] == nil {
				o.names = append(o.names, s)
			}
			for len(o.byName[s]) < i {
				o.byName[s] = append(o.byName[s], "not there")
			}
			o.byName[s] = append(o.byName[s], outcome)
		}
		for _, suite := range boot.Tests.Suites {
			add(subject{kind: aSuite, suite: suite.Name}, string(suite.Status))
			for _, test := range suite.Tests {
				add(subject{kind: aTest, suite: suite.Name, name: test.Name}, string(test.Status))
			}
		}
		for _, m := range boot.Modules.Loaded {
			add(subject{kind: aModule, name: m}, "loaded")
		}
		for _, m := range boot.Modules.Failed {
			name, why, _ := strings.Cut(m, ": ")
			add(subject{kind: aModule, name: name}, why)
		}
		for _, m := range boot.Modules.Kept {
			name, why, _ := strings.Cut(m, ": ")
			add(subject{kind: aModule, name: name + ", unloading it"}, why)
		}
		for _, c := range boot.Complaints {
			add(subject{kind: aComplaint, name: c}, "said")
		}
	}
	return o
}
