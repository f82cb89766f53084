// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/objtree"
)

// loopKernel is a kernel with the module in kmod/time, both made in one way.
type loopKernel struct {
	name      string
	version   string // as lab.sh has it: with the architecture
	obj, host string // the object tree, as the lab and this machine see it
	ab        string // the directory of kbuild's tools, "" for the bare ones
	// initrds are the initramfs, one for each build of the module.
	initrds []loopInitrd
	// code is that of the module's loops, see loopCode.
	code map[string]string
}

// loopInitrd is an initramfs with the module.
type loopInitrd struct {
	path   string   // on this machine
	module []string // what make is told about the module
	client bool     // has the client too
}

// newLoopKernel forks the plain kernel of a version. Its Rust code is made by buildLoops.
func (r *run) newLoopKernel(version, name string, shims bool, initrds ...loopInitrd) (*loopKernel, error) {
	k := &loopKernel{name: name, version: version}
	for i, in := range initrds {
		in.path = filepath.Join(r.temp, fmt.Sprintf("%s-%s-%d.initrd", version, strings.ReplaceAll(name, " ", "-"), i))
		k.initrds = append(k.initrds, in)
	}
	var err error
	if k.obj, k.host, err = r.lab.fork(version); err == nil && shims {
		k.ab, err = r.lab.shims()
	}
	return k, err
}

// buildLoops makes the Rust objects of the kernel that can call helpers, links it, and makes the module, with settings in env.
// Everything else is the plain kernel's, C objects above all.
func (r *run) buildLoops(k *loopKernel, env ...string) error {
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
	if _, err := measure(slices.Concat([]string{"make"}, args, []string{"--", k.version, k.obj})...); err != nil {
		return err
	}
	inside, host, err := r.lab.tree()
	if err != nil {
		return err
	}
	if err := os.CopyFS(host, os.DirFS("tests/bench/kmod/time")); err != nil {
		return err
	}
	for _, in := range k.initrds {
		if _, err := measure(slices.Concat([]string{"make"}, args, []string{"--", k.version, k.obj, "M=" + inside}, in.module, []string{"modules"})...); err != nil {
			return err
		}
		if k.code, err = loopCode(host); err != nil {
			return err
		}
		_, arch, _ := strings.Cut(k.version, "-")
		options := []string{"initrd", "--arch", arch}
		if in.client {
			options = append(options, "--client", filepath.Join(host, "client.c"))
		}
		if _, err := script(append(options, in.path, filepath.Join(host, "lto_wrap_time.ko"))...); err != nil {
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
