// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package watch

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Output runs a command that may take minutes, and returns all that it prints. On standard error it tells from time to time that
// there is progress: the command prints, or makes files in the trees (host paths). It does not end the command. Whoever
// runs the tests ends them all when they print nothing.
func Output(cmd *exec.Cmd, trees ...string) (string, error) {
	var out bytes.Buffer
	w := New(10*time.Minute, trees...)
	w.Tell(func(what string) { fmt.Fprintf(os.Stderr, "%s: %s\n", filepath.Base(cmd.Path), what) })
	cmd.Stdout = w.Writer(&out)
	cmd.Stderr = cmd.Stdout
	_, stop := w.Context(context.Background())
	defer stop()
	err := cmd.Run()
	return out.String(), err
}
