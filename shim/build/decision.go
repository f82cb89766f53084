// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package build

import (
	"fmt"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// Decision is what becomes of a command line, and why.
type Decision struct {
	Rewrite bool `json:"rewrite"`
	// Plain is set for a crate that could call helpers but is compiled with the
	// very command line that was given. It still gets a record, and kbuild is told
	// when to compile it again.
	Plain  bool   `json:"plain"`
	Reason string `json:"reason"`
}

// Rewrite decides to rewrite a command line.
func Rewrite(reason string) Decision { return Decision{Rewrite: true, Reason: reason} }

// Plain decides to compile a crate plainly.
func Plain(reason string) Decision { return Decision{Plain: true, Reason: reason} }

// Pass decides to pass a command line through.
func Pass(format string, args ...any) Decision {
	return Decision{Reason: fmt.Sprintf(format, args...)}
}

// StandAside overrules a decision to rewrite, or to compile a crate plainly, by
// what mode and environment say.
func StandAside(h host.Host, m settings.Mode, d Decision) Decision {
	running := kbuild.Running(h)
	switch {
	case !d.Rewrite && !d.Plain:
		return d
	case m == settings.Off:
		return Decision{Plain: running, Reason: "LTO_WRAP=off"}
	case !running:
		return Pass("not run by kbuild: srctree, objtree and KBUILD_CFLAGS are not all in the environment")
	case kbuild.InlinesHelpers(h):
		return Pass("the kernel inlines its helpers itself: CONFIG_RUST_INLINE_HELPERS")
	}
	return d
}
