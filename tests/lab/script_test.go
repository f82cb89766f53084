// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"rustc-lto-wrap/tests/internal/watch"
)

// fakeScript is a lab.sh of a few lines.
func fakeScript(t *testing.T, text string) (s Script, log *strings.Builder) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lab.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
	log = new(strings.Builder)
	return Script{Path: path, Log: log, Env: []string{"LAB_TEST=set"}}, log
}

func TestScriptRun(t *testing.T) {
	s, log := fakeScript(t, `echo "$LAB_TEST $*"; echo progress >&2; [ "$1" != bad ]`+"\n")
	for _, test := range []struct{ command, out, log string }{{"path", "set path x", "progress\n"}, {"make", "", "set make x\nprogress\n"}} {
		log.Reset()
		out, err := s.Run(context.Background(), test.command, "x")
		if out != test.out || err != nil || log.String() != test.log {
			t.Errorf("%s: %q, %v, log %q", test.command, out, err, log)
		}
	}
	if out, err := s.Run(context.Background(), "bad"); err == nil || out != "set bad" || !strings.Contains(err.Error(), "lab.sh bad") {
		t.Errorf("a failure: %q, %v", out, err)
	}
}

// TestScriptEnds: what lab.sh has started ends with it, be it that lab.sh itself is gone by then.
func TestScriptEnds(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	s, _ := fakeScript(t, `sleep 100000 & echo $! >"$2.new"; mv "$2.new" "$2"; wait`+"\n")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		watch.Until(func() bool { _, err := os.Stat(pids); return err == nil })
		cancel()
	}()
	ended := make(chan error, 1)
	go func() {
		_, err := s.Run(ctx, "boot", pids)
		ended <- err
	}()
	// The child would end by itself, and sleeps for longer than any patience lasts.
	<-ctx.Done()
	if err, ok := watch.Receive(ended); !ok || !errors.Is(err, context.Canceled) {
		t.Errorf("%v; ended: %t", err, ok)
	}
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if !watch.Until(func() bool {
		// One that has ended and that nobody has waited for yet is there, too.
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	}) {
		t.Error("the child still runs")
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// TestShims: the shims have the names of the tools, and can be removed.
func TestShims(t *testing.T) {
	bin, root := t.TempDir(), t.TempDir()
	s, _ := fakeScript(t, `case $1 in
path) echo "`+root+`$2" ;;
put) mkdir -p "`+root+`/lab/bin/${3%/*}" && cp "$2" "`+root+`/lab/bin/$3" ;;
esac
`)
	if _, _, err := s.Shims(context.Background(), bin, "x"); err == nil {
		t.Error("programs that are not there are no error")
	}
	for _, p := range []string{"cc-helper-wrap", "rustc-lto-wrap"} {
		if err := os.WriteFile(filepath.Join(bin, p), []byte(p), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ab, remove, err := s.Shims(context.Background(), bin, "x")
	if err != nil || ab != "/lab/bin/x" {
		t.Fatalf("%q, %v", ab, err)
	}
	for link, want := range map[string]string{"cc": "cc-helper-wrap", "rustc": "rustc-lto-wrap"} {
		if got, err := os.ReadFile(filepath.Join(root, ab, link)); string(got) != want {
			t.Errorf("%s: %q, %v", link, got, err)
		}
	}
	remove()
	if _, err := os.Stat(filepath.Join(root, ab)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after removal: %v", err)
	}
}
