// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/shim/version"
	"rustc-lto-wrap/tests/internal/progress"
)

// withRust are what has Rust in it in the lab's configuration.
var withRust = []string{"prepare", "rust/", "samples/rust/", "drivers/block/", "drivers/android/"}

// demo builds the Rust code of a kernel of the lab twice, with the unwrapped tools and with the shims, and prints what was
// inlined.
func demo(ctx context.Context, o options, plan *progress.Plan) error {
	plan.Expect(0, 2*time.Second, 3*time.Minute, 2*time.Minute)
	w, remove, err := open(ctx, o, plan, "rustc, clang and LLVM of one version, and kernel sources")
	if err != nil {
		return err
	}
	defer remove()
	fmt.Println(w.versions)
	if err := w.step("configuring "+w.source.name, nil, "config", w.source.version, w.obj); err != nil {
		return err
	}
	build := func(what string, options ...string) (*objtree.Tree, error) {
		args := append(append([]string{"make"}, options...), "--", w.source.version, w.obj)
		if err := w.step(what, progress.Objects(w.host), append(args, withRust...)...); err != nil {
			return nil, err
		}
		return readable(w.host)
	}
	before, err := build("building its Rust code, and the C code that it needs, with the unwrapped tools")
	if err != nil {
		return err
	}
	if _, err := w.source.kernel.RemoveRust(w.host); err != nil {
		return err
	}
	after, err := build("rebuilding the Rust code, with RUSTC=rustc-lto-wrap CC=cc-helper-wrap", "--ab", w.shims)
	if err != nil {
		return err
	}
	return callsAndCode(w.source.name, compare.Compare(before, after, version.String()))
}

// readable reads the Rust objects of a tree (host path), and fails if one cannot be read.
func readable(host string) (*objtree.Tree, error) {
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

// callsAndCode prints calls and code of each object before and after.
func callsAndCode(title string, c *compare.Comparison) error {
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
		Title:    title,
		Sections: []render.Section{{Title: "Calls to helpers, and bytes of code, without and with the shims", Table: t}},
	})
	if err == nil && (calls.A == 0 || calls.B >= calls.A) {
		err = fmt.Errorf("nothing was inlined: %d calls before, %d after", calls.A, calls.B)
	}
	return err
}
