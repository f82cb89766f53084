// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
)

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

// TestUsage: the --help of each option begins with the usage line that --wrap-help has.
func TestUsage(t *testing.T) {
	for _, program := range host.Programs {
		for _, line := range usageLines(t, program) {
			option := strings.Fields(line)[1]
			out, err := exec.Command(filepath.Join(bin, string(program)), option, "--help").Output()
			if first, _, _ := strings.Cut(string(out), "\n"); err != nil || first != "usage: "+line {
				t.Errorf("%s %s --help prints %q, and --wrap-help has %q (%v)", program, option, first, line, err)
			}
		}
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
