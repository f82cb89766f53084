// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package compilation holds what all steps of one rewritten command line share: the
// host, the settings, what kbuild exports, the tools and the log. It also has
// the decision whether a command line is rewritten at all, and the flags that
// both kinds of plan give to clang.
//
// A [Context] goes into each plan and its execution. The package may import the
// packages host, settings, kbuild and toolchain.
package compilation

import (
	"fmt"
	"os"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

// Context is what a rewritten command line is planned and carried out with.
type Context struct {
	Host     host.Host
	Program  host.Program
	Settings *settings.Settings
	// Kbuild and Tools are nil before [Context.FindTools].
	Kbuild *kbuild.Environment
	Tools  *toolchain.Toolchain
	// Log is nil where none is asked for.
	Log *host.Logger
}

// Begin reads the settings, and opens the log for object if the settings ask for
// one. With an empty object there is no log. The error is a [*host.Failure].
func Begin(h host.Host, program host.Program, object string) (*Context, error) {
	s, err := settings.Read(h)
	if err != nil {
		return nil, err
	}
	c := &Context{Host: h, Program: program, Settings: s}
	if s.LogPath != "" && object != "" {
		if c.Log, err = host.OpenLog(s.LogPath, s.LogLevel, s.LogFormat, program, object); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// FindTools reads what kbuild exports and finds the tools that go with it.
func (c *Context) FindTools() error {
	kb, err := kbuild.Read(c.Host)
	if err != nil {
		return err
	}
	t, err := toolchain.Find(c.Host, c.Settings, kb)
	if err != nil {
		return err
	}
	c.Kbuild, c.Tools = kb, t
	var passed []string
	for _, p := range t.Passed {
		passed = append(passed, p.String())
	}
	c.Log.Info("tools", host.Fields{"rustc": t.Rustc.Argv, "clang": t.Clang.Argv, "llvm": t.Clang.Major, "clang_origin": t.Clang.Origin, "clang_why": t.Clang.Why, "passed_over": passed})
	return nil
}

// Do runs a step that must write the file out. about names, for messages, what
// the step is for. The result is that of the process, also on an error.
func (c *Context) Do(s host.Step, out, about string) (host.Result, error) {
	_ = os.Remove(out)
	c.Log.Debug("step", host.Fields{"step": s.Name, "argv": s.Argv})
	r := c.Host.Run(s.Argv, host.Guarded(c.Host, c.Program))
	if err := host.StepFailure(s.Name, s.Argv, r, about); err != nil {
		if f, ok := err.(*host.Failure); ok && f.Hint == "" && s.Name == "clang" && c.Kbuild != nil && c.Kbuild.MixesCompilers() {
			f.Hint = "this kernel is configured for gcc (CONFIG_CC_IS_GCC), and kbuild's C compiler is a clang now, which does not have all of its flags: leave out LLVM= and CC=, or give LTO_WRAP_CC=gcc with CC=cc-helper-wrap"
		}
		return r, err
	}
	if info, err := os.Stat(out); err != nil || info.Size() == 0 {
		return r, &host.Failure{What: fmt.Sprintf("%s succeeded but did not write %s, for %s", s.Name, out, about), Command: s.Argv, Status: 1}
	}
	return r, nil
}
