// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
)

// profiled is a driver with a function that the profile calls hot, and one of which it says nothing.
const profiled = `#![no_std]
#[no_mangle]
pub extern "C" fn often(n: i32) -> i32 {
    let mut sum = 0;
    let mut i = 0;
    while i < n {
        sum ^= unsafe { kernel::bindings::kind() } as i32 + (sum << 3) + i;
        i += 1;
    }
    sum
}
#[no_mangle]
pub extern "C" fn seldom(n: i32) -> i32 {
    n ^ unsafe { kernel::bindings::kind() } as i32
}
`

// samples is a profile as llvm-profdata writes it as text: lines count from that of the function.
const samples = `often:600000:1000
 1: 1000
 3: 200000
 4: 200000
 5: 199000
rust_helper_kind:200000:200000
 0: 200000
`

// TestAutoFDO compiles a crate as a kernel with CONFIG_AUTOFDO_CLANG does (scripts/Makefile.autofdo of Linux 7.3). What a
// profile calls hot is in the section for it, as with rustc alone, and the blocks of a line have numbers.
func TestAutoFDO(t *testing.T) {
	r := newTree(t)
	for name, text := range map[string]string{"drivers/profiled.rs": profiled, "kernel.afdo": samples} {
		if err := os.WriteFile(filepath.Join(r.host, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const discriminators = "-g -Zfunction-sections=y -Zdebug-info-for-profiling"
	for _, c := range []struct{ name, flags, cflags, hot string }{
		{"discriminators", discriminators, "", ".text.often"},
		{"profile", discriminators + " -Cllvm-args=-enable-fs-discriminator=true -Cllvm-args=-improved-fs-discriminator=true -Zprofile-sample-use=kernel.afdo",
			"-Werror -fprofile-sample-use=kernel.afdo", ".text.hot.often"},
	} {
		t.Run(c.name, func(t *testing.T) {
			flags := " drivers DRIVERS=profiled KRUSTFLAGS='" + c.flags + "' KCFLAGS='" + c.cflags + "'"
			r.mustMake(nil, "make -s clean")
			r.mustMake(nil, plainMake+flags)
			plain := r.textSections("drivers/profiled.o")
			if d := cmp.Diff([]string{c.hot, ".text.seldom"}, plain); d != "" || !r.hasDiscriminator("drivers/profiled.o") {
				t.Fatalf("the plain build shows nothing: (-want +got)\n%s", d)
			}
			r.mustMake(nil, "make -s clean")
			if out := r.mustMake(nil, r.shimMake()+flags); out != "" {
				t.Errorf("make -s prints: %s", out)
			}
			if d := cmp.Diff(plain, r.textSections("drivers/profiled.o")); d != "" {
				t.Errorf("sections (-plain +with the shims):\n%s", d)
			}
			if !r.hasDiscriminator("drivers/profiled.o") {
				t.Error("no block has a number")
			}
			if left := r.helpers("drivers/profiled.o"); len(left) > 0 {
				t.Errorf("it refers to %q", left)
			}
			if rec, err := record.Read(filepath.Join(r.host, "drivers/profiled.o")); err != nil || rec.Pipeline != "early" {
				t.Errorf("the record: %v, %+v", err, rec)
			}
		})
	}
}

// hasDiscriminator reports whether a row of an object's table of lines has one: the sixth column of llvm-dwarfdump is not 0.
func (r *runner) hasDiscriminator(object string) bool {
	r.t.Helper()
	for line := range strings.Lines(r.mustMake(nil, "llvm-dwarfdump --debug-line "+object)) {
		if f := strings.Fields(line); len(f) >= 7 && strings.HasPrefix(f[0], "0x") && f[5] != "0" {
			return true
		}
	}
	return false
}

// textSections returns the names of an object's sections with code, sorted.
func (r *runner) textSections(object string) []string {
	r.t.Helper()
	names := r.sections(object, func(s *elf.Section) bool { return s.Flags&elf.SHF_EXECINSTR != 0 && s.Size > 0 })
	slices.Sort(names)
	return names
}
