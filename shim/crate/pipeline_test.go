// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/settings"
)

func TestEarlyFlags(t *testing.T) {
	const merge, size = " -Xclang -fmerge-functions", " -mllvm -force-attribute=optsize"
	const align = " -mllvm -align-all-functions=4"
	const limits = " -mllvm -inline-threshold=20 -mllvm -inlinehint-threshold=100"
	const limit = limits + align
	const aliases = " -mllvm -mergefunc-use-aliases"
	const small, fast = " -fno-unroll-loops -fbuiltin -fhosted", " -funroll-loops -fbuiltin -fhosted"
	speed := ""
	for _, o := range speedLimit {
		speed += " -mllvm " + o
	}
	for _, c := range []struct {
		rustc, cflags, inline, optimize, target, want string
		alignment                                     int
	}{
		// The kernel's own choice.
		{rustc: "-Copt-level=2", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases + speed},
		{rustc: "-C opt-level=2 -Copt-level=3", want: "-O3" + fast + merge + aliases + speed},
		{rustc: "-Copt-level=3 -Cno-vectorize-slp -Cno-vectorize-loops", want: "-O3" + fast + merge + " -fno-slp-vectorize -fno-vectorize" + aliases + speed},
		// LLVM's own limits apply to these levels.
		{rustc: "-Copt-level=s", want: "-Os" + small + merge + " -fno-slp-vectorize" + aliases + limits},
		{rustc: "-Copt-level=z", want: "-Oz" + small + merge + " -fno-slp-vectorize" + aliases},
		// Levels at which rustc hardly optimises stay what they are.
		{rustc: "-Copt-level=1", want: "-O1" + fast + " -fno-slp-vectorize"},
		{rustc: "-Copt-level=0", optimize: "size", want: "-O0" + fast + " -fno-slp-vectorize"},
		{rustc: "", optimize: "speed", want: strings.TrimPrefix(fast, " ") + " -fno-slp-vectorize"},
		// Where LLVM raises the limit for a call, ours is lower, for speed.
		{rustc: "-Copt-level=2", target: "s390x-linux-gnu", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases + strings.Replace(speed, "-inline-threshold=100", "-inline-threshold=33", 1)},
		{rustc: "-Copt-level=2", target: "x86_64-linux-gnu", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases + speed},
		{rustc: "-Copt-level=2", target: "s390x-linux-gnu", optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + size + aliases + limit},
		{rustc: "-Copt-level=2", target: "s390x-linux-gnu", cflags: "-mllvm -inline-threshold=90", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases + strings.Replace(speed, " -mllvm -inline-threshold=100", "", 1)},
		// The user's choice.
		{rustc: "-Copt-level=2", optimize: "speed", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases + speed},
		{rustc: "-Copt-level=s", optimize: "speed", want: "-mllvm -force-remove-attribute=optsize -mllvm -force-remove-attribute=minsize -O2" + fast + merge + " -fno-slp-vectorize" + aliases + speed},
		{rustc: "-Copt-level=s", optimize: "size", want: "-Os" + small + merge + " -fno-slp-vectorize" + aliases + limits},
		{rustc: "-Copt-level=2", optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + size + aliases + limit},
		{rustc: "-Copt-level=3", optimize: "size", want: "-O3" + small + merge + size + aliases + limit},
		// Without limits, LLVM's cost model decides about the helpers.
		{rustc: "-Copt-level=2", inline: "cost", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=2", inline: "cost", optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + aliases},
		{rustc: "-Copt-level=2 -Zmerge-functions=disabled", want: "-O2" + fast + " -fno-slp-vectorize" + speed},
		{rustc: "-Copt-level=2 -Zmerge-functions=trampolines", want: "-O2" + fast + merge + " -fno-slp-vectorize" + speed},
		{rustc: "-Copt-level=2", cflags: "-mllvm -mergefunc-use-aliases=0", want: "-O2" + fast + merge + " -fno-slp-vectorize" + speed},
		// AutoFDO, with both names of its first option.
		{rustc: "-Copt-level=2 -Zdebug-info-for-profiling -Zprofile_sample_use=a/k.prof", want: "-O2" + fast + merge + " -fno-slp-vectorize -fdebug-info-for-profiling -fprofile-sample-use=a/k.prof" + aliases + speed},
		{rustc: "-Copt-level=2 -Zdebuginfo-for-profiling=yes", want: "-O2" + fast + merge + " -fno-slp-vectorize -fdebug-info-for-profiling" + aliases + speed},
		{rustc: "-Copt-level=2 -Zdebug-info-for-profiling=no", want: "-O2" + fast + merge + " -fno-slp-vectorize" + aliases + speed},
		// LTO_WRAP_CFLAGS overrides an option that LLVM accepts only once.
		{rustc: "-Copt-level=2", cflags: "-mllvm -inline-threshold=225", optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + size + aliases + " -mllvm -inlinehint-threshold=100" + align},
		{rustc: "-Copt-level=2", cflags: "-mllvm -align-all-functions=5", optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + size + aliases + strings.TrimSuffix(limit, align)},
		// This is a kernel with CFI, on an architecture whose function alignment is
		// smaller than the hash.
		{rustc: "-Copt-level=2 -Zsanitizer=kcfi", alignment: 1, optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + size + aliases + strings.Replace(limit, "=4", "=2", 1)},
		{rustc: "-Copt-level=2", alignment: 1, optimize: "size", want: "-O2" + small + merge + " -fno-slp-vectorize" + size + aliases + strings.Replace(limit, "=4", "=1", 1)},
	} {
		if c.alignment == 0 {
			c.alignment = 4
		}
		s, err := settings.Read(hosttest.New(t, "LTO_WRAP_CFLAGS="+c.cflags, "LTO_WRAP_INLINE="+c.inline, "LTO_WRAP_OPTIMIZE="+c.optimize))
		if err != nil {
			t.Fatal(err)
		}
		r := argv.ParseRustc(strings.Fields(c.rustc), nil)
		flags, err := earlyFlags(s, r, goal(s, r), c.target, nil, func() (int, error) { return c.alignment, nil })
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(flags, " ")
		if got != c.want {
			t.Errorf("%q, LTO_WRAP_CFLAGS=%q LTO_WRAP_INLINE=%s LTO_WRAP_OPTIMIZE=%s: %s\nwant %s", c.rustc, c.cflags, c.inline, c.optimize, got, c.want)
		}
	}
}

// specs answers for a rustc that knows three targets.
type specs struct{ *hosttest.Planner }

func (s specs) Output(argv []string, in string) (string, error) {
	if !slices.Contains(argv, "--print=target-spec-json") {
		return s.Planner.Output(argv, in)
	}
	switch argv[len(argv)-1] {
	case "--target=large.json":
		return `{"arch": "x", "code-model": "large"}`, nil
	case "--target=none.json":
		return `{"arch": "x"}`, nil
	case "--target=odd.json":
		return "a message", nil
	}
	return "", os.ErrInvalid
}

// TestCodeModel checks that code is generated with rustc's code model.
func TestCodeModel(t *testing.T) {
	for _, c := range []struct{ rustc, flags, want string }{
		{"--target=none.json", "-O2", "-O2"},
		{"--target=none.json -Ccode-model=kernel", "-mcmodel=kernel -O2", "-mcmodel=kernel -O2"},
		{"--target=none.json", "-mcmodel=large -O2", "-O2"},
		{"--target large.json", "-mcmodel=medium -O2", "-O2 -Xclang -mcmodel=large"},
		// A rustc that does not say leaves the C compiler's.
		{"--target=unknown", "-mcmodel=large -O2", "-mcmodel=large -O2"},
		{"--target=odd.json", "-mcmodel=large -O2", "-mcmodel=large -O2"},
	} {
		ctx, err := compilation.Begin(specs{hosttest.New(t)}, host.RustcWrap, "")
		if err == nil {
			err = ctx.FindTools()
		}
		if err != nil {
			t.Fatal(err)
		}
		got := withCodeModel(ctx, argv.ParseRustc(strings.Fields(c.rustc), nil), strings.Fields(c.flags))
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s, %s: %s\nwant %s", c.rustc, c.flags, s, c.want)
		}
	}
}
