// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package kbuildtest finds the kernels against whose Makefiles tests hold the tables
// of flags and options.
package kbuildtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Script is the lab's program, as seen from the directory of a package in shim/.
const Script = "../../tests/lab/lab.sh"

// Sources returns the directories with the sources of the lab's kernels. The test is
// skipped where the lab is not to be used (KERNEL_LAB_TESTS), and fails if the lab
// has no kernel.
func Sources(t *testing.T) []string {
	t.Helper()
	if os.Getenv("KERNEL_LAB_TESTS") == "" {
		t.Skip("KERNEL_LAB_TESTS is not set")
	}
	dir, err := exec.Command(Script, "path", "/lab").Output()
	if err != nil {
		t.Fatal(err)
	}
	versions, err := exec.Command(Script, "kernels").Output()
	if err != nil {
		t.Fatal(err)
	}
	var trees []string
	for version := range strings.FieldsSeq(string(versions)) {
		trees = append(trees, filepath.Join(strings.TrimSpace(string(dir)), "linux-"+version))
	}
	if len(trees) == 0 {
		t.Fatal("the lab has no kernel")
	}
	return trees
}
