// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is a line of what go test -json prints: TestEvent in cmd/test2json.
type event struct {
	Action, Package, Test, Output string
}

// outcome is the result of one test, as in the list that -list writes.
type outcome struct {
	Package, Test, Result string
}

// results is what the tests of a part have said.
type results struct {
	outcomes []outcome
	// proved are the lines that begin with "proved: ", in which tests say in figures what they have shown.
	proved []string
	// failures are the tests that failed and the last lines that each of them printed. last are the last lines of all.
	failures, last []string
}

// keep is how many lines are kept of a test that fails, or of a part without tests.
const keep = 20

// count returns how many tests have a result: pass, fail or skip.
func (r *results) count(result string) (n int) {
	for _, o := range r.outcomes {
		if o.Result == result {
			n++
		}
	}
	return n
}

// read reads what go test -json prints, and gives the lines that a reader wants to say: what tests log, and how they end.
// A line that is no event, such as a compiler's error, is given as it is. Of a package with many quick tests, where verbose
// is not set, only the tests that fail are told.
func (r *results) read(from io.Reader, verbose bool, say func(line string)) error {
	// open are the lines of a test that has not ended.
	open := map[[2]string][]string{}
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			r.line(line, open, verbose, say)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *results) line(line string, open map[[2]string][]string, verbose bool, say func(string)) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
		r.prove(line)
		r.last = lastLines(append(r.last, line))
		say(line)
		return
	}
	test := [2]string{e.Package, e.Test}
	switch e.Action {
	case "output", "build-output":
		text := strings.TrimSuffix(e.Output, "\n")
		r.prove(text)
		if announcement(text) {
			return
		}
		if e.Test != "" {
			open[test] = append(open[test], text)
		}
		if (verbose || e.Test == "") && text != "PASS" && text != "" {
			say(text)
		}
	case "pass", "fail", "skip":
		if e.Test != "" {
			r.outcomes = append(r.outcomes, outcome{e.Package, e.Test, e.Action})
		}
		if e.Action == "fail" && e.Test != "" {
			if !verbose {
				for _, l := range open[test] {
					say(l)
				}
			}
			r.failures = append(append(r.failures, e.Test), lastLines(open[test])...)
		}
		delete(open, test)
	}
}

// lastLines returns the last of lines, as many as are kept.
func lastLines(lines []string) []string { return lines[max(0, len(lines)-keep):] }

// announcement reports whether a line only says that a test begins, waits or goes on.
func announcement(line string) bool {
	for _, word := range []string{"RUN", "PAUSE", "CONT", "NAME"} {
		if strings.HasPrefix(strings.TrimSpace(line), "=== "+word+" ") {
			return true
		}
	}
	return false
}

// prove keeps what a line says after "proved: ".
func (r *results) prove(line string) {
	if _, what, ok := strings.Cut(line, "proved: "); ok {
		r.proved = append(r.proved, what)
	}
}

// failed returns the lines about a part that has failed: its tests, or what it printed last.
func (r *results) failed() []string {
	if len(r.failures) > 0 {
		return r.failures
	}
	return r.last
}

// summary returns the lines about a part at the end of all: what it has proved, and how many tests it had.
func (r *results) summary() []string {
	out := r.proved
	if n := len(r.outcomes); n > 0 {
		line := fmt.Sprintf("%d tests passed", r.count("pass"))
		if failed := r.count("fail"); failed > 0 {
			line += fmt.Sprintf(", %d failed", failed)
		}
		if skipped := r.count("skip"); skipped > 0 {
			line += fmt.Sprintf(", %d skipped", skipped)
		}
		out = append(out, line)
	}
	return out
}
