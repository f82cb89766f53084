// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOutcome reads what go test prints. A test that failed because of a subtest is not counted besides.
func TestOutcome(t *testing.T) {
	passed, failed := outcome([]byte(`=== RUN   TestA
--- PASS: TestA (0.00s)
=== RUN   TestScripts
    --- PASS: TestScripts/one (0.10s)
    --- FAIL: TestScripts/two (0.10s)
--- FAIL: TestScripts (0.20s)
--- SKIP: TestLab (0.00s)
--- FAIL: TestB (0.00s)
FAIL
`))
	if want := []string{"TestScripts/two", "TestB"}; passed != 2 || !cmp.Equal(want, failed) {
		t.Errorf("%d passed; failed: %q", passed, failed)
	}
}

// TestLog reads back what it has written, and reports on it.
func TestLog(t *testing.T) {
	all := []result{
		{situation: "idle", pkg: "rustc-lto-wrap/argv", first: 0, runs: 20, passed: 40, load: "0.50", seconds: 1},
		{situation: "idle", pkg: "rustc-lto-wrap/shim", first: 0, runs: 20, passed: 38, failed: []string{"TestA", "TestA"}, load: "1.50", seconds: 1},
		{situation: "one", pkg: "rustc-lto-wrap/argv", first: 0, runs: 20, passed: 40, load: "1.00", seconds: 1.5},
	}
	var log strings.Builder
	for _, r := range all {
		log.WriteString(r.line() + "\n")
	}
	got, err := readResults(strings.NewReader(log.String()))
	if d := cmp.Diff(all, got, cmp.AllowUnexported(result{}), cmp.Transformer("none", func(s []string) string { return strings.Join(s, " ") })); err != nil || d != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	want := `situation   packages      runs results of tests of them failed     load
idle               2        20               80              2     1.50
one                1        20               40              0     1.00
failed: shim TestA: idle 2
`
	if d := cmp.Diff(want, report(got)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if _, err := readResults(strings.NewReader("anything")); err == nil {
		t.Error("a log of something else is read")
	}
}
