// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package gate decides whether a report or a comparison is good enough: conditions
// go in, as a user gives them to --fail-on, and a result for each condition comes
// out. It neither reads nor prints anything.
package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/summary"
)

// Condition is a figure with the limit that it must not exceed.
type Condition struct {
	// Text is the condition as it was given.
	Text string
	// Name is the figure.
	Name string
	// Limit is the largest value that passes. If Relative is set, it is the largest
	// difference between B and A, and if Percent is set, that difference in percent
	// of A.
	Limit             float64
	Relative, Percent bool
}

// Result is what became of a condition.
type Result struct {
	Condition string `json:"condition"`
	Failed    bool   `json:"failed"`
	// What says in words what the figure is, and what it may be.
	What string `json:"what"`
	// Objects are the objects because of which the condition failed, with what is
	// wrong with each. It is empty for a comparison, which is about totals.
	Objects []Object `json:"objects,omitempty"`
}

// Object is an object that fails a condition.
type Object struct {
	Path string `json:"object"`
	What string `json:"what"`
}

// ReportNames and CompareNames are the figures that a report and a comparison can
// be judged by.
var (
	ReportNames  = []string{"calls-left", "not-inlined"}
	CompareNames = names()
)

func names() (out []string) {
	for _, f := range compare.Table {
		out = append(out, f.Name)
	}
	return out
}

// Parse reads conditions, separated by commas: NAME or NAME:LIMIT. relative says
// whether a limit may be a difference (+N, -N, +N%, -N%). The default limit is 0, and
// no difference where there can be one.
func Parse(text string, names []string, relative bool) ([]Condition, error) {
	var out []Condition
	for _, part := range strings.Split(text, ",") {
		name, limit, hasLimit := strings.Cut(part, ":")
		c := Condition{Text: part, Name: name, Relative: relative}
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("knows no condition %q; there are %s", name, strings.Join(names, ", "))
		}
		if hasLimit {
			if err := c.limit(limit, relative); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	return out, nil
}

func (c *Condition) limit(text string, relative bool) error {
	number, percent := strings.CutSuffix(text, "%")
	signed := strings.HasPrefix(number, "+") || strings.HasPrefix(number, "-")
	wrong := fmt.Errorf("knows no limit %q of %s: it is a number, as 10", text, c.Name)
	if relative {
		wrong = fmt.Errorf("knows no limit %q of %s: it is a number, as 10, or a change with its sign, as +10 or -10, which may be in percent", text, c.Name)
	}
	digits := strings.TrimLeft(number, "+-")
	if len(number)-len(digits) > 1 || strings.Trim(digits, "0123456789.") != "" || signed && !relative || percent && !signed {
		return wrong
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsInf(n, 0) || !percent && n != math.Trunc(n) {
		return wrong
	}
	c.Limit, c.Relative, c.Percent = n, signed, percent
	return nil
}

// Report judges a report.
func Report(r *summary.Report, conditions []Condition) []Result {
	var out []Result
	for _, c := range conditions {
		res, sum := Result{Condition: c.Text}, 0
		add := func(path, what string, n int) {
			sum += n
			res.Objects = append(res.Objects, Object{path, what})
		}
		of := func(path string, calls *int, copies, inlined int, why string) {
			switch {
			// One that cannot be read is among the problems of the report.
			case calls == nil || *calls+copies == 0:
			case c.Name == "calls-left":
				what := count(*calls, "call to helpers", "calls to helpers")
				if copies > 0 {
					what += ", and " + count(copies, "helper that it calls in a copy of its own", "helpers that it calls in copies of its own")
				}
				add(path, what, *calls+copies)
			case inlined == 0:
				add(path, why, 1)
			}
		}
		for _, o := range r.Objects {
			of(o.Path, o.Calls, o.Copies, o.Inlined, cmp.Or(o.Reason(), "it has its record, and none of its helpers is inlined"))
		}
		for _, o := range r.Unrecorded {
			of(o.Path, o.Calls, 0, 0, "rustc-lto-wrap did not compile it")
		}
		if c.Name == "calls-left" {
			res.What = count(sum, "call to helpers is left", "calls to helpers are left")
		} else {
			res.What = count(sum, "object calls helpers and has none inlined", "objects call helpers and have none inlined")
		}
		res.What += fmt.Sprintf(" (limit: %s)", number(c.Limit))
		if res.Failed = float64(sum) > c.Limit; !res.Failed {
			res.Objects = nil
		}
		out = append(out, res)
	}
	return out
}

// Compare judges a comparison, by the totals of the objects that both trees have.
func Compare(c *compare.Comparison, conditions []Condition) []Result {
	var out []Result
	for _, cond := range conditions {
		for i, f := range compare.Table {
			if f.Name != cond.Name {
				continue
			}
			p := c.Total.At(i)
			allowed := cond.Limit
			switch {
			case cond.Percent:
				allowed = float64(p.A) + float64(p.A)*cond.Limit/100
			case cond.Relative:
				allowed = float64(p.A) + cond.Limit
			}
			what := fmt.Sprintf("%s: %d in A, %d in B", f.Words, p.A, p.B)
			if p.A != 0 && p.A != p.B {
				what += fmt.Sprintf(" (%+.2f %%)", 100*float64(p.Delta())/float64(p.A))
			}
			out = append(out, Result{
				Condition: cond.Text, Failed: float64(p.B) > allowed,
				What: fmt.Sprintf("%s (limit for B: %s)", what, number(math.Floor(allowed))),
			})
		}
	}
	return out
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}
