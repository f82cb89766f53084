// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compare

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/report/objtree"
)

func TestReadable(t *testing.T) {
	z37 := strings.Repeat("z", 37)
	for symbol, want := range map[string]string{
		// In v0, the crates' disambiguators (s1234_) differ from build to build.
		"_RNvNtCs1234_7mycrate3foo3bar":                        "mycrate::foo::bar",
		"_RNvNtCs9xYz_7mycrate3foo3bar":                        "mycrate::foo::bar",
		"_RINvNtC3std3mem8align_ofdE":                          "std::mem::align_of::<f64>",
		"_RNvNtCs1234_7mycrate3foo3bar.llvm.12345678901234567": "mycrate::foo::bar",
		"_RNvNtCs1234_7mycrate3foo3bar.cold":                   "mycrate::foo::bar.cold",
		"_RNvNtCs1234_7mycrate3foo3bar.cold.1":                 "mycrate::foo::bar.cold",
		"_RNCNvC7mycrate4main0":                                "mycrate::main::{closure#0}",
		// Closures have no name. Here they precede a part that has a name, and back
		// references cross them.
		"_RNvNCNvC1a3new05panic": "a::new::{closure#0}::panic",
		"_RNvNCNCNvMNvNvNvCsaHBcgwGlD3X_25doctests_kernel_generated29rust_doctest_kernel_init_rs_74main55__doctest_main__lab_linux_6_12_rust_kernel_init_rs_413_0NtB8_3Foo3new0019panic_cold_explicit": "<doctests_kernel_generated::rust_doctest_kernel_init_rs_7::main::_doctest_main__lab_linux_6_12_rust_kernel_init_rs_413_0::Foo>::new::{closure#0}::{closure#0}::panic_cold_explicit",
		"_RINvC1a1fNtNCNvC1b1g03FooB7_NtB9_3BarE": "a::f::<b::g::{closure#0}::Foo, b::g::{closure#0}::Foo, b::g::{closure#0}::Bar>",
		"_RINvC1a1fNtNCNvC1b1g03FooNtC1c3QuxBn_E": "a::f::<b::g::{closure#0}::Foo, c::Qux, c::Qux>",
		// The first reference gets a digit more, which moves what the second one points to.
		"_RINvC1c1gNvNCNvC1a1f01bC37" + z37 + "NvC1p1qBZ_NvC1x1yB19_E": "c::g::<a::f::{closure#0}::b, " + z37 + ", p::q, p::q, x::y, x::y>",
		// In legacy mangling, the hash at the end differs from build to build.
		"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE":                                    "core::fmt::Formatter::pad",
		"_ZN4core3fmt9Formatter3pad17hfedcba9876543210E.llvm.12":                            "core::fmt::Formatter::pad",
		"_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE":      "core::ptr::drop_in_place<alloc::string::String>",
		"_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE.cold": "core::ptr::drop_in_place<alloc::string::String>.cold",
		// These are not mangled.
		"init_module":      "init_module",
		"memcpy.part.0":    "memcpy.part.0",
		"rust_helper_BUG":  "rust_helper_BUG",
		"_R":               "_R",
		"_ZNsomethingelse": "_ZNsomethingelse",
		"":                 "",
	} {
		if got := Readable(symbol); got != want {
			t.Errorf("Readable(%q) = %q, want %q", symbol, got, want)
		}
	}
}

func TestBase62(t *testing.T) {
	for n, text := range map[int]string{0: "_", 1: "0_", 11: "a_", 62: "Z_", 63: "10_", 3845: "100_"} {
		p := &v0{text: text + strings.Repeat("x", 100)}
		if got, ok := p.number(); base62(n) != text || got != n || !ok || p.pos != len(text) {
			t.Errorf("%d: %q, and %d of %q", n, base62(n), got, text)
		}
	}
}

func FuzzReadable(f *testing.F) {
	f.Add("_RNvNCNvC1a3new05panic")
	f.Add("_RINvC1a1fNtNCNvC1b1g03FooNtC1c3QuxBn_E")
	f.Add("_RINvC1a1fDG_NtC1b1Tp3OutRL0_AhKj5_EL_FUKCmEuTaSbEE")
	f.Add("_RNvNtCs1234_7mycrate3foo3bar.llvm.1")
	f.Add("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE.cold.")
	f.Fuzz(func(t *testing.T, symbol string) {
		if Readable(symbol) == "" && strings.Trim(symbol, ".0123456789") != "" && !strings.HasPrefix(symbol, "_") {
			t.Errorf("%q has no name", symbol)
		}
	})
}

func object(path string, e elfobj.Object, steps ...record.Step) *objtree.Object {
	o := &objtree.Object{Path: path, ELF: &e}
	if steps != nil {
		o.Record = &record.Record{Steps: steps}
	}
	return o
}

// refs returns relocations: as many calls as calls says, and others that take an
// address.
func refs(calls, others int) (out []elfobj.Ref) {
	for range calls {
		out = append(out, elfobj.Ref{Symbol: "rust_helper_a", Code: true, Call: true}, elfobj.Ref{Symbol: "no_helper", Code: true, Call: true})
	}
	for range others {
		out = append(out, elfobj.Ref{Symbol: "rust_helper_b"})
	}
	return out
}

var treeA = &objtree.Tree{
	Root: "plain",
	Objects: []*objtree.Object{
		object("drivers/gone.o", elfobj.Object{Refs: refs(1, 0), Sizes: elfobj.Sizes{Code: 5}}),
		object("drivers/unreadable.o", elfobj.Object{}),
		object("rust/core.o", elfobj.Object{Sizes: elfobj.Sizes{Code: 50}}),
		object("rust/kernel.o", elfobj.Object{
			Refs: refs(7, 2), Relocations: 40, Sizes: elfobj.Sizes{Code: 1000, ROData: 200, Data: 30, BSS: 4},
			Functions: []elfobj.Function{
				{Name: "_RNvCs1_6kernel4same", Size: 10, Frame: 8},
				{Name: "_RNvCs1_6kernel4grew", Size: 10, Frame: 8},
				{Name: "_RNvCs1_6kernel6shrank", Size: 90, Frame: 96},
				{Name: "_RNvCs1_6kernel8vanished", Size: 20, Frame: 0},
				{Name: "_RNvCs1_6kernel5frame", Size: 16, Frame: 16},
				{Name: "_ZN6kernel7generic17h0123456789abcde1E", Size: 10, Frame: 8},
				{Name: "_ZN6kernel7generic17h0123456789abcde2E", Size: 12, Frame: 24},
				{Name: "__pfx__RNvCs1_6kernel4grew", Size: 16, Frame: -1},
				{Name: "label", Size: 0, Frame: -1},
			},
		}, record.Step{Name: "rustc", Wall: 2, CPU: 1.5}),
	},
	Images: []objtree.Image{
		{Path: "a.ko", File: 9}, {Path: "vmlinux", File: 5000, Sizes: elfobj.Sizes{Code: 1000, ROData: 100, Data: 30, BSS: 4}},
	},
	Problems: []objtree.Problem{{Path: "x", What: "damaged"}},
}

var treeB = &objtree.Tree{
	Root: "inlined",
	Objects: []*objtree.Object{
		{Path: "drivers/unreadable.o"},
		object("rust/core.o", elfobj.Object{Sizes: elfobj.Sizes{Code: 50}}),
		object("rust/kernel.o", elfobj.Object{
			Refs: refs(0, 2), Relocations: 33, Sizes: elfobj.Sizes{Code: 1100, ROData: 190, Data: 30, BSS: 8},
			Functions: []elfobj.Function{
				{Name: "_RNvCs2_6kernel4same", Size: 10, Frame: 8},
				{Name: "_RNvCs2_6kernel4grew", Size: 70, Frame: 40},
				{Name: "_RNvCs2_6kernel6shrank", Size: 80, Frame: 80},
				{Name: "_RNvCs2_6kernel5frame", Size: 16, Frame: 32},
				{Name: "_ZN6kernel7generic17h0123456789abcde3E", Size: 11, Frame: 8},
				{Name: "rust_helper_b", Size: 6, Frame: 0},
			},
		}, record.Step{Name: "rustc", Wall: 2, CPU: 1}, record.Step{Name: "clang", Wall: 1, CPU: 1}),
		object("rust/new.o", elfobj.Object{Sizes: elfobj.Sizes{Code: 7}}, record.Step{Name: "rustc"}),
	},
	Images: []objtree.Image{
		{Path: "b.ko", File: 8}, {Path: "vmlinux", File: 5100, Sizes: elfobj.Sizes{Code: 1100, ROData: 90, Data: 30, BSS: 8}},
	},
}

func TestCompare(t *testing.T) {
	c := Compare(treeA, treeB, "v1")
	total := Figures[Pair]{
		References: Pair{9, 2}, Calls: Pair{7, 0}, Copies: Pair{0, 1}, Code: Pair{1050, 1150}, ROData: Pair{200, 190},
		Data: Pair{30, 30}, BSS: Pair{4, 8}, Relocations: Pair{40, 33}, Frame: &Pair{96, 80},
	}
	kernel := total
	kernel.Code = Pair{1000, 1100}
	want := &Comparison{
		Kind: "comparison", Schema: Schema, Version: "v1", A: "plain", B: "inlined", PipelinesA: []string{}, PipelinesB: []string{}, Total: total,
		Objects: []Object{
			{Path: "rust/core.o", Figures: Figures[Pair]{Code: Pair{50, 50}}},
			{Path: "rust/kernel.o", Figures: kernel, Wall: &TimePair{2, 3}, CPU: &TimePair{1.5, 2}},
		},
		OnlyA: []Lone{{"drivers/gone.o", Figures[int64]{References: 1, Calls: 1, Code: 5}}},
		OnlyB: []Lone{{"rust/new.o", Figures[int64]{Code: 7}}},
		Functions: []Function{
			{"rust/kernel.o", "kernel::grew", Grew, Pair{10, 70}, Pair{1, 1}, &Pair{8, 40}},
			{"rust/kernel.o", "kernel::vanished", Vanished, Pair{20, 0}, Pair{1, 0}, nil},
			{"rust/kernel.o", "kernel::generic", Shrank, Pair{22, 11}, Pair{2, 1}, &Pair{24, 8}},
			{"rust/kernel.o", "kernel::shrank", Shrank, Pair{90, 80}, Pair{1, 1}, &Pair{96, 80}},
			{"rust/kernel.o", "rust_helper_b", Appeared, Pair{0, 6}, Pair{0, 1}, nil},
			{"rust/kernel.o", "kernel::frame", Same, Pair{16, 16}, Pair{1, 1}, &Pair{16, 32}},
		},
		Images:      []Image{{"vmlinux", Pair{5000, 5100}, Pair{1100, 1190}, Pair{30, 30}, Pair{4, 8}}},
		ImagesOnlyA: []string{"a.ko"}, ImagesOnlyB: []string{"b.ko"},
		Time:     &Time{1, TimePair{2, 3}, TimePair{1.5, 2}},
		Problems: []Problem{{"a", objtree.Problem{Path: "x", What: "damaged"}}},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestPipelines checks that a comparison says which pipelines made the objects of each side, and nothing where something else has
// rebuilt objects since.
func TestPipelines(t *testing.T) {
	of := func(records ...*record.Record) *objtree.Tree {
		tree := &objtree.Tree{}
		for _, r := range records {
			tree.Objects = append(tree.Objects, &objtree.Object{Record: r})
		}
		return tree
	}
	both := of(&record.Record{Pipeline: "late"}, &record.Record{Pipeline: "early", Optimize: "size"}, nil, &record.Record{Pipeline: "late"})
	rebuilt := of(&record.Record{Pipeline: "early", Optimize: "size"})
	rebuilt.Objects = append(rebuilt.Objects, &objtree.Object{Stale: true})
	for _, c := range []struct {
		a, b *objtree.Tree
		want [][]string
	}{
		{of(nil, &record.Record{Mode: "off"}), both, [][]string{{}, {"early, size", "late"}}},
		{rebuilt, both, [][]string{{}, {"early, size", "late"}}},
	} {
		got := Compare(c.a, c.b, "v1")
		if d := cmp.Diff(c.want, [][]string{got.PipelinesA, got.PipelinesB}); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// TestItself checks that the comparison of a tree with itself has zeros only.
func TestItself(t *testing.T) {
	for _, tree := range []*objtree.Tree{treeA, treeB} {
		c := Compare(tree, tree, "v1")
		var pairs func(v reflect.Value)
		n := 0
		pairs = func(v reflect.Value) {
			switch p, ok := v.Interface().(Pair); {
			case ok:
				if n++; p.Delta() != 0 {
					t.Errorf("%+v", p)
				}
			case v.Kind() == reflect.Struct:
				for i := range v.NumField() {
					pairs(v.Field(i))
				}
			case v.Kind() == reflect.Slice:
				for i := range v.Len() {
					pairs(v.Index(i))
				}
			case v.Kind() == reflect.Pointer && !v.IsNil():
				pairs(v.Elem())
			}
		}
		pairs(reflect.ValueOf(c))
		if len(c.Functions)+len(c.OnlyA)+len(c.OnlyB)+len(c.ImagesOnlyA)+len(c.ImagesOnlyB) != 0 || n < 25 {
			t.Errorf("%d pairs, %+v", n, c)
		}
		if c.Time == nil || c.Time.Wall.A != c.Time.Wall.B {
			t.Errorf("%+v", c.Time)
		}
	}
}

func TestMachines(t *testing.T) {
	tree := func(m uint16) *objtree.Tree {
		o := object("a.o", elfobj.Object{})
		reflect.ValueOf(o.ELF).Elem().FieldByName("Machine").SetUint(uint64(m))
		return &objtree.Tree{Objects: []*objtree.Object{o}}
	}
	c := Compare(tree(62), tree(183), "v1")
	if len(c.Problems) != 1 || !strings.Contains(c.Problems[0].What, "EM_X86_64 and EM_AARCH64") {
		t.Errorf("%+v", c.Problems)
	}
}

// TestSchema checks that the JSON has the documented names, and that no list is
// null.
func TestSchema(t *testing.T) {
	text, err := json.Marshal(Compare(&objtree.Tree{}, &objtree.Tree{}, "v1"))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	var null []string
	for name, v := range fields {
		if v == nil {
			null = append(null, name)
		}
	}
	if !slices.Equal(null, []string{"time"}) {
		t.Errorf("null: %v", null)
	}
	page, err := os.ReadFile("../../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range fields {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/reports.md does not mention %q", name)
		}
	}
}
