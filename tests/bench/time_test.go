// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/kmod"
)

// timed is a run with measurements that are made up.
func timed(loops map[string]map[string][]float64) (*run, []kmod.Loop) {
	r := &run{samples: newSamples(io.Discard)}
	var order []kmod.Loop
	for name, ways := range loops {
		for way, figures := range ways {
			l := kmod.Loop{Name: name, Lang: "rust"}
			if way == cWay {
				// C is measured in each way.
				l.Lang, way = "c", speedWay
			}
			order = append(order, l)
			for _, ns := range figures {
				r.samples.add(timeBench, timeKeys(l, way), Figure{ns, wallUnit})
			}
		}
	}
	return r, order
}

// lines sorts the lines of a text: the order of made up loops is that of a map.
func lines(text string) string {
	return strings.Join(slices.Sorted(strings.SplitSeq(text, "\n")), "\n")
}

func cellsOf(t *render.Table) string {
	var out []string
	for _, row := range t.Rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, c.Text)
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return strings.Join(out, "\n")
}

// TestTimeTables: what is slower beyond the noise is told, and what is within it is not.
func TestTimeTables(t *testing.T) {
	r, loops := timed(map[string]map[string][]float64{
		"helper.lock": {plainWay: {10, 10}, againWay: {10, 10}, lateWay: {5, 5}, sizeWay: {5, 5}, speedWay: {4, 4}, keptWay: {5, 5}, cWay: {4, 4}},
		"pure.noisy":  {plainWay: {10, 10}, againWay: {12, 10}, lateWay: {10, 10}, sizeWay: {11, 11}, speedWay: {11, 11}},
		"pure.placed": {plainWay: {10, 10}, againWay: {10, 10}, lateWay: {13, 13}, sizeWay: {10, 10}, speedWay: {13, 13}},
		"pure.slow":   {plainWay: {10, 10}, againWay: {10, 10}, lateWay: {10, 10}, sizeWay: {20, 20}, speedWay: {11, 11}},
	})
	r.timeTables(loops, sameAsPlain{speedWay: {"pure.placed": true}})
	// Each row has as many cells as there are columns, or this panics.
	if err := (render.Terminal{}).Table(io.Discard, &r.doc); err != nil {
		t.Error(err)
	}
	tables := map[string]*render.Table{}
	for _, s := range r.doc.Sections {
		tables[s.Title] = s.Table
	}
	if got, want := cellsOf(tables["Time: what is slower"]), "pure.placed | speed | 1.300 | 1.010 | the same\npure.placed | late | 1.300 | 1.010 | \npure.slow | speed | 1.100 | 1.010 | \npure.slow | size | 2.000 | 1.010 | "; lines(got) != lines(want) {
		t.Errorf("what is slower:\n%s\nwant\n%s", got, want)
	}
	if got, want := cellsOf(tables["Time: operations that are helpers"]),
		"lock | 10.0 | 10.0 | 5.00 | 5.00 | 4.00 | 5.00 | 4.00 | 1.000 | 0.500 | 0.500 | 0.400 | 0.500 | 0.800 | 1.250 | 1.000"; got != want {
		t.Errorf("helpers:\n%s\nwant\n%s", got, want)
	}
	for what, want := range map[string]float64{
		"time, speed: each operation of other code to plain, over the noise": 1.1 / 1.01,
		"time, speed: each operation that is a helper to C":                  1,
		"time, speed: operations that are helpers to plain, geometric mean":  0.4,
		"time, speed: what a process sees to plain, over the noise":          math.NaN(),
		"time, speed: each operation to late, over the noise":                1.1 / 1.01,
	} {
		found := false
		for _, g := range r.targets {
			if g.What == what {
				found = true
				if got := g.Measured.Median; math.Abs(got-want) > 1e-9 && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Errorf("%s: %v, want %v (%s)", what, got, want, g.Where)
				}
			}
		}
		if !found {
			t.Errorf("no target %q", what)
		}
	}
}

// TestCanCallHelpers: only crates that can call helpers are made again in each way.
func TestCanCallHelpers(t *testing.T) {
	tree := t.TempDir()
	for name, command := range map[string]string{
		"kernel": "rustc --extern bindings --extern uapi --emit=obj=kernel.o", "driver": "rustc --extern kernel x.rs", "core": "rustc core.rs",
	} {
		if err := os.WriteFile(filepath.Join(tree, "."+name+".o.cmd"), []byte("savedcmd_x := "+command+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for object, want := range map[string]bool{"kernel.o": true, "driver.o": true, "core.o": false, "none.o": false} {
		if got := canCallHelpers(tree, object); got != want {
			t.Errorf("%s: %v", object, got)
		}
	}
}
