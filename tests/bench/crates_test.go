// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/bench/call"
)

func TestObjectOf(t *testing.T) {
	for _, c := range []struct{ tool, args, want string }{
		{"rustc", "--emit=dep-info=rust/.kernel.o.d --emit=obj=rust/kernel.o --emit=metadata=rust/libkernel.rmeta /k/rust/kernel/lib.rs", "rust/kernel.o"},
		{"rustc", "--emit=dep-info=d --emit=llvm-bc=drivers/block/rnull.bc /k/drivers/block/rnull.rs", "drivers/block/rnull.o"},
		{"rustc", "--emit=obj=.tmp_42/tmp --crate-type=rlib /dev/null", ""},
		{"rustc", "--emit=obj=- -", ""},
		{"rustc", "--emit=link=rust/libmacros.so rust/macros.rs", ""},
		{"rustc", "--version", ""},
		{"llvm-link", "--internalize drivers/block/rnull.bc ./rust/helpers/helpers_module.bc -o drivers/block/rnull.m.bc", "drivers/block/rnull.o"},
		{"cc", "-O2 -c drivers/block/rnull.m.bc -o drivers/block/rnull.o", "drivers/block/rnull.o"},
		{"cc", "-O2 -c -o rust/helpers/helpers.o /k/rust/helpers/helpers.c", helpersObject},
		{"cc", "-O2 -emit-llvm -c /k/rust/helpers/helpers.c -o rust/helpers/helpers_module.bc", helpersObject},
		{"cc", "-O2 -c -o kernel/fork.o /k/kernel/fork.c", ""},
		{"cc", "-c -o .tmp_42/tmp.o x.bc", ""},
	} {
		if got := objectOf(c.tool, strings.Fields(c.args)); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.tool, c.args, got, c.want)
		}
	}
}

func TestJob(t *testing.T) {
	c := &captured{records: map[string][]call.Record{"rust/kernel.o": {{
		Tool: "rustc", Args: []string{"--extern", "bindings", "kernel.rs"}, Dir: "/lab/obj", Env: []string{"MAKEFLAGS= --jobserver-auth=3,4", "ARCH=x86"},
	}}, "rust/core.o": {{Tool: "rustc", Args: []string{"core.rs"}}}}}
	l := &labRoot{inside: "/lab/bin/x"}
	late := c.job(l, "rust/kernel.o", lateWay)
	if got := late.Calls[0]; got.Argv[0] != "/lab/bin/x/rustc-lto-wrap" || !slices.Equal(got.Env, []string{"ARCH=x86", "LTO_WRAP_PIPELINE=late"}) {
		t.Errorf("%+v", got)
	}
	plain := c.job(l, "rust/kernel.o", plainWay)
	if got := plain.Calls[0]; got.Argv[0] != realTools["rustc"] || !slices.Equal(got.Env, []string{"ARCH=x86"}) {
		t.Errorf("%+v", got)
	}
	if late.Keep == plain.Keep {
		t.Errorf("both ways are kept as %s", late.Keep)
	}
	if !c.canCallHelpers("rust/kernel.o") || c.canCallHelpers("rust/core.o") {
		t.Error("kernel.o can call helpers, and core.o cannot")
	}
}
