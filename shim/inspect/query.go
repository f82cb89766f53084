// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package inspect answers the options of the two programs themselves, which
// kbuild never uses: --wrap-help, --wrap-version, --wrap-check, --wrap-explain and
// --wrap-package. It asks the same packages as a build does. Only the last one
// writes something.
//
// What goes in are arguments; what comes out is text on the standard output and
// an exit status. Package report has the two options that only rustc-lto-wrap
// answers. It may import everything below package shim except package report.
package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/crate"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/version"
)

// Query is a --wrap-… option.
type Query struct {
	// Option is its name.
	Option string
	// Options are what may follow it.
	Options []Option
	// Operands are what follows then, as in a usage line: "OBJTREE", "[FILE]", or
	// "" for nothing.
	Operands string
	// Usage replaces the usage line that is made from Options and Operands where
	// that would not say enough. It is without the name of the option.
	Usage string
	// What says in one line what it answers. Details is more text for its --help,
	// "" for nothing.
	What, Details string
	// Statuses are its exit statuses, in place of those that every query has.
	Statuses []Status
	// Run answers, given the arguments after the option, and returns the exit
	// status. It also gets all queries of the program. An error is printed and has
	// its own exit status.
	Run func(in Input) (status int, err error)
}

// Status is an exit status of a query.
type Status struct {
	// Code is the number, or "other".
	Code string
	// Meaning is one sentence without its capital letter and full stop.
	Meaning string
}

// usual are the exit statuses of a query that has none of its own by these numbers. The
// status of an error that has no other one is 1 (package host), as when the disk is full.
var usual = []Status{
	{"0", "done"},
	{"1", "the answer could not be written"},
	{"2", "the command line cannot be used"},
}

// ExitStatuses returns all exit statuses of a query, sorted.
func (q *Query) ExitStatuses() []Status {
	all := slices.Clone(q.Statuses)
	for _, u := range usual {
		if !slices.ContainsFunc(all, func(s Status) bool { return s.Code == u.Code || s.Code == "other" }) {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b Status) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Option is an option of a query: --NAME=VALUE or --NAME VALUE, or --NAME alone for a
// switch.
type Option struct {
	// Name is without the dashes.
	Name string
	// Switch is set where the option has no value.
	Switch bool
	// Values are the values that it accepts, the default first, or nil for any.
	Values []string
	// List is set where it accepts several of Values, separated by commas, each with
	// more after it. The query itself checks them.
	List bool
	// Word stands for the value in a usage line, "" for the list of Values.
	Word string
	// Meaning is for --help, one sentence without its capital letter and full stop.
	Meaning string
}

// line returns the option as in a usage line.
func (o Option) line() string {
	if o.Switch {
		return "--" + o.Name
	}
	return "--" + o.Name + "=" + cmp.Or(o.Word, strings.Join(o.Values, "|"))
}

// Input is what a query is given.
type Input struct {
	Host    host.Host
	Program host.Program
	// Args are the arguments after the option.
	Args []string
	// Query is the query itself, Queries are all that the program answers.
	Query   Query
	Queries []Query
}

// Common are the queries that both programs answer.
func Common() []Query {
	return []Query{
		{Option: "--wrap-help", What: "print a summary of the options and the settings", Run: runHelp},
		{Option: "--wrap-version", What: "print the version", Run: runVersion},
		{
			Option: "--wrap-check", Operands: "[OBJTREE]",
			Options: []Option{
				{Name: "all", Switch: true, Meaning: "also list the settings that are not set, with their defaults"},
				{Name: "format", Values: checkFormats, Meaning: "a table, or JSON for programs, which always has everything"},
			},
			What:    "check whether a build would work: tools, settings, configuration",
			Details: checkDetails, Run: runCheck,
			Statuses: []Status{{"0", "a build would work"}, {"1", "a build would not work"}},
		},
		{
			Option: "--wrap-explain", Usage: "{-- ARGV… | --tree=OBJTREE OBJECT}",
			Options: []Option{{Name: "tree", Word: "OBJTREE", Meaning: "the object tree of a finished build, which has OBJECT"}},
			What:    "explain what would be done with a command line, and why",
			Details: explainDetails, Run: runExplain,
			Statuses: []Status{
				{"0", "no error would stop the build"}, {"2", "the command line or the object tree cannot be used"},
				{"other", "the status of the error that would stop the build"},
			},
		},
		{
			Option: "--wrap-package", Operands: "OBJTREE DIR",
			What:    "put the helpers' bitcode into a package of kernel headers",
			Details: packageDetails, Run: runPackage,
			Statuses: []Status{{"0", "the bitcode is in the package"}, {"1", "the bitcode is not in the package"}},
		},
	}
}

// These are the options that rustc-lto-wrap alone answers: package report, which has their
// queries, is linked into that program only.
const (
	ReportOption  = "--wrap-report"
	CompareOption = "--wrap-compare"
)

// Answer answers the option args[0] and returns the exit status. more are the
// queries that this program answers in addition to the common ones.
func Answer(h host.Host, program host.Program, args []string, more []Query) int {
	queries := append(Common(), more...)
	status, err := answer(h, program, args, queries)
	if err != nil {
		host.Report(h, program, "error", err)
		return host.StatusOf(err)
	}
	return status
}

func answer(h host.Host, program host.Program, args []string, queries []Query) (int, error) {
	if len(args) == 1 && args[0] == version.GenerationOption {
		return 0, outputError(fmt.Fprintln(h.Stdout(), version.Generation()))
	}
	if len(args) == 2 && args[0] == crate.CauseOption {
		cause, err := crate.Cause(h, args[1])
		if err != nil {
			return 0, err
		}
		return 0, outputError(fmt.Fprintln(h.Stdout(), cause))
	}
	if len(args) == 2 && args[0] == kbuild.OwnOption {
		state, err := crate.OwnState(args[1])
		if err != nil {
			return 1, err
		}
		return 0, outputError(fmt.Fprintln(h.Stdout(), state))
	}
	i := slices.IndexFunc(queries, func(q Query) bool { return q.Option == args[0] })
	switch {
	case i < 0 && (args[0] == ReportOption || args[0] == CompareOption):
		return 0, host.UsageFailure(fmt.Sprintf("%s has it: %s %s --help", host.RustcWrap, host.RustcWrap, args[0]), "there is no option %s", args[0])
	case i < 0:
		return 0, host.UsageFailure("see --wrap-help", "there is no option %s", args[0])
	}
	q := queries[i]
	if len(args) > 1 && (args[1] == "--help" || args[1] == "-h") {
		if len(args) > 2 {
			return 0, host.UsageFailure(q.Line(program), "%s --help takes no arguments, but got %s", q.Option, strings.Join(args[2:], " "))
		}
		return 0, outputError(fmt.Fprint(h.Stdout(), q.help(program)))
	}
	return q.Run(Input{h, program, args[1:], q, queries})
}

// Line returns the usage of a query, as one line.
func (q *Query) Line(program host.Program) string {
	return fmt.Sprintf("%s %s", program, q.line())
}

// line is the usage line without the name of the program.
func (q *Query) line() string {
	parts := []string{q.Option}
	switch {
	case q.Usage != "":
		parts = append(parts, q.Usage)
	default:
		for _, o := range q.Options {
			parts = append(parts, "["+o.line()+"]")
		}
		if q.Operands != "" {
			parts = append(parts, q.Operands)
		}
	}
	return strings.Join(parts, " ")
}

// help is what --help after the option prints.
func (q *Query) help(program host.Program) string {
	text := fmt.Sprintf("usage: %s\n\n%s\n", q.Line(program), q.What)
	if len(q.Options) > 0 {
		text += "\n"
	}
	for _, o := range q.Options {
		text += fmt.Sprintf("  %s\n      %s\n", o.line(), o.Meaning)
	}
	if q.Details != "" {
		text += "\n" + strings.TrimSpace(q.Details) + "\n"
	}
	text += "\nexit status:\n"
	for _, s := range q.ExitStatuses() {
		text += fmt.Sprintf("  %-5s  %s\n", s.Code, s.Meaning)
	}
	return text
}

// Failure returns the error for arguments that the query does not take.
func (in Input) Failure(format string, args ...any) error {
	return host.UsageFailure(in.Query.Line(in.Program), in.Query.Option+" "+format, args...)
}

// None returns an error if there are arguments.
func (in Input) None() error {
	if len(in.Args) > 0 {
		return in.Failure("takes no arguments, but got %s", strings.Join(in.Args, " "))
	}
	return nil
}

// Parse reads the arguments: the options of the query, as --NAME=VALUE or --NAME
// VALUE, and operands. A switch that is given has its own name as its value. Everything
// after "--" is an operand.
func (in Input) Parse() (options map[string]string, operands []string, err error) {
	options = map[string]string{}
	for args := in.Args; len(args) > 0; {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			return options, append(operands, args...), nil
		}
		name, isOption := strings.CutPrefix(arg, "--")
		if !isOption {
			if strings.HasPrefix(arg, "-") {
				return nil, nil, in.Failure("has no option %s", arg)
			}
			operands = append(operands, arg)
			continue
		}
		name, value, given := strings.Cut(name, "=")
		i := slices.IndexFunc(in.Query.Options, func(o Option) bool { return o.Name == name })
		if i < 0 {
			return nil, nil, in.Failure("has no option %s", arg)
		}
		o := in.Query.Options[i]
		switch {
		case o.Switch && given:
			return nil, nil, in.Failure("--%s takes no value, but got %q", name, value)
		case o.Switch:
			value = name
		case !given:
			if len(args) == 0 {
				return nil, nil, in.Failure("--%s needs a value", name)
			}
			value, args = args[0], args[1:]
		}
		if o.Values != nil && !o.List && !slices.Contains(o.Values, value) {
			return nil, nil, in.Failure("knows no %s %q", name, value)
		}
		options[name] = value
	}
	return options, operands, nil
}

func runVersion(in Input) (int, error) {
	if err := in.None(); err != nil {
		return 0, err
	}
	return 0, outputError(fmt.Fprintf(in.Host.Stdout(), "%s %s\n", in.Program, version.String()))
}

// outputError is the error of an answer that could not be written, out of what fmt returns.
func outputError(_ int, err error) error {
	if err == nil {
		return nil
	}
	return &host.Failure{What: "cannot write the result: " + err.Error(), Status: 1}
}
