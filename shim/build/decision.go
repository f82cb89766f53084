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
	Rewrite bool   `json:"rewrite"`
	Reason  string `json:"reason"`
}

// Rewrite decides to rewrite a command line.
func Rewrite(reason string) Decision { return Decision{true, reason} }

// Pass decides to pass a command line through.
func Pass(format string, args ...any) Decision {
	return Decision{false, fmt.Sprintf(format, args...)}
}

// StandAside overrules a decision to rewrite by what mode and environment say.
func StandAside(h host.Host, m settings.Mode, d Decision) Decision {
	switch {
	case !d.Rewrite:
		return d
	case m == settings.Off:
		return Pass("LTO_WRAP=off")
	case !kbuild.Running(h):
		return Pass("not run by kbuild: srctree, objtree and KBUILD_CFLAGS are not all in the environment")
	case kbuild.InlinesHelpers(h):
		return Pass("the kernel inlines its helpers itself: CONFIG_RUST_INLINE_HELPERS")
	}
	return d
}
