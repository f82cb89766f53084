// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"strings"
	"testing"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/settings"
)

func TestEarlyFlags(t *testing.T) {
	const merge, size = " -Xclang -fmerge-functions", " -mllvm -force-attribute=optsize"
	const align = " -mllvm -align-all-functions=4"
	const limit = " -mllvm -inline-threshold=20 -mllvm -inlinehint-threshold=100" + align
	const aliases = " -mllvm -mergefunc-use-aliases"
	for _, c := range []struct {
		rustc, cflags, inline, want string
		alignment                   int
	}{
		{rustc: "-Copt-level=2", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + limit},
		{rustc: "-C opt-level=2 -Copt-level=3", want: "-O3 -fno-unroll-loops" + merge + size + aliases + limit},
		// LLVM's own limits apply to these levels.
		{rustc: "-Copt-level=s", want: "-Os -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=1", want: "-O1 -fno-unroll-loops -fno-slp-vectorize"},
		{rustc: "", want: "-fno-unroll-loops -fno-slp-vectorize"},
		{rustc: "-Copt-level=2", inline: "cost", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=2 -Zmerge-functions=disabled", want: "-O2 -fno-unroll-loops -fno-slp-vectorize" + size + limit},
		{rustc: "-Copt-level=2 -Zmerge-functions=trampolines", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + limit},
		{rustc: "-Copt-level=3 -Cno-vectorize-slp -Cno-vectorize-loops", want: "-O3 -fno-unroll-loops" + merge + " -fno-slp-vectorize -fno-vectorize" + size + aliases + limit},
		{rustc: "-Copt-level=2", cflags: "-mllvm -inline-threshold=225", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + " -mllvm -inlinehint-threshold=100" + align},
		// This is a kernel with CFI, on an architecture whose function alignment is
		// smaller than the hash.
		{rustc: "-Copt-level=2 -Zsanitizer=kcfi", alignment: 1, want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + strings.Replace(limit, "=4", "=2", 1)},
		{rustc: "-Copt-level=2", alignment: 1, want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + strings.Replace(limit, "=4", "=1", 1)},
		{rustc: "-Copt-level=2", cflags: "-mllvm -align-all-functions=5", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + strings.TrimSuffix(limit, align)},
		{rustc: "-Copt-level=2", cflags: "-mllvm -mergefunc-use-aliases=0", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + limit},
	} {
		if c.alignment == 0 {
			c.alignment = 4
		}
		s, err := settings.Read(hosttest.New(t, "LTO_WRAP_CFLAGS="+c.cflags, "LTO_WRAP_INLINE="+c.inline))
		if err != nil {
			t.Fatal(err)
		}
		flags, err := earlyFlags(s, argv.ParseRustc(strings.Fields(c.rustc), nil), nil, func() (int, error) { return c.alignment, nil })
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(flags, " ")
		if got != c.want {
			t.Errorf("%q, LTO_WRAP_CFLAGS=%q: %s\nwant %s", c.rustc, c.cflags, got, c.want)
		}
	}
}
