// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package watch ends what makes no progress. No limit is on the time that something takes in all, because that
// depends on the machine and on what else it does.
//
// [Watch] is for commands that run for minutes: what they print and the files that they make are their progress.
// [Patience] is for what takes less than a second and prints nothing.
package watch

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"time"
)

// checks is how often a watch looks in the time that it allows without progress.
const checks = 20

// Watch looks whether something makes progress: whether something was written to one of its writers, or a file in one of
// its trees is new or was changed.
type Watch struct {
	limit time.Duration
	trees []string // host paths
	wrote atomic.Int64
	tell  func(what string)
	// bytes and files are what was there at the last look.
	bytes int64
	files state
}

// state is how many files there are, and the newest time of them.
type state struct {
	files  int
	newest time.Time
}

// New returns a watch that allows a time without progress. A tree that does not exist yet has no files.
func New(limit time.Duration, trees ...string) *Watch { return &Watch{limit: limit, trees: trees} }

// Writer returns a writer that passes everything on, which is progress.
func (w *Watch) Writer(to io.Writer) io.Writer { return writer{w, to} }

// Tell has the watch call a function from time to time, with what progress there is: how much was printed, or how many files there
// are. Whoever watches this process in turn goes by what it prints.
func (w *Watch) Tell(call func(what string)) { w.tell = call }

type writer struct {
	w  *Watch
	to io.Writer
}

func (t writer) Write(text []byte) (int, error) {
	t.w.wrote.Add(int64(len(text)))
	return t.to.Write(text)
}

// Stalled is the cause that a context ends by, when a watch has seen no progress for so long.
type Stalled time.Duration

func (s Stalled) Error() string {
	return fmt.Sprintf("nothing was printed and no file was made for %s", time.Duration(s))
}

// Context returns a context that ends when there is no progress, with [Stalled] as its cause, or when stop is called.
func (w *Watch) Context(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ticker := time.NewTicker(w.limit / checks)
	go func() {
		defer ticker.Stop()
		w.look(ctx, ticker.C, cancel)
	}()
	return ctx, func() { cancel(nil) }
}

// look looks at each tick. The ticks are counted, and not the time: a machine that was asleep has no ticks.
func (w *Watch) look(ctx context.Context, tick <-chan time.Time, cancel context.CancelCauseFunc) {
	for without := 0; without < checks; {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
		without++
		if what := w.progress(); what != "" {
			without = 0
			if w.tell != nil {
				w.tell(what)
			}
		}
	}
	cancel(Stalled(w.limit))
}

// progress returns what progress there was since the last call, "" for none. It looks at the files only if nothing was printed.
func (w *Watch) progress() string {
	if bytes := w.wrote.Load(); bytes != w.bytes {
		w.bytes = bytes
		return fmt.Sprintf("%d bytes printed", bytes)
	}
	if files := w.count(); files != w.files {
		w.files = files
		return fmt.Sprintf("%d files", files.files)
	}
	return ""
}

func (w *Watch) count() (s state) {
	for _, tree := range w.trees {
		// A file that goes while this walks is none of its business.
		_ = filepath.WalkDir(tree, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			if info, err := d.Info(); err == nil {
				s.files++
				if m := info.ModTime(); m.After(s.newest) {
					s.newest = m
				}
			}
			return nil
		})
	}
	return s
}
