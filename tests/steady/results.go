// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// result is what came of some runs of the tests of a package.
type result struct {
	situation, pkg string
	// first is the number of the first run, runs how many there were.
	first, runs int
	// passed counts the tests that passed in all these runs. failed has the name of a test for each time that it failed.
	passed int
	failed []string
	// load is the machine's at the end, seconds how long it took.
	load    string
	seconds float64
}

func (r result) is(situation, pkg string, first int) bool {
	return r.situation == situation && r.pkg == pkg && r.first == first
}

// line is the result as the log has it.
func (r result) line() string {
	return fmt.Sprintf("%s %s %d %d %d %s %.1f %s", r.situation, r.pkg, r.first, r.runs, r.passed, r.load, r.seconds, strings.Join(append([]string{"failed:"}, r.failed...), " "))
}

// readResults reads a log.
func readResults(log io.Reader) (all []result, err error) {
	scan := bufio.NewScanner(log)
	for scan.Scan() {
		var r result
		head, failed, ok := strings.Cut(scan.Text(), " failed:")
		if !ok {
			return nil, fmt.Errorf("it has the line %q", scan.Text())
		}
		if _, err := fmt.Sscan(head, &r.situation, &r.pkg, &r.first, &r.runs, &r.passed, &r.load, &r.seconds); err != nil {
			return nil, fmt.Errorf("it has the line %q: %w", scan.Text(), err)
		}
		r.failed = strings.Fields(failed)
		all = append(all, r)
	}
	return all, scan.Err()
}

// report is the results as a table, and the tests that failed.
func report(results []result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %9s %9s %16s %14s %8s\n", "situation", "packages", "runs", "results of tests", "of them failed", "load")
	var names []string // in the order of the results
	for _, r := range results {
		if !slices.Contains(names, r.situation) {
			names = append(names, r.situation)
		}
	}
	type failure struct{ pkg, test string }
	failures := map[failure]map[string]int{}
	for _, name := range names {
		runs := map[string]int{}
		count, failed := 0, 0
		var loads []string
		for _, r := range results {
			if r.situation != name {
				continue
			}
			runs[r.pkg] += r.runs
			count, failed = count+r.passed+len(r.failed), failed+len(r.failed)
			loads = append(loads, r.load)
			for _, t := range r.failed {
				f := failure{r.pkg, t}
				if failures[f] == nil {
					failures[f] = map[string]int{}
				}
				failures[f][name]++
			}
		}
		fewest, most := 0, 0
		for _, n := range runs {
			if fewest == 0 || n < fewest {
				fewest = n
			}
			most = max(most, n)
		}
		often := fmt.Sprint(most)
		if fewest != most {
			often = fmt.Sprintf("%d-%d", fewest, most)
		}
		slices.Sort(loads)
		fmt.Fprintf(&b, "%-10s %9d %9s %16d %14d %8s\n", name, len(runs), often, count, failed, loads[len(loads)/2])
	}
	var lines []string
	for f, times := range failures {
		line := fmt.Sprintf("failed: %s %s:", strings.TrimPrefix(f.pkg, "rustc-lto-wrap/"), f.test)
		for _, name := range names {
			if times[name] > 0 {
				line += fmt.Sprintf(" %s %d", name, times[name])
			}
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	return b.String() + strings.Join(lines, "")
}
