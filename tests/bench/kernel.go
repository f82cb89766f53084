// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/call"
	"rustc-lto-wrap/tests/internal/spread"
)

const kernelBench = "Kernel"

// kernelPart is what is built unless all of it is asked for: the core of the kernel in C, and what has Rust in it.
var kernelPart = []string{"prepare", "kernel/", "rust/", "samples/rust/", "drivers/android/", "drivers/block/"}

// changes are what is built again: make after an object was removed, which is what it does when its source is newer. (The
// lab's sources are shared, and cannot be written to.)
var changes = []struct{ name, object string }{
	{"nothing", ""},
	{rustDriver, "samples/rust/rust_minimal.o"},
	{"c-driver", "drivers/net/loopback.o"},
}

const rustDriver = "rust-driver"

// build is a kernel tree that one set of tools builds.
type build struct {
	tool string
	ab   string // inside path of the tools; "" for the bare ones
	obj  string
	host string
}

// kernel measures a build by the unwrapped tools and by the shims, and what is built again after a change.
func kernel(r *run) error {
	if err := r.needLab(); err != nil {
		return err
	}
	version := r.kernels[0].Version
	shims, err := r.lab.shims()
	if err != nil {
		return err
	}
	builds := []*build{{tool: "bare"}, {tool: "shims", ab: shims}}
	for range r.roundsOr(1) {
		for _, b := range builds {
			if err := r.kernelRound(version, b); err != nil {
				return err
			}
		}
	}
	for _, b := range builds {
		if _, err := b.make(version); err != nil { // to the end, where only a part was built
			return err
		}
	}
	for range r.roundsOr(2) {
		for _, c := range changes {
			for _, b := range builds {
				plan.Say("Linux %s: again, with %s changed, %s", version, c.name, b.tool)
				if c.object != "" {
					if err := os.Remove(filepath.Join(b.host, c.object)); err != nil {
						return err
					}
				}
				took, err := b.make(version)
				if err != nil {
					return err
				}
				r.samples.add(kernelBench, kernelKeys(version, "again-"+c.name, b.tool), times(took)...)
			}
		}
	}
	r.kernelTable(version)
	return nil
}

// make builds targets, or all.
func (b *build) make(version string, targets ...string) (call.Took, error) {
	args := []string{"make"}
	if b.ab != "" {
		args = append(args, "--ab", b.ab)
	}
	return measure(append(append(args, "--", version, b.obj), targets...)...)
}

// kernelRound builds once, in a tree of its own.
func (r *run) kernelRound(version string, b *build) (err error) {
	plan.Say("Linux %s: building %s, %s", version, r.kernelWhat(), b.tool)
	if b.host != "" {
		if err := os.RemoveAll(b.host); err != nil {
			return err
		}
	}
	var targets []string
	if r.full {
		if b.obj, b.host, err = r.lab.tree(); err != nil {
			return err
		}
		_, err = script("config", version, b.obj)
	} else {
		targets = kernelPart
		if b.obj, b.host, err = r.lab.fork(version); err == nil {
			err = removeObjects(b.host, targets)
		}
	}
	if err != nil {
		return err
	}
	took, err := b.make(version, targets...)
	if err != nil {
		return err
	}
	r.samples.add(kernelBench, kernelKeys(version, r.kernelWhat(), b.tool), times(took)...)
	return nil
}

// kernelWhat names what is built.
func (r *run) kernelWhat() string {
	if r.full {
		return "all"
	}
	return "part"
}

// removeObjects removes all objects in the directories among the targets (which end in a slash).
func removeObjects(tree string, targets []string) error {
	for _, dir := range targets {
		if !strings.HasSuffix(dir, "/") {
			continue
		}
		err := filepath.WalkDir(filepath.Join(tree, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".o") {
				err = os.Remove(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func kernelKeys(version, what, tool string) []Key {
	return []Key{{"kernel", version}, {"what", what}, {"tool", tool}}
}

// kernelTable reports, and sets the target.
func (r *run) kernelTable(version string) {
	t := table("what", "bare: wall s", "CPU s", "shims: wall s", "CPU s", "wall to bare", "CPU to bare")
	what := []string{r.kernelWhat()}
	for _, c := range changes {
		what = append(what, "again-"+c.name)
	}
	for _, w := range what {
		of := func(tool, unit string) []float64 {
			return r.samples.of(unit, kernelBench, kernelKeys(version, w, tool)...)
		}
		t.Rows = append(t.Rows, []render.Cell{
			render.Text(w),
			cell(scaled(of("bare", wallUnit), 1e-9)), cell(of("bare", cpuUnit)), cell(scaled(of("shims", wallUnit), 1e-9)), cell(of("shims", cpuUnit)),
			ratioCell(of("shims", wallUnit), of("bare", wallUnit)), ratioCell(of("shims", cpuUnit), of("bare", cpuUnit)),
		})
	}
	built := "all is a build from nothing."
	if !r.full {
		built = "part is make " + strings.Join(kernelPart, " ") + " in a copy of a built tree, without the objects of these directories; -full builds all of the kernel."
	}
	objects := []string{}
	for _, c := range changes[1:] {
		objects = append(objects, fmt.Sprintf("%s (%s)", c.name, c.object))
	}
	r.section("Linux "+version+": a kernel's build", t, "make's time, with all that it starts. "+built,
		"again is make after nothing was changed, and after an object was removed, as if its source had been changed: "+strings.Join(objects, ", ")+".")
	for _, w := range []string{what[0], "again-" + rustDriver} {
		of := func(tool string) []float64 {
			return r.samples.of(cpuUnit, kernelBench, kernelKeys(version, w, tool)...)
		}
		r.targets = append(r.targets, Target{What: "Linux " + version + ", " + w + ": CPU to the unwrapped tools", Limit: 1.02, Measured: spread.Of(ratios(of("shims"), of("bare")))})
	}
}
