// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"rustc-lto-wrap/tests/lab"
)

// source is a kernel: one of the lab's, or the user's own.
type source struct {
	version   string     // lab.sh's name; until the lab is made it may be one that the lab does not hold
	name      string     // to be shown
	directory string     // the user's own sources; "" for the lab's
	kernel    lab.Kernel // the lab's
}

// own is lab.sh's name of the sources in KERNEL_LAB_SOURCE.
const own = "own"

// isVersion matches what names a kernel of the lab.
var isVersion = regexp.MustCompile(`^([0-9]+\.[0-9]+|` + lab.Newest + `)$`)

// find finds a source that is none of the user's own among the kernels of the lab.
func (s *source) find(kernels []lab.Kernel) (err error) {
	if s.directory != "" {
		return nil
	}
	if s.kernel, err = lab.KernelOf(kernels, s.version); err == nil {
		s.version, s.name = s.kernel.Version, "Linux "+s.kernel.Version
	}
	return err
}

// sourceOf finds out what the user means. A directory must have the sources of a kernel with Rust, and no build in it, which
// kbuild refuses (and says so only when the lab is made).
func sourceOf(kernel string) (source, error) {
	if isVersion.MatchString(kernel) {
		return source{version: kernel}, nil
	}
	no := fmt.Errorf("there is no kernel %q: it may be a version, such as 6.12, newest, or the directory of an unmodified Linux source tree", kernel)
	directory, err := filepath.EvalSymlinks(kernel)
	if err == nil {
		directory, err = filepath.Abs(directory)
	}
	if errors.Is(err, os.ErrNotExist) {
		return source{}, no
	} else if err != nil {
		return source{}, err
	}
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(directory, name))
		return err == nil
	}
	switch {
	case !has("Kbuild") || !has("Kconfig"):
		return source{}, no
	case !has("rust/helpers") && !has("rust/helpers.c"):
		return source{}, fmt.Errorf("%s is a kernel without Rust: it has no rust/helpers", kernel)
	case has(".config") || has("include/config"):
		return source{}, fmt.Errorf("%s has been built in, and kbuild builds in no other directory then: run make mrproper there (it removes .config), or name a fresh copy, such as git worktree add gives", kernel)
	}
	return source{version: own, name: "Linux of " + kernel, directory: directory}, nil
}
