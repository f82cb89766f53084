// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"rustc-lto-wrap/shim/formats/record"
)

// external unpacks an external module into the directory ext of the tree.
func (r *runner) external(archive string) {
	r.t.Helper()
	if err := os.RemoveAll(filepath.Join(r.host, "ext")); err != nil {
		r.t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(r.host, "ext", f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

// run builds the external module and returns what it prints.
func (r *runner) run(tools, more string) string {
	r.t.Helper()
	r.mustMake(nil, tools+" M=ext "+more+" ext/program")
	out, code := r.sh(nil, "ext/program")
	if code != 0 {
		r.t.Fatalf("the module ends with %d\n%s", code, out)
	}
	return out
}

// bothWays are the two ways to use the programs.
func (r *runner) bothWays() map[string]string {
	return map[string]string{"both": r.shimMake(), "rustc alone": strings.Replace(r.shimMake(), "CC="+r.bin+"/cc-helper-wrap", "CC=clang", 1)}
}

// module is an external module whose crate calls two helpers, and whose main.c prints what it
// says.
const module = `
-- Kbuild --
obj-m := module.o
module-y := main.o glue.o mine.o
-- glue.rs --
#![no_std]
extern "C" {
    fn rust_helper_twice(n: i32) -> i32;
    fn rust_helper_kind() -> u8;
}
#[no_mangle]
pub extern "C" fn glue() -> i32 { unsafe { rust_helper_twice(20) } }
#[no_mangle]
pub extern "C" fn glue_kind() -> u8 { unsafe { rust_helper_kind() } }
-- main.c --
int printf(const char *, ...);
int glue(void);
char glue_kind(void);
int module_main(void)
{
	return printf("%d %c\n", glue(), glue_kind()) < 0;
}
`

// TestOwn: a module that has a function by the name of a helper gets its own, in whatever way
// it defines it, with both ways to use the programs. The other helper is inlined.
func TestOwn(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, plainMake+" program Module.symvers")
	for name, files := range map[string]string{
		"none":      "-- mine.c --\nint nothing;\n",
		"C":         "-- mine.c --\nint rust_helper_twice(int n) { return n + 1; }\n",
		"macro":     "-- mine.c --\n#define HELPER(n) rust_helper_##n\nint HELPER(twice)(int n) { return n + 1; }\n",
		"label":     "-- mine.c --\nint mine(int n) __asm__(\"rust_helper_twice\");\nint mine(int n) { return n + 1; }\n",
		"included":  "-- mine.c --\n#include \"sub/mine.h\"\n-- sub/mine.h --\nint rust_helper_twice(int n) { return n + 1; }\n",
		"crate":     "-- mine.rs --\n#![no_std]\n#[no_mangle]\npub extern \"C\" fn rust_helper_twice(n: i32) -> i32 { n + 1 }\n",
		"arguments": "-- mine.c --\nint rust_helper_twice(int n, int m) { return n + 1; }\n",
		"generated": "-- Kbuild --\nobj-m := module.o\nmodule-y := main.o glue.o mine.o\next/mine.c: ext/gen\n\tsed s/NAME/rust_helper_twice/ $< >$@\n-- gen --\nint NAME(int n) { return n + 1; }\n",
	} {
		for way, tools := range r.bothWays() {
			t.Run(name+", "+way, func(t *testing.T) {
				r := *r
				r.t = t
				r.external(module + files)
				plain := r.run(plainMake, "")
				want := "40 y\n"
				if name != "none" {
					want = "21 y\n"
				}
				if plain != want {
					t.Fatalf("the plain module prints %q, want %q", plain, want)
				}
				r.external(module + files)
				// The helper that tells is compiled for modules when it is inlined.
				if got := r.run(tools, ""); got != strings.Replace(plain, "y", "m", 1) {
					t.Errorf("the module prints %q, and %q without the programs", got, plain)
				}
				left := r.helpers("ext/glue.o")
				switch {
				case name == "none" && len(left) > 0:
					t.Errorf("glue.o refers to helpers: %q", left)
				case name != "none" && !slices.Equal(left, []string{"rust_helper_twice 1/1"}):
					t.Errorf("glue.o refers to %q", left)
				}
				if name != "none" {
					rec, err := record.Read(filepath.Join(r.host, "ext/glue.o"))
					if err != nil {
						t.Fatal(err)
					}
					if l := rec.Left; len(l) != 1 || !strings.Contains(l[0].Reason, "its own") {
						t.Errorf("the record says %v", l)
					}
				}
				if made := r.mustMake(nil, strings.Replace(tools, "make -s", "make", 1)+" M=ext ext/glue.o"); strings.Contains(made, "rustc-lto-wrap ") {
					t.Errorf("a second make compiles again:\n%s", made)
				}
			})
		}
	}
}

// TestOwnLater: a definition that appears in a module after its crate was compiled has the
// crate compiled again, and so has its end.
func TestOwnLater(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, plainMake+" program Module.symvers")
	r.external(module + "-- mine.c --\nint nothing;\n")
	if got := r.run(r.shimMake(), ""); got != "40 m\n" {
		t.Fatalf("%q", got)
	}
	for _, c := range []struct{ text, want string }{{"int rust_helper_twice(int n) { return n + 1; }\n", "21 m\n"}, {"int nothing;\n", "40 m\n"}} {
		_ = os.Remove(filepath.Join(r.host, "ext/mine.o"))
		if err := os.WriteFile(filepath.Join(r.host, "ext/mine.c"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := r.run(r.shimMake(), ""); got != c.want {
			t.Errorf("with %s the module prints %q, want %q", c.text, got, c.want)
		}
	}
}

// TestKernelsFlags: the helpers are compiled with the flags of the kernel's own build, and
// not with those of an external module, and a crate that a rule of the module's own compiles
// without --cfg MODULE gets the helpers for modules.
func TestKernelsFlags(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, plainMake+" program Module.symvers")
	const compat = `
-- Kbuild --
obj-m := module.o
module-y := main.o glue.o mine.o
subdir-ccflags-y := -include $(src)/compat.h
-- mine.c --
int nothing;
-- compat.h --
#include <linux/numbers.h>
static inline int third(int n) { return 3 * n; }
#define twice(n) third(n)
`
	for way, tools := range r.bothWays() {
		for _, more := range []string{"", "MODULE_CFG=", "KCFLAGS=-DKIND=\\'x\\'"} {
			t.Run(way+" "+more, func(t *testing.T) {
				r := *r
				r.t = t
				r.external(module + compat)
				if got := r.run(tools, more); got != "40 m\n" {
					t.Errorf("the module prints %q", got)
				}
				if left := r.helpers("ext/glue.o"); len(left) > 0 {
					t.Errorf("glue.o refers to %q", left)
				}
			})
		}
	}
}
