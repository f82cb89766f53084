// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package call runs a command and tells what it took, as the kernel counts it: the benchmark does so on this machine,
// and its launcher in the kernel lab.
package call

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Call is a command.
type Call struct {
	Argv []string `json:"argv"`
	Dir  string   `json:"dir,omitempty"`
	// Env is the whole environment, nil for that of this process.
	Env []string `json:"env,omitempty"`
}

// Took is what a command and all its children took.
type Took struct {
	Wall time.Duration `json:"wall_ns"`
	// CPU is user and system time.
	CPU time.Duration `json:"cpu_ns"`
	// MaxRSS is the peak memory, in bytes, of the largest of the processes. Linux has what this process holds when it
	// starts another one as a lower bound (setmax_mm_hiwater_rss in the kernel's fs/exec.c).
	MaxRSS int64 `json:"max_rss_bytes"`
}

// Plus is what two commands took, one after the other.
func (t Took) Plus(u Took) Took {
	return Took{t.Wall + u.Wall, t.CPU + u.CPU, max(t.MaxRSS, u.MaxRSS)}
}

// Run runs a command to its end. Any status but 0 is an error.
func Run(c Call, stdout, stderr io.Writer) (Took, error) {
	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.Dir, c.Env, stdout, stderr
	start := time.Now()
	err := cmd.Run()
	took := Took{Wall: time.Since(start)}
	if cmd.ProcessState == nil {
		return took, err
	}
	took.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		took.MaxRSS = usage.Maxrss * 1024
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", c.Argv[0], err)
	}
	return took, err
}

// Job is a number of commands that make one file, one after the other.
type Job struct {
	Calls []Call `json:"calls"`
	// Output is the file that they make. It is moved to Keep, so that the next job that makes it finds none; "" to leave
	// it where it is.
	Output string `json:"output,omitempty"`
	Keep   string `json:"keep,omitempty"`
}

// Run runs the commands of a job.
func (j Job) Run(stderr io.Writer) (sum Took, err error) {
	for _, c := range j.Calls {
		took, err := Run(c, stderr, stderr)
		if err != nil {
			return sum, err
		}
		sum = sum.Plus(took)
	}
	if j.Keep == "" {
		return sum, nil
	}
	return sum, os.Rename(j.Output, j.Keep)
}

// Record is a command that kbuild ran, as the launcher writes it down.
type Record struct {
	// Tool is the name that kbuild has for it: rustc, cc, llvm-link.
	Tool string   `json:"tool"`
	Args []string `json:"args"`
	Dir  string   `json:"dir"`
	Env  []string `json:"env"`
}
