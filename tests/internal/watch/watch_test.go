// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
	return context.Cause(ctx)
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
			w, told := New(time.Minute, tree), 0
			w.Tell(func(files int) { told = files })
			if err := os.MkdirAll(tree, 0o755); name == "makes a file again" && err != nil {
				t.Fatal(err)
			}
			err := ticked(w, c.looks, func(n int) { c.do(w, n) })
			if c.ends && err != Stalled(time.Minute) || !c.ends && err != nil {
				t.Errorf("it ended with %v", err)
			}
			if (told > 0) != strings.HasPrefix(name, "makes ") {
				t.Errorf("it told of %d files", told)
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
