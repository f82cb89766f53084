// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package summary

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/report/objtree"
)

var tools = map[string]record.Tool{"rustc": {Argv: []string{"rustc"}, Version: "rustc 1", LLVM: 19}}

var contract = &record.Contract{Form: record.Alone, Symbols: []string{"rust_build_error"}, Kept: 1}

var tree = &objtree.Tree{
	Root: "out",
	Objects: []*objtree.Object{
		{Path: "drivers/d.o", ELF: &elfobj.Object{Sizes: elfobj.Sizes{Code: 70}}, Record: &record.Record{
			Crate: "d", Mode: "on", Variant: "module", Pipeline: "late", Linkage: "internal", Inline: "always", WhyLate: "KASAN",
			Called: []string{"rust_helper_a"}, Steps: []record.Step{{Name: "rustc", Wall: 1, CPU: 1, MaxRSS: 100}, {Name: "clang", Wall: 0.5, CPU: 0.25, MaxRSS: 300}},
			Tools: tools,
		}},
		{Path: "drivers/off.o", ELF: &elfobj.Object{Sizes: elfobj.Sizes{Code: 7}, Refs: []elfobj.Ref{{Symbol: "rust_helper_a", Call: true}}}, Record: &record.Record{
			Crate: "off", Mode: "off", Variant: "module", NotInlined: "LTO_WRAP=off", Steps: []record.Step{{Name: "rustc", Wall: 2, CPU: 2, MaxRSS: 200}},
			Contract: contract,
		}},
		{Path: "rust/bare.o", ELF: &elfobj.Object{Refs: []elfobj.Ref{{Symbol: "rust_helper_a", Call: true}, {Symbol: "rust_helper_b"}, {Symbol: "x"}}}},
		{Path: "rust/kernel.o", ELF: &elfobj.Object{
			Sizes: elfobj.Sizes{Code: 100, ROData: 5}, Refs: []elfobj.Ref{{Symbol: "rust_helper_b"}, {Symbol: "rust_helper_b"}},
		}, Record: &record.Record{
			Crate: "kernel", Mode: "on", Variant: "builtin", Pipeline: "early", Optimize: "speed", Linkage: "internal", Inline: "always",
			Called: []string{"rust_helper_a", "rust_helper_b", "rust_helper_c"}, Text: 99,
			Left:  []record.Left{{Name: "rust_helper_b", References: 2, Reason: "its address is taken"}},
			Steps: []record.Step{{Name: "rustc", Wall: 3, CPU: 2, MaxRSS: 400}, {Name: "llvm-link", Wall: 0.5, CPU: 0.5, MaxRSS: 50}, {Name: "clang", Wall: 1, CPU: 1, MaxRSS: 90}},
			Tools: tools,
		}},
		{Path: "rust/unreadable.o", Record: &record.Record{Crate: "unreadable", Mode: "try", Variant: "builtin", NotInlined: "no llvm-link"}},
	},
	Problems: []objtree.Problem{{Path: "rust/unreadable.o", What: "it is empty"}},
}

func TestSummarize(t *testing.T) {
	zero, one, two := 0, 1, 2
	c70, c7, c100 := int64(70), int64(7), int64(100)
	want := &Report{
		Kind: "report", Schema: Schema, Version: "v1", Tree: "out",
		Total: Total{
			Objects: 4, Rewritten: 2, Plain: 2, Helpers: 3, Called: 4, Inlined: 3, Left: 1, References: 3, Calls: 1, Code: 177,
			Wall: 8, CPU: 6.75, MaxRSS: 400,
		},
		Objects: []Object{
			{
				Path: "drivers/d.o", Crate: "d", Mode: "on", Variant: "module", Pipeline: "late", WhyLate: "KASAN", Linkage: "internal", Inline: "always",
				Called: 1, Inlined: 1, References: &zero, Calls: &zero, Code: &c70, Wall: 1.5, CPU: 1.25, MaxRSS: 300, Steps: tree.Objects[0].Record.Steps,
			},
			{
				Path: "drivers/off.o", Crate: "off", Mode: "off", Variant: "module", NotInlined: "LTO_WRAP=off",
				References: &one, Calls: &one, Code: &c7, Wall: 2, CPU: 2, MaxRSS: 200, Steps: tree.Objects[1].Record.Steps,
			},
			{
				Path: "rust/kernel.o", Crate: "kernel", Mode: "on", Variant: "builtin", Pipeline: "early", Optimize: "speed", Linkage: "internal", Inline: "always",
				Called: 3, Inlined: 2, Left: 1, References: &two, Calls: &zero, Code: &c100, Wall: 4.5, CPU: 3.5, MaxRSS: 400, Steps: tree.Objects[3].Record.Steps,
			},
			{Path: "rust/unreadable.o", Crate: "unreadable", Mode: "try", Variant: "builtin", NotInlined: "no llvm-link", Steps: []record.Step{}},
		},
		Helpers:    []Helper{{"rust_helper_a", 2, 0}, {"rust_helper_c", 1, 0}},
		Left:       []Left{{"rust/kernel.o", tree.Objects[3].Record.Left[0]}},
		Contracts:  []Contract{{"drivers/off.o", *contract}},
		Unrecorded: []Unrecorded{{"rust/bare.o", &two, &one, false}},
		Tools:      []Tool{{"rustc", "rustc 1", 19, []string{"rustc"}, 2}},
		Steps: []Step{
			{"rustc", 3, 6, 5, 400}, {"llvm-link", 1, 0.5, 0.5, 50}, {"clang", 2, 1.5, 1.25, 300},
		},
		Problems: tree.Problems,
	}
	got := Summarize(tree, "v1")
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got, want := got.Contents(), (Contents{Objects: 5, References: 5, Calls: 2}); got != want {
		t.Errorf("contents %+v, want %+v", got, want)
	}
}

// TestSchema checks that the JSON has the documented names, and that no list is
// null.
func TestSchema(t *testing.T) {
	text, err := json.Marshal(Summarize(&objtree.Tree{}, "v1"))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range fields {
		if v == nil {
			t.Errorf("%s is null", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/reports.md does not mention %q", name)
		}
	}
}
