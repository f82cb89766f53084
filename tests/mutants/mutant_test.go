// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestApply changes operators, and refuses places where there is none.
func TestApply(t *testing.T) {
	const text = "package x\nfunc f() { if a >= b { i++ } }\n"
	for _, c := range []struct {
		m    mutant
		want string // "" if it is refused
	}{
		{mutant{"x.go", 2, 17, "CONDITIONALS_BOUNDARY"}, "package x\nfunc f() { if a > b { i++ } }\n"},
		{mutant{"x.go", 2, 17, "CONDITIONALS_NEGATION"}, "package x\nfunc f() { if a < b { i++ } }\n"},
		{mutant{"x.go", 2, 25, "INCREMENT_DECREMENT"}, "package x\nfunc f() { if a >= b { i-- } }\n"},
		{mutant{"x.go", 2, 16, "CONDITIONALS_BOUNDARY"}, ""},
		{mutant{"x.go", 2, 17, "INCREMENT_DECREMENT"}, ""},
		{mutant{"x.go", 2, 32, "ARITHMETIC_BASE"}, ""},
		{mutant{"x.go", 2, 99, "ARITHMETIC_BASE"}, ""},
		{mutant{"x.go", 4, 1, "ARITHMETIC_BASE"}, ""},
		{mutant{"x.go", 0, 1, "ARITHMETIC_BASE"}, ""},
	} {
		got, line, err := c.m.apply([]byte(text))
		if string(got) != c.want || (err == nil) != (c.want != "") || err == nil && line != "func f() { if a >= b { i++ } }" {
			t.Errorf("%v: %q (%q), %v", c.m, got, line, err)
		}
	}
}

// TestReadList reads what gremlins writes.
func TestReadList(t *testing.T) {
	got, err := readList([]byte(`{"go_module":"m","files":[{"file_name":"own/lex.go","mutations":[{"type":"INVERT_NEGATIVES","status":"RUNNABLE","line":7,"column":3}]}]}`), "shim/kbuild")
	if err != nil || len(got) != 1 || got[0] != (mutant{"shim/kbuild/own/lex.go", 7, 3, "INVERT_NEGATIVES"}) || got[0].pkg() != "rustc-lto-wrap/shim/kbuild/own" {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", "{}", "x"} {
		if got, err := readList([]byte(text), "argv"); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestSample draws the same mutants from a list in any order.
func TestSample(t *testing.T) {
	var list []mutant
	for i := range 20 {
		list = append(list, mutant{"x.go", i / 2, 1 + i%2, "ARITHMETIC_BASE"}, mutant{"y.go", i, 1, "ARITHMETIC_BASE"})
	}
	want := sample(slices.Clone(list), 4)
	slices.Reverse(list)
	if got := sample(list, 4); len(got) != 10 || !slices.Equal(got, want) {
		t.Errorf("%v, and then %v", want, got)
	}
}

// TestLog reads back what it has written, and reports on it.
func TestLog(t *testing.T) {
	want := []result{
		{mutant{"argv/cc.go", 7, 3, "ARITHMETIC_BASE"}, "own tests", "a\tb"},
		{mutant{"argv/cc.go", 8, 3, "ARITHMETIC_BASE"}, "", "c"},
		{mutant{"argv/cc.go", 9, 3, "INVERT_NEGATIVES"}, invalid, ""},
		{mutant{"shim/kbuild/own/lex.go", 9, 3, "INVERT_NEGATIVES"}, "programs", "d"},
	}
	if got, err := readLog(""); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
	text := ""
	for _, r := range want {
		text += r.line() + "\n"
	}
	got, err := readLog(text)
	if d := cmp.Diff(want, got, cmp.AllowUnexported(result{}, mutant{})); err != nil || d != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	// Tried again, and noticed.
	again := result{want[1].mutant, "importers", "c"}
	if twice, err := readLog(text + again.line() + "\n"); err != nil || len(twice) != len(want) || twice[len(want)-1] != again {
		t.Errorf("%v, %v", twice, err)
	}
	table := `                mutants  own tests  importers   programs  lived  noticed
argv                  2          1          0          0      1   50.0 %
shim/kbuild           1          0          0          1      0  100.0 %
all                   3          1          0          1      1   66.7 %
`
	if d := cmp.Diff(table, report(got, []string{"argv", "shim/kbuild", "shim/crate"})); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if _, err := readLog("anything\n"); err == nil {
		t.Error("a log of something else is read")
	}
}
