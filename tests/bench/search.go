// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/kmod"
	"rustc-lto-wrap/tests/lab"
)

const searchBench = "Search"

// point is a way to optimise for speed: flags of clang behind those of the shims (LTO_WRAP_CFLAGS).
type point struct{ name, flags string }

// limits is a point with limits of inlining, as pipeline.go of package crate has them: how much a function may grow by inlining
// one, one that says #[inline], and one that is called in a loop (0: as LLVM has it).
func limits(normal, hint, loop int) point {
	p := point{fmt.Sprintf("%d/%d/%d", normal, hint, loop), fmt.Sprintf("-mllvm -inline-threshold=%d -mllvm -inlinehint-threshold=%d", normal, hint)}
	if loop > 0 {
		p.flags += fmt.Sprintf(" -mllvm -hot-callsite-rel-freq=8 -mllvm -locally-hot-callsite-threshold=%d", loop)
	} else {
		// By LLVM's guess, no call is a million times as frequent as its function.
		p.flags += " -mllvm -hot-callsite-rel-freq=1000000"
	}
	return p
}

func (p point) with(name, flags string) point {
	return point{p.name + " " + name, p.flags + " " + flags}
}

// points are what the search tries; all of them with -full.
func points(full bool) []point {
	base := limits(100, 325, 325)
	out := []point{
		limits(225, 325, 0), limits(150, 325, 325), base, limits(50, 325, 325),
		base.with("-O3", "-O3 -fno-slp-vectorize"),
		base.with("no unrolling", "-fno-unroll-loops"),
		base.with("optsize", "-mllvm -force-attribute=optsize"),
	}
	if full {
		out = append(out, limits(150, 325, 0), limits(100, 325, 0), limits(75, 325, 325), limits(25, 325, 325),
			limits(100, 225, 325), limits(100, 150, 325), limits(100, 325, 225), limits(100, 100, 0),
			base.with("slp", "-fslp-vectorize"),
			base.with("no merging", "-Xclang -fno-merge-functions"))
	}
	return out
}

// found is what a point measured, as ratios to the plain kernel.
type found struct {
	point
	// bytes is the text of timedObjects, time the geometric mean of the loops, worst the loop that loses most, beyond the noise.
	bytes, time, worst float64
	where              string
}

// search measures points between time and size for LTO_WRAP_OPTIMIZE=speed in the user-mode kernel, and draws them.
func search(r *run) error {
	if err := r.needLab(); err != nil {
		return err
	}
	plain, err := r.newUM("search-plain", false)
	if err == nil {
		err = r.buildUM(plain)
	}
	if err != nil {
		return err
	}
	plainBytes, err := textOf(plain)
	if err != nil {
		return err
	}
	// Plain boots twice in each round, which tells what the noise is.
	kernels := []*umKernel{plain, plain}
	tried, err := r.newUM("search", true)
	if err != nil {
		return err
	}
	var all []found
	todo := points(r.full)
	for i, p := range todo {
		plan.Say("search: point %d of %d: %s", i+1, len(todo), p.name)
		if err := r.buildUM(tried, "LTO_WRAP_OPTIMIZE=speed", "LTO_WRAP_CFLAGS="+p.flags); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		bytes, err := textOf(tried)
		if err != nil {
			return err
		}
		r.samples.add(searchBench, []Key{{"point", p.name}}, Figure{bytes, textUnit})
		all = append(all, found{point: p, bytes: bytes / plainBytes})
		k, err := r.snapshot(tried, fmt.Sprintf("point-%d", i+1))
		if err != nil {
			return err
		}
		kernels = append(kernels, k)
	}
	least, err := r.leastTimes(kernels)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].compare(least[0], least[1], least[2+i])
		r.samples.add(searchBench, []Key{{"point", all[i].name}}, Figure{all[i].time, "to-plain"}, Figure{all[i].worst, "worst-to-plain"})
	}
	t := table("limits of inlining: normal/#[inline]/in a loop", "text to plain", "time to plain", "worst operation", "smallest of the quick")
	t.Columns = slices.Insert(t.Columns, 4, render.Column{Title: "which", Kind: render.Name})
	onFront := front(all)
	for _, f := range all {
		t.Rows = append(t.Rows, []render.Cell{render.Text(f.name), render.Text(ratio(f.bytes)), render.Text(ratio(f.time)), render.Text(ratio(f.worst)), render.Text(f.where),
			render.Text(map[bool]string{true: "yes"}[onFront[f.name]])})
	}
	r.section("Search", t, "Time is the geometric mean of the operations' ratios to plain, of the least times. The worst operation is the largest ratio over the noise of plain against plain. "+
		"search.svg draws time against text.")
	return os.WriteFile(filepath.Join(r.out, "search.svg"), []byte(drawFront(all)), 0o644)
}

// snapshot keeps what boots of a kernel whose tree is to be built again.
func (r *run) snapshot(k *umKernel, name string) (*umKernel, error) {
	out := &umKernel{name: name}
	for i, from := range append([]string{k.image}, k.initrds...) {
		to := filepath.Join(r.temp, fmt.Sprintf("%s-%d", name, i))
		if i == 0 {
			out.image = to
		} else {
			out.initrds = append(out.initrds, to)
		}
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, 0o755)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// textOf is the text of a kernel's timedObjects.
func textOf(k *umKernel) (bytes float64, err error) {
	for _, object := range timedObjects {
		o, err := lab.ReadObject(filepath.Join(k.host, object))
		if err != nil {
			return 0, err
		}
		bytes += float64(o.Sizes.Text())
	}
	return bytes, nil
}

// leastTimes boots the kernels by turns, and returns the least time of each operation, by kernel.
func (r *run) leastTimes(kernels []*umKernel) ([]map[kmod.Loop]float64, error) {
	least := make([]map[kmod.Loop]float64, len(kernels))
	rounds := r.roundsOr(len(entries))
	for round := range rounds {
		plan.Say("search: round %d of %d", round+1, rounds)
		for _, i := range turns(len(kernels), round) {
			took, _, err := bootUM(kernels[i], kernels[i].initrds[round%len(entries)])
			if err != nil {
				return nil, err
			}
			least[i] = leastOf(least[i], took)
		}
	}
	return least, nil
}

// compare sets the times of a point from the least times of plain, of plain again, and its own. Only Rust counts. What a process
// sees is left out: most of it is user-mode Linux itself.
func (f *found) compare(plain, again, own map[kmod.Loop]float64) {
	sum, n := 0.0, 0
	for l, ns := range plain {
		if l.Lang != "rust" || strings.HasPrefix(l.Name, "process.") {
			continue
		}
		noise := max(math.Abs(again[l]/ns-1), leastNoise)
		got := own[l] / min(ns, again[l])
		sum, n = sum+math.Log(got), n+1
		if over := got / (1 + noise); over > f.worst {
			f.worst, f.where = over, l.Name
		}
	}
	f.time = math.Exp(sum / float64(n))
}

// front are the names of the points to which none is both smaller and quicker.
func front(all []found) map[string]bool {
	out := map[string]bool{}
	for _, f := range all {
		out[f.name] = !slices.ContainsFunc(all, func(g found) bool {
			return g.bytes <= f.bytes && g.time <= f.time && (g.bytes < f.bytes || g.time < f.time)
		})
	}
	return out
}

// drawFront draws time against bytes as SVG. Those on the front are joined by a line.
func drawFront(all []found) string {
	const width, height, margin = 800, 500, 70
	low, high := math.Inf(1), math.Inf(-1)
	left, right := math.Inf(1), math.Inf(-1)
	for _, f := range all {
		left, right = min(left, f.bytes), max(right, f.bytes)
		low, high = min(low, f.time), max(high, f.time)
	}
	scale := func(v, from, to, begin, end float64) float64 {
		if from == to {
			return (begin + end) / 2
		}
		return begin + (v-from)/(to-from)*(end-begin)
	}
	x := func(f found) float64 { return scale(f.bytes, left, right, margin, width-3*margin) }
	y := func(f found) float64 { return scale(f.time, low, high, height-margin, margin) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintln(&b, `<rect width="100%" height="100%" fill="white"/>`)
	label := func(x, y float64, anchor, text string) {
		text = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, text)
	}
	label(width/2, 20, "middle", "Time (geometric mean of the operations) against text, both to plain")
	label(width/2, height-15, "middle", "text")
	label(margin, height-margin+35, "middle", fmt.Sprintf("%.3f", left))
	label(width-3*margin, height-margin+35, "middle", fmt.Sprintf("%.3f", right))
	label(margin-20, margin+4, "end", fmt.Sprintf("%.3f", high))
	label(margin-20, height-margin+4, "end", fmt.Sprintf("%.3f", low))
	label(margin-20, height/2, "end", "time")
	fmt.Fprintf(&b, `<path d="M%d %dV%dH%d" fill="none" stroke="black"/>`+"\n", margin-15, margin-15, height-margin+15, width-margin)
	on := front(all)
	line := slices.Clone(all)
	line = slices.DeleteFunc(line, func(f found) bool { return !on[f.name] })
	slices.SortFunc(line, func(f, g found) int { return cmp.Compare(f.bytes, g.bytes) })
	var path []string
	for _, f := range line {
		path = append(path, fmt.Sprintf("%.1f,%.1f", x(f), y(f)))
	}
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="steelblue"/>`+"\n", strings.Join(path, " "))
	// A name stands right of its point, or above or below it where another name is in the way.
	var taken [][2]float64
	for _, f := range all {
		fill := map[bool]string{true: "steelblue", false: "silver"}[on[f.name]]
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", x(f), y(f), fill)
		at := [2]float64{x(f) + 7, y(f) + 4}
		for _, dy := range []float64{0, -14, 14, -28, 28} {
			try := [2]float64{at[0], at[1] + dy}
			if !slices.ContainsFunc(taken, func(t [2]float64) bool { return math.Abs(t[0]-try[0]) < 130 && math.Abs(t[1]-try[1]) < 12 }) {
				at = try
				break
			}
		}
		taken = append(taken, at)
		label(at[0], at[1], "start", f.name)
	}
	fmt.Fprintln(&b, "</svg>")
	return b.String()
}
