// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package faults

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// programNames are the two programs, and the options that each has of its own.
var programNames = map[string][]string{"rustc-lto-wrap": {"--wrap-report", "--wrap-compare"}, "cc-helper-wrap": nil}

// query runs a program with an option of its own, in a directory.
func query(t *testing.T, dir, program string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(filepath.Join(bin, "shims", program), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(bin, "tools"))
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestHelpOfEachOption: each option that --wrap-help lists has a help of its own, which begins with the very usage that the
// list has.
func TestHelpOfEachOption(t *testing.T) {
	for program, own := range programNames {
		text, errs, status := query(t, "/", program, "--wrap-help")
		if status != 0 || errs != "" {
			t.Fatalf("%s --wrap-help: status %d, %s", program, status, errs)
		}
		var options []string
		for _, m := range regexp.MustCompile(`(?m)^ +((--wrap-[a-z]+).*)$`).FindAllStringSubmatch(text, -1) {
			options = append(options, m[2])
			for _, help := range []string{"--help", "-h"} {
				out, errs, status := query(t, "/", program, m[2], help)
				first, rest, _ := strings.Cut(out, "\n")
				if status != 0 || errs != "" || first != "usage: "+program+" "+strings.TrimSpace(m[1]) || strings.TrimSpace(rest) == "" {
					t.Errorf("%s %s %s: status %d\n%s%s", program, m[2], help, status, out, errs)
				}
			}
		}
		want := append([]string{"--wrap-help", "--wrap-version", "--wrap-check", "--wrap-explain", "--wrap-package"}, own...)
		if !slices.Equal(options, want) {
			t.Errorf("%s --wrap-help lists %q, want %q", program, options, want)
		}
	}
}

// goSyntax finds what Go's formatting leaves in a message that was not written for people: lists, verbs, pointers, the
// operation in front of a path.
var goSyntax = regexp.MustCompile(`\[["\]]|%!|map\[|&\{|<nil>|0x[0-9a-f]{8}|\b(?:open|stat|lstat|chdir|fork/exec) \S+: `)

// TestWrongCommandLines: a wrong option is status 2, an error in words that names it, and a hint.
func TestWrongCommandLines(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	missing := "there is no .*directory|missing: there is no such directory"
	for _, c := range []struct {
		line, why string
		// only is the program that has the option.
		only string
	}{
		{line: "--wrap-x", why: "there is no option --wrap-x"},
		{line: "--wrap-version a", why: "takes no arguments, but got a"},
		{line: "--wrap-help a b", why: "takes no arguments, but got a b"},
		{line: "--wrap-help --help a", why: "takes no arguments, but got a"},
		{line: "--wrap-check a b", why: "takes one object tree, but got 2: a b"},
		{line: "--wrap-check --x", why: "has no option --x"},
		{line: "--wrap-check --format=xml", why: `knows no format "xml"`},
		{line: "--wrap-check --format xml", why: `knows no format "xml"`},
		{line: "--wrap-check --format", why: "--format needs a value"},
		{line: "--wrap-check --help all", why: "takes no arguments, but got all"},
		{line: "--wrap-explain", why: "needs a command line after --"},
		{line: "--wrap-explain x", why: "needs a command line after --"},
		{line: "--wrap-explain --x -- a", why: "has no option --x"},
		{line: "--wrap-explain --tree", why: "--tree needs a value"},
		{line: "--wrap-explain --tree=empty", why: "--tree needs one object, but got 0"},
		{line: "--wrap-explain --tree=empty a.o b.o", why: "--tree needs one object, but got 2"},
		{line: "--wrap-explain --tree=missing a.o", why: missing},
		{line: "--wrap-explain --tree=empty a.o", why: "a\\.o"},
		{line: "--wrap-report a b", why: "object tree, but got 2", only: "rustc-lto-wrap"},
		{line: "--wrap-report missing", why: missing, only: "rustc-lto-wrap"},
		{line: "--wrap-report empty", why: "empty: it is not an object tree", only: "rustc-lto-wrap"},
		{line: "--wrap-report --format pdf empty", why: `knows no format "pdf"`, only: "rustc-lto-wrap"},
		{line: "--wrap-report --format", why: "--format needs a value", only: "rustc-lto-wrap"},
		{line: "--wrap-report --x empty", why: "has no option --x", only: "rustc-lto-wrap"},
		{line: "--wrap-compare", why: "but got 0", only: "rustc-lto-wrap"},
		{line: "--wrap-compare a b c", why: "but got 3", only: "rustc-lto-wrap"},
		{line: "--wrap-compare missing missing", why: missing, only: "rustc-lto-wrap"},
		{line: "--wrap-compare --format=pdf a b", why: `knows no format "pdf"`, only: "rustc-lto-wrap"},
	} {
		for program := range programNames {
			args := strings.Fields(c.line)
			why, hint := c.why, args[0]+"|--wrap-help|name the "
			if c.only != "" && c.only != program {
				why, hint = "there is no option "+args[0]+"$", c.only+" has it: "+c.only+" "+args[0]+" --help$"
			}
			out, errs, status := query(t, dir, program, args...)
			says := regexp.MustCompile("(?m)^" + program + ": error: .*(?:" + why + ")").MatchString(errs)
			helps := regexp.MustCompile("(?m)^" + program + ": hint: .*(?:" + hint + ")").MatchString(errs)
			if status != 2 || !says || !helps || out != "" {
				t.Errorf("%s %s: status %d, want 2, an error with %q and a hint\n%s%s", program, c.line, status, why, out, errs)
			}
			if found := goSyntax.FindString(errs); found != "" {
				t.Errorf("%s %s: a message has %q\n%s", program, c.line, found, errs)
			}
		}
	}
}
