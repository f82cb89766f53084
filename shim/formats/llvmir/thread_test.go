// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadThreadPointers checks that a helper gets the instruction by which its features read the thread pointer, and nothing where
// they do not say which one that is.
func TestReadThreadPointers(t *testing.T) {
	const ir = `target triple = "armv7-unknown-linux-gnueabi"
@0 = private unnamed_addr global i32 0
define ptr @rust_helper_current() #0 {
  %1 = tail call ptr @llvm.thread.pointer() #2, !srcloc !1
  ret ptr %1
}
define ptr @rust_helper_newer() #0 {
  %1 = call noundef ptr @llvm.thread.pointer.p0()
  ret ptr %1
}
define ptr @rust_helper_other() #1 {
  %1 = tail call ptr @llvm.thread.pointer() #2
  ret ptr %1
}
declare ptr @llvm.thread.pointer()
attributes #0 = { nounwind "target-features"="+dsp,+read-tp-tpidruro" }
attributes #1 = { nounwind "target-features"="+dsp,-read-tp-tpidruro" }
attributes #2 = { nounwind memory(none) }
`
	m := parse(t, []byte(ir))
	got := m.Remain()
	if _, ok := got["rust_helper_other"]; !ok || len(got) != 1 {
		t.Errorf("these remain calls: %v", got)
	}
	text := string(m.Apply(Options{Linkage: AvailableExternally}))
	for _, want := range []string{
		`%1 = tail call ptr asm "mrc p15, 0, $0, c13, c0, 3", "=r"() #2, !srcloc !1`,
		`%1 = call noundef ptr asm "mrc p15, 0, $0, c13, c0, 3", "=r"()` + "\n",
		`%1 = tail call ptr @llvm.thread.pointer() #2`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %s:\n%s", want, text)
		}
	}
}

// TestThreadPointerOfARM checks with the real clang that a function which lacks the feature reads the thread pointer, after the helper was
// inlined, by the very instruction that clang gives the helper in C (get_current in arch/arm/include/asm/current.h, -mtp=cp15).
func TestThreadPointerOfARM(t *testing.T) {
	x := newTools(t)
	if err := os.MkdirAll(filepath.Join(x.host, "arm"), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(x.host, "arm", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(x.host, "arm", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const clang = "clang --target=arm-linux-gnueabi -march=armv7-a -O2 -w"
	write("h.c", "void *rust_helper_current(void) { return __builtin_thread_pointer(); }\n")
	x.run(t, "arm", clang+" -mtp=cp15 -S -emit-llvm h.c -o h.ll && "+clang+" -mtp=cp15 -S h.c -o h.s")
	const instruction = "mrc\tp15, #0, r0, c13, c0, #3"
	if !strings.Contains(read("h.s"), instruction) {
		t.Fatalf("clang does not give the helper %q:\n%s", instruction, read("h.s"))
	}
	m := parse(t, []byte(read("h.ll")))
	if left := m.Remain(); len(left) > 0 {
		t.Errorf("it remains a call: %v", left)
	}
	write("treated.ll", string(m.Apply(Options{Linkage: AvailableExternally, AlwaysInline: true})))
	write("crate.ll", `target triple = "armv7-unknown-linux-gnueabi"
declare ptr @rust_helper_current()
define ptr @crate() #0 {
  %1 = call ptr @rust_helper_current()
  ret ptr %1
}
attributes #0 = { nounwind "target-cpu"="generic" "target-features"="+v7,+thumb2,+soft-float" }
`)
	x.run(t, "arm", clang+" -emit-llvm -Xclang -disable-llvm-passes -x ir -c treated.ll -o treated.bc && "+
		clang+" -S -Xclang -mlink-bitcode-file -Xclang treated.bc -x ir crate.ll -o crate.s")
	if code := read("crate.s"); !strings.Contains(code, instruction) ||
		strings.Contains(code, "rust_helper_current") || strings.Contains(code, "__aeabi_read_tp") {
		t.Errorf("the crate's code:\n%s", code)
	}
}
