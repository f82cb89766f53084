package shim

import (
	"strings"
	"testing"

	"rustc-lto-wrap/argv"
)

func TestEarlyFlags(t *testing.T) {
	const merge, limit = " -Xclang -fmerge-functions", " -mllvm -inline-threshold=20 -mllvm -inlinehint-threshold=100"
	const aliases = " -mllvm -mergefunc-use-aliases"
	for _, c := range []struct{ rustc, cflags, inline, want string }{
		{rustc: "-Copt-level=2", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases + limit},
		{rustc: "-C opt-level=2 -Copt-level=3", want: "-O3 -fno-unroll-loops" + merge + aliases + limit},
		// LLVM's own limits are for these.
		{rustc: "-Copt-level=s", want: "-Os -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=1", want: "-O1 -fno-unroll-loops -fno-slp-vectorize"},
		{rustc: "", want: "-fno-unroll-loops -fno-slp-vectorize"},
		{rustc: "-Copt-level=2", inline: "cost", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=2 -Zmerge-functions=disabled", want: "-O2 -fno-unroll-loops -fno-slp-vectorize" + limit},
		{rustc: "-Copt-level=2 -Zmerge-functions=trampolines", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + limit},
		{rustc: "-Copt-level=3 -Cno-vectorize-slp -Cno-vectorize-loops", want: "-O3 -fno-unroll-loops" + merge + " -fno-slp-vectorize -fno-vectorize" + aliases + limit},
		{rustc: "-Copt-level=2", cflags: "-mllvm -inline-threshold=225", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases + " -mllvm -inlinehint-threshold=100"},
		{rustc: "-Copt-level=2", cflags: "-mllvm -mergefunc-use-aliases=0", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + limit},
	} {
		h, _, _ := newPlanner(t, "LTO_WRAP_CFLAGS="+c.cflags, "LTO_WRAP_INLINE="+c.inline)
		s, err := ReadSettings(h)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(earlyFlags(s, argv.ParseRustc(strings.Fields(c.rustc), nil)), " ")
		if got != c.want {
			t.Errorf("%q, LTO_WRAP_CFLAGS=%q: %s\nwant %s", c.rustc, c.cflags, got, c.want)
		}
	}
}
