// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package shim

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/crate"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/toolchain"
)

// Main runs one of the two programs on args, the command line without the
// program's name, and returns the exit status. It does not return where the
// real tool takes over by exec. more are the queries that this program answers
// in addition to those of both programs.
func Main(h host.Host, program host.Program, args []string, more ...inspect.Query) int {
	if len(args) > 0 && strings.HasPrefix(args[0], "--wrap-") {
		return inspect.Answer(h, program, args, more)
	}
	var err error
	switch {
	case h.Getenv(host.RecursionVariable(program)) != "":
		err = &host.Failure{
			What:   fmt.Sprintf("%s would run itself: the real tool leads back to it", program),
			Hint:   "name the real tool in LTO_WRAP_RUSTC or LTO_WRAP_CC, and check the launchers and scripts in between",
			Status: 1,
		}
	case program == host.RustcWrap:
		err = rustc(h, args)
	default:
		err = cc(h, args)
	}
	return exit(h, program, err)
}

// rustc is what rustc-lto-wrap does with a command line.
func rustc(h host.Host, args []string) error {
	command, decision, err := crate.Decide(h, args)
	switch {
	case err != nil:
		return err
	case decision.Outcome == compilation.PassedThrough:
		return passThrough(h, host.RustcWrap, args)
	case decision.Outcome == compilation.NotInlined:
		return crate.CompileWithoutInlining(h, decision.Mode, command, decision.Reason)
	}

	// Plan and run, which ends with the record.
	h.Hold()
	object := crate.Object(command)
	warned, err := makeInlined(h, command, object)
	if err != nil {
		_ = os.Remove(object)
	}
	if f := compilation.Recoverable(decision.Mode, err); f != nil {
		warnOnce(h, host.RustcWrap, f)
		return crate.CompileAfterFailure(h, decision.Mode, command, f, warned)
	}
	return err
}

// makeInlined makes the object of a crate with the helpers inlined. told reports
// whether rustc has printed its warnings about the crate.
func makeInlined(h host.Host, command *argv.Rustc, object string) (warned bool, err error) {
	c, err := compilation.Begin(h, host.RustcWrap, object)
	if err != nil {
		return false, err
	}
	if err := c.FindTools(); err != nil {
		c.Log.Error("tools", host.Fields{"error": err.Error()})
		return false, err
	}
	plan, err := crate.NewPlan(c, command)
	if err != nil {
		return false, err
	}
	if warned, err = plan.Run(c); err != nil {
		c.Log.Error("no object", host.Fields{"error": err.Error()})
	}
	return warned, err
}

// cc is what cc-helper-wrap does with a command line.
func cc(h host.Host, args []string) error {
	command, decision, err := helpers.Decide(h, args)
	if err != nil {
		return err
	}
	if decision.Outcome == compilation.PassedThrough {
		return passThrough(h, host.CCWrap, args)
	}

	// Plan and run. From here on, an object that exists is the new one.
	h.Hold()
	if err := os.Remove(command.Output); err != nil && !os.IsNotExist(err) {
		return host.FileFailure("cannot remove the old object", err)
	}
	err = compileTwice(h, command)
	if f := compilation.Recoverable(decision.Mode, err); f != nil {
		// The object that kbuild asked for matters more than the bitcode.
		if _, serr := os.Stat(command.Output); serr == nil {
			warnOnce(h, host.CCWrap, f)
			return nil
		}
	}
	if err != nil {
		_ = os.Remove(command.Output)
	}
	return err
}

// compileTwice compiles the helpers to the object that was asked for, with the
// very command line, and then to bitcode.
func compileTwice(h host.Host, command *argv.CC) error {
	c, err := compilation.Begin(h, host.CCWrap, command.Output)
	if err != nil {
		return err
	}
	compiler, err := toolchain.CC(h)
	if err != nil {
		return err
	}
	line := append(compiler, command.Args...)
	result := h.Run(line, host.Guarded(h, host.CCWrap))
	if err := host.StepFailure("the C compiler", line, result, command.Inputs[0]); err != nil {
		return err
	}
	if err := c.FindTools(); err != nil {
		return err
	}
	for _, variant := range c.Kbuild.Variants() {
		plan, err := helpers.NewPlan(c, variant, "", command)
		if err != nil {
			return err
		}
		if _, err := plan.Ensure(c); err != nil {
			return err
		}
	}
	return nil
}

// passThrough gives the command line to the real tool, by exec. It returns only
// on failure.
func passThrough(h host.Host, program host.Program, args []string) error {
	real := toolchain.Rustc
	if program == host.CCWrap {
		real = toolchain.CC
	}
	command, err := real(h)
	if err != nil {
		return err
	}
	command = append(command, args...)
	return &host.Failure{What: h.Exec(command, host.Guarded(h, program)).Error(), Command: command, Status: 127}
}

// exit reports err and returns the exit status. A process that a signal asked to
// end ends by that signal, so that make sees it, whatever came of its work.
func exit(h host.Host, program host.Program, err error) int {
	die := h.Interrupted()
	var plain *host.Ended
	switch {
	case die != 0:
	case errors.As(err, &plain):
		die = plain.Signal
	case err != nil:
		host.Report(h, program, "error", err)
	}
	if die != 0 {
		host.DieBy(die)
		return 128 + int(die)
	}
	return host.StatusOf(err)
}
