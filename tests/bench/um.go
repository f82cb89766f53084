// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/tests/bench/kmod"
	"rustc-lto-wrap/tests/lab"
)

// entries are how many bytes each function of the module begins with that do nothing. The least time of all counts.
var entries = []string{"0", "16", "32", "48"}

// newUM forks the plain user-mode kernel, for a module with each of entries.
func (r *run) newUM(name string, shims bool) (*loopKernel, error) {
	var initrds []loopInitrd
	for _, e := range entries {
		initrds = append(initrds, loopInitrd{module: []string{"ENTRY=" + e}, client: true})
	}
	return r.newLoopKernel(r.um, name, shims, initrds...)
}

// bootUM boots a kernel with one of its initrds, and gives what its module and the client measured, as nanoseconds per
// operation, and what the kernel's Rust tests took, of all that is printed in between.
func bootUM(k *loopKernel, initrd string) (map[kmod.Loop]float64, []kmod.Loop, error) {
	cmd := exec.CommandContext(untilInterrupted, labScript, "boot", "--arch", "um", "--initrd", initrd, filepath.Join(k.host, lab.UserMode().Image))
	// The program says there what of the machine it has tried.
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	var console strings.Builder
	var began, ended time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		console.WriteString(line + "\n")
		switch {
		case strings.Contains(line, "# Subtest: "+testSuite):
			began = time.Now()
		case !began.IsZero() && ended.IsZero() && strings.Contains(line, "ok ") && strings.HasSuffix(strings.TrimSpace(line), " "+testSuite):
			ended = time.Now()
		}
	}
	if err := cmd.Wait(); untilInterrupted.Err() != nil {
		return nil, nil, errInterrupted
	} else if err != nil {
		return nil, nil, fmt.Errorf("%s: %w\n%s", k.name, err, lab.Tail(console.String()+said.String()))
	}
	loads, err := kmod.Parse(console.String())
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", k.name, err)
	}
	if len(loads) != timedParts || ended.IsZero() {
		return nil, nil, fmt.Errorf("%s: %d parts of the measurement instead of %d, tests %v\n%s", k.name, len(loads), timedParts, !ended.IsZero(), lab.Tail(console.String()))
	}
	took := map[kmod.Loop]float64{{Name: "process." + testSuite, Lang: "rust"}: float64(ended.Sub(began).Nanoseconds())}
	var order []kmod.Loop
	for _, timings := range loads {
		for _, t := range timings {
			if t.Ops == 0 {
				return nil, nil, errors.New(t.Name + ": no operations")
			}
			order = append(order, t.Loop)
			took[t.Loop] = float64(t.Nanoseconds) / float64(t.Ops)
		}
	}
	return took, append(order, kmod.Loop{Name: "process." + testSuite, Lang: "rust"}), nil
}

// testSuite is the largest of the kernel's Rust tests.
const testSuite = "rust_doctests_kernel"

// timedParts are how often the console says begin: the module when it is loaded, the client, the module for the client.
const timedParts = 3
