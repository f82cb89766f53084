// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// TestCount is how many instructions a test took, by printk's time stamps. While it slept, time went on, and counts as so
// many instructions.
type TestCount struct {
	Suite, Test  string
	Instructions int64
}

var (
	stamped  = regexp.MustCompile(`^\[ *(\d+)\.(\d{6})\](?:\[ *[TC]\d+\])? (.*)$`)
	begins   = regexp.MustCompile(`^    # Subtest: (\S+)$`)
	finishes = regexp.MustCompile(`^    (?:not )?ok \d+ (?:- )?([^ #]+)`)
)

// instructions reads off a console what each test took, the printing of its result included. The guest's clock went on by
// 2^shift nanoseconds with each instruction.
func instructions(console string, shift int) (counts []TestCount) {
	suite, last := "", int64(-1)
	for line := range strings.Lines(console) {
		m := stamped.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		now, err := strconv.ParseInt(m[1]+m[2], 10, 64)
		if err != nil {
			continue // more digits than a clock has
		}
		if s := begins.FindStringSubmatch(m[3]); s != nil {
			suite, last = s[1], now
		} else if test := finishes.FindStringSubmatch(m[3]); test != nil && last >= 0 {
			counts = append(counts, TestCount{suite, test[1], (now - last) * 1000 >> shift})
			last = now
		}
	}
	return counts
}

// SuiteCount adds up the tests of a suite that could be counted.
type SuiteCount struct {
	Tests        int
	Instructions Sides[int64]
}

// Count puts together what the boots of both kernels counted, by suite. A test is counted if both kernels can say
// what it takes: see least.
func Count(boots Sides[[][]TestCount]) (suites map[string]SuiteCount, total SuiteCount) {
	type id struct{ suite, test string }
	samples := func(boots [][]TestCount) (map[id][]int64, []id) {
		out, ids := map[id][]int64{}, []id(nil)
		for _, counts := range boots {
			for _, c := range counts {
				i := id{c.Suite, c.Test}
				if out[i] == nil {
					ids = append(ids, i)
				}
				out[i] = append(out[i], c.Instructions)
			}
		}
		return out, ids
	}
	a, ids := samples(boots.A)
	b, _ := samples(boots.B)
	suites = map[string]SuiteCount{}
	for _, i := range ids {
		x, okA := least(a[i])
		y, okB := least(b[i])
		if !okA || !okB {
			continue
		}
		s := suites[i.suite]
		for _, sum := range []*SuiteCount{&s, &total} {
			sum.Tests, sum.Instructions.A, sum.Instructions.B = sum.Tests+1, sum.Instructions.A+x, sum.Instructions.B+y
		}
		suites[i.suite] = s
	}
	return suites, total
}

// least is the least of several counts of one test, each with a clock of another speed: the kernel's timer tick did not
// fall into it. ok is false unless another one is as much, to 2 % and a microsecond: a test that sleeps until a tick has the
// tick's time, which is another number of instructions for each clock.
func least(counts []int64) (n int64, ok bool) {
	if len(counts) < 2 {
		return 0, false
	}
	sorted := slices.Sorted(slices.Values(counts))
	return sorted[0], sorted[1]-sorted[0] <= 1000+sorted[0]/50
}
