// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package gate

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode"
)

// JUnit writes the results as a test suite in JUnit's XML, as CI systems read it: a
// test case for each condition, and a failure in each one that failed
// (https://github.com/testmoapp/junitxml describes the elements). unread are the
// files that could not be read, which are an error of their own.
//
// It does not use encoding/xml, which would make each start of rustc-lto-wrap a
// little slower.
func JUnit(w io.Writer, suite string, results []Result, unread []string) error {
	failures, cases := 0, new(strings.Builder)
	begin := func(name string) {
		fmt.Fprintf(cases, "  <testcase classname=\"%s\" name=\"%s\">\n", escape(suite), escape(name))
	}
	message := func(element, what string, lines []string) {
		fmt.Fprintf(cases, "   <%s message=\"%s\">%s</%[1]s>\n  </testcase>\n", element, escape(what), escape(strings.Join(lines, "\n")))
	}
	for _, r := range results {
		begin(r.Condition)
		if !r.Failed {
			fmt.Fprintf(cases, "   <system-out>%s</system-out>\n  </testcase>\n", escape(r.What))
			continue
		}
		failures++
		lines := []string{r.What}
		for _, o := range r.Objects {
			lines = append(lines, o.Path+": "+o.What)
		}
		message("failure", r.What, lines)
	}
	tests, errors := len(results), 0
	if len(unread) > 0 {
		tests, errors = tests+1, 1
		begin("files")
		message("error", "some files could not be read", unread)
	}
	_, err := fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"+
		" <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\">\n%s </testsuite>\n</testsuites>\n",
		escape(suite), tests, failures, errors, cases)
	return err
}

// escape escapes text for XML. The name of a file may have characters that XML
// forbids.
func escape(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text))
}
