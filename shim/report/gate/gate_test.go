// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package gate

import (
	"encoding/xml"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/summary"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text     string
		relative bool
		want     []Condition
		err      string
	}{
		{text: "calls", relative: true, want: []Condition{{Text: "calls", Name: "calls", Relative: true}}},
		{text: "calls", want: []Condition{{Text: "calls", Name: "calls"}}},
		{text: "calls:47", want: []Condition{{Text: "calls:47", Name: "calls", Limit: 47}}},
		{text: "calls:47", relative: true, want: []Condition{{Text: "calls:47", Name: "calls", Limit: 47}}},
		{text: "calls,code:+1%", relative: true, want: []Condition{
			{Text: "calls", Name: "calls", Relative: true}, {Text: "code:+1%", Name: "code", Limit: 1, Relative: true, Percent: true},
		}},
		{text: "code:-0.5%", relative: true, want: []Condition{{Text: "code:-0.5%", Name: "code", Limit: -0.5, Relative: true, Percent: true}}},
		{text: "code:-100", relative: true, want: []Condition{{Text: "code:-100", Name: "code", Limit: -100, Relative: true}}},
		{text: "", err: `no condition ""`},
		{text: "calls,", err: `no condition ""`},
		{text: "cals", err: `no condition "cals"; there are calls, code`},
		{text: "calls:", err: `no limit ""`},
		{text: "calls:+1", err: `no limit "+1"`},
		{text: "calls:1%", relative: true, err: `no limit "1%"`},
		{text: "calls:1.5", relative: true, err: `no limit "1.5"`},
		{text: "calls:+-1", relative: true, err: `no limit "+-1"`},
		{text: "calls:1e3", err: `no limit "1e3"`},
		{text: "calls:inf", relative: true, err: `no limit "inf"`},
		{text: "calls:+1%%", relative: true, err: `no limit`},
	} {
		got, err := Parse(c.text, []string{"calls", "code"}, c.relative)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, d)
		}
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %v, want %q", c.text, err, c.err)
		}
	}
}

func of(n int) *int { return &n }

func TestReport(t *testing.T) {
	clean := &summary.Report{Objects: []summary.Object{{Path: "a.o", Called: 2, Inlined: 2, Calls: of(0)}, {Path: "none.o", NotInlined: "the crate calls no helper", Calls: of(0)}}}
	some := &summary.Report{
		Objects: []summary.Object{
			{Path: "a.o", Called: 2, Inlined: 1, Left: 1, Calls: of(3)},
			{Path: "plain.o", Mode: "try", NotInlined: "no llvm-link", Calls: of(1)},
			{Path: "unread.o", NotInlined: "no llvm-link"},
		},
		Unrecorded: []summary.Unrecorded{{Path: "bare.o", Calls: of(2)}, {Path: "core.o", Calls: of(0)}, {Path: "unread.o"}},
	}
	copies := &summary.Report{Objects: []summary.Object{
		{Path: "a.o", Called: 2, Inlined: 1, Left: 1, Calls: of(0), Copies: 1}, {Path: "b.o", Called: 2, Left: 2, Calls: of(1), Copies: 2},
	}}
	for _, c := range []struct {
		report  *summary.Report
		on      string
		failed  bool
		what    string
		objects []string
	}{
		{clean, "calls-left", false, "0 calls to helpers are left (limit: 0)", nil},
		{clean, "not-inlined", false, "0 objects call helpers and have none inlined (limit: 0)", nil},
		{some, "calls-left", true, "6 calls to helpers are left (limit: 0)", []string{"a.o: 3 calls to helpers", "plain.o: 1 call to helpers", "bare.o: 2 calls to helpers"}},
		{some, "calls-left:5", true, "6 calls to helpers are left (limit: 5)", []string{"a.o: 3 calls to helpers", "plain.o: 1 call to helpers", "bare.o: 2 calls to helpers"}},
		{some, "calls-left:6", false, "6 calls to helpers are left (limit: 6)", nil},
		{some, "not-inlined", true, "2 objects call helpers and have none inlined (limit: 0)", []string{"plain.o: LTO_WRAP=try: no llvm-link", "bare.o: rustc-lto-wrap did not compile it"}},
		{copies, "calls-left", true, "4 calls to helpers are left (limit: 0)", []string{"a.o: 0 calls to helpers, and 1 helper that it calls in a copy of its own", "b.o: 1 call to helpers, and 2 helpers that it calls in copies of its own"}},
		{copies, "not-inlined", true, "1 object calls helpers and has none inlined (limit: 0)", []string{"b.o: it has its record, and none of its helpers is inlined"}},
		{some, "not-inlined:2", false, "2 objects call helpers and have none inlined (limit: 2)", nil},
	} {
		conditions, err := Parse(c.on, ReportNames, false)
		if err != nil {
			t.Fatal(err)
		}
		got := Report(c.report, conditions)
		var objects []string
		for _, o := range got[0].Objects {
			objects = append(objects, o.Path+": "+o.What)
		}
		if len(got) != 1 || got[0].Failed != c.failed || got[0].What != c.what || cmp.Diff(c.objects, objects) != "" {
			t.Errorf("%s: %+v", c.on, got)
		}
	}
}

func TestCompare(t *testing.T) {
	c := &compare.Comparison{Total: compare.Figures[compare.Pair]{Calls: compare.Pair{A: 0, B: 1}, Code: compare.Pair{A: 1000, B: 1010}, BSS: compare.Pair{A: 5, B: 4}}}
	for on, failed := range map[string]bool{
		"calls": true, "calls:+1": false, "calls:+1%": true, "calls:0": true, "calls:1": false, "references": false,
		"code": true, "code:+1%": false, "code:+0.9%": true, "code:+10": false, "code:+9": true, "code:1010": false, "code:1009": true, "code:-1%": true,
		"bss": false, "bss:-1": false, "bss:-2": true, "bss:-20%": false, "bss:-21%": true,
	} {
		conditions, err := Parse(on, CompareNames, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := Compare(c, conditions); len(got) != 1 || got[0].Failed != failed {
			t.Errorf("%s: %+v, want %t", on, got, failed)
		}
	}
	conditions, _ := Parse("code:+0.5%", CompareNames, true)
	if got := Compare(c, conditions)[0].What; got != "bytes of code: 1000 in A, 1010 in B (+1.00 %) (limit for B: 1005)" {
		t.Error(got)
	}
	// Each name has a figure.
	for _, name := range CompareNames {
		if got := Compare(c, []Condition{{Name: name, Relative: true}}); len(got) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

// These are the elements and attributes that CI systems read.
type (
	junitSuites struct {
		Suite struct {
			Tests    int         `xml:"tests,attr"`
			Failures int         `xml:"failures,attr"`
			Errors   int         `xml:"errors,attr"`
			Cases    []junitCase `xml:"testcase"`
		} `xml:"testsuite"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Out     string        `xml:"system-out"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func TestJUnit(t *testing.T) {
	results := []Result{
		{Condition: "calls-left", Failed: true, What: "2 calls", Objects: []Object{{"a<b>.o", "2 \x1b calls"}}},
		{Condition: "not-inlined", What: "0 objects"},
	}
	var b strings.Builder
	if err := JUnit(&b, "a tree", results, []string{"c.o: damaged"}); err != nil {
		t.Fatal(err)
	}
	var s junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &s); err != nil {
		t.Fatal(err)
	}
	if s.Suite.Tests != 3 || s.Suite.Failures != 1 || s.Suite.Errors != 1 || len(s.Suite.Cases) != 3 {
		t.Errorf("%s", b.String())
	}
	if f := s.Suite.Cases[0].Failure; f == nil || f.Message != "2 calls" || f.Text != "2 calls\na<b>.o: 2 \uFFFD calls" {
		t.Errorf("%s", b.String())
	}
	if c := s.Suite.Cases[1]; c.Failure != nil || c.Out != "0 objects" {
		t.Errorf("%s", b.String())
	}
	if c := s.Suite.Cases[2]; c.Class != "a tree" || c.Name != "files" || c.Error == nil || c.Error.Text != "c.o: damaged" {
		t.Errorf("%s", b.String())
	}
	if JUnit(failing{}, "a tree", results, nil) == nil {
		t.Error("no error for a write that failed")
	}
}

// FuzzParse checks that a condition either is an error or has a limit that can be
// compared.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"calls", "calls:1", "code:+1%", "code:-0.5%,calls", "calls:", "code:1e9", "code:+.%"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, relative bool) {
		conditions, err := Parse(text, CompareNames, relative)
		if (err == nil) != (len(conditions) > 0) {
			t.Fatalf("%v, %+v", err, conditions)
		}
		for _, c := range conditions {
			if math.IsNaN(c.Limit) || math.IsInf(c.Limit, 0) || c.Percent && !c.Relative || c.Relative && !relative {
				t.Fatalf("%q: %+v", text, c)
			}
		}
	})
}

// FuzzJUnit checks that the output is XML with the same cases, whatever files are
// called.
func FuzzJUnit(f *testing.F) {
	f.Add("tree", "rust/kernel.o", "it is <damaged> & \x1b[31m\r\n\ufffe")
	f.Add("]]>", "\xff", "\"'")
	f.Fuzz(func(t *testing.T, suite, path, what string) {
		var b strings.Builder
		if err := JUnit(&b, suite, []Result{{Condition: "calls", Failed: true, What: what, Objects: []Object{{path, what}}}}, []string{path}); err != nil {
			t.Fatal(err)
		}
		var s junitSuites
		if err := xml.Unmarshal([]byte(b.String()), &s); err != nil {
			t.Fatalf("%v:\n%s", err, b.String())
		}
		if len(s.Suite.Cases) != 2 || s.Suite.Cases[0].Failure == nil || s.Suite.Cases[1].Error == nil {
			t.Errorf("%+v", s)
		}
	})
}
