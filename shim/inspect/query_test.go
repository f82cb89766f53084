// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/host"
)

// query is a query with options of all kinds.
var query = Query{Option: "--wrap-x", Operands: "FILE…", Options: []Option{
	{Name: "format", Values: []string{"table", "json"}}, {Name: "tree", Word: "OBJTREE"}, {Name: "all", Switch: true}, {Name: "fail-on", Values: []string{"calls"}, List: true},
}}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		line, want, operands, err string
	}{
		{line: "a --format=json b", want: "format=json", operands: "a b"},
		{line: "--format json --tree=", want: "format=json tree=", operands: ""},
		{line: "--fail-on calls:+1%,calls -- --format -x", want: "fail-on=calls:+1%,calls", operands: "--format -x"},
		{line: "--all a --format json", want: "all=all format=json", operands: "a"},
		{line: "--all=yes", err: `--all takes no value, but got "yes"`},
		{line: "--format=xml", err: `knows no format "xml"`},
		{line: "--format", err: "--format needs a value"},
		{line: "-f", err: "has no option -f"},
		{line: "--forma=json", err: "has no option --forma=json"},
	} {
		in := Input{Program: host.RustcWrap, Query: query, Args: strings.Fields(c.line)}
		options, operands, err := in.Parse()
		var got []string
		for name, value := range options {
			got = append(got, name+"="+value)
		}
		slices.Sort(got)
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) ||
			err == nil && (strings.Join(got, " ") != c.want || strings.Join(operands, " ") != c.operands) {
			t.Errorf("%s: %q, %q, %v", c.line, got, operands, err)
		}
	}
}

// FuzzParse checks that every argument is an operand, an option that exists, or its
// value, or else an error.
func FuzzParse(f *testing.F) {
	f.Add("a\n--format=json\n--tree\nb\n--\n--c")
	f.Add("--format\n--format")
	f.Add("--all\na\n--all=")
	f.Add("--\n--\n")
	f.Add("--=x\n---")
	f.Fuzz(func(t *testing.T, lines string) {
		in := Input{Program: host.RustcWrap, Query: query, Args: strings.Split(lines, "\n")}
		before := slices.Clone(in.Args)
		options, operands, err := in.Parse()
		if !slices.Equal(before, in.Args) {
			t.Errorf("the arguments changed: %q became %q", before, in.Args)
		}
		if err != nil {
			return
		}
		for name, value := range options {
			i := slices.IndexFunc(query.Options, func(o Option) bool { return o.Name == name })
			if i < 0 || name == "format" && !slices.Contains(query.Options[i].Values, value) {
				t.Errorf("%s=%s", name, value)
			}
		}
		if len(operands) > len(in.Args) {
			t.Errorf("%q are more operands than %q", operands, in.Args)
		}
		for _, o := range operands {
			if !slices.Contains(in.Args, o) {
				t.Errorf("operand %q", o)
			}
		}
	})
}
