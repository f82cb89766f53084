// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"testing"

	"rustc-lto-wrap/tests/lab"
)

// TestUserMode is the proof of make test: a whole, unmodified kernel that is quick to build and to boot. It runs as a process of
// this machine, with the kernel crate, its doctests and Binder built in, and the null block driver as a module.
func TestUserMode(t *testing.T) {
	l := lab.Open(t)
	kernel := l.MostRust()
	k := build(t, kernel, lab.UserMode(), l.UserModeTest(kernel.Version)...)
	k.Modules = []string{"rnull_mod"}
	t.Run("calls", k.calls)
	t.Run("passed-through", k.passedThrough)
	t.Run("diagnostics", k.diagnostics)
	t.Run("boot", k.boot)
	t.Run("nothing-to-do", k.nothingToDo)
	t.Run("clean", k.clean)
	t.Run("source-untouched", k.sourceUntouched)
}
