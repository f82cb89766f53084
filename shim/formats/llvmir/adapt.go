// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// LLVM does not inline a call whose function type differs from the definition's.
// rustc and clang give some functions different types that mean the same to the
// machine. An example is a C function that returns a structure of 4 bytes on
// AArch64: clang's type is i32 (AArch64ABIInfo::classifyReturnType in
// clang/lib/CodeGen/Targets/AArch64.cpp), rustc's is i64 (classify_ret in
// rustc_target::callconv::aarch64), and both mean the lower half of x0.
//
// [Adapt] gives such a helper the type that a crate declares. It converts only what
// the calling conventions of LLVM pass in the same place, whatever the target:
//
//   - Integers that are at most as wide as a register, which the target's data
//     layout tells. LLVM extends narrower ones to a register and passes them in its
//     low bits. The bits above them are undefined, unless the attributes signext or
//     zeroext define them.
//   - An array or a structure with one such integer, which LLVM passes as its member
//     (ComputeValueVTs in llvm/lib/CodeGen/Analysis.cpp).
//
// So the converted call computes what the call of the exported helper would.

// Types returns the types of the helpers in the syntax of LLVM's IR text, as in
// "i64 (ptr, i32)". Helpers with a type that this package cannot read are missing.
func (m *Module) Types() map[string]string {
	out := make(map[string]string, len(m.helpers))
	for _, d := range m.helpers {
		if s, err := parseSignature(m.lines[d.line]); err == nil {
			out[d.name] = s.kind()
		}
	}
	return out
}

// Adapt returns IR text of helpers, as [Module.Apply] makes it and LLVM prints it,
// in which helpers have the types that declared tells. It changes the helpers that
// are in declared, and leaves those that it cannot change, with the reasons in
// refused.
//
// A helper's definition gets another name in the IR, "\01" before its own, which is
// the same symbol in an object (Mangler::getNameWithPrefix in llvm/lib/IR/Mangler.cpp).
// A function with the name and the declared type calls it. Both are inlined; a call
// that is left all the same refers to the exported helper.
func Adapt(text []byte, declared map[string]string) (adapted []byte, refused map[string]string) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	have := map[int]string{}
	native := 0
	for _, l := range lines {
		if rest, ok := strings.CutPrefix(l, "attributes #"); ok {
			number, contents, _ := strings.Cut(rest, " = ")
			if n, err := strconv.Atoi(number); err == nil {
				have[n] = contents
			}
		}
		if strings.HasPrefix(l, "target datalayout = ") {
			native = widestInteger(l)
		}
	}
	groups := newGroups(have)
	refused = map[string]string{}
	var renamed, added []string
	for i, l := range lines {
		if !strings.HasPrefix(l, "define ") {
			continue
		}
		name, tail, _ := functionName(l)
		kind, ok := declared[name]
		if !ok {
			continue
		}
		group := groupOf(tail)
		if hasAttribute(have[group], "noinline") {
			refused[name] = "it is not to be inlined"
			continue
		}
		s, err := parseSignature(l)
		if err != nil {
			refused[name] = err.Error()
			continue
		}
		adapter, err := s.adapter(name, kind, native)
		if err != nil {
			refused[name] = err.Error()
			continue
		}
		adapter[0] = setGroup(adapter[0], group, groups.always(group))
		lines[i] = strings.Replace(l, "define "+s.linkage(), "define "+string(AvailableExternally)+" ", 1)
		renamed, added = append(renamed, name), append(added, adapter...)
	}
	if len(renamed) == 0 {
		return text, refused
	}
	for i, l := range lines {
		lines[i] = rename(l, renamed)
	}
	var out bytes.Buffer
	for _, l := range slices.Concat(lines, added, groups.text()) {
		out.WriteString(l + "\n")
	}
	return out.Bytes(), refused
}

// inner returns the name that an adapted helper's definition has in the IR.
func inner(name string) string { return `@"\01` + name + `"` }

// rename gives the functions in names their inner names, wherever a line mentions
// them.
func rename(l string, names []string) string {
	var out strings.Builder
	for {
		at := strings.IndexByte(l, '@')
		if at < 0 {
			out.WriteString(l)
			return out.String()
		}
		name, n := identifier(l[at+1:])
		if name != "" && slices.Contains(names, name) {
			out.WriteString(l[:at] + inner(name))
		} else {
			out.WriteString(l[:at+1+n])
		}
		l = l[at+1+n:]
	}
}

// widestInteger returns the widest integer that the target has registers for, in
// bits, from the line of its data layout: "n32:64" is 64. It returns 0 if the line
// does not tell.
func widestInteger(l string) int {
	widest := 0
	_, layout, _ := strings.Cut(l, `"`)
	layout, _, _ = strings.Cut(layout, `"`)
	for part := range strings.SplitSeq(layout, "-") {
		widths, ok := strings.CutPrefix(part, "n")
		if !ok || strings.HasPrefix(widths, "i:") {
			continue
		}
		for w := range strings.SplitSeq(widths, ":") {
			if n, err := strconv.Atoi(w); err == nil {
				widest = max(widest, n)
			}
		}
	}
	return widest
}

// signature is the first line of a function's definition.
type signature struct {
	head   []string // linkage and the like, before the result
	result parameter
	params []parameter
	tail   string // what follows the parameters
}

// parameter is a parameter or the result of a function.
type parameter struct {
	kind       string
	attributes []string
}

// heads are the words that may be before the result and are not its attributes. A
// definition with another calling convention than C's is not read.
var heads = append([]string{"dso_local", "dso_preemptable", "default", "hidden", "protected"}, linkages...)

// harmless are the attributes of parameters and results that do not say where a
// value is passed. extensions say what the bits above it are.
var (
	harmless = []string{"noundef", "nonnull", "noalias", "nocapture", "nofree", "readonly", "readnone", "writeonly",
		"returned", "align", "range", "dereferenceable", "dereferenceable_or_null", "captures", "writable", "dead_on_unwind",
		"nofpclass", "initializes"}
	extensions = []string{"zeroext", "signext"}
)

// linkage returns the linkage of the definition, with a blank behind it, "" for
// external linkage.
func (s *signature) linkage() string {
	if len(s.head) > 0 && slices.Contains(linkages, s.head[0]) {
		return s.head[0] + " "
	}
	return ""
}

// kind returns the type of the function.
func (s *signature) kind() string {
	var kinds []string
	for _, p := range s.params {
		kinds = append(kinds, p.kind)
	}
	return s.result.kind + " (" + strings.Join(kinds, ", ") + ")"
}

// extension returns the attribute that says what the bits above a value are, "" if
// they are undefined.
func (p *parameter) extension() string {
	for _, a := range p.attributes {
		if slices.Contains(extensions, a) {
			return a
		}
	}
	return ""
}

// placed returns an attribute that might say where a value is passed, "" if there
// is none.
func (p *parameter) placed() string {
	for _, a := range p.attributes {
		word, _, _ := strings.Cut(a, "(")
		if _, err := strconv.Atoi(word); err != nil && !slices.Contains(harmless, word) && !slices.Contains(extensions, word) {
			return word
		}
	}
	return ""
}

// parseSignature reads a line that begins a definition.
func parseSignature(l string) (*signature, error) {
	l, ok := strings.CutPrefix(l, "define ")
	at := strings.IndexByte(l, '@')
	if !ok || at < 0 {
		return nil, fmt.Errorf("%.40q is not a definition", l)
	}
	_, length := identifier(l[at+1:])
	words := fields(l[:at])
	var s signature
	for len(words) > 0 && slices.Contains(heads, words[0]) {
		s.head, words = append(s.head, words[0]), words[1:]
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("a definition without a result")
	}
	last := len(words) - 1
	if strings.HasPrefix(words[last], "addrspace(") {
		return nil, fmt.Errorf("its result is in an address space of its own")
	}
	s.result = parameter{words[last], words[:last]}
	rest := l[at+1+length:]
	end := closing(rest)
	if !strings.HasPrefix(rest, "(") || end < 0 {
		return nil, fmt.Errorf("a definition without parameters")
	}
	s.tail = rest[end+1:]
	for _, p := range split(rest[1:end]) {
		words := fields(p)
		switch {
		case len(words) == 1 && words[0] == "...":
			return nil, fmt.Errorf("it is variadic")
		case len(words) < 2 || !strings.HasPrefix(words[len(words)-1], "%"):
			return nil, fmt.Errorf("%.40q is not a parameter", p)
		case strings.HasPrefix(words[1], "addrspace("):
			return nil, fmt.Errorf("a parameter is in an address space of its own")
		}
		s.params = append(s.params, parameter{words[0], words[1 : len(words)-1]})
	}
	return &s, nil
}

// adapter returns the lines of a function with the name and the declared type that
// calls the helper of that name. native is the width of a register.
func (s *signature) adapter(name, declared string, native int) ([]string, error) {
	at := strings.LastIndex(declared, " (")
	if at < 0 || !strings.HasSuffix(declared, ")") {
		return nil, fmt.Errorf("the crate declares it with an unknown type")
	}
	result, params := declared[:at], split(declared[at+2:len(declared)-1])
	if len(params) != len(s.params) {
		return nil, fmt.Errorf("the crate declares it with %d parameters, and it has %d", len(params), len(s.params))
	}
	if a := s.result.placed(); a != "" {
		return nil, fmt.Errorf("its result is %s", a)
	}
	var body, names, arguments []string
	for i, kind := range params {
		p := &s.params[i]
		if a := p.placed(); a != "" {
			return nil, fmt.Errorf("parameter %d is %s", i+1, a)
		}
		c := conversion{native: native, value: fmt.Sprintf("%%p%d", i), step: fmt.Sprintf("%%p%d.", i)}
		names = append(names, kind+" "+c.value)
		if err := c.convert(kind, p.kind, ""); err != nil {
			return nil, fmt.Errorf("parameter %d is %s in Rust and %s in C: %w", i+1, kind, p.kind, err)
		}
		body = append(body, c.lines...)
		arguments = append(arguments, strings.TrimSpace(p.kind+" "+p.extension())+" "+c.value)
	}
	call := fmt.Sprintf("call %s %s(%s)", strings.TrimSpace(s.result.extension()+" "+s.result.kind), inner(name), strings.Join(arguments, ", "))
	if s.result.kind == "void" {
		if result != "void" {
			return nil, fmt.Errorf("its result is %s in Rust and void in C", result)
		}
		body = append(body, call, "ret void")
	} else {
		body = append(body, "%r = "+call)
		c := conversion{native: native, value: "%r", step: "%r."}
		if err := c.convert(s.result.kind, result, s.result.extension()); err != nil {
			return nil, fmt.Errorf("its result is %s in Rust and %s in C: %w", result, s.result.kind, err)
		}
		body = append(append(body, c.lines...), "ret "+result+" "+c.value)
	}
	out := []string{fmt.Sprintf("define %s%s @%s(%s)%s", words(s.head), result, name, strings.Join(names, ", "), s.tail)}
	for _, l := range body {
		out = append(out, "  "+l)
	}
	return append(out, "}"), nil
}

// words joins words with a blank behind each.
func words(list []string) string {
	out := ""
	for _, w := range list {
		out += w + " "
	}
	return out
}

// conversion makes the instructions that convert a value.
type conversion struct {
	native int
	value  string // the value as it is after lines
	step   string // what the names of further values begin with
	lines  []string
}

// do adds an instruction, whose result is the value from there on.
func (c *conversion) do(format string, args ...any) {
	name := fmt.Sprintf("%s%d", c.step, len(c.lines))
	c.lines = append(c.lines, name+" = "+fmt.Sprintf(format, args...))
	c.value = name
}

// convert converts the value from one type to another that is passed in the same
// place. extension tells what the bits above the value are: without it they are
// undefined as far as the called function knows, and zero is as good as anything
// else. A caller's narrower value has no conversion, because the declaration may
// promise an extension that its type does not show.
func (c *conversion) convert(from, to, extension string) error {
	if from == to {
		return nil
	}
	fromWidth, toWidth := c.integer(from), c.integer(to)
	switch isParameter := strings.HasPrefix(c.step, "%p"); {
	case fromWidth == 0 || toWidth == 0:
		return fmt.Errorf("they may be passed in different places")
	case isParameter && fromWidth < toWidth:
		return fmt.Errorf("what extends it is unknown")
	}
	for ; single(from) != ""; from = single(from) {
		c.do("extractvalue %s %s, 0", from, c.value)
	}
	var around []string
	for ; single(to) != ""; to = single(to) {
		around = append(around, to)
	}
	switch {
	case fromWidth > toWidth:
		c.do("trunc %s %s to %s", from, c.value, to)
	case fromWidth < toWidth && extension == "signext":
		c.do("sext %s %s to %s", from, c.value, to)
	case fromWidth < toWidth:
		c.do("zext %s %s to %s", from, c.value, to)
	}
	for _, a := range slices.Backward(around) {
		c.do("insertvalue %s poison, %s %s, 0", a, single(a), c.value)
	}
	return nil
}

// integer returns the width of an integer that fits into a register, alone or as
// the only member of arrays and structures. It returns 0 for another type.
func (c *conversion) integer(kind string) int {
	for single(kind) != "" {
		kind = single(kind)
	}
	digits, ok := strings.CutPrefix(kind, "i")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n > c.native {
		return 0
	}
	return n
}

// single returns the type of the only member of an array or a structure, "" for
// another type.
func single(kind string) string {
	if inside, ok := strings.CutPrefix(kind, "[1 x "); ok && closing(kind) == len(kind)-1 {
		return strings.TrimSuffix(inside, "]")
	}
	if inside, ok := strings.CutPrefix(kind, "{ "); ok && closing(kind) == len(kind)-1 {
		if members := split(strings.TrimSuffix(inside, " }")); len(members) == 1 {
			return members[0]
		}
	}
	return ""
}

// closing returns the position of the bracket that closes the first one in s, -1 if
// there is none.
func closing(s string) int {
	depth, quoted := 0, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{<", c) >= 0:
			depth++
		case strings.IndexByte(")]}>", c) >= 0:
			if depth--; depth <= 0 {
				return i
			}
		}
	}
	return -1
}

// split splits a list at the commas that are in no brackets.
func split(s string) []string { return cut(s, ',') }

// fields splits a text at the blanks that are in no brackets.
func fields(s string) []string { return cut(s, ' ') }

func cut(s string, separator byte) (out []string) {
	depth, quoted, start := 0, false, 0
	add := func(end int) {
		if part := strings.TrimSpace(s[start:end]); part != "" {
			out = append(out, part)
		}
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{<", c) >= 0:
			depth++
		case strings.IndexByte(")]}>", c) >= 0:
			depth--
		case c == separator && depth <= 0:
			add(i)
			start = i + 1
		}
	}
	add(len(s))
	return out
}
