// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rustc-lto-wrap/shim/report/render"
)

const every = 20 * time.Second

// say tells of the progress. The report is on the standard output.
func say(format string, values ...any) { fmt.Fprintf(os.Stderr, "ab: "+format+"\n", values...) }

// step does something, and says what it is, how far it is from time to time, and how long it took. far may be nil.
func step(what string, far func(since time.Time) string, do func() error) error {
	say("%s", what)
	start := time.Now()
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				text := fmt.Sprintf("%s: %.0f s", what, time.Since(start).Seconds())
				if far != nil {
					text += ", " + far(start)
				}
				say("%s", text)
			}
		}
	}()
	err := do()
	close(done)
	<-stopped
	if err == nil && time.Since(start) >= time.Second {
		say("%s: done in %.0f s", what, time.Since(start).Seconds())
	}
	return err
}

// made counts the objects in a tree (host path) that are newer than a time.
func made(tree string) func(since time.Time) string {
	return func(since time.Time) string {
		n := 0
		// A file that goes while this walks is none of its business.
		_ = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".o") || strings.HasPrefix(d.Name(), ".") {
				return nil
			}
			if info, err := d.Info(); err == nil && info.ModTime().After(since) {
				n++
			}
			return nil
		})
		return render.Count(n, "object") + " made"
	}
}
