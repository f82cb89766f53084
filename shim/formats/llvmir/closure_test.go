// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/remains"
)

// TestRemain has one helper for each kind of thing that may come along or not. The helpers
// are named after the reason; those that can be inlined begin with "ok".
func TestRemain(t *testing.T) {
	const ir = `target triple = "x86_64-unknown-linux-gnu"
module asm ".pushsection .rodata"
module asm "only_here: .long 11"
module asm ".globl everywhere"
module asm "everywhere: .long 12; .set another_here, 13"
module asm ".macro load to"
module asm "made_\5Cto\5C()_here: .endm"
%struct.lock_class_key = type {}
@counter = internal unnamed_addr global i32 0, align 4
@init.__key = internal global %struct.lock_class_key zeroinitializer, align 1
@init2.__key = internal global { i64 } zeroinitializer, align 8
@once = internal global i8 0, section ".data..once", align 1
@tag = internal global { ptr } { ptr @tag_counter }, section "alloc_tags", align 8
@tag_counter = internal global i64 0, section ".data..percpu", align 8
@other_counter = internal global i64 0, section ".data..percpu", align 8
@loaded = internal unnamed_addr constant [2 x i32] zeroinitializer, align 4
@passed = internal constant [2 x i32] zeroinitializer, align 4
@callbacks = internal unnamed_addr constant [1 x ptr] [ptr @callback], align 8
@.str.1 = internal constant { [2 x i8], [30 x i8] } zeroinitializer, align 32
@entry = internal unnamed_addr constant i32 1, section "__param", align 4
@.str = private unnamed_addr constant [2 x i8] c"@\00"
@0 = private unnamed_addr global { i32 } zeroinitializer, align 4
@shared = dso_local global i32 0, align 4
@overridable = weak global i32 0, align 4
@elsewhere = external global i32, align 4
@only_here = external global i32, align 4
@everywhere = external global i32, align 4
@made_of_here = external global i32, align 4
@thread = internal thread_local global i32 0, align 4
@their_thread = external thread_local global i32, align 4
@other_name = alias i32 (), ptr @rust_helper_ok_shared
declare void @run(ptr)
declare i32 @puts(ptr)
declare void @__ubsan_handle(ptr)
define internal void @callback() #0 {
}
define internal i32 @local() #0 {
  %1 = load i32, ptr @counter
}
define internal i32 @harmless() #2 {
  ret i32 1
}
`
	helpers := []struct{ name, attributes, body, want string }{
		{"ok_nothing", "#0", "ret i32 0", ""},
		{"ok_empty", "#0", "%1 = load i32, ptr @init.__key", ""},
		{"ok_once", "#0", "%1 = load i8, ptr @once", ""},
		{"ok_tag", "#0", "%1 = load ptr, ptr @tag", ""},
		{"ok_loaded", "#0", "%1 = load i32, ptr @loaded", ""},
		{"ok_string", "#0", "%1 = call i32 @puts(ptr @.str)", ""},
		{"ok_string_of_kasan", "#0", "%1 = call i32 @puts(ptr @.str.1)", ""},
		{"ok_place", "#0", "call void @__ubsan_handle(ptr @0)", ""},
		{"ok_shared", "#0", "%1 = load i32, ptr @shared", ""},
		{"ok_weak", "#0", "%1 = load i32, ptr @overridable", ""},
		{"ok_elsewhere", "#0", "%1 = load i32, ptr @elsewhere\n  %2 = load i32, ptr @everywhere", ""},
		{"ok_helper", "#0", "%1 = call i32 @rust_helper_static()", ""},
		{"ok_address_of_helper", "#0", "ret ptr @rust_helper_static", ""},
		{"ok_local", "#0", "%1 = call fastcc i32 @harmless()", ""},
		{"ok_intrinsic", "#0", "%1 = call i32 @llvm.ctpop.i32(i32 1)", ""},
		{"ok_bug", "#0", `call void asm sideeffect "1:\09ud2\0A.pushsection __bug_table,\22aw\22\0A2:\09.long 1b - .\0A\09.long ${0:c} - .\0A\09.org 2b + 12\0A.popsection", "i"(ptr @.str)`, ""},
		{"ok_unique", "#0", `call void asm "jmp .Ltmp${:uid}\0A.Ltmp${:uid}: call else_${0:c}; .set .Lfound, 1", "i"(i32 1)`, ""},
		{"static", "#0", "%1 = load i32, ptr @counter", "static variable: counter"},
		{"indirect", "#0", "%1 = call i32 @local()", "static variable: counter"},
		{"key", "#0", "%1 = load i64, ptr @init2.__key", "static variable: init2.__key"},
		{"per_cpu", "#0", "%1 = load i64, ptr @other_counter", "static variable: other_counter (.data..percpu)"},
		{"callback", "#0", "call void @run(ptr @callback)", "address of a static function: callback"},
		{"callbacks", "#0", "%1 = load ptr, ptr @callbacks", "address of a static function: callback"},
		{"passed", "#0", "call void @run(ptr @passed)", "address of a static constant: passed"},
		{"entry", "#0", "%1 = load i32, ptr @entry", "static variable: entry (__param)"},
		{"thread", "#0", "%1 = load i32, ptr @thread", "thread-local variable: thread"},
		{"their_thread", "#0", "%1 = load i32, ptr @their_thread", "thread-local variable: their_thread"},
		{"alias", "#0", "%1 = call i32 @other_name()", "alias: other_name"},
		{"only_here", "#0", "%1 = load i32, ptr @only_here", "local symbol: only_here"},
		{"made_here", "#0", "%1 = load i32, ptr @made_of_here", "local symbol: made_of_here"},
		{"thread_pointer", "#0", "%1 = call ptr @llvm.thread.pointer.p0()", "intrinsic: llvm.thread.pointer.p0"},
		{"noinline", "#2", "ret i32 0", "noinline: noinline"},
		{"naked", "#3", "ret i32 0", "attribute: naked"},
		{"features", "#4", "ret i32 0", "target features: +sse4.2"},
		{"section", `#0 section ".init.text"`, "ret i32 0", "section: rust_helper_section"},
		{"personality", `#0 personality ptr @elsewhere`, "ret i32 0", "attribute: personality"},
		{"label", "#0", "store ptr blockaddress(@rust_helper_label, %1), ptr @shared", "address of a label: rust_helper_label"},
		{"names", "#0", `call void asm sideeffect "call local", ""()`, "assembly that names a local symbol: local"},
		{"composes", "#0", `call void asm sideeffect "call loc${0:c}", "i"(i32 1)`, "assembly that names a local symbol: local"},
		{"uses_macro", "#0", `call void asm sideeffect "nop; load eax", ""()`, "assembly that names a local symbol: load"},
		{"defines", "#0", `call void asm sideeffect "a_label: nop", ""()`, "assembly: it defines a_label"},
		{"defines_apart", "#0", `call void asm sideeffect "886 : nop\0A a_label : nop", ""()`, "assembly: it defines a_label"},
		{"assigns", "#0", `call void asm sideeffect "a_number = 1", ""()`, "assembly: it defines a_number"},
		{"global", "#0", `call void asm sideeffect "nop\0A\09.globl 1f", ""()`, "assembly: .globl"},
		{"keeps_macro", "#0", `call void asm sideeffect ".macro twice; nop; .endm; twice", ""()`, "assembly: it defines the macro twice"},
		{"registers", "#0", `call void asm sideeffect ".pushsection \22.initcall6.init\22, \22a\22\0A.long elsewhere - .\0A.popsection", ""()`, "assembly: it adds to the section .initcall6.init"},
		{"registers_by_section", "#0", `call void asm sideeffect ".section .initcall7.init, \22a\22\0A.long elsewhere - .\0A.text", ""()`, "assembly: it adds to the section .initcall7.init"},
		{"embeds", "#0", `call void asm sideeffect ".incbin \22file\22", ""()`, "assembly: .incbin"},
	}
	var text strings.Builder
	text.WriteString(ir)
	want := map[string]string{}
	for _, h := range helpers {
		fmt.Fprintf(&text, "define i32 @rust_helper_%s() %s {\n  %s\n}\n", h.name, h.attributes, h.body)
		if h.want != "" {
			want["rust_helper_"+h.name] = h.want
		}
	}
	text.WriteString(`define weak i32 @rust_helper_weak() #0 {
}
define i32 @rust_helper_variadic(i32 %0, ...) #0 {
}
define x86_regcallcc i32 @rust_helper_convention(i32 %0) #0 {
}
attributes #0 = { nounwind "target-cpu"="x86-64" "target-features"="+cx8" }
attributes #2 = { noinline nounwind "target-cpu"="x86-64" "target-features"="+cx8" }
attributes #3 = { naked "target-cpu"="x86-64" "target-features"="+cx8" }
attributes #4 = { nounwind "target-cpu"="x86-64" "target-features"="+cx8,+sse4.2" }
`)
	want["rust_helper_weak"] = "weak definition: rust_helper_weak"
	want["rust_helper_variadic"] = "variable arguments: rust_helper_variadic"
	want["rust_helper_convention"] = "attribute: x86_regcallcc"
	want["other_name"] = "alias: other_name"
	got := map[string]string{}
	for name, r := range parse(t, []byte(text.String())).Remain() {
		got[name] = string(r.Kind) + ": " + r.Symbol
		if s := r.String(); !strings.Contains(s, r.Symbol) || strings.HasPrefix(s, string(r.Kind)) && r.Kind != remains.Unknown {
			t.Errorf("%s: %s", name, s)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
