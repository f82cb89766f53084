// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ticked lets a watch look so often, and does something before each look. It returns why the watch has ended, nil if it has not.
func ticked(w *Watch, looks int, before func(n int)) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	tick, ended := make(chan time.Time), make(chan struct{})
	w.progress()
	go func() {
		defer close(ended)
		w.look(ctx, tick, cancel)
	}()
	for n := range looks {
		before(n)
		select {
		case tick <- time.Time{}:
		case <-ended:
			return context.Cause(ctx)
		}
	}
	if looks == checks {
		<-ended
	}
	cause := context.Cause(ctx)
	cancel(nil)
	<-ended
	return cause
}

// TestWatch: whoever prints or makes files may take as long as it likes, and nobody else.
func TestWatch(t *testing.T) {
	const long = 10 * checks
	tree := filepath.Join(t.TempDir(), "made later")
	for name, c := range map[string]struct {
		looks int
		do    func(w *Watch, n int)
		ends  bool
	}{
		"nothing": {checks, func(*Watch, int) {}, true},
		"prints": {long, func(w *Watch, n int) {
			if n%(checks-1) == 0 {
				fmt.Fprint(w.Writer(io.Discard), "x")
			}
		}, false},
		"makes files": {long, func(_ *Watch, n int) {
			if n%(checks-1) == 0 {
				err := os.MkdirAll(tree, 0o755)
				if err := errors.Join(err, os.WriteFile(filepath.Join(tree, fmt.Sprint(n)), nil, 0o644)); err != nil {
					t.Error(err)
				}
			}
		}, false},
		"makes a file again": {long, func(_ *Watch, n int) {
			file, at := filepath.Join(tree, "0"), time.Now().Add(time.Duration(n)*time.Second)
			err := os.WriteFile(file, nil, 0o644)
			if err := errors.Join(err, os.Chtimes(file, at, at)); err != nil {
				t.Error(err)
			}
		}, false},
		"prints once": {long, func(w *Watch, n int) {
			if n == 0 {
				fmt.Fprint(w.Writer(io.Discard), "x")
			}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			tree = filepath.Join(t.TempDir(), "made later")
			w, told := New(time.Minute, tree), ""
			w.Tell(func(what string) { told = what })
			if err := os.MkdirAll(tree, 0o755); name == "makes a file again" && err != nil {
				t.Fatal(err)
			}
			err := ticked(w, c.looks, func(n int) { c.do(w, n) })
			if c.ends && err != Stalled(time.Minute) || !c.ends && err != nil {
				t.Errorf("it ended with %v", err)
			}
			verb, _, _ := strings.Cut(name, " ")
			if want := map[string]string{"nothing": "", "prints": " bytes printed", "makes": " files"}[verb]; !strings.HasSuffix(told, want) || (told == "") != (want == "") {
				t.Errorf("it told of %q", told)
			}
		})
	}
}

// TestContext: a context that nobody is busy under ends, and says why.
func TestContext(t *testing.T) {
	ctx, stop := New(checks * time.Millisecond).Context(context.Background())
	defer stop()
	<-ctx.Done()
	if err := context.Cause(ctx); err != Stalled(checks*time.Millisecond) {
		t.Error(err)
	}
	ctx, stop = New(time.Hour).Context(context.Background())
	stop()
	<-ctx.Done()
	if err := context.Cause(ctx); err != context.Canceled {
		t.Error(err)
	}
}

// TestPatience: patience ends with the turns of the machine, and not with the time.
func TestPatience(t *testing.T) {
	turn() // from now on, the turns are counted
	p := Patience{turns.Load() + 1e6}
	if !p.Left() {
		t.Error("the patience has ended before it begins")
	}
	if p = Begin(); !p.Left() {
		t.Error("the patience has ended at its beginning")
	}
	p.since -= enough
	if p.Left() {
		t.Error("the patience does not end")
	}
	c := make(chan int, 1)
	c <- 7
	if v, ok := Receive(c); v != 7 || !ok {
		t.Error(v, ok)
	}
	ctx, stop := Context(context.Background())
	if ctx.Err() != nil {
		t.Error(ctx.Err())
	}
	stop()
	<-ctx.Done()
	began := turn()
	if !Until(func() bool { return turn() > began }) {
		t.Error("there are no turns")
	}
}

// TestOutput: both streams of a command, in their order, and its status.
func TestOutput(t *testing.T) {
	if out, err := Output(exec.Command("sh", "-c", "echo a; echo b >&2; echo c; exit 3")); out != "a\nb\nc\n" || err == nil || err.Error() != "exit status 3" {
		t.Errorf("%q, %v", out, err)
	}
}
