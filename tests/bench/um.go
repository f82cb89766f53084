// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/tests/bench/kmod"
	"rustc-lto-wrap/tests/lab"
)

// timedObjects are the Rust objects of that kernel that can call helpers and whose size is told: the kernel crate, Binder,
// and the null block driver.
var timedObjects = []string{"rust/kernel.o", "drivers/android/binder/rust_binder_main.o", "drivers/block/rnull/rnull.o"}

// umKernel is a user-mode kernel with its module, both made in one way.
type umKernel struct {
	name      string
	obj, host string // the object tree, as the lab and this machine see it
	ab        string // the directory of kbuild's tools, "" for the bare ones
	image     string // host path
	// initrds are host paths, one for each of entries.
	initrds []string
	// code is that of the module's loops, see loopCode.
	code map[string]string
}

// entries are how many bytes each function of the module begins with that do nothing. The least time of all counts.
var entries = []string{"0", "16", "32", "48"}

// newUM forks the plain user-mode kernel. Its Rust code is made by buildUM.
func (r *run) newUM(name string, shims bool) (*umKernel, error) {
	k := &umKernel{name: name}
	var err error
	if k.obj, k.host, err = r.lab.fork(r.um); err != nil {
		return nil, err
	}
	if shims {
		k.ab, err = r.lab.shims()
	}
	k.image = filepath.Join(k.host, "linux")
	for _, e := range entries {
		k.initrds = append(k.initrds, filepath.Join(r.temp, name+"-"+e+".initrd"))
	}
	return k, err
}

// buildUM makes the Rust objects of the kernel that can call helpers, links it, and makes the module, with settings in env.
// Everything else is the plain kernel's, C objects above all.
func (r *run) buildUM(k *umKernel, env ...string) error {
	tree, err := objtree.Read(k.host)
	if err != nil {
		return err
	}
	for _, o := range tree.Objects {
		if canCallHelpers(k.host, o.Path) {
			if err := os.Remove(filepath.Join(k.host, o.Path)); err != nil {
				return err
			}
		}
	}
	args := []string{}
	if k.ab != "" {
		args = append(args, "--ab", k.ab)
	}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	if _, err := measure(slices.Concat([]string{"make"}, args, []string{"--", r.um, k.obj})...); err != nil {
		return err
	}
	inside, host, err := r.lab.tree()
	if err != nil {
		return err
	}
	if err := os.CopyFS(host, os.DirFS("tests/bench/kmod/time")); err != nil {
		return err
	}
	for i, e := range entries {
		if _, err := measure(slices.Concat([]string{"make"}, args, []string{"--", r.um, k.obj, "M=" + inside, "ENTRY=" + e, "modules"})...); err != nil {
			return err
		}
		if k.code, err = loopCode(host); err != nil {
			return err
		}
		if _, err := script("initrd", "--client", filepath.Join(host, "client.c"), k.initrds[i], filepath.Join(host, "lto_wrap_time.ko")); err != nil {
			return err
		}
	}
	return nil
}

// canCallHelpers says whether the crate of an object can call helpers, by the command that kbuild saved.
func canCallHelpers(tree, object string) bool {
	dir, base := filepath.Split(object)
	text, err := os.ReadFile(filepath.Join(tree, dir, "."+base+".cmd"))
	return err == nil && (strings.Contains(string(text), "--extern kernel") || strings.Contains(string(text), "--extern bindings"))
}

// bootUM boots a kernel with one of its initrds, and gives what its module and the client measured, as nanoseconds per
// operation, and what the kernel's Rust tests took, of all that is printed in between.
func bootUM(k *umKernel, initrd string) (map[kmod.Loop]float64, []kmod.Loop, error) {
	cmd := exec.CommandContext(untilInterrupted, labScript, "boot", "--arch", "um", "--initrd", initrd, k.image)
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
