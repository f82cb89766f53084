// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package host is the machine that a program runs on: processes, environment,
// signals, files, locks, messages and the log.
//
// The rest of the program reaches processes, the environment and the standard
// streams through the interface [Host] only, so that a test can plan a command
// line without running anything. [Real] is the implementation of a real run.
//
// It is the lowest of the packages that have side effects, and imports nothing
// of this project.
package host

import (
	"io"
	"slices"
	"syscall"
	"time"
)

// Program is the name of one of the two programs of this project.
type Program string

// These are the two programs.
const (
	RustcWrap Program = "rustc-lto-wrap" // RUSTC= of a kernel build
	CCWrap    Program = "cc-helper-wrap" // CC= of a kernel build
)

// Programs has both programs.
var Programs = []Program{RustcWrap, CCWrap}

// Host is the environment of a run: variables, streams and processes. Tests use a
// Host that runs nothing.
type Host interface {
	// Getenv returns the value of an environment variable, "" if it is not set.
	Getenv(key string) string
	// Environ returns the whole environment, as KEY=value.
	Environ() []string
	// Stdout and Stderr return the streams for messages.
	Stdout() io.Writer
	Stderr() io.Writer
	// Exec replaces this process by argv, whose first word is a path. It
	// returns only on failure.
	Exec(argv, env []string) error
	// Run runs argv, whose first word is a path, on this process's streams, and
	// waits for it. It passes a signal that would end this process on to the child.
	// After such a signal, it starts no other child.
	Run(argv, env []string) Result
	// Hold keeps signals from ending this process. From now on a signal only
	// ends what Run runs, and Interrupted returns the first of them.
	Hold()
	// Interrupted returns the first signal since Hold that asked this process
	// to end, 0 if there was none.
	Interrupted() syscall.Signal
	// Output runs argv and returns what it wrote to its standard output. An
	// [exec.ExitError] holds what it wrote to its standard error.
	Output(argv []string, input string) (string, error)
}

// Step is one command of a plan.
type Step struct {
	// Name is the name of the step in messages and records: "rustc", "llvm-link", …
	Name string   `json:"name"`
	Argv []string `json:"argv"`
}

// NewStep returns a step with that name. Its command line is the concatenation of
// argv.
func NewStep(name string, argv ...[]string) Step { return Step{name, slices.Concat(argv...)} }

// Result is how a child process ended.
type Result struct {
	// Err is set if the program could not be started.
	Err error
	// Status is the exit status. If a signal ended the child, it is 128 plus the
	// number of the signal, as in a shell.
	Status int
	// Signal is the signal that ended the child, 0 if none did.
	Signal syscall.Signal
	// Interrupted is the signal that asked this process to end while the child
	// ran, 0 if there was none.
	Interrupted syscall.Signal
	// Wall is the elapsed time. CPU is the user and system time of the child
	// and its children. MaxRSS is their peak memory in KiB (getrusage(2) on
	// Linux).
	Wall, CPU time.Duration
	MaxRSS    int64
}

// OK reports whether the child succeeded.
func (r Result) OK() bool { return r.Err == nil && r.Status == 0 && r.Interrupted == 0 }
