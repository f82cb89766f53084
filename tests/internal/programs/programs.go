// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package programs builds programs of this project for tests and benchmarks, as they are installed.
package programs

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Shims are the packages of the two programs under test.
const Shims = "rustc-lto-wrap/cmd/..."

// Links are the names that kbuild's tools have in its commands, where CC= and RUSTC= name a directory of tests, and the
// program under test that each becomes.
var Links = map[string]string{"cc": "cc-helper-wrap", "rustc": "rustc-lto-wrap"}

// Build builds programs into a directory, which is made if it is missing. The arguments are go build's: packages, and options
// before them. Without cgo: what is built runs on this machine and in the lab.
func Build(dir string, args ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false", "-o", dir + "/"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// RunTests runs the tests of a package with a directory for its programs, which prepare fills and which is removed in the end.
// It returns the exit status.
func RunTests(m *testing.M, prepare func(dir string) error) (status int) {
	dir, err := os.MkdirTemp("", "programs")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
