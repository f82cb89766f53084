// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package faults

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rustc-lto-wrap/tests/internal/watch"
)

// There are so many schedules; the number of one is its seed.
const schedules = 200

// What TestSchedules runs of them, the first one after the last. Each time that it runs in this process, it goes on where it was.
var (
	some = flag.Int("schedules", schedules, "how many of the schedules TestSchedules runs")
	next = flag.Int("first", 0, "how many of the schedules TestSchedules leaves out before that")
)

// objects are the objects that a schedule makes, by the word for the command line.
var objects = map[string]string{
	"kernel": "rust/kernel.o", "helpers": "rust/helpers/helpers.o",
	"driver/1": "drivers/1.o", "driver/2": "drivers/2.o", "driver/3": "drivers/3.o", "driver/4": "drivers/4.o",
	"module/m1": "drivers/m1.o", "module/m2": "drivers/m2.o",
}

// stale is what stands in the place of an object before a schedule.
var stale = []byte("of an earlier build\n")

// scheduledProcess is one process of a schedule, and what befalls it.
type scheduledProcess struct {
	word string
	// fakes steer its tools. disturbed is set where one of them fails, or a signal
	// comes.
	fakes     []string
	disturbed bool
	// It starts after delay, and signal comes so much later, if there is one.
	delay, later time.Duration
	signal       string
	// ended is how it did, and stderr what it wrote.
	ended  string
	stderr bytes.Buffer
}

func (c *scheduledProcess) String() string {
	return fmt.Sprintf("%-9s after %v %q signal %q after %v: ended with %s\n%s", c.word, c.delay, c.fakes, c.signal, c.later, c.ended, c.stderr.String())
}

// run runs the compilation in the tree of the directory work. It has ended when
// nobody holds its standard error any more: it and all its tools are gone.
func (c *scheduledProcess) run(work string) {
	time.Sleep(c.delay)
	env := map[string]string{}
	var list []string
	for _, v := range environment(work) {
		env[v[0]] = v[1]
		list = append(list, v[0]+"="+v[1])
	}
	argv := commandLine(func(name string) string { return env[name] }, []string{c.word})
	cmd := exec.Command(filepath.Join(bin, "shims", argv[0]), argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stderr = filepath.Join(work, "obj"), slices.Concat(list, c.fakes), &c.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		c.ended = ending(err)
		return
	}
	patience, stop := watch.Context(context.Background())
	defer stop()
	ended := context.AfterFunc(patience, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	if c.signal != "" {
		time.AfterFunc(c.later, func() { _ = cmd.Process.Signal(signals[c.signal]) })
	}
	if c.ended = ending(cmd.Wait()); !ended() {
		c.ended = "hung"
	}
}

// random draws the compilations of a schedule, in the order of their start.
func random(r *rand.Rand) []*scheduledProcess {
	upTo := func(ms int) time.Duration { return time.Duration(r.IntN(ms*1000)) * time.Microsecond }
	words := []string{"helpers", "kernel", "driver/1", "driver/2", "driver/3", "driver/4", "module/m1", "module/m2"}
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	var all []*scheduledProcess
	for _, w := range words[:2+r.IntN(5)] {
		c := &scheduledProcess{word: w, delay: upTo(20)}
		steps := map[string][]string{}
		for _, s := range []string{"RUSTC", "CLANG_CC", "CLANG_IR", "CLANG_AS", "LLVM_AS", "CLANG_INSPECT", "LLVM_LINK", "CLANG_CODEGEN"} {
			if r.IntN(3) == 0 {
				steps[s] = []string{fmt.Sprintf("sleep:%d", r.IntN(31))}
			}
		}
		if r.IntN(3) == 0 {
			s, fault := fault(r)
			steps[s], c.disturbed = append(steps[s], fault), true
		}
		if _, merges := steps["LLVM_LINK"]; merges || r.IntN(2) == 0 {
			// llvm-link merges the helpers in, and clang does otherwise.
			c.fakes = append(c.fakes, "LTO_WRAP_LLVM_LINK="+filepath.Join(bin, "tools/llvm-link"))
		}
		if _, assembles := steps["LLVM_AS"]; assembles || r.IntN(2) == 0 {
			c.fakes = append(c.fakes, "LTO_WRAP_LLVM_AS="+filepath.Join(bin, "tools/llvm-as"))
		}
		for s, behaviours := range steps {
			c.fakes = append(c.fakes, "FAKE_"+s+"="+strings.Join(behaviours, ";"))
		}
		if r.IntN(4) == 0 {
			c.signal, c.later, c.disturbed = []string{"TERM", "KILL"}[r.IntN(2)], upTo(70), true
		}
		all = append(all, c)
	}
	return all
}

// mismatch is what a tool says of another LLVM.
const mismatch = "version:20.1.1"

// fault draws a step that goes wrong, and how. The helpers' object is not cut
// short: it is what the compiler says it is.
func fault(r *rand.Rand) (step, behaviour string) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	switch r.IntN(6) {
	case 0:
		return pick("RUSTC", "CLANG", "LLVM_LINK", "LLVM_AS") + "_VERSION", mismatch
	case 1:
		return "CLANG_CC", pick("exit:3", "signal:SEGV")
	}
	return pick("RUSTC", "CLANG_IR", "CLANG_AS", "LLVM_AS", "CLANG_INSPECT", "LLVM_LINK", "CLANG_CODEGEN"), pick("exit:3", "signal:SEGV", "nooutput", "truncate")
}

// TestSchedules runs compilations at once, at random moments and with tools that
// fail at random, and ends some of them: whatever happens, an object that is
// there is the one of a serial build, nothing hangs, and a build afterwards makes
// all objects and leaves no other file.
func TestSchedules(t *testing.T) {
	want := map[string][]byte{}
	serial := t.TempDir()
	if err := makeTree(serial); err != nil {
		t.Fatal(err)
	}
	for word, object := range objects {
		c := &scheduledProcess{word: word}
		if c.run(serial); c.ended != "0" {
			t.Fatal(c)
		}
		data, err := os.ReadFile(filepath.Join(serial, "obj", object))
		if err != nil {
			t.Fatal(err)
		}
		want[word] = data
	}
	var n counts
	t.Run("all", func(t *testing.T) {
		for range *some {
			seed := uint64(*next%schedules) + 1
			*next++
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				n.schedule(t, seed, want)
			})
		}
	})
	t.Logf("%d schedules: %d compilations, %d failed, %d ended by a signal; %d wrong, %d hung, %d files left over",
		*some, n.all.Load(), n.failed.Load(), n.signalled.Load(), n.wrong.Load(), n.hung.Load(), n.left.Load())
}

// counts sums up the schedules.
type counts struct {
	all, failed, signalled, wrong, hung, left atomic.Int64
}

// schedule runs the schedule of a seed; want are the objects of a serial build.
func (n *counts) schedule(t *testing.T, seed uint64, want map[string][]byte) {
	all := random(rand.New(rand.NewPCG(seed, 0)))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d:\n%v", seed, all)
		}
	}()
	work := t.TempDir()
	err := makeTree(work)
	for _, c := range all {
		err = errors.Join(err, os.WriteFile(filepath.Join(work, "obj", objects[c.word]), stale, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	for _, c := range all {
		go func() {
			c.run(work)
			done <- struct{}{}
		}()
	}
	for range all {
		<-done
	}
	n.all.Add(int64(len(all)))
	killed := false
	// What a tool has answered to one of them all get to hear.
	mismatched := slices.ContainsFunc(all, func(c *scheduledProcess) bool {
		return strings.Contains(strings.Join(c.fakes, " "), mismatch)
	})
	for _, c := range all {
		killed = killed || c.ended == "KILL"
		n.compare(t, work, c, want[c.word])
		if c.ended != "0" && !c.disturbed && !mismatched {
			n.wrong.Add(1)
			t.Errorf("%s ended with %s, and only others were disturbed", c.word, c.ended)
		}
	}
	if !killed {
		n.tidy(t, work)
	}
	// The tools' answers are kept for as long as the tools' files do not change,
	// which those of the fakes do not.
	if err := os.Remove(filepath.Join(work, "obj/rust/.tmp_lto_wrap_tools.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, c := range all {
		// With the same settings: what another bitcode's making has left is removed when that is made the next time.
		again := &scheduledProcess{word: c.word, fakes: slices.DeleteFunc(slices.Clone(c.fakes), func(f string) bool { return !strings.HasPrefix(f, "LTO_WRAP_") })}
		if again.run(work); again.ended != "0" {
			t.Errorf("the next build: %v", again)
		}
		n.compare(t, work, again, want[c.word])
	}
	n.tidy(t, work)
}

// compare checks that what a compilation left goes with how it ended.
func (n *counts) compare(t *testing.T, work string, c *scheduledProcess, want []byte) {
	got, err := os.ReadFile(filepath.Join(work, "obj", objects[c.word]))
	there := err == nil
	ok := true
	switch c.ended {
	case "hung":
		n.hung.Add(1)
		t.Errorf("%s hangs", c.word)
	case "0":
		ok = bytes.Equal(got, want)
	case "TERM", "KILL":
		n.signalled.Add(1)
		// It may have ended before its work began, or after. The helpers' object is
		// written by the compiler itself, which SIGKILL stops in the middle.
		ok = !there || bytes.Equal(got, want) || bytes.Equal(got, stale) || c.ended == "KILL" && c.word == "helpers"
	default:
		n.failed.Add(1)
		ok = !there
	}
	if !ok {
		n.wrong.Add(1)
		t.Errorf("%s ended with %s, and its object (there: %t) has %d bytes, where a serial build has %d", c.word, c.ended, there, len(got), len(want))
	}
}

// tidy checks that there is no intermediate file.
func (n *counts) tidy(t *testing.T, work string) {
	text, err := list(work)
	if err != nil {
		t.Error(err)
	}
	if left := intermediates(text); left != nil {
		n.left.Add(int64(len(left)))
		t.Errorf("intermediate files: %q", left)
	}
}
