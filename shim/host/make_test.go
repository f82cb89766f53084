// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " S 7 8 9 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 99"
	for _, c := range []struct {
		text string
		want process
	}{
		{"12 (make)" + rest, process{"make", 7, "12345"}},
		{"12 (a b) (c)" + rest + "\n", process{"a b) (c", 7, "12345"}},
		{"12 (make) S 7", process{name: "make"}},
		{"12", process{}},
		{"", process{}},
	} {
		p, err := parseStat(c.text)
		if p != c.want || (err == nil) != (c.want.start != "") {
			t.Errorf("%q: %+v, %v", c.text, p, err)
		}
	}
	self, err := readProcess(os.Getpid())
	if err != nil || self.parent != os.Getppid() {
		t.Errorf("this process: %+v, %v; its parent is %d", self, err, os.Getppid())
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("12 (make) S 7 8 9 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 99")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parseStat(text); err == nil && p.start == "" {
			t.Errorf("%q: %+v", text, p)
		}
	})
}

// TestBuild checks that the recipes of a make belong to one build, and those of the next
// make, which has the same process group, to another.
func TestBuild(t *testing.T) {
	if os.Getenv("PRINT_BUILD") != "" {
		if err := os.WriteFile(os.Getenv("PRINT_BUILD"), []byte(Build()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	make, err := exec.LookPath("make")
	if err != nil {
		t.Skip("needs make")
	}
	dir := t.TempDir()
	text := "all: a b\na b c:\n\t@PRINT_BUILD=$@ " + os.Args[0] + " -test.run=TestBuild >/dev/null\n"
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"all", "c"} {
		cmd := exec.Command(make, "-C", dir, "-j2", target)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make %s: %v\n%s", target, err, out)
		}
	}
	names := map[string]string{}
	for _, target := range strings.Fields("a b c") {
		name, err := os.ReadFile(filepath.Join(dir, target))
		if err != nil {
			t.Fatal(err)
		}
		names[target] = string(name)
	}
	// Below a make, all three have that one as the outermost.
	within := strings.Contains(Build(), ".")
	if names["a"] != names["b"] || !strings.Contains(names["a"], ".") || (names["a"] != names["c"]) == within {
		t.Errorf("%v, in %s", names, Build())
	}
}
