// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package llvmir reads and edits the textual LLVM IR of the kernel's helpers, so that
// clang can inline them into Rust. It finds out what comes along with a helper that is
// inlined ([Module.Remain]), and changes the linkage of the helper definitions, their
// inlining attributes, and what exists only in the helpers' object ([Module.Apply]).
//
// It works line by line and changes only lines that it understands: definitions,
// attribute groups and the llvm.used lists. The input is the output of clang -S
// -emit-llvm. The LLVM language reference describes the format
// (llvm/docs/LangRef.rst, "Functions", "Global Variables", "Attribute Groups").
package llvmir

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Linkage is the linkage that the helper definitions get.
type Linkage string

// These linkages can be chosen. All of them let LLVM inline the body.
const (
	// AvailableExternally makes the body available for inlining, but never emits
	// it. Calls that are not inlined refer to the single exported definition in the
	// helpers object.
	AvailableExternally Linkage = "available_externally"
	// LinkonceODR puts a weak copy into each object in which a call is left.
	LinkonceODR Linkage = "linkonce_odr"
	// Internal puts a local copy into each such object. In the text the helpers
	// have external linkage, because a local definition would not resolve the
	// declaration in another module. llvm-link makes them local after it has
	// resolved the declarations (--internalize).
	Internal Linkage = "internal"
)

// word returns the keyword that follows "define" for a linkage.
func (l Linkage) word() string {
	if l == Internal {
		return ""
	}
	return string(l) + " "
}

// Module is IR text, split into lines, with the names that it defines and declares.
type Module struct {
	lines     []string
	functions map[string]*function
	order     []string // the names of the functions in the order of the text
	variables map[string]*variable
	aliases   map[string]alias
	// external has the names that are declared but not defined, and what follows their
	// name or "=" there.
	external map[string]string
	groups   map[int]string // attribute groups: number to contents
	// empty are the struct types without members.
	empty map[string]bool
	// top is the assembly outside of functions.
	top topAssembly
	// usual are the features that most functions are compiled for.
	usual string
}

// function is the definition of a function.
type function struct {
	name    string
	linkage string // "" for external linkage
	// line and end are the lines of "define" and of "}".
	line, end int
	group     int // attribute group, -1 if none
	mentions  []mention
	// assembly are the texts of inline assembly.
	assembly []string
	// label is set if an address of one of its own labels is taken.
	label bool
}

// variable is the definition of a variable or a constant.
type variable struct {
	linkage  string // "" for external linkage
	line     int
	rest     string // what follows "="
	section  string
	mentions []mention
}

// alias is the definition of an alias or an ifunc.
type alias struct {
	linkage, rest string
	line          int
}

// isLocal reports whether a linkage makes a symbol that other objects cannot refer to.
func isLocal(linkage string) bool { return linkage == "internal" || linkage == "private" }

// isHelper reports whether other objects can call a function, and the helpers' object
// has it.
func (f *function) isHelper() bool { return !isLocal(f.linkage) && f.linkage != "available_externally" }

// isStrong reports whether a definition is the only one that the linker accepts.
func isStrong(linkage string) bool { return linkage == "" || linkage == "external" }

// Parse parses IR text. It returns an error for text that is truncated or not IR.
func Parse(text []byte) (*Module, error) {
	m := &Module{
		functions: map[string]*function{}, variables: map[string]*variable{}, aliases: map[string]alias{},
		external: map[string]string{}, groups: map[int]string{}, empty: map[string]bool{},
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	m.lines = strings.Split(string(text), "\n")
	var inside *function // the function that the present line belongs to
	var top []string
	for i, l := range m.lines {
		switch {
		case inside != nil:
			if l == "}" {
				inside.end = i
				inside = nil
				continue
			}
			inside.instruction(l)
		case strings.HasPrefix(l, "define "):
			name, tail, ok := functionName(l)
			if !ok || !strings.HasPrefix(tail, "(") || closing(tail) < 0 || !strings.HasSuffix(l, " {") {
				return nil, fmt.Errorf("line %d: unrecognised function definition: %.80s", i+1, l)
			}
			group, _, _ := groupOf(tail)
			inside = &function{name: name, linkage: linkageOf(strings.TrimPrefix(l, "define ")), line: i, group: group, mentions: mentions(tail)}
			m.functions[name] = inside
			m.order = append(m.order, name)
		case strings.HasPrefix(l, "declare "):
			if name, tail, ok := functionName(l); ok {
				m.external[name] = strings.TrimPrefix(l[:len(l)-len(tail)], "declare ") + tail
			}
		case strings.HasPrefix(l, "@"):
			m.global(i, l)
		case strings.HasPrefix(l, "module asm "):
			top = append(top, unescape(strings.Trim(strings.TrimPrefix(l, "module asm "), `"`)))
		case strings.HasPrefix(l, "%"):
			if name, ok := strings.CutSuffix(l, " = type {}"); ok {
				m.empty[name] = true
			}
		case strings.HasPrefix(l, "attributes #"):
			number, rest, ok := strings.Cut(strings.TrimPrefix(l, "attributes #"), " = ")
			if n, err := strconv.Atoi(number); ok && err == nil {
				m.groups[n] = rest
			}
		}
	}
	if inside != nil {
		return nil, fmt.Errorf("line %d: the text ends inside the function %s", len(m.lines), inside.name)
	}
	for _, name := range m.order {
		if f := m.functions[name]; f.group >= 0 {
			if _, ok := m.groups[f.group]; !ok {
				return nil, fmt.Errorf("the text ends before attributes #%d, which the function %s has", f.group, name)
			}
		}
	}
	if !bytes.Contains(text, []byte("target triple")) {
		return nil, fmt.Errorf("no target triple: this is not the IR of a compilation")
	}
	m.readThreadPointers()
	m.top = readTop(top)
	m.usual = m.usualFeatures()
	return m, nil
}

// instruction reads a line of a function's body.
func (f *function) instruction(l string) {
	f.mentions = append(f.mentions, mentions(l)...)
	if text, ok := inlineAssembly(l); ok {
		f.assembly = append(f.assembly, text)
	}
	f.label = f.label || strings.Contains(l, "blockaddress(")
}

// global reads a line that defines or declares a variable or an alias.
func (m *Module) global(i int, l string) {
	name, rest, ok := globalName(l)
	linkage := linkageOf(rest)
	switch {
	case !ok:
	case linkage == "external" || linkage == "extern_weak":
		m.external[name] = rest
	case isVariable(rest):
		v := &variable{linkage: linkage, line: i, rest: rest, mentions: mentions(rest)}
		if _, section, ok := strings.Cut(rest, `, section "`); ok {
			v.section, _, _ = strings.Cut(section, `"`)
		}
		m.variables[name] = v
	default:
		m.aliases[name] = alias{linkage, rest, i}
	}
}

// isVariable reports whether rest defines a variable and not an alias or an ifunc.
// rest is the text after "=".
func isVariable(rest string) bool {
	for w := range strings.FieldsSeq(rest) {
		switch w {
		case "global", "constant":
			return true
		case "alias", "ifunc":
			return false
		}
	}
	return false
}

// Helpers returns the functions that other objects can call, in the order of the text,
// and then other names of them.
func (m *Module) Helpers() (out []string) {
	for _, name := range m.order {
		if m.functions[name].isHelper() {
			out = append(out, name)
		}
	}
	var others []string
	for name, a := range m.aliases {
		if _, _, isFunction := a.declaration(); isFunction && !isLocal(a.linkage) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(out, others...)
}

// Variables returns the variables that other objects can refer to, sorted.
func (m *Module) Variables() []string {
	var out []string
	for name, v := range m.variables {
		if isStrong(v.linkage) && !strings.HasPrefix(name, "llvm.") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// UsedRefs returns the external symbols that the globals kept by llvm.used refer
// to. Every object into which the module is linked refers to them, whichever
// helpers it calls.
func (m *Module) UsedRefs() []string {
	var out []string
	for _, v := range m.variables {
		if !strings.HasPrefix(v.section, ".discard") {
			continue
		}
		for _, ref := range v.mentions {
			if m.isExternal(ref.name) {
				out = append(out, ref.name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isExternal reports whether a symbol is defined elsewhere, or may be.
func (m *Module) isExternal(name string) bool {
	if strings.HasPrefix(name, "llvm.") {
		return false
	}
	if _, ok := m.external[name]; ok {
		return true
	}
	if f, ok := m.functions[name]; ok {
		return !isLocal(f.linkage) && !isStrong(f.linkage)
	}
	if v, ok := m.variables[name]; ok {
		return !isLocal(v.linkage) && !isStrong(v.linkage)
	}
	return false
}
