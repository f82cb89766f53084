// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package exports

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// tree writes files into a new directory and returns its path.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestForms has lines from the kernel, with the symbols that each of them exports
// to every module.
func TestForms(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "EXPORT_SYMBOL(printk);\n", "printk"},
		{"GPL", "EXPORT_SYMBOL_GPL(__put_task_struct);\n", "__put_task_struct"},
		{"blanks", "\tEXPORT_SYMBOL( kfree ) ;\n", "kfree"},
		{"two", "EXPORT_SYMBOL(a_one); EXPORT_SYMBOL_GPL(a_two);\n", "a_one a_two"},
		{"behind a function", "}EXPORT_SYMBOL(b_one)", "b_one"},
		{"assembler", "SYM_FUNC_END(__put_user_1)\nEXPORT_SYMBOL(__put_user_1)\n", "__put_user_1"},
		{"per cpu", "EXPORT_PER_CPU_SYMBOL(this_cpu_off);\nEXPORT_PER_CPU_SYMBOL_GPL(cpu_info);\nEXPORT_EARLY_PER_CPU_SYMBOL(x86_cpu_to_apicid);\n",
			"cpu_info this_cpu_off x86_cpu_to_apicid"},
		{"static call", "EXPORT_STATIC_CALL(might_resched);\n", "__SCK__might_resched __SCT__might_resched"},
		{"static call, GPL", "EXPORT_STATIC_CALL_GPL(x);\n", "__SCK__x __SCT__x"},
		{"static call, trampoline", "EXPORT_STATIC_CALL_TRAMP(might_resched);\nEXPORT_STATIC_CALL_TRAMP_GPL(WARN_trap);\n", "__SCT__WARN_trap __SCT__might_resched"},
		{"tracepoint", "EXPORT_TRACEPOINT_SYMBOL(kmalloc);\nEXPORT_TRACEPOINT_SYMBOL_GPL(block_rq);\n",
			"__SCK__tp_func_block_rq __SCK__tp_func_kmalloc __SCT__tp_func_block_rq __SCT__tp_func_kmalloc " +
				"__traceiter_block_rq __traceiter_kmalloc __tracepoint_block_rq __tracepoint_kmalloc"},
		{"power management", "EXPORT_GPL_DEV_PM_OPS(my_ops) = {\n", "my_ops"},
		{"more arguments", "ACPI_EXPORT_SYMBOL(acpi_get_table)\nEXPORT_RUNTIME_DEV_PM_OPS(ops, a, b, NULL);\n", "acpi_get_table ops"},

		{"namespace", "EXPORT_SYMBOL_NS(a, \"NS\");\nEXPORT_SYMBOL_NS_GPL(b, NS);\nEXPORT_NS_GPL_DEV_PM_OPS(c, NS) = {\n", ""},
		{"namespace in the macro", "EXPORT_SYMBOL_ACPI_LIB(acpi_x);\nEXPORT_SYMBOL_FWTBL_LIB(fw_x);\n", ""},
		{"for named modules", "EXPORT_SYMBOL_FOR_MODULES(a, \"kvm\");\nEXPORT_SYMBOL_GPL_FOR_MODULES(b, \"kvm\");\nEXPORT_SYMBOL_FOR_KVM(c);\nEXPORT_SYMBOL_FOR_KVM_INTERNAL(d);\n", ""},
		{"for tests", "EXPORT_SYMBOL_IF_KUNIT(a);\nEXPORT_SYMBOL_FOR_TESTS_ONLY(b);\n", ""},
		{"comments", "// EXPORT_SYMBOL(a);\n/* EXPORT_SYMBOL_GPL(b); */\n\t * EXPORT_SYMBOL(c) is for\nint x; // EXPORT_SYMBOL(d)\n", ""},
		{"no call", "#ifdef EXPORT_SYMBOL\n#define MY_EXPORT_ 1\nEXPORT_SYMBOL\n", ""},
		{"no name", "EXPORT_SYMBOL();\nEXPORT_SYMBOL(\n\tlater);\n", ""},
		{"cut", "EXPORT_SYMBOL(pri", ""},
		{"cut behind the macro", "EXPORT_", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := FromSource(tree(t, map[string]string{"kernel/x.c": c.text}), "x86")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(c.want), slices.Sorted(maps.Keys(got.names)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.text, diff)
			}
			for _, name := range strings.Fields(c.want) {
				if !got.Has(name) {
					t.Errorf("Has(%q) = false", name)
				}
			}
			if got.Len() != len(strings.Fields(c.want)) {
				t.Errorf("Len() = %d", got.Len())
			}
		})
	}
}

// TestComposed checks that names composed by a macro are matched by their literal
// parts.
func TestComposed(t *testing.T) {
	got, err := FromSource(tree(t, map[string]string{
		"arch/x86/lib/retpoline.S": "\t__EXPORT_THUNK(__x86_indirect_thunk_\\reg)\n#define GEN(reg) __EXPORT_THUNK(__x86_indirect_jump_thunk_ ## reg)\n",
		"mm/kasan/generic.c":       "\tEXPORT_SYMBOL(__asan_load##size##_noabort);\t\\\n",
		"kernel/cgroup.c":          "\tEXPORT_SYMBOL_GPL(_x ## _cgrp_subsys_enabled_key);\t\\\n",
		"kernel/params.c":          "\tEXPORT_SYMBOL(param_set_##name); \\\n",
	}), "x86")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"__x86_indirect_thunk_rax": true, "__x86_indirect_jump_thunk_r11": true, "__x86_indirect_thunk_": false,
		"__asan_load8_noabort": true, "__asan_load_noabort": false, "__asan_load8": false, "__asan_store8_noabort": false,
		"param_set_int": true, "param_get_int": false,
		// A pattern that begins with a parameter would match nearly everything.
		"memory_cgrp_subsys_enabled_key": false,
	} {
		if got.Has(name) != want {
			t.Errorf("Has(%q) = %t", name, !want)
		}
	}
	if got.Len() != 0 {
		t.Errorf("%d names are treated as complete", got.Len())
	}
}

// TestFirst checks that of several files for a symbol the first by name counts, in whatever order they are read.
func TestFirst(t *testing.T) {
	for _, files := range [][]string{{"a.c", "b.c"}, {"b.c", "a.c"}} {
		s := newSet()
		for _, f := range files {
			s.add("EXPORT_SYMBOL", "one", f)
			s.add("EXPORT_SYMBOL", "param_##name", f)
		}
		// Two patterns that match.
		s.add("EXPORT_SYMBOL", "prefix_##name", files[0])
		s.add("EXPORT_SYMBOL", "prefix_of_##name", files[1])
		for _, symbol := range []string{"one", "param_int", "prefix_of_x"} {
			if file, ok := s.Where(symbol); !ok || file != "a.c" {
				t.Errorf("%v: %s is in %s (%t)", files, symbol, file, ok)
			}
		}
	}
}

// TestIdentifiers checks names at the bounds of what an identifier consists of, and of a pattern.
func TestIdentifiers(t *testing.T) {
	got, err := FromSource(tree(t, map[string]string{
		"kernel/a.c": "EXPORT_SYMBOL(azAZ_09);\n0EXPORT_Z9a(digit);\nzEXPORT_A0z(small);\naZEXPORT_(capital);\n",
		"kernel/b.c": "EXPORT_SYMBOL(sixsix##x);\nEXPORT_SYMBOL(five_##x);\nEXPORT_SYMBOL(##x##_tail_of);\n",
		"kernel/c.c": "EXPORT_SYMBOL(nothing_after",
	}), "x86")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"azAZ_09": true, "digit": true, "small": true, "capital": true, "sixsix1": true, "five_1": false, "x_tail_of": false, "nothing_after": false,
	} {
		if got.Has(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
	for _, name := range []string{"a9_zZ", "0", "_"} {
		for _, around := range []string{" ", "\n", "(", "@", "[", "`", "{", "/", ":"} {
			if !isMentioned([]byte(around+name+around), name) || !isMentioned([]byte(name), name) {
				t.Errorf("%s is not seen between %q", name, around)
			}
		}
		for _, around := range []string{"a", "z", "A", "Z", "0", "9", "_"} {
			if isMentioned([]byte(around+name), name) && around != name || isMentioned([]byte(" "+name+around), name) && around != name {
				t.Errorf("%s is seen beside %q", name, around)
			}
		}
	}
}

// TestFromSource checks which files of a tree are scanned.
func TestFromSource(t *testing.T) {
	const text = "EXPORT_SYMBOL(NAME);\n"
	files := map[string]string{}
	for name, path := range map[string]string{
		"in_kernel": "kernel/fork.c", "in_lib": "lib/a/b/c/d.c", "in_assembler": "arch/x86/lib/putuser.S",
		"in_arch": "arch/x86/kernel/x.c", "in_top": "x.c", "in_header_of_c": "kernel/rcu/tree_plugin.h",
		"in_tools_below": "drivers/tools/x.c", "in_driver": "drivers/gpu/drm/x.c",

		"in_other_arch": "arch/arm64/kernel/x.c", "in_tools": "tools/lib/x.c", "in_scripts": "scripts/x.c",
		"in_documentation": "Documentation/x.c", "in_git": ".git/x.c", "in_rust": "rust/x.rs",
		"in_include": "include/linux/x.h", "in_driver_header": "drivers/x.h", "in_text": "kernel/x.txt", "in_object": "kernel/x.o",
	} {
		files[path] = strings.ReplaceAll(text, "NAME", name)
	}
	got, err := FromSource(tree(t, files), "x86")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"in_arch", "in_assembler", "in_header_of_c", "in_kernel", "in_lib", "in_tools_below", "in_top"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.names))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Has("in_top") || len(got.names) != len(want) {
		t.Error("drivers/gpu/drm is read for a symbol that is found")
	}
	if got.Has("in_driver_header") || !got.Has("in_driver") {
		t.Error("drivers/gpu/drm is not read for a symbol that is not found")
	}
	want = []string{"in_arch", "in_assembler", "in_driver", "in_header_of_c", "in_kernel", "in_lib", "in_tools_below", "in_top"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.names))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for name, root := range map[string]string{"empty": t.TempDir(), "missing": filepath.Join(t.TempDir(), "gone")} {
		if got, err := FromSource(root, "x86"); err != nil || got.Len() != 0 {
			t.Errorf("a tree that is %s: %d names, error %v", name, got.Len(), err)
		}
	}
}

func TestFromSymvers(t *testing.T) {
	got := FromSymvers("0x00000000\tsystem_state\tvmlinux\tEXPORT_SYMBOL\t\n"+
		"0x12345678\tkfree_gpl\tvmlinux\tEXPORT_SYMBOL_GPL\t\r\n"+
		"0x00000000\told_form\tdrivers/x/y\tEXPORT_SYMBOL\n"+
		"0x00000000\tin_namespace\tdrivers/x/y\tEXPORT_SYMBOL_GPL\tDMA_BUF\n"+
		"0x00000000\tfor_kvm\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:kvm,kvm-intel\n"+
		"0x00000000\ttoo_short\tvmlinux\n"+
		"\n"+
		"0x00000000\tlast\tvmlinux\tEXPORT_SYMBOL\t", "obj/Module.symvers")
	want := []string{"kfree_gpl", "last", "old_form", "system_state"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.names))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if file, ok := got.Where("last"); !ok || file != "obj/Module.symvers" {
		t.Errorf("last is exported by %q", file)
	}
	if got.Has("for_kvm") || got.Has("") || !got.Has("last") {
		t.Error("Has disagrees")
	}
	if n := FromSymvers("", "Module.symvers").Len(); n != 0 {
		t.Errorf("of nothing: %d names", n)
	}
}

// TestState: the state of a file that exports symbols changes with its exports and
// with nothing else.
func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.c")
	state := func(text string) string {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := State(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state("int a;\nEXPORT_SYMBOL(a);\nEXPORT_SYMBOL(b);\n")
	if state("/* other */ int a = 1;\nEXPORT_SYMBOL(b);\nEXPORT_SYMBOL(a);\n") != before {
		t.Error("it changes with what is no export")
	}
	if state("int a;\nEXPORT_SYMBOL(a);\n") == before {
		t.Error("it does not change when an export goes")
	}
	if _, err := State(path + ".gone"); err == nil {
		t.Error("a file that is gone has a state")
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("EXPORT_SYMBOL(a);\nEXPORT_TRACEPOINT_SYMBOL_GPL(b)\n__EXPORT_THUNK(__x86_\\reg)\nEXPORT_SYMBOL(__asan_load##size##_noabort)"))
	f.Add([]byte("/* EXPORT_SYMBOL(a) */EXPORT_(\\##)EXPORT_SYMBOL_NS(x,EXPORT_"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSet()
		scan(data, func(macro, name string) { s.add(macro, name, "x.c") })
		for name := range s.names {
			if name == "" || !s.Has(name) {
				t.Errorf("a name %q", name)
			}
		}
		for p := range s.patterns {
			if len(p[0]) < 6 {
				t.Errorf("a pattern %q", p)
			}
		}
		FromSymvers(string(data), "x")
	})
}

// TestText checks that FromText returns the set that Text wrote.
func TestText(t *testing.T) {
	want, err := FromSource(tree(t, map[string]string{
		"kernel/x.c":       "EXPORT_SYMBOL(one);\nEXPORT_SYMBOL_GPL(two);\n",
		"arch/x86/lib/y.S": "EXPORT_SYMBOL(__x86_indirect_thunk_\\reg)\n",
	}), "x86")
	if err != nil {
		t.Fatal(err)
	}
	got := FromText(want.Text(), t.TempDir(), "x86")
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Set{}), cmpopts.IgnoreFields(Set{}, "more", "search")); d != "" || got.more == nil {
		t.Errorf("read again (-want +got):\n%s", d)
	}
	if want.Len() != 2 || !got.Has("one") || !got.Has("__x86_indirect_thunk_rax") || got.Has("three") {
		t.Errorf("%q", want.Text())
	}
	if got := FromText("", "", ""); got.Len() != 0 || got.Has("") {
		t.Errorf("%+v", got)
	}
}

// TestFind checks that whole identifiers are found, in files that can export, and when the deep directories are read.
func TestFind(t *testing.T) {
	const deep = "drivers/gpu/drm/x.c"
	root := tree(t, map[string]string{
		"mm/a.c":                "void *vrealloc(void)\n{\n}\nEXPORT_SYMBOL(kfree);\n",
		"mm/b.c":                "vrealloc_noprof(); my_vrealloc();",
		"mm/c.c":                "x_vrealloc(); vrealloc\nint f(void)\n{\n\tdrm_called();\n}\n",
		"include/linux/a.h":     "void *vrealloc(void);",
		"arch/x86/lib/y.S":      "SYM_FUNC_START(other)",
		"arch/arm64/lib/y.S":    "SYM_FUNC_START(other)",
		"Documentation/other.c": "other",
		deep:                    "EXPORT_SYMBOL(vrealloc);\nEXPORT_SYMBOL(drm_called);\nEXPORT_SYMBOL(drm_other);\nint drm_not_exported(void)\n{\n}\nvrealloc();\n",
	})
	at := func(files ...string) (out []string) {
		for _, f := range files {
			out = append(out, filepath.Join(root, f))
		}
		return out
	}
	for _, c := range []struct {
		symbols   string
		exporters map[string]string
		mentions  map[string][]string
		whole     bool // the deep directories are read for exports
	}{
		{"", nil, nil, false},
		{"kfree", map[string]string{"kfree": "mm/a.c"}, nil, false},
		{"kfree vrealloc", map[string]string{"kfree": "mm/a.c"}, map[string][]string{"vrealloc": at("mm/a.c", "mm/c.c")}, false},
		{"drm_called vrealloc", map[string]string{"drm_called": deep}, map[string][]string{"vrealloc": at("mm/a.c", "mm/c.c")}, true},
		{"other none", nil, map[string][]string{"other": at("arch/x86/lib/y.S")}, true},
		{"drm_not_exported", nil, map[string][]string{"drm_not_exported": at(deep)}, true},
		// Of more than a few, the exports are read at once: another file's definition of one is not looked for.
		{"vrealloc a1", nil, map[string][]string{"vrealloc": at("mm/a.c", "mm/c.c")}, true},
		{"vrealloc a1 a2", map[string]string{"vrealloc": deep}, nil, true},
		{"kfree vrealloc drm_called drm_other", map[string]string{"kfree": "mm/a.c", "vrealloc": deep, "drm_called": deep, "drm_other": deep}, nil, true},
	} {
		set, err := FromSource(root, "x86")
		if err != nil {
			t.Fatal(err)
		}
		exporters, mentions, err := set.Find(strings.Fields(c.symbols))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for symbol, file := range c.exporters {
			want[symbol] = filepath.Join(root, file)
		}
		if d := cmp.Diff(want, exporters); d != "" {
			t.Errorf("%s: exporters (-want +got):\n%s", c.symbols, d)
		}
		if d := cmp.Diff(c.mentions, mentions, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: mentions (-want +got):\n%s", c.symbols, d)
		}
		if (set.more == nil) != c.whole {
			t.Errorf("%s: the deep directories are read: %t", c.symbols, set.more == nil)
		}
	}
}

// TestFindInManyFiles has one definition among many files that mention the function, which several goroutines read.
func TestFindInManyFiles(t *testing.T) {
	files := map[string]string{"mm/defines.c": "int f(void)\n{\n}\n"}
	for i := range 300 {
		files[fmt.Sprintf("mm/%d.c", i)] = "x = f();\n"
	}
	set, err := FromSource(tree(t, files), "x86")
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, mentions, err := set.Find([]string{"f"}); err != nil || len(mentions["f"]) != len(files) || set.more == nil {
			t.Fatalf("%d files, the deep directories are read: %t; %v", len(mentions["f"]), set.more == nil, err)
		}
	}
}

// TestFindReads counts the searches: none for what is exported.
func TestFindReads(t *testing.T) {
	root := tree(t, map[string]string{"mm/a.c": "EXPORT_SYMBOL(near);\n", "drivers/gpu/drm/x.c": "EXPORT_SYMBOL(a);\nEXPORT_SYMBOL(b);\nEXPORT_SYMBOL(c);\n"})
	for symbols, want := range map[string]string{
		"": "", "near": "", "a": "[a] false", "a b": "[a b] false", "a b c": "", "none": "[none] false [none] true", "a b none": "[none] false [none] true",
	} {
		set, err := FromSource(root, "x86")
		if err != nil {
			t.Fatal(err)
		}
		var searched []string
		search := set.search
		set.search = func(symbols []string, deep bool) (mentioned, error) {
			if len(symbols) > 0 {
				searched = append(searched, fmt.Sprint(symbols, deep))
			}
			return search(symbols, deep)
		}
		if _, _, err := set.Find(strings.Fields(symbols)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(searched, " "); got != want {
			t.Errorf("%s: %s, want %s", symbols, got, want)
		}
	}
}

// TestDefinesLimits checks that a text that looks like many definitions is not read to its end for each.
func TestDefinesLimits(t *testing.T) {
	blanks := strings.Repeat(" ", longestHead)
	for source, want := range map[string]bool{
		"int f(" + blanks[:100] + ")\n{": true, "int f(" + blanks + ")\n{": false, "int f()" + blanks + "{": false, "int " + blanks + "f()\n{": false,
	} {
		if got := defines([]byte(source), "f"); got != want {
			t.Errorf("%d bytes: %t", len(source), got)
		}
	}
}

// TestDefines has definitions in the kernel's style, and what only looks like one.
func TestDefines(t *testing.T) {
	for source, want := range map[string]bool{
		"int f(void)\n{\n}": true, "void *f(int (*g)(int), int b) {": true, "struct s *__init f(\n\tint a)\n\n{": true,
		"int g(void)\n{\n\tf();\n}\nint f(int a)\n{\n": true,
		"int f(void);": false, "extern int f(void);": false, "\tint f(void)\n{": false, "f(void)\n{": false, "static int f(void)\n{": false,
		"int xf(void)\n{": false, "int f_(void)\n{": false, "#define f(x) {": false, "int x = f(1);": false, "return f(\"(\") {": false,
		"int x = f(1) {": false, "int a; f(b) {": false, "} f(b) {": false, "int a, f(b) {": false, "x /* f(b) {": false, "a \"b\" f(b) {": false,
		"a) f(b) {": false, "a{ f(b) {": false, "static\nint f(a) {": false, "static inline\nvoid f(a) {": false, "STATIC int f(a) {": false,
		"inline void f(a) {": false, "else f(a) {": false, "int f(a;) {": false, "int f(a{) {": false, "static int g;\n\nint f(a) {": true,
		"DEFINE(a) f(b) {": false, " * f(x) {": false, "int f(void": false, "int f": false, "": false, "int f() __acquires(x)\n{": false,
	} {
		if got := defines([]byte(source), "f"); got != want {
			t.Errorf("%q: %t", source, got)
		}
	}
}

// FuzzFromText checks that any text is read to a set that is the same when it is
// written and read again.
func FuzzFromText(f *testing.F) {
	f.Add("kfree\tmm/slub.c\n__x86_\t_thunk\tarch/x86/lib/retpoline.S\n")
	f.Add("\t\n\t\t\na\r\n\ta\t\t\t")
	f.Fuzz(func(t *testing.T, text string) {
		want := FromText(text, "", "")
		for name := range want.names {
			want.Has(name)
		}
		got := FromText(want.Text(), "", "")
		if d := cmp.Diff(want, got, cmp.AllowUnexported(Set{}), cmpopts.IgnoreFields(Set{}, "more", "search")); d != "" || (got.more == nil) != (want.more == nil) {
			t.Errorf("read again (-want +got):\n%s", d)
		}
	})
}
