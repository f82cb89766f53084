// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package kmod measures inside a kernel what inlining the helpers gives: module/ is an external module with loops around
// operations of the kernel, each in Rust, where the operation is a helper, and in C, where it is inline. This package reads
// what the module prints, and its test builds it with the unwrapped tools and with the shims and boots it.
package kmod

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/tests/lab"
)

// Counted are the options with which the guest's clock counts its instructions. "-icount shift=0": each instruction takes
// 2^0 ns of virtual time (QEMU's manual, -icount; docs/devel/tcg-icount.rst), and the TSC counts that time: cpu_get_tsc asks
// for the elapsed ticks, which are icount_get then (accel/tcg/tcg-accel-ops.c). The kernel finds a TSC of 1000 MHz.
// sleep=off: while the processor idles, time jumps to the next timer. One processor, since all of them share the one count.
// Without a network card, the firmware does not look for something to boot there.
var Counted = []string{"-icount", "shift=0,sleep=off", "-smp", "1", "-nic", "none"}

// Loop names a loop of the module: what it does, in which language ("c" or "rust").
type Loop struct{ Name, Lang string }

// Timing is what a loop took, of several rounds the least.
type Timing struct {
	Loop
	Ops         uint64 // how often it ran its operation
	Cycles      uint64 // of get_cycles(): on x86 the TSC; under QEMU with -icount shift=0, instructions
	Nanoseconds uint64
}

// Parse reads the module's lines (module/measure.c) off a boot console: the timings of each time that it was loaded, in the
// console's order. It fails on a timing that it cannot read, such as the module's word that a loop did something wrong, and if
// the module did not come to its end.
func Parse(console string) (loads [][]Timing, err error) {
	running := false
	for _, line := range lab.Lines(console) {
		text, found := strings.CutPrefix(line, "lto_wrap_bench: ")
		switch {
		case !found:
		case text == "begin" || text == "end":
			if running == (text == "begin") {
				return nil, fmt.Errorf("%q where it was so already", line)
			}
			running = !running
			if running {
				loads = append(loads, nil)
			}
		case !strings.HasPrefix(text, "loop="): // the kernel speaks of modules by their names, too
		case !running:
			return nil, fmt.Errorf("%q is not between begin and end", line)
		default:
			timing, err := parseTiming(text)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			last := len(loads) - 1
			loads[last] = append(loads[last], timing)
		}
	}
	if running {
		return nil, fmt.Errorf("the console ends before the module does, after %d timings", len(loads[len(loads)-1]))
	}
	return loads, nil
}

// parseTiming reads "loop=NAME lang=LANG ops=N rounds=N cycles=N ns=N".
func parseTiming(text string) (t Timing, err error) {
	names := []string{"loop", "lang", "ops", "rounds", "cycles", "ns"}
	fields := strings.Split(text, " ")
	if len(fields) != len(names) {
		return t, fmt.Errorf("%d fields instead of %d", len(fields), len(names))
	}
	var numbers [6]uint64
	for i, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		if name != names[i] || value == "" {
			return t, fmt.Errorf("%q instead of %s=…", field, names[i])
		}
		if i >= 2 {
			if numbers[i], err = strconv.ParseUint(value, 10, 64); err != nil {
				return t, err
			}
			continue
		}
		fields[i] = value
	}
	return Timing{Loop: Loop{fields[0], fields[1]}, Ops: numbers[2], Cycles: numbers[4], Nanoseconds: numbers[5]}, nil
}

// Cycles and Nanoseconds of a timing: what PerOperation is to divide.
func Cycles(t Timing) uint64      { return t.Cycles }
func Nanoseconds(t Timing) uint64 { return t.Nanoseconds }

// PerOperation gives what one more operation costs in each loop, its share of the loop included. The module runs each loop
// with two numbers of operations: what the call of the loop and the clocks cost is in both.
func PerOperation(timings []Timing, of func(Timing) uint64) (map[Loop]float64, error) {
	byLoop := map[Loop][]Timing{}
	for _, t := range timings {
		byLoop[t.Loop] = append(byLoop[t.Loop], t)
	}
	cost := map[Loop]float64{}
	for loop, runs := range byLoop {
		if len(runs) != 2 || runs[0].Ops >= runs[1].Ops {
			return nil, fmt.Errorf("loop %s in %s: not two timings, of few operations and of more: %+v", loop.Name, loop.Lang, runs)
		}
		cost[loop] = (float64(of(runs[1])) - float64(of(runs[0]))) / float64(runs[1].Ops-runs[0].Ops)
	}
	return cost, nil
}

// Names are the loops' in the order of the first timings.
func Names(timings []Timing) (names []string) {
	for _, t := range timings {
		if !slices.Contains(names, t.Name) {
			names = append(names, t.Name)
		}
	}
	return names
}

// Builds are the costs of the module's loops in each of its builds: with the unwrapped tools, and with the shims' two pipelines.
type Builds struct{ Bare, Late, Early map[Loop]float64 }

// Table shows for each loop what an operation costs in C and, in each build, in Rust. The ratios are to the C of the same
// build: C code is the same in all of them, a clock is not.
func (b Builds) Table(names []string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-20s %8s %8s %8s %8s %8s %8s %8s\n", "", "", "Rust,", "Rust,", "Rust,", "", "", "")
	fmt.Fprintf(&out, "%-20s %8s %8s %8s %8s %8s %8s %8s\n", "loop", "C", "bare", "late", "early", "bare/C", "late/C", "early/C")
	for _, name := range names {
		fmt.Fprintf(&out, "%-20s %8.2f", name, b.Bare[Loop{name, "c"}])
		builds := []map[Loop]float64{b.Bare, b.Late, b.Early}
		for _, build := range builds {
			fmt.Fprintf(&out, " %8.2f", build[Loop{name, "rust"}])
		}
		for _, build := range builds {
			fmt.Fprintf(&out, " %8.3f", build[Loop{name, "rust"}]/build[Loop{name, "c"}])
		}
		out.WriteByte('\n')
	}
	return out.String()
}
