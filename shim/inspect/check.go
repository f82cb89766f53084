// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
	"rustc-lto-wrap/shim/version"
)

// checkSchema changes when the JSON form of a check does.
const checkSchema = 1

// checkFormats are the formats of --wrap-check. The first is the default.
var checkFormats = []string{"table", "json"}

const checkDetails = `
It prints the verdict, each problem with what to do about it, the settings that are
set, what matters in the configuration of OBJTREE, and the tools with the place where
each was found. OBJTREE is the directory of O=, or the source tree without it. Without
OBJTREE it takes the current directory. With --all it lists every setting.

It does not run under make, so give it LLVM=, CC= and the settings in the environment,
as make will get them:

    LLVM=1 rustc-lto-wrap --wrap-check .
    CC=cc-helper-wrap LTO_WRAP_CC=gcc rustc-lto-wrap --wrap-check .
`

// Check is what --wrap-check found, as data: lines in groups, and whether a build
// would work.
type Check struct {
	Schema  int          `json:"schema"`
	Program host.Program `json:"program"`
	Version string       `json:"version"`
	Groups  []CheckGroup `json:"groups"`
	// Problems counts the lines that would stop a build.
	Problems int `json:"problems"`
	// Aside is the reason why a build would work, but with nothing inlined by the
	// two programs. It is "" where there is none.
	Aside string `json:"aside"`
	// Verdict is the first line for people.
	Verdict string `json:"verdict"`
}

// CheckGroup is a heading with lines below it.
type CheckGroup struct {
	Name  string      `json:"name"`
	Lines []CheckLine `json:"lines"`
}

// CheckLine is one finding.
type CheckLine struct {
	State   CheckState `json:"state"`
	Subject string     `json:"subject"`
	Text    string     `json:"text"`
	// Hint says what to do about a problem.
	Hint string `json:"hint,omitempty"`
	// Default is set for a setting that is not set.
	Default bool `json:"default,omitempty"`
}

// CheckState says what a line means for a build.
type CheckState string

// The states.
const (
	CheckOK      CheckState = "ok"
	CheckNote    CheckState = "note"    // worth knowing
	CheckProblem CheckState = "problem" // a build would not work
)

// add adds a line to the last group.
func (c *Check) add(state CheckState, subject, text, hint string) {
	if state == CheckProblem {
		c.Problems++
	}
	g := &c.Groups[len(c.Groups)-1]
	g.Lines = append(g.Lines, CheckLine{State: state, Subject: subject, Text: text, Hint: hint})
}

func (c *Check) group(name string) { c.Groups = append(c.Groups, CheckGroup{Name: name}) }

// problem adds a line for an error, with its hint.
func (c *Check) problem(subject string, err error) {
	hint := ""
	if f, ok := err.(*host.Failure); ok {
		hint = f.Hint
	}
	c.add(CheckProblem, subject, err.Error(), hint)
}

// runCheck answers --wrap-check: the status is 0 if a build would work.
func runCheck(in Input) (int, error) {
	options, trees, err := in.Parse()
	if err != nil {
		return 0, err
	}
	if len(trees) > 1 {
		return 0, in.Failure("takes one object tree, but got %d: %s", len(trees), strings.Join(trees, " "))
	}
	tree := ""
	if len(trees) == 1 {
		tree = trees[0]
	}
	c := check(in.Host, in.Program, tree)
	if options["format"] == "json" {
		e := json.NewEncoder(in.Host.Stdout())
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		err = e.Encode(c)
	} else {
		_, err = fmt.Fprint(in.Host.Stdout(), c.text(options["all"] != ""))
	}
	if err := outputError(0, err); err != nil {
		return 0, err
	}
	if c.Problems > 0 {
		return 1, nil
	}
	return 0, nil
}

// check looks at settings, tools and the object tree. tree is "" where none was
// named; then the current directory is taken if it is one. It writes nothing, and
// asks the tools for their versions only.
func check(h host.Host, program host.Program, tree string) *Check {
	c := &Check{Schema: checkSchema, Program: program, Version: version.String()}
	s := c.settings(h)
	config := c.tree(s, tree)
	c.tools(h, s, config)
	c.Verdict = c.verdict()
	return c
}

// settings lists all settings with value, origin and effect. It returns them,
// with the default for each that cannot be used.
func (c *Check) settings(h host.Host) *settings.Settings {
	c.group("settings")
	s, errs := settings.ReadAll(h)
	for _, err := range errs {
		c.problem("settings", err)
	}
	for _, v := range settings.Variables {
		value, origin := h.Getenv(v.Name), "environment"
		if value == "" {
			value, origin = s.Unset(v), "default"
		}
		state, does := CheckOK, v.Effect(cmp.Or(h.Getenv(v.Name), v.Default))
		if settings.Valid(h, v) != nil {
			state, does = CheckNote, "cannot be used, see above"
		}
		c.add(state, v.Name, fmt.Sprintf("%s (%s): %s", cmp.Or(value, "not set"), origin, does), "")
		lines := c.Groups[len(c.Groups)-1].Lines
		lines[len(lines)-1].Default = h.Getenv(v.Name) == ""
	}
	if s.Mode == settings.Off {
		c.Aside = "LTO_WRAP=off: everything is passed through"
	}
	return s
}

// tools looks at the tools, as a build with this environment would.
func (c *Check) tools(h host.Host, s *settings.Settings, config map[string]string) {
	c.group("tools")
	kb, err := kbuild.Read(h)
	if err != nil {
		c.problem("kbuild's environment", err)
		return
	}
	survey := toolchain.NewSurvey(h, s, kb)
	mixed := c.compiler(config, survey.Kbuild, s.CC != nil, h.Getenv("LLVM"))
	c.llvm(h, survey.Major("rustc"))
	missing := false
	majors := map[int]bool{}
	for _, t := range survey.Tools {
		switch {
		case mixed && t.Name == toolchain.KbuildCC: // it has its line
		case t.Err != nil:
			missing = true
			c.problem(t.Name, t.Err)
		case t.NotNeeded != "":
			c.add(CheckOK, t.Name, "not needed: "+t.NotNeeded, "")
		default:
			majors[t.Tool.Major] = true
			c.add(CheckOK, t.Name, fmt.Sprintf("%s (%s): %s; LLVM %d", shellquote.Join(t.Tool.Argv...), t.Tool.Origin, t.Tool.Version, t.Tool.Major), "")
		}
		if t.Name == "clang" {
			c.clang(t, survey)
		}
	}
	if !missing && len(majors) == 1 {
		c.add(CheckOK, "LLVM", fmt.Sprintf("all of them have LLVM %d", survey.Major("rustc")), "")
	}
	c.otherProgram()
	// CONFIG_RUSTC_LLVM_VERSION is 190107 for LLVM 19.1.7 (init/Kconfig, since
	// Linux 6.13), and so is CONFIG_CLANG_VERSION, of kbuild's C compiler.
	compiler := survey.Major("clang")
	if f := survey.Foreign; f != nil {
		compiler = f.Major
	}
	for _, was := range []struct {
		option string
		major  int
	}{{"CONFIG_RUSTC_LLVM_VERSION", survey.Major("rustc")}, {"CONFIG_CLANG_VERSION", compiler}} {
		version, err := strconv.Atoi(config[was.option])
		if err == nil && version > 0 && was.major > 0 && version/10000 != was.major {
			c.add(CheckNote, "configuration", fmt.Sprintf("was made with a different tool than the one found: %s=%d", was.option, version), "")
		}
	}
}

// clang says why this clang was taken, and what was passed over for it.
func (c *Check) clang(t toolchain.Surveyed, survey *toolchain.Survey) {
	if t.Err == nil {
		for _, p := range survey.Passed {
			c.add(CheckNote, "passed over", p.String(), "")
		}
	}
	if t.Tool.Why != "" {
		c.add(CheckNote, "clang", t.Tool.Why, "")
	}
	if f := survey.Foreign; f != nil && f.Target == "" {
		c.add(CheckNote, "kbuild's CC", fmt.Sprintf("%s has LLVM %d: the clang above must accept each of its flags, which the build looks at", shellquote.Join(f.Compiler...), f.Major), "")
	}
	if t.Tool.Origin == "LTO_WRAP_CC" {
		c.add(CheckNote, "LTO_WRAP_CC", "is the C compiler that cc-helper-wrap runs, and was taken as this clang, too; LTO_WRAP_CLANG names the clang alone", "")
	}
}

// otherProgram looks for the other one of the two programs beside this one.
func (c *Check) otherProgram() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for _, other := range host.Programs {
		if filepath.Base(self) == string(other) {
			continue
		}
		beside := filepath.Join(filepath.Dir(self), string(other))
		switch {
		case host.IsExecutable(beside):
			c.add(CheckOK, string(other), beside, "")
		case other == host.RustcWrap:
			c.add(CheckNote, string(other), "is not beside this program; without it as RUSTC= nothing is inlined", "")
		default:
			c.add(CheckNote, string(other), "is not beside this program; RUSTC= alone inlines, too, from flags that kbuild exports", "")
		}
	}
}

func (c *Check) verdict() string {
	switch {
	case c.Problems == 1:
		return "a build would not work: 1 problem"
	case c.Problems > 1:
		return fmt.Sprintf("a build would not work: %d problems", c.Problems)
	case c.Aside != "":
		return "a build would work, with nothing inlined by the shims: " + c.Aside
	}
	return "a build with these tools and settings would inline helpers"
}

// text is the check for people: the verdict, the problems, then the other lines in their
// groups. The settings that are not set are only there if all is set.
func (c *Check) text(all bool) string {
	problems := CheckGroup{Name: "problems"}
	var groups []CheckGroup
	for _, g := range c.Groups {
		rest := CheckGroup{Name: g.Name}
		for _, l := range g.Lines {
			switch {
			case l.State == CheckProblem:
				problems.Lines = append(problems.Lines, l)
			case all || !l.Default:
				rest.Lines = append(rest.Lines, l)
			}
		}
		groups = append(groups, rest)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nchecked by %s %s\n", c.Verdict, c.Program, c.Version)
	for _, g := range append([]CheckGroup{problems}, groups...) {
		if len(g.Lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", g.Name)
		width := 0
		for _, l := range g.Lines {
			width = max(width, len(l.Subject))
		}
		for _, l := range g.Lines {
			fmt.Fprintf(&b, "  %-7s  %-*s  %s\n", l.State, width, l.Subject, l.Text)
			if l.Hint != "" {
				fmt.Fprintf(&b, "  %-7s  %-*s  %s\n", "hint", width, "", l.Hint)
			}
		}
	}
	return b.String()
}
