// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
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
	self, err := readProcess(strconv.Itoa(os.Getpid()))
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
// make, which has the same process group, to another: also where make is process 1 of a
// namespace, as in a container, whether that has a /proc of its own or not.
func TestBuild(t *testing.T) {
	if os.Getenv("PRINT_BUILD") != "" {
		name, known := MakeRun()
		if err := os.WriteFile(os.Getenv("PRINT_BUILD"), []byte(name), 0o644); err != nil || !known {
			t.Fatal(name, err)
		}
		return
	}
	make, err := exec.LookPath("make")
	if err != nil {
		t.Skip("needs make")
	}
	for name, around := range map[string][]string{
		"make":                         nil,
		"process 1":                    {"unshare", "-r", "--pid", "--fork", "--mount-proc"},
		"process 1, the outside /proc": {"unshare", "-r", "--pid", "--fork"},
	} {
		t.Run(name, func(t *testing.T) {
			if around != nil {
				if out, err := exec.Command(around[0], append(slices.Clone(around[1:]), "true")...).CombinedOutput(); err != nil {
					t.Skipf("unshare: %v: %s", err, out)
				}
			}
			dir := t.TempDir()
			text := "all: a b\na b c:\n\t@PRINT_BUILD=$@ " + os.Args[0] + " -test.run='^TestBuild$$' >/dev/null\n"
			if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, target := range []string{"all", "c"} {
				// Where each make is process 1, they differ by their starting times, which count hundredths of a
				// second (starttime in proc_pid_stat(5)).
				time.Sleep(20 * time.Millisecond)
				words := append(slices.Clone(around), make, "-C", dir, "-j2", target)
				cmd := exec.Command(words[0], words[1:]...)
				// This test may run below a make.
				cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS") })
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
			if names["a"] != names["b"] || !strings.Contains(names["a"], ".") || names["a"] == names["c"] {
				t.Errorf("%v", names)
			}
		})
	}
}
