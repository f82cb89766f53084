// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package settings

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/host/hosttest"
)

func TestRead(t *testing.T) {
	s, err := Read(hosttest.New(t, "LTO_WRAP=try", "LTO_WRAP_CC=ccache 'my clang'", "LTO_WRAP_INLINE=cost", "LTO_WRAP_KEEP=1"))
	if err != nil {
		t.Fatal(err)
	}
	want := &Settings{
		Mode: Try, CC: []string{"ccache", "my clang"}, Pipeline: Early, Optimize: AsKernel, Linkage: "available_externally",
		Helpers: DefaultHelpers, Drop: []string{"-fno-delete-null-pointer-checks", "-fno-builtin-*"},
		LogLevel: "info", LogFormat: "text", Keep: true,
	}
	if d := cmp.Diff(want, s); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
}

// TestDrop: what is left out of the helpers' flags.
func TestDrop(t *testing.T) {
	for env, want := range map[string]string{
		"LTO_WRAP_HELPERS_DROP=":            "[-fno-delete-null-pointer-checks]",
		"LTO_WRAP_HELPERS_DROP=none":        "[]",
		"LTO_WRAP_HELPERS_DROP=-fA '-fB-*'": "[-fA -fB-*]",
		"LTO_WRAP_HELPERS_DROP=none -fA":    "[none -fA]",
		"LTO_WRAP_INLINE=cost":              "[-fno-delete-null-pointer-checks -fno-builtin-*]",
		"LTO_WRAP_INLINE=always":            "[-fno-delete-null-pointer-checks]",
	} {
		s, err := Read(hosttest.New(t, env))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.Drop); got != want {
			t.Errorf("%s: %s, want %s", env, got, want)
		}
	}
}

// TestReadAll: every bad variable has its error, and the setting its default.
func TestReadAll(t *testing.T) {
	s, errs := ReadAll(hosttest.New(t, "LTO_WRAP=yes", "LTO_WRAP_CFLAGS='", "LTO_WRAP_SPEED=1", "LTO_WRAP_KEEP=true"))
	var got []string
	for _, err := range errs {
		got = append(got, err.Error())
	}
	want := []string{
		"the environment variable LTO_WRAP_SPEED is not a setting",
		`the environment variable LTO_WRAP has the unknown value "yes"`,
		"the environment variable LTO_WRAP_CFLAGS is not a list of shell words: EOF found when expecting closing quote: \"'\"",
		`the environment variable LTO_WRAP_KEEP has the unknown value "true"`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("errors (-want +got):\n%s", d)
	}
	if s.Mode != On || s.Keep || s.CFlags != nil {
		t.Errorf("a bad setting does not have its default: %+v", s)
	}
	if _, err := Read(hosttest.New(t, "LTO_WRAP=yes")); err == nil {
		t.Error("Read accepts a bad setting")
	}
}

// TestVariables checks that each value of a setting can be read and has an effect, and that a setting has a default if it has
// a few values.
func TestVariables(t *testing.T) {
	for _, v := range Variables {
		values := []string{"", "word"}
		if v.Default != "" {
			values = strings.Split(v.Values, "|")
		} else if strings.Contains(v.Values, "|") {
			t.Errorf("%s has values and no default", v.Name)
		}
		for _, value := range values {
			if v.Effect(value) == "" {
				t.Errorf("%s=%s has no effect", v.Name, value)
			}
			if _, err := Read(hosttest.New(t, v.Name+"="+value)); err != nil {
				t.Error(err)
			}
		}
		for _, e := range v.Effects {
			if !slices.Contains(append(values, Other), e.Value) && e.Value != KeepFlags {
				t.Errorf("%s has an effect for %q, which is no value", v.Name, e.Value)
			}
		}
	}
}
