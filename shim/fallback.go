// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package shim

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// warnOnce tells what prevents the inlining, once in a build: the object tree has a
// mark for the message and the build.
func warnOnce(h host.Host, program host.Program, f *host.Failure) {
	if kb, err := kbuild.Read(h); err == nil {
		marks := filepath.Join(kb.CacheDir(), ".tmp_lto_wrap_warned_")
		build, _ := host.MakeRun()
		// A failure without a hint is one of a step, and names its file.
		mark := marks + fmt.Sprintf("%s_%.12s", build, host.Hash([]byte(cmp.Or(f.Hint, f.What))))
		file, err := os.OpenFile(mark, os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return
		}
		if err == nil {
			_ = file.Close()
		}
		removeMarks(marks, build)
	}
	severity, what := "warning", "; continuing without inlining (LTO_WRAP=try)"
	if f.Foreign {
		severity, what = "note", "; the module is compiled without inlining"
	}
	host.Report(h, program, severity, &host.Failure{What: f.What + what, Hint: f.Hint})
}

// removeMarks removes the marks of other builds than this one.
func removeMarks(marks, build string) {
	old, _ := filepath.Glob(marks + "*")
	for _, m := range old {
		if !strings.HasPrefix(m, marks+build+"_") {
			_ = os.Remove(m)
		}
	}
}
