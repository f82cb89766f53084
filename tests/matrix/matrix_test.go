// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/equal"
	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// TestTable checks that each cell is there once and has a configuration, that each
// fragment exists and is used, and that cells without a kernel say why.
func TestTable(t *testing.T) {
	seen, used := map[string]bool{}, map[string]bool{}
	for _, c := range cells(documented) {
		if seen[c.ID()] {
			t.Errorf("%s is there twice", c.ID())
		}
		seen[c.ID()] = true
		config, err := configOf(c.Config)
		if err != nil {
			t.Errorf("%s: %v", c.ID(), err)
		}
		for _, name := range config.fragments(c.Kernel) {
			used[name] = true
		}
		if _, err := os.Stat(filepath.Join("../lab", c.Arch+".config")); err != nil && c.Reason == "" {
			t.Errorf("%s: the lab has no configuration for the architecture, and the cell has no reason", c.ID())
		}
	}
	files, err := os.ReadDir("configs")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !used[f.Name()] {
			t.Errorf("configs/%s is in no cell", f.Name())
		}
		delete(used, f.Name())
	}
	for f := range used {
		t.Errorf("configs/%s is not there", f)
	}
}

// TestWritten checks that docs/matrix.md is what the results say.
func TestWritten(t *testing.T) {
	results, err := (&builder{results: "results"}).all(cells(documented))
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("results")
	if err != nil || len(files) != len(results) {
		t.Errorf("%d files in results/, and %d of them belong to cells (%v)", len(files), len(results), err)
	}
	var b strings.Builder
	if err := document(&b, cells(documented), results); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/matrix.md")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(text), b.String()); d != "" {
		t.Errorf("docs/matrix.md is not what the results say; make matrix PARTS=CELL writes it (-there +results):\n%s", d)
	}
}

func TestSelected(t *testing.T) {
	for part, want := range map[string]int{"7.3-x86_64-lab-clang": 1, "7.3/arm64/ftrace": 1, "nothing": 0, "7.3/nothing": 0, "um": 1} {
		if got := len(selected(cells(documented), []string{part})); got != want {
			t.Errorf("%s: %d cells, want %d", part, got, want)
		}
	}
	if len(selected(cells(documented), nil)) != len(cells(documented)) || len(selected(cells(documented), []string{"um", "gcc"})) != len(selected(cells(documented), []string{"gcc"}))+1 {
		t.Error("parts do not add up")
	}
}

// TestIdentify checks that a result belongs to a generation and not to a version.
func TestIdentify(t *testing.T) {
	fake := filepath.Join(t.TempDir(), "shims")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\ncase $1 in --wrap-generation) echo 7 ;; --wrap-version) echo shims 1.2.3; echo more ;; *) exit 2 ;; esac\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	generation, name, err := identify(t.Context(), fake)
	if err != nil || generation != "7" || name != "shims 1.2.3" {
		t.Errorf("%q, %q, %v", generation, name, err)
	}
	if _, _, err := identify(t.Context(), "/nothing"); err == nil {
		t.Error("a program that is missing is identified")
	}
}

// TestCellsOf checks which cells there are where the lab holds other kernels than those
// that are documented.
func TestCellsOf(t *testing.T) {
	held := func(versions ...string) (list []lab.Kernel) {
		for _, v := range versions {
			list = append(list, lab.Kernel{Version: v})
		}
		return list
	}
	if d := cmp.Diff(cells(documented), cellsOf(held("6.12", documented))); d != "" {
		t.Errorf("the documented kernels (-) and the lab's (+):\n%s", d)
	}
	newer := cellsOf(held("6.12", "7.4"))
	here, missing := inLab(selected(newer, []string{"x86_64/lab/clang"}), held("6.12", "7.4"))
	var ids []string
	for _, c := range here {
		ids = append(ids, c.ID())
	}
	slices.Sort(ids)
	if d := cmp.Diff([]string{"6.12-x86_64-lab-clang", "7.4-x86_64-lab-clang", "7.4-x86_64-lab-clang-forky"}, ids); d != "" || !slices.Equal(missing, []string{documented}) {
		t.Errorf("missing %v, cells (-want +got):\n%s", missing, d)
	}
	if here, _ := inLab(newer, held("6.12")); len(here) == 0 || slices.ContainsFunc(here, func(c Cell) bool { return c.Kernel != "6.12" }) {
		t.Errorf("without a newer kernel: %v", here)
	}
	distribution, err := configOf("distribution")
	if err != nil {
		t.Fatal(err)
	}
	if old, recent, other := distribution.fragments("6.12"), distribution.fragments(documented), distribution.fragments("7.4"); slices.Equal(old, recent) || !slices.Equal(recent, other) {
		t.Errorf("fragments: %v, %v, %v", old, recent, other)
	}
}

// TestDue checks which cells are built again, and how long that takes.
func TestDue(t *testing.T) {
	b := &builder{plan: progress.New("matrix", os.Stderr), results: t.TempDir(), configs: "configs", lab: "../lab", versions: map[string]string{}, generation: "1"}
	has := Cell{Kernel: "1.0", Arch: "arm64", Config: "lab", C: "gcc", Stage: Objects}
	older, never, not := has, has, has
	older.Kernel, never.Kernel, not.Kernel, not.Reason = "1.1", "1.2", "1.3", "no Rust"
	older.Stage = Boot
	key, err := b.key(has)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*Result{{Cell: has, Key: key, Seconds: 50}, {Cell: older, Key: "before", Seconds: 100}} {
		if err := b.write(r); err != nil {
			t.Fatal(err)
		}
	}
	chosen := []Cell{has, older, never, not}
	for again, want := range map[bool][]time.Duration{false: {100 * time.Second, 5 * time.Minute}, true: {50 * time.Second, 100 * time.Second, 5 * time.Minute}} {
		due, err := b.due(chosen, again)
		var got []time.Duration
		for _, d := range due {
			got = append(got, d.usual)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("again %t: %v, and not %v; %v", again, got, want, err)
		}
	}
}

// TestRelevant checks which versions a result depends on.
func TestRelevant(t *testing.T) {
	const versions = "lab chroot\nclang 19\nlinux 6.12.117 (x)\nlinux 7.3.4 (x)\nkernels both\nqemu 7.2\ngcc (Debian 14) 14.2\n"
	for c, want := range map[Cell]string{
		{Kernel: "7.3", C: "clang"}: "lab chroot\nclang 19\nlinux 7.3.4 (x)\n",
		{Kernel: "6.12", C: "gcc"}:  "lab chroot\nclang 19\nlinux 6.12.117 (x)\ngcc (Debian 14) 14.2\n",
	} {
		if got := relevant(versions, c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// TestKey checks that a result does not hold for another configuration of the lab's, and holds where only another architecture
// is another one.
func TestKey(t *testing.T) {
	directory := t.TempDir()
	b, c := &builder{configs: "configs", lab: directory}, Cell{Kernel: "7.3", Arch: "arm64", Config: "lab", C: "clang"}
	files := map[string]string{"architectures": "arm64\n  make ARCH=arm64\n\narm\n  make ARCH=arm\n", "common.config": "", "arm64.config": ""}
	// keyWith returns the key with another text of one file.
	keyWith := func(name, text string) (string, error) {
		t.Helper()
		for n, original := range files {
			if n == name {
				original = text
			}
			if err := os.WriteFile(filepath.Join(directory, n), []byte(original), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return b.key(c)
	}
	before, err := keyWith("", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []struct {
		name, text string
		same       bool
	}{
		{"architectures", "arm64\n  make ARCH=other\n", false},
		{"architectures", "arm64\n  make ARCH=arm64\n\narm\n  make ARCH=other\n", true},
		{"common.config", "other", false}, {"arm64.config", "other", false},
	} {
		if key, err := keyWith(other.name, other.text); err != nil || (key == before) != other.same {
			t.Errorf("%s is %q: %v, the same key: %t", other.name, other.text, err, key == before)
		}
	}
	if key, err := keyWith("architectures", "arm\n  make ARCH=arm\n"); err == nil {
		t.Errorf("without an entry: the key is %q", key)
	}
}

// TestGood checks what a result needs.
func TestGood(t *testing.T) {
	good := Result{Before: 4000, After: 4, Left: []string{"a.o: rust_helper_f: its address is taken"}}
	for name, change := range map[string]func(r *Result){
		"without a reason": func(r *Result) { r.Unexplained = []string{"a.o: rust_helper_g"} }, "much is left": func(r *Result) { r.After = 1000 },
		"nothing to inline": func(r *Result) { r.Before = 0 }, "a message": func(r *Result) { r.Messages = []string{"warning"} },
		"a test": func(r *Result) { r.Different = []string{"s: b"} }, "a fault": func(r *Result) { r.Fault = "make failed" },
		"a check": func(r *Result) { r.Checks = []equal.Check{{Wrong: []string{"x"}}} },
	} {
		r := good
		if change(&r); r.Good() || !good.Good() {
			t.Errorf("%s: good", name)
		}
	}
}

// TestDocument checks that the document has a line for each cell, whatever came of
// it.
func TestDocument(t *testing.T) {
	all := []Cell{
		{Kernel: "1.0", Arch: "x86_64", Config: "lab", C: "clang", Stage: Boot}, {Kernel: "1.0", Arch: "arm64", Config: "lab", C: "clang", Stage: Objects},
		{Kernel: "1.0", Arch: "arm", Config: "lab", C: "clang", Stage: Objects, Reason: "no Rust"}, {Kernel: "1.0", Arch: "riscv", Config: "lab", C: "gcc", Stage: Objects},
		{Kernel: "1.0", Arch: "riscv", Config: "lab", C: "gcc", Stage: Objects, Release: "sid"},
	}
	results := map[string]*Result{
		all[0].ID(): {
			Cell: all[0], Before: 1234, After: 1, CodeBefore: 5000, CodeAfter: 4000, Tests: 99,
			Checks: []equal.Check{{Name: "functions", Plain: 7, Shimmed: 6, Rule: "may differ"}},
		},
		all[1].ID(): {Cell: all[1], Fault: "it | broke"},
	}
	var b strings.Builder
	if err := document(&b, all, results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1.0 | x86_64 | lab | clang | 1,234 → 1 | 5,000 → 4,000, 0.800 |  | 0 | 1 checks hold | 99, 0 differ |",
		"| 1.0 | arm64 | lab | clang | failed: it \\| broke ||||", "| 1.0 | arm | lab | clang | not built: no Rust ||||", "| 1.0 | riscv | lab | gcc | not built yet ||||", "| 1.0 | riscv | lab | gcc of sid | not built yet ||||",
		"1 of 5 cells have a result",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the document lacks %s:\n%s", want, b.String())
		}
	}
}

// TestLarger checks what is said of code that grew.
func TestLarger(t *testing.T) {
	grown := []Growth{{"rust/doctests.o", 400, 500}, {"drivers/a.o", 100, 150}, {"drivers/b.o", 100, 110}}
	for _, c := range []struct {
		r    Result
		want string
	}{
		{Result{CodeBefore: 1000, CodeAfter: 1000, Grown: grown}, ""},
		{Result{CodeBefore: 1000, CodeAfter: 1001, Grown: grown}, "`rust/doctests.o` 1.250, the others 0.835"},
		{Result{CodeBefore: 1000, CodeAfter: 1150, Grown: grown}, "`rust/doctests.o` 1.250, `drivers/a.o` 1.500, the others 1.000"},
		{Result{CodeBefore: 600, CodeAfter: 760, Grown: grown}, "`rust/doctests.o` 1.250, `drivers/a.o` 1.500, `drivers/b.o` 1.100"},
		{Result{CodeBefore: 1000, CodeAfter: 1100, Grown: grown, Late: []string{"-Zsanitizer=kernel-address is a pass of rustc's"}}, "`late`: -Zsanitizer=kernel-address is a pass of rustc's"},
	} {
		if got := c.r.larger(); got != c.want {
			t.Errorf("%d to %d: %q, want %q", c.r.CodeBefore, c.r.CodeAfter, got, c.want)
		}
	}
}
