// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild/kbuildtest"
)

func TestInstrumentation(t *testing.T) {
	for _, c := range []struct {
		config string
		env    []string
		want   string // "unknown" for an unknown variable
	}{
		{"", []string{"CFLAGS_KASAN=-fsanitize=kernel-address"}, ""},
		{"KASAN", []string{"CFLAGS_KASAN=-fsanitize=kernel-address -mllvm -asan-stack=1"}, "-fsanitize=kernel-address -mllvm -asan-stack=1"},
		{"KASAN KASAN_HW_TAGS", []string{"CFLAGS_KASAN=-fsanitize=kernel-address"}, ""},
		{"KCOV", []string{"CFLAGS_KCOV=-fsanitize-coverage=trace-pc"}, ""},
		{"KCOV KCOV_INSTRUMENT_ALL KASAN", []string{"CFLAGS_KCOV=-fsanitize-coverage=trace-pc", "CFLAGS_KASAN=-fsanitize=kernel-address"}, "-fsanitize=kernel-address -fsanitize-coverage=trace-pc"},
		{"UBSAN", []string{"CFLAGS_UBSAN=-fsanitize=shift", "CFLAGS_UBSAN_SIGNED_WRAP=-fsanitize=signed-integer-overflow"}, "-fsanitize=shift -fsanitize=signed-integer-overflow"},
		{"", []string{"CFLAGS_NEWSAN=-fsanitize=new"}, "unknown"},
		{"", []string{"CFLAGS_MODULE=-fsanitize=x", "CFLAGS_OTHER=-O2"}, ""},
	} {
		h := hosttest.New(t, c.env...)
		text := "# CONFIG_KMSAN is not set\n"
		for o := range strings.FieldsSeq(c.config) {
			text += "CONFIG_" + o + "=y\n"
		}
		if err := os.MkdirAll(filepath.Join(h.Objtree, "include/config"), 0o755); err != nil {
			t.Fatal(err)
		}
		// KASAN_HW_TAGS was on: its file stays.
		for name, text := range map[string]string{"auto.conf": text, "KASAN_HW_TAGS": ""} {
			if err := os.WriteFile(filepath.Join(h.Objtree, "include/config", name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		e, err := Read(h)
		if err != nil {
			t.Fatal(err)
		}
		flags, unknown, err := e.Instrumentation(h)
		got := strings.Join(flags, " ")
		if unknown != nil {
			got = "unknown"
		}
		if got != c.want || err != nil {
			t.Errorf("%s %q: %s (%v), want %s", c.config, c.env, got, err, c.want)
		}
	}
}

// TestInstrumentations holds the table against scripts/Makefile.lib of the lab's
// kernels: each addition to _c_flags is one of its entries, under the same options.
func TestInstrumentations(t *testing.T) {
	trees := kbuildtest.Sources(t)
	// In order: the conditions around an addition, and the addition.
	condition := regexp.MustCompile(`^(?:ifeq \(\$\(CONFIG_(\w+)\),y\)|ifdef CONFIG_(\w+))$`)
	unless := regexp.MustCompile(`^ifneq \(\$\(CONFIG_(\w+)\),y\)$`)
	addition := regexp.MustCompile(`_c_flags \+= ([^#]*)`)
	all := regexp.MustCompile(`\$\(if \$\(is-kernel-object\),\$\(CONFIG_(\w+)\)\)`)
	variable := regexp.MustCompile(`\$\((CFLAGS_[A-Z0-9_]+)\)`)
	for _, tree := range trees {
		file := filepath.Join(tree, "scripts/Makefile.lib")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		config, without := "", ""
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
			line = strings.TrimSpace(line)
			if m := condition.FindStringSubmatch(line); m != nil {
				config, without = m[1]+m[2], ""
			} else if m := unless.FindStringSubmatch(line); m != nil {
				without = m[1]
			}
			m := addition.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			flags := variable.FindStringSubmatch(m[1])
			if flags == nil {
				continue // -D__KCSAN_INSTRUMENT_BARRIERS__ and the like, which no kernel's helpers get
			}
			every := ""
			if a := all.FindStringSubmatch(m[1]); a != nil {
				every = a[1]
			}
			got = append(got, fmt.Sprintf("%s,%s,%s,%s", config, without, every, flags[1]))
		}
		var want []string
		for _, i := range instrumentations {
			for _, f := range i.flags {
				if e := fmt.Sprintf("%s,%s,%s,%s", i.config, i.without, i.all, f); slices.Contains(got, e) {
					want = append(want, e)
				}
			}
		}
		if d := cmp.Diff(want, got); d != "" || len(got) < 6 {
			t.Errorf("%s: entries of the table (-) and additions to _c_flags (+):\n%s", file, d)
		}
	}
}
