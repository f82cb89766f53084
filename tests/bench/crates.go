// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/call"
	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/internal/spread"
	"rustc-lto-wrap/tests/lab"
)

const cratesBench = "Crates"

// helpersObject stands for what is made of the helpers before any crate: the object that kbuild asks for, and bitcode.
// moduleBitcode is the shims' bitcode for modules, which the first crate of a module has made.
const (
	helpersObject = "rust/helpers/helpers.o"
	moduleBitcode = "the helpers' bitcode for modules"
)

// Ways to make the Rust objects of a kernel.
const (
	plainWay = "plain"
	lateWay  = "late"
	speedWay = "speed" // early, as all below
	sizeWay  = "size"
	ownWay   = "own"
)

// waySettings are the settings of the ways that the shims have.
var waySettings = map[string][]string{
	lateWay: {"LTO_WRAP_PIPELINE=late"}, speedWay: {"LTO_WRAP_OPTIMIZE=speed"}, sizeWay: {"LTO_WRAP_OPTIMIZE=size"},
}

// captured is what kbuild ran to make the Rust objects of a tree, by object, in the order in which they can be made.
type captured struct {
	obj, host string // the tree, as the lab and this machine see it
	objects   []string
	records   map[string][]call.Record
}

// crates measures each Rust object of a real kernel: by rustc alone, by the shims, and by the kernel's own option where
// it has one.
//
// kbuild runs once with each configuration, by which the command lines and their environment are known; these are then
// run again one by one, each way by turns. So nothing but the commands is measured, and what disturbs the machine
// disturbs all ways of a crate.
func crates(r *run) error {
	if err := r.needLab(); err != nil {
		return err
	}
	for _, kernel := range r.kernels {
		if err := r.cratesOf(kernel); err != nil {
			return fmt.Errorf("crates of %s: %w", kernel.Version, err)
		}
	}
	return nil
}

func (r *run) cratesOf(kernel lab.Kernel) error {
	version := kernel.Version
	plain, err := r.capture(kernel, false)
	if err != nil {
		return err
	}
	own := &captured{}
	if kernel.Option != "" {
		if own, err = r.capture(kernel, true); err != nil {
			return err
		}
	}
	for i := range r.roundsOr(2) {
		plan.Say("Linux %s: round %d of its crates", version, i+1)
		for _, object := range plain.objects {
			if err := r.crateRound(version, object, i, plain, own); err != nil {
				return err
			}
		}
	}
	objects := slices.DeleteFunc(slices.Clone(plain.objects), func(o string) bool { return o == helpersObject })
	slices.Sort(objects)
	// Those that can call helpers come first, since the others are the same in each way.
	slices.SortStableFunc(objects, func(a, b string) int {
		return map[bool]int{true: -1}[plain.canCallHelpers(a)] - map[bool]int{true: -1}[plain.canCallHelpers(b)]
	})
	r.crateTables(version, objects, slices.IndexFunc(objects, func(o string) bool { return !plain.canCallHelpers(o) }), own.obj != "")
	return nil
}

// capture forks the plain kernel, has kbuild make its Rust objects again, and takes down how.
func (r *run) capture(kernel lab.Kernel, ownOption bool) (*captured, error) {
	l, version := r.lab, kernel.Version
	plan.Say("Linux %s: taking down how kbuild makes its Rust objects%s", version, map[bool]string{true: ", with CONFIG_" + kernel.Option}[ownOption])
	c := &captured{records: map[string][]call.Record{}}
	var err error
	if c.obj, c.host, err = l.fork(version); err != nil {
		return nil, err
	}
	objects, err := kernel.RemoveRust(c.host)
	if err != nil {
		return nil, err
	}
	targets := []string{"prepare"}
	for _, o := range objects {
		if dir := path.Dir(o) + "/"; !slices.Contains(targets, dir) {
			targets = append(targets, dir)
		}
	}
	name := fmt.Sprintf("launch-%s-%t", version, ownOption)
	launch := l.inside + "/launch"
	ab, err := l.toolDirectory(name, map[string]string{"rustc": launch, "cc": launch, "llvm-link": launch})
	if err != nil {
		return nil, err
	}
	tools, _ := json.Marshal(realTools)
	if err := os.WriteFile(filepath.Join(l.host, name, "launch.json"), tools, 0o644); err != nil {
		return nil, err
	}
	variable := "LLVM_LINK=/lab/ab/llvm-link"
	if ownOption {
		if _, err := script("run", "--obj", c.obj, "-C", "/lab/linux-"+version, "--", "scripts/config --file /lab/obj/.config -e "+kernel.Option); err != nil {
			return nil, err
		}
		if _, err := measure("make", "--ab", ab, "--", version, c.obj, variable, "olddefconfig"); err != nil {
			return nil, err
		}
	}
	if _, err := measure(append([]string{"make", "--ab", ab, "--", version, c.obj, variable}, targets...)...); err != nil {
		return nil, err
	}
	if err := c.read(filepath.Join(l.host, name, "calls.json")); err != nil {
		return nil, err
	}
	for _, o := range objects {
		if len(c.records[o]) == 0 {
			return nil, fmt.Errorf("kbuild did not make %s again", o)
		}
	}
	if steps := len(c.records["rust/kernel.o"]); ownOption != (steps > 1) {
		return nil, fmt.Errorf("rust/kernel.o was made in %d steps: the kernel's own option is not as expected", steps)
	}
	return c, nil
}

// realTools are the lab's, by kbuild's names.
var realTools = map[string]string{"rustc": "/usr/bin/rustc", "cc": "/usr/bin/clang", "llvm-link": "/usr/bin/llvm-link"}

// read reads what the launcher took down.
func (c *captured) read(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var rec call.Record
		if err := d.Decode(&rec); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		object := objectOf(rec.Tool, rec.Args)
		if object == "" {
			continue
		}
		if c.records[object] == nil {
			c.objects = append(c.objects, object)
		}
		c.records[object] = append(c.records[object], rec)
	}
}

// objectOf is the Rust object that a command works for, "" if it is for none: rustc's of the object or, with the kernel's
// own option, of bitcode; llvm-link's of merged bitcode; the C compiler's of an object from that, and of the helpers.
func objectOf(tool string, args []string) string {
	out, source := "", ""
	for i, a := range args {
		if tool == "rustc" {
			for _, kind := range []string{"--emit=obj=", "--emit=llvm-bc="} {
				if path, ok := strings.CutPrefix(a, kind); ok {
					out = path
				}
			}
			continue
		}
		if a == "-o" && i+1 < len(args) {
			out = args[i+1]
		} else if strings.HasSuffix(a, ".bc") || strings.HasSuffix(a, "/helpers.c") {
			source = a
		}
	}
	base := path.Base(out)
	switch {
	case tool == "cc" && source == "", strings.Contains(out, ".tmp_"), !strings.HasSuffix(base, ".o") && !strings.HasSuffix(base, ".bc"):
		return ""
	case path.Dir(out) == path.Dir(helpersObject):
		return helpersObject
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(out, ".o"), ".bc"), ".m") + ".o"
}

// makeVariables are make's for what it runs itself; the jobserver in them is gone.
var makeVariables = []string{"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS"}

// job is how to make an object in one way.
func (c *captured) job(l *labRoot, object, way string) call.Job {
	j := call.Job{Output: "/lab/obj/" + object, Keep: "/lab/obj/" + keptName(object, way)}
	for _, rec := range c.records[object] {
		env := slices.DeleteFunc(slices.Clone(rec.Env), func(e string) bool {
			name, _, _ := strings.Cut(e, "=")
			return slices.Contains(makeVariables, name)
		})
		tool := realTools[rec.Tool]
		if settings, ours := waySettings[way]; ours {
			tool = l.inside + "/" + programs.Links[rec.Tool]
			env = append(env, settings...)
		}
		j.Calls = append(j.Calls, call.Call{Argv: append([]string{tool}, rec.Args...), Dir: rec.Dir, Env: env})
	}
	return j
}

// keptName is where an object is put that was made in one way, in its tree.
func keptName(object, way string) string {
	return ".bench-" + way + "-" + strings.ReplaceAll(object, "/", "-")
}

// canCallHelpers says whether a way other than plain does anything else about an object than plain: for core and the like,
// each runs rustc unchanged. (The shim's rule; the kernel's own has the same result.)
func (c *captured) canCallHelpers(object string) bool {
	for _, rec := range c.records[object] {
		for i, a := range rec.Args {
			if a == "--extern" && i+1 < len(rec.Args) && slices.Contains([]string{"kernel", "bindings"}, rec.Args[i+1]) {
				return true
			}
		}
	}
	return object == helpersObject
}

// module is a crate of a module, "" if there is none.
func (c *captured) module() string {
	for _, o := range c.objects {
		for _, rec := range c.records[o] {
			if i := slices.Index(rec.Args, "MODULE"); rec.Tool == "rustc" && i > 0 && rec.Args[i-1] == "--cfg" {
				return o
			}
		}
	}
	return ""
}

// moduleRound measures how much longer a crate takes that finds no bitcode for modules. That of the kernel's own crates is
// there, since the helpers' object has just been made.
func (r *run) moduleRound(version string, c *captured) error {
	object := c.module()
	if object == "" {
		return nil
	}
	job := c.job(r.lab, object, speedWay)
	took, err := r.lab.jobs(c.obj, []call.Job{job, job})
	if err != nil {
		return fmt.Errorf("%s: %w", object, err)
	}
	first, again := times(took[0]), times(took[1])
	var figures []Figure
	for i, f := range first {
		if f.Unit == cpuUnit || f.Unit == wallUnit {
			figures = append(figures, Figure{f.Value - again[i].Value, f.Unit})
		}
	}
	r.samples.add(cratesBench, crateKeys(version, moduleBitcode, speedWay), figures...)
	return nil
}

// crateRound makes an object in each way. Where rustc runs unchanged in each, once through the shim and once without it
// is enough. Each round goes the other way round than the one before, so that none of them is always the first.
func (r *run) crateRound(version, object string, round int, plain, own *captured) error {
	type turn struct {
		c    *captured
		ways []string
	}
	turns := []turn{{plain, []string{plainWay, lateWay, speedWay, sizeWay}}}
	if !plain.canCallHelpers(object) {
		turns = []turn{{plain, []string{plainWay, speedWay}}}
	} else if own.obj != "" {
		turns = append(turns, turn{own, []string{ownWay}})
	}
	if object == helpersObject {
		// Alone, without the bitcode that the other way, or the last round, has made.
		turns = slices.Insert(turns[1:], 0, turn{plain, []string{plainWay}}, turn{plain, []string{lateWay}}, turn{plain, []string{speedWay}})
	}
	if round%2 == 1 {
		slices.Reverse(turns)
	}
	for _, t := range turns {
		if round%2 == 1 {
			slices.Reverse(t.ways)
		}
		if object == helpersObject && t.ways[0] != plainWay {
			if err := removeBitcode(t.c.host); err != nil {
				return err
			}
		}
		var todo []call.Job
		for _, way := range t.ways {
			todo = append(todo, t.c.job(r.lab, object, way))
		}
		took, err := r.lab.jobs(t.c.obj, todo)
		if err != nil {
			return fmt.Errorf("%s: %w", object, err)
		}
		for i, way := range t.ways {
			o, err := lab.ReadObject(filepath.Join(t.c.host, keptName(object, way)))
			if err != nil {
				return err
			}
			calls := lab.CallsIn(o)
			figures := append(times(took[i]), Figure{float64(o.Sizes.Code), codeUnit}, Figure{float64(o.Sizes.Text()), textUnit}, Figure{float64(calls), callsUnit})
			r.samples.add(cratesBench, crateKeys(version, object, way), figures...)
		}
		if object == helpersObject && t.ways[0] == speedWay {
			if err := r.moduleRound(version, t.c); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeBitcode removes what the shims have made of the helpers in a tree.
func removeBitcode(tree string) error {
	made, err := filepath.Glob(filepath.Join(tree, "rust/helpers/.tmp_lto_wrap_helpers_*"))
	for _, file := range made {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}

func crateKeys(version, object, way string) []Key {
	return []Key{{"kernel", version}, {"object", object}, {"tool", way}}
}

// crateTables reports the objects of a kernel, and sets the targets. The first so many of the objects can call helpers.
func (r *run) crateTables(version string, objects []string, callers int, hasOwn bool) {
	ways := []string{plainWay, lateWay, speedWay, sizeWay}
	if hasOwn {
		ways = append(ways, ownWay)
	}
	of := func(unit, object, way string) []float64 {
		if slices.Contains(objects[callers:], object) {
			way = map[string]string{plainWay: plainWay, ownWay: plainWay, lateWay: speedWay, speedWay: speedWay, sizeWay: speedWay}[way]
		} else if object == helpersObject && way == sizeWay || object == moduleBitcode && (way == sizeWay || way == lateWay) {
			way = speedWay // the helpers' bitcode is the same
		}
		return r.samples.of(unit, cratesBench, crateKeys(version, object, way)...)
	}
	// total goes through objects round by round.
	total := func(objects []string, unit, way string, and func(a, b float64) float64) (out []float64) {
		for _, o := range objects {
			for i, f := range of(unit, o, way) {
				if i == len(out) {
					out = append(out, 0)
				}
				out[i] = and(out[i], f)
			}
		}
		return out
	}
	add := func(a, b float64) float64 { return a + b }
	peak := func(a, b float64) float64 { return max(a, b) }
	for _, m := range []struct {
		title, unit string
		scale       float64
		and         func(a, b float64) float64
		ratio       bool
		text        string
	}{
		{"processor time, s", cpuUnit, 1, add, true, "Of the compilers with all that they start. Objects below those that can call helpers are compiled by rustc unchanged, and were measured without the shim and through it."},
		{"elapsed time, s", wallUnit, 1e-9, add, true, ""},
		{"peak memory, MiB", rssUnit, 1.0 / (1 << 20), peak, true, "Of the largest process."},
		{"code, bytes", codeUnit, 1, add, true, "Sections with instructions, as the compilers leave them, before objtool."},
		{"text, bytes", textUnit, 1, add, true, "What llvm-size calls text: code and read-only data, before objtool."},
		{"calls to helpers left", callsUnit, 1, add, false, ""},
	} {
		var columns []string
		columns = append(columns, ways...)
		if m.ratio {
			for _, w := range ways[1:] {
				columns = append(columns, w+" to plain")
			}
			if hasOwn {
				columns = append(columns, "late to own", "speed to own", "size to own")
			}
		}
		t := table("object", columns...)
		row := func(name string, of func(way string) []float64) []render.Cell {
			cells := []render.Cell{render.Text(name)}
			for _, w := range ways {
				cells = append(cells, cell(scaled(of(w), m.scale)))
			}
			if !m.ratio {
				return cells
			}
			for _, w := range ways[1:] {
				cells = append(cells, ratioCell(of(w), of(plainWay)))
			}
			if hasOwn {
				for _, w := range []string{lateWay, speedWay, sizeWay} {
					cells = append(cells, ratioCell(of(w), of(ownWay)))
				}
			}
			return cells
		}
		for _, o := range objects[:callers] {
			t.Rows = append(t.Rows, row(o, func(way string) []float64 { return of(m.unit, o, way) }))
		}
		t.Rows = append(t.Rows, row("the above", func(way string) []float64 { return total(objects[:callers], m.unit, way, m.and) }))
		for _, o := range objects[callers:] {
			t.Rows = append(t.Rows, row(o, func(way string) []float64 { return of(m.unit, o, way) }))
		}
		t.Total = row("total", func(way string) []float64 { return total(objects, m.unit, way, m.and) })
		// The helpers are no Rust object. A build from nothing, or after a header of theirs has changed, makes them as well.
		if m.unit == cpuUnit || m.unit == wallUnit {
			t.Rows = append(t.Rows, t.Total)
			for _, o := range []string{helpersObject, moduleBitcode} {
				t.Rows = append(t.Rows, row(o, func(way string) []float64 { return of(m.unit, o, way) }))
			}
			t.Total = row("total with the helpers", func(way string) []float64 {
				return total(append(slices.Clone(objects), helpersObject, moduleBitcode), m.unit, way, m.and)
			})
		}
		text := []string{}
		if m.text != "" {
			text = append(text, m.text)
		}
		r.section("Linux "+version+": "+m.title, t, text...)
	}
	sum := func(unit, way string) []float64 { return total(objects, unit, way, add) }
	r.crateTargets(version, objects[:callers], of, sum, hasOwn)
}

// crateTargets sets what was aimed at beside what was measured, for objects that can call helpers, and sums over all.
func (r *run) crateTargets(version string, objects []string, of func(unit, object, way string) []float64, sum func(unit, way string) []float64, hasOwn bool) {
	// worst is the object with the largest ratio, of those that take so long at least.
	worst := func(way, to string, seconds float64) (s spread.Spread, object string) {
		s.Median = math.NaN()
		for _, o := range objects {
			if spread.Of(of(cpuUnit, o, plainWay)).Median < seconds {
				continue
			}
			if got := spread.Of(ratios(of(cpuUnit, o, way), of(cpuUnit, o, to))); !(got.Median <= s.Median) {
				s, object = got, o
			}
		}
		return s, object
	}
	add := func(what string, limit float64, below bool, s spread.Spread, where string) {
		r.targets = append(r.targets, Target{"Linux " + version + ", " + what, limit, below, s, where})
	}
	withHelpers := func(way string) (out []float64) {
		out = slices.Clone(sum(cpuUnit, way))
		for _, o := range []string{helpersObject, moduleBitcode} {
			for i, f := range of(cpuUnit, o, way) {
				out[i] += f
			}
		}
		return out
	}
	// few is the sum over the objects whose size matters most.
	few := func(unit, way string) (out []float64) {
		for _, o := range timedObjects {
			if slices.Contains(objects, o) {
				for i, f := range of(unit, o, way) {
					if i == len(out) {
						out = append(out, 0)
					}
					out[i] += f
				}
			}
		}
		return out
	}
	for _, g := range []struct {
		way      string
		cpu      float64 // of all Rust objects, to plain
		few, all float64 // text, to plain
	}{{speedWay, 1.03, 1, 1}, {sizeWay, 1.03, 0.9, 0.9}, {lateWay, 1.05, math.NaN(), math.NaN()}} {
		s, where := worst(g.way, plainWay, 1)
		add(g.way+": CPU to plain, of each crate over 1 s", 1.10, false, s, where)
		add(g.way+": CPU to plain, all Rust objects", g.cpu, false, spread.Of(ratios(sum(cpuUnit, g.way), sum(cpuUnit, plainWay))), "")
		add(g.way+": CPU to plain, all Rust objects with the helpers", 1.05, false, spread.Of(ratios(withHelpers(g.way), withHelpers(plainWay))), "")
		if !math.IsNaN(g.few) {
			add(g.way+": llvm-size's text to plain, kernel, Binder and rnull", g.few, false, spread.Of(ratios(few(textUnit, g.way), few(textUnit, plainWay))), "")
			add(g.way+": llvm-size's text to plain, all Rust objects", g.all, false, spread.Of(ratios(sum(textUnit, g.way), sum(textUnit, plainWay))), "")
		}
		if !hasOwn {
			continue
		}
		s, where = worst(g.way, ownWay, 0)
		add(g.way+": CPU to the kernel's own option, of each crate", 1, true, s, where)
		if !math.IsNaN(g.few) {
			add(g.way+": llvm-size's text to the kernel's own option, kernel, Binder and rnull", 1, true, spread.Of(ratios(few(textUnit, g.way), few(textUnit, ownWay))), "")
		}
	}
}
