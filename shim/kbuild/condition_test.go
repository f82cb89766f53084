// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/formats/depinfo"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/version"
)

// rewritten returns the dep-info of an object that was made from something.
func rewritten(t *testing.T, text string, made Made) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "k.d")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := RewriteDepInfo(hosttest.New(t), settings.On, Builtin, file, "k.bc", "k.o", made); err != nil {
		return "", err
	}
	out, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), nil
}

const ofRustc = "k.bc: k.rs libcore.rmeta\n"

// TestMade checks what an object is rebuilt for in addition to its command line.
func TestMade(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "clang")
	if err := os.WriteFile(tool, []byte("12345"), 0o755); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(tool)
	if err != nil {
		t.Fatal(err)
	}
	none, err := rewritten(t, ofRustc, Made{})
	if err != nil || !strings.HasPrefix(none, "k.o: k.rs ") || strings.Contains(none, "k.bc") {
		t.Fatalf("%v: %s", err, none)
	}
	got, err := rewritten(t, ofRustc, Made{More: []string{"header.h"}, Optional: []string{"helpers.bc"}, Tools: []string{tool, tool + ".gone"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		" header.h", "$(wildcard\fhelpers.bc)$(space)", tool,
		fmt.Sprintf("|5.%d|", info.ModTime().Unix()), version.GenerationOption, "libcore.rmeta",
	} {
		if !strings.Contains(got, want) || want != "libcore.rmeta" && strings.Contains(none, want) {
			t.Errorf("it has not %q, or has it without a cause: %s", want, got)
		}
	}
	if strings.Contains(got, ".gone") {
		t.Errorf("a tool that has gone: %s", got)
	}
	// Without tools, as in an object that was compiled without inlining, the generation does not count.
	if strings.Contains(none, version.GenerationOption) {
		t.Errorf("the generation counts: %s", none)
	}
}

// TestModes checks what an object depends on in each mode: with the helpers inlined, without, because the user asked for it, and
// without because they could not be.
func TestModes(t *testing.T) {
	for mode, want := range map[settings.Mode]struct {
		value       string
		tryIsOn     bool
		allSettings bool
	}{
		settings.On:  {"on", true, true},
		settings.Try: {"try", false, true},
		settings.Off: {"off", false, false},
	} {
		of := map[string]depinfo.Variable{}
		for _, v := range conditions(hosttest.New(t), mode, Builtin) {
			for _, s := range settings.Variables {
				if strings.Contains(v.Expr, "$("+s.Name+")") {
					of[s.Name] = v
				}
			}
		}
		if got := of[modeVariable]; got.Value != want.value || strings.Contains(got.Expr, "try,on") != want.tryIsOn {
			t.Errorf("%s: the mode is %+v", mode, got)
		}
		for _, s := range settings.Variables {
			if _, ok := of[s.Name]; ok != (s.Scope == settings.Everything || want.allSettings && s.Scope != settings.Nothing) {
				t.Errorf("%s: %s: depends on it: %t", mode, s.Name, ok)
			}
		}
	}
}

// TestOwn checks that an object asks for the module's own definitions in each build, if they matter.
func TestOwn(t *testing.T) {
	for own, want := range map[string]bool{"": false, "own-1": true} {
		got, err := rewritten(t, ofRustc, Made{Own: own})
		if err != nil || strings.Contains(got, OwnOption) != want {
			t.Errorf("%q: %v: %s", own, err, got)
		}
	}
}

// TestNames checks that a file whose name fixdep or make reads differently is not named plainly, and that one which
// cannot be named at all has the object rebuilt.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		made           Made
		plain, changed bool
	}{
		{Made{More: []string{"a.h"}}, true, false},
		{Made{More: []string{"a#b.h"}}, false, false},
		{Made{More: []string{"a b.h"}}, false, true},
		{Made{Optional: []string{"a.bc"}}, false, false},
		{Made{Optional: []string{"a b.bc"}}, false, true},
	} {
		got, err := rewritten(t, ofRustc, c.made)
		if err != nil {
			t.Fatal(err)
		}
		if plain := len(c.made.More) > 0 && strings.Contains(got, " "+c.made.More[0]); plain != c.plain {
			t.Errorf("%+v: named plainly: %t: %s", c.made, plain, got)
		}
		base, err := rewritten(t, ofRustc, Made{})
		if err != nil {
			t.Fatal(err)
		}
		if changed := strings.Count(got, "|") > strings.Count(base, "|"); changed != c.changed {
			t.Errorf("%+v: made again: %t: %s", c.made, changed, got)
		}
	}
}

// TestNoPlaceForCondition checks dep-info without metadata, dep-info that cannot be used, and none.
func TestNoPlaceForCondition(t *testing.T) {
	got, err := rewritten(t, "k.bc: k.rs\n", Made{More: []string{"header.h"}})
	if err != nil || !strings.Contains(got, "header.h") || strings.Contains(got, "LTO_WRAP") {
		t.Errorf("%v: %s", err, got)
	}
	if got, err := rewritten(t, "# nothing\n", Made{}); err == nil || !strings.Contains(err.Error(), "cannot use rustc's dep-info") {
		t.Errorf("without a source: %v, %s", err, got)
	}
	err = RewriteDepInfo(hosttest.New(t), settings.On, Builtin, filepath.Join(t.TempDir(), "gone.d"), "k.bc", "k.o", Made{})
	if err == nil || !strings.Contains(err.Error(), "cannot read rustc's dep-info") {
		t.Errorf("without dep-info: %v", err)
	}
}

// TestDefaults checks that a setting that is not set stands for its default: whoever sets it to that rebuilds nothing.
func TestDefaults(t *testing.T) {
	h := hosttest.New(t)
	state := func() string {
		t.Helper()
		return fmt.Sprint(conditions(h, settings.On, Builtin))
	}
	unset := state()
	for _, v := range settings.Variables {
		if v.Name == modeVariable || !v.Scope.Object(false) {
			continue
		}
		h.Env[v.Name] = "another"
		if state() == unset {
			t.Errorf("%s changes nothing", v.Name)
		}
		if h.Env[v.Name] = v.Default; state() != unset {
			t.Errorf("%s=%s, its default, changes something", v.Name, v.Default)
		}
		delete(h.Env, v.Name)
	}
}
