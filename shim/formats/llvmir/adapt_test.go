// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/remains"
)

// differing are the types of helpers in testdata/narrow.ll as a crate declares
// them, those of testdata/adapt.ll among them.
var differing = map[string]string{
	"rust_helper_result":      "i64 (i64)",
	"rust_helper_signed":      "i64 (i64)",
	"rust_helper_unsigned":    "i64 (ptr, i64)",
	"rust_helper_three_bytes": "i64 (i32)",
	"rust_helper_member":      "i64 (i64)",
	"rust_helper_nothing":     "void (i64)",

	"rust_helper_wider":  "i32 (i32)",
	"rust_helper_memory": "void (i64)",
	"rust_helper_pair":   "i128 ()",
	"rust_helper_count":  "i32 (i32)",
	"rust_helper_float":  "i32 ()",
	"rust_helper_never":  "i64 ()",
	"no_such_helper":     "i64 ()",
}

var wantRefused = map[string]string{
	"rust_helper_wider":  "parameter 1 is i32 in Rust and i64 in C: what extends it is unknown",
	"rust_helper_memory": "parameter 1 is sret",
	"rust_helper_pair":   "its result is i128 in Rust and { i64, i64 } in C: they may be passed in different places",
	"rust_helper_count":  "its parameters are (i32) in Rust and (i32, i32) in C: they may be passed in different places",
	"rust_helper_float":  "its result is i32 in Rust and float in C: they may be passed in different places",
}

func TestTypes(t *testing.T) {
	want := map[string]string{
		"rust_helper_result": "i32 (i32)", "rust_helper_signed": "i16 (i16)", "rust_helper_unsigned": "i8 (ptr, i8)",
		"rust_helper_three_bytes": "i24 ([1 x i32])", "rust_helper_member": "{ i32 } ({ [1 x i64] })",
		"rust_helper_nothing": "void (i32)", "rust_helper_same": "i32 (i32)", "rust_helper_wider": "i32 (i64)",
		"rust_helper_memory": "void (ptr)", "rust_helper_pair": "{ i64, i64 } ()", "rust_helper_count": "i32 (i32, i32)",
		"rust_helper_float": "float ()", "rust_helper_never": "i32 ()",
	}
	if diff := cmp.Diff(want, parse(t, text(t, "narrow.ll")).Types()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAdapt compares the changed lines with a golden file.
func TestAdapt(t *testing.T) {
	before := parse(t, text(t, "narrow.ll")).Apply(Options{Linkage: LinkonceODR, Calls: map[string]bool{"rust_helper_never": true}})
	after, refused := Adapt(before, differing)
	reasons := map[string]string{}
	for name, why := range refused {
		if reasons[name] = why.Symbol; why.Kind != remains.Type {
			t.Errorf("%s: %v", name, why)
		}
	}
	if diff := cmp.Diff(wantRefused, reasons); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	golden := filepath.Join("testdata", "apply", "adapt.golden")
	got := changes(string(before), string(after))
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

// TestAdaptRegisters checks that the target decides what fits into a register.
func TestAdaptRegisters(t *testing.T) {
	for layout, ok := range map[string]bool{
		`"e-m:e-i64:64-n32:64-S128"`: true,
		`"e-m:e-i64:64-n32-S128"`:    false,
		`"e-m:e-ni:1:2-S128"`:        false,
		`"e-m:e-p:32:32-n32-S128"`:   false,
		`""`:                         false,
	} {
		_, refused := Adapt([]byte("target datalayout = "+layout+"\ndefine i32 @x(i32 %0) {\n}\n"), map[string]string{"x": "i64 (i32)"})
		if got := len(refused) == 0; got != ok {
			t.Errorf("%s: adapted: %t (%v), want %t", layout, got, refused, ok)
		}
	}
	// A result is extended as the helper's own, or it fills the register.
	const layout = "target datalayout = \"e-n8:16:32:64\"\n"
	for declared, want := range map[string]string{"i8 (i64)": "define zeroext i8 @x(i64 %p0) {", "i64 (i64)": "define i64 @x(i64 %p0) {", "i16 (i64)": ""} {
		text, refused := Adapt([]byte(layout+"define zeroext i8 @x(i32 %0) {\n}\n"), map[string]string{"x": declared})
		if (len(refused) > 0) != (want == "") || !strings.Contains(string(text), want) {
			t.Errorf("zeroext i8, declared as %s: %v\n%s", declared, refused, text)
		}
	}
	// A structure of one integer has its width, so that nothing is extended.
	text, refused := Adapt([]byte(layout+"define i8 @x(i8 signext %0) {\n}\n"), map[string]string{"x": "i8 ({ i8 })"})
	if len(refused) > 0 || strings.Contains(string(text), "sext") || strings.Contains(string(text), "zext") {
		t.Errorf("structures of i8: %v\n%s", refused, text)
	}
	if _, refused := Adapt([]byte(layout+"define @x(i32 %0) {\n}\n"), map[string]string{"x": "i64 (i32)"}); len(refused) != 1 {
		t.Error("a definition without a result: adapted")
	}
	if _, refused := Adapt([]byte("define i32 @x(i32 %0) {\n}\n"), map[string]string{"x": "i64 (i32)"}); len(refused) != 1 {
		t.Error("without a data layout: adapted")
	}
}

// TestAdaptedRun compiles testdata/adapt.ll in two ways: linked to the helpers as
// they are, so that the machine passes the values, and with the adapted helpers
// inlined. What both print must be the same, and the second one must have no calls
// of helpers.
func TestAdaptedRun(t *testing.T) {
	x := newTools(t)
	const directory = "adapt"
	dir := filepath.Join(x.host, directory)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(file string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func(file string) string {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	// These helpers have the variable state; in the crate it is a second one.
	write("own.ll", text(t, "narrow.ll"))
	write("crate.ll", text(t, "adapt.ll"))
	x.run(t, directory, "clang -w -O1 -no-pie crate.ll own.ll -o called && ./called >called.txt")
	declared := maps.Clone(differing)
	maps.DeleteFunc(declared, func(name, _ string) bool { return wantRefused[name] != "" })
	for _, linkage := range []Linkage{AvailableExternally, LinkonceODR, Internal} {
		treated := parse(t, text(t, "narrow.ll")).Apply(Options{Linkage: linkage, AlwaysInline: true, Calls: map[string]bool{"rust_helper_never": true}})
		adapted, refused := Adapt(treated, declared)
		if len(refused) > 0 {
			t.Fatal(refused)
		}
		write("adapted.ll", adapted)
		merge := "llvm-link --only-needed --suppress-warnings crate.bc helpers.bc -o merged.bc"
		if linkage == Internal {
			merge += " --internalize"
		}
		compile := "clang -w -O2 -c merged.bc -o inlined.o"
		if linkage == AvailableExternally {
			merge, compile = "true", "clang -w -O2 -Xclang -mlink-bitcode-file -Xclang helpers.bc -c crate.bc -o inlined.o"
		}
		x.run(t, directory, strings.Join([]string{
			"llvm-as adapted.ll -o helpers.bc", "llvm-as crate.ll -o crate.bc", merge, compile, "clang -no-pie inlined.o -o inlined",
			"./inlined >inlined.txt", "llvm-nm inlined.o >symbols.txt",
		}, " && "))
		if called, inlined := read("called.txt"), read("inlined.txt"); called != inlined || strings.Count(called, "\n") != 6 {
			t.Errorf("%s: called:\n%sinlined:\n%s", linkage, called, inlined)
		}
		if left := regexp.MustCompile(`(?m)^.* [UTt] .*rust_helper.*$`).FindAllString(read("symbols.txt"), -1); len(left) > 0 {
			slices.Sort(left)
			t.Errorf("%s: left: %s", linkage, strings.Join(left, "\n"))
		}
	}
}

func FuzzAdapt(f *testing.F) {
	f.Add(text(f, "narrow.ll"), "i64 (i64)")
	f.Add(text(f, "helpers.ll"), "[1 x i64] ({ i32 }, ptr)")
	f.Add([]byte("target datalayout = \"n8\"\ndefine i8 @rust_helper_x([1 x { i8 }] %\"0\") {\n}"), "void (i32, { [1 x i8] })")
	f.Fuzz(func(t *testing.T, data []byte, kind string) {
		declared := map[string]string{"rust_helper_result": kind, "rust_helper_x": kind}
		after, refused := Adapt(data, declared)
		if len(refused) == len(declared) && string(after) != string(data) {
			t.Error("refused, and yet changed")
		}
	})
}
