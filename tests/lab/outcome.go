// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Boot is what a kernel did from its start to its end.
type Boot struct {
	Tests   Results
	Modules Modules
	// Complaints are the kernel's own about itself, in the console's order.
	Complaints []string
}

// complaint is how a kernel begins to tell of its own faults: lib/bug.c, the oops and panic messages, sanitizers.
var complaint = regexp.MustCompile(`^(WARNING: |BUG: |kernel BUG at |Oops: |general protection fault|Kernel panic - not syncing: |UBSAN: |rust_kernel: panicked at )`)

// chance is what differs in these from boot to boot, or with the size of code.
var chance = regexp.MustCompile(`(CPU|PID): \d+ |\+0x[0-9a-f]+/0x[0-9a-f]+`)

// ReadBoot reads a console. Where the kernel has the lab's init, Modules.Done says whether it came to its end.
func ReadBoot(console string) Boot {
	b := Boot{Tests: ParseKTAP(console), Modules: ParseModules(console)}
	for _, line := range Lines(console) {
		if complaint.MatchString(line) {
			b.Complaints = append(b.Complaints, chance.ReplaceAllString(line, ""))
		}
	}
	return b
}

// CompareTests compares the tests of two kernels, each of which was booted once.
func CompareTests(a, b Results) Tally {
	return Compare([]Boot{{Tests: a}}, []Boot{{Tests: b}})
}

// Difference is something that did not go the same in both kernels.
type Difference struct{ What, A, B string }

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s, and with the shims %s", d.What, d.A, d.B)
}

// Tally counts the tests of both kernels by how they ended.
type Tally struct {
	// Boots is how often each kernel ran them.
	Boots int
	// Tests that either kernel ran; Pass, Skip and Fail count those that ended so, always and in both.
	Tests, Pass, Skip, Fail int
	// Loaded counts the modules that are loaded in all boots of both.
	Loaded int
	// Suites are the names of the suites, in the order in which they ran, and the number of tests that pass in each kernel
	// each time.
	Suites []SuiteTally
	// Different is what differs: results of tests, modules, complaints of the kernel.
	Different []Difference
}

// SuiteTally is one suite's.
type SuiteTally struct {
	Name         string
	Tests        int
	PassA, PassB int
}

// Compare compares what two kernels did, A without and B with the shims, each of which was booted several times. A test that sometimes ends differently
// in one kernel and not in the other is a difference, too.
func Compare(plain, shimmed []Boot) Tally {
	t := Tally{Boots: len(plain)}
	a, b := outcomes(plain), outcomes(shimmed)
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
			if x == string(Pass) {
				s.PassA++
			}
			if y == string(Pass) {
				s.PassB++
			}
			switch {
			case x != y:
			case x == string(Pass):
				t.Pass++
			case x == string(Skip):
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
	aReason // for skipping a test
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
	case aReason:
		return s.suite + ": " + s.name + ", why it is skipped"
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
				if test.Status == Skip {
					add(subject{kind: aReason, suite: suite.Name, name: test.Name}, test.Detail)
				}
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
