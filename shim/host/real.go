// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Real is the Host of a real run.
type Real struct{ held *signals }

// Getenv implements [Host].
func (*Real) Getenv(key string) string { return os.Getenv(key) }

// Environ implements [Host].
func (*Real) Environ() []string { return os.Environ() }

// Stdout implements [Host].
func (*Real) Stdout() io.Writer { return os.Stdout }

// Stderr implements [Host].
func (*Real) Stderr() io.Writer { return os.Stderr }

// Exec implements [Host] with execve(2).
func (*Real) Exec(argv, env []string) error {
	return &os.PathError{Op: "exec", Path: argv[0], Err: syscall.Exec(argv[0], argv, env)}
}

// Hold implements [Host].
func (r *Real) Hold() {
	if r.held == nil {
		r.held = holdSignals()
	}
}

// Interrupted implements [Host].
func (r *Real) Interrupted() syscall.Signal {
	if r.held == nil {
		return 0
	}
	return r.held.received()
}

// Run implements [Host]. The child inherits all file descriptors that this process
// inherited, such as the jobserver's pipe of GNU make before 4.4, because Go sets
// close-on-exec only on those that it opened itself. The child is killed when this
// process dies, even by SIGKILL. Otherwise it would continue to write files that
// the next run writes as well.
func (r *Real) Run(argv, env []string) Result {
	r.Hold()
	// The kernel sends the parent-death signal when the thread that started the
	// child ends (PR_SET_PDEATHSIG in prctl(2)).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := &exec.Cmd{
		Path: argv[0], Args: argv, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	start := time.Now()
	if s, err := r.held.start(cmd); s != 0 || err != nil {
		return Result{Interrupted: s, Err: err, Status: 127}
	}
	err := cmd.Wait()
	res := Result{Wall: time.Since(start), Interrupted: r.held.childEnded(err == nil)}
	state := cmd.ProcessState
	if state == nil {
		res.Err, res.Status = err, 127
		return res
	}
	res.CPU = state.UserTime() + state.SystemTime()
	if u, ok := state.SysUsage().(*syscall.Rusage); ok {
		res.MaxRSS = int64(u.Maxrss) // int32 on 32-bit machines
	}
	ws, _ := state.Sys().(syscall.WaitStatus)
	if res.Status = state.ExitCode(); ws.Signaled() {
		res.Signal = ws.Signal()
		res.Status = 128 + int(res.Signal)
	}
	return res
}

// Output implements [Host].
func (*Real) Output(argv []string, input string) (string, error) {
	// A question may lead back to one of our programs, too.
	env := os.Environ()
	for _, p := range Programs {
		env = append(env, RecursionVariable(p)+"=1")
	}
	cmd := &exec.Cmd{Path: argv[0], Args: argv, Env: env, Stdin: strings.NewReader(input)}
	out, err := cmd.Output()
	return string(out), err
}

// StderrOf returns what the child of a failed [Host.Output] wrote to its
// standard error, and the error's own text for other errors.
func StderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return err.Error()
}
