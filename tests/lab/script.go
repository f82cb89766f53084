// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/tests/internal/programs"
)

// Script runs lab.sh for a program that is no test.
type Script struct {
	Path string    // of lab.sh
	Log  io.Writer // where progress and make's output go
	Env  []string  // NAME=VALUE, besides the program's own
}

// with returns s with further settings.
func (s Script) with(env []string) Script {
	s.Env = slices.Concat(s.Env, env)
	return s
}

// Run runs lab.sh to its end and gives what it printed as its result, without the newline at the end. When ctx ends, so
// do lab.sh and all that it has started: they are a process group, and are asked by SIGTERM first, which has make remove
// what is half made.
func (s Script) Run(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	stdout := io.Writer(&out)
	if args[0] == "make" {
		stdout = s.Log
	}
	err := s.run(ctx, true, stdout, s.Log, args...)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return strings.TrimRight(out.String(), "\n"), err
}

// run runs lab.sh to its end, or until ctx ends. apart gives it a process group of its own, all of which is ended then; a
// program that does not handle what a terminal sends leaves it in its own, so that both hear it.
func (s Script) run(ctx context.Context, apart bool, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.Command(s.Path, args...)
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: apart}
	cmd.WaitDelay = 5 * time.Second // for who has inherited the output and goes on when lab.sh has ended
	if err := cmd.Start(); err != nil {
		return err
	}
	to := cmd.Process.Pid
	if apart {
		to = -to
	}
	ended := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		_ = syscall.Kill(to, syscall.SIGTERM) // make and lab.sh end their children
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(to, syscall.SIGKILL)
		}
	})
	defer stopped()
	err := cmd.Wait()
	close(ended)
	if err != nil {
		err = fmt.Errorf("lab.sh %s: %w", strings.Join(args, " "), err)
	}
	return err
}

// Shims puts the two programs, which are in the directory bin of this machine, into the lab under the names that kbuild's
// commands have for its tools. What it gives can be make's --ab; it is there until remove is called.
func (s Script) Shims(ctx context.Context, bin, name string) (ab string, remove func(), err error) {
	ab = "/lab/bin/" + name
	host, err := s.Run(ctx, "path", ab)
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(host) }
	for link, program := range programs.Links {
		if _, err = s.Run(ctx, "put", filepath.Join(bin, program), name+"/"+program); err != nil {
			break
		}
		if err = os.Symlink(program, filepath.Join(host, link)); errors.Is(err, os.ErrExist) {
			err = nil
		} else if err != nil {
			break
		}
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return ab, remove, nil
}
