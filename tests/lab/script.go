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
	"strings"
	"syscall"
	"time"
)

// Script runs lab.sh for a program that is no test.
type Script struct {
	Path string    // of lab.sh
	Log  io.Writer // where progress and make's output go
	Env  []string  // NAME=VALUE, besides the program's own
}

// Run runs lab.sh to its end and gives what it printed as its result, without the newline at the end. When ctx ends, so
// do lab.sh and all that it has started: they are a process group, and are asked by SIGTERM first, which has make remove
// what is half made.
func (s Script) Run(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.Command(s.Path, args...)
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Stdout, cmd.Stderr = &out, s.Log
	if args[0] == "make" {
		cmd.Stdout = s.Log
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
	})
	err := cmd.Wait()
	close(ended)
	if !stopped() {
		return "", context.Cause(ctx)
	}
	if err != nil {
		err = fmt.Errorf("lab.sh %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimRight(out.String(), "\n"), err
}

// Shims puts the two programs, which are in the folder bin of this machine, into the lab under the names that kbuild's
// commands have for its tools. What it gives can be make's --ab; it is there until remove is called.
func (s Script) Shims(ctx context.Context, bin, name string) (ab string, remove func(), err error) {
	ab = "/lab/bin/" + name
	host, err := s.Run(ctx, "path", ab)
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(host) }
	for link, program := range map[string]string{"cc": "cc-helper-wrap", "rustc": "rustc-lto-wrap"} {
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
