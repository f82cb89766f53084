// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package depinfo

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// makefile defines a target as kbuild sees it: the output of fixdep after kbuild's
// own variables, with what if_changed checks.
const makefile = `SECONDARY
savedcmd_target := a command
cmd_target := a command
empty :=
space := $(empty) $(empty)
comma := ,
pound := \#

target: FORCE
	@printf 'newer: %s; command: %s, %s\n' '$(filter-out FORCE,$?)' '$(savedcmd_target)' '$(cmd_target)'
FORCE:
.PHONY: FORCE

deps_target := \
  CONDITION \
  other.h

target: $(deps_target)

$(deps_target):
`

// TestIsPlain has the first and the last of each range of characters, and those beside them.
func TestIsPlain(t *testing.T) {
	for file, want := range map[string]bool{
		"azAZ09/._+-@,": true, "": false, "a:": false, "a[": false, "a`": false, "a{": false, "a b": false, "a$": false, "a\\": false, "ä": false,
	} {
		if got := isPlain(file); got != want {
			t.Errorf("%q: %t", file, got)
		}
	}
}

// outOfDate reports whether the real make considers the target out of date.
func outOfDate(t *testing.T, dir string, secondary bool, env []string, args ...string) bool {
	t.Helper()
	cmd := exec.Command("make", append([]string{"-s", "-r"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	switch string(out) {
	case "newer: ; command: a command, a command\n":
		return false
	case "newer: lto_wrap_changed/meta.rmeta; command: , \n":
		return true
	case "newer: ; command: , \n": // with .SECONDARY, before GNU make 4.4
		return secondary
	}
	t.Fatalf("make prints %q", out)
	return false
}

// output is [Output] of a command that can be written.
func output(value string, command ...string) Variable {
	v, ok := Output(value, command...)
	if !ok {
		panic(strings.Join(command, " "))
	}
	return v
}

// TestOutput checks which commands are refused.
func TestOutput(t *testing.T) {
	for command, want := range map[string]bool{
		"/usr/bin/clang-19":                 true,
		"stat -L -c %s.%Y ./tools/clang++":  true,
		"$(RUSTC) --wrap-generation":        true,
		"/opt/a'b/clang":                    false,
		"/opt/$x/clang":                     false,
		"/opt/a:b":                          false,
		"$(shell rm)":                       false,
		"$(RUSTC;x)":                        false,
		"/opt/with\\ blank/clang --version": false,
	} {
		if _, got := Output("x", strings.Split(command, " ")...); got != want {
			t.Errorf("%s: %t", command, got)
		}
	}
	if _, ok := Output("x", "a b"); ok {
		t.Error("a word with a blank is taken")
	}
}

// TestCondition evaluates conditions with the real make.
func TestCondition(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		name      string
		variables []Variable
		// same and other are the environments in which the target is up to date and
		// out of date.
		same, other [][]string
	}{
		{
			"default", []Variable{Default("MODE", "", "on")},
			[][]string{nil, {"MODE=on"}, {"MODE= on "}, {"UNRELATED=x"}},
			[][]string{{"MODE=off"}, {"MODE=onon"}, {"MODE=on on"}},
		},
		{
			"set", []Variable{Default("MODE", "off", "on")},
			[][]string{{"MODE=off"}},
			[][]string{nil, {"MODE=on"}},
		},
		{
			"words", []Variable{Raw("FLAGS", "-O2  -DA=b,c -mllvm -x=1 a:b #x 'q' $(f) (g)")},
			[][]string{{"FLAGS=-O2 -DA=b,c -mllvm   -x=1 a:b #x 'q' $$(f) (g)"}},
			[][]string{nil, {"FLAGS=-O2"}, {"FLAGS=-mllvm -x=1 -O2 -DA=b,c a:b #x 'q' $$(f) (g)"}},
		},
		{
			"empty", []Variable{Raw("FLAGS", "")},
			[][]string{nil, {"FLAGS="}, {"FLAGS= "}},
			[][]string{{"FLAGS=-O2"}},
		},
		{
			"several", []Variable{Default("MODE", "", "on"), Raw("A", "x"), Raw("B", "")},
			[][]string{{"A=x"}, {"A=x", "MODE=on"}},
			[][]string{nil, {"B=x"}, {"A=x", "B=x"}, {"A=x", "MODE=off"}, {"A=x|"}},
		},
		{
			"flags", []Variable{Flags("FLAGS", "-O2 -Wall -fno-x -g", "-W")},
			[][]string{{"FLAGS=-O2 -fno-x -g"}, {"FLAGS=-Wextra -O2 -fno-x   -g -Wall"}},
			[][]string{nil, {"FLAGS=-O2 -fno-x"}, {"FLAGS=-O2 -fno-x -g -fno-y"}, {"FLAGS=-fno-x -O2 -g"}, {"FLAGS=-O2 -O2 -fno-x -g"}},
		},
		{
			"order of flags", []Variable{Flags("FLAGS", "-UN -DN=3 -W -Wp,-DN=1 -UN -DN=2", "-W")},
			[][]string{{"FLAGS=-UN -DN=3 -Wp,-DN=1 -UN -Wall -DN=2"}},
			[][]string{{"FLAGS=-UN -DN=2 -Wp,-DN=1 -UN -DN=3"}, {"FLAGS=-UN -DN=3 -UN -DN=2 -Wp,-DN=1"}, {"FLAGS=-UN -DN=3 -UN -DN=2"}},
		},
		{
			"output", []Variable{output("size=12,", "printf", "size=%s,", "$(SIZE)"), output("", "no-such-program", "a,b")},
			[][]string{{"SIZE=12"}},
			[][]string{nil, {"SIZE=13"}, {"SIZE=12 12"}},
		},
		{"what cannot be compared", []Variable{Changed()}, nil, [][]string{nil}},
		{
			// A value that cannot be compared always counts as changed.
			"unquotable", []Variable{Raw("FLAGS", "a) b")},
			nil,
			[][]string{{"FLAGS=a) b"}, {"FLAGS=a"}},
		},
	} {
		for _, secondary := range []string{"", ".SECONDARY:"} {
			t.Run(c.name+secondary, func(t *testing.T) {
				dir := t.TempDir()
				condition := Condition("target", "meta.rmeta", c.variables)
				if strings.ContainsAny(condition, " \t\n") {
					t.Fatalf("more than one word: %q", condition)
				}
				// fixdep removes the backslash of an escaped colon.
				text := strings.Replace(makefile, "CONDITION", strings.ReplaceAll(condition, `\:`, ":"), 1)
				text = strings.Replace(text, "SECONDARY", secondary, 1)
				// The target is written last, so that it is not older than the
				// others.
				for _, f := range [][2]string{{"Makefile", text}, {"meta.rmeta"}, {"other.h"}, {"target"}} {
					if err := os.WriteFile(filepath.Join(dir, f[0]), []byte(f[1]), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				for _, env := range c.same {
					if outOfDate(t, dir, secondary != "", env) {
						t.Errorf("out of date with %q: %s", env, condition)
					}
					if outOfDate(t, dir, secondary != "", nil, env...) {
						t.Errorf("out of date with make %q: %s", env, condition)
					}
				}
				for _, env := range c.other {
					if !outOfDate(t, dir, secondary != "", env) {
						t.Errorf("up to date with %q: %s", env, condition)
					}
					if !outOfDate(t, dir, secondary != "", nil, env...) {
						t.Errorf("up to date with make %q: %s", env, condition)
					}
				}
			})
		}
	}
}

func TestMetadata(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"rust/k.o: rust/k.rs rust/l.rs\n": "",
		"rust/k.o: a.rs ./rust/libcore.rmeta b.so\n": "./rust/libcore.rmeta",
		"# env-dep:A=x: b.rmeta\nk.o: a.rs x.so\n":   "x.so",
		"k.o: a\\ b.rmeta.rs c\\ d.rmeta\n":          `c\ d.rmeta`,
	} {
		if got := Metadata(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestConditionFixdep checks that, in the model of fixdep, a condition is one word
// that fixdep does not open.
func TestConditionFixdep(t *testing.T) {
	c := Condition("rust/k.o", "./rust/libcore.rmeta", []Variable{Default("MODE", "", "on"), Raw("FLAGS", "-O2 a:b #c"), Flags("MORE", "-a -b", "-W")})
	text, err := Rewrite("k.bc: k.rs l.rs ./rust/libcore.rmeta\n", "k.bc", "k.o", nil, c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fixdep(text)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.ReplaceAll(c, `\:`, ":"); len(got.Deps) != 3 || got.Deps[2] != want {
		t.Errorf("fixdep sees %q, want %q as the last", got.Deps, want)
	}
}

// TestNames has names of prerequisites that make would expand, or read otherwise: none is
// executed, and a newer one makes the target out of date.
func TestNames(t *testing.T) {
	for file, want := range map[string]bool{
		"a$b.h": true, "a#b.h": true, "$(CC).h": true, "$(shell\fid>made)": false, "$(eval\tx:=y)": false, "a,b(c)'d\"{e}&.h": true,
		"${shell:id}.h": false, "a b.h": false, `a\b.h`: false, "a%b.h": false, "a[b].h": false, "a:b.h": false, "(.h": false,
	} {
		unread, ok := UnreadPrefix(file)
		optional, also := OptionalPrefix(file)
		if ok != want || also != want {
			t.Errorf("%s: %t, %t", file, ok, also)
		}
		if CanBePrerequisite(file) {
			t.Errorf("%s is plain", file)
		}
		if !ok {
			continue
		}
		earlier := time.Now().Add(-time.Hour)
		for front, gone := range map[string]bool{unread: true, optional: false} {
			dir := t.TempDir()
			text := strings.Replace(makefile, "CONDITION", front+Condition("target", "meta.rmeta", []Variable{Default("MODE", "", "on")}), 1)
			text = strings.Replace(strings.Replace(text, "SECONDARY", "", 1), "'$(filter-out FORCE,$?)'", `"$(words $(filter-out FORCE,$?))"`, 1)
			for _, f := range [][2]string{{"Makefile", text}, {"meta.rmeta"}, {"other.h"}, {file}, {"target"}} {
				path := filepath.Join(dir, f[0])
				err := os.WriteFile(path, []byte(f[1]), 0o644)
				if err == nil {
					err = os.Chtimes(path, earlier, earlier)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			newer := func() string {
				cmd := exec.Command("make", "-s", "-r", "-C", dir, "--no-print-directory")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", front, err, out)
				}
				n, _, _ := strings.Cut(string(out), ";")
				return n
			}
			if got := newer(); got != "newer: 0" {
				t.Errorf("%s: %s", front, got)
			}
			if err := os.Chtimes(filepath.Join(dir, file), time.Now(), time.Now()); err != nil {
				t.Fatal(err)
			}
			if got := newer(); got != "newer: 1" {
				t.Errorf("%s: %s when it has changed", front, got)
			}
			if err := os.Remove(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
			if got := newer(); (got == "newer: 1") != gone {
				t.Errorf("%s: %s when it is gone", front, got)
			}
		}
	}
	for _, file := range []string{"rust/kernel.o", "./include/linux/c++.h", "/a_b-c.d/e@f,g"} {
		if !CanBePrerequisite(file) {
			t.Errorf("%s is not plain", file)
		}
	}
}

// TestAfter has a file that another target's recipe rebuilds: the target that depends on
// it is rebuilt by the same make, and by no other.
func TestAfter(t *testing.T) {
	word, ok := AfterTarget("a,b.bc", "helpers.o")
	if _, odd := AfterTarget("a$b", "helpers.o"); !ok || odd {
		t.Fatal(word, ok, odd)
	}
	optional, _ := OptionalPrefix("a,b.bc")
	word = strings.ReplaceAll(word, `\:`, ":") // as fixdep does
	for _, secondary := range []string{"", ".SECONDARY:\n"} {
		dir := t.TempDir()
		text := secondary + `empty :=
space := $(empty) $(empty)
comma := ,
all: one two
one two: FORCE
	$(if $(filter-out FORCE,$?),@touch $@; echo $@)
helpers.o: FORCE
	@echo '$(FLAGS)' | cmp -s - $@ || { echo '$(FLAGS)' >$@; until [ "$$(find a,b.bc -newer one -newer two)" ]; do echo >a,b.bc; done; }
FORCE:
.PHONY: FORCE all
deps_one := ` + optional + word + `
deps_two := ` + optional + word + `
one: $(deps_one)
$(deps_one):
two: $(deps_two)
$(deps_two):
`
		for _, file := range [][2]string{{"Makefile", text}, {"a,b.bc", "x\n"}, {"helpers.o", "x\n"}, {"one"}, {"two"}} {
			if err := os.WriteFile(filepath.Join(dir, file[0]), []byte(file[1]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range [][2]string{{"x", ""}, {"y", "one\ntwo\n"}, {"y", ""}, {"z", "one\ntwo\n"}, {"z", ""}} {
			cmd := exec.Command("make", "-s", "-r", "-j2", "FLAGS="+c[0])
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if lines := strings.Fields(string(out)); err != nil || strings.Join(slices.Sorted(slices.Values(lines)), "\n")+"\n" != c[1] && len(lines)+len(c[1]) > 0 {
				t.Errorf("%q, FLAGS=%s: %v, %q", secondary, c[0], err, out)
			}
		}
	}
}
