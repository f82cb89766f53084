// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command demo builds the Rust code of a real, unmodified kernel twice, with the
// bare tools and with the shims, and prints what was inlined. `make demo` runs
// it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	wrapversion "rustc-lto-wrap/shim/version"
	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// targets are what has Rust in it in the lab's configuration.
var targets = []string{"prepare", "rust/", "samples/rust/", "drivers/block/", "drivers/android/"}

func main() {
	version := flag.String("kernel", lab.Newest, "the `version` of the kernel, one of those that lab.sh kernels lists")
	bin := flag.String("bin", "bin", "the folder with the shims")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	plan := progress.New("demo", os.Stderr)
	l := &demo{ctx, plan, lab.Script{Path: "tests/lab/lab.sh", Log: plan}}
	if err := l.run(*version, *bin); err != nil {
		fmt.Fprintln(os.Stderr, "demo: error:", err)
		os.Exit(1)
	}
}

// demo runs lab.sh until ctx ends.
type demo struct {
	ctx  context.Context
	plan *progress.Plan
	lab  lab.Script
}

func (d *demo) script(args ...string) (string, error) { return d.lab.Run(d.ctx, args...) }

func (d *demo) run(version, bin string) error {
	d.plan.Expect(0, 2*time.Second, 3*time.Minute, 2*time.Minute)
	if err := d.step("the kernel lab: rustc, clang and LLVM of one version, and kernel sources; the first time it is downloaded (about 500 MB)", nil, "up"); err != nil {
		return err
	}
	kernels, err := d.lab.Kernels(d.ctx)
	if err != nil {
		return err
	}
	kernel, err := lab.KernelOf(kernels, version)
	if err != nil {
		return err
	}
	version = kernel.Version
	versions, err := d.script("versions")
	if err != nil {
		return err
	}
	fmt.Println(versions)
	obj := fmt.Sprintf("/lab/trees/demo-%d", os.Getpid())
	host, err := d.script("path", obj)
	if err != nil {
		return err
	}
	defer os.RemoveAll(host)
	shims, remove, err := d.lab.Shims(d.ctx, bin, fmt.Sprintf("demo-%d", os.Getpid()))
	if err != nil {
		return err
	}
	defer remove()
	if err := d.step("configuring Linux "+version, nil, "config", version, obj); err != nil {
		return err
	}
	if err := d.build("building its Rust code, and the C code that it needs, with the bare tools", version, obj, host); err != nil {
		return err
	}
	before, err := measure(host)
	if err != nil {
		return err
	}
	if _, err := kernel.RemoveRust(host); err != nil {
		return err
	}
	if err := d.build("building the Rust code again, with RUSTC=rustc-lto-wrap CC=cc-helper-wrap", version, obj, host, "--ab", shims); err != nil {
		return err
	}
	after, err := measure(host)
	if err != nil {
		return err
	}
	return table(version, compare.Compare(before, after, wrapversion.String()))
}

// measure reads the Rust objects of a tree (host path), all of which must be
// readable.
func measure(host string) (*objtree.Tree, error) {
	t, err := objtree.Read(host)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", host, err)
	}
	if len(t.Problems) > 0 {
		p := t.Problems[0]
		return nil, fmt.Errorf("%s: %s", filepath.Join(host, p.Path), p.What)
	}
	return t, nil
}

// table prints calls and code of each object before and after.
func table(version string, c *compare.Comparison) error {
	t := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}}}
	for _, title := range []string{"calls before", "after", "code before", "after", "change"} {
		t.Columns = append(t.Columns, render.Column{Title: title, Kind: render.Number})
	}
	row := func(name string, calls, code compare.Pair) []render.Cell {
		return []render.Cell{
			render.Text(name), render.Int(calls.A), render.Int(calls.B),
			render.Int(code.A), render.Int(code.B), render.Percent(float64(code.A), float64(code.B)),
		}
	}
	var calls, code compare.Pair
	for _, o := range c.Objects {
		if o.Calls == (compare.Pair{}) {
			continue // core, macros and the like: they cannot call helpers
		}
		t.Rows = append(t.Rows, row(o.Path, o.Calls, o.Code))
		calls, code = calls.Plus(o.Calls), code.Plus(o.Code)
	}
	t.Total = row("total", calls, code)
	fmt.Println()
	err := render.Terminal{}.Table(os.Stdout, &render.Doc{
		Title:    "Linux " + version,
		Sections: []render.Section{{Title: "Calls to helpers, and bytes of code, without and with the shims", Table: t}},
	})
	if err == nil && (calls.A == 0 || calls.B >= calls.A) {
		err = fmt.Errorf("nothing was inlined: %d calls before, %d after", calls.A, calls.B)
	}
	return err
}

// build runs make on the targets that have Rust in them, in a tree whose host path is given too.
func (d *demo) build(what, version, obj, host string, options ...string) error {
	args := append([]string{"make"}, options...)
	args = append(args, "--", version, obj)
	return d.step(what, progress.Objects(host), append(args, targets...)...)
}

// step is a run of lab.sh that takes time.
func (d *demo) step(what string, far progress.Far, args ...string) error {
	return d.plan.Step(what, far, func() error {
		_, err := d.script(args...)
		return err
	})
}
