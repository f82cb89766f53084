// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command mutants measures which small changes of the code the tests without the lab notice. Each change, a mutant, turns one
// operator into another.
//
// gremlins lists the mutants. It can run tests, too, but only those of the mutant's own package, and none for the conditions of a
// case, which belong to no block of Go's coverage; and what does not compile counts as noticed. So the tests are run here, in
// copies of what is committed: first those of the own package, then those of the packages that import it, and then those with the
// programs and fake tools. The first failure ends it.
//
// Each result is written into a log, and a mutant that the log has is not tried again: mutants can be interrupted and goes on where
// it was. A log belongs to one state of the sources.
//
//	go run ./tests/mutants [-log FILE] [-one-in N] [DIRECTORY or FILE…]
//	go run ./tests/mutants -log FILE -again
//
// The second form tries those again that lived.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/tests/internal/resume"
)

const (
	gremlins = "github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0"
	module   = "rustc-lto-wrap"
	faults   = "./tests/faults"
)

// directories are measured if none is named: those that decide and that read formats.
var directories = []string{"argv", "shim/kbuild", "shim/helpers", "shim/crate", "shim/formats"}

func main() {
	var (
		log   = flag.String("log", "", "the file that has each result (default: a new one)")
		oneIn = flag.Int("one-in", 1, "try one mutant in so many, drawn at random, always the same ones")
		again = flag.Bool("again", false, "try those again that lived, as the log has it, and no others")
	)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *again && *log == "" {
		fmt.Fprintln(os.Stderr, "mutants: -again goes on with a log: name it with -log")
		os.Exit(2)
	}
	dirs := flag.Args()
	if len(dirs) == 0 {
		dirs = directories
	}
	if err := mutants(ctx, *log, *oneIn, *again, dirs); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func mutants(ctx context.Context, logName string, oneIn int, again bool, dirs []string) error {
	had, log, err := resume.Open(logName, "mutants")
	if err != nil {
		return err
	}
	defer log.Close()
	results, err := readLog(string(had))
	if err != nil {
		return fmt.Errorf("%s: %w", log.Name(), err)
	}
	work, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var copies []*sources
	for i := range runtime.NumCPU() {
		c, err := copySources(ctx, filepath.Join(work, fmt.Sprint(i)))
		if err != nil {
			return err
		}
		copies = append(copies, c)
	}
	var todo []mutant
	if again {
		for _, r := range results {
			if r.by == "" {
				todo = append(todo, r.mutant)
			}
		}
	} else {
		for _, dir := range dirs {
			list, err := copies[0].list(ctx, dir)
			if err != nil {
				return err
			}
			todo = append(todo, list...)
		}
		todo = slices.DeleteFunc(sample(todo, oneIn), func(m mutant) bool {
			return slices.ContainsFunc(results, func(r result) bool { return r.mutant == m })
		})
	}
	for _, c := range copies {
		// What the tests need is built, and what they take measured, before the first of them has a limit.
		if err := c.measure(ctx, todo); err != nil {
			return err
		}
	}
	fmt.Printf("mutants: %d to try, %d in the log\n", len(todo), len(results))
	idle := make(chan *sources, len(copies))
	for _, c := range copies {
		idle <- c
	}
	err = resume.Each(ctx, len(copies), todo, func(m mutant) (result, error) {
		c := <-idle
		defer func() { idle <- c }()
		return c.try(ctx, m)
	}, func(r result) error {
		results = with(results, r)
		if r.by == "" {
			fmt.Printf("mutants: %s\n", r.line())
		}
		_, err := fmt.Fprintln(log, r.line())
		return err
	})
	fmt.Printf("\n%s", report(results, dirs))
	return cmp.Or(err, ctx.Err())
}

// sources is a copy of what is committed, with a mutant in it at times.
type sources struct {
	dir string
	// importers are the packages of the programs, with tests, that import a package, by its name. What else imports it tests other things.
	importers map[string][]string
	// took is how long tests take that no mutant disturbs, by their packages.
	took map[string]time.Duration
}

func copySources(ctx context.Context, dir string) (*sources, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "git", "-c", "safe.directory=*", "clone", "-q", here, dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("git clone: %w\n%s", err, out)
	}
	c := &sources{dir: dir, importers: map[string][]string{}, took: map[string]time.Duration{}}
	out, err := c.command(ctx, "go", "list", "-buildvcs=false", "-f", `{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{join .Deps " "}}{{end}}`, "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		for _, dep := range f[1:] {
			if strings.HasPrefix(dep, module+"/") && strings.HasPrefix(f[0], module+"/shim") {
				c.importers[dep] = append(c.importers[dep], f[0])
			}
		}
	}
	return c, nil
}

// command is one in the copy. A mutant may ask for memory without end.
func (c *sources) command(ctx context.Context, words ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", `ulimit -v 16000000; exec "$@"`, "sh"}, words...)...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// list has gremlins list the mutants of a file, or of the packages in a directory and below it.
func (c *sources) list(ctx context.Context, name string) (all []mutant, err error) {
	dir := name
	if path.Ext(name) == ".go" {
		dir = path.Dir(name)
	}
	file := filepath.Join(c.dir, ".mutants.json")
	if out, err := c.command(ctx, "go", "run", gremlins, "unleash", "--dry-run", "--silent", "--output", file, "./"+dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gremlins: %w\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if all, err = readList(text, dir); dir != name {
		all = slices.DeleteFunc(all, func(m mutant) bool { return m.file != name })
	}
	return all, err
}

// sample returns one mutant in so many, drawn at random: of the same mutants always the same ones, in the same order. That of
// gremlins changes from run to run.
func sample(all []mutant, oneIn int) []mutant {
	slices.SortFunc(all, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column), cmp.Compare(a.kind, b.kind))
	})
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:(len(all)+oneIn-1)/oneIn]
}

// readList reads what gremlins has written about a directory.
func readList(text []byte, dir string) (all []mutant, err error) {
	var list struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []struct {
				Type         string
				Line, Column int
			}
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("what gremlins has written: %w", err)
	}
	for _, f := range list.Files {
		for _, m := range f.Mutations {
			all = append(all, mutant{path.Join(dir, f.Name), m.Line, m.Column, m.Type})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("gremlins finds nothing to change in %s", dir)
	}
	return all, nil
}

// tests are the arguments of go test for each step, for a package.
func (c *sources) tests(pkg string) (steps []step) {
	steps = append(steps, step{"own tests", []string{pkg}})
	if others := slices.DeleteFunc(slices.Clone(c.importers[pkg]), func(p string) bool { return p == pkg }); len(others) > 0 {
		steps = append(steps, step{"importers", others})
	}
	return append(steps, step{"programs", []string{"-run", "^(TestScripts|TestHelpOfEachOption|TestWrongCommandLines|TestExplainAgrees)$", faults}})
}

// step is a run of tests, by a name for people.
type step struct {
	name string
	args []string
}

func (s step) key() string { return strings.Join(s.args, " ") }

// measure runs each step that the mutants need once, which must pass.
func (c *sources) measure(ctx context.Context, todo []mutant) error {
	for _, m := range todo {
		for _, s := range c.tests(m.pkg()) {
			if c.took[s.key()] != 0 {
				continue
			}
			begin := time.Now()
			if out, err := c.test(ctx, s, 0); err != nil {
				return fmt.Errorf("without a mutant: go test %s: %w\n%s", s.key(), err, out)
			}
			c.took[s.key()] = time.Since(begin)
		}
	}
	return nil
}

// test runs a step, with a limit for the tests of a package if there is one.
func (c *sources) test(ctx context.Context, s step, limit time.Duration) (out []byte, err error) {
	words := append([]string{"go", "test", "-vet=off", "-failfast", "-count=1", "-timeout=" + limit.String()}, s.args...)
	return c.command(ctx, words...).CombinedOutput()
}

// try runs the tests of a mutant until one fails.
func (c *sources) try(ctx context.Context, m mutant) (result, error) {
	file := filepath.Join(c.dir, m.file)
	text, err := os.ReadFile(file)
	if err != nil {
		return result{}, err
	}
	changed, line, err := m.apply(text)
	if err != nil {
		return result{}, err
	}
	r := result{mutant: m, source: line}
	err = os.WriteFile(file, changed, 0o644)
	defer func() { _ = os.WriteFile(file, text, 0o644) }()
	if err != nil {
		return r, err
	}
	for _, s := range c.tests(m.pkg()) {
		// A mutant may run without end. The machine may be busy, too.
		out, err := c.test(ctx, s, 10*c.took[s.key()]+time.Minute)
		var exit *exec.ExitError
		switch {
		case err == nil:
			continue
		case !errors.As(err, &exit):
			return r, err
		case bytes.Contains(out, []byte("[build failed]")):
			r.by = invalid
		default:
			r.by = s.name
		}
		break
	}
	return r, nil
}
