// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command judge builds random programs with the unwrapped tools and with the shims, and compares what they do. It runs where the
// tools are, in the kernel lab; go test ./tests/random starts it there.
//
//	judge -tree DIR -bin DIR -work DIR [-out DIR] [-seed N] [-first N] [-programs N] [-reduce N] [-configs LIST]
//
//	judge -tree DIR -bin DIR -work DIR -kept DIR
//
// Each program that fails is reduced, unless one that was reduced has nothing that it has not. OUT gets the small ones. KEPT has
// such programs, which are judged again.
//
// A program that the unwrapped tools do not build, or that does something else with gcc than with clang, says nothing of the shims:
// it is printed and counted, and fails only if there are many of them.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rustc-lto-wrap/tests/random"
)

func main() {
	var j random.Judge
	flag.StringVar(&j.Tree, "tree", "", "the tree that programs are written into, a copy of tests/tree/testdata/tree")
	flag.StringVar(&j.Bin, "bin", "", "the shims")
	flag.StringVar(&j.Work, "work", "", "for trees")
	out := flag.String("out", "", "for reduced programs")
	seed := flag.Uint64("seed", 0, "of the programs")
	first := flag.Int("first", 0, "number of the first program")
	programs := flag.Int("programs", 200, "how many")
	reduce := flag.Int("reduce", 20, "how many failures to reduce")
	configs := flag.String("configs", "", "names of configurations, with commas between them; default: all")
	kept := flag.String("kept", "", "judge the programs in this directory, and no others")
	flag.Parse()
	j.Log = func(format string, args ...any) { fmt.Printf(format, args...) }
	var names []string
	if *configs != "" {
		names = strings.Split(*configs, ",")
	}
	r := &runner{judge: &j, seed: *seed, out: *out, reduce: *reduce, configs: random.ConfigsNamed(names...)}
	judge := func() error { return r.run(*first, *programs) }
	if *kept != "" {
		judge = func() error { return r.again(*kept) }
	}
	if err := judge(); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(2)
	}
	if r.failed > 0 {
		os.Exit(1)
	}
}

type runner struct {
	judge          *random.Judge
	seed           uint64
	out            string
	reduce, failed int
	unjudged       int // programs that say nothing of the shims
	configs        []random.Config
	small          []small
}

// small is a reduced failure.
type small struct {
	program *random.Program
	failure random.Failure
	like    int // how many others contain it
}

func (r *runner) run(first, n int) error {
	began := time.Now()
	fmt.Printf("seed %d, programs %d to %d\n", r.seed, first, first+n-1)
	for from := first; from < first+n; from += random.Batch - from%random.Batch {
		var list []*random.Program
		for i := from; i < min(first+n, from+random.Batch-from%random.Batch); i++ {
			list = append(list, random.Generate(r.seed, i))
		}
		failures, err := r.judge.Judge(list, r.configs)
		if err != nil {
			return fmt.Errorf("programs from %d: %w", from, err)
		}
		for _, f := range failures {
			i := slices.IndexFunc(list, func(p *random.Program) bool { return p.Name == f.Program })
			if err := r.report(list[i], f); err != nil {
				return err
			}
		}
		done := from + len(list) - first
		fmt.Printf("%d programs, %d fail, %d say nothing of the shims, %.0f a minute, %d of %d references to helpers left\n",
			done, r.failed, r.unjudged, float64(done)/time.Since(began).Minutes(), r.judge.Left, r.judge.Called)
	}
	if most := random.AtMostUnjudged(n); r.unjudged > most {
		r.failed++
		fmt.Printf("%d of %d programs say nothing of the shims, and at most %d may: the generator is to be mended\n", r.unjudged, n, most)
	}
	for _, s := range r.small {
		fmt.Printf("%s, %s, and %d others like it: %s\n", s.failure.Config, s.failure.Kind, s.like, random.Describe(s.program))
	}
	return nil
}

// report reduces a failure and writes it.
func (r *runner) report(p *random.Program, f random.Failure) error {
	if f.Kind.SaysNothing() {
		r.unjudged++
	} else {
		r.failed++
		for i, s := range r.small {
			if s.failure.Kind == f.Kind && random.Contains(p, s.program) {
				r.small[i].like++
				return nil
			}
		}
	}
	if len(r.small) >= r.reduce || f.Kind.SaysNothing() {
		fmt.Printf("%s %s: %s, %s\n%.1000s\n", p.Name, f.Config, f.Kind, random.Describe(p), f.Detail)
		return nil
	}
	var failed error
	fails := func(c *random.Program) bool {
		bad, err := r.judge.Fails(c, f)
		if err != nil && failed == nil {
			failed = err
		}
		return bad
	}
	if !fails(p) {
		fmt.Printf("%s %s: %s, but not alone: %s\n%s\n", p.Name, f.Config, f.Kind, random.Describe(p), f.Detail)
		return failed
	}
	p = random.Reduce(p, fails)
	if failed != nil {
		return failed
	}
	r.small = append(r.small, small{program: p, failure: f})
	found, err := r.judge.Judge([]*random.Program{p}, random.ConfigsNamed(f.Config))
	if err != nil {
		return err
	}
	for _, g := range found {
		f.Detail = g.Detail
	}
	name := fmt.Sprintf("%d-%s-%s.txtar", r.seed, p.Name, f.Config)
	fmt.Printf("%s: %s, %s\n%s\n", name, f.Kind, random.Describe(p), f.Detail)
	if r.out == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(r.out, name), random.Archive(p, f, r.seed), 0o644)
}

// again judges the programs that were kept.
func (r *runner) again(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		c, configs, err := random.Kept(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		found, err := r.judge.JudgeKept(c, configs)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		for _, f := range found {
			r.failed++
			fmt.Printf("%s, %s: %s\n%s\n", filepath.Base(file), f.Config, f.Kind, f.Detail)
		}
	}
	return nil
}
