package shim

import (
	"strings"
	"testing"

	"rustc-lto-wrap/argv"
)

func TestEarlyFlags(t *testing.T) {
	const merge, size = " -Xclang -fmerge-functions", " -mllvm -force-attribute=optsize"
	const align = " -mllvm -align-all-functions=4"
	const limit = " -mllvm -inline-threshold=20 -mllvm -inlinehint-threshold=100" + align
	const aliases = " -mllvm -mergefunc-use-aliases"
	for _, c := range []struct {
		rustc, cflags, inline, want string
		unaligned                   bool
	}{
		{rustc: "-Copt-level=2", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + limit},
		{rustc: "-C opt-level=2 -Copt-level=3", want: "-O3 -fno-unroll-loops" + merge + size + aliases + limit},
		// LLVM's own limits are for these.
		{rustc: "-Copt-level=s", want: "-Os -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=1", want: "-O1 -fno-unroll-loops -fno-slp-vectorize"},
		{rustc: "", want: "-fno-unroll-loops -fno-slp-vectorize"},
		{rustc: "-Copt-level=2", inline: "cost", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=2 -Zmerge-functions=disabled", want: "-O2 -fno-unroll-loops -fno-slp-vectorize" + size + limit},
		{rustc: "-Copt-level=2 -Zmerge-functions=trampolines", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + limit},
		{rustc: "-Copt-level=3 -Cno-vectorize-slp -Cno-vectorize-loops", want: "-O3 -fno-unroll-loops" + merge + " -fno-slp-vectorize -fno-vectorize" + size + aliases + limit},
		{rustc: "-Copt-level=2", cflags: "-mllvm -inline-threshold=225", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + " -mllvm -inlinehint-threshold=100" + align},
		// Where nobody knows how functions are aligned, they stay as they are.
		{rustc: "-Copt-level=2", unaligned: true, want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + aliases + strings.TrimSuffix(limit, align)},
		{rustc: "-Copt-level=2", cflags: "-mllvm -align-all-functions=5", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + aliases + strings.TrimSuffix(limit, align)},
		{rustc: "-Copt-level=2", cflags: "-mllvm -mergefunc-use-aliases=0", want: "-O2 -fno-unroll-loops" + merge + " -fno-slp-vectorize" + size + limit},
	} {
		h, _, _ := newPlanner(t, "LTO_WRAP_CFLAGS="+c.cflags, "LTO_WRAP_INLINE="+c.inline)
		s, err := ReadSettings(h)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(earlyFlags(s, argv.ParseRustc(strings.Fields(c.rustc), nil), func() (int, bool) { return 4, !c.unaligned }), " ")
		if got != c.want {
			t.Errorf("%q, LTO_WRAP_CFLAGS=%q: %s\nwant %s", c.rustc, c.cflags, got, c.want)
		}
	}
}
