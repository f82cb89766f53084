// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/kbuild"
)

// makefile reads Makefiles as make does, as far as conditions go: a branch is left out only if its condition is known
// not to hold. A condition is known if all that it asks for is the kernel's configuration, or variables that the
// Makefile has assigned plain values on lines that make is known to read.
type makefile struct {
	config map[string]string
	// known are the values of variables; those of others are not known. Nothing is known in an opaque Makefile.
	known  map[string]string
	opaque bool
	// prefixes are how the names of variables begin that were assigned by a name that is not known, as in obj-$(X).
	prefixes []string
	// overridden has the variables on make's command line, in MAKEFLAGS: an assignment in a Makefile does not change them.
	overridden string
	lines      []string
}

// branch is a conditional that has begun. maybe is set if make may read the branch, surely if it does.
type branch struct {
	maybe, surely bool
	// earlierMaybe is set if an earlier branch may be the one that is read, earlierSurely if it is.
	earlierMaybe, earlierSurely bool
}

func newMakefile(objtree string) *makefile {
	m := &makefile{known: map[string]string{}, overridden: os.Getenv("MAKEFLAGS")}
	text, err := os.ReadFile(filepath.Join(objtree, "include/config/auto.conf"))
	if err != nil {
		m.opaque = true
	}
	m.config, _ = kbuild.ParseConfig(text)
	return m
}

var (
	ifdef = regexp.MustCompile(`^ *if(n?)def +([^ \t$]+) *$`)
	ifeq  = regexp.MustCompile(`^ *if(n?)eq +(?:\((.*?) *, *(.*)\)|"([^"]*)" +"([^"]*)"|'([^']*)' +'([^']*)') *$`)
	other = regexp.MustCompile(`^ *else\b *(.*)$`)
	// assigns finds what can assign any variable.
	assigns = regexp.MustCompile(`^\s*(?:(?:override|export|private)\s+)*define\b|\$[({]eval\b`)
)

// read adds the lines of a Makefile that make may read. included returns the text of a Makefile that a line includes.
func (m *makefile) read(text string, included func(operand string) (string, bool)) {
	var open []branch
	all := func(of func(branch) bool) bool {
		return !slices.ContainsFunc(open, func(b branch) bool { return !of(b) })
	}
	maybe := func(b branch) bool { return b.maybe }
	surely := func(b branch) bool { return b.surely }
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSuffix(line, "\n")
		if at := strings.Index(line, "#"); at >= 0 {
			line = line[:at]
		}
		if !strings.HasPrefix(line, "\t") {
			if value, known, ok := m.condition(line); ok {
				b := branch{maybe: value || !known, surely: value && known}
				b.earlierMaybe, b.earlierSurely = b.maybe, b.surely
				open = append(open, b)
				m.lines = append(m.lines, m.asked(line)...)
				continue
			}
			if e := other.FindStringSubmatch(line); e != nil && len(open) > 0 {
				b := &open[len(open)-1]
				value, known := true, true
				if strings.TrimSpace(e[1]) != "" {
					value, known, _ = m.condition(e[1])
				}
				b.maybe = (value || !known) && !b.earlierSurely
				b.surely = value && known && !b.earlierMaybe
				b.earlierMaybe, b.earlierSurely = b.earlierMaybe || b.maybe, b.earlierSurely || b.surely
				m.lines = append(m.lines, m.asked(line)...)
				continue
			}
			if strings.TrimSpace(line) == "endif" && len(open) > 0 {
				open = open[:len(open)-1]
				continue
			}
		}
		if !all(maybe) {
			continue
		}
		m.lines = append(m.lines, line)
		m.variables(line, all(surely), included)
	}
}

// asked returns a condition as a line if asking for it can do more than ask.
func (m *makefile) asked(line string) []string {
	if elsewhere.MatchString(line) {
		m.forget()
		return []string{line}
	}
	return nil
}

// condition reads a line that begins a conditional. known is false if it may hold or not.
func (m *makefile) condition(line string) (value, known, ok bool) {
	if d := ifdef.FindStringSubmatch(line); d != nil {
		v, known := m.value(d[2])
		return (v != "") != (d[1] != ""), known, true
	}
	if e := ifeq.FindStringSubmatch(line); e != nil {
		a, knownA := m.expand(e[2] + e[4] + e[6])
		b, knownB := m.expand(e[3] + e[5] + e[7])
		return (a == b) != (e[1] != ""), knownA && knownB, true
	}
	return false, false, conditional.MatchString(line) && !other.MatchString(line)
}

// value returns the value of a variable.
func (m *makefile) value(name string) (string, bool) {
	if m.opaque || strings.Contains(m.overridden, name+"=") || strings.Contains(m.overridden, name+":=") {
		return "", false
	}
	if name == "KERNELRELEASE" { // kbuild has it, and what make read before kbuild has done its work
		return "?", true
	}
	if slices.ContainsFunc(m.prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return "", false
	}
	if v, ok := m.known[name]; ok {
		return v, v != unknownValue
	}
	return m.config[name], strings.HasPrefix(name, "CONFIG_")
}

// unknownValue marks a variable that was assigned what is not known.
const unknownValue = "\x00"

// expand replaces references to variables. known is false if anything else remains.
func (m *makefile) expand(text string) (out string, known bool) {
	known = true
	out = reference.ReplaceAllStringFunc(text, func(r string) string {
		v, ok := m.value(r[2 : len(r)-1])
		known = known && ok
		return v
	})
	return out, known && !strings.Contains(out, "$")
}

// variables follows what a line does to variables. surely is set if make reads the line.
func (m *makefile) variables(line string, surely bool, included func(string) (string, bool)) {
	if i := including.FindStringSubmatch(line); i != nil {
		text, ok := included(i[1])
		if !ok || !surely {
			m.forget() // it can assign anything
		}
		if ok {
			m.read(text, included)
		}
		return
	}
	if assigns.MatchString(line) {
		m.forget()
		return
	}
	if name, ok := strings.CutPrefix(line, "undefine "); ok {
		m.known[strings.TrimSpace(name)] = unknownValue
		return
	}
	a := assignment.FindStringSubmatch(line)
	if a == nil || strings.HasPrefix(line, "\t") {
		return
	}
	name, named := m.expand(a[1])
	if !named {
		prefix, _, _ := strings.Cut(a[1], "$")
		m.prefixes = append(m.prefixes, prefix)
		return
	}
	value, known := m.expand(strings.TrimRight(a[2], " \t"))
	operator := strings.TrimSpace(line[strings.Index(line, a[1])+len(a[1]) : len(line)-len(a[2])])
	before, knownBefore := m.value(name)
	switch {
	case !known || !surely:
		value = unknownValue
	case strings.HasPrefix(operator, "+"):
		if value = strings.TrimSpace(before + " " + value); !knownBefore {
			value = unknownValue
		}
	case strings.HasPrefix(operator, "?"):
		switch {
		case !knownBefore:
			value = unknownValue // the environment may have it
		case before != "":
			value = before
		}
	}
	m.known[name] = value
}

// forget makes every condition unknown from now on.
func (m *makefile) forget() { m.opaque = true }
