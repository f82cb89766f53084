// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"context"
	"fmt"
	"os"
	"strings"

	"rustc-lto-wrap/tests/internal/programs"
)

// Shims builds the two programs and puts them into the lab under the names that kbuild's commands have for its tools.
// What it gives can be Options.AB; it is removed when the test ends.
func (l *Lab) Shims() (ab string) {
	l.t.Helper()
	bin := l.t.TempDir()
	err := programs.Build(bin, programs.Shims)
	var remove func()
	if err == nil {
		ab, remove, err = l.script.Shims(context.Background(), bin, fmt.Sprintf("shims-%d-%d", os.Getpid(), names.Add(1)))
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(remove)
	return ab
}

// External builds a module outside of the kernel, whose sources are in a directory of this machine, against the build tree
// o.Obj, which is mounted read-only, and gives the directory where it was built (inside path). It fails if the build does,
// or if the shims, or modpost of an undefined symbol, have something to say.
func (l *Lab) External(o Options, version, sources string) (dir string, err error) {
	l.t.Helper()
	dir = l.Tree()
	if err := os.CopyFS(l.Path(dir), os.DirFS(sources)); err != nil {
		return "", err
	}
	out, errs, code := l.Run(o, "mount -o remount,bind,ro "+ObjDir+" && "+l.ExternalMake(version, dir))
	// That the module is no part of the kernel, modpost may say.
	if out += errs; code != 0 || strings.Contains(out, "lto-wrap") || strings.Contains(out, "undefined") {
		return "", fmt.Errorf("building %s against %s: status %d\n%s", sources, o.Obj, code, Tail(out))
	}
	return dir, nil
}

// ExternalMake is the command that builds the module in dir (inside path).
func (l *Lab) ExternalMake(version, dir string) string {
	l.t.Helper()
	return l.MakeCommand(version, "M="+dir, "modules")
}
