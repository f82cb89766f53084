// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"rustc-lto-wrap/tests/internal/watch"
)

// runner runs parts, some at a time, and tells how it goes.
type runner struct {
	out      io.Writer
	goTool   string        // the go command
	dir      string        // the project's directory
	parallel int           // how many parts run at a time
	silence  time.Duration // a part that prints nothing, and makes no file in trees, is ended after this time
	trees    []string
	now      func() time.Time

	mu sync.Mutex // of out
}

// ended is a part that has come to its end.
type ended struct {
	Part
	results
	err  error
	took time.Duration
	// skipped is set for a part that was not begun, since one that it comes after has failed.
	skipped bool
}

// run runs the parts, and returns what has become of each, in the order in which they ended. When ctx ends, so do the parts
// that run, and no other begins.
func (r *runner) run(ctx context.Context, parts []Part) (all []ended) {
	waiting, running := slices.Clone(parts), map[string]time.Time{}
	usual := map[string]time.Duration{}
	for _, p := range parts {
		usual[p.Name] = p.usual()
	}
	done := make(chan ended)
	for number := 0; len(waiting)+len(running) > 0; {
		waiting = slices.DeleteFunc(waiting, func(p Part) bool {
			name := failedBefore(p, all)
			if name != "" {
				r.say("\n== %s: NOT RUN, because %s failed", p.Name, name)
				all = append(all, ended{Part: p, err: errors.New("not run"), skipped: true})
			}
			return name != ""
		})
		next := slices.IndexFunc(waiting, func(p Part) bool { return ready(p, parts, all) })
		if next >= 0 && len(running) < r.parallel && ctx.Err() == nil {
			p := waiting[next]
			waiting = slices.Delete(waiting, next, next+1)
			number++
			running[p.Name] = r.now()
			r.say("\n== %s: part %d of %d, %s; %s until the end", p.Name, number, len(parts), minutes(p.usual()), minutes(r.left(waiting, running, usual)))
			prefix := ""
			if len(parts) > 1 {
				prefix = p.Name + ": "
			}
			go func() { done <- r.part(ctx, p, prefix) }()
			continue
		}
		if len(running) == 0 {
			break // interrupted, or nothing is left that can run
		}
		e := <-done
		e.took = r.now().Sub(running[e.Name])
		delete(running, e.Name)
		all = append(all, e)
		result := "passed in"
		if e.err != nil {
			result = "FAILED after"
		}
		r.say("\n== %s: %s %.0f s", e.Name, result, e.took.Seconds())
		if e.err != nil {
			r.say("%s: %v", e.Name, e.err)
		}
	}
	return all
}

// failedBefore returns the name of a part that p comes after and that has failed, "" if there is none.
func failedBefore(p Part, all []ended) string {
	for _, e := range all {
		if e.err != nil && slices.Contains(p.After, e.Name) {
			return e.Name
		}
	}
	return ""
}

// ready reports whether each part that p comes after has ended, if it runs at all.
func ready(p Part, parts []Part, all []ended) bool {
	for _, name := range p.After {
		chosen := slices.ContainsFunc(parts, func(other Part) bool { return other.Name == name })
		if chosen && !slices.ContainsFunc(all, func(e ended) bool { return e.Name == name }) {
			return false
		}
	}
	return true
}

// left returns how long the parts that have not ended take.
func (r *runner) left(waiting []Part, running map[string]time.Time, usual map[string]time.Duration) time.Duration {
	var sum, longest time.Duration
	add := func(d time.Duration) {
		d = max(d, 0)
		sum, longest = sum+d, max(longest, d)
	}
	for _, p := range waiting {
		add(p.usual())
	}
	for name, began := range running {
		add(usual[name] - r.now().Sub(began))
	}
	return max(sum/time.Duration(min(r.parallel, len(waiting)+len(running))), longest)
}

// minutes returns a time in words.
func minutes(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute"
	}
	return fmt.Sprintf("about %.0f min", d.Minutes())
}

// part runs one part to its end. The lines that it prints begin with prefix.
func (r *runner) part(ctx context.Context, p Part, prefix string) ended {
	e := ended{Part: p}
	var cmd *exec.Cmd
	if p.Run != "" {
		cmd = exec.Command("bash", "-c", p.Run)
	} else {
		args := []string{"test", "-json", "-count=1", "-timeout=0"}
		cmd = exec.Command(r.goTool, append(args, p.Tests...)...)
	}
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GO="+r.goTool)
	if p.Lab {
		cmd.Env = append(cmd.Env, "KERNEL_LAB_TESTS=1")
	} else {
		cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "KERNEL_LAB_TESTS=") })
	}
	// A process group of its own, all of which hears that it is to end.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 2 * time.Second // for who has inherited the output, and goes on when the command has ended
	read, write := io.Pipe()
	progress := watch.New(r.silence, r.trees...)
	cmd.Stdout = progress.Writer(write)
	cmd.Stderr = cmd.Stdout
	ctx, stop := progress.Context(ctx)
	defer stop()
	if err := cmd.Start(); err != nil {
		e.err = err
		return e
	}
	lines := make(chan error, 1)
	go func() {
		lines <- e.read(read, p.Lab || p.Run != "", func(line string) { r.say("%s%s", prefix, line) })
		_, _ = io.Copy(io.Discard, read)
	}()
	exited := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		_ = write.Close()
		exited <- err
	}()
	e.err = wait(ctx, cmd.Process.Pid, exited)
	if err := <-lines; e.err == nil {
		e.err = err
	}
	if e.err == nil && e.count("fail") > 0 {
		e.err = fmt.Errorf("%d tests failed", e.count("fail"))
	}
	return e
}

// wait waits for a process group to end, and ends it when ctx ends.
func wait(ctx context.Context, pid int, exited chan error) error {
	select {
	case err := <-exited:
		return err
	case <-ctx.Done():
	}
	_ = syscall.Kill(-pid, syscall.SIGINT)
	select {
	case <-exited:
		// A shell has its background jobs ignore SIGINT.
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(-pid, syscall.SIGKILL)
		<-exited
	}
	return fmt.Errorf("it was ended: %w", context.Cause(ctx))
}

// say prints a line.
func (r *runner) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.out, format+"\n", args...)
}

// conclude prints what was proved, what failed and how, and the last line, which counts the parts. It returns the exit status.
// What failed is repeated here, because of a long output often only the end is kept.
func (r *runner) conclude(all []ended) int {
	r.say("\nWhat was proved:")
	var failed []string
	for _, e := range all {
		for _, line := range e.summary() {
			r.say("  %s: %s", e.Name, line)
		}
		if e.err != nil {
			failed = append(failed, e.Name)
		}
	}
	if len(failed) > 0 {
		r.say("\nWhat failed:")
		for _, e := range all {
			if e.err == nil {
				continue
			}
			r.say("  %s: %v", e.Name, e.err)
			for _, line := range e.failed() {
				r.say("  %s:   %s", e.Name, line)
			}
		}
		r.say("\ntests: failed: %s", strings.Join(failed, " "))
	}
	r.say("\n%d passed, %d failed", len(all)-len(failed), len(failed))
	if len(failed) > 0 || len(all) == 0 {
		return 1
	}
	return 0
}

// writeList writes the result of each test, one a line: part, package, test, result; sorted, so that the lists of two runs can be
// compared.
func writeList(path string, all []ended) error {
	var lines []string
	for _, e := range all {
		for _, o := range e.outcomes {
			lines = append(lines, strings.Join([]string{e.Name, o.Package, o.Test, o.Result}, "\t"))
		}
	}
	slices.Sort(lines)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, l := range lines {
		fmt.Fprintln(w, l)
	}
	return errors.Join(w.Flush(), f.Close())
}
