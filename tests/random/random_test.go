// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/lab"
)

var (
	number = flag.Int("programs", 200, "how many random programs TestPrograms judges")
	seed   = flag.Uint64("seed", 0, "of the random programs; 0 is the day's, as in 20260131")
)

// TestGenerate checks that a seed gives the same programs each time, and that these use everything in the tables.
func TestGenerate(t *testing.T) {
	used := map[string]bool{}
	names := map[string]bool{}
	for n := range 40 * Batch {
		p := Generate(1, n)
		if n < Batch {
			if d := cmp.Diff(Render([]*Program{p}), Render([]*Program{Generate(1, n)})); d != "" {
				t.Fatalf("program %d differs the second time:\n%s", n, d)
			}
		}
		if names[p.Name] {
			t.Errorf("two programs have the name %s", p.Name)
		}
		names[p.Name] = true
		for _, h := range p.Helpers {
			used[h.Shape.Name] = true
			for _, a := range h.Attributes {
				used[a] = true
			}
			for _, s := range h.Body {
				used[s.Feature.Name] = true
				if s.Feature.File && n/Batch%4 != 3 {
					t.Errorf("program %d has %q, which concerns the file of all helpers", n, s.Feature.Name)
				}
			}
		}
		for _, u := range p.Uses {
			used[u.In+", "+Calls[u.How].Name] = true
			if p.Helpers[u.Helper].Object() && (u.In != "kernel" || Calls[u.How].ByAddress()) {
				t.Errorf("program %d has state for each object in two of them", n)
			}
		}
	}
	if cmp.Equal(Render([]*Program{Generate(1, 0)}), Render([]*Program{Generate(2, 0)})) {
		t.Error("two seeds give the same program")
	}
	want := slices.Concat(Attributes, archAttributes[runtime.GOARCH], helperAttributes)
	for _, f := range Features {
		if f.Arch == "" || f.Arch == runtime.GOARCH {
			want = append(want, f.Name)
		}
	}
	for _, s := range Shapes {
		want = append(want, s.Name)
	}
	for _, place := range Places {
		for _, c := range Calls {
			want = append(want, place+", "+c.Name)
		}
	}
	for _, w := range want {
		if !used[w] {
			t.Errorf("no program has %q", w)
		}
	}
}

// TestTables checks what the texts of the tables rely on.
func TestTables(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Features {
		if seen[f.Name] {
			t.Errorf("there are two features %q", f.Name)
		}
		seen[f.Name] = true
		if f.Body == "" {
			t.Errorf("%q has no body", f.Name)
		}
		if strings.Contains(f.Print, "@") && f.Main == "" {
			t.Errorf("%q prints what is not in the rest of the kernel", f.Name)
		}
		if strings.Contains(f.Body, "same_@") && (!strings.Contains(f.Main, "same_@") || !strings.Contains(f.Decl, "same_@")) {
			t.Errorf("%q compares addresses with a function that it does not have", f.Name)
		}
	}
	for _, s := range Shapes {
		if params := rustType(s.Rust); strings.Contains(params, ":") || strings.Count(params, ",") != strings.Count(s.Rust, ",") {
			t.Errorf("%s: the type of %q is %q", s.Name, s.Rust, params)
		}
	}
	if got := callRust(Shapes[1], "f", "a + i", "3"); got != "f(((a + i)) as i8, (3i64) as u16) as i64" {
		t.Errorf("a call is %s", got)
	}
}

// TestReduce reduces programs that fail because of one feature.
func TestReduce(t *testing.T) {
	const guilty = "static counter"
	has := func(p *Program) bool {
		for _, u := range p.Uses {
			for _, s := range p.Helpers[u.Helper].Body {
				if s.Feature.Name == guilty && u.In == "driver" {
					return true
				}
			}
		}
		return false
	}
	reduced := 0
	for n := range 10 * Batch {
		p := Generate(1, n)
		if !has(p) {
			continue
		}
		before := Describe(p)
		small := Reduce(p, has)
		reduced++
		if got := Describe(small); got != "long; static counter; driver, arguments" {
			t.Errorf("%s is reduced to %s", p.Name, got)
		}
		if Describe(p) != before || !Contains(p, small) || p.Size() < small.Size() {
			t.Errorf("%s has changed: %s", p.Name, Describe(p))
		}
	}
	if reduced < 5 {
		t.Errorf("only %d programs were reduced", reduced)
	}
}

// start gives a test the program judge in the lab, with the shims and the tree, in a directory that is an inside path.
func start(t *testing.T) (l *lab.Lab, dir string) {
	t.Helper()
	l = lab.Open(t)
	dir = l.Tree()
	host := l.Path(dir)
	for _, sub := range []string{"work", "out", "kept"} {
		if err := os.MkdirAll(filepath.Join(host, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(host, "tree"), os.DirFS("../tree/testdata/tree")); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{programs.Shims, "rustc-lto-wrap/tests/random/judge"} {
		if err := programs.Build(filepath.Join(host, "bin"), p); err != nil {
			t.Fatal(err)
		}
	}
	return l, dir
}

const judge = "bin/judge -tree tree -bin $PWD/bin -work $PWD/work"

// TestUnjudged checks which failures are no fault of the shims, and how many of them are too many.
func TestUnjudged(t *testing.T) {
	for kind, want := range map[Kind]bool{Unwrapped: true, Undefined: true, Build: false, Symbols: false, Output: false} {
		if got := kind.SaysNothing(); got != want {
			t.Errorf("%s: %t", kind, got)
		}
	}
	for programs, want := range map[int]int{1: 6, 200: 6, 600: 6, 10000: 100} {
		if got := AtMostUnjudged(programs); got != want {
			t.Errorf("of %d: %d, want %d", programs, got, want)
		}
	}
}

// TestPrograms judges random programs. The seed is printed, so that a failure can be seen again.
func TestPrograms(t *testing.T) {
	s := *seed
	if s == 0 {
		s, _ = strconv.ParseUint(time.Now().UTC().Format("20060102"), 10, 64)
	}
	l, dir := start(t)
	t.Logf("again: go test ./tests/random -run TestPrograms -programs %d -seed %d", *number, s)
	out, errs, code := l.Run(lab.Options{Dir: dir}, fmt.Sprintf("%s -out out -seed %d -programs %d", judge, s, *number))
	t.Log(out + errs)
	if code == 0 {
		return
	}
	t.Errorf("the judge ends with status %d", code)
	found, _ := filepath.Glob(filepath.Join(l.Path(dir), "out/*.txtar"))
	for _, f := range found {
		text, _ := os.ReadFile(f)
		t.Logf("tests/random/testdata/%s:\n%s", filepath.Base(f), text)
	}
}

// TestKept judges the programs in testdata, which failed once.
func TestKept(t *testing.T) {
	kept, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(kept) == 0 {
		t.Fatalf("no programs are kept: %v", err)
	}
	l, dir := start(t)
	for _, file := range kept {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(l.Path(dir), "kept", filepath.Base(file)), text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if out, errs, code := l.Run(lab.Options{Dir: dir}, judge+" -kept kept"); code != 0 {
		t.Errorf("%s%s", out, errs)
	}
}

// TestArchive checks that a program survives being kept.
func TestArchive(t *testing.T) {
	p := Generate(3, 8)
	c, configs, err := Kept(Archive(p, Failure{Config: "late", Kind: Output}, 3))
	if err != nil || len(configs) != 1 || configs[0].Name != "late" {
		t.Fatalf("%v, %+v", err, configs)
	}
	want := NewCase([]*Program{p})
	if d := cmp.Diff(want.Files, c.Files); d != "" || !slices.Equal(c.Programs, want.Programs) {
		t.Errorf("programs %q, files (-want +got):\n%s", c.Programs, d)
	}
	if _, _, err := Kept(txtar.Format(&txtar.Archive{Comment: []byte("configs: none\n")})); err == nil {
		t.Error("an archive without a program is accepted")
	}
}
