// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/kbuild"
)

// conditions tells which branches of a Makefile that kbuild reads are ruled out by the kernel's configuration. It
// understands few forms, and a Makefile with anything that it does not understand has no such branches.
type conditions struct {
	config kbuild.Config
	// known are the values of variables that the Makefile has assigned, unknownValue among them.
	known map[string]string
	// prefixes are how the names of variables begin that were assigned by a computed name, as in obj-$(X).
	prefixes []string
	// opaque is set where anything may have been assigned.
	opaque bool
}

// unknownValue is the value of a variable that was assigned what is not known.
const unknownValue = "\x00"

// Parts of the expressions below.
const (
	variable = `[A-Za-z0-9_.-]+`
	constant = `[^$#,()\\\t]*`
	operand  = ` *(` + constant + `|\$[({]` + variable + `[)}]) *`
)

var (
	ifdef  = regexp.MustCompile(`^ *if(n?)def +(` + variable + `) *$`)
	ifeq   = regexp.MustCompile(`^ *if(n?)eq +\(` + operand + `,` + operand + `\) *$`)
	begins = regexp.MustCompile(`^ *(ifdef|ifndef|ifeq|ifneq)\b`)
	orElse = regexp.MustCompile(`^ *else *(\S.*)?$`)
	ends   = regexp.MustCompile(`^ *endif *$`)
	// strange is what can change how other lines are read, or assign any variable. An eval that exports is none.
	strange   = regexp.MustCompile(`\r|^\s*((override|export|private)\s+)*(un)?define\b|^\s*endef\b|\$[({]eval\b|^ *\t\s*(ifdef|ifndef|ifeq|ifneq|else|endif|include|-include|sinclude)\b`)
	exporting = regexp.MustCompile(`\$\(eval export \$\(\w+\)\)`)
	// assigning is an assignment. One for a single target ("a.o: X := y") is none.
	assigning = regexp.MustCompile(`^ *(?:(?:export|override|private) +)*([^ \t:+?!=#]+)[ \t]*(:::=|::=|:=|\+=|\?=|!=|=) *(.*)$`)
	// maybeAssigning is a line of a recipe that may be none.
	maybeAssigning = regexp.MustCompile(`^\t\s*[\w.-]+\s*(::?=|\+=|\?=)`)
	constantOnly   = regexp.MustCompile(`^` + constant + `$`)
)

// branch is a conditional that has begun. maybe is set if make may read the branch, surely if it does; earlierMaybe and
// earlierSurely say the same of the branches before it.
type branch struct{ maybe, surely, earlierMaybe, earlierSurely bool }

// livingLines returns the lines of a Makefile that make may read, without those that are a comment. It returns the
// whole text if there is anything in it that is not understood.
func livingLines(text, objtree string) string {
	config := kbuild.ConfigOf(objtree)
	flags, _, _ := strings.Cut(os.Getenv("MAKEFLAGS"), " ")
	if config == nil || !strings.HasPrefix(flags, "-") && strings.Contains(flags, "e") {
		return text // with -e, the environment overrides assignments
	}
	c := &conditions{config: config, known: map[string]string{}}
	var open []branch
	var out []string
	recipe := false // a line that begins with a tab belongs to a rule
	for _, line := range joined(text) {
		if strange.MatchString(exporting.ReplaceAllString(line, "")) {
			return text
		}
		if strings.HasPrefix(strings.TrimLeft(line, " "), "#") {
			continue
		}
		if strings.HasPrefix(line, "\t") && !recipe {
			line = strings.TrimLeft(line, "\t ") // make reads it as any other line
		}
		if strings.HasPrefix(line, "\t") {
			if maybeAssigning.MatchString(line) {
				return text // a recipe, or not if something before it has ended the rule
			}
		} else if words, _, _ := strings.Cut(line, "#"); begins.MatchString(words) {
			holds, known := c.holds(strings.TrimRight(words, " "))
			b := branch{maybe: holds || !known, surely: holds && known}
			b.earlierMaybe, b.earlierSurely = b.maybe, b.surely
			open = append(open, b)
			out = append(out, line)
			continue
		} else if m := orElse.FindStringSubmatch(words); m != nil && len(open) > 0 {
			b, holds, known := &open[len(open)-1], true, true
			if m[1] != "" {
				holds, known = c.holds(strings.TrimRight(m[1], " "))
			}
			b.maybe, b.surely = (holds || !known) && !b.earlierSurely, holds && known && !b.earlierMaybe
			b.earlierMaybe, b.earlierSurely = b.earlierMaybe || b.maybe, b.earlierSurely || b.surely
			out = append(out, line)
			continue
		} else if ends.MatchString(words) && len(open) > 0 {
			open = open[:len(open)-1]
			continue
		}
		living := !slices.ContainsFunc(open, func(b branch) bool { return !b.maybe })
		if living {
			out = append(out, line)
		}
		if !strings.HasPrefix(line, "\t") && strings.TrimSpace(line) != "" {
			recipe = !including.MatchString(line) && !assigning.MatchString(line) && strings.Contains(line, ":")
			if living && !recipe {
				c.follow(line, !slices.ContainsFunc(open, func(b branch) bool { return !b.surely }))
			}
		}
	}
	if len(open) > 0 {
		return text
	}
	return strings.Join(out, "\n") + "\n"
}

// joined returns the lines of a text. An odd number of backslashes at its end continues a line.
func joined(text string) (lines []string) {
	whole := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if (len(line)-len(strings.TrimRight(line, `\`)))%2 == 1 {
			whole += line[:len(line)-1] + " "
			continue
		}
		lines, whole = append(lines, whole+line), ""
	}
	if whole != "" {
		lines = append(lines, whole)
	}
	return lines
}

// holds returns whether a condition holds. known is false if it may hold or not.
func (c *conditions) holds(line string) (holds, known bool) {
	if m := ifdef.FindStringSubmatch(line); m != nil {
		value, known := c.value(m[2])
		return (value != "") != (m[1] != ""), known
	}
	if m := ifeq.FindStringSubmatch(line); m != nil {
		a, knownA := c.side(m[2])
		b, knownB := c.side(m[3])
		return (a == b) != (m[1] != ""), knownA && knownB
	}
	return false, false
}

// side returns a side of a comparison: a text or the value of a variable.
func (c *conditions) side(text string) (value string, known bool) {
	if strings.HasPrefix(text, "$") {
		return c.value(text[2 : len(text)-1])
	}
	return strings.Trim(text, " "), true
}

// value returns the value of a variable.
func (c *conditions) value(name string) (value string, known bool) {
	if _, set := os.LookupEnv(name); set || c.opaque || slices.ContainsFunc(c.prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return "", false
	}
	// A variable on make's command line is assigned for good.
	for word := range strings.FieldsSeq(os.Getenv("MAKEFLAGS")) {
		if assigned, _, ok := strings.Cut(word, "="); ok && strings.TrimRight(assigned, ":+?!") == name {
			return "", false
		}
	}
	if v, ok := c.known[name]; ok {
		return v, v != unknownValue
	}
	return c.config[name], strings.HasPrefix(name, "CONFIG_")
}

// follow follows what a line does to variables. surely is set if make reads it.
func (c *conditions) follow(line string, surely bool) {
	a := assigning.FindStringSubmatch(line)
	if a == nil {
		c.opaque = c.opaque || including.MatchString(line) || strings.Contains(line, "=")
		return
	}
	if prefix, _, computed := strings.Cut(a[1], "$"); computed {
		c.prefixes = append(c.prefixes, prefix)
		return
	}
	c.known[a[1]] = unknownValue
	if value := a[3]; surely && (a[2] == ":=" || a[2] == "::=") && constantOnly.MatchString(value) {
		c.known[a[1]] = value
	}
}
