// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseCCRecorded(t *testing.T) {
	got := map[string]any{}
	for _, r := range corpus(t, "cc") {
		p := ParseCC(r.args)
		got[r.name] = struct {
			Mode     Mode
			Output   string
			Inputs   []string
			EmitLLVM bool
		}{p.Mode, p.Output, p.Inputs, p.EmitLLVM}
	}
	golden(t, "cc.golden", got)
}

func TestParseCC(t *testing.T) {
	for _, c := range []struct {
		name, args string
		want       CC
	}{
		{"nothing", "", CC{Mode: Link}},
		{"helpers", "-nostdinc -I. -include x.h -c -o rust/helpers/helpers.o /k/rust/helpers/helpers.c",
			CC{Mode: Compile, Output: "rust/helpers/helpers.o", Inputs: []string{"/k/rust/helpers/helpers.c"}}},
		{"link", "-o scripts/x x.o y.o -lelf", CC{Mode: Link, Output: "scripts/x", Inputs: []string{"x.o", "y.o"}}},
		{"assembly", "-S -o x.s x.c", CC{Mode: Assembly, Output: "x.s", Inputs: []string{"x.c"}}},
		{"preprocess", "-E -P -x c -", CC{Mode: Preprocess, Inputs: []string{"-"}}},
		{"the earliest end counts", "-c -S -E x.c", CC{Mode: Preprocess, Inputs: []string{"x.c"}}},
		{"the earliest end counts, other order", "-E -c x.c", CC{Mode: Preprocess, Inputs: []string{"x.c"}}},
		{"dependencies only", "-M x.c", CC{Mode: Preprocess, Inputs: []string{"x.c"}}},
		{"dependencies besides", "-c -MD -MF x.d -MT x.o x.c", CC{Mode: Compile, Inputs: []string{"x.c"}}},
		{"check only", "-fsyntax-only -c x.c", CC{Mode: Other, Inputs: []string{"x.c"}}},
		{"version", "--version", CC{Mode: Query}},
		{"print", "-print-file-name=plugin", CC{Mode: Query}},
		{"dump", "-dumpmachine", CC{Mode: Query}},
		{"verbose", "-v -c x.c", CC{Mode: Compile, Inputs: []string{"x.c"}}},
		{"as-option", "-Werror -D__KERNEL__ -fno-PIE -Wa,-march=any -c -x assembler-with-cpp /dev/null -o .tmp_1/tmp",
			CC{Mode: Compile, Output: ".tmp_1/tmp", Inputs: []string{"/dev/null"}}},
		{"bitcode", "-c -emit-llvm -o x.bc x.c", CC{Mode: Compile, EmitLLVM: true, Output: "x.bc", Inputs: []string{"x.c"}}},
		{"joined output", "-c -ox.o x.c", CC{Mode: Compile, Output: "x.o", Inputs: []string{"x.c"}}},
		{"the last output counts", "-c -o x.o x.c -o y.o", CC{Mode: Compile, Output: "y.o", Inputs: []string{"x.c"}}},
		{"output without a name", "-c x.c -o", CC{Mode: Compile, Inputs: []string{"x.c"}}},
		{"values are no inputs", "-include a.h -isystem b -I c -D d -U e -MF f -MT g -Xclang -c -mllvm -S -target t --param p -meabi gnu -G 0 -x c",
			CC{Mode: Link}},
		{"response file", "-c @flags -o x.o", CC{Mode: Compile, Output: "x.o"}},
		{"two inputs", "-c x.c y.c", CC{Mode: Compile, Inputs: []string{"x.c", "y.c"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.args)
			got := ParseCC(args)
			c.want.Args = args
			if diff := cmp.Diff(&c.want, got, cmpopts.IgnoreUnexported(CC{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHasSuffixPath(t *testing.T) {
	suffixes := []string{"rust/helpers/helpers.c", "rust/helpers.c"}
	for _, c := range []struct {
		path     string
		suffixes []string
		want     bool
	}{
		{"rust/helpers.c", suffixes, true},
		{"/k/linux/rust/helpers.c", suffixes, true},
		{"./rust/helpers/helpers.c", suffixes, true},
		{"/k/trust/helpers.c", suffixes, false},
		{"trust/helpers/helpers.c", suffixes, false},
		{"rust/helpers.c.c", suffixes, false},
		{"rust/helpers.cc", suffixes, false},
		{"helpers.c", suffixes, false},
		{"", suffixes, false},
		{"/k/rust/helpers.c", nil, false},
		{"/k/rust/helpers.c", []string{""}, false},
		{"/k/rust/helpers.c", []string{"", "helpers.c"}, true},
		{"/k/rust/helpers.c", []string{"/helpers.c"}, true},
		{"/k/rust/helpers.c", []string{"/k/rust/helpers.c"}, true},
		{"k/rust/helpers.c", []string{"/k/rust/helpers.c"}, false},
	} {
		if got := HasSuffixPath(c.path, c.suffixes); got != c.want {
			t.Errorf("HasSuffixPath(%q, %q) = %t", c.path, c.suffixes, got)
		}
	}
	for _, r := range corpus(t, "cc") {
		p := ParseCC(r.args)
		got := len(p.Inputs) == 1 && HasSuffixPath(p.Inputs[0], suffixes)
		if want := strings.HasSuffix(r.name, "/rust_helpers_helpers.o"); got != want {
			t.Errorf("%s: %q is taken for the helpers: %t", r.name, p.Inputs, got)
		}
	}
}

func TestForBitcode(t *testing.T) {
	for _, c := range []struct{ name, args, drop, want string }{
		{"input, output, kind", "-O2 -c -pipe -o x.o x.c", "", "-O2"},
		{"joined output", "-O2 -S -ox.o x.c", "", "-O2"},
		{"all outputs and inputs", "-c -o x.o x.c -oy.o y.c -", "", ""},
		{"dependencies", "-Wp,-MMD,d -Wp,-MD,d -Wp,-MF,d -MD -MMD -MP -MG -MF d -MT t -MQ q -MJ j -O2", "", "-O2"},
		{"a dependency file named like an option", "-MF -o -MT -c -O2", "", "-O2"},
		{"debug information", "-g -g0 -g3 -gdwarf-5 -gsplit-dwarf -gz=zlib -gline-tables-only -O2", "", "-O2"},
		{"not debug information", "-gcc-toolchain /x --gcc-toolchain=/y", "", "-gcc-toolchain /x --gcc-toolchain=/y"},
		{"link-time optimisation", "-flto -flto=thin -fsplit-lto-unit -fno-lto -ffat-lto-objects -fvisibility=hidden", "", "-fvisibility=hidden"},
		{"warnings", "-Wall -Werror=x -Wno-y -Wframe-larger-than=1 -W -w", "", "-w"},
		{"passed on", "-Wp,-DX -Wa,-mrelax -Wl,-z", "", "-Wp,-DX -Wa,-mrelax -Wl,-z"},
		{"temporaries", "-save-temps=obj --save-temps -O2", "", "-O2"},
		{"values stay with their option", "-include -c -I -g -Xclang -emit-llvm -mllvm -Wfoo -D MODULE", "",
			"-include -c -I -g -Xclang -emit-llvm -mllvm -Wfoo -D MODULE"},
		{"drop whole", "-fno-delete-null-pointer-checks -fno-delete -O2", "-fno-delete-null-pointer-checks", "-fno-delete -O2"},
		{"drop by the beginning", "-fno-builtin-wcslen -fno-builtin -fno-builtin-x -O2", "-fno-builtin-*", "-fno-builtin -O2"},
		{"drop by the beginning, whole too", "-fno-builtin-wcslen -fno-builtin", "-fno-builtin*", ""},
		{"drop an option with its value", "-mllvm -x -include y.h -O2", "-mllvm -include", "-O2"},
		{"a value that is to be dropped elsewhere", "-include -O2 -O2", "-O2", "-include -O2"},
		{"a star alone drops everything", "-O2 -fx", "*", ""},
		{"an option that lacks its value", "-c -O2 -I", "", "-O2 -I"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ParseCC(strings.Fields(c.args)).ForBitcode(strings.Fields(c.drop))
			if diff := cmp.Diff(strings.Fields(c.want), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestForBitcodeRecorded checks everything that ForBitcode removes from kbuild's
// own command lines, and that the other arguments keep their order.
func TestForBitcodeRecorded(t *testing.T) {
	for _, v := range []string{"6.12", "7.3"} {
		args := line(t, "cc", v+"/rust_helpers_helpers.o")
		got := ParseCC(args).ForBitcode([]string{"-fno-delete-null-pointer-checks"})
		if !isSubsequence(got, args) {
			t.Fatalf("%s: not the same flags in the same order: %q", v, got)
		}
		var gone []string
		rest := got
		for _, a := range args {
			if len(rest) > 0 && rest[0] == a {
				rest = rest[1:]
			} else if !strings.HasPrefix(a, "-W") || strings.HasPrefix(a, "-Wp") {
				gone = append(gone, a)
			}
		}
		want := []string{"-Wp,-MMD,rust/helpers/.helpers.o.d", "-fno-delete-null-pointer-checks",
			"-c", "-o", "rust/helpers/helpers.o", "/k/linux-source-" + v + "/rust/helpers/helpers.c"}
		if diff := cmp.Diff(want, gone); diff != "" {
			t.Errorf("%s: left out besides warnings (-want +got):\n%s", v, diff)
		}
		for _, a := range got {
			if strings.HasPrefix(a, "-W") {
				t.Errorf("%s: %s is left", v, a)
			}
		}
		for _, a := range []string{"-nostdinc", "--target=x86_64-linux-gnu", "-O2", "-fno-builtin-wcslen", `-DKBUILD_MODFILE="rust/helpers"`, "-Irust"} {
			if !slices.Contains(got, a) {
				t.Errorf("%s: %s is missing", v, a)
			}
		}
		cost := ParseCC(args).ForBitcode([]string{"-fno-delete-null-pointer-checks", "-fno-builtin-*"})
		if diff := cmp.Diff(Without(got, []string{"-fno-builtin-wcslen"}), cost); diff != "" {
			t.Errorf("%s: with -fno-builtin-* (-want +got):\n%s", v, diff)
		}
	}
}

func TestWithout(t *testing.T) {
	args := []string{"-a", "-b", "-a", "-c"}
	if diff := cmp.Diff([]string{"-b"}, Without(args, []string{"-a", "-c", "-z"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"-a", "-b", "-a", "-c"}, args); diff != "" {
		t.Errorf("the arguments changed (-want +got):\n%s", diff)
	}
}

// TestMapPaths checks which arguments are paths of what a C compiler reads.
func TestMapPaths(t *testing.T) {
	got := MapPaths(strings.Fields("-Ia -I b -isystem c -include d --sysroot=e --sysroot f -Wp,-MMD,g -o h -D I -DJ=k -fmacro-prefix-map=l=m "+
		"-ffile-prefix-map=n -c o.c -x assembler -isystemp -I"), func(p string) string { return "<" + p + ">" })
	want := "-I<a> -I <b> -isystem <c> -include <d> --sysroot=<e> --sysroot f -Wp,-MMD,g -o h -D I -DJ=k -fmacro-prefix-map=<l>=m " +
		"-ffile-prefix-map=<n>= -c <o.c> -x assembler -isystemp -I"
	if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestIntersection checks that a flag and its value count as one.
func TestIntersection(t *testing.T) {
	for _, c := range []struct{ args, of, want string }{
		{"-a -D X -b -D Y", "-b -D Y -c", "-b -D Y"},
		{"-D X Y", "X -D Y", ""},
		{"-a -D", "-D -a", ""}, // -a is the value of -D there
		{"-D", "-a -D", "-D"},
		{"-a -a", "-a", "-a -a"},
		{"", "-a", ""},
	} {
		if got := strings.Join(Intersection(strings.Fields(c.args), strings.Fields(c.of)), " "); got != c.want {
			t.Errorf("%q and %q: %q, want %q", c.args, c.of, got, c.want)
		}
	}
}

func FuzzParseCC(f *testing.F) {
	for _, r := range corpus(f, "cc") {
		f.Add(strings.Join(r.args, "\n"), "-fno-builtin-*\n-fno-delete-null-pointer-checks")
	}
	f.Add("-o\n-o\n-o\n-MF\n-o\nx\n-x\n-", "-x\n-mllvm\n*")
	f.Fuzz(func(t *testing.T, text, drop string) {
		args := lines(text)
		before := slices.Clone(args)
		p := ParseCC(args)
		flags := p.ForBitcode(lines(drop))
		if !isSubsequence(flags, args) {
			t.Fatalf("%q became %q", args, flags)
		}
		q := ParseCC(flags)
		if len(q.Inputs) != 0 || q.Output != "" || q.EmitLLVM || q.Mode == Compile || q.Mode == Assembly {
			t.Errorf("%q became %q: %+v", args, flags, q)
		}
		if again := q.ForBitcode(lines(drop)); !slices.Equal(again, flags) {
			t.Errorf("not stable: %q became %q", flags, again)
		}
		module := ModuleVariant(args, lines(drop), []string{"-DMODULE"})
		if !slices.Contains(module, "-DMODULE") {
			t.Errorf("ModuleVariant: %q", module)
		}
		if !slices.Equal(args, before) {
			t.Errorf("the arguments changed: %q became %q", before, args)
		}
	})
}
