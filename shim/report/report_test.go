// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/summary"
	"rustc-lto-wrap/shim/version"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// streams is a host that has standard streams and nothing else.
type streams struct {
	host.Host
	out, errs bytes.Buffer
}

func (h *streams) Stdout() io.Writer    { return &h.out }
func (h *streams) Stderr() io.Writer    { return &h.errs }
func (h *streams) Getenv(string) string { return "" }

// run runs the program on a command line.
func run(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	h := new(streams)
	status = inspect.Answer(h, host.RustcWrap, args, Queries)
	return status, h.out.String(), h.errs.String()
}

// trees makes two object trees, "plain" and "ours", and changes to their directory.
func trees(t *testing.T) {
	t.Helper()
	objects := map[string][]byte{}
	for name, file := range map[string]string{
		"left": "../../tests/faults/fake/data/left.o", "inlined": "../../tests/faults/fake/data/inlined.o",
		"stack": "../formats/elfobj/testdata/stack-x86_64.o", "other": "../formats/elfobj/testdata/stack-sections-x86_64.o",
	} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects[name] = b
	}
	t.Chdir(t.TempDir())
	put := func(name string, text []byte) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	object := func(tree, name, kind string, r *record.Record) {
		path := filepath.Join(tree, name)
		put(path, objects[kind])
		dir, base := filepath.Split(path)
		put(dir+"."+base+".cmd", []byte("savedcmd_x := rustc\n\nsource_x := "+strings.TrimSuffix(name, ".o")+".rs\n\ndeps_x := \\\n"))
		if r != nil {
			r.Object = name
			text, err := r.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			put(record.Path(path), text)
		}
	}
	tools := map[string]record.Tool{"rustc": {Argv: []string{"/usr/bin/rustc"}, Version: "rustc 1.85.1", LLVM: 19}}
	object("plain", "rust/kernel.o", "left", nil)
	object("plain", "drivers/stack.o", "stack", &record.Record{
		Crate: "stack", Mode: "off", Variant: "module", NotInlined: "LTO_WRAP=off", Steps: []record.Step{{Name: "rustc", Wall: 1, CPU: 0.5, MaxRSS: 2048}},
	})
	object("plain", "drivers/gone.o", "inlined", nil)
	put("plain/vmlinux", objects["stack"])
	put("plain/.vmlinux.cmd", nil)
	object("ours", "rust/kernel.o", "inlined", &record.Record{
		Crate: "kernel", Mode: "on", Variant: "builtin", Pipeline: "late", WhyLate: "the crate is instrumented", Linkage: "available_externally", Inline: "always",
		Called: []string{"rust_helper_foo", "rust_helper_bar"}, Steps: []record.Step{
			{Name: "rustc", Wall: 2, CPU: 1.5, MaxRSS: 4096}, {Name: "llvm-link", Wall: 0.25, CPU: 0.25, MaxRSS: 1024}, {Name: "clang", Wall: 0.5, CPU: 0.5, MaxRSS: 3072},
		}, Tools: tools,
	})
	object("ours", "drivers/stack.o", "other", &record.Record{
		Crate: "stack", Mode: "on", Variant: "module", Pipeline: "early", Optimize: "speed", Linkage: "available_externally", Inline: "always",
		Called: []string{"rust_helper_foo", "rust_helper_three"},
		Steps:  []record.Step{{Name: "rustc", Wall: 1.5, CPU: 0.5, MaxRSS: 2048}}, Tools: tools,
		Contract: &record.Contract{Form: record.LLVMLimits, Symbols: []string{"rust_build_error"}, Kept: 2, Key: "0"},
	})
	object("ours", "drivers/kept.o", "left", &record.Record{
		Crate: "kept", Mode: "on", Variant: "module", Pipeline: "late", Linkage: "available_externally", Inline: "always",
		Called: []string{"rust_helper_foo", "rust_helper_bar", "rust_helper_three"},
		Left: []record.Left{
			{Name: "rust_helper_foo", References: 1, Calls: 1, Reason: "it needs vrealloc_noprof, which is not exported to modules"},
			{Name: "rust_helper_bar", References: 1, Reason: "its address is taken"},
		},
		Steps: []record.Step{{Name: "rustc", Wall: 1, CPU: 1, MaxRSS: 2048}}, Tools: tools,
	})
	object("plain", "drivers/kept.o", "left", nil)
	object("ours", "drivers/bare.o", "left", nil)
	put("ours/vmlinux", objects["other"])
	put("ours/.vmlinux.cmd", nil)
}

// assets matches the style and the script of a page, which package render tests.
var assets = regexp.MustCompile(`(?s)<(style|script)>.*?</(?:style|script)>`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	got = assets.ReplaceAllString(got, "<$1/>")
	// The path must not be relative, because the test has changed to another
	// directory.
	path := filepath.Join(testdata, name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, d)
	}
}

var testdata, _ = filepath.Abs("testdata")

func TestFormats(t *testing.T) {
	trees(t)
	// The version is that of the test binary.
	version := strings.NewReplacer(version.String(), "VERSION")
	for _, format := range formats {
		var report, comparison []string
		if format == "junit" {
			report, comparison = []string{"--fail-on=calls-left:4"}, []string{"--fail-on=calls,code:+500"}
		}
		status, out, errs := run(t, append([]string{"--wrap-report", "--format=" + format, "ours"}, report...)...)
		if status != 0 || errs != "" {
			t.Errorf("%s: status %d: %s", format, status, errs)
		}
		golden(t, "report."+format, version.Replace(out))
		status, out, errs = run(t, append([]string{"--wrap-compare", "plain", "ours", "--format=" + format}, comparison...)...)
		if status != 0 || errs != "" {
			t.Errorf("%s: status %d: %s", format, status, errs)
		}
		golden(t, "compare."+format, version.Replace(out))
	}
	_, byDefault, _ := run(t, "--wrap-report", "--", "ours")
	if _, table, _ := run(t, "--wrap-report", "--format=table", "ours"); byDefault != table {
		t.Errorf("the default is\n%s", byDefault)
	}
}

// TestLead checks that a report begins with what the objects contain, whatever their records
// say.
func TestLead(t *testing.T) {
	object := func(mode string, called, inlined, references, calls, copies int) summary.Object {
		pipeline := "early"
		if mode != "on" {
			pipeline = ""
		}
		return summary.Object{Mode: mode, Pipeline: pipeline, Called: called, Inlined: inlined, Left: called - inlined, References: &references, Calls: &calls, Copies: copies}
	}
	bare := func(references, calls int, stale bool) summary.Unrecorded {
		return summary.Unrecorded{Path: "x.o", References: &references, Calls: &calls, Stale: stale}
	}
	for _, c := range []struct {
		name       string
		objects    []summary.Object
		unrecorded []summary.Unrecorded
		want       string
	}{
		{"all is well", []summary.Object{object("on", 3, 3, 0, 0, 0), object("on", 2, 2, 0, 0, 0)}, []summary.Unrecorded{bare(0, 0, false)},
			"3 Rust objects: no call to a helper remains.|By the records, all 5 helpers that 2 objects called were inlined."},
		{"addresses", []summary.Object{object("on", 3, 2, 3, 0, 0)}, nil,
			"1 Rust object: no call to a helper remains; 3 references remain, none of them a call.|By the records, 2 of the 3 helpers that 1 object called were inlined."},
		{"calls", []summary.Object{object("on", 3, 2, 2, 1, 0)}, nil,
			"1 Rust object: 1 call to a helper remains, and 1 other reference remains.|By the records, 2 of the 3 helpers that 1 object called were inlined."},
		{"copies", []summary.Object{object("on", 3, 2, 0, 0, 2)}, nil,
			"1 Rust object: no call to a helper remains; 2 helpers are called in copies of the objects' own.|By the records, 2 of the 3 helpers that 1 object called were inlined."},
		{"off", []summary.Object{object("off", 0, 0, 61, 60, 0), object("off", 0, 0, 0, 0, 0)}, nil,
			"2 Rust objects: 60 calls to helpers remain, and 1 other reference remains.|Nothing was inlined: by the records, it was built with LTO_WRAP=off."},
		{"rebuilt", nil, []summary.Unrecorded{bare(61, 61, true)},
			"1 Rust object: 61 calls to helpers remain.|Something else than rustc-lto-wrap has rebuilt 1 object: the records from before do not match, and do not count."},
		{"no records", nil, []summary.Unrecorded{bare(61, 61, false)},
			"1 Rust object: 61 calls to helpers remain.|No object has a record: rustc-lto-wrap did not build this tree, or make clean came after it."},
	} {
		r := &summary.Report{Objects: c.objects, Unrecorded: c.unrecorded}
		for _, o := range c.objects {
			r.Total.Objects++
			if o.Pipeline != "" {
				r.Total.Rewritten++
			}
			r.Total.Called, r.Total.Inlined = r.Total.Called+o.Called, r.Total.Inlined+o.Inlined
		}
		if got := strings.Join(lead(r, r.Contents()), "|"); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
	}
}

// TestJSON checks that the output can be read into the types that document it.
func TestJSON(t *testing.T) {
	trees(t)
	strict := func(text string, into any) {
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Error(err)
		}
	}
	var r summary.Report
	_, out, _ := run(t, "--wrap-report", "--format=json", "ours")
	strict(out, &r)
	if r.Kind != "report" || r.Schema != summary.Schema || len(r.Objects) != 3 || r.Total.Inlined != 5 {
		t.Errorf("%+v", r)
	}
	var c compare.Comparison
	_, out, _ = run(t, "--wrap-compare", "--format=json", "plain", "ours")
	strict(out, &c)
	if c.Kind != "comparison" || c.Schema != compare.Schema || len(c.Objects) != 3 {
		t.Errorf("%+v", c)
	}
}

// TestProblems checks that unreadable files are reported, on the standard error as
// well, and that the rest is reported too.
func TestProblems(t *testing.T) {
	trees(t)
	if err := os.WriteFile("ours/rust/.tmp_kernel.o.lto_wrap.json", []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("ours/drivers/stack.o", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, format := range formats {
		for _, args := range [][]string{{"--wrap-report", "ours"}, {"--wrap-compare", "plain", "ours"}} {
			if format == "junit" {
				args = append(args, "--fail-on="+map[string]string{"--wrap-report": "calls-left:9", "--wrap-compare": "calls:+9"}[args[0]])
			}
			status, out, errs := run(t, append(args, "--format="+format)...)
			if status != 3 {
				t.Errorf("%s %s: status %d", args, format, status)
			}
			for _, line := range []string{
				"rustc-lto-wrap: warning: ours/rust/.tmp_kernel.o.lto_wrap.json: damaged: unexpected end of JSON input\n",
				"rustc-lto-wrap: warning: ours/drivers/stack.o: it is empty\n",
			} {
				if !strings.Contains(errs, line) {
					t.Errorf("%s %s: %q is not in %q", args, format, line, errs)
				}
			}
			for _, text := range []string{"it is empty", "unexpected end of JSON input", "kernel"} {
				if !strings.Contains(out, text) {
					t.Errorf("%s %s: %q is not in the output", args, format, text)
				}
			}
		}
	}
}

func TestUsage(t *testing.T) {
	trees(t)
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, what, hint string }{
		{"--wrap-report a b", "--wrap-report takes at most one object tree, but got 2", "--wrap-report [--format=table|markdown|json|html|junit] [--fail-on=CONDITION[:LIMIT],…] [OBJTREE]"},
		{"--wrap-compare", "--wrap-compare takes one or two object trees, but got 0", "--wrap-compare [--format=table|markdown|json|html|junit] [--fail-on=CONDITION[:LIMIT],…] A [B]"},
		{"--wrap-compare a b c", "--wrap-compare takes one or two object trees, but got 3", "A [B]"},
		{"--wrap-report --format=xml ours", `knows no format "xml"`, "table|markdown|json|html|junit"},
		{"--wrap-report --format= ours", `knows no format ""`, "table|markdown|json|html|junit"},
		{"--wrap-report --sort ours", "has no option --sort", "OBJTREE"},
		{"--wrap-report missing", "missing: there is no such directory", "CONFIG_RUST=y"},
		{"--wrap-report empty", "empty: it is not an object tree", "O="},
		{"--wrap-report ours/vmlinux", "ours/vmlinux: it is not a directory", "O="},
		{"--wrap-compare plain empty", "empty: it is not an object tree", "O="},
		{"--wrap-compare empty plain", "empty: it is not an object tree", "O="},
	} {
		status, out, errs := run(t, strings.Fields(c.args)...)
		if status != 2 || out != "" {
			t.Errorf("%s: status %d, output %q", c.args, status, out)
		}
		what, hint, _ := strings.Cut(errs, "\n")
		if !strings.HasPrefix(what, "rustc-lto-wrap: error: ") || !strings.Contains(what, c.what) ||
			!strings.HasPrefix(hint, "rustc-lto-wrap: hint: ") || !strings.Contains(hint, c.hint) {
			t.Errorf("%s: %q", c.args, errs)
		}
	}
}

// TestCurrentDirectory checks that a tree that is not named is the current directory.
func TestCurrentDirectory(t *testing.T) {
	trees(t)
	t.Chdir("ours")
	for _, c := range []struct{ short, long string }{
		{"--wrap-report --format=json", "--wrap-report --format=json ."},
		{"--wrap-compare --format=json ../plain", "--wrap-compare --format=json ../plain ."},
	} {
		status, out, _ := run(t, strings.Fields(c.short)...)
		wantStatus, want, _ := run(t, strings.Fields(c.long)...)
		if status != wantStatus || out != want || !strings.Contains(out, "kernel.o") {
			t.Errorf("%s: status %d, and not as %s:\n%s", c.short, status, c.long, out)
		}
	}
}

// failing is a host whose standard output fails.
type failing struct{ streams }

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space left") }
func (f *failing) Stdout() io.Writer      { return f }

func TestWriteFails(t *testing.T) {
	trees(t)
	for _, format := range formats {
		h := new(failing)
		status := inspect.Answer(h, host.RustcWrap, []string{"--wrap-report", "--fail-on=calls-left", "--format=" + format, "ours"}, Queries)
		if status != 3 || !strings.Contains(h.errs.String(), "cannot write the result: no space left") {
			t.Errorf("%s: status %d: %s", format, status, h.errs.String())
		}
	}
}

// TestHelp checks that each program prints its own options.
func TestHelp(t *testing.T) {
	_, out, _ := run(t, "--wrap-help")
	for _, q := range Queries {
		if line := strings.TrimPrefix(q.Line(host.RustcWrap), string(host.RustcWrap)+" "); !strings.Contains(out, "  "+line+"\n") {
			t.Errorf("no %s in\n%s", q.Option, out)
		}
	}
	h := new(streams)
	if inspect.Answer(h, host.CCWrap, []string{"--wrap-report", "ours"}, nil) != 2 || !strings.Contains(h.errs.String(), "there is no option --wrap-report") {
		t.Errorf("cc-helper-wrap: %s", h.errs.String())
	}
}

// TestOnlyRustcWrap checks that cc-helper-wrap names the program that has these options.
func TestOnlyRustcWrap(t *testing.T) {
	for _, q := range Queries {
		h := new(streams)
		if status := inspect.Answer(h, host.CCWrap, []string{q.Option}, nil); status != 2 || !strings.Contains(h.errs.String(), "rustc-lto-wrap has it") {
			t.Errorf("%s: status %d: %s", q.Option, status, h.errs.String())
		}
	}
}

// TestGate checks the exit statuses of --fail-on, and that each format says which
// condition failed.
func TestGate(t *testing.T) {
	trees(t)
	for _, c := range []struct {
		line   string
		status int
		errs   string
	}{
		{"--wrap-report --fail-on=calls-left ours", 1, "rustc-lto-wrap: gate: calls-left: 4 calls to helpers are left (limit: 0)\n"},
		{"--wrap-report --fail-on=calls-left:4 ours", 0, ""},
		{"--wrap-report --fail-on=not-inlined ours", 1, "rustc-lto-wrap: gate: not-inlined: 1 object calls helpers and has none inlined (limit: 0)\n"},
		{"--wrap-report --fail-on=calls-left:4,not-inlined:1 ours", 0, ""},
		{"--wrap-compare --fail-on=calls plain ours", 0, ""},
		{"--wrap-compare --fail-on=calls:0 plain ours/drivers", 2, "plain and ours/drivers have no Rust object in common, so that no condition can be judged"},
		{"--wrap-compare --fail-on=calls ours plain", 1, "rustc-lto-wrap: gate: calls: calls to helpers: "},
		{"--wrap-report --fail-on=calls ours", 2, `rustc-lto-wrap: error: --wrap-report --fail-on knows no condition "calls"; there are calls-left, not-inlined`},
		{"--wrap-report --fail-on=calls-left:+1 ours", 2, `knows no limit "+1" of calls-left`},
		{"--wrap-compare --fail-on= plain ours", 2, `knows no condition ""`},
		{"--wrap-report --format=junit ours", 2, "--format=junit needs conditions: --fail-on=calls-left"},
	} {
		status, _, errs := run(t, strings.Fields(c.line)...)
		if status != c.status || !strings.HasPrefix(errs, c.errs) && !strings.Contains(errs, "error: ") || !strings.Contains(errs, c.errs) || (c.errs == "") != (errs == "") {
			t.Errorf("%s: status %d: %s", c.line, status, errs)
		}
	}
	for _, format := range formats {
		status, out, _ := run(t, "--wrap-report", "--format", format, "--fail-on", "calls-left,not-inlined:1", "ours")
		if status != 1 || !strings.Contains(out, "4 calls to helpers are left") || !strings.Contains(out, "drivers/bare.o") || !strings.Contains(out, "not-inlined:1") {
			t.Errorf("%s: status %d:\n%s", format, status, out)
		}
	}
	// What cannot be read goes before a condition.
	if err := os.Truncate("ours/drivers/bare.o", 10); err != nil {
		t.Fatal(err)
	}
	status, _, errs := run(t, "--wrap-report", "--fail-on=calls-left", "ours")
	if status != 3 || !strings.Contains(errs, "gate: calls-left: 2 calls") || !strings.Contains(errs, "warning: ours/drivers/bare.o: ") {
		t.Errorf("status %d: %s", status, errs)
	}
	// A name is text, whatever it is made of.
	for _, name := range []string{"bare.o", ".bare.o.cmd"} {
		if err := os.Rename("ours/drivers/"+name, "ours/drivers/"+strings.Replace(name, "bare", "b\x1b[31m\na", 1)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, errs := run(t, "--wrap-report", "ours"); strings.Contains(errs, "\x1b") || !strings.Contains(errs, "warning: ours/drivers/b\uFFFD[31m\uFFFDa.o: ") {
		t.Errorf("%q", errs)
	}
}

func TestLastOf(t *testing.T) {
	for name, want := range map[string]string{
		"main": "", "a::f": "a::f", "kernel::alloc::tests::f": "tests::f", "<a::T as b::U>::f": "", "a::f::{closure#0}": "f::{closure#0}", "::f": "",
	} {
		if got := lastOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
