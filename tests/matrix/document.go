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

// document writes the results of all cells in the order of the table. A cell without
// a result is one that was not built yet.
func document(w io.Writer, all []Cell, results map[string]*Result) error {
	var b strings.Builder
	b.WriteString(`# The matrix

Kernels of several versions, architectures, configurations and compilers, built with the bare tools and again with the shims. ` + "`make matrix`" + ` builds
them and writes this document; ` + "`tests/matrix/table.go`" + ` is the list of cells, ` + "`tests/matrix/configs/`" + ` has the configurations.

- **references**: to helpers in the Rust objects, without and with the shims.
- **code**: of the Rust objects, in bytes.
- **new messages**: lines that the build with the shims prints and the plain one does not.
- **checks**: what must be as in the plain build (` + "`tests/equal`" + `), counted in the objects: see below.
- **KUnit**: tests that pass in both kernels, booted in QEMU or, for um, as a process. Cells without a figure have their Rust code compiled only.

| kernel | architecture | configuration | C compiler | references | code | new messages | checks | KUnit |
|---|---|---|---|---|---|---|---|---|
`)
	built := 0
	for _, c := range all {
		r := results[c.ID()]
		head := fmt.Sprintf("| %s | %s | %s | %s |", c.Kernel, c.Arch, c.Config, c.compiler())
		switch {
		case c.Reason != "":
			fmt.Fprintf(&b, "%s not built: %s ||||\n", head, escape(c.Reason))
		case r == nil:
			fmt.Fprintf(&b, "%s not built yet ||||\n", head)
		case r.Fault != "":
			fmt.Fprintf(&b, "%s failed: %s ||||\n", head, escape(r.Fault))
		default:
			built++
			tests := ""
			if c.Stage == Boot {
				tests = fmt.Sprintf("%s, %d differ", render.Digits(int64(r.Tests)), len(r.Different))
			}
			fmt.Fprintf(&b, "%s %s → %s | %s → %s | %d | %s | %s |\n", head, render.Digits(int64(r.Before)), render.Digits(int64(r.After)),
				render.Digits(int64(r.CodeBefore)), render.Digits(int64(r.CodeAfter)), len(r.Messages), equal.Summary(r.Checks), tests)
		}
	}
	fmt.Fprintf(&b, "\n%d of %d cells have a result.\n", built, len(all))
	b.WriteString("\n## Configurations\n\n| name | what is in it |\n|---|---|\n")
	for _, c := range configs {
		fmt.Fprintf(&b, "| %s | %s |\n", c.Name, escape(c.Title))
	}
	for _, c := range all {
		if r := results[c.ID()]; r != nil && r.Fault == "" && c.Reason == "" {
			cell(&b, r)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// compiler returns the C compiler, and where it is from if not from the default release.
func (c Cell) compiler() string {
	if c.Release != "" {
		return c.C + " of " + c.Release
	}
	return c.C
}

// cell writes the section of one cell.
func cell(b *strings.Builder, r *Result) {
	fmt.Fprintf(b, "\n## %s, %s, %s, %s\n\nLinux %s; %s; %s. %d Rust objects.\n", r.Cell.Kernel, r.Cell.Arch, r.Cell.Config, r.Cell.compiler(), r.Release, strings.Join(r.Tools, ", "), r.Shims, r.Objects)
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		fmt.Fprintf(b, "\n%s\n\n", title)
		for _, l := range lines {
			fmt.Fprintf(b, "- %s\n", escape(l))
		}
	}
	list("References to helpers that are left:", r.Left)
	list("References to helpers that are left without a reason in the record:", r.Unexplained)
	list("New messages:", r.Messages)
	list("Tests that differ:", r.Different)
	list("What is not as in the plain build:", equal.Wrong(r.Checks))
	b.WriteString("\n| counted | plain | with the shims | must be |\n|---|---|---|---|\n")
	for _, c := range r.Checks {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", c.Name, render.Digits(int64(c.Plain)), render.Digits(int64(c.Shimmed)), c.Rule)
	}
}

// escape makes a text fit for a cell of a table and a line of a list.
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
