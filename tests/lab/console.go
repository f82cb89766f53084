// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Status of a KTAP test or suite.
type Status string

const (
	Pass Status = "pass"
	Fail Status = "fail"
	Skip Status = "skip"
	// Unfinished: the console ends before the result, as after a crash.
	Unfinished Status = "unfinished"
)

// Test is one result line of a KTAP suite. A parameterised test gives one Test per case, named "test/case".
type Test struct {
	Name   string
	Status Status
	Detail string // what follows "#": a reason to skip, for instance
}

// Suite is one top-level KTAP test with its cases in the order of the console.
type Suite struct {
	Name    string
	Status  Status
	Planned int // what "1..N" announced, 0 when there was no plan
	Tests   []Test
}

// Count says how many of the suite's tests have this status.
func (s Suite) Count(status Status) int {
	n := 0
	for _, t := range s.Tests {
		if t.Status == status {
			n++
		}
	}
	return n
}

// Results of all KUnit suites on a console.
type Results struct {
	Planned int // how many suites were announced, 0 when there was no plan
	Suites  []Suite
}

// Suite finds a suite by its name.
func (r Results) Suite(name string) (Suite, bool) {
	for _, s := range r.Suites {
		if s.Name == name {
			return s, true
		}
	}
	return Suite{}, false
}

// Count says how many tests of all suites have this status.
func (r Results) Count(status Status) int {
	n := 0
	for _, s := range r.Suites {
		n += s.Count(status)
	}
	return n
}

// Problems lists what a kernel whose tests all pass does not have, one line each: suites and tests that failed or did
// not come to their end, and suites that were announced and never ran.
func (r Results) Problems() []string {
	var out []string
	for _, s := range r.Suites {
		if s.Status == Fail || s.Status == Unfinished {
			out = append(out, s.Name+": "+string(s.Status))
		}
		for _, t := range s.Tests {
			if t.Status == Fail || t.Status == Unfinished {
				out = append(out, s.Name+": "+t.Name+": "+string(t.Status))
			}
		}
	}
	if len(r.Suites) < r.Planned {
		out = append(out, fmt.Sprintf("%d of %d suites ran", len(r.Suites), r.Planned))
	}
	return out
}

var (
	escapes    = regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z]|c)`)
	printkTime = regexp.MustCompile(`^(<[0-9]+>)?\[ *[0-9]+\.[0-9]+\](\[ *[TC][0-9]+\])? ?`)
	subtest    = regexp.MustCompile(`^( *)# Subtest: (.+)$`)
	plan       = regexp.MustCompile(`^( *)1\.\.([0-9]+)$`)
	result     = regexp.MustCompile(`^( *)(ok|not ok) [0-9]+(?: -)?(?: ([^#]*?))?(?: *# ?(.*))?$`)
)

// Lines splits a console into lines without carriage returns, terminal escapes and printk's timestamps.
func Lines(console string) []string {
	out := strings.Split(console, "\n")
	for i, l := range out {
		l = escapes.ReplaceAllString(strings.TrimRight(l, "\r "), "")
		out[i] = printkTime.ReplaceAllString(l, "")
	}
	return out
}

// open is a subtest whose own result line has not come yet.
type open struct {
	indent, planned int
	results         int // result lines so far; a parameterised test is one, and several tests
	name            string
	tests           []Test
}

// ParseKTAP reads the KTAP that KUnit prints (Documentation/dev-tools/ktap.rst) off a boot console; lines of anything
// else in between are skipped.
func ParseKTAP(console string) Results {
	var (
		out   Results
		stack []open
	)
	// finish takes the innermost subtest off the stack: a suite, or a test with cases of its own.
	finish := func(status Status) {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if top.planned > top.results && status == Pass {
			status = Unfinished
		}
		if len(stack) == 0 {
			out.Suites = append(out.Suites, Suite{Name: top.name, Status: status, Planned: top.planned, Tests: top.tests})
			return
		}
		parent := &stack[len(stack)-1]
		parent.results++
		if len(top.tests) == 0 || status == Unfinished {
			top.tests = append(top.tests, Test{Status: status})
		}
		for _, t := range top.tests {
			t.Name = strings.TrimSuffix(top.name+"/"+t.Name, "/")
			parent.tests = append(parent.tests, t)
		}
	}
	for _, line := range Lines(console) {
		if m := subtest.FindStringSubmatch(line); m != nil {
			for len(stack) > 0 && stack[len(stack)-1].indent >= len(m[1]) {
				finish(Unfinished)
			}
			stack = append(stack, open{indent: len(m[1]), name: m[2]})
		} else if m := plan.FindStringSubmatch(line); m != nil {
			planned, _ := strconv.Atoi(m[2])
			if n := len(stack); n > 0 && stack[n-1].indent == len(m[1]) {
				stack[n-1].planned = planned
			} else if m[1] == "" {
				out.Planned += planned // once for the built-in tests, once for each module with tests
			}
		} else if m := result.FindStringSubmatch(line); m != nil {
			indent, status := len(m[1]), resultStatus(m[2], m[4])
			for len(stack) > 0 && stack[len(stack)-1].indent > indent {
				if top := stack[len(stack)-1]; top.name == m[3] {
					finish(status)
					indent = -1 // the line is used up
					break
				}
				finish(Unfinished)
			}
			switch {
			case indent < 0:
			case len(stack) > 0:
				top := &stack[len(stack)-1]
				top.results++
				top.tests = append(top.tests, Test{Name: m[3], Status: status, Detail: m[4]})
			case indent == 0:
				out.Suites = append(out.Suites, Suite{Name: m[3], Status: status})
			}
		}
	}
	for len(stack) > 0 {
		finish(Unfinished)
	}
	return out
}

func resultStatus(word, directive string) Status {
	switch {
	case strings.HasPrefix(strings.ToUpper(directive), "SKIP"):
		return Skip
	case word == "ok":
		return Pass
	}
	return Fail
}

// Modules is what the lab's init (init/init.c) did with the modules of its initramfs; each list in the console's order.
type Modules struct {
	Loaded, Unloaded []string
	Failed           []string // "NAME: error": not loaded
	Kept             []string // "NAME: error": loaded, could not be unloaded
	Done             bool     // init came to its end
}

// ParseModules reads the lines of the lab's init off a boot console.
func ParseModules(console string) Modules {
	var m Modules
	for _, line := range Lines(console) {
		// A line of the kernel may have begun on the same row.
		_, line, found := strings.Cut(line, "lab-init: ")
		if !found {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "loaded":
			m.Loaded = append(m.Loaded, rest)
		case "unloaded":
			m.Unloaded = append(m.Unloaded, rest)
		case "failed":
			m.Failed = append(m.Failed, rest)
		case "kept":
			m.Kept = append(m.Kept, rest)
		case "done":
			m.Done = true
		}
	}
	return m
}
