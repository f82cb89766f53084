// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/bench/call"
	"rustc-lto-wrap/tests/internal/spread"
)

const passBench = "PassThrough"

// batch is how many calls of one variant are made before it is the next one's turn.
const batch = 10

// passVariant is one way to call a tool.
type passVariant struct {
	name string
	call call.Call
}

// passWork is what the tool behind is asked to do.
type passWork struct {
	name     string
	calls    int // of each variant in a round
	variants []passVariant
}

// passThrough measures a call that is passed on: the shims against what else could stand before a tool, with a tool
// behind that does nothing, and with a real one.
func passThrough(r *run) error {
	works, err := passWorks(r)
	if err != nil {
		return err
	}
	rounds := r.roundsOr(3)
	for _, load := range []string{"idle", "busy"} {
		stop := func() {}
		if load == "busy" {
			if stop, err = busy(); err != nil {
				return err
			}
		}
		for range rounds {
			for _, w := range works {
				if err := passRound(r, load, w); err != nil {
					stop()
					return err
				}
			}
		}
		stop()
	}
	for _, w := range works {
		r.passTable(w)
	}
	return nil
}

// passRound makes the calls of one round, the variants by turns.
func passRound(r *run, load string, w passWork) error {
	sums := make([]call.Took, len(w.variants))
	for done := 0; done < w.calls; done += batch {
		for i, v := range w.variants {
			if untilInterrupted.Err() != nil {
				return errInterrupted
			}
			for range batch {
				took, err := call.Run(v.call, io.Discard, io.Discard)
				if err != nil {
					return fmt.Errorf("%s: %w", v.name, err)
				}
				sums[i] = sums[i].Plus(took)
			}
		}
	}
	for i, v := range w.variants {
		mean := sums[i]
		mean.Wall, mean.CPU = mean.Wall/time.Duration(w.calls), mean.CPU/time.Duration(w.calls)
		// Not the memory: it is less than what this process holds, which is all that would be seen.
		r.samples.add(passBench, passKeys(load, w.name, v.name), times(mean)[:2]...)
	}
	return nil
}

func passKeys(load, work, tool string) []Key {
	return []Key{{"load", load}, {"work", work}, {"tool", tool}}
}

// passWorks builds the programs and lists the calls.
func passWorks(r *run) ([]passWork, error) {
	none, err := staticC(r, "none")
	if err != nil {
		return nil, err
	}
	execC, err := staticC(r, "exec")
	if err != nil {
		return nil, err
	}
	var compiler string
	for _, c := range []string{"clang", "gcc", "cc"} {
		if compiler, err = exec.LookPath(c); err == nil {
			break
		}
	}
	source, object := filepath.Join(r.temp, "small.c"), filepath.Join(r.temp, "small.o")
	if err := os.WriteFile(source, []byte("int f(int a) { return a + 1; }\n"), 0o644); err != nil {
		return nil, err
	}
	// The command lines of kernel/sched/core.o and rust/core.o: long ones, that are passed on after a look at them.
	ccArgs, err := commandLine("cc/7.3/kernel_sched_core.o.args")
	if err != nil {
		return nil, err
	}
	rustArgs, err := commandLine("rustc/7.3/rust_core.o.args")
	if err != nil {
		return nil, err
	}
	ccache, err := exec.LookPath("ccache")
	if err != nil {
		plan.Say("there is no ccache on this machine: its column is left out (apt-get install ccache)")
	}
	variants := func(tool string, args []string, forNothing bool) []passVariant {
		with := func(name string, env []string, argv ...string) passVariant {
			return passVariant{name, call.Call{Argv: append(argv, args...), Dir: r.temp, Env: append(os.Environ(), env...)}}
		}
		out := []passVariant{
			with("bare", nil, tool),
			with("static-exec", nil, execC, tool),
			with("shim-cc", []string{"LTO_WRAP_CC=" + tool}, filepath.Join(r.bin, "cc-helper-wrap")),
		}
		if forNothing {
			out = slices.Insert(out, 2, with("empty-go", nil, filepath.Join(r.bin, "empty")))
			v := with("shim-rustc", []string{"LTO_WRAP_RUSTC=" + tool}, filepath.Join(r.bin, "rustc-lto-wrap"))
			v.call.Argv = append(v.call.Argv[:1:1], rustArgs...)
			out = append(out, v)
		}
		if ccache != "" {
			out = append(out, with("ccache", []string{"CCACHE_DISABLE=1", "CCACHE_DIR=" + filepath.Join(r.temp, "ccache")}, ccache, tool))
		}
		return out
	}
	works := []passWork{{"nothing", 200, variants(none, ccArgs, true)}}
	if compiler != "" {
		works = append(works, passWork{"compile", 50, variants(compiler, []string{"-O2", "-c", "-o", object, source}, false)})
	}
	return works, nil
}

// commandLine reads one of the recorded command lines of kernel builds.
func commandLine(name string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join("argv/testdata", name))
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), err
}

// staticC compiles a C program without shared libraries, by this machine's compiler or else by the lab's clang.
func staticC(r *run, name string) (program string, err error) {
	source, program := filepath.Join("tests/bench/testdata", name+".c"), filepath.Join(r.temp, name)
	var said []byte
	for _, compiler := range []string{"cc", "gcc", "clang"} {
		if said, err = exec.Command(compiler, "-O2", "-static", "-o", program, source).CombinedOutput(); err == nil {
			return program, nil
		}
	}
	if lerr := r.needLab(); lerr != nil {
		return "", fmt.Errorf("no compiler here makes a static program: %w\n%s\nand there is no lab: %w", err, said, lerr)
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(r.lab.host, name+".c"), text, 0o644); err != nil {
		return "", err
	}
	if _, err := script("run", "-C", r.lab.inside, "--", "clang -O2 -static -o "+name+" "+name+".c"); err != nil {
		return "", err
	}
	return filepath.Join(r.lab.host, name), nil
}

// busy keeps every processor busy until it is stopped.
func busy() (stop func(), err error) {
	var started []*exec.Cmd
	stop = func() {
		for _, c := range started {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
	}
	for range runtime.NumCPU() {
		// It ends with this program, however that ends.
		c := exec.Command("/bin/sh", "-c", fmt.Sprintf("while kill -0 %d; do :; done", os.Getpid()))
		c.Stderr = new(bytes.Buffer)
		if err := c.Start(); err != nil {
			stop()
			return nil, err
		}
		started = append(started, c)
	}
	return stop, nil
}

// passTable reports one kind of work.
func (r *run) passTable(w passWork) {
	of := func(load, tool, unit string) []float64 {
		return r.samples.of(unit, passBench, passKeys(load, w.name, tool)...)
	}
	for _, load := range []string{"idle", "busy"} {
		t := table(load, "wall µs", "CPU µs", "CPU added µs", "CPU to bare", "CPU to ccache", "wall to bare")
		for _, v := range w.variants {
			wall, cpu := of(load, v.name, wallUnit), of(load, v.name, cpuUnit)
			added := render.None()
			if v.name != "bare" && v.name != "empty-go" {
				added = cell(scaled(minus(cpu, of(load, "bare", cpuUnit)), 1e6))
			}
			t.Rows = append(t.Rows, []render.Cell{
				render.Text(v.name), cell(scaled(wall, 1e-3)), cell(scaled(cpu, 1e6)), added,
				ratioCell(cpu, of(load, "bare", cpuUnit)), ratioCell(cpu, of(load, "ccache", cpuUnit)), ratioCell(wall, of(load, "bare", wallUnit)),
			})
		}
		what, emptyGo := "The tool behind does nothing and is linked statically; the arguments are those of kernel/sched/core.o and rust/core.o.", ", empty-go a Go program that does nothing"
		if w.name == "compile" {
			what, emptyGo = "The tool behind is this machine's C compiler, and compiles one line.", ""
		}
		r.section(fmt.Sprintf("A call that is passed on: %s, %s", w.name, load), t, what,
			fmt.Sprintf("%d calls of each in a round, of which the mean is taken. static-exec is a C program that only execs%s.", w.calls, emptyGo))
		if w.name != "nothing" {
			continue
		}
		bare := of(load, "bare", cpuUnit)
		limit := plus(scaled(minus(of(load, "static-exec", cpuUnit), bare), 2.5), of(load, "empty-go", cpuUnit))
		for _, shim := range []string{"shim-cc", "shim-rustc"} {
			cpu := of(load, shim, cpuUnit)
			r.targets = append(r.targets,
				Target{What: shim + ", " + load + ": CPU to ccache, caching off", Limit: 1, Below: true, Measured: spread.Of(ratios(cpu, of(load, "ccache", cpuUnit)))},
				Target{What: shim + ", " + load + ": CPU added to 2.5 × that of a static exec + empty Go", Limit: 1, Measured: spread.Of(ratios(minus(cpu, bare), limit))})
		}
	}
}
