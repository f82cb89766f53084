// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/call"
)

const growthBench = "Growth"

// callsPerCrate are how many helpers each generated crate calls, however many there are.
const callsPerCrate = 10

// Units of what a crate takes with the shim, by who takes it.
const (
	ownUnit   = "shim-cpu-sec/op"
	clangUnit = "clang-cpu-sec/op"
	rustcUnit = "rustc-cpu-sec/op"
	makeUnit  = "helpers-cpu-sec"
)

// size is how large a generated tree is.
type size struct{ crates, helpers int }

// sizes are those that are measured: all of them, or one row and one column.
func sizes(full bool) (out []size) {
	for _, helpers := range []int{10, 100, 1000} {
		for _, crates := range []int{1, 10, 100, 1000} {
			if full || helpers == 100 || crates == 10 {
				out = append(out, size{crates, helpers})
			}
		}
	}
	return out
}

func (s size) keys() []Key {
	return []Key{{"crates", fmt.Sprint(s.crates)}, {"helpers", fmt.Sprint(s.helpers)}, {"tool", "shim"}}
}

// growth measures generated crates: how what the shim adds grows with their number, and with that of the helpers.
func growth(r *run) error {
	if err := r.needLab(); err != nil {
		return err
	}
	rounds := r.roundsOr(3)
	for round := range rounds {
		for _, s := range sizes(r.full) {
			if s.crates > 100 && round > 0 && !r.full {
				continue // minutes
			}
			if err := r.growthRound(s); err != nil {
				return fmt.Errorf("%d crates, %d helpers: %w", s.crates, s.helpers, err)
			}
		}
	}
	r.growthTable()
	return nil
}

// growthRound generates a tree and compiles its crates, as many side by side as there are processors.
func (r *run) growthRound(s size) error {
	plan.Say("growth: %d crates, %d helpers", s.crates, s.helpers)
	host, inside := filepath.Join(r.lab.host, "generated"), r.lab.inside+"/generated"
	if err := os.RemoveAll(host); err != nil {
		return err
	}
	for name, text := range generate(s) {
		path := filepath.Join(host, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	var todo []call.Job
	for i := range s.crates {
		argv := append([]string{r.lab.inside + "/rustc-lto-wrap"}, strings.Fields(crateFlags)...)
		argv = append(argv, "--emit=dep-info=crates/."+crateName(i)+".o.d", "--emit=obj=crates/"+crateName(i)+".o", "crates/"+crateName(i)+".rs")
		todo = append(todo, call.Job{Calls: []call.Call{{Argv: argv, Dir: inside, Env: crateEnv}}})
	}
	// A time stamp of the same moment as what is made from the file is not trusted, which would be measured instead.
	time.Sleep(100 * time.Millisecond)
	took, wall, err := r.lab.jobs("", todo, runtime.NumCPU())
	if err != nil {
		return err
	}
	var all call.Took
	var own, clang, rustc []float64
	most := 0.0
	for i, t := range took {
		all = all.Plus(t)
		rec, err := record.Read(filepath.Join(host, "crates", crateName(i)+".o"))
		if err != nil {
			return err
		}
		if len(rec.Left) != 0 || len(rec.Called) != callsPerCrate {
			return fmt.Errorf("%s calls %d helpers, %d are left", rec.Object, len(rec.Called), len(rec.Left))
		}
		steps := map[string]float64{}
		rest := t.CPU.Seconds()
		for _, step := range rec.Steps {
			steps[step.Name] += step.CPU
			rest -= step.CPU
		}
		own, most = append(own, rest), max(most, rest)
		clang, rustc = append(clang, steps["clang"]), append(rustc, steps["rustc"])
	}
	all.Wall, all.CPU = wall/time.Duration(s.crates), all.CPU/time.Duration(s.crates)
	figures := append(times(all),
		Figure{spreadOf(clang).Median, clangUnit}, Figure{spreadOf(rustc).Median, rustcUnit})
	if s.crates > 1 {
		// One crate had the helpers made: they are what it took more than the others.
		figures = append(figures, Figure{spreadOf(own).Median, ownUnit}, Figure{most - spreadOf(own).Median, makeUnit})
	}
	r.samples.add(growthBench, s.keys(), figures...)
	return nil
}

// crateEnv is what the shim needs of kbuild's environment.
var crateEnv = []string{
	"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/lab/home", "LANG=C.UTF-8",
	"srctree=.", "objtree=.", "SRCARCH=none", "LLVM=1", "CC=clang", "RUSTC=rustc", "RUSTC_BOOTSTRAP=1",
	"CLANG_FLAGS=-fintegrated-as", "KBUILD_CPPFLAGS=-D__KERNEL__", "KBUILD_CFLAGS=-O2 -fno-PIE", "LINUXINCLUDE=-I./include",
}

const crateFlags = "--edition=2021 --crate-type rlib --extern bindings -Cpanic=abort -Cembed-bitcode=n -Ccodegen-units=1 " +
	"-Crelocation-model=static -Copt-level=2 -Zunstable-options"

func crateName(i int) string { return fmt.Sprintf("crate%04d", i) }

// generate writes the files of a tree of the shape of a kernel's.
func generate(s size) map[string]string {
	files := map[string]string{"include/linux/compiler_types.h": "#define __force\n"}
	var c strings.Builder
	c.WriteString("extern int shared;\n")
	for i := range s.helpers {
		fmt.Fprintf(&c, "int rust_helper_%d(int a)\n{\n\treturn a * %d + shared;\n}\n", i, i+3)
	}
	files["rust/helpers/helpers.c"] = c.String()
	for i := range s.crates {
		var b strings.Builder
		b.WriteString("#![no_std]\nextern \"C\" {\n")
		called := func(j int) int { return (i*callsPerCrate + j) % s.helpers }
		for j := range callsPerCrate {
			fmt.Fprintf(&b, "    fn rust_helper_%d(a: i32) -> i32;\n", called(j))
		}
		fmt.Fprintf(&b, "}\n#[no_mangle]\npub extern \"C\" fn %s(a: i32) -> i32 {\n    let mut a = a;\n", crateName(i))
		for j := range callsPerCrate {
			fmt.Fprintf(&b, "    a = unsafe { rust_helper_%d(a) };\n", called(j))
		}
		b.WriteString("    a\n}\n")
		files["crates/"+crateName(i)+".rs"] = b.String()
	}
	return files
}

// growthTable reports, and sets the targets.
func (r *run) growthTable() {
	t := table("crates, helpers", "CPU all s", "CPU a crate ms", "wall a crate ms", "rustc ms", "clang ms", "shim itself ms", "helpers made ms", "peak MiB")
	of := func(s size, unit string) []float64 { return r.samples.of(unit, growthBench, s.keys()...) }
	for _, s := range sizes(r.full) {
		row := []render.Cell{
			render.Text(fmt.Sprintf("%d, %d", s.crates, s.helpers)),
			cell(scaled(of(s, cpuUnit), float64(s.crates))), cell(scaled(of(s, cpuUnit), 1e3)), cell(scaled(of(s, wallUnit), 1e-6)),
		}
		for _, unit := range []string{rustcUnit, clangUnit, ownUnit, makeUnit} {
			row = append(row, cell(scaled(of(s, unit), 1e3)))
		}
		t.Rows = append(t.Rows, append(row, cell(scaled(of(s, rssUnit), 1.0/(1<<20)))))
	}
	r.section("Generated crates", t,
		fmt.Sprintf("Each calls %d helpers; %d are compiled side by side. Steps are the medians of the crates, by their records, which have them in whole ms.", callsPerCrate, runtime.NumCPU()),
		"The shim itself is all that is no step. One crate of a tree has the helpers made, and took so much more than the others.")
	// Making the helpers once is left out: it would make any growth look flat.
	var counts, total []float64
	for _, s := range sizes(false) {
		if s.helpers == 100 && s.crates > 1 {
			counts, total = append(counts, float64(s.crates)), append(total, float64(s.crates)*spreadOf(of(s, cpuUnit)).Median-spreadOf(of(s, makeUnit)).Median)
		}
	}
	exponent := slope(counts, total)
	few, many := size{10, 10}, size{10, 1000}
	r.targets = append(r.targets,
		Target{What: "growth: CPU as which power of the crates (100 helpers, made once)", Limit: 1, Measured: Spread{exponent, exponent, exponent, 1}},
		Target{What: "growth: clang a crate, 1000 helpers to 10 (reads one file)", Limit: 1, Measured: spreadOf(ratios(of(many, clangUnit), of(few, clangUnit)))},
		Target{What: "growth: shim itself a crate, 1000 helpers to 10 (reads one file)", Limit: 1, Measured: spreadOf(ratios(of(many, ownUnit), of(few, ownUnit)))})
}
