// Package report answers rustc-lto-wrap's --wrap-report and --wrap-compare:
// command lines in, documents out. What they say is computed by the packages
// objtree, summary and compare, and printed by the package render.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/term"

	"rustc-lto-wrap/shim"
	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/shim/report/summary"
)

// Queries are the options, for [shim.Main].
var Queries = []shim.Query{
	{
		Option: "--wrap-report", Usage: "[--format=" + strings.Join(formats, "|") + "] OBJTREE",
		What: "what a build did, by its records: inlined, left and why, time", Run: runReport,
	},
	{
		Option: "--wrap-compare", Usage: "[--format=" + strings.Join(formats, "|") + "] A B",
		What: "what differs between two object trees: calls, sizes, functions", Run: runCompare,
	},
}

// formats are those of the output. The first is the default.
var formats = []string{"table", "markdown", "json", "html"}

// Most is how many rows the long tables have in the formats that are read from
// top to bottom. JSON and HTML have all.
const Most = 20

func runReport(h shim.Host, args []string) (int, error) {
	format, trees, err := parse("--wrap-report", args, "OBJTREE")
	if err != nil {
		return 0, err
	}
	t, err := read(trees[0])
	if err != nil {
		return 0, err
	}
	r := summary.Summarize(t, shim.Version())
	var lines []string
	for _, p := range t.Problems {
		lines = append(lines, filepath.Join(t.Root, p.Path)+": "+p.What)
	}
	return write(h, format, r, func(limit int) *render.Doc { return reportDoc(r, limit) }, lines)
}

func runCompare(h shim.Host, args []string) (int, error) {
	format, trees, err := parse("--wrap-compare", args, "A", "B")
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
	c := compare.Compare(a, b, shim.Version())
	var lines []string
	for _, p := range c.Problems {
		root := map[string]string{"a": a.Root, "b": b.Root}[p.Tree]
		lines = append(lines, filepath.Join(root, p.Path)+": "+p.What)
	}
	return write(h, format, c, func(limit int) *render.Doc { return CompareDoc(c, limit) }, lines)
}

// parse reads what follows the option: --format, and a tree for each of names.
func parse(option string, args []string, names ...string) (format string, trees []string, err error) {
	usage := func(what string, values ...any) error {
		return &shim.Failure{
			What:   option + " " + fmt.Sprintf(what, values...),
			Hint:   fmt.Sprintf("%s %s [--format=%s] %s", shim.RustcWrap, option, strings.Join(formats, "|"), strings.Join(names, " ")),
			Status: 2,
		}
	}
	format = formats[0]
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		value, isFormat := strings.CutPrefix(arg, "--format=")
		switch {
		case arg == "--":
			trees, args = append(trees, args...), nil
		case isFormat && !slices.Contains(formats, value):
			return "", nil, usage("knows no format %q", value)
		case isFormat:
			format = value
		case strings.HasPrefix(arg, "-"):
			return "", nil, usage("has no option %s", arg)
		default:
			trees = append(trees, arg)
		}
	}
	if len(trees) != len(names) {
		return "", nil, usage("needs %s, and was given %d", render.Count(len(names), "object tree"), len(trees))
	}
	return format, trees, nil
}

func read(root string) (*objtree.Tree, error) {
	t, err := objtree.Read(root)
	if err != nil {
		return nil, &shim.Failure{
			What: root + ": " + err.Error(),
			Hint: "name the folder that a kernel with Rust (CONFIG_RUST=y) was built in: that of O=, the source tree without it, " +
				"or an external module's",
			Status: 2,
		}
	}
	return t, nil
}

// write writes the result, and returns the exit status. lines are what could not
// be read.
func write(h shim.Host, format string, result any, doc func(limit int) *render.Doc, lines []string) (int, error) {
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
		return 0, &shim.Failure{What: "cannot write the result: " + err.Error(), Status: 1}
	}
	if len(lines) == 0 {
		return 0, nil
	}
	// A table on the terminal has them in sight.
	if format != "table" || !terminal {
		for _, l := range lines {
			fmt.Fprintf(h.Stderr(), "%s: warning: %s\n", shim.RustcWrap, l)
		}
	}
	return 1, nil
}

// terminalOf says how to print on the standard output, and whether it is a
// terminal.
func terminalOf(h shim.Host) (t render.Terminal, is bool) {
	f, ok := io.Writer(h.Stdout()).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return t, false
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		t.Width = width
	}
	// https://no-color.org
	t.Colour = h.Getenv("NO_COLOR") == "" && h.Getenv("TERM") != "dumb" && h.Getenv("TERM") != ""
	return t, true
}
