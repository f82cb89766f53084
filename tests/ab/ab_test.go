// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/tests/lab"
)

func TestNewTimes(t *testing.T) {
	got := NewTimes(Sides[[]Round]{
		A: []Round{{"b.o": 2, "a.o": 1}, {"a.o": 3, "b.o": 5}},
		B: []Round{{"a.o": 4, "b.o": 0.5}, {"a.o": 2, "b.o": 0.5}},
	})
	want := Times{
		Objects: []ObjectTime{
			{"a.o", Sides[Sample]{Sample{1, 3}, Sample{4, 2}}}, {"b.o", Sides[Sample]{Sample{2, 5}, Sample{0.5, 0.5}}},
		},
		Total: Sides[Sample]{Sample{3, 8}, Sample{4.5, 2.5}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestReadRound(t *testing.T) {
	tree := t.TempDir()
	for name, r := range map[string]record.Record{
		"on.o":    {Object: "on.o", Mode: "on", Steps: []record.Step{{Name: "rustc", CPU: 1.5}, {Name: "clang", CPU: 2}}},
		"off.o":   {Object: "off.o", Mode: "off", Steps: []record.Step{{Name: "rustc", CPU: 1}}},
		"empty.o": {Object: "empty.o", Mode: "on"},
	} {
		text, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, record.Path(name)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readRound(tree, []string{"on.o"}, "on")
	if err != nil || math.Abs(got["on.o"]-3.5) > 1e-9 || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	for object, why := range map[string]string{"off.o": "not compiled again", "empty.o": "has no times", "gone.o": "no such file"} {
		if got, err := readRound(tree, []string{"on.o", object}, "on"); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, error %v, want %q", object, got, err, why)
		}
	}
}

func TestInstructions(t *testing.T) {
	// Its times are the numbers of instructions where the kernel counts them.
	console, err := os.ReadFile("../lab/testdata/short.console")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]TestCount{{"str", "one", 29500}, {"str", "two", 5000}, {"vec", "one", 5000}, {"module", "only", 0}}, instructions(string(console), 1)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestCounting(t *testing.T) {
	boots := func(counts ...int64) (out [][]TestCount) {
		for _, n := range counts {
			out = append(out, []TestCount{{"str", "runs", n}, {"str", "long", 700 * n}, {"vec", "runs", 50}})
		}
		return out
	}
	suites, total := Count(Sides[[][]TestCount]{boots(109, 100, 101), boots(80, 85, 80)})
	want := map[string]SuiteCount{"str": {2, Sides[int64]{70100, 56080}}, "vec": {1, Sides[int64]{50, 50}}}
	if d := cmp.Diff(want, suites); d != "" || total != (SuiteCount{3, Sides[int64]{70150, 56130}}) {
		t.Errorf("total %+v, (-want +got)\n%s", total, d)
	}
	for _, test := range []struct {
		counts []int64
		n      int64
		ok     bool
	}{
		{nil, 0, false}, {[]int64{5000}, 0, false}, {[]int64{6000, 9000, 5000}, 5000, true}, {[]int64{7000, 5000, 9000}, 5000, false},
		{[]int64{1000000, 2000000, 1021000}, 1000000, true}, {[]int64{1000000, 1021001}, 1000000, false}, {[]int64{4000000, 2000000, 1000000}, 1000000, false},
	} {
		if n, ok := least(test.counts); n != test.n || ok != test.ok {
			t.Errorf("%v: %d, %t", test.counts, n, ok)
		}
	}
}

func outcome() Outcome {
	return Outcome{
		Calls: compare.Pair{A: 4055, B: 0}, Code: compare.Pair{A: 1000, B: 969}, Objects: 21,
		Tally: lab.Tally{Boots: 3, Tests: 398, Pass: 398, Loaded: 9}, Modules: 9,
		Counted: SuiteCount{390, Sides[int64]{1000000, 990000}},
		Times:   Times{Total: Sides[Sample]{Sample{10, 11, 12}, Sample{13, 13.2, 14}}},
	}
}

func TestSentence(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Outcome)
		want   string
		fault  string
	}{
		"good": {
			func(*Outcome) {},
			"Inlined: 4,055 of 4,055 calls to helpers are gone, the code of 21 Rust objects is 3.1 % smaller, 398 of 398 tests pass in both, " +
				"the 390 whose instructions could be counted take 1.0 % fewer, 9 of 9 modules with Rust load in both, compiling takes 20.0 % more processor time (medians of 3 builds each).",
			"",
		},
		"the same": {
			func(o *Outcome) {
				o.Code.B, o.Counted.Instructions.B, o.Times.Total.B = 1000, 1000001, Sample{11, 12, 10}
			},
			"Inlined: 4,055 of 4,055 calls to helpers are gone, the code of 21 Rust objects is as large as before, 398 of 398 tests pass in both, " +
				"the 390 whose instructions could be counted take as many, to 1 %, 9 of 9 modules with Rust load in both, compiling takes as much processor time (medians of 3 builds each, whose ranges overlap).",
			"",
		},
		"little else": {
			func(o *Outcome) {
				o.Tally, o.Modules, o.Counted, o.Times, o.Objects, o.Calls.B = lab.Tally{}, 0, SuiteCount{}, Times{Total: Sides[Sample]{Sample{10}, Sample{9}}}, 1, 55
			},
			"Inlined: 4,000 of 4,055 calls to helpers are gone, the code of 1 Rust object is 3.1 % smaller, no kernel has KUnit tests, compiling takes 10.0 % less processor time (one build each).",
			"",
		},
		"skipped and failing in both": {
			func(o *Outcome) {
				o.Tally.Pass, o.Tally.Skip, o.Tally.Fail, o.Times, o.Modules, o.Counted = 390, 6, 2, Times{}, 0, SuiteCount{}
			},
			"Inlined: 4,055 of 4,055 calls to helpers are gone, the code of 21 Rust objects is 3.1 % smaller, 390 of 398 tests pass in both, 6 are skipped in both, 2 FAIL in both.",
			"",
		},
		"different": {
			func(o *Outcome) {
				o.Tally.Pass, o.Times, o.Modules, o.Counted = 397, Times{}, 0, SuiteCount{}
				o.Tally.Different = []lab.Difference{{What: "vec: one", A: "pass", B: "fail"}}
			},
			"Not as it should be: the kernels differ in what they do: 1 difference, the first being vec: one: pass without the inlining, fail with it; " +
				"4,055 of 4,055 calls to helpers are gone, the code of 21 Rust objects is 3.1 % smaller, 397 of 398 tests pass in both.",
			"the kernels differ",
		},
		"nothing inlined": {func(o *Outcome) { o.Calls.B = 4055 }, "0 of 4,055 calls to helpers are gone", "nothing was inlined: 4,055 calls"},
		"nothing to do":   {func(o *Outcome) { o.Calls.A = 0 }, "0 of 0 calls", "no Rust object calls a helper"},
		"unreadable":      {func(o *Outcome) { o.Unread = 2 }, "2 files could not be read", "2 files could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			o := outcome()
			test.change(&o)
			got, fault := o.Sentence(), o.Fault()
			if test.fault == "" && got != test.want || !strings.Contains(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if (fault == nil) != (test.fault == "") || fault != nil && !strings.Contains(fault.Error(), test.fault) {
				t.Errorf("fault %v, want %q", fault, test.fault)
			}
		})
	}
}

func TestTools(t *testing.T) {
	const versions = "lab chroot\nrustc 1.85.1\nlinux 6.12.117 (linux-source-6.12 6.12.117-1)\nlinux 7.3.4 (linux-source-7.3 7.3.4-1)\nkernels Linux 6.12, and 7.3\nqemu 7.2.22"
	for version, want := range map[string]string{
		"6.12": "Made with rustc 1.85.1, linux 6.12.117 (linux-source-6.12 6.12.117-1), qemu 7.2.22.",
		own:    "Made with rustc 1.85.1, qemu 7.2.22.",
	} {
		if got := tools(versions, version); got != want {
			t.Errorf("%s: got %q, want %q", version, got, want)
		}
	}
	if d := cmp.Diff([]string{"LTO_WRAP_LINKAGE=internal", "LTO_WRAP_PIPELINE=late"},
		settings([]string{"LTO_WRAP=off", "LTO_WRAP_PIPELINE=late", "HOME=/", "LTO_WRAP_LINKAGE=internal"})); d != "" {
		t.Errorf("settings (-want +got)\n%s", d)
	}
}

func TestSourceOf(t *testing.T) {
	tree := func(names ...string) string {
		dir := t.TempDir()
		for _, n := range names {
			if err := os.MkdirAll(filepath.Join(dir, n), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	good := tree("Kbuild", "Kconfig", "rust/helpers")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ kernel, version, directory, why string }{
		"the lab's":    {"6.12", "6.12", "", ""},
		"a directory":  {good, own, good, ""},
		"a link":       {link, own, good, ""},
		"a version":    {"5.4", "5.4", "", ""}, // find has the answer
		"the newest":   {"newest", "newest", "", ""},
		"no kernel":    {tree("src"), "", "", "it may be a version"},
		"no version":   {"five", "", "", "or the directory"},
		"without Rust": {tree("Kbuild", "Kconfig"), "", "", "without Rust"},
		"built":        {tree("Kbuild", "Kconfig", "rust/helpers.c", ".config"), "", "", "mrproper"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sourceOf(test.kernel)
			if got.version != test.version || got.directory != test.directory {
				t.Errorf("%+v", got)
			}
			if (err == nil) != (test.why == "") || err != nil && !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want %q", err, test.why)
			}
		})
	}
}

// TestReport: what was seen comes before the comparison, in each format.
func TestReport(t *testing.T) {
	r := Report{
		Title: "Linux 7.3", About: []string{"Tools: rustc."}, Outcome: outcome(),
		Comparison: &compare.Comparison{A: "LTO_WRAP=off", B: "LTO_WRAP=on", Time: &compare.Time{Objects: 3},
			Objects: []compare.Object{{Path: "rust/kernel.o", CPU: &compare.TimePair{}, Wall: &compare.TimePair{}}}},
		Counted: map[string]SuiteCount{"str": {390, Sides[int64]{1000000, 990000}}},
	}
	r.Outcome.Tally.Suites = []lab.SuiteTally{{Name: "str", Tests: 398, PassA: 398, PassB: 398}}
	r.Outcome.Tally.Different = []lab.Difference{{What: "module rust_a", A: "loaded", B: "Killed"}}
	r.Outcome.Times.Objects = []ObjectTime{{"rust/kernel.o", r.Outcome.Times.Total}}
	for _, format := range formats {
		var out strings.Builder
		if err := r.Write(&out, format); err != nil {
			t.Fatal(err)
		}
		text, at := strings.ReplaceAll(out.String(), `\`, ""), 0 // markdown's
		for _, want := range []string{
			"Linux 7.3", "4,055 of 4,055 calls to helpers are gone", "Tools: rustc.", "LTO_WRAP=off", "do differently", "Killed",
			"own tests", "counted instructions", "990", "Processor time of compiling", "10.00 to 12.00", "In total",
		} {
			i := strings.Index(text[at:], want)
			if i < 0 {
				t.Errorf("%s: %q is not there, or not in its place:\n%s", format, want, out.String())
				break
			}
			at += i
		}
		if strings.Contains(out.String(), "elapsed") {
			t.Errorf("%s: the times of one build are in it:\n%s", format, out.String())
		}
	}
	if r.Comparison.Time == nil || r.Comparison.Objects[0].CPU == nil {
		t.Error("the comparison that was given has changed")
	}
}
