// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables in tests/README.md anew")

// parse reads a table in which the properties that a test says nothing of have a value that will do.
func parse(t *testing.T, text string) []Part {
	t.Helper()
	var b strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString(block + "\n")
		for _, property := range []string{"in all", "proves something", "after none", "lab no", "tests none", "minutes 1"} {
			if name, _, _ := strings.Cut(property, " "); !strings.Contains(block, "\n  "+name+" ") {
				b.WriteString("  " + property + "\n")
			}
		}
	}
	parts, err := readParts(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// runAll runs parts, two at a time, and returns what is printed and the exit status.
func runAll(t *testing.T, ctx context.Context, parts []Part) (out string, status int) {
	t.Helper()
	var b bytes.Buffer
	r := &runner{out: &b, goTool: "false", dir: t.TempDir(), parallel: 2, silence: time.Hour, now: time.Now}
	status = r.conclude(r.run(ctx, parts))
	return b.String(), status
}

func wants(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
}

// TestFailure checks that a part that fails is named, that the others run, that the lines of parts that run side by side can be
// told apart, and that a part does not run after one that failed.
func TestFailure(t *testing.T) {
	out, status := runAll(t, t.Context(), parse(t, `
unit
  run echo proved: all of it

tree
  run echo broken >&2; exit 3

release
  run echo fine

boot
  after tree
  run echo booted

load
  after boot
  run echo loaded
`))
	if status != 1 || strings.Contains(out, "booted") || strings.Contains(out, "loaded") {
		t.Errorf("status %d:\n%s", status, out)
	}
	wants(t, out, "part 3 of 5", "\ntree: broken\n", "\nrelease: fine\n", "\n== unit: passed in ", "\n== tree: FAILED after ", "\ntree: exit status 3\n",
		"\n== boot: NOT RUN, because tree failed\n", "\n== load: NOT RUN, because boot failed\n", "\n  unit: all of it\n",
		"\nWhat failed:\n  tree: exit status 3\n  tree:   broken\n  boot: not run\n",
		"\ntests: failed: tree boot load\n", "\n2 passed, 3 failed\n")
}

// TestOnePart checks that a single part has the output to itself.
func TestOnePart(t *testing.T) {
	out, status := runAll(t, t.Context(), parse(t, "unit\n  run echo fine\n"))
	if status != 0 || !strings.Contains(out, "\nfine\n") || !strings.HasSuffix(out, "\n1 passed, 0 failed\n") {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestOrder checks that a part begins when those that it comes after have passed, and that one that is not chosen does not hold
// it up.
func TestOrder(t *testing.T) {
	parts := parse(t, `
lab
  run echo up >>log

second
  after lab
  run cat log; echo second >>log

third
  after second
  run cat log
`)
	out, status := runAll(t, t.Context(), parts)
	if status != 0 {
		t.Errorf("status %d:\n%s", status, out)
	}
	wants(t, out, "\nsecond: up\n", "\nthird: up\nthird: second\n")
	if out, status := runAll(t, t.Context(), parse(t, "lab\n  run false\n\nsecond\n  after lab\n  run echo here\n")[1:]); status != 0 {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestEvents checks what is told of the tests in Go, and what is kept of them.
func TestEvents(t *testing.T) {
	const events = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: proved: 5 things\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA (0.00s)\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB/x","Output":"    b_test.go:1: wrong\n"}
{"Action":"fail","Package":"p","Test":"TestB/x"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
./a.go:1:1: syntax error
`
	read := func(verbose bool) (*results, []string) {
		r, said := new(results), []string(nil)
		if err := r.read(strings.NewReader(events), verbose, func(l string) { said = append(said, l) }); err != nil {
			t.Fatal(err)
		}
		return r, said
	}
	r, said := read(false)
	if d := cmp.Diff([]string{"    b_test.go:1: wrong", "FAIL\tp\t0.1s", "./a.go:1:1: syntax error"}, said); d != "" {
		t.Errorf("said (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"5 things", "1 tests passed, 1 failed, 1 skipped"}, r.summary()); d != "" {
		t.Errorf("the summary (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"TestB/x", "    b_test.go:1: wrong"}, r.failed()); d != "" {
		t.Errorf("what failed (-want +got):\n%s", d)
	}
	if r, said := read(true); len(r.failed()) != 2 || !slices.Contains(said, "--- PASS: TestA (0.00s)") || slices.Contains(said, "=== RUN   TestA") {
		t.Errorf("said %q", said)
	}
	list := filepath.Join(t.TempDir(), "list")
	if err := writeList(list, []ended{{Part: Part{Name: "unit"}, results: *r}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(list)
	if want := "unit\tp\tTestA\tpass\nunit\tp\tTestB/x\tfail\nunit\tp\tTestC\tskip\n"; err != nil || string(text) != want {
		t.Errorf("the list is %q, %v", text, err)
	}
}

// TestFailedTest checks that a failed test fails its part, whatever the exit status of go test.
func TestFailedTest(t *testing.T) {
	out, status := runAll(t, t.Context(), parse(t, `unit
  run echo '{"Action":"fail","Package":"p","Test":"TestA"}'
`))
	if status != 1 {
		t.Errorf("status %d:\n%s", status, out)
	}
}

// TestChoose checks which parts are run.
func TestChoose(t *testing.T) {
	parts, err := readParts(partsTable)
	if err != nil {
		t.Fatal(err)
	}
	chosen := func(args ...string) []string {
		t.Helper()
		p, err := choose(parts, args)
		if err != nil {
			t.Fatal(err)
		}
		return names(p)
	}
	if d := cmp.Diff(chosen("all"), slices.Concat(chosen(), chosen("rest"))); d != "" {
		t.Errorf("all (-) and test and rest (+):\n%s", d)
	}
	if got := chosen("tree", "lab"); !slices.Equal(got, []string{"lab", "tree"}) {
		t.Errorf("lab and tree are %v", got)
	}
	for want, args := range map[string][]string{"there is no part nothing": {"nothing"}, "named twice: unit": {"unit", "test"}} {
		if _, err := choose(parts, args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// TestRefused checks what cannot be in the table.
func TestRefused(t *testing.T) {
	const good = "a\n  in test\n  proves x\n  after none\n  lab no\n  run true\n  tests none\n  minutes 1\n"
	for _, c := range [][3]string{
		{"in test", "in other", "in is"}, {"after none", "after b", "after names b"}, {"run true", "run none", "one of run and tests"},
		{"minutes 1", "minutes soon", "minutes is"},
	} {
		if _, err := readParts(strings.Replace(good, c[0], c[1], 1)); err == nil || !strings.Contains(err.Error(), c[2]) {
			t.Errorf("%s: %v", c[1], err)
		}
	}
}

// TestSilence checks that a part that prints nothing is ended, with all that it has started.
func TestSilence(t *testing.T) {
	dir := t.TempDir()
	var pid []byte
	// On a busy machine, the shell has not come so far by then.
	for silence := 100 * time.Millisecond; !bytes.HasSuffix(pid, []byte("\n")); silence *= 2 {
		var b bytes.Buffer
		r := &runner{out: &b, dir: dir, parallel: 1, silence: silence, now: time.Now}
		status := r.conclude(r.run(t.Context(), parse(t, "boot\n  run sleep 100000 & echo $! >pid; sleep 100000\n")))
		wants(t, b.String(), "boot: it was ended: nothing was printed and no file was made for "+silence.String())
		if status != 1 {
			t.Errorf("status %d", status)
		}
		var err error
		if pid, err = os.ReadFile(filepath.Join(dir, "pid")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	// It has been sent SIGKILL, and ends as soon as the machine lets it; a process that nobody waits for stays as a zombie.
	for {
		state, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") {
			break
		}
		time.Sleep(time.Millisecond)
	}
}

// TestInterrupt checks that an interrupt ends what the parts have started, and begins no other part.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	begun := func() []string {
		files, err := filepath.Glob(dir + "/*")
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	go func() {
		for len(begun()) < 2 && t.Context().Err() == nil {
			time.Sleep(10 * time.Millisecond)
		}
		stop()
	}()
	block := "\n  run echo >" + dir + "/$$; exec sleep 1000\n"
	out, status := runAll(t, ctx, parse(t, "unit"+block+"\ntree"+block+"\nrelease"+block))
	if status != 1 {
		t.Errorf("status %d:\n%s", status, out)
	}
	files := begun()
	if len(files) != 2 {
		t.Errorf("%d parts were begun, want 2", len(files))
	}
	for _, f := range files {
		if _, err := os.Stat("/proc/" + filepath.Base(f)); err == nil {
			t.Errorf("process %s goes on", filepath.Base(f))
		}
	}
}

// TestReadme checks that tests/README.md describes the parts as the table does.
func TestReadme(t *testing.T) {
	const file = "../README.md"
	parts, err := readParts(partsTable)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for _, group := range []string{inTest, inAll, inNamed} {
		block := regexp.MustCompile(`(?s)(<!-- parts ` + group + ` -->\n).*?(<!-- end -->)`)
		if !block.MatchString(want) {
			t.Fatalf("%s has no place for the parts of %s", file, group)
		}
		want = block.ReplaceAllString(want, "${1}"+strings.ReplaceAll(markdown(parts, group), "$", "$$")+"${2}")
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if d := cmp.Diff(want, string(text)); d != "" {
		t.Errorf("%s (-table +text); go test ./tests/run -update writes it:\n%s", file, d)
	}
}
