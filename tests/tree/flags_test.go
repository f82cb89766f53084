// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/formats/record"
)

// newFlagsTree makes a tree whose kernel crate calls two more helpers: NUMBER is a macro
// that flags set, and misaligned() what the address of a local variable is short of the
// alignment that it asks for, when the stack is aligned to 8 bytes, as in a kernel on x86.
func newFlagsTree(t *testing.T) *runner {
	r := newTree(t)
	if out, code := r.sh(nil, "gcc --version"); code != 0 {
		t.Skipf("there is no gcc here: %s", out)
	}
	r.append("rust/helpers/numbers.c", `
#ifndef NUMBER
#define NUMBER 0
#endif
int rust_helper_number(void) { return NUMBER; }
int rust_helper_misaligned(void)
{
	char aligned[16] __attribute__((aligned(16)));
	char *at = aligned;
	asm volatile("" : "+r"(at) : : "memory");
	return (unsigned long)at & 15;
}
`)
	r.replace("rust/bindings.rs", `extern "C" {`, `extern "C" {
    #[link_name = "rust_helper_number"]
    pub fn number() -> i32;
    #[link_name = "rust_helper_misaligned"]
    pub fn misaligned() -> i32;`)
	r.append("rust/kernel.rs", `
#[no_mangle]
pub extern "C" fn kernel_number() -> i32 {
    unsafe { bindings::number() }
}

#[no_mangle]
pub extern "C" fn kernel_misaligned() -> i32 {
    unsafe { bindings::misaligned() }
}
`)
	call := `	printf("misaligned %d\n", kernel_misaligned());`
	if runtime.GOARCH == "amd64" {
		call += `
	int short_of;
	asm volatile("mov %%rsp, %%rbx\n\tand $-16, %%rsp\n\tsub $8, %%rsp\n\tcall kernel_misaligned\n\tmov %%rbx, %%rsp" : "=a"(short_of) : :
		"rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	printf("misaligned %d\n", short_of);`
	}
	r.replace("main.c", "\treturn 0;", `	extern int kernel_number(void), kernel_misaligned(void);
	printf("number %d\n", kernel_number());
`+call+"\n\treturn 0;")
	return r
}

// append appends to a file of the tree.
func (r *runner) append(file, text string) {
	r.t.Helper()
	f, err := os.OpenFile(filepath.Join(r.host, file), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// replace replaces a text in a file of the tree.
func (r *runner) replace(file, old, text string) {
	r.t.Helper()
	path := filepath.Join(r.host, file)
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), old) {
		r.t.Fatalf("%s does not have %q: %v", file, old, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), old, text, 1)), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// script writes a program into the tree, and returns its path inside.
func (r *runner) script(name, text string) string {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.host, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		r.t.Fatal(err)
	}
	return r.inside + "/" + name
}

// same builds the tree with the unwrapped tools and with the shims, and compares what the
// two programs print. Rust objects must have no helper left that is not expected, and what
// make prints must be nothing.
func (r *runner) same(plain, shims string) {
	r.t.Helper()
	r.mustMake(nil, "make -s clean")
	r.mustMake(nil, plain)
	want, _ := r.sh(nil, "./program")
	r.mustMake(nil, "make -s clean")
	if out := r.mustMake(nil, shims); out != "" {
		r.t.Errorf("%s prints: %s", shims, out)
	}
	got, _ := r.sh(nil, "./program")
	// A module's own variant is inlined into it.
	if got = strings.Replace(got, "driver m", "driver y", 1); got != want || !strings.Contains(want, "number") {
		r.t.Errorf("%s: the program prints\n%s, and that of %s\n%s", shims, got, plain, want)
	}
	for _, left := range r.helpers("rust/kernel.o") {
		if strings.HasPrefix(left, "rust_helper_number") || strings.HasPrefix(left, "rust_helper_misaligned") {
			r.t.Errorf("%s: rust/kernel.o refers to %s", shims, left)
		}
	}
}

// TestFlags builds the tree with flags of kinds that the shims must not lose, must not
// give to code generation, or must say in clang's words.
func TestFlags(t *testing.T) {
	r := newFlagsTree(t)
	shim, wrap := r.bin+"/rustc-lto-wrap", r.bin+"/cc-helper-wrap"
	for _, c := range []struct{ name, gcc, clang string }{
		{"the stack", "KCFLAGS=-mpreferred-stack-boundary=3", "KCFLAGS=-mstack-alignment=8"},
		{"the assembler", "KCFLAGS=-Wa,-mtune=generic64,-mbranches-within-32B-boundaries", "KCFLAGS=-mbranches-within-32B-boundaries"},
		{"the processor", "KCFLAGS=-mtune=intel", "KCFLAGS=-mtune=skylake"},
		{"optimisations of gcc", "KCFLAGS='-fno-ipa-cp-clone -fno-tree-loop-im -fira-loop-pressure --param=max-inline-insns-auto=9 -fno-gcse -Wl,-z,now'", ""},
		{"link-time optimisation", "KCFLAGS='-flto -ffat-lto-objects'", ""},
		{"a flag in CC", "CC='gcc -DNUMBER=5'", "CC='clang -DNUMBER=5'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.t = t
			if runtime.GOARCH != "amd64" && (strings.Contains(c.gcc, "-m") || strings.Contains(c.gcc, "-Wa")) {
				t.Skip("flags of x86")
			}
			if c.gcc != "" {
				r.same("make -s CC=gcc CLANG_FLAGS= RUSTC=rustc "+c.gcc, "make -s CC=gcc CLANG_FLAGS= RUSTC="+shim+" "+c.gcc)
			}
			if c.clang != "" {
				r.same("make -s LLVM=1 CC=clang RUSTC=rustc "+c.clang, "make -s LLVM=1 CC=clang RUSTC="+shim+" "+c.clang)
			}
		})
	}
	r.t = t
	// The program cannot be linked with counters of C, as nothing registers them.
	for _, flag := range []string{"-fprofile-instr-generate", "-fprofile-generate"} {
		r.mustMake(nil, "make -s clean")
		r.mustMake(nil, "make -s LLVM=1 CC=clang KCFLAGS="+flag+" RUSTC="+shim+" rust/kernel.o rust/helpers/helpers.o")
		if !slices.ContainsFunc(r.sections("rust/helpers/helpers.o", nil), isCounter) || slices.ContainsFunc(r.sections("rust/kernel.o", nil), isCounter) {
			t.Errorf("%s: helpers.o has %q, kernel.o has %q", flag, r.sections("rust/helpers/helpers.o", nil), r.sections("rust/kernel.o", nil))
		}
	}
	// Behind cc-helper-wrap, and for another clang than kbuild's.
	r.same("make -s CC='gcc -DNUMBER=6' CLANG_FLAGS= RUSTC=rustc", "make -s CC="+wrap+" LTO_WRAP_CC='gcc -DNUMBER=6' CLANG_FLAGS= RUSTC="+shim)
	other := r.script("other", `exec clang "$@"`+"\n")
	r.same("make -s CC='clang -DNUMBER=7' RUSTC=rustc", "make -s CC='clang -DNUMBER=7' LTO_WRAP_CLANG="+other+" RUSTC="+shim)
	// A change of such a flag is noticed.
	r.mustMake(nil, "make -s CC='clang -DNUMBER=8' LTO_WRAP_CLANG="+other+" RUSTC="+shim+" rust/helpers/helpers.o rust/kernel.o")
	r.mustMake(nil, "rm -f program && make -s CC='clang -DNUMBER=8' LTO_WRAP_CLANG="+other+" RUSTC="+shim)
	if out, _ := r.sh(nil, "./program"); !strings.Contains(out, "number 8") {
		t.Errorf("after a change of the flag in CC, the program prints\n%s", out)
	}
}

// isCounter reports whether a section has the counters of a profile, or what goes with them.
func isCounter(section string) bool { return strings.HasPrefix(section, "__llvm_prf") }

// TestUnknownFlag: what clang refuses and nobody knows is an error that names it. The
// build goes on with LTO_WRAP=try.
func TestUnknownFlag(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("a flag of x86")
	}
	r := newFlagsTree(t)
	build := "make -s CC=gcc CLANG_FLAGS= KCFLAGS=-ffixed-r10 RUSTC=" + r.bin + "/rustc-lto-wrap"
	out, code := r.sh(nil, build)
	if code == 0 || !strings.Contains(out, "clang does not carry out -ffixed-r10, with which ") || !strings.Contains(out, "LTO_WRAP_HELPERS_DROP") {
		t.Errorf("status %d: %s", code, out)
	}
	out = r.mustMake([]string{"LTO_WRAP=try"}, build)
	if strings.Count(out, "-ffixed-r10") != 1 {
		t.Errorf("it is warned of once: %s", out)
	}
	r.mustMake(nil, "make -s clean")
	if out := r.mustMake([]string{"LTO_WRAP_HELPERS_DROP=-ffixed-r10"}, build); out != "" {
		t.Errorf("with the flag left out: %s", out)
	}
	if left := r.helpers("rust/kernel.o"); slices.Contains(left, "rust_helper_number 1/1") {
		t.Errorf("with the flag left out, rust/kernel.o refers to %q", left)
	}
	// clang's own words, where they name a flag that kbuild did not give.
	out, code = r.sh(nil, "make -s clean; "+strings.Replace(build, "-ffixed-r10", "-fsanitize=undefined,bounds-strict", 1))
	if code == 0 || !strings.Contains(out, "bounds-strict") {
		t.Errorf("status %d: %s", code, out)
	}
}

// sections returns the names of an object's sections, of those that keep accepts if it is not nil.
func (r *runner) sections(object string, keep func(*elf.Section) bool) (out []string) {
	r.t.Helper()
	f, err := elf.Open(filepath.Join(r.host, object))
	if err != nil {
		r.t.Fatal(err)
	}
	defer f.Close()
	for _, s := range f.Sections {
		if keep == nil || keep(s) {
			out = append(out, s.Name)
		}
	}
	return out
}

// TestTargetOfGCC: the target is the kernel's own for clang, whatever gcc calls the
// machine. Where the kernel has none, the error quotes clang.
func TestTargetOfGCC(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the triple is one of x86")
	}
	r := newFlagsTree(t)
	gcc := r.script("buildroot-gcc", `[ "$1" = -dumpmachine ] && exec echo x86_64-buildroot-linux-uclibc
exec gcc "$@"
`)
	build := "make -s SRCARCH=x86 CC=" + gcc + " CLANG_FLAGS= RUSTC=" + r.bin + "/rustc-lto-wrap"
	out, code := r.sh(nil, build)
	if code == 0 || strings.Contains(out, "versions do not match") || strings.Contains(out, "install") ||
		!strings.Contains(out, "x86_64-buildroot-linux-uclibc") || !strings.Contains(out, "error: version 'uclibc' in target triple") {
		t.Errorf("status %d: %s", code, out)
	}
	r.mustMake(nil, "make -s clean; mkdir -p scripts; printf 'CLANG_TARGET_FLAGS_x86 := x86_64-linux-gnu\\n' >scripts/Makefile.clang")
	r.same(strings.Replace(build, r.bin+"/rustc-lto-wrap", "rustc", 1), build)
}

// TestWrapperAsCC: a wrapper that adds to objects, and leaves files beside them, is a
// compiler for C code only. The Rust objects are those that the clang in it makes.
func TestWrapperAsCC(t *testing.T) {
	r := newFlagsTree(t)
	// As gclang of github.com/SRI-CSL/gllvm does.
	gclang := r.script("gclang", `clang "$@" || exit
compile= out=
for a; do
	case $last in -o) out=$a ;; esac
	case $a in -c) compile=1 ;; esac
	last=$a
done
case $out in *.o) ;; *) exit 0 ;; esac
[ "$compile" ] || exit 0
name=$(dirname "$out")/.$(basename "$out").bc
echo bitcode >"$name"
objcopy --add-section .llvm_bc="$name" "$out"
`)
	r.same("make -s LLVM=1 CC="+gclang+" RUSTC=rustc", "make -s LLVM=1 CC="+gclang+" RUSTC="+r.bin+"/rustc-lto-wrap")
	if !slices.Contains(r.sections("rust/helpers/helpers.o", nil), ".llvm_bc") {
		t.Fatal("the wrapper adds nothing to helpers.o")
	}
	for _, object := range []string{"rust/kernel.o", "drivers/driver.o"} {
		if slices.Contains(r.sections(object, nil), ".llvm_bc") {
			t.Errorf("%s has the wrapper's section", object)
		}
		if rec, err := record.Read(filepath.Join(r.host, object)); err != nil || rec == nil || rec.NotInlined != "" {
			t.Errorf("%s: %+v, %v", object, rec, err)
		}
	}
	found, err := filepath.Glob(filepath.Join(r.host, "*", ".*.bc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if strings.Contains(f, "lto_wrap") && !strings.Contains(f, "lto_wrap_helpers") {
			t.Errorf("left beside an object: %s", f)
		}
	}
}

// TestDataLayouts: clang's warning that two modules lay out data in different ways is an
// error. The target of the helpers is then another one than that of the crates.
func TestDataLayouts(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the triples are of x86")
	}
	r := newFlagsTree(t)
	r.mustMake(nil, "mkdir -p scripts; printf 'CLANG_TARGET_FLAGS_x86 := x86_64-linux-gnux32\\n' >scripts/Makefile.clang")
	build := "make -s SRCARCH=x86 CC=gcc CLANG_FLAGS= RUSTC=" + r.bin + "/rustc-lto-wrap"
	out, code := r.sh(nil, build)
	if code == 0 || !strings.Contains(out, "the data layouts of rust/kernel.o and of the helpers differ: e-m:e-p270:32:32") {
		t.Errorf("status %d: %s", code, out)
	}
	out = r.mustMake([]string{"LTO_WRAP=try"}, build)
	if strings.Count(out, "the data layouts of ") != 1 {
		t.Errorf("LTO_WRAP=try prints: %s", out)
	}
}
