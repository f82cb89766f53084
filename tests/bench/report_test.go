// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/bench/call"
	"rustc-lto-wrap/tests/internal/spread"
)

func TestSamples(t *testing.T) {
	var data bytes.Buffer
	s := newSamples(&data, Key{"cpu", "some"})
	data.Reset()
	keys := []Key{{"kernel", "7.3"}, {"object", "rust/kernel.o"}, {"tool", "late"}}
	s.add("Crates", keys, append(times(call.Took{Wall: 2 * time.Second, CPU: 1500 * time.Millisecond, MaxRSS: 4096}), Figure{17, codeUnit})...)
	s.add("Crates", keys, Figure{18, codeUnit})
	want := "BenchmarkCrates/kernel=7.3/object=rust.kernel.o/tool=late 1 2e+09 ns/op 1.5 cpu-sec/op 4096 peak-B 17 code-B\n" +
		"BenchmarkCrates/kernel=7.3/object=rust.kernel.o/tool=late 1 18 code-B\n"
	if d := cmp.Diff(want, data.String()); d != "" {
		t.Errorf("for benchstat (-want +got):\n%s", d)
	}
	if got := s.of(codeUnit, "Crates", keys...); !slices.Equal(got, []float64{17, 18}) {
		t.Errorf("%v", got)
	}
	if got := s.of(textUnit, "Crates", keys...); got != nil {
		t.Errorf("%v of what was not measured", got)
	}
}

func TestFigure(t *testing.T) {
	for f, want := range map[float64]string{
		0.123: "0.12", 9.87: "9.87", 12.34: "12.3", 123.4: "123", 1234.5: "1,235", 1e6: "1,000,000", -12.34: "-12.3",
	} {
		if got := figure(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	if got := figure(math.NaN()); got != "-" {
		t.Errorf("nothing: %s", got)
	}
	if got := spreadText(spread.Of([]float64{1, 1.1, 1.3}), ratio); got != "1.100 (1.000 to 1.300)" {
		t.Error(got)
	}
	if got := spreadText(spread.Of([]float64{1, 1.00001}), ratio); got != "1.000" {
		t.Error(got)
	}
}

func TestTargets(t *testing.T) {
	one := func(f float64) spread.Spread { return spread.Of([]float64{f}) }
	table := targetTable([]Target{
		{What: "a", Limit: 1.05, Measured: one(1.05)},
		{What: "b", Limit: 1, Below: true, Measured: one(1), Where: "rust/kernel.o"},
		{What: "c", Limit: 1, Measured: one(1.001)},
		{What: "d", Limit: 1, Measured: spread.Of(nil)},
	})
	var got [][]string
	for _, row := range table.Rows {
		var cells []string
		for _, c := range row {
			cells = append(cells, c.Text)
		}
		got = append(got, cells)
	}
	want := [][]string{
		{"a", "1.050", "1.050", "yes", ""},
		{"b", "below 1.000", "1.000", "no", "rust/kernel.o"},
		{"c", "1.000", "1.001", "no", ""},
		{"d", "1.000", "-", "not measured", ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
