// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kmod

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// console is what a boot under QEMU prints, shortened.
const console = "[    0.412] lto_wrap_bench: loading out-of-tree module taints kernel.\r\n" +
	"[    0.413] lto_wrap_bench: begin\r\n" +
	"[    0.415] lto_wrap_bench: loop=is_err lang=c ops=5000 rounds=20 cycles=20012 ns=20053\r\n" +
	"[    0.416] lto_wrap_bench: loop=is_err lang=rust ops=5000 rounds=20 cycles=50023 ns=50063\r\n" +
	"[    0.417] lto_wrap_bench: loop=is_err lang=c ops=10000 rounds=20 cycles=40012 ns=40053\r\n" +
	"[    0.418] lto_wrap_bench: loop=is_err lang=rust ops=10000 rounds=20 cycles=100023 ns=100063\r\n" +
	"[    0.419] lto_wrap_bench: end\r\n" +
	"[    0.420] lab-init: failed lto_wrap_bench: Resource temporarily unavailable (11)\r\n" +
	"[    0.421] lto_wrap_bench: begin\r\n" +
	"[    0.422] lto_wrap_bench: end\r\n"

func TestParse(t *testing.T) {
	got, err := Parse(console)
	if err != nil {
		t.Fatal(err)
	}
	c, rust := Loop{"is_err", "c"}, Loop{"is_err", "rust"}
	want := [][]Timing{{
		{c, 5000, 20012, 20053}, {rust, 5000, 50023, 50063}, {c, 10000, 40012, 40053}, {rust, 10000, 100023, 100063},
	}, nil}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	cost, err := PerOperation(got[0], Cycles)
	if d := cmp.Diff(map[Loop]float64{c: 4, rust: 10}, cost); d != "" || err != nil {
		t.Errorf("per operation: %v (-want +got)\n%s", err, d)
	}
	if d := cmp.Diff([]string{"is_err"}, Names(got[0])); d != "" {
		t.Errorf("names (-want +got)\n%s", d)
	}
	table := Builds{Bare: cost, Late: map[Loop]float64{c: 4, rust: 4}, Early: map[Loop]float64{c: 8, rust: 4}}.Table(Names(got[0]))
	if want := "is_err 4.00 10.00 4.00 4.00 2.500 1.000 0.500"; strings.Join(strings.Fields(table[strings.Index(table, "is_err"):]), " ") != want {
		t.Errorf("the table lacks %q:\n%s", want, table)
	}
}

func TestParseRefuses(t *testing.T) {
	const begin, good = "lto_wrap_bench: begin\n", "lto_wrap_bench: loop=a lang=c ops=1 rounds=20 cycles=2 ns=3\n"
	for name, test := range map[string]struct{ console, why string }{
		"cut off":          {begin + good, "ends before the module does, after 1 timings"},
		"outside":          {good, "not between begin and end"},
		"begins twice":     {begin + good + begin, "where it was so already"},
		"ends twice":       {begin + good + "lto_wrap_bench: end\nlto_wrap_bench: end\n", "where it was so already"},
		"a wrong result":   {begin + "lto_wrap_bench: loop=a lang=c ops=1: wrong: sum 3, refcount 1, atomic 0\n", "instead of"},
		"cut in a line":    {begin + "lto_wrap_bench: loop=a lang=c ops=1 rounds=20 cyc\n", "5 fields instead of 6"},
		"fields exchanged": {begin + "lto_wrap_bench: loop=a ops=1 lang=c rounds=20 cycles=2 ns=3\n", `"ops=1" instead of lang=…`},
		"no number":        {begin + "lto_wrap_bench: loop=a lang=c ops=1 rounds=20 cycles=-2 ns=3\n", "invalid syntax"},
		"no value":         {begin + "lto_wrap_bench: loop= lang=c ops=1 rounds=20 cycles=2 ns=3\n", `"loop=" instead of loop=…`},
	} {
		t.Run(name, func(t *testing.T) {
			if loads, err := Parse(test.console); err == nil || !strings.Contains(err.Error(), test.why) {
				t.Errorf("got %v and error %v, want %q", loads, err, test.why)
			}
		})
	}
}

func TestPerOperationRefuses(t *testing.T) {
	one := Timing{Loop: Loop{"a", "c"}, Ops: 1}
	for _, timings := range [][]Timing{{one}, {one, one}, {one, one, one}} {
		if cost, err := PerOperation(timings, Cycles); err == nil {
			t.Errorf("%d timings of one operation give %v", len(timings), cost)
		}
	}
}

// FuzzParse: whatever the console has, there is an error, or every timing is one of a line.
func FuzzParse(f *testing.F) {
	f.Add(console)
	f.Add("lto_wrap_bench: begin\nlto_wrap_bench: loop==\n")
	f.Fuzz(func(t *testing.T, console string) {
		loads, err := Parse(console)
		if err != nil {
			return
		}
		timings := 0
		for _, load := range loads {
			timings += len(load)
			for _, timing := range load {
				if timing.Name == "" || timing.Lang == "" {
					t.Errorf("a timing of nothing: %+v", timing)
				}
			}
		}
		if lines := strings.Count(console, "loop="); timings > lines {
			t.Errorf("%d timings from %d lines", timings, lines)
		}
	})
}
