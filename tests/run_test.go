// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package tests tests run.sh, which runs all tests.
package tests

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runScript returns a command that runs run.sh with a shell script for the go command.
func runScript(t *testing.T, goCommand string, parts ...string) *exec.Cmd {
	t.Helper()
	program := filepath.Join(t.TempDir(), "go")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+goCommand), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("./run.sh", parts...)
	cmd.Env = append(os.Environ(), "GO="+program)
	return cmd
}

// status is the exit status in what running a command gives.
func status(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// TestFailure checks that a part that fails is named, that the others run, and that the
// lines of parts that run side by side can be told apart.
func TestFailure(t *testing.T) {
	out, err := runScript(t, `
case "$*" in
*./tests/tree*) echo broken >&2; exit 3 ;;
*) echo fine ;;
esac
`, "unit", "tree", "release").CombinedOutput()
	if got := status(err); got != 1 {
		t.Errorf("the exit status is %d, want 1", got)
	}
	for _, want := range []string{
		"part 3 of 3", "\nunit: fine\n", "\ntree: broken\n", "\nrelease: fine\n", "\n== unit: passed in ", "\n== tree: FAILED after ",
		"\ntests: failed: tree\n", "\n2 passed, 1 failed\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
}

// TestOnePart checks that a single part has the output to itself.
func TestOnePart(t *testing.T) {
	out, err := runScript(t, "echo fine", "unit").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\nfine\n") || !strings.HasSuffix(string(out), "\n1 passed, 0 failed\n") {
		t.Errorf("%v:\n%s", err, out)
	}
}

// TestUsage checks what cannot be run.
func TestUsage(t *testing.T) {
	cmd := runScript(t, "true", "nothing")
	if out, err := cmd.CombinedOutput(); status(err) != 2 || !strings.Contains(string(out), "there is no part nothing") {
		t.Errorf("%v: %s", err, out)
	}
	cmd = runScript(t, "true", "unit", "tree", "unit")
	if out, err := cmd.CombinedOutput(); status(err) != 2 || !strings.Contains(string(out), "named twice: unit") {
		t.Errorf("%v: %s", err, out)
	}
	cmd = runScript(t, "true", "unit")
	cmd.Env = append(cmd.Env, "PARALLEL=many")
	if out, err := cmd.CombinedOutput(); status(err) != 2 || !strings.Contains(string(out), "PARALLEL is many") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestInterrupt checks that an interrupt ends what the parts have started, and begins no
// other part.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	cmd := runScript(t, `echo $$ >`+dir+`/$$; exec sleep 300`, "unit", "tree", "release")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	begun := func() []string {
		files, err := filepath.Glob(dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	for limit := time.Now().Add(30 * time.Second); len(begun()) < 2 && time.Now().Before(limit); {
		time.Sleep(10 * time.Millisecond)
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Error(err)
	}
	if got := status(cmd.Wait()); got != 130 {
		t.Errorf("the exit status is %d, want 130", got)
	}
	files := begun()
	if len(files) != 2 {
		t.Errorf("%d parts were begun, want 2", len(files))
	}
	for _, f := range files {
		if _, err := os.Stat("/proc/" + filepath.Base(f)); err == nil {
			t.Errorf("process %s goes on", filepath.Base(f))
		}
	}
}
