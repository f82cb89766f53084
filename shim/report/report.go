// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package report answers the options --wrap-report and --wrap-compare of
// rustc-lto-wrap.
//
// What goes in are object trees; what comes out is a document in one of four
// formats. The packages objtree, summary and compare below it compute the contents
// of the document, and package render prints it. It may import the packages
// inspect, host and version and the packages below it. It is linked into
// rustc-lto-wrap only.
package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/shim/report/summary"
	"rustc-lto-wrap/shim/version"
)

// Queries are the two options, for [shim.Main].
var Queries = []inspect.Query{
	{
		Option: "--wrap-report", Usage: "[--format=" + strings.Join(formats, "|") + "] [OBJTREE]",
		What: "what a build did, by its records: inlined, left and why, time",
		Details: "OBJTREE is the folder of O=, the source tree without O=, or an external module's folder. Without\n" +
			"OBJTREE it takes the present folder." + detailsOfBoth,
		Run: runReport,
	},
	{
		Option: "--wrap-compare", Usage: "[--format=" + strings.Join(formats, "|") + "] A [B]",
		What: "what differs between two object trees: calls, sizes, functions",
		Details: "A and B are object trees, built with or without these programs. Without B it compares A with\n" +
			"the present folder: A is before, the present folder after." + detailsOfBoth,
		Run: runCompare,
	},
}

const detailsOfBoth = `

The formats are table (the default), markdown for a mail, html for one page that
needs no network, and json. The exit status is 0, 1 if something could not be
read (each such file is named, and the rest is reported), and 2 where the command
line or a tree cannot be used.
`

// formats are the formats of the output. The first is the default.
var formats = []string{"table", "markdown", "json", "html"}

// Most is the largest number of rows of the long tables in table and markdown. JSON
// and HTML have all rows.
const Most = 20

func runReport(in inspect.Input) (int, error) {
	format, trees, err := parse(in, 1)
	if err != nil {
		return 0, err
	}
	t, err := read(trees[0])
	if err != nil {
		return 0, err
	}
	r := summary.Summarize(t, version.String())
	var lines []string
	for _, p := range t.Problems {
		lines = append(lines, filepath.Join(t.Root, p.Path)+": "+p.What)
	}
	return write(in.Host, format, r, func(limit int) *render.Doc { return reportDoc(r, limit) }, lines)
}

func runCompare(in inspect.Input) (int, error) {
	format, trees, err := parse(in, 2)
	if err != nil {
		return 0, err
	}
	a, err := read(trees[0])
	if err != nil {
		return 0, err
	}
	b, err := read(trees[1])
	if err != nil {
		return 0, err
	}
	c := compare.Compare(a, b, version.String())
	var lines []string
	for _, p := range c.Problems {
		root := map[string]string{"a": a.Root, "b": b.Root}[p.Tree]
		lines = append(lines, filepath.Join(root, p.Path)+": "+p.What)
	}
	return write(in.Host, format, c, func(limit int) *render.Doc { return CompareDoc(c, limit) }, lines)
}

// parse reads the arguments after the option: --format and n trees, of which the last
// may be left out: it is the present folder then, as it is for make.
func parse(in inspect.Input, n int) (format string, trees []string, err error) {
	options, trees, err := in.Parse(map[string][]string{"format": formats})
	if err != nil {
		return "", nil, err
	}
	if len(trees) == n-1 {
		trees = append(trees, ".")
	}
	if len(trees) != n {
		return "", nil, in.Failure("needs %s, but got %d", render.Count(n, "object tree"), len(trees))
	}
	return cmp.Or(options["format"], formats[0]), trees, nil
}

func read(root string) (*objtree.Tree, error) {
	t, err := objtree.Read(root)
	if err != nil {
		return nil, &host.Failure{
			What: root + ": " + err.Error(),
			Hint: "name the folder that a kernel with Rust (CONFIG_RUST=y) was built in: that of O=, the source tree without it, " +
				"or an external module's",
			Status: 2,
		}
	}
	return t, nil
}

// write writes the result and returns the exit status. lines are the files that
// could not be read.
func write(h host.Host, format string, result any, doc func(limit int) *render.Doc, lines []string) (int, error) {
	var err error
	out := h.Stdout()
	t, terminal := terminalOf(h)
	switch format {
	case "json":
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		err = e.Encode(result)
	case "html":
		err = render.HTML(out, doc(0))
	case "markdown":
		err = render.Markdown(out, doc(Most))
	default:
		err = t.Table(out, doc(Most))
	}
	if err != nil {
		return 0, &host.Failure{What: "cannot write the result: " + err.Error(), Status: 1}
	}
	if len(lines) == 0 {
		return 0, nil
	}
	// A table on a terminal shows them already.
	if format != "table" || !terminal {
		for _, l := range lines {
			fmt.Fprintf(h.Stderr(), "%s: warning: %s\n", host.RustcWrap, l)
		}
	}
	return 1, nil
}

// terminalOf returns how to print on the standard output, and whether that is a
// terminal.
func terminalOf(h host.Host) (t render.Terminal, is bool) {
	f, ok := io.Writer(h.Stdout()).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return t, false
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		t.Width = width
	}
	// See https://no-color.org.
	t.Colour = h.Getenv("NO_COLOR") == "" && h.Getenv("TERM") != "dumb" && h.Getenv("TERM") != ""
	return t, true
}
