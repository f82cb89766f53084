// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/formats/remains"
)

// TestClosure builds helpers that bring along things of all kinds, into the kernel's crate
// and into a module. The program must do what that of the unwrapped tools does, and the
// record must name what keeps a helper a call.
func TestClosure(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the helpers have assembly of x86-64")
	}
	r := newTree(t)
	source, err := os.ReadFile("testdata/closure/closure.c")
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, text string, appended bool) {
		t.Helper()
		path := filepath.Join(r.host, name)
		if appended {
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text = string(old) + text
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var bindings, kernel, driver, declarations, prints strings.Builder
	bindings.WriteString("extern \"C\" {\n")
	for _, m := range regexp.MustCompile(`(?m)^[^/*\n]*\blong rust_helper_(\w+)\(long n\)`).FindAllSubmatch(source, -1) {
		name := string(m[1])
		if strings.Contains(bindings.String(), "rust_helper_"+name+"\"") {
			continue
		}
		fmt.Fprintf(&bindings, "    #[link_name = \"rust_helper_%s\"]\n    pub fn %s(n: i64) -> i64;\n", name, name)
		for crate, code := range map[string]*strings.Builder{"kernel": &kernel, "driver": &driver} {
			path := "bindings::"
			if crate == "driver" {
				path = "kernel::bindings::"
			}
			// Twice, so that what may exist once in an object shows.
			fmt.Fprintf(code, "#[no_mangle]\npub extern \"C\" fn %[1]s_%[2]s(n: i64) -> i64 { unsafe { %[3]s%[2]s(n) } }\n", crate, name, path)
			fmt.Fprintf(code, "#[no_mangle]\npub extern \"C\" fn %[1]s_again_%[2]s(n: i64) -> i64 { unsafe { %[3]s%[2]s(n) } }\n", crate, name, path)
			fmt.Fprintf(&declarations, "long %[1]s_%[2]s(long), %[1]s_again_%[2]s(long);\n", crate, name)
		}
		switch {
		case strings.HasPrefix(name, "get_"):
		case strings.HasPrefix(name, "is_"):
			of := strings.TrimPrefix(name, "is_")
			fmt.Fprintf(&prints, "printf(\"%[1]s %%ld %%ld\\n\", driver_is_%[1]s(kernel_get_%[1]s(0)), kernel_is_%[1]s(driver_get_%[1]s(0)));\n", of)
		default:
			fmt.Fprintf(&prints, "printf(\"%[1]s %%ld\\n\", kernel_%[1]s(3));\n", name)
			fmt.Fprintf(&prints, "printf(\"%[1]s %%ld\\n\", driver_%[1]s(3) + kernel_again_%[1]s(2) * 100 + driver_again_%[1]s(0) * 10000);\n", name)
		}
	}
	put("rust/helpers/closure.c", string(source), false)
	put("rust/helpers/helpers.c", "#include \"closure.c\"\n", true)
	put("rust/bindings.rs", bindings.String()+"}\n", true)
	put("rust/kernel.rs", kernel.String(), true)
	put("drivers/driver.rs", driver.String(), true)
	put("main.c", "long rust_helper_weak(long n) { return 2; }\nint overridable(void) { return 2; }\nint overridable_number = 2;\nchar __this_module;\n"+
		"int puts_length(const char *s) { int n = 0; while (s[n]) n++; return n; }\n#define EXPORT_SYMBOL(x)\nEXPORT_SYMBOL(puts_length);\n"+
		declarations.String()+"extern int __start_entries[], __stop_entries[];\n"+
		"__attribute__((destructor)) static void more(void) {\n"+prints.String()+"printf(\"entries %ld\\n\", (long)(__stop_entries - __start_entries));\n}\n", true)

	run := func(env []string, make string) string {
		t.Helper()
		r.mustMake(nil, "make -s clean")
		r.mustMake(env, make)
		out, code := r.sh(nil, "./program")
		if code != 0 {
			t.Fatalf("the program: status %d\n%s", code, out)
		}
		// Modules see another kind, with the unwrapped tools and not: see TestBuild.
		return regexp.MustCompile(`(?m)^(kernel ., driver .|remembered .*)$`).ReplaceAllString(out, "")
	}
	want := run(nil, plainMake)
	for _, env := range [][]string{nil, {"LTO_WRAP_PIPELINE=late"}, {"LTO_WRAP_LINKAGE=linkonce_odr"}, {"LTO_WRAP_LINKAGE=internal", "LTO_WRAP_INLINE=cost"}} {
		if diff := cmp.Diff(want, run(env, r.shimMake())); diff != "" {
			t.Errorf("%v: the program is another one (-the unwrapped tools +the shims):\n%s", env, diff)
		}
		if env != nil {
			continue
		}
		for object, want := range map[string][]string{"rust/kernel.o": keptInKernel, "drivers/driver.o": slices.Concat(keptInKernel, keptInModule)} {
			rec, err := record.Read(filepath.Join(r.host, object))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range rec.Left {
				if name := strings.TrimPrefix(l.Name, "rust_helper_"); l.Kind != remains.AddressTaken && name != "remember" && name != "next_number" {
					got = append(got, fmt.Sprintf("%s: %s: %s", name, l.Kind, l.Symbol))
				}
			}
			slices.Sort(got)
			want = slices.Clone(want)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: what keeps helpers calls (-want +got):\n%s", object, diff)
			}
		}
	}
}

// keptInKernel and keptInModule are the helpers that remain calls, with what keeps them,
// everywhere and in modules.
var (
	keptInKernel = []string{
		"get_callback: address of a static function: callback",
		"is_callback: address of a static function: callback",
		"get_operations: address of a static constant: operations",
		"is_operations: address of a static constant: operations",
		"get_entry: address of a static function: callback",
		"is_entry: address of a static function: callback",
		"weak: weak definition: rust_helper_weak",
		"alias: alias: rust_helper_alias",
		"only_here: local symbol: only_here",
		"of_macro: assembly that names a local symbol: load_nine",
		"named: assembly that names a local symbol: named",
		"part: assembly that names a local symbol: part_4",
		"label: assembly: .globl",
		"plain_label: assembly: it defines a_label",
		"set: assembly: it defines a_number",
		"registers: assembly: it adds to the section entries",
		"features: target features: +crc32,+popcnt,+sse3,+sse4.1,+sse4.2,+ssse3",
		"section: section: rust_helper_section",
		"noinline: noinline: noinline",
		"thread: thread-local variable: of_the_thread",
		"total: static variable: total",
	}
	keptInModule = []string{
		"this_module: not exported: __this_module",
		"calls_weak: not exported: overridable",
		"first_entry: not exported: first_entry",
	}
)
