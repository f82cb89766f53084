// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/shim/version"
	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/internal/table"
	"rustc-lto-wrap/tests/lab"
)

type options struct {
	bin, document, results string
	again, keep            bool
	limit                  time.Duration
	parts                  []string
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "`directory` with the two programs")
	flag.StringVar(&o.document, "document", "docs/matrix.md", "the document to write")
	flag.StringVar(&o.results, "results", "tests/matrix/results", "`directory` that results are read from and written to")
	flag.BoolVar(&o.again, "again", false, "build cells that have a result")
	flag.BoolVar(&o.keep, "keep", false, "keep the object trees")
	flag.DurationVar(&o.limit, "limit", 0, "begin no cell after this `time`; 0: no limit")
	flag.Usage = func() {
		fmt.Fprintf(os.Stderr, "usage: matrix [flags] [PART...]\nA part is a cell's name, or words of it with / between: 7.3/x86_64/kasan, arm64, gcc, boot.\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.parts = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintf(os.Stderr, "matrix: error: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	plan := progress.New("matrix", os.Stderr)
	b := &builder{script: lab.Script{Path: "tests/lab/lab.sh", Log: plan}, plan: plan, configs: "tests/matrix/configs", lab: "tests/lab", keep: o.keep, results: o.results}
	if _, err := b.script.Run(ctx, "up"); err != nil {
		return err
	}
	held, err := b.script.Kernels(ctx)
	if err != nil {
		return err
	}
	all := cellsOf(held)
	chosen, missing := inLab(selected(all, o.parts), held)
	if missing != nil {
		plan.Say("not built: cells of Linux %s, which the lab does not hold", strings.Join(missing, ", "))
	}
	if len(chosen) == 0 {
		return fmt.Errorf("no cell that can be built is called %s", strings.Join(o.parts, " or "))
	}
	if b.logs, err = b.script.Run(ctx, "path", "/lab/matrix"); err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(b.logs, 0o755), os.MkdirAll(b.results, 0o755)); err != nil {
		return err
	}
	if b.generation, b.program, err = identify(ctx, filepath.Join(o.bin, "rustc-lto-wrap")); err != nil {
		return err
	}
	// What the roots of releases have, by release.
	b.shims, b.versions = map[string]string{}, map[string]string{}
	for _, c := range chosen {
		if _, ok := b.shims[c.Release]; ok {
			continue
		}
		script := b.of(c.Release)
		if _, err := script.Run(ctx, "up"); err != nil {
			return err
		}
		var remove func()
		if b.shims[c.Release], remove, err = script.Shims(ctx, o.bin, fmt.Sprintf("matrix-%d", os.Getpid())); err != nil {
			return err
		}
		defer remove()
		versions, err := script.Run(ctx, "versions")
		if err != nil {
			return err
		}
		gcc, err := script.Run(ctx, "run", "gcc --version | head -n1")
		if err != nil {
			return err
		}
		b.versions[c.Release] = versions + "\n" + gcc
	}

	due, err := b.due(chosen, o.again)
	if err != nil {
		return err
	}
	for _, d := range due {
		plan.Expect(d.usual)
	}
	begin := time.Now()
	for _, d := range due {
		if o.limit > 0 && time.Since(begin) > o.limit {
			break
		}
		if err := plan.Step(d.cell.ID(), nil, func() error { return b.buildDue(ctx, d) }); err != nil {
			return err
		}
	}
	results, err := b.all(all)
	if err != nil {
		return err
	}
	f, err := os.Create(o.document)
	if err != nil {
		return err
	}
	if err := errors.Join(document(f, all, results), f.Close()); err != nil {
		return err
	}
	var bad []string
	for _, c := range chosen {
		if r := results[c.ID()]; r != nil && c.Reason == "" && !r.Good() {
			bad = append(bad, c.ID())
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("these are not as they should be: %s; see %s", strings.Join(bad, ", "), o.document)
	}
	return nil
}

// dueCell is a cell that is to be built.
type dueCell struct {
	cell Cell
	key  string
	// usual is how long it took the last time, or how long a cell of its stage takes on two
	// cores.
	usual time.Duration
}

// buildDue builds a cell, and writes its result.
func (b *builder) buildDue(ctx context.Context, d dueCell) error {
	c := d.cell
	r, err := b.build(ctx, c, d.key)
	if err != nil {
		return fmt.Errorf("%s: %w (its log: %s)", c.ID(), err, filepath.Join(b.logs, c.ID()+".log"))
	}
	r.Shims = b.program
	r.Tools = tools(relevant(b.versions[c.Release], c))
	if err := b.write(r); err != nil {
		return err
	}
	b.plan.Say("%s: %s", c.ID(), verdict(r))
	return nil
}

// due returns the chosen cells that are to be built: those that have no Reason, and,
// unless again is set, no result that still holds.
func (b *builder) due(chosen []Cell, again bool) (out []dueCell, err error) {
	for _, c := range chosen {
		if c.Reason != "" {
			continue
		}
		d := dueCell{cell: c, usual: map[Stage]time.Duration{Objects: 5 * time.Minute, Boot: 20 * time.Minute}[c.Stage]}
		if d.key, err = b.key(c); err != nil {
			return nil, err
		}
		r, err := b.read(c)
		if err != nil {
			return nil, err
		}
		if r != nil && r.Key == d.key && !again {
			b.plan.Say("%s has a result", c.ID())
			continue
		}
		if r != nil && r.Fault == "" {
			d.usual = time.Duration(r.Seconds) * time.Second
		}
		out = append(out, d)
	}
	return out, nil
}

func verdict(r *Result) string {
	switch {
	case r.Fault != "":
		return "failed: " + r.Fault
	case !r.Good():
		return fmt.Sprintf("not as it should be (%d of %d references left, %d new messages)", r.After, r.Before, len(r.Messages))
	}
	return fmt.Sprintf("%d of %d references left, code %s of the plain build's", r.After, r.Before, relative(r.CodeBefore, r.CodeAfter))
}

// identify asks the shims for their generation and their version. Programs of one
// generation make the same objects, so that results hold until it changes.
func identify(ctx context.Context, program string) (generation, name string, err error) {
	var out [2]string
	for i, option := range []string{version.GenerationOption, "--wrap-version"} {
		text, err := exec.CommandContext(ctx, program, option).Output()
		if err != nil {
			return "", "", fmt.Errorf("%s %s: %w", program, option, err)
		}
		out[i], _, _ = strings.Cut(string(text), "\n")
	}
	return out[0], out[1], nil
}

// key identifies what a cell's result depends on: the cell, its fragments and those of
// the lab, its kernel, the tools, and the generation of the shims.
func (b *builder) key(c Cell) (string, error) {
	config, err := configOf(c.Config)
	if err != nil {
		return "", err
	}
	config.Title = "" // is for readers
	h := sha256.New()
	// Results of configurations without arguments for make do not depend on the field.
	what := fmt.Sprintf("%+v", config)
	if len(config.Make) == 0 {
		what = strings.Replace(what, " Make:[]", "", 1)
	}
	fmt.Fprintf(h, "%+v\n%s\n%s\n%s\n", c, what, relevant(b.versions[c.Release], c), b.generation)
	arch, err := b.architecture(c.Arch)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%+v\n", arch)
	files := []string{filepath.Join(b.lab, "common.config"), filepath.Join(b.lab, c.Arch+".config")}
	for _, name := range config.fragments(c.Kernel) {
		files = append(files, filepath.Join(b.configs, name))
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s", filepath.Base(name), len(data), data)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// architecture returns the entry of an architecture in the lab's table. A result does not depend on the other entries.
func (b *builder) architecture(name string) (*table.Entry, error) {
	text, err := os.ReadFile(filepath.Join(b.lab, "architectures"))
	if err != nil {
		return nil, err
	}
	entries, err := table.Read(string(text))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(entries, func(e *table.Entry) bool { return e.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s has no entry %q", filepath.Join(b.lab, "architectures"), name)
	}
	return entries[i], nil
}

// relevant returns the lines of what lab.sh says of the tools that a cell depends on. QEMU
// is this machine's, and its version changes with every upgrade.
func relevant(versions string, c Cell) string {
	var out strings.Builder
	for l := range strings.Lines(versions) {
		switch name, rest, _ := strings.Cut(l, " "); {
		case name == "qemu", name == "kernels", name == "linux" && !strings.HasPrefix(rest, c.Kernel+"."), name == "gcc" && c.C != "gcc":
		default:
			out.WriteString(l)
		}
	}
	return out.String()
}

// tools returns the tools that each cell has, in words.
func tools(versions string) []string {
	var out []string
	for l := range strings.Lines(versions) {
		switch l = strings.TrimSpace(l); {
		case strings.HasPrefix(l, "rustc 1"), strings.HasPrefix(l, "clang "):
			l, _, _ = strings.Cut(l, " (")
			out = append(out, l)
		case strings.HasPrefix(l, "gcc "): // its version is after the brackets
			out = append(out, l)
		}
	}
	return out
}

func (b *builder) file(c Cell) string { return filepath.Join(b.results, c.ID()+".json") }

// read returns the result of a cell, nil if there is none.
func (b *builder) read(c Cell) (*Result, error) {
	data, err := os.ReadFile(b.file(c))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := new(Result)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", b.file(c), err)
	}
	return r, nil
}

// all returns the results of cells by their names, without those of a cell that the
// table has changed since.
func (b *builder) all(cells []Cell) (map[string]*Result, error) {
	out := map[string]*Result{}
	for _, c := range cells {
		r, err := b.read(c)
		if err != nil {
			return nil, err
		}
		if r != nil && r.Cell == c {
			out[c.ID()] = r
		}
	}
	return out, nil
}

func (b *builder) write(r *Result) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	path := b.file(r.Cell)
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
