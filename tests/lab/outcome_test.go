// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shortConsole is what a kernel prints, shortened; the tests of make ab read it, too.
//
//go:embed testdata/short.console
var shortConsole string

func TestReadBoot(t *testing.T) {
	b := ReadBoot(shortConsole)
	if d := cmp.Diff([]string{"WARNING: at lib/x.c:12 f"}, b.Complaints); d != "" {
		t.Errorf("complaints (-want +got)\n%s", d)
	}
	if n := b.Tests.Count(Pass); n != 3 || !b.Modules.Done {
		t.Errorf("%d tests pass: %+v", n, b)
	}
	cut := strings.Split(shortConsole, "[    0.080000] lab-init: done")[0]
	if b := ReadBoot(cut); b.Modules.Done {
		t.Errorf("a kernel that crashed: %+v", b)
	}
}

func bootOf(t *testing.T, replace ...string) Boot {
	t.Helper()
	return ReadBoot(strings.NewReplacer(replace...).Replace(shortConsole))
}

func TestCompareBoots(t *testing.T) {
	plain := bootOf(t)
	got := Compare([]Boot{plain, plain}, []Boot{plain, plain})
	want := Tally{Boots: 2, Tests: 4, Pass: 3, Skip: 1, Loaded: 1, Suites: []SuiteTally{
		{"str", 2, 1, 1}, {"vec", 1, 1, 1}, {"module", 1, 1, 1},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("a kernel and itself (-want +got)\n%s", d)
	}
	for name, test := range map[string]struct {
		replace []string
		want    []Difference
	}{
		"a test fails": {[]string{"    ok 1 one", "    not ok 1 one"}, []Difference{
			{"str: one", "pass", "pass, fail"}, {"vec: one", "pass", "pass, fail"},
		}},
		"a test is missing":        {[]string{"[    0.054600]     ok 1 one\r\n", ""}, []Difference{{"suite str", "pass", "pass, unfinished"}, {"str: one", "pass", "pass, not there"}}},
		"a module is not loaded":   {[]string{"loaded rust_a", "failed rust_a: Killed"}, []Difference{{"module rust_a", "loaded", "loaded, Killed"}}},
		"a module cannot be freed": {[]string{"lab-init: done", "lab-init: kept rust_a: Busy\nlab-init: done"}, []Difference{{"module rust_a, unloading it", "not there", "not there, Busy"}}},
		"the kernel complains":     {[]string{"Linux version 7.3.4", "BUG: sleeping"}, []Difference{{"BUG: sleeping", "not there", "not there, said"}}},
		"a complaint, moved":       {[]string{"CPU: 1 PID: 7", "CPU: 0 PID: 123", "f+0x12/0x34", "f+0x13/0x55"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := Compare([]Boot{plain, plain}, []Boot{plain, bootOf(t, test.replace...)})
			if d := cmp.Diff(test.want, got.Different); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
	failing := bootOf(t, "    ok 1 only", "    not ok 1 only")
	if got := Compare([]Boot{failing}, []Boot{failing}); got.Fail != 1 || got.Different != nil {
		t.Errorf("a test that fails in both: %+v", got)
	}
}
