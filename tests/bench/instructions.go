// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/kmod"
	"rustc-lto-wrap/tests/internal/spread"
	"rustc-lto-wrap/tests/lab"
)

// instructionsName is what the benchmark is called, instructionsBench what its figures are called for benchstat.
const (
	instructionsName  = "instructions"
	instructionsBench = "Instructions"
)

// instructionsUnit is of what QEMU executes.
const instructionsUnit = "instructions/op"

// countedWays are those of timeWays whose instructions are counted: the plain build first.
var countedWays = []string{plainWay, lateWay, speedWay}

// instructions counts the instructions of the operations of the benchmark of time on other machines, which QEMU emulates: it says
// how many there are and not how long they take, and does so exactly.
func instructions(r *run) error {
	if err := r.needLab(); err != nil {
		return err
	}
	for _, arch := range r.archs {
		if err := r.countOn(arch); err != nil {
			return fmt.Errorf("%s: %w", arch, err)
		}
	}
	return nil
}

// countOn counts on one machine.
func (r *run) countOn(arch string) error {
	version := r.newest + "-" + arch
	var loops []kmod.Loop
	for _, w := range timeWays {
		if !slices.Contains(countedWays, w.name) {
			continue
		}
		plan.Say("Linux %s: %s", version, w.name)
		// COUNTED=y leaves out work_enqueue: see loops.h.
		k, err := r.newLoopKernel(version, w.name, w.shims, loopInitrd{module: []string{"ENTRY=0", "COUNTED=y"}})
		if err == nil {
			err = r.buildLoops(k, w.env...)
		}
		var order []kmod.Loop
		if err == nil {
			order, err = r.count(k, arch)
		}
		if err == nil {
			err = r.codeOf(k, arch)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if loops != nil && !slices.Equal(loops, order) {
			return fmt.Errorf("%s: other loops were measured than in the plain build: %v, %v", w.name, order, loops)
		}
		loops = order
	}
	r.countTables(arch, loops)
	return nil
}

// count boots a kernel and keeps what its module counts.
func (r *run) count(k *loopKernel, arch string) (order []kmod.Loop, err error) {
	console, err := script("boot", "--arch", arch, "--initrd", k.initrds[0].path, "--append", "kunit.enable=0", "--qemu", strings.Join(kmod.Counted, " "),
		filepath.Join(k.host, lab.ArchOf(k.version).Image))
	if err != nil {
		return nil, err
	}
	loads, err := kmod.Parse(console)
	if err == nil && (len(loads) != 1 || len(loads[0]) == 0) {
		err = errors.New("the module has not measured once")
	}
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, lab.Tail(console))
	}
	for _, t := range loads[0] {
		if t.Ops == 0 {
			return nil, errors.New(t.Name + ": no operations")
		}
		order = append(order, t.Loop)
		r.samples.add(instructionsBench, countKeys(arch, t.Loop, k.name), Figure{float64(t.Nanoseconds) / float64(t.Ops), instructionsUnit})
	}
	return order, nil
}

func countKeys(arch string, l kmod.Loop, way string) []Key {
	return append([]Key{{"arch", arch}}, timeKeys(l, way)...)
}

// codeOf keeps the bytes of code of all crates that can call helpers.
func (r *run) codeOf(k *loopKernel, arch string) error {
	tree, err := objtree.Read(k.host)
	if err != nil {
		return err
	}
	var code uint64
	for _, o := range tree.Objects {
		if !canCallHelpers(k.host, o.Path) {
			continue
		}
		read, err := lab.ReadObject(filepath.Join(k.host, o.Path))
		if err != nil {
			return err
		}
		code += read.Sizes.Code
	}
	r.samples.add(instructionsBench, []Key{{"arch", arch}, {"tool", k.name}}, Figure{float64(code), codeUnit})
	return nil
}

// instructionsOf are the instructions of a loop of each boot, of one in C where it is cWay.
func (r *run) instructionsOf(arch, way string) timesFunc {
	lang := "rust"
	if way == cWay {
		lang, way = "c", plainWay
	}
	return func(loop string) []float64 {
		return r.samples.of(instructionsUnit, instructionsBench, countKeys(arch, kmod.Loop{Name: loop, Lang: lang}, way)...)
	}
}

// countTables reports the loops of a machine and the size of its code, and sets the targets.
func (r *run) countTables(arch string, loops []kmod.Loop) {
	names := loopNames(loops)
	for _, kind := range timeKinds {
		t := table("operation", cWay, plainWay, lateWay, speedWay, "late to plain", "speed to plain")
		for _, name := range names {
			short, ok := strings.CutPrefix(name, kind.prefix)
			if !ok {
				continue
			}
			row := []render.Cell{render.Text(short)}
			for _, way := range append([]string{cWay}, countedWays...) {
				row = append(row, cell(r.instructionsOf(arch, way)(name)))
			}
			for _, way := range countedWays[1:] {
				row = append(row, ratioCell(r.instructionsOf(arch, way)(name), r.instructionsOf(arch, plainWay)(name)))
			}
			t.Rows = append(t.Rows, row)
		}
		if len(t.Rows) == 0 {
			continue
		}
		t.Total = []render.Cell{render.Text("geometric mean"), render.Text(""), render.Text(""), render.Text(""), render.Text("")}
		for _, way := range countedWays[1:] {
			t.Total = append(t.Total, render.Text(ratio(mean(names, kind.prefix, r.instructionsOf(arch, way), r.instructionsOf(arch, plainWay)))))
		}
		r.section(fmt.Sprintf("Instructions on %s: %s", arch, kind.title), t, "Instructions of one operation, counted by QEMU.")
	}
	code := func(way string) []float64 {
		return r.samples.of(codeUnit, instructionsBench, Key{"arch", arch}, Key{"tool", way})
	}
	t := table("code, bytes", countedWays...)
	row := []render.Cell{render.Text("crates that can call helpers")}
	for _, way := range countedWays {
		row = append(row, cell(code(way)))
	}
	t.Rows = append(t.Rows, row)
	r.section(fmt.Sprintf("Instructions on %s: the size of the code", arch), t)

	most, where := worst(names, r.instructionsOf(arch, speedWay), r.instructionsOf(arch, plainWay), noAllowance, "")
	helpers := mean(names, "helper.", r.instructionsOf(arch, speedWay), r.instructionsOf(arch, plainWay))
	r.targets = append(r.targets,
		Target{arch + ", speed: instructions of each operation to plain", 1 + leastNoise, false, most, where},
		Target{arch + ", speed: instructions of operations that are helpers to plain, geometric mean", 1, true, spread.Of([]float64{helpers}), ""},
		Target{arch + ", speed: code of crates that can call helpers to plain", 1, false, spread.Of(ratios(code(speedWay), code(plainWay))), ""})
}
