// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command bench measures what the shims cost, each comparison side by side: `make bench`.
//
//	go run ./tests/bench [-rounds N] [-kernels LIST] [-full] [-arch LIST] [-out DIR] [passthrough] [crates] [kernel] [time] [instructions]
//
// A round measures each variant once, one after the other; then comes the next round. A ratio is that of one round; shown
// are the median of the ratios and, in brackets, the least and the largest. Targets stand beside what was measured, for a
// reader to judge.
//
// DIR (bench-results) gets bench.txt, which benchstat reads, and report.md, the tables that are printed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// options are what was asked for.
type options struct {
	// rounds is 0 for each benchmark's own default.
	rounds   int
	versions []string // of the kernels, none for all of the lab's
	full     bool
	archs    []string // of instructions
}

// roundsOr is the number of rounds, for a benchmark with this default.
func (o options) roundsOr(n int) int {
	if o.rounds > 0 {
		return o.rounds
	}
	return n
}

// run is one run of the program.
type run struct {
	options
	samples *Samples
	// bin has the programs that are measured, temp is for anything, out for results.
	bin, temp, out string
	lab            *labRoot
	kernels        []lab.Kernel // once the lab is open
	newest         string       // the newest version of the lab's
	um             string       // the version of the kernel that runs as a process of this machine: user-mode Linux, see tests/lab
	doc            render.Doc
	targets        []Target
}

// benchmark is one of those that can be named.
type benchmark struct {
	name  string
	bench func(*run) error
	// usual is how long it takes on two cores with its own number of rounds.
	usual time.Duration
	// named is set for one that runs only where it is named.
	named bool
}

// benchmarks are in the order in which they run.
var benchmarks = []benchmark{
	{"passthrough", passThrough, 1 * time.Minute, false}, {"crates", crates, 6 * time.Minute, false},
	{"kernel", kernel, 6 * time.Minute, false}, {"time", realTime, 8 * time.Minute, false},
	{instructionsName, instructions, 10 * time.Minute, true},
}

// usual is how long a benchmark takes, 0 where the options make that unknown.
func (o options) usual(b benchmark) time.Duration {
	if o.rounds > 0 || o.full {
		return 0
	}
	return b.usual
}

// plan tells of the progress; the report is on the standard output.
var plan = progress.New("bench", os.Stderr)

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 0, "how many times each variant is measured (default: the benchmark's own)")
	versions := flag.String("kernels", "", "`versions` of the kernels of crates, with commas; the first is that of kernel (default: the lab's, the newest first)")
	flag.BoolVar(&o.full, "full", false, "kernel: all of it from nothing (half an hour or more)")
	archs := flag.String("arch", "arm64", "instructions: `architectures` of the lab that QEMU boots, with commas or blanks")
	out := flag.String("out", "bench-results", "the directory for bench.txt and report.md")
	flag.Parse()
	o.archs = strings.FieldsFunc(*archs, func(r rune) bool { return r == ',' || r == ' ' })
	o.versions = strings.FieldsFunc(*versions, func(r rune) bool { return r == ',' })
	// What runs hears of an interrupt itself and fails; this goes on to remove what it has put into the lab.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		interrupt(errInterrupted)
	}()
	if err := bench(o, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

// untilInterrupted ends when no more is to be begun.
var untilInterrupted, interrupt = context.WithCancelCause(context.Background())

var errInterrupted = errors.New("interrupted")

func bench(o options, out string, names []string) error {
	for _, n := range names {
		if !slices.ContainsFunc(benchmarks, func(b benchmark) bool { return b.name == n }) {
			return fmt.Errorf("there is no benchmark %q", n)
		}
	}
	for _, name := range o.archs {
		if !slices.ContainsFunc(lab.Architectures, func(a lab.Arch) bool { return a.Name == name && len(a.Qemu) > 0 }) {
			return fmt.Errorf("-arch: the lab has no %q that QEMU boots", name)
		}
	}
	if len(o.archs) == 0 {
		return errors.New("-arch names no architecture")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	data, err := os.Create(filepath.Join(out, "bench.txt"))
	if err != nil {
		return err
	}
	defer data.Close()
	r := &run{options: o, out: out}
	if r.temp, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.temp)
	defer func() {
		if r.lab != nil {
			r.lab.close()
		}
	}()
	r.bin = filepath.Join(r.temp, "bin")
	if err := programs.Build(r.bin, programs.Shims, "./tests/bench/launch", "./tests/bench/empty"); err != nil {
		return err
	}
	r.samples = newSamples(data, Key{"cpu", cpuModel()}, Key{"processors", fmt.Sprint(runtime.NumCPU())})
	r.doc = render.Doc{Title: "What the shims cost", Lead: []string{
		fmt.Sprintf("%s, %d processors. Medians of the rounds; in brackets the least and the largest.", cpuModel(), runtime.NumCPU()),
	}}
	var failed error
	chosen := slices.DeleteFunc(slices.Clone(benchmarks), func(b benchmark) bool {
		return len(names) == 0 && b.named || len(names) > 0 && !slices.Contains(names, b.name)
	})
	for _, b := range chosen {
		plan.Expect(r.usual(b))
	}
	for _, b := range chosen {
		if untilInterrupted.Err() != nil {
			break
		}
		if err := plan.Step(b.name, nil, func() error { return b.bench(r) }); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", b.name, err))
		}
	}
	if len(r.targets) > 0 {
		r.doc.Sections = append(r.doc.Sections, render.Section{Title: "Targets", Table: targetTable(r.targets)})
	}
	report, err := os.Create(filepath.Join(out, "report.md"))
	if err == nil {
		err = errors.Join(render.Markdown(report, &r.doc), report.Close())
	}
	fmt.Println()
	return errors.Join(failed, err, render.Terminal{}.Table(os.Stdout, &r.doc), data.Close())
}

// needLab opens the lab, once, and finds out which kernels it holds.
func (r *run) needLab() (err error) {
	if r.lab != nil {
		return nil
	}
	if r.lab, err = openLab(r.bin); err != nil {
		return err
	}
	held, err := lab.Script{Path: labScript, Log: plan}.Kernels(untilInterrupted)
	if err != nil {
		return err
	}
	r.newest = held[len(held)-1].Version
	r.um = r.newest + "-um"
	if len(r.versions) == 0 {
		r.kernels = held
		slices.Reverse(r.kernels)
	}
	for _, version := range r.versions {
		k, err := lab.KernelOf(held, version)
		if err != nil {
			return err
		}
		r.kernels = append(r.kernels, k)
	}
	return nil
}

// section adds a table to the report.
func (r *run) section(title string, t *render.Table, text ...string) {
	r.doc.Sections = append(r.doc.Sections, render.Section{Title: title, Text: text, Table: t})
}

// cpuModel is what /proc/cpuinfo says of this machine.
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	text, _ := io.ReadAll(f)
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
