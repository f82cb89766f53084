// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/internal/spread"
	"rustc-lto-wrap/tests/lab"
)

// Outcome is what the comparison comes to.
type Outcome struct {
	// Calls to helpers, and bytes of code, of Objects Rust objects.
	Calls, Code compare.Pair
	Objects     int
	Tally       lab.Tally
	// Modules counts those with Rust.
	Modules int
	// Counted are the instructions of the tests that could be counted.
	Counted SuiteCount
	Times   Times
	// Unread counts files of the trees that could not be read.
	Unread int
}

// Fault says why the outcome is none to be content with, nil if it is.
func (o Outcome) Fault() error {
	switch {
	case o.Calls.A == 0:
		return errors.New("nothing was inlined: without the inlining, no Rust object calls a helper")
	case o.Calls.B >= o.Calls.A:
		return fmt.Errorf("nothing was inlined: %s calls to helpers without the inlining, %s with it", render.Digits(o.Calls.A), render.Digits(o.Calls.B))
	case len(o.Tally.Different) > 0:
		d := o.Tally.Different[0]
		return fmt.Errorf("the kernels differ in what they do: %s, the first being %s: %s without the inlining, %s with it",
			render.Count(len(o.Tally.Different), "difference"), d.What, d.A, d.B)
	case o.Unread > 0:
		return fmt.Errorf("%s could not be read, and the figures are without", render.Count(o.Unread, "file"))
	}
	return nil
}

// Sentence is the outcome in plain words.
func (o Outcome) Sentence() string {
	var parts []string
	say := func(format string, values ...any) { parts = append(parts, fmt.Sprintf(format, values...)) }
	if fault := o.Fault(); fault != nil {
		say("Not as it should be: %v; %s of %s calls to helpers are gone", fault, render.Digits(o.Calls.A-o.Calls.B), render.Digits(o.Calls.A))
	} else {
		say("Inlined: %s of %s calls to helpers are gone", render.Digits(o.Calls.A-o.Calls.B), render.Digits(o.Calls.A))
	}
	say("the code of %s is %s", render.Count(o.Objects, "Rust object"), change(float64(o.Code.A), float64(o.Code.B), "smaller", "larger", "as large as before"))
	switch t := o.Tally; {
	case t.Tests == 0:
		say("no kernel has KUnit tests")
	default:
		text := fmt.Sprintf("%s of %s pass in both", render.Digits(int64(t.Pass)), render.Count(t.Tests, "test"))
		if t.Skip > 0 {
			text += fmt.Sprintf(", %s are skipped in both", render.Digits(int64(t.Skip)))
		}
		if t.Fail > 0 {
			text += fmt.Sprintf(", %s FAIL in both", render.Digits(int64(t.Fail)))
		}
		parts = append(parts, text)
		if c := o.Counted; c.Tests > 0 {
			// A count repeats to 2 % for one test, so a small difference of all of them says nothing.
			words := "as many, to 1 %"
			if a, b := float64(c.Instructions.A), float64(c.Instructions.B); math.Abs(b-a) >= a/100 {
				words = change(a, b, "fewer", "more", "")
			}
			say("the %s whose instructions could be counted take %s", render.Digits(int64(c.Tests)), words)
		}
	}
	if o.Modules > 0 {
		say("%d of %s with Rust load in both", o.Tally.Loaded, render.Count(o.Modules, "module"))
	}
	if a, b := spread.Of(o.Times.Total.A), spread.Of(o.Times.Total.B); a.N > 0 && b.N > 0 {
		text := "compiling takes " + change(a.Median, b.Median, "less processor time", "more processor time", "as much processor time")
		switch {
		case a.N == 1:
			text += " (one build each)"
		case a.Overlaps(b):
			text += fmt.Sprintf(" (medians of %d builds each, whose ranges overlap)", a.N)
		default:
			text += fmt.Sprintf(" (medians of %d builds each)", a.N)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ") + "."
}

// change is the change from a to b in percent of a, in words.
func change(a, b float64, less, more, same string) string {
	percent := 0.0
	if a != 0 {
		percent = 100 * (b/a - 1)
	}
	word := more
	if percent < 0 {
		word = less
	}
	text := fmt.Sprintf("%.1f %% %s", math.Abs(percent), word)
	switch {
	case a == b:
		return same
	case strings.HasPrefix(text, "0.0 "):
		return same + ", to 0.1 %"
	}
	return text
}
