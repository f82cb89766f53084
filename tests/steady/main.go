// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command steady shows whether tests depend on the speed of the machine. It runs all tests that need no kernel lab many times in
// each of four situations: with nothing else running, with six busy loops beside them, on one processor, and with their files
// on a tmpfs. It builds each test binary once. What it runs beside other work, as with nice, says little of the first situation;
// the table has the machine's load.
//
// Each run is written into a log, and a run that the log has is not repeated: steady can be interrupted and goes on where it was.
// A log belongs to one state of the sources, and to one -run.
//
//	go run ./tests/steady [-runs 200] [-log FILE] [-situations idle,busy,one,tmpfs] [-run REGEXP] [PACKAGE…]
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"rustc-lto-wrap/tests/internal/resume"
)

// situation is what the tests run under.
type situation struct {
	name string
	// prefix comes before the command line of the tests. loops is how many busy loops run beside them.
	prefix []string
	loops  int
	// processors is how many of them the tests have.
	processors int
	// tmp is the directory for their files, "" for the system's.
	tmp string
}

// TestSchedules and TestExplainAgrees take the most time of all tests. Each run of them takes the next few of the schedules, and of
// the recorded command lines.
const (
	costly          = "rustc-lto-wrap/tests/faults"
	schedules       = 200
	schedulesPerRun = 5
	linesOneIn      = 8
)

// test is the tests of a package.
type test struct{ pkg, dir, binary string }

// part is some runs of them, n from first on.
type part struct {
	test
	first, n int
}

func main() {
	var (
		runs   = flag.Int("runs", 200, "how often each test runs in each situation")
		batch  = flag.Int("batch", 20, "how many of these one process runs")
		log    = flag.String("log", "", "the file that has each run (default: a new one)")
		which  = flag.String("situations", "idle,busy,one,tmpfs", "the situations")
		run    = flag.String("run", "", "only the tests that match, as go test has it")
		atOnce = flag.Int("at-once", 0, "how many packages run at once (default: as many as the situation has processors, as with go test)")
		bin    = flag.String("bin", "", "a directory for the test binaries; those that it has are used (default: a new one)")
	)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := steady(ctx, *runs, *batch, *atOnce, *log, *which, *run, *bin, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "steady:", err)
		os.Exit(1)
	}
}

func steady(ctx context.Context, runs, batch, atOnce int, logName, which, run, bin string, patterns []string) error {
	situations, remove, err := choose(strings.Split(which, ","))
	if err != nil {
		return err
	}
	defer remove()
	dir, err := os.MkdirTemp("", "steady")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if bin == "" {
		bin = dir
	}
	had, log, err := resume.Open(logName, "steady")
	if err != nil {
		return err
	}
	defer log.Close()
	results, err := readResults(bytes.NewReader(had))
	if err != nil {
		return fmt.Errorf("%s: %w", log.Name(), err)
	}
	tests, err := build(ctx, bin, patterns)
	if err != nil {
		return err
	}
	for _, s := range situations {
		// One batch of everything, then the next, so that what there is after an interruption covers all tests.
		var todo []part
		for first := 0; first < runs; first += batch {
			for _, t := range tests {
				if !slices.ContainsFunc(results, func(r result) bool { return r.is(s.name, t.pkg, first) }) {
					todo = append(todo, part{t, first, min(batch, runs-first)})
				}
			}
		}
		err := s.all(ctx, cmp.Or(atOnce, s.processors), todo, func(p part) (result, error) { return s.batch(ctx, p, dir, run) }, func(r result) error {
			results = append(results, r)
			fmt.Printf("steady: %s: %s: runs %d to %d of %d, %.0f s\n", s.name, r.pkg, r.first+1, r.first+r.runs, runs, r.seconds)
			_, err := fmt.Fprintln(log, r.line())
			return err
		})
		if err != nil {
			return err
		}
	}
	fmt.Printf("\n%sA run of TestSchedules has %d of its %d schedules, one of TestExplainAgrees one in %d of its command lines, and the next run the next ones.\n",
		report(results), schedulesPerRun, schedules, linesOneIn)
	for _, r := range results {
		if len(r.failed) > 0 {
			return fmt.Errorf("tests failed; the log is %s", log.Name())
		}
	}
	return nil
}

// choose returns the situations of these names. remove removes what they have made.
func choose(names []string) (chosen []situation, remove func(), err error) {
	remove = func() {}
	for _, name := range names {
		s := situation{name: name, processors: runtime.NumCPU()}
		switch name {
		case "idle":
		case "busy":
			s.loops = 6
		case "one":
			var allowed unix.CPUSet
			if err := unix.SchedGetaffinity(0, &allowed); err != nil {
				return nil, remove, err
			}
			cpu := 0
			for !allowed.IsSet(cpu) {
				cpu++
			}
			s.prefix, s.processors = []string{"taskset", "-c", fmt.Sprint(cpu)}, 1
		case "tmpfs":
			const place, magic, noexec = "/dev/shm", 0x01021994, 0x8 // TMPFS_MAGIC of linux/magic.h, ST_NOEXEC of statfs(2)
			var fs unix.Statfs_t
			if err := unix.Statfs(place, &fs); err != nil || fs.Type != magic || fs.Flags&noexec != 0 {
				return nil, remove, fmt.Errorf("%s is no tmpfs on which programs can run (%v): leave out the situation tmpfs", place, err)
			}
			if s.tmp, err = os.MkdirTemp(place, "steady"); err != nil {
				return nil, remove, err
			}
			remove = func() { _ = os.RemoveAll(s.tmp) }
			// As /tmp, it is open to the other users that some tests become.
			if err := os.Chmod(s.tmp, 0o755); err != nil {
				return nil, remove, err
			}
		default:
			return nil, remove, fmt.Errorf("there is no situation %q", name)
		}
		chosen = append(chosen, s)
	}
	return chosen, remove, nil
}

// build builds the test binaries of the packages, all of this project's if there are none.
func build(ctx context.Context, bin string, patterns []string) (tests []test, err error) {
	if len(patterns) == 0 {
		patterns = []string{"rustc-lto-wrap/..."}
	}
	args := append([]string{"list", "-buildvcs=false", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}\t{{.Dir}}{{end}}"}, patterns...)
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		pkg, dir, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		t := test{pkg, dir, filepath.Join(bin, strings.ReplaceAll(pkg, "/", "_")+".test")}
		if _, err := os.Stat(t.binary); err != nil {
			if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-buildvcs=false", "-o", t.binary, pkg).CombinedOutput(); err != nil {
				return nil, fmt.Errorf("go test -c %s: %w\n%s", pkg, err, out)
			}
		}
		if pkg == costly { // begins first, so that both processors work until the end
			tests = slices.Insert(tests, 0, t)
		} else {
			tests = append(tests, t)
		}
	}
	return tests, nil
}

// all runs each part in the situation, some at once; see [resume.Each].
func (s situation) all(ctx context.Context, atOnce int, parts []part, batch func(part) (result, error), keep func(result) error) error {
	if len(parts) == 0 {
		return nil
	}
	loops, stop := context.WithCancel(ctx)
	defer stop()
	for range s.loops {
		loop := exec.CommandContext(loops, "sh", "-c", "while :; do :; done")
		if err := loop.Start(); err != nil {
			return err
		}
		defer func() { stop(); _ = loop.Wait() }()
	}
	return resume.Each(ctx, atOnce, parts, batch, keep)
}

// batch runs a part in a situation.
func (s situation) batch(ctx context.Context, t part, dir string, run string) (result, error) {
	first := t.first
	argv := slices.Concat(s.prefix, []string{t.binary, "-test.v", "-test.timeout=0", "-test.run=" + run, fmt.Sprintf("-test.count=%d", t.n)})
	if t.pkg == costly {
		argv = append(argv, fmt.Sprintf("-schedules=%d", schedulesPerRun), fmt.Sprintf("-first=%d", first*schedulesPerRun%schedules),
			fmt.Sprintf("-share=%d", linesOneIn), fmt.Sprintf("-after=%d", first%linesOneIn))
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = t.dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KERNEL_LAB_TESTS=") })
	if s.tmp != "" {
		cmd.Env = append(cmd.Env, "TMPDIR="+s.tmp)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	began := time.Now()
	out, err := cmd.CombinedOutput()
	r := result{situation: s.name, pkg: t.pkg, first: first, runs: t.n, seconds: time.Since(began).Seconds()}
	r.load = load()
	r.passed, r.failed = outcome(out)
	if err != nil && len(r.failed) == 0 {
		r.failed = []string{"(all)"} // it did not come to its end
	}
	if len(r.failed) > 0 && ctx.Err() == nil {
		name := filepath.Join(os.TempDir(), fmt.Sprintf("steady-failed-%s-%s-%d.txt", s.name, filepath.Base(t.pkg), first))
		fmt.Printf("steady: %s: %s: failed: %s; its output is %s\n", s.name, t.pkg, strings.Join(r.failed, " "), name)
		if err := os.WriteFile(name, out, 0o644); err != nil {
			return result{}, err
		}
	}
	return r, nil
}

// load is the machine's load in the last minute.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// outcome reads what tests print with -test.v: how many passed, subtests among them, and the names of those that failed, without
// those that failed only because a subtest did.
func outcome(out []byte) (passed int, failed []string) {
	scan := bufio.NewScanner(bytes.NewReader(out))
	scan.Buffer(nil, 1<<26)
	for scan.Scan() {
		line := strings.TrimLeft(scan.Text(), " \x16")
		if strings.HasPrefix(line, "--- PASS: ") {
			passed++
		} else if name, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			failed = append(failed, name)
		}
	}
	all := slices.Clone(failed)
	failed = slices.DeleteFunc(failed, func(name string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return strings.HasPrefix(other, name+"/") })
	})
	return passed, failed
}
