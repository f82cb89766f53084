// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"testing"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild"
)

// TestKey checks that the key changes exactly if the bitcode changes.
func TestKey(t *testing.T) {
	keyWith := func(env ...string) string {
		c, err := compilation.Begin(hosttest.New(t, env...), host.RustcWrap, "")
		if err == nil {
			err = c.FindTools()
		}
		if err != nil {
			t.Fatal(err)
		}
		// The directories differ from call to call, and so would the path of the tool.
		c.Tools.Clang.Argv = []string{"/nowhere/clang"}
		instrumentation, unknown, err := c.Kbuild.Instrumentation(c.Host)
		if err != nil {
			t.Fatal(err)
		}
		return key(c, kbuild.Builtin, instrumentation, unknown)
	}
	base := keyWith()
	for _, e := range []string{"LTO_WRAP_LINKAGE=internal", "LTO_WRAP_INLINE=cost", "LTO_WRAP_HELPERS_DROP=-O2", "KBUILD_CPPFLAGS=-DX", "LINUXINCLUDE=-I/other", "KCFLAGS=-g", "CFLAGS_KERNEL=-DY"} {
		if keyWith(e) == base {
			t.Errorf("%s does not change the key", e)
		}
	}
	for _, e := range []string{"LTO_WRAP_PIPELINE=early", "LTO_WRAP_KEEP=1", "LTO_WRAP_CFLAGS=-O1", "KBUILD_CFLAGS=-O2 -Wextra"} {
		if keyWith(e) != base {
			t.Errorf("%s changes the key", e)
		}
	}
}
