// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compilation

import (
	"errors"
	"fmt"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// Outcome is what becomes of a command line, in the words of --wrap-explain.
type Outcome string

const (
	// PassedThrough is for a command line that the real tool gets, by exec.
	PassedThrough Outcome = "pass through"
	// NotInlined is for a crate that could call helpers and is compiled with the very command line that was given. It still gets
	// a record, and kbuild is told when to rebuild it.
	NotInlined Outcome = "compile without inlining"
	// Rewritten is for a command line that is rewritten.
	Rewritten Outcome = "rewrite"
)

// Decision is what becomes of a command line, and why. Each program has one function that decides (crate.Decide,
// helpers.Decide), which a build and --wrap-explain share.
type Decision struct {
	Outcome Outcome
	Reason  string
	// Mode is the value of LTO_WRAP, "" where nobody had to ask for it.
	Mode settings.Mode
	// OutsideMake is set where the outcome would be another one if kbuild ran the command line.
	OutsideMake bool
}

// Rewrite decides to rewrite a command line.
func Rewrite(reason string) Decision { return Decision{Outcome: Rewritten, Reason: reason} }

// WithoutInlining decides to compile a crate without inlining.
func WithoutInlining(reason string) Decision { return Decision{Outcome: NotInlined, Reason: reason} }

// Pass decides to pass a command line through.
func Pass(format string, args ...any) Decision {
	return Decision{Outcome: PassedThrough, Reason: fmt.Sprintf(format, args...)}
}

// InEnvironment returns what becomes of a command line that is rewritten or compiled without inlining by its form: that decision, or
// another one because of LTO_WRAP or because of what kbuild exports. The error is that of an unknown LTO_WRAP.
func InEnvironment(h host.Host, byForm Decision) (Decision, error) {
	if byForm.Outcome == PassedThrough {
		return byForm, nil
	}
	m, err := settings.ReadMode(h)
	if err != nil {
		return byForm, err
	}
	d, running := byForm, kbuild.Running(h)
	switch {
	case m == settings.Off && running:
		d = WithoutInlining("LTO_WRAP=off")
	case m == settings.Off:
		d = Pass("LTO_WRAP=off")
	case !running:
		d = Pass("not run by kbuild: srctree, objtree and KBUILD_CFLAGS are not all in the environment")
		d.OutsideMake = true
	case kbuild.InlinesHelpers(h):
		d = Pass("the kernel inlines its helpers itself: CONFIG_RUST_INLINE_HELPERS")
	}
	d.Mode = m
	return d, nil
}

// Recoverable returns the failure that a run recovers from by compiling without inlining: with LTO_WRAP=try one that concerns the
// inlining only, in each mode one that the user can do nothing about. It is nil for another failure and for no error.
func Recoverable(m settings.Mode, err error) *host.Failure {
	var f *host.Failure
	if errors.As(err, &f) && f.Inlining && (m == settings.Try || f.Foreign) {
		return f
	}
	return nil
}
