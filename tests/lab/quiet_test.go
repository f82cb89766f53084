// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestQuiet: a command that prints takes as long as it likes, and one that prints nothing is ended. The time is the test's: it goes on
// when a program that stands in for sleep(1) returns.
func TestQuiet(t *testing.T) {
	const (
		// The turns go on one by one, when the command says so, until the test is over.
		onRequest = `while [ -d "$TMPDIR" ] && ! rm "$TMPDIR/turn" 2>/dev/null; do /bin/sleep 0.01; done`
		atOnce    = `exit 0`
	)
	for _, c := range []struct {
		name, sleep, command string
		printed              string
		status               int
	}{
		{"prints", onRequest, `for i in 1 2 3 4 5 6; do
	for turn in 1 2 3 4; do : >"$TMPDIR/turn"; while [ -e "$TMPDIR/turn" ]; do /bin/sleep 0.01; done; done
	printf $i
	until grep -qs $i "$TMPDIR"/*/printed; do /bin/sleep 0.01; done
done`, "123456", 0},
		{"fails", onRequest, "echo broken; exit 3", "broken\n", 3},
		{"aborts", onRequest, "ulimit -c 0; kill -ABRT $$", "", 134},
		{"prints nothing", atOnce, "exec /bin/sleep 1000", "", 124},
		{"hears no SIGTERM, nor what it has started", atOnce, `trap "" TERM; /bin/sleep 1000 2>/dev/null & echo $! >"$TMPDIR/pid"; wait`, "", 124},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "sleep"), []byte("#!/bin/sh\n"+c.sleep+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("bash", "sh/quiet.sh", "5", "sh", "-c", c.command)
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "TMPDIR="+dir)
			out, err := cmd.Output()
			if got := cmd.ProcessState.ExitCode(); got != c.status || string(out) != c.printed {
				t.Errorf("status %d, want %d; it printed %q; %v", got, c.status, out, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "pid")); err == nil {
				_ = exec.Command("sh", "-c", `kill -KILL "$(cat "$1")"`, "sh", filepath.Join(dir, "pid")).Run()
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "tmp.*")); left != nil {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}
