// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/settings"
)

// TestSettings: the table in docs/settings.md has each setting, with its values and
// its default, in the order of --wrap-help; and each has a heading.
func TestSettings(t *testing.T) {
	page := readPage(t, "docs/settings.md")
	var got, want []string
	for _, row := range page.Rows {
		if row.Under != page.Headings[0] {
			continue
		}
		c := row.Cells
		values := cmp.Or(strings.Join(c[1].Spans, "|"), c[1].Text)
		def := cmp.Or(strings.Join(c[2].Spans, " "), c[2].Text)
		got = append(got, fmt.Sprintf("%s: %s; default %s", c[0].Text, values, def))
	}
	defaults, err := settings.Read(hosttest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]string{"LTO_WRAP_HELPERS": defaults.Helpers, "LTO_WRAP_HELPERS_DROP": defaults.Drop}
	for _, v := range settings.Variables {
		values := map[string]string{"WORDS": "shell words", "PATH": "path"}[v.Values]
		if values == "" {
			values = v.Values
		}
		def := v.Default
		if list := lists[v.Name]; list != nil {
			def = strings.Join(list, " ")
		}
		if def == "" {
			def = "not set"
		}
		want = append(want, fmt.Sprintf("%s: %s; default %s", v.Name, values, def))
		if !slices.ContainsFunc(page.Headings, func(h string) bool { return slices.Contains(strings.Fields(h), v.Name) }) {
			t.Errorf("docs/settings.md has no heading for %s", v.Name)
		}
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("docs/settings.md (-settings.Variables +table):\n%s", d)
	}
}

// TestNames: each name that looks like a setting or an option is one.
func TestNames(t *testing.T) {
	var options []string
	for _, program := range host.Programs {
		for _, line := range usageLines(t, program) {
			options = append(options, strings.Fields(line)[1])
		}
	}
	setting := regexp.MustCompile(`LTO_WRAP(?:_[A-Z]+)*`)
	option := regexp.MustCompile(`--wrap-[a-z]+`)
	for _, p := range allPages(t) {
		for _, name := range setting.FindAllString(p.Text, -1) {
			if !slices.ContainsFunc(settings.Variables, func(v settings.Variable) bool { return v.Name == name }) {
				t.Errorf("%s: %s is not a setting", p.Path, name)
			}
		}
		for _, name := range option.FindAllString(p.Text, -1) {
			if !slices.Contains(options, name) {
				t.Errorf("%s: %s is not an option", p.Path, name)
			}
		}
	}
}

// usage is the heading in docs/reports.md above the usage lines.
const usage = "Usage"

// TestUsage: the section Usage of docs/reports.md has the usage line of each option of
// both programs, as the programs print it.
func TestUsage(t *testing.T) {
	var got, want []string
	for _, b := range readPage(t, "docs/reports.md").Blocks {
		if b.Under == usage {
			got = append(got, b.Lines...)
		}
	}
	for _, program := range host.Programs {
		for _, line := range usageLines(t, program) {
			option := strings.Fields(line)[1]
			out, err := exec.Command(filepath.Join(bin, string(program)), option, "--help").Output()
			if first, _, _ := strings.Cut(string(out), "\n"); err != nil || first != "usage: "+line {
				t.Errorf("%s %s --help prints %q, and --wrap-help has %q (%v)", program, option, first, line, err)
			}
			want = append(want, line)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("docs/reports.md, Usage (-programs +page):\n%s", d)
	}
}

// usageLines returns the usage of each option of a program, from its --wrap-help.
func usageLines(t *testing.T, program host.Program) (out []string) {
	t.Helper()
	text, err := exec.Command(filepath.Join(bin, string(program)), "--wrap-help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^  (--wrap-.*)$`).FindAllStringSubmatch(string(text), -1) {
		out = append(out, string(program)+" "+m[1])
	}
	if len(out) < 4 {
		t.Fatalf("%s --wrap-help lists the options %q", program, out)
	}
	return out
}

// TestRecord: the table of the record has each field, and no other.
func TestRecord(t *testing.T) {
	var got, want []string
	for _, row := range readPage(t, "docs/reports.md").Rows {
		if row.Under == "The record of an object" {
			got = append(got, row.Cells[0].Spans...)
		}
	}
	for i := range reflect.TypeFor[record.Record]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[record.Record]().Field(i).Tag.Get("json"), ",")
		want = append(want, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("docs/reports.md, fields of a record (-record.Record +table):\n%s", d)
	}
}
