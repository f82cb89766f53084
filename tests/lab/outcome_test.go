// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shortConsole is what a kernel prints, shortened.
const shortConsole = "[    0.000000] Linux version 7.3.4\r\n" +
	"[    0.054531] KTAP version 1\r\n" +
	"[    0.054533] 1..2\r\n" +
	"[    0.054540]     KTAP version 1\r\n" +
	"[    0.054541]     # Subtest: str\r\n" +
	"[    0.054542]     1..2\r\n" +
	"[    0.054600]     ok 1 one\r\n" +
	"[    0.054610]     ok 2 two # SKIP not here\r\n" +
	"[    0.054631] ok 1 str\r\n" +
	"[    0.054640]     # Subtest: vec\r\n" +
	"[    0.054641]     1..1\r\n" +
	"[    0.054650]     ok 1 one\r\n" +
	"[    0.055631][    T1] ok 2 vec\r\n" +
	"[    0.060000] WARNING: CPU: 1 PID: 7 at lib/x.c:12 f+0x12/0x34\r\n" +
	"[    0.070000] KTAP version 1\r\n" +
	"[    0.070001] 1..1\r\n" +
	"[    0.070001]     # Subtest: module\r\n" +
	"[    0.070001]     1..1\r\n" +
	"[    0.070001]     ok 1 only\r\n" +
	"[    0.070007] not ok 1 module\r\n" +
	"[    0.080000] lab-init: loaded rust_a\r\n" +
	"[    0.080000] lab-init: failed rust_b: No such device (19)\r\n" +
	"[    0.080000] lab-init: done\r\n"

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
