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
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/gate"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/shim/report/summary"
	"rustc-lto-wrap/shim/version"
)

// Queries are the two options, for [shim.Main].
var Queries = []inspect.Query{
	{
		Option: inspect.ReportOption, Operands: "[OBJTREE]",
		Options: []inspect.Option{format, {
			Name: "fail-on", Word: "CONDITION[:LIMIT],…", Values: gate.ReportNames, List: true,
			Meaning: "end with exit status 1 if one of these conditions is met: " + strings.Join(gate.ReportNames, ", "),
		}},
		What: "summarise a build: what was inlined, what was not and why, timing",
		Details: `
OBJTREE is the directory of O=, the source tree without O=, or an external module's
directory. Without OBJTREE it takes the current directory.

The conditions of --fail-on are these. LIMIT is the largest number allowed, 0 by default.

    calls-left    calls to helpers in the Rust objects; a helper that an object
                  calls in a copy of its own counts as one
    not-inlined   Rust objects that call helpers and have none of them inlined

    rustc-lto-wrap --wrap-report --fail-on=calls-left:47,not-inlined OBJTREE
`,
		Statuses: statuses, Run: runReport,
	},
	{
		Option: inspect.CompareOption, Operands: "A [B]",
		Options: []inspect.Option{format, {
			Name: "fail-on", Word: "CONDITION[:LIMIT],…", Values: gate.CompareNames, List: true,
			Meaning: "end with exit status 1 if B has more than LIMIT of one of these: " + strings.Join(gate.CompareNames, ", "),
		}},
		What: "compare two object trees: calls, sizes, functions",
		Details: `
A and B are object trees, built with or without these programs. Without B it compares
A with the current directory: A is before, the current directory after.

The conditions of --fail-on are about the totals of the Rust objects that both trees
have. LIMIT is how much more B may have than A: +10, or +1% of A; B must have less
with -10 or -1%. A number without a sign is how much B may have, whatever A has.
Without LIMIT, B may have as much as A.

    rustc-lto-wrap --wrap-compare --fail-on=calls,code:+1% A B
`,
		Statuses: statuses, Run: runCompare,
	},
}

// format is the option for the format of the output.
var format = inspect.Option{
	Name: "format", Values: formats,
	Meaning: "a table, Markdown, for e-mail, JSON, one HTML page that needs no network, or JUnit's XML with the conditions of --fail-on",
}

// statuses are the exit statuses of both.
var statuses = []inspect.Status{
	{Code: strconv.Itoa(statusGate), Meaning: "a condition of --fail-on is met"},
	{Code: "2", Meaning: "the command line or a tree cannot be used"},
	{Code: strconv.Itoa(statusUnread), Meaning: "something could not be read or written: the report names each such file, and covers the rest"},
}

// formats are the formats of the output. The first is the default.
var formats = []string{"table", "markdown", "json", "html", "junit"}

// These are the exit statuses other than 0, and 2 for a command line or a tree that
// cannot be used.
const (
	statusGate   = 1
	statusUnread = 3
)

// Most is the largest number of rows of the long tables in table and markdown. JSON
// and HTML have all rows.
const Most = 20

func runReport(in inspect.Input) (int, error) {
	a, err := parse(in, 1, gate.ReportNames, false)
	if err != nil {
		return 0, err
	}
	t, err := read(a.trees[0])
	if err != nil {
		return 0, err
	}
	r := summary.Summarize(t, version.String())
	o := output{
		format: a.format, suite: "rustc-lto-wrap --wrap-report " + r.Tree, gate: gate.Report(r, a.conditions),
		doc: func(limit int) *render.Doc { return reportDoc(r, limit) },
	}
	o.result = struct {
		*summary.Report
		Gate []gate.Result `json:"gate,omitempty"`
	}{r, o.gate}
	for _, p := range t.Problems {
		o.unread = append(o.unread, filepath.Join(t.Root, p.Path)+": "+p.What)
	}
	return o.write(in.Host)
}

func runCompare(in inspect.Input) (int, error) {
	args, err := parse(in, 2, gate.CompareNames, true)
	if err != nil {
		return 0, err
	}
	a, err := read(args.trees[0])
	if err != nil {
		return 0, err
	}
	b, err := read(args.trees[1])
	if err != nil {
		return 0, err
	}
	c := compare.Compare(a, b, version.String())
	if len(c.Objects) == 0 && len(args.conditions) > 0 {
		// All totals are 0, which would pass.
		return 0, &host.Failure{
			What: fmt.Sprintf("%s and %s have no Rust object in common, so that no condition can be judged", a.Root, b.Root),
			Hint: "name the same directory of both builds", Status: 2,
		}
	}
	o := output{
		format: args.format, suite: fmt.Sprintf("rustc-lto-wrap --wrap-compare %s %s", c.A, c.B), gate: gate.Compare(c, args.conditions),
		doc: func(limit int) *render.Doc { return CompareDoc(c, limit) },
	}
	o.result = struct {
		*compare.Comparison
		Gate []gate.Result `json:"gate,omitempty"`
	}{c, o.gate}
	for _, p := range c.Problems {
		root := map[string]string{"a": a.Root, "b": b.Root}[p.Tree]
		o.unread = append(o.unread, filepath.Join(root, p.Path)+": "+p.What)
	}
	return o.write(in.Host)
}

// arguments are what follows the option.
type arguments struct {
	format     string
	conditions []gate.Condition
	trees      []string
}

// parse reads the arguments after the option: its options and n trees, of which the
// last may be left out: it is the current directory then, as it is for make. names are
// the conditions that --fail-on knows.
func parse(in inspect.Input, n int, names []string, relative bool) (a arguments, err error) {
	options, trees, err := in.Parse()
	if err != nil {
		return a, err
	}
	if len(trees) == n-1 {
		trees = append(trees, ".")
	}
	if len(trees) != n {
		takes := "at most one object tree"
		if n == 2 {
			takes = "one or two object trees"
		}
		return a, in.Failure("takes %s, but got %d", takes, len(trees))
	}
	a.format, a.trees = cmp.Or(options["format"], formats[0]), trees
	if text, ok := options["fail-on"]; ok {
		if a.conditions, err = gate.Parse(text, names, relative); err != nil {
			return a, in.Failure("--fail-on %v", err)
		}
	}
	if a.format == "junit" && a.conditions == nil {
		return a, in.Failure("--format=junit needs conditions: --fail-on=%s", names[0])
	}
	return a, nil
}

func read(root string) (*objtree.Tree, error) {
	t, err := objtree.Read(root)
	if err != nil {
		return nil, &host.Failure{
			What: root + ": " + err.Error(),
			Hint: "name the directory that a kernel with Rust (CONFIG_RUST=y) was built in: that of O=, the source tree without it, " +
				"or an external module's",
			Status: 2,
		}
	}
	return t, nil
}

// output is what a query prints.
type output struct {
	format string
	// suite is the name of the JUnit test suite.
	suite string
	// result is for JSON, doc is for the formats for people.
	result any
	doc    func(limit int) *render.Doc
	gate   []gate.Result
	// unread are the files that could not be read, and why.
	unread []string
}

// write writes the output and returns the exit status. What could not be read goes
// before the gate, which did not see all.
func (o *output) write(h host.Host) (int, error) {
	var err error
	out := h.Stdout()
	t, terminal := terminalOf(h)
	switch o.format {
	case "json":
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		err = e.Encode(o.result)
	case "junit":
		err = gate.JUnit(out, o.suite, o.gate, o.unread)
	case "html":
		err = render.HTML(out, o.document(0))
	case "markdown":
		err = render.Markdown(out, o.document(Most))
	default:
		err = t.Table(out, o.document(Most))
	}
	if err != nil {
		return 0, &host.Failure{What: "cannot write the result: " + err.Error(), Status: statusUnread}
	}
	status := 0
	// A table on a terminal shows them already.
	say := func(kind, text string) {
		if o.format != "table" || !terminal {
			fmt.Fprintf(h.Stderr(), "%s: %s: %s\n", host.RustcWrap, kind, render.Printable(text))
		}
	}
	for _, r := range o.gate {
		if r.Failed {
			status = statusGate
			say("gate", r.Condition+": "+r.What)
		}
	}
	for _, l := range o.unread {
		status = statusUnread
		say("warning", l)
	}
	return status, nil
}

// document is the document of the result, with what became of the conditions.
func (o *output) document(limit int) *render.Doc {
	d := o.doc(limit)
	if len(o.gate) > 0 {
		d.Sections = slices.Insert(d.Sections, 0, gateSection(o.gate, limit)...)
	}
	return d
}

// gateSection returns the sections about the conditions of --fail-on.
func gateSection(results []gate.Result, limit int) []render.Section {
	s := render.Section{Title: "Conditions", Table: &render.Table{
		Columns: []render.Column{{Title: "condition"}, {Title: "outcome"}, {Title: "figure"}},
	}}
	objects := &render.Table{Columns: []render.Column{{Title: "object", Kind: render.Name}, {Title: "condition"}, {Title: "why"}}}
	for _, r := range results {
		outcome := render.Cell{Text: "passed", Tone: render.Good}
		if r.Failed {
			s.Problem = true
			outcome = render.Cell{Text: "failed", Tone: render.Bad}
		}
		s.Table.Rows = append(s.Table.Rows, []render.Cell{render.Text(r.Condition), outcome, render.Text(r.What)})
		for _, o := range r.Objects {
			objects.Rows = append(objects.Rows, []render.Cell{render.Text(o.Path), render.Text(r.Condition), render.Text(o.What)})
		}
	}
	if len(objects.Rows) == 0 {
		return []render.Section{s}
	}
	var rest []string
	objects.Rows, rest = firstElements(objects.Rows, limit)
	return []render.Section{s, {Title: "Objects that fail a condition", Text: rest, Table: objects, Problem: true}}
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
