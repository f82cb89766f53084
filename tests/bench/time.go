// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/kmod"
	"rustc-lto-wrap/tests/internal/spread"
	"rustc-lto-wrap/tests/lab"
)

const timeBench = "Time"

// Ways of the benchmark of time, besides those of crates.go.
const (
	againWay = "plain again"
	keptWay  = "flags kept"
	cWay     = "C"
)

// timedObjects are the Rust objects of Linux 7.3 that can call helpers and whose size is told: the kernel crate, Binder,
// and the null block driver.
var timedObjects = []string{"rust/kernel.o", "drivers/android/binder/rust_binder_main.o", "drivers/block/rnull/rnull.o"}

// timeWays are the ways in the order of the tables. The second plain build tells what the noise is.
var timeWays = []struct {
	name  string
	shims bool
	env   []string
}{
	{plainWay, false, nil},
	{againWay, false, nil},
	{lateWay, true, waySettings[lateWay]},
	{sizeWay, true, waySettings[sizeWay]},
	{speedWay, true, waySettings[speedWay]},
	// speed, with every flag of kbuild's for the helpers: null pointer checks stay.
	{keptWay, true, append(slices.Clone(waySettings[speedWay]), "LTO_WRAP_HELPERS_DROP=none")},
}

// realTime measures nanoseconds in a kernel that runs as a process: each way makes the Rust code of the kernel and the module
// in kmod/time; the kernels then boot by turns.
//
// The kernel's own option is not available there (lib/Kconfig.debug: RUST_INLINE_HELPERS depends on !UML). late does the same:
// it merges behind rustc's passes.
func realTime(r *run) error {
	if err := r.needLab(); err != nil {
		return err
	}
	var kernels []*loopKernel
	for _, w := range timeWays {
		plan.Say("Linux %s: %s", r.um, w.name)
		k, err := r.newUM(w.name, w.shims)
		if err == nil {
			err = r.buildLoops(k, w.env...)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		kernels = append(kernels, k)
		for _, object := range timedObjects {
			o, err := lab.ReadObject(filepath.Join(k.host, object))
			if err != nil {
				return err
			}
			r.samples.add(timeBench, []Key{{"object", object}, {"tool", w.name}}, Figure{float64(o.Sizes.Text()), textUnit})
		}
	}
	same := sameCode(kernels)
	loops, err := r.timeRounds(kernels, r.roundsOr(4))
	if err != nil {
		return err
	}
	r.timeTables(loops, same)
	return nil
}

// timeRounds boots the kernels by turns, with each of their initrds in each round, and keeps the least that they measure.
func (r *run) timeRounds(kernels []*loopKernel, rounds int) (loops []kmod.Loop, err error) {
	for round := range rounds {
		least := make([]map[kmod.Loop]float64, len(kernels))
		for e := range entries {
			plan.Say("Linux %s: round %d of %d, %d of %d", r.um, round+1, rounds, e+1, len(entries))
			for _, i := range turns(len(kernels), round+e) {
				took, order, err := bootUM(kernels[i], kernels[i].initrds[e].path)
				if err != nil {
					return nil, err
				}
				if loops == nil {
					loops = order
				}
				least[i] = leastOf(least[i], took)
			}
		}
		for i, took := range least {
			for _, l := range loops {
				ns, ok := took[l]
				if !ok {
					return nil, fmt.Errorf("%s: %s in %s was not measured", kernels[i].name, l.Name, l.Lang)
				}
				r.samples.add(timeBench, timeKeys(l, timeWays[i].name), Figure{ns, wallUnit})
			}
		}
	}
	return loops, nil
}

// leastOf keeps the lesser time of each loop, of those so far (nil for none) and of one more boot.
func leastOf(least, took map[kmod.Loop]float64) map[kmod.Loop]float64 {
	if least == nil {
		return took
	}
	for l, ns := range took {
		if old, ok := least[l]; !ok || ns < old {
			least[l] = ns
		}
	}
	return least
}

// turns is the order of a round, every other round the other way round.
func turns(n, round int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	if round%2 == 1 {
		slices.Reverse(out)
	}
	return out
}

func timeKeys(l kmod.Loop, way string) []Key {
	return []Key{{"loop", l.Name}, {"lang", l.Lang}, {"tool", way}}
}

// besideOf are the nanoseconds of a loop in C in the kernels of one way. Where the kernel's functions lie is the same there for
// both languages.
func (r *run) besideOf(loop, way string) []float64 {
	return r.samples.of(wallUnit, timeBench, timeKeys(kmod.Loop{Name: loop, Lang: "c"}, way)...)
}

// timeOf are the nanoseconds of a loop, a round each. C is what every way compiles the same, so each round has the least of all.
func (r *run) timeOf(loop, way string) (out []float64) {
	if way != cWay {
		return r.samples.of(wallUnit, timeBench, timeKeys(kmod.Loop{Name: loop, Lang: "rust"}, way)...)
	}
	for _, w := range timeWays {
		for i, ns := range r.samples.of(wallUnit, timeBench, timeKeys(kmod.Loop{Name: loop, Lang: "c"}, w.name)...) {
			if i == len(out) {
				out = append(out, math.Inf(1))
			}
			out[i] = min(out[i], ns)
		}
	}
	return out
}

// timeKinds are the kinds of loops, by what their names begin with.
var timeKinds = []struct{ prefix, title, text string }{
	{"helper.", "operations that are helpers", "The same operation in C, where it is inline, does the same work."},
	{"pure.", "Rust code without helpers, with a counterpart in C", ""},
	{"rust.", "Rust code without helpers, and without a counterpart in C", ""},
	{"call.", "calls of drivers in Rust from within the kernel", ""},
	{"process.", "what a process sees", "Most of it is user-mode Linux: the way into the kernel and back, and from one process to the other. getppid is a system call that does nothing."},
}

// timeTables reports the loops, and sets the targets.
func (r *run) timeTables(loops []kmod.Loop, same sameAsPlain) {
	names := loopNames(loops)
	var ways []string
	for _, w := range timeWays {
		ways = append(ways, w.name)
	}
	for _, kind := range timeKinds {
		t := table("operation", append(slices.Concat(ways, []string{cWay}), "again to plain", "late to plain", "size to plain", "speed to plain", "flags kept to plain",
			"speed to late", "flags kept to speed", "speed to C")...)
		for _, name := range names {
			short, ok := strings.CutPrefix(name, kind.prefix)
			if !ok {
				continue
			}
			row := []render.Cell{render.Text(short)}
			for _, w := range append(slices.Clone(ways), cWay) {
				row = append(row, render.Text(figure(spread.Of(r.timeOf(name, w)).Min)))
			}
			for _, w := range ways[1:] {
				row = append(row, ratioCell(r.timeOf(name, w), r.timeOf(name, plainWay)))
			}
			t.Rows = append(t.Rows, append(row,
				ratioCell(r.timeOf(name, speedWay), r.timeOf(name, lateWay)), ratioCell(r.timeOf(name, keptWay), r.timeOf(name, speedWay)),
				ratioCell(r.timeOf(name, speedWay), r.besideOf(name, speedWay))))
		}
		if len(t.Rows) == 0 {
			continue
		}
		t.Total = []render.Cell{render.Text("geometric mean")}
		for range len(ways) + 1 {
			t.Total = append(t.Total, render.Text(""))
		}
		for _, w := range ways[1:] {
			t.Total = append(t.Total, render.Text(ratio(mean(names, kind.prefix, r.timesOf(w), r.timesOf(plainWay)))))
		}
		t.Total = append(t.Total, render.Text(ratio(mean(names, kind.prefix, r.timesOf(speedWay), r.timesOf(lateWay)))),
			render.Text(ratio(mean(names, kind.prefix, r.timesOf(keptWay), r.timesOf(speedWay)))), render.Text(ratio(mean(names, kind.prefix, r.timesOf(speedWay), r.timesBeside(speedWay)))))
		text := []string{"Nanoseconds, the least of all rounds; ratios are of one round each."}
		if kind.text != "" {
			text = append(text, kind.text)
		}
		r.section("Time: "+kind.title, t, text...)
	}
	r.textTable(ways)
	r.slower(names, same)
	r.timeTargets(names, same)
}

// loopNames are the names of loops in their order; a name may be that of two, in Rust and in C.
func loopNames(loops []kmod.Loop) (names []string) {
	for _, l := range loops {
		if !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	return names
}

// timesFunc gives the nanoseconds of a loop, a round each.
type timesFunc func(loop string) []float64

// timesOf are those of a way.
func (r *run) timesOf(way string) timesFunc {
	return func(loop string) []float64 { return r.timeOf(loop, way) }
}

// timesBeside are those of C in the kernels of a way.
func (r *run) timesBeside(way string) timesFunc {
	return func(loop string) []float64 { return r.besideOf(loop, way) }
}

// mean is the geometric mean of the ratios of the loops of a kind, by their least times; NaN if there are none.
func mean(names []string, prefix string, over, under timesFunc) float64 {
	sum, n := 0.0, 0
	for _, name := range names {
		if a, b := spread.Of(over(name)).Min, spread.Of(under(name)).Min; strings.HasPrefix(name, prefix) && !math.IsNaN(a/b) && a > 0 && b > 0 {
			sum += math.Log(a / b)
			n++
		}
	}
	return math.Exp(sum / float64(n))
}

// textTable reports the size of the objects.
func (r *run) textTable(ways []string) {
	t := table("text, bytes", ways...)
	total := make([]float64, len(ways))
	for _, object := range timedObjects {
		row := []render.Cell{render.Text(object)}
		for i, w := range ways {
			bytes := r.samples.of(textUnit, timeBench, Key{"object", object}, Key{"tool", w})
			row = append(row, cell(bytes))
			total[i] += spread.Of(bytes).Median
		}
		t.Rows = append(t.Rows, row)
	}
	t.Total = []render.Cell{render.Text("total")}
	for _, bytes := range total {
		t.Total = append(t.Total, render.Text(figure(bytes)))
	}
	r.section("Time: what llvm-size calls text of the kernel that was timed", t)
}

// noise is by how much of itself a loop's time differs between two plain builds: the largest deviation of a round.
func (r *run) noise(loop string) float64 {
	s := spread.Of(ratios(r.timeOf(loop, againWay), r.timeOf(loop, plainWay)))
	return max(s.Max-1, 1-s.Min, leastNoise)
}

// leastNoise is what no clock here can tell apart.
const leastNoise = 0.01

// sameAsPlain says of which loops the code is the same as in the plain build, by way and loop. What such a loop takes longer is not
// what the way does: its place in memory is another one, or that of what it calls.
type sameAsPlain map[string]map[string]bool

// sameCode compares the code of the loops. The names are those of timings, with the kind in front.
func sameCode(kernels []*loopKernel) sameAsPlain {
	out := sameAsPlain{}
	for i, k := range kernels {
		way := map[string]bool{}
		for loop, code := range k.code {
			for _, kind := range timeKinds {
				way[kind.prefix+loop] = code == kernels[0].code[loop]
			}
		}
		out[timeWays[i].name] = way
	}
	return out
}

// slower lists the loops whose median ratio to plain is beyond the noise.
func (r *run) slower(names []string, same sameAsPlain) {
	t := table("operation", "ratio to plain", "noise: at most", "code of the loop")
	t.Columns = slices.Insert(t.Columns, 1, render.Column{Title: "way", Kind: render.Name})
	for _, w := range []string{speedWay, lateWay, sizeWay} {
		for _, name := range names {
			if s := spread.Of(ratios(r.timeOf(name, w), r.timeOf(name, plainWay))); s.Median > 1+r.noise(name) {
				t.Rows = append(t.Rows, []render.Cell{render.Text(name), render.Text(w), render.Text(spreadText(s, ratio)), render.Text(ratio(1 + r.noise(name))),
					render.Text(map[bool]string{true: "the same"}[same[w][name]])})
			}
		}
	}
	text := "Operations that take longer than with the unwrapped tools, by more than two builds with the unwrapped tools differ in any round. " +
		"Where the code of the loop is the same, its place in memory is another one, or that of what it calls."
	if len(t.Rows) == 0 {
		t, text = nil, text+" There is none."
	}
	r.section("Time: what is slower", t, text)
}

// timeTargets sets what was aimed at beside what was measured.
func (r *run) timeTargets(names []string, same sameAsPlain) {
	other := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return same[speedWay][name] })
	add := func(what string, limit float64, s spread.Spread, where string) {
		r.targets = append(r.targets, Target{"time, " + what, limit, false, s, where})
	}
	all := []string{"helper.", "pure.", "rust.", "call."}
	s, where := worst(other, r.timesOf(speedWay), r.timesOf(plainWay), r.noise, all...)
	add("speed: each operation of other code to plain, over the noise", 1, s, where)
	s, where = worst(names, r.timesOf(speedWay), r.timesOf(lateWay), r.noise, all...)
	add("speed: each operation to late, over the noise", 1, s, where)
	s, where = worst(names, r.timesOf(speedWay), r.timesOf(plainWay), r.noise, "process.")
	add("speed: what a process sees to plain, over the noise", 1, s, where)
	s, where = worst(names, r.timesOf(speedWay), r.timesBeside(speedWay), noAllowance, "helper.")
	add("speed: each operation that is a helper to C", 1.02, s, where)
	point := func(f float64) spread.Spread { return spread.Of([]float64{f}) }
	add("speed: operations that are helpers to plain, geometric mean", 0.9, point(mean(names, "helper.", r.timesOf(speedWay), r.timesOf(plainWay))), "")
}

// worst is the largest ratio of some loops, each relative to what it is allowed to exceed 1 by, and its loop. prefixes are what
// the names begin with.
func worst(among []string, over, under timesFunc, allow func(string) float64, prefixes ...string) (s spread.Spread, where string) {
	s.Median = math.NaN()
	for _, name := range among {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		got := spread.Of(scaled(ratios(over(name), under(name)), 1/(1+allow(name))))
		if got.N > 0 && !(got.Median <= s.Median) {
			s, where = got, name
		}
	}
	return s, where
}

func noAllowance(string) float64 { return 0 }
