// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func readConsole(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseKTAPTable(t *testing.T) {
	tests := []struct {
		name, console string
		want          Results
		problems      []string
	}{
		{name: "empty", console: ""},
		{
			name:    "no KTAP",
			console: "[    0.1] Linux version 7.3.4\n[    0.2] ok then\nnot okay\n",
		},
		{
			name: "timestamps, caller ids, carriage returns, terminal escapes",
			console: "\x1bc\x1b[?7l[    0.920013] KTAP version 1\r\n" +
				"[    0.920013] 1..1\r\n" +
				"[    0.920013][    T1]     # Subtest: s\r\n" +
				"<6>[  100.000000][    T1]     1..1\r\n" +
				"[    0.932014]     ok 1 a\r\n" +
				"[    0.932014] ok 1 s\r\n",
			want: Results{Planned: 1, Suites: []Suite{{Name: "s", Status: Pass, Planned: 1, Tests: []Test{{Name: "a", Status: Pass}}}}},
		},
		{
			name: "printk in between, failure, skip with reason",
			console: `1..1
    # Subtest: s
    1..3
rust_kernel: Bit index must be < 128
    # a: EXPECTATION FAILED at lib/x.c:1
    not ok 1 a
    ok 2 b # SKIP no device
BUG: 1..2 things
    ok 3 - c
# s: pass:1 fail:1 skip:1 total:3
not ok 1 s
`,
			want: Results{Planned: 1, Suites: []Suite{{Name: "s", Status: Fail, Planned: 3, Tests: []Test{
				{Name: "a", Status: Fail}, {Name: "b", Status: Skip, Detail: "SKIP no device"}, {Name: "c", Status: Pass}}}}},
			problems: []string{"s: fail", "s: a: fail"},
		},
		{
			name: "parameterised test",
			console: `    # Subtest: s
    1..2
        # Subtest: p
        ok 1 one
        not ok 2 two
    not ok 1 p
    ok 2 q
not ok 1 s
`,
			want: Results{Suites: []Suite{{Name: "s", Status: Fail, Planned: 2, Tests: []Test{
				{Name: "p/one", Status: Pass}, {Name: "p/two", Status: Fail}, {Name: "q", Status: Pass}}}}},
			problems: []string{"s: fail", "s: p/two: fail"},
		},
		{
			name: "crash in a suite",
			console: `1..3
    # Subtest: s
    1..1
    ok 1 a
ok 1 s
    # Subtest: u
    1..2
    ok 1 a
Kernel panic - not syncing: Fatal exception
`,
			want: Results{Planned: 3, Suites: []Suite{
				{Name: "s", Status: Pass, Planned: 1, Tests: []Test{{Name: "a", Status: Pass}}},
				{Name: "u", Status: Unfinished, Planned: 2, Tests: []Test{{Name: "a", Status: Pass}}}}},
			problems: []string{"u: unfinished", "2 of 3 suites ran"},
		},
		{
			name: "a lost result line",
			console: `    # Subtest: s
    1..2
    ok 1 a
ok 1 s
`,
			want:     Results{Suites: []Suite{{Name: "s", Status: Unfinished, Planned: 2, Tests: []Test{{Name: "a", Status: Pass}}}}},
			problems: []string{"s: unfinished"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ParseKTAP(tt.console)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
			if p := got.Problems(); !reflect.DeepEqual(p, tt.problems) {
				t.Errorf("problems %q, want %q", p, tt.problems)
			}
		})
	}
}

// The parameterised test counts by its cases, the suite's plan by its tests.
func TestPlanOfParameterised(t *testing.T) {
	got := ParseKTAP("    # Subtest: s\n    1..1\n        # Subtest: p\n        ok 1 one\n        ok 2 two\n    ok 1 p\nok 1 s\n")
	if s := got.Suites[0]; s.Status != Pass || s.Count(Pass) != 2 {
		t.Errorf("got %+v", s)
	}
	got = ParseKTAP("    # Subtest: s\n    1..2\n        # Subtest: p\n        ok 1 one\n        ok 2 two\n    ok 1 p\nok 1 s\n")
	if s := got.Suites[0]; s.Status != Unfinished {
		t.Errorf("one of two tests has a result, got %+v", s)
	}
}

// Linux 6.12.107 of the lab, booted by lab.sh with its modules and a file that is none.
func TestRecordedConsole(t *testing.T) {
	console := readConsole(t, "linux-6.12.console")
	r := ParseKTAP(console)
	if p := r.Problems(); p != nil {
		t.Error(p)
	}
	s, ok := r.Suite("rust_doctests_kernel")
	if !ok || s.Planned != 116 || s.Count(Pass) != 116 || len(s.Tests) != 116 || r.Planned != 1 || len(r.Suites) != 1 {
		t.Errorf("%d suites, %d tests of %d, %d pass", len(r.Suites), len(s.Tests), s.Planned, s.Count(Pass))
	}
	if last := s.Tests[115].Name; last != "rust_doctest_kernel_workqueue_rs_3" {
		t.Errorf("the last test is %s", last)
	}
	want := Modules{
		Loaded:   []string{"rnull_mod", "ax88796b_rust", "rust_minimal"},
		Unloaded: []string{"rust_minimal", "ax88796b_rust", "rnull_mod"},
		Failed:   []string{"w_bad: Exec format error (8)"},
		Done:     true,
	}
	if m := ParseModules(console); !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v\nwant %+v", m, want)
	}
}

// Linux 7.3.4 of the lab: nine whole suites, and the console ends within the tenth.
func TestRecordedConsoleCut(t *testing.T) {
	r := ParseKTAP(readConsole(t, "linux-7.3-cut.console"))
	want := []string{"rust_doctests_kernel: unfinished"}
	if p := r.Problems(); !reflect.DeepEqual(p, want) || len(r.Suites) != 10 || r.Planned != 10 {
		t.Errorf("problems %q, want %q; %d suites of %d", p, want, len(r.Suites), r.Planned)
	}
	if n := r.Count(Pass); n != 37+5 {
		t.Errorf("%d tests pass", n)
	}
}

func TestParseModulesTable(t *testing.T) {
	got := ParseModules("rust_minimal: Rust minimal sample (init)\r\n" +
		"[    1.5] lab-init: loaded rust_minimal\r\n" +
		"half a kernel line lab-init: failed rust_x: Exec format error (8)\n" +
		"lab-init: kept rnull_mod: Resource temporarily unavailable (11)\n" +
		"lab-init: unloaded rust_minimal\nlab-init: done\n")
	want := Modules{
		Loaded:   []string{"rust_minimal"},
		Unloaded: []string{"rust_minimal"},
		Failed:   []string{"rust_x: Exec format error (8)"},
		Kept:     []string{"rnull_mod: Resource temporarily unavailable (11)"},
		Done:     true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func FuzzParseKTAP(f *testing.F) {
	f.Add("1..1\n    # Subtest: s\n    1..1\n        # Subtest: p\n    ok 1 a # SKIP\nok 1 s\n")
	f.Fuzz(func(t *testing.T, console string) {
		r := ParseKTAP(console)
		marks := strings.Count(console, "ok") + strings.Count(console, "Subtest")
		if n := r.Count(Pass) + r.Count(Fail) + r.Count(Skip); n > marks {
			t.Errorf("%d results from %d marks", n, marks)
		}
	})
}
