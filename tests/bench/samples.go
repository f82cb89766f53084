// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"rustc-lto-wrap/tests/bench/call"
)

// Units of figures, as benchstat is told them. "ns/op" is elapsed time, which it prints in seconds; "cpu-sec/op" is user
// and system time of a command with all its children, which are added up whether they ran side by side or not.
const (
	wallUnit  = "ns/op"
	cpuUnit   = "cpu-sec/op"
	rssUnit   = "peak-B"
	codeUnit  = "code-B"
	textUnit  = "text-B"
	callsUnit = "helper-calls"
)

// unitLines tell benchstat what is better, and what has no spread
// (https://pkg.go.dev/golang.org/x/perf/benchfmt#UnitMetadata).
var unitLines = []string{
	"Unit " + cpuUnit + " better=lower", "Unit " + rssUnit + " better=lower",
	"Unit " + codeUnit + " better=lower assume=exact", "Unit " + textUnit + " better=lower assume=exact",
	"Unit " + callsUnit + " better=lower assume=exact", "Unit " + instructionsUnit + " better=lower assume=exact",
}

// Key is a part of what tells a measurement from the others: kernel=7.3, tool=late.
type Key struct{ Name, Value string }

// Figure is a number with its unit.
type Figure struct {
	Value float64
	Unit  string
}

// Samples is all that was measured, and writes it down for benchstat while it grows: what an interrupted run has measured
// is not lost.
type Samples struct {
	data   io.Writer
	series map[string][]float64
}

// newSamples begins the data with what benchstat tells runs apart by.
func newSamples(data io.Writer, config ...Key) *Samples {
	fmt.Fprintf(data, "goos: %s\ngoarch: %s\npkg: rustc-lto-wrap/tests/bench\n", runtime.GOOS, runtime.GOARCH)
	for _, k := range config {
		fmt.Fprintf(data, "%s: %s\n", k.Name, k.Value)
	}
	for _, l := range unitLines {
		fmt.Fprintln(data, l)
	}
	return &Samples{data, map[string][]float64{}}
}

// benchName is the name of a benchmark with its keys. A slash begins the next key, and would cut a path in two.
func benchName(bench string, keys []Key) string {
	var b strings.Builder
	b.WriteString("Benchmark" + bench)
	for _, k := range keys {
		value := strings.NewReplacer("/", ".", " ", "_").Replace(k.Value)
		fmt.Fprintf(&b, "/%s=%s", k.Name, value)
	}
	return b.String()
}

// add takes the figures of one round.
func (s *Samples) add(bench string, keys []Key, figures ...Figure) {
	name := benchName(bench, keys)
	line := name + " 1"
	for _, f := range figures {
		line += " " + strconv.FormatFloat(f.Value, 'g', -1, 64) + " " + f.Unit
		s.series[name+" "+f.Unit] = append(s.series[name+" "+f.Unit], f.Value)
	}
	fmt.Fprintln(s.data, line)
}

// of are the figures of one unit, a round each; none if that was not measured.
func (s *Samples) of(unit, bench string, keys ...Key) []float64 {
	return s.series[benchName(bench, keys)+" "+unit]
}

// times are what a command took, as figures.
func times(t call.Took) []Figure {
	return []Figure{{float64(t.Wall.Nanoseconds()), wallUnit}, {t.CPU.Seconds(), cpuUnit}, {float64(t.MaxRSS), rssUnit}}
}
