// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package resume keeps the results of a program that runs for hours in a file, so that it goes on where it was interrupted.
package resume

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// Open returns what an earlier run of a program has written into the file name, which need not exist, and the file, to append to it.
// An empty name is a new file. Open says which file it is.
func Open(name, program string) (had []byte, log *os.File, err error) {
	if name == "" {
		log, err = os.CreateTemp("", program+"-*.log")
	} else if had, err = os.ReadFile(name); err == nil || errors.Is(err, fs.ErrNotExist) {
		log, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	}
	if err != nil {
		return nil, nil, err
	}
	fmt.Printf("%s: the log is %s\n", program, log.Name())
	return had, log, nil
}

// Each does so many of the jobs at once, and hands each result to keep, one after the other. What is interrupted has no result. After
// an error, which it returns, no other job begins.
func Each[J, R any](ctx context.Context, atOnce int, jobs []J, do func(J) (R, error), keep func(R) error) error {
	type outcome struct {
		result R
		err    error
	}
	going, stop := context.WithCancel(ctx)
	defer stop()
	todo, done := make(chan J), make(chan outcome)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for j := range todo {
				if r, err := do(j); ctx.Err() == nil {
					done <- outcome{r, err}
				}
			}
		}()
	}
	go func() {
		for _, j := range jobs {
			if going.Err() != nil {
				break
			}
			todo <- j
		}
		close(todo)
		workers.Wait()
		close(done)
	}()
	var failed error
	for o := range done {
		if err := o.err; err != nil {
			failed = cmp.Or(failed, err)
		} else if failed == nil {
			failed = keep(o.result)
		}
		if failed != nil {
			stop()
		}
	}
	return failed
}
