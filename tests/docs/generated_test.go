// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/report"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
	"rustc-lto-wrap/tests/internal/pages"
)

//go:generate go test . -run TestGenerated -update

var update = flag.Bool("update", false, "write the parts of the documents that are generated")

// generated are the parts of documents that repeat code. Each is between the lines "<!-- generated: NAME -->" and "<!-- end -->".
var generated = []struct {
	page, name string
	text       func(t *testing.T, p *pages.Page) string
}{
	{"docs/settings.md", "settings", settingsTable},
	{"docs/reports.md", "usage of both", usageOf(len(host.Programs))},
	{"docs/reports.md", "usage of rustc-lto-wrap", usageOf(1)},
	{"docs/reports.md", "exit statuses", statusTable},
	{"docs/reports.md", "record", fieldsTable("shim/formats/record", "Record")},
	{"docs/reports.md", "report", fieldsTable("shim/report/summary", "Report")},
	{"docs/reports.md", "comparison", fieldsTable("shim/report/compare", "Comparison")},
	{"docs/how-it-works.md", "what may come along", kindsTable},
	{"docs/flags.md", "flags of gcc", rulesTable},
}

// TestGenerated checks that the generated parts of the documents are what the code says. `go generate ./tests/docs` writes them.
func TestGenerated(t *testing.T) {
	for _, g := range generated {
		p := readPage(t, g.page)
		block := regexp.MustCompile(`(?s)(<!-- generated: ` + g.name + ` -->\n\n).*?(\n<!-- end -->)`)
		if !block.MatchString(p.Text) {
			t.Errorf("%s has no place for %q", g.page, g.name)
			continue
		}
		want := block.ReplaceAllString(p.Text, "${1}"+strings.ReplaceAll(g.text(t, p), "$", "$$")+"${2}")
		if *update {
			if err := os.WriteFile(filepath.Join(root, g.page), []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if d := gocmp.Diff(want, p.Text); d != "" {
			t.Errorf("%s, %s (-code +page); go generate ./tests/docs writes it:\n%s", g.page, g.name, d)
		}
	}
}

// code puts words into backquotes each.
func code(words ...string) string { return "`" + strings.Join(words, "`, `") + "`" }

// settingsTable is the table of all settings, in the order of --wrap-help. A setting links to the heading that has its name.
func settingsTable(t *testing.T, p *pages.Page) string {
	t.Helper()
	defaults, err := settings.Read(hosttest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	text := "| variable | values | default |\n|---|---|---|\n"
	for _, v := range settings.Variables {
		values := cmp.Or(map[string]string{"WORDS": "shell words", "PATH": "path"}[v.Values], code(strings.Split(v.Values, "|")...))
		standard := "not set"
		if d := defaults.Unset(v); d != "" {
			standard = code(d)
		}
		heading := slices.IndexFunc(p.Headings, func(h string) bool { return slices.Contains(strings.Fields(h), v.Name) })
		if heading < 0 {
			t.Fatalf("%s has no heading for %s", p.Path, v.Name)
		}
		text += fmt.Sprintf("| [%s](#%s) | %s | %s |\n", code(v.Name), pages.Anchor(p.Headings[heading]), values, standard)
	}
	return text
}

// usageOf returns the usage lines of the options that this number of programs answers.
func usageOf(programs int) func(*testing.T, *pages.Page) string {
	return func(t *testing.T, _ *pages.Page) (text string) {
		t.Helper()
		var lines []string
		answer := map[string]int{} // by option
		for _, program := range host.Programs {
			for _, line := range usageLines(t, program) {
				lines = append(lines, line)
				answer[strings.Fields(line)[1]]++
			}
		}
		for _, line := range lines {
			if answer[strings.Fields(line)[1]] == programs {
				text += "    " + line + "\n"
			}
		}
		return text
	}
}

// statusTable is the table of the exit statuses of all options that the programs answer.
func statusTable(*testing.T, *pages.Page) string {
	var all []inspect.Status
	options := map[inspect.Status][]string{}
	for _, q := range append(inspect.Common(), report.Queries...) {
		for _, s := range q.ExitStatuses() {
			if options[s] == nil {
				all = append(all, s)
			}
			options[s] = append(options[s], q.Option)
		}
	}
	slices.SortStableFunc(all, func(a, b inspect.Status) int { return strings.Compare(a.Code, b.Code) })
	text := "| exit status | meaning | options |\n|---|---|---|\n"
	for _, s := range all {
		text += fmt.Sprintf("| %s | %s | %s |\n", s.Code, s.Meaning, code(options[s]...))
	}
	return text
}

// kindsTable is the list of what may come along with a helper.
func kindsTable(*testing.T, *pages.Page) string {
	text := "| what may come along | why a second copy means the same |\n|---|---|\n"
	for _, k := range llvmir.Kinds {
		text += fmt.Sprintf("| %s | %s |\n", k.Thing, k.Why)
	}
	return text
}

// rulesTable is the list of gcc's flags that clang refuses.
func rulesTable(*testing.T, *pages.Page) string {
	text := "| flag of gcc | clang | why |\n|---|---|---|\n"
	for _, r := range toolchain.Rules {
		to := "left out"
		if r.To != "" {
			to = "`" + strings.ReplaceAll(r.To, " -mllvm", "` `-mllvm") + "`"
		}
		text += fmt.Sprintf("| `%s` | %s | %s |\n", strings.Join(strings.Fields(r.Flags), "` `"), to, r.Why)
	}
	return text
}
