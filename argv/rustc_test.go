// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// files returns a readFile that reads the files in a map.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if s, ok := m[name]; ok {
			return []byte(s), nil
		}
		return nil, os.ErrNotExist
	}
}

func TestParseRustcRecorded(t *testing.T) {
	got := map[string]any{}
	for _, r := range corpus(t, "rustc") {
		p := ParseRustc(r.args, nil)
		got[r.name] = struct {
			Name, OutDir, Output              string
			Inputs, CrateTypes, Externs, Cfgs []string
			Emits                             []Emit
			Prints, Responses                 []string
			Test, Module                      bool
			Codegen, Unstable                 []string
		}{
			p.Name(), p.OutDir, p.Output, p.Inputs, p.CrateTypes, p.Externs, p.Cfgs, p.Emits,
			p.Prints, p.Responses, p.Test, p.Module(), p.Codegen, p.Unstable,
		}
	}
	golden(t, "rustc.golden", got)
}

// TestParseRustcByHand repeats, written by hand, what the golden file must contain
// for the most important command lines.
func TestParseRustcByHand(t *testing.T) {
	for _, c := range []struct {
		name, crate, object string
		module              bool
		externs             []string
		input               string
	}{
		{"6.12/rust_kernel.o", "kernel", "rust/kernel.o", false,
			[]string{"ffi", "build_error", "macros", "bindings", "uapi"}, "/k/linux-source-6.12/rust/kernel/lib.rs"},
		{"7.3/rust_kernel.o", "kernel", "rust/kernel.o", false,
			[]string{"ffi", "pin_init", "build_error", "macros", "bindings", "uapi", "zerocopy", "zerocopy_derive"}, "/k/linux-source-7.3/rust/kernel/lib.rs"},
		{"6.12/samples_rust_rust_minimal.o", "rust_minimal", "samples/rust/rust_minimal.o", true,
			[]string{"kernel"}, "/k/linux-source-6.12/samples/rust/rust_minimal.rs"},
		// Linux 7.3 passes no --crate-name for drivers.
		{"7.3/samples_rust_rust_driver_faux.o", "rust_driver_faux", "samples/rust/rust_driver_faux.o", true,
			[]string{"pin_init", "kernel", "zerocopy", "zerocopy_derive"}, "/k/linux-source-7.3/samples/rust/rust_driver_faux.rs"},
		{"7.3/drivers_android_binder_rust_binder_main.o", "rust_binder_main", "drivers/android/binder/rust_binder_main.o", false,
			[]string{"pin_init", "kernel", "zerocopy", "zerocopy_derive"}, "/k/linux-source-7.3/drivers/android/binder/rust_binder_main.rs"},
		{"7.3/rust_core.o", "core", "rust/core.o", false, nil, "/usr/lib/rustlib/src/rust/library/core/src/lib.rs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := ParseRustc(line(t, "rustc", c.name), nil)
			if p.Name() != c.crate || p.Module() != c.module {
				t.Errorf("crate %q, module %t", p.Name(), p.Module())
			}
			obj := p.Emit("obj")
			if obj == nil || p.EmitPath(obj, ".o") != c.object {
				t.Errorf("object %+v", obj)
			}
			if diff := cmp.Diff(c.externs, p.Externs); diff != "" {
				t.Errorf("externs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{c.input}, p.Inputs); diff != "" {
				t.Errorf("inputs (-want +got):\n%s", diff)
			}
			for _, e := range c.externs {
				if !p.Extern(e) {
					t.Errorf("Extern(%q) = false", e)
				}
			}
			if p.Extern("kern") || p.Extern("") {
				t.Error("Extern finds parts of names")
			}
		})
	}
}

func TestParseRustc(t *testing.T) {
	const b = "a.rs" // an input that must stay the only one
	for _, c := range []struct {
		name string
		args []string
		read map[string]string
		want Rustc
	}{
		{name: "nothing"},
		{name: "an empty argument", args: []string{""}, want: Rustc{Inputs: []string{""}}},
		{name: "version", args: []string{"-vV"}},
		{name: "print", args: []string{"--print", "file-names", "--crate-name", "macros", "--crate-type", "proc-macro", "-"},
			want: Rustc{Prints: []string{"file-names"}, CrateName: "macros", CrateTypes: []string{"proc-macro"}, Inputs: []string{"-"}}},
		{name: "print, joined", args: []string{"--print=sysroot"}, want: Rustc{Prints: []string{"sysroot"}}},

		{name: "emit, two arguments", args: []string{"--emit", "obj"}, want: Rustc{Emits: []Emit{{"obj", "", 1}}}},
		{name: "emit, joined", args: []string{"--emit=obj=x.o"}, want: Rustc{Emits: []Emit{{"obj", "x.o", 0}}}},
		{name: "emit, a list", args: []string{b, "--emit=dep-info=d,obj,metadata=m=1"},
			want: Rustc{Inputs: []string{b}, Emits: []Emit{{"dep-info", "d", 1}, {"obj", "", 1}, {"metadata", "m=1", 1}}}},
		{name: "emit, repeated", args: []string{"--emit=dep-info=d", "--emit", "obj=o", "--emit=metadata=m"},
			want: Rustc{Emits: []Emit{{"dep-info", "d", 0}, {"obj", "o", 2}, {"metadata", "m", 3}}}},
		{name: "emit without a value", args: []string{"--emit"}},
		{name: "emit of nothing", args: []string{"--emit="}, want: Rustc{Emits: []Emit{{"", "", 0}}}},
		{name: "an option that begins like emit", args: []string{"--emitobj", "--emit-x=obj"}},

		{name: "output", args: []string{"-o", "x.o", "-oy.o", b}, want: Rustc{Output: "y.o", Inputs: []string{b}}},
		{name: "out-dir", args: []string{"--out-dir", "d", "--out-dir=e/", b}, want: Rustc{OutDir: "e/", Inputs: []string{b}}},
		{name: "crate name and types", args: []string{"--crate-name=x", "--crate-type", "rlib,cdylib", "--crate-type=bin", "--crate-name", "y"},
			want: Rustc{CrateName: "y", CrateTypes: []string{"rlib", "cdylib", "bin"}}},
		{name: "externs", args: []string{"--extern", "ffi", "--extern=kernel", "--extern", "bindings=rust/libbindings.rmeta",
			"--extern=noprelude:uapi", "--extern", "priv,noprelude:macros=rust/lib:macros.so"},
			want: Rustc{Externs: []string{"ffi", "kernel", "bindings", "uapi", "macros"}}},
		{name: "cfg", args: []string{"--cfg", "MODULE", "--cfg=MODULE", "--cfg", `feature="x"`}, want: Rustc{Cfgs: []string{"MODULE", "MODULE", `feature="x"`}}},
		{name: "codegen and unstable", args: []string{"-C", "opt-level=2", "-Clto=n", "--codegen", "x", "--codegen=y", "-Z", "a", "-Zb=c"},
			want: Rustc{Codegen: []string{"opt-level=2", "lto=n", "x", "y"}, Unstable: []string{"a", "b=c"}}},
		{name: "test", args: []string{"--test", b}, want: Rustc{Test: true, Inputs: []string{b}}},

		{name: "values that look like options or inputs",
			args: []string{"-L", "./rust/", "-A", "x", "--target", "t.json", "--sysroot", "/dev/null", "--edition", "2021",
				"--cap-lints", "allow", "--check-cfg", "cfg(x)", "-W", "--emit=obj", "--cfg", "--test", "-C", "-o", "--remap-path-prefix", "a=b", b},
			want: Rustc{Target: "t.json", Cfgs: []string{"--test"}, Codegen: []string{"-o"}, Inputs: []string{b}}},
		{name: "after --", args: []string{"--emit=obj", "--", "--emit=obj", "-o"}, want: Rustc{Emits: []Emit{{"obj", "", 0}}, Inputs: []string{"--emit=obj", "-o"}}},
		{name: "probes' inputs", args: []string{"-", "/dev/null"}, want: Rustc{Inputs: []string{"-", "/dev/null"}}},

		{name: "response file", args: []string{"@cfg", b}, read: map[string]string{"cfg": "--cfg=MODULE\n--cfg\nCONFIG_X\r\n--cfg= y \n"},
			want: Rustc{Responses: []string{"cfg"}, Cfgs: []string{"MODULE", "CONFIG_X", " y "}, Inputs: []string{b}}},
		{name: "response file without a last newline", args: []string{"@cfg"}, read: map[string]string{"cfg": "--emit=obj=x"},
			want: Rustc{Responses: []string{"cfg"}, Emits: []Emit{{"obj", "x", -1}}}},
		{name: "response file, no quoting, a blank line is an input", args: []string{"@cfg"}, read: map[string]string{"cfg": "--cfg='a b'\n\n"},
			want: Rustc{Responses: []string{"cfg"}, Cfgs: []string{"'a b'"}, Inputs: []string{""}}},
		{name: "response file that names another", args: []string{"@cfg"}, read: map[string]string{"cfg": "@more\n", "more": "--test\n"},
			want: Rustc{Responses: []string{"cfg"}, Inputs: []string{"@more"}}},
		{name: "response file as a value", args: []string{"--cfg", "@cfg", "--emit", "@e", b}, read: map[string]string{"cfg": "MODULE\n", "e": "obj\n"},
			want: Rustc{Responses: []string{"cfg", "e"}, Cfgs: []string{"MODULE"}, Emits: []Emit{{"obj", "", -1}}, Inputs: []string{b}}},
		{name: "response file that leaves a value open", args: []string{"@cfg", "obj=x", b}, read: map[string]string{"cfg": "--emit\n"},
			want: Rustc{Responses: []string{"cfg"}, Emits: []Emit{{"obj", "x", 1}}, Inputs: []string{b}}},
		{name: "response file that is missing", args: []string{"@gone", b}, want: Rustc{Responses: []string{"gone"}, Inputs: []string{b}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ParseRustc(c.args, files(c.read))
			c.want.Args = c.args
			if diff := cmp.Diff(&c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRustcModule(t *testing.T) {
	for _, c := range []struct {
		args string
		cfg  string
		want bool
	}{
		{"--cfg MODULE", "", true},
		{"--cfg=MODULE", "", true},
		{"@cfg", "--cfg=MODULE\n", true},
		{"@cfg", "--cfg\nMODULE\n", true},
		{"@cfg", "--cfg=CONFIG_MODULES\n--cfg=CONFIG_MODULES=\"y\"\n", false},
		{"--cfg MODULES --cfg module --cfg MODULE=\"y\"", "", false},
		{"--crate-name MODULE -C MODULE", "", false},
		{"--cfg", "", false},
	} {
		p := ParseRustc(strings.Fields(c.args), files(map[string]string{"cfg": c.cfg}))
		if p.Module() != c.want {
			t.Errorf("%s with @cfg %q: Module() = %t", c.args, c.cfg, p.Module())
		}
	}
}

func TestWithBitcode(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--emit obj a.rs", "--emit llvm-bc=B a.rs"},
		{"--emit obj=o a.rs", "--emit llvm-bc=B a.rs"},
		{"--emit=obj a.rs", "--emit=llvm-bc=B a.rs"},
		{"--emit=obj=x.o", "--emit=llvm-bc=B"},
		{"--emit=dep-info=d --emit=obj=x.o --emit=metadata=m", "--emit=dep-info=d --emit=llvm-bc=B --emit=metadata=m"},
		{"--emit=dep-info=obj.d,obj=x.o,metadata", "--emit=dep-info=obj.d,llvm-bc=B,metadata"},
		{"--emit metadata,obj", "--emit metadata,llvm-bc=B"},
		{"--crate-name obj --cfg obj --emit=obj", "--crate-name obj --cfg obj --emit=llvm-bc=B"},
		{"--out-dir d -o obj --emit=metadata", "--out-dir d -o obj --emit=metadata"},
		{"--emit=obj=- -", "--emit=llvm-bc=B -"},
		{"-C --emit=obj --emit=link", "-C --emit=obj --emit=link"},
		{"--emit=obj -- --emit=obj", "--emit=llvm-bc=B -- --emit=obj"},
		{"@emit", "@emit"},
	} {
		args := strings.Fields(c.args)
		p := ParseRustc(args, files(map[string]string{"emit": "--emit=obj=x.o\n"}))
		if diff := cmp.Diff(strings.Fields(c.want), p.WithBitcode("B")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.args, diff)
		}
		if got := p.WithBitcode("B", "-C", "x"); !slices.Equal(got, append(strings.Fields(c.want), "-C", "x")) {
			t.Errorf("%s: with more arguments: %q", c.args, got)
		}
	}
}

func TestObjectOnly(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--emit obj a.rs", "--emit obj=O a.rs"},
		{"--emit=obj=x.o -- a.rs", "--emit=obj=O -- a.rs"},
		{"--emit=dep-info=d --emit=obj=x.o --emit=metadata=m --out-dir d", "--emit=obj=O --out-dir d"},
		{"--emit dep-info=d --cfg emit --emit obj --emit metadata=m a.rs", "--cfg emit --emit obj=O a.rs"},
		{"--emit=dep-info=obj.d,obj=x.o,metadata --emit=mir", "--emit=obj=O"},
		{"@emit --emit=obj", "@emit --emit=obj=O"},
	} {
		p := ParseRustc(strings.Fields(c.args), files(map[string]string{"emit": "--emit=metadata=m\n"}))
		if diff := cmp.Diff(strings.Fields(c.want), p.WithObjectOnly("O")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.args, diff)
		}
	}
}

// TestWithBitcodeRecorded checks that in kbuild's own command lines only the
// object's --emit changes.
func TestWithBitcodeRecorded(t *testing.T) {
	for _, r := range corpus(t, "rustc") {
		p := ParseRustc(r.args, nil)
		diff := changed(t, r.args, p.WithBitcode("dir/.tmp_x.bc"))
		var want [][2]string
		if obj := p.Emit("obj"); obj != nil {
			want = [][2]string{{"--emit=obj=" + obj.Path, "--emit=llvm-bc=dir/.tmp_x.bc"}}
		}
		if d := cmp.Diff(want, diff); d != "" {
			t.Errorf("%s (-want +got):\n%s", r.name, d)
		}
	}
}

// TestWithBitcodeTwice checks that the results share no memory.
func TestWithBitcodeTwice(t *testing.T) {
	p := ParseRustc([]string{"--emit=obj", "a.rs"}, nil)
	one := p.WithBitcode("1", "-Cone")
	two := p.WithBitcode("2", "-Ctwo")
	_ = append(p.Args, "tail")
	if diff := cmp.Diff([]string{"--emit=llvm-bc=1", "a.rs", "-Cone"}, one); diff != "" {
		t.Errorf("the first result changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"--emit=llvm-bc=2", "a.rs", "-Ctwo"}, two); diff != "" {
		t.Errorf("the second result (-want +got):\n%s", diff)
	}
}

// TestEmitPath has the rules for -o as rustc 1.85 implements them.
func TestEmitPath(t *testing.T) {
	for _, c := range []struct{ args, kind, ext, want string }{
		{"--emit=obj=d/x.o --out-dir e -o y.o a.rs", "obj", ".o", "d/x.o"},
		{"--emit=obj -o y.o a.rs", "obj", ".o", "y.o"},
		{"--emit=dep-info=x.d --emit=obj -o y.o a.rs", "obj", ".o", "y.o"},
		{"--emit=obj,metadata -o y.o a.rs", "obj", ".o", ""},
		{"--emit=obj -o y.o --out-dir d a.rs", "obj", ".o", "y.o"},
		{"--emit=obj a.rs", "obj", ".o", "a.o"},
		{"--emit=obj dir/a-b.rs", "obj", ".o", "a_b.o"},
		{"--emit=obj --out-dir d/ dir/a.rs", "obj", ".o", "d/a.o"},
		{"--emit=obj --crate-name n --out-dir d a.rs", "obj", ".o", "d/n.o"},
		{"--emit=obj,dep-info --crate-name n a.rs", "dep-info", ".d", "n.d"},
		{"--emit=obj --crate-name n -C extra-filename=-7f a.rs", "obj", ".o", "n-7f.o"},
		{"--emit=obj --crate-name n -Cextra_filename=-7f a.rs", "obj", ".o", "n-7f.o"},
		{"--emit=obj --crate-name n -", "obj", ".o", "n.o"},
		{"--emit=obj -", "obj", ".o", ""},
		{"--emit=obj", "obj", ".o", ""},
		{"--emit=obj a.rs b.rs", "obj", ".o", ""},
		{"--emit=obj=- -", "obj", ".o", "-"},
	} {
		p := ParseRustc(strings.Fields(c.args), nil)
		if got := p.EmitPath(p.Emit(c.kind), c.ext); got != c.want {
			t.Errorf("%s: EmitPath = %q, want %q", c.args, got, c.want)
		}
	}
	if e := ParseRustc([]string{"--emit=metadata"}, nil).Emit("obj"); e != nil {
		t.Errorf("Emit finds %+v", e)
	}
}

func TestOption(t *testing.T) {
	values := []string{"codegen-units=16", "no_redzone", "codegen_units=1", "lto="}
	for _, c := range []struct {
		name, value string
		ok          bool
	}{
		{"codegen-units", "1", true},
		{"no-redzone", "", true},
		{"lto", "", true},
		{"codegen", "", false},
	} {
		if v, ok := Option(values, c.name); v != c.value || ok != c.ok {
			t.Errorf("Option(%q) = %q, %t", c.name, v, ok)
		}
	}
}

// TestOptLevel checks that the last one of -O and -Copt-level= counts.
func TestOptLevel(t *testing.T) {
	for line, want := range map[string]string{"-Copt-level=s": "s", "-Copt-level=s -O": "2", "-O -C opt-level=z": "z", "-Oz": "", "--cfg -O": ""} {
		if got, _ := Option(ParseRustc(strings.Fields(line), nil).Codegen, "opt-level"); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestParseRustcReads checks that the parser reads response files only, and each of
// them once.
func TestParseRustcReads(t *testing.T) {
	var asked []string
	ParseRustc(line(t, "rustc", "7.3/rust_kernel.o"), func(name string) ([]byte, error) {
		asked = append(asked, name)
		return nil, errors.New("unreadable")
	})
	if diff := cmp.Diff([]string{"./include/generated/rustc_cfg"}, asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzParseRustc(f *testing.F) {
	for _, r := range corpus(f, "rustc") {
		f.Add(strings.Join(r.args, "\n"), "--cfg=MODULE\n--emit=obj\n")
	}
	f.Add("--emit\n@x\n--emit=obj,obj=,=obj\n--\n-", "obj")
	f.Fuzz(func(t *testing.T, text, response string) {
		args := lines(text)
		before := slices.Clone(args)
		read := func(string) ([]byte, error) { return []byte(response), nil }
		p := ParseRustc(args, read)
		_, _ = p.Module(), p.Name()
		objects := map[int]bool{}
		for i := range p.Emits {
			e := &p.Emits[i]
			p.EmitPath(e, ".o")
			if e.Arg >= len(args) || e.Arg < -1 {
				t.Fatalf("%+v: no such argument", e)
			}
			if e.Kind == "obj" && e.Arg >= 0 {
				objects[e.Arg] = true
			}
		}
		after := p.WithBitcode("B")
		if len(after) != len(args) {
			t.Fatalf("%d arguments became %d", len(args), len(after))
		}
		for i := range after {
			if (after[i] != before[i]) != objects[i] {
				t.Errorf("argument %d: %q became %q", i, before[i], after[i])
			}
		}
		if !slices.Equal(args, before) {
			t.Errorf("the arguments changed: %q became %q", before, args)
		}
		// The result has bitcode where the original has the object, and is
		// otherwise the same.
		want := slices.Clone(p.Emits)
		for i := range want {
			if want[i].Kind == "obj" && want[i].Arg >= 0 {
				want[i].Kind, want[i].Path = "llvm-bc", "B"
			}
		}
		again := ParseRustc(after, read)
		if diff := cmp.Diff(want, again.Emits, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the result's emits (-want +got):\n%s", diff)
		}
	})
}

func TestQuiet(t *testing.T) {
	for _, c := range [][2]string{
		{"a.rs", "a.rs --cap-lints=allow"},
		{"--cap-lints warn -Cx a.rs", "-Cx a.rs --cap-lints=allow"},
		{"--cap-lints=deny a.rs --cap-lints", "a.rs --cap-lints=allow"},
	} {
		args := strings.Fields(c[0])
		if got := strings.Join(Quiet(args), " "); got != c[1] || strings.Join(args, " ") != c[0] {
			t.Errorf("%s: %s, want %s", c[0], got, c[1])
		}
	}
}
