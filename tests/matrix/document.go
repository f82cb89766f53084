// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/equal"
)

// document writes one line for each cell, in the order of the table; the files in results have the rest. A cell without a
// result is one that was not built yet.
func document(w io.Writer, all []Cell, results map[string]*Result) error {
	var b strings.Builder
	b.WriteString(`# The matrix

Kernels of several versions, architectures, configurations and compilers, built twice: with the unwrapped tools (the
plain build) and with the shims. ` + "`make matrix`" + ` builds them and writes this page. Each cell has a file in
` + "`tests/matrix/results`" + ` with its tools, each reference that is left and why, and both counts of each check.
` + "`tests/matrix/table.go`" + ` lists the cells, and ` + "`tests/matrix/configs`" + ` has the configurations.

- **C compiler**: the lab's, from Debian 13, unless the column names another release; rustc comes from the same release.
- **references**: references to helpers in the Rust objects, without and with the shims. What is left is explained in
  [What remains a call](how-it-works.md#what-remains-a-call).
- **code**: the code of the Rust objects in bytes, without and with the shims, and the second relative to the first.
- **larger because**: where there is more code than in the plain build, the objects that grew, each relative to that of
  the plain build, and all others together; or the reason why crates use the pipeline ` + "`late`" + `.
  [What makes code larger](benchmarks.md#what-makes-code-larger) explains both.
- **new messages**: lines that the build with the shims prints and the plain build does not.
- **checks**: what must match the plain build, counted in the objects: instrumentation, mitigations, control-flow
  integrity, sections and so on. ` + "`tests/equal`" + ` has the rules; which of them apply depends on the configuration.
- **KUnit**: tests that pass in both kernels, booted in QEMU or, for um, as a process; and how many tests differ. In
  cells without a figure, only the Rust code was compiled.

| kernel | architecture | configuration | C compiler | references | code | larger because | new messages | checks | KUnit |
|---|---|---|---|---|---|---|---|---|---|
`)
	built := 0
	for _, c := range all {
		r := results[c.ID()]
		head := fmt.Sprintf("| %s | %s | %s | %s |", c.Kernel, c.Arch, c.Config, c.compiler())
		switch {
		case c.Reason != "":
			fmt.Fprintf(&b, "%s not built: %s |||||\n", head, escape(c.Reason))
		case r == nil:
			fmt.Fprintf(&b, "%s not built yet |||||\n", head)
		case r.Fault != "":
			fmt.Fprintf(&b, "%s failed: %s |||||\n", head, escape(r.Fault))
		default:
			built++
			tests := ""
			if c.Stage == Boot {
				tests = fmt.Sprintf("%s, %d differ", render.Digits(int64(r.Tests)), len(r.Different))
			}
			fmt.Fprintf(&b, "%s %s → %s | %s → %s, %s | %s | %d | %s | %s |\n", head, render.Digits(int64(r.Before)), render.Digits(int64(r.After)),
				render.Digits(int64(r.CodeBefore)), render.Digits(int64(r.CodeAfter)), relative(r.CodeBefore, r.CodeAfter), r.larger(),
				len(r.Messages), equal.Summary(r.Checks), tests)
		}
	}
	fmt.Fprintf(&b, "\n%d of %d cells have a result.\n", built, len(all))
	b.WriteString("\n## Configurations\n\n| name | what is in it |\n|---|---|\n")
	for _, c := range configs {
		fmt.Fprintf(&b, "| %s | %s |\n", c.Name, escape(c.Title))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// relative returns a size relative to that of the plain build.
func relative(before, after uint64) string {
	return fmt.Sprintf("%.3f", float64(after)/float64(before))
}

// larger says why a cell has more code than its plain build, "" if it does not, or if the result is of a time before these were
// counted.
func (r *Result) larger() string {
	if r.CodeAfter <= r.CodeBefore || len(r.Grown) == 0 {
		return ""
	}
	if len(r.Late) > 0 {
		return "`late`: " + escape(strings.Join(r.Late, "; "))
	}
	var parts []string
	before, after := r.CodeBefore, r.CodeAfter
	for _, g := range r.Grown { // the one that grew most first, until the others together did not grow
		if after <= before {
			break
		}
		parts = append(parts, fmt.Sprintf("`%s` %s", g.Object, relative(g.Before, g.After)))
		before, after = before-g.Before, after-g.After
	}
	if before > 0 {
		parts = append(parts, "the others "+relative(before, after))
	}
	return strings.Join(parts, ", ")
}

// compiler returns the C compiler, and where it is from if not from the default release.
func (c Cell) compiler() string {
	if c.Release != "" {
		return c.C + " of " + c.Release
	}
	return c.C
}

// escape makes a text fit for a cell of a table.
func escape(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("|", "\\|", "<", "&lt;", "_", "\\_", "*", "\\*").Replace(s)), " ")
}

// selected returns the cells whose names have all of the parts, or all cells.
func selected(all []Cell, parts []string) []Cell {
	if len(parts) == 0 {
		return all
	}
	var out []Cell
	for _, c := range all {
		if slices.ContainsFunc(parts, func(p string) bool { return c.matches(p) }) {
			out = append(out, c)
		}
	}
	return out
}

// matches reports whether a cell has the name part, or all words of it, which are
// separated by "/": "7.3/x86_64/kasan".
func (c Cell) matches(part string) bool {
	if part == c.ID() {
		return true
	}
	for w := range strings.SplitSeq(part, "/") {
		if !slices.Contains([]string{c.Kernel, c.Arch, c.Config, c.C, string(c.Stage), c.Release}, w) {
			return false
		}
	}
	return true
}
