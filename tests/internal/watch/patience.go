// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package watch

import (
	"context"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// enough is the number of turns after which something hangs that takes less than one on a quiet machine: 20 seconds there.
const enough = 200

// turns counts the turns of this machine since it was first asked for. In a turn, a tenth of a second passes, and this machine starts
// a process. A machine that is slow, busy or asleep has long turns, or none.
var turns = struct {
	atomic.Int64
	once sync.Once
}{}

func turn() int64 {
	turns.once.Do(func() {
		go func() {
			for {
				time.Sleep(100 * time.Millisecond)
				_ = exec.Command("true").Run()
				turns.Add(1)
			}
		}()
	})
	return turns.Load()
}

// Patience is for waiting. It lasts as long as this machine needs for much more than what is waited for.
type Patience struct{ since int64 }

// Begin returns patience that begins now.
func Begin() Patience { return Patience{turn()} }

// Left reports whether there is still patience left.
func (p Patience) Left() bool { return turn()-p.since < enough }

// Until waits until done returns true. It returns false if the patience ends before.
func Until(done func() bool) bool {
	for p := Begin(); !done(); time.Sleep(5 * time.Millisecond) {
		if !p.Left() {
			return done()
		}
	}
	return true
}

// Receive waits for a value. ok is false if the patience ends before.
func Receive[T any](from <-chan T) (value T, ok bool) {
	ok = Until(func() bool {
		select {
		case value = <-from:
			return true
		default:
			return false
		}
	})
	return value, ok
}

// Context returns a context that ends with the patience, or when stop is called.
func Context(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	p := Begin()
	go func() {
		defer cancel()
		for p.Left() {
			select {
			case <-ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return ctx, cancel
}
