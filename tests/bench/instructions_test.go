// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"io"
	"math"
	"testing"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/kmod"
)

// TestCountTables: each operation has its own figures, and the one that needs most more is told.
func TestCountTables(t *testing.T) {
	r := &run{samples: newSamples(io.Discard)}
	var loops []kmod.Loop
	for _, m := range []struct {
		name, lang, way string
		count           float64
	}{
		{"helper.lock", "c", plainWay, 4}, {"helper.lock", "rust", plainWay, 10}, {"helper.lock", "rust", lateWay, 5}, {"helper.lock", "rust", speedWay, 4},
		{"helper.load", "c", plainWay, 1}, {"helper.load", "rust", plainWay, 8}, {"helper.load", "rust", lateWay, 2}, {"helper.load", "rust", speedWay, 2},
		{"pure.push", "c", plainWay, 9}, {"pure.push", "rust", plainWay, 10}, {"pure.push", "rust", lateWay, 10}, {"pure.push", "rust", speedWay, 15},
	} {
		l := kmod.Loop{Name: m.name, Lang: m.lang}
		loops = append(loops, l)
		r.samples.add(instructionsBench, countKeys("m68k", l, m.way), Figure{m.count, instructionsUnit})
	}
	for way, bytes := range map[string]float64{plainWay: 1000, lateWay: 1100, speedWay: 900} {
		r.samples.add(instructionsBench, []Key{{"arch", "m68k"}, {"tool", way}}, Figure{bytes, codeUnit})
	}
	r.countTables("m68k", loops)
	// Each row has as many cells as there are columns, or this panics.
	if err := (render.Terminal{}).Table(io.Discard, &r.doc); err != nil {
		t.Error(err)
	}
	tables := map[string]string{}
	for _, s := range r.doc.Sections {
		tables[s.Title] = cellsOf(s.Table)
	}
	for title, want := range map[string]string{
		"Instructions on m68k: operations that are helpers":                        "lock | 4.00 | 10.0 | 5.00 | 4.00 | 0.500 | 0.400\nload | 1.00 | 8.00 | 2.00 | 2.00 | 0.250 | 0.250",
		"Instructions on m68k: Rust code without helpers, with a counterpart in C": "push | 9.00 | 10.0 | 10.0 | 15.0 | 1.000 | 1.500",
		"Instructions on m68k: the size of the code":                               "crates that can call helpers | 1,000 | 1,100 | 900",
	} {
		if tables[title] != want {
			t.Errorf("%s:\n%s\nwant\n%s", title, tables[title], want)
		}
	}
	want := []struct {
		measured float64
		where    string
	}{{1.5, "pure.push"}, {math.Sqrt(0.4 * 0.25), ""}, {0.9, ""}}
	if len(r.targets) != len(want) {
		t.Fatalf("%+v", r.targets)
	}
	for i, w := range want {
		if g := r.targets[i]; math.Abs(g.Measured.Median-w.measured) > 1e-9 || g.Where != w.where {
			t.Errorf("%s: %v at %q, want %v at %q", g.What, g.Measured.Median, g.Where, w.measured, w.where)
		}
	}
}
