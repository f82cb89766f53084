// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/formats/remains"
)

// LLVM does not inline a call whose function type differs from the definition's.
// rustc and clang give some functions different types that mean the same to the
// machine. An example is a C function that returns a structure of 4 bytes on
// AArch64: clang's type is i32 (AArch64ABIInfo::classifyReturnType in
// clang/lib/CodeGen/Targets/AArch64.cpp), rustc's is i64 (classify_ret in
// rustc_target::callconv::aarch64), and both mean the lower half of x0. On x86-64, a
// structure of two words is one parameter for rustc, and two for clang.
//
// [Adapt] gives such a helper the type that a crate declares. It converts only what
// LLVM's calling conventions pass in the same places, whatever the target. A type is
// taken apart into its scalars, as LLVM does it (ComputeValueVTs in
// llvm/lib/CodeGen/Analysis.cpp), and these must correspond, one by one:
//
//   - Integers that are at most as wide as a register, which the target's data
//     layout tells. LLVM extends narrower ones to a register and passes them in its
//     low bits. The bits above them are undefined, unless the attributes signext or
//     zeroext define them.
//   - A pointer, which is passed like an integer of the same width.
//   - Arrays of several elements are not taken apart in parameters, because some
//     targets pass an array as a whole (functionArgumentNeedsConsecutiveRegisters in
//     llvm/include/llvm/CodeGen/TargetLowering.h).
//   - A result has at most two scalars, for which each target has registers. LLVM
//     may return larger ones in memory (CanLowerReturn).
//
// So the converted call computes what the call of the exported helper would.

// Types returns the types of the helpers in the syntax of LLVM's IR text, as in
// "i64 (ptr, i32)". Helpers with a type that this package cannot read are missing.
func (m *Module) Types() map[string]string {
	out := map[string]string{}
	for _, name := range m.order {
		f := m.functions[name]
		if s, err := parseSignature(m.lines[f.line]); err == nil && f.isHelper() {
			out[name] = s.kind()
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
// A function with the name and the declared type calls it, and has the linkage and the
// attributes of the helper. The definition is always inlined into that function, also
// where the cost model decides about the calls of the helper: in a copy of the helper
// (LinkonceODR, Internal), a call of the same symbol would be a call of the copy itself.
func Adapt(text []byte, declared map[string]string) (adapted []byte, refused map[string]remains.Reason) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	have := map[int]string{}
	var w widths
	for _, l := range lines {
		if rest, ok := strings.CutPrefix(l, "attributes #"); ok {
			number, contents, _ := strings.Cut(rest, " = ")
			if n, err := strconv.Atoi(number); err == nil {
				have[n] = contents
			}
		}
		if strings.HasPrefix(l, "target datalayout = ") {
			w = widthsOf(l)
		}
	}
	groups := newGroups(have)
	refused = map[string]remains.Reason{}
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
		group, _, _ := groupOf(tail)
		s, err := parseSignature(l)
		if err != nil {
			refused[name] = remains.Reason{Kind: remains.Type, Symbol: err.Error()}
			continue
		}
		adapter, err := s.adapter(name, kind, w)
		if err != nil {
			refused[name] = remains.Reason{Kind: remains.Type, Symbol: err.Error()}
			continue
		}
		adapter[0] = setGroup(adapter[0], group)
		lines[i] = setGroup(strings.Replace(l, "define "+s.linkage(), "define "+string(AvailableExternally)+" ", 1), groups.always(group))
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

// innerName returns the name that an adapted helper's definition has in the IR.
func innerName(name string) string { return `@"\01` + name + `"` }

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
			out.WriteString(l[:at] + innerName(name))
		} else {
			out.WriteString(l[:at+1+n])
		}
		l = l[at+1+n:]
	}
}

// widths are the widths of a target's widest register for integers and of its
// pointers, in bits.
type widths struct{ integer, pointer int }

// widthsOf returns the widths from the line of the target's data layout: "n32:64" is
// 64 bits for integers, and "p:32:32" 32 for pointers, which have 64 where nothing is
// said (llvm/docs/LangRef.rst, "Data Layout"). The first one is 0 if the line does
// not tell.
func widthsOf(l string) widths {
	w := widths{pointer: 64}
	_, layout, _ := strings.Cut(l, `"`)
	layout, _, _ = strings.Cut(layout, `"`)
	for part := range strings.SplitSeq(layout, "-") {
		kind, rest, _ := strings.Cut(part, ":")
		if kind == "p" || kind == "p0" {
			size, _, _ := strings.Cut(rest, ":")
			w.pointer, _ = strconv.Atoi(size)
		}
		sizes, ok := strings.CutPrefix(part, "n")
		if !ok || strings.HasPrefix(sizes, "i:") {
			continue
		}
		for size := range strings.SplitSeq(sizes, ":") {
			if n, err := strconv.Atoi(size); err == nil {
				w.integer = max(w.integer, n)
			}
		}
	}
	return w
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

// linkage returns the linkage of the definition, with a blank after it, "" for
// external linkage.
func (s *signature) linkage() string {
	if len(s.head) > 0 && slices.Contains(linkages, s.head[0]) {
		return s.head[0] + " "
	}
	return ""
}

// kind returns the type of the function.
func (s *signature) kind() string { return s.result.kind + " " + s.kinds() }

// kinds returns the types of the parameters, in brackets.
func (s *signature) kinds() string {
	var kinds []string
	for _, p := range s.params {
		kinds = append(kinds, p.kind)
	}
	return "(" + strings.Join(kinds, ", ") + ")"
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

// placement returns an attribute that might say where a value is passed, "" if there
// is none.
func (p *parameter) placement() string {
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
// calls the helper of that name.
func (s *signature) adapter(name, declared string, w widths) ([]string, error) {
	at := strings.LastIndex(declared, " (")
	if at < 0 || !strings.HasSuffix(declared, ")") {
		return nil, fmt.Errorf("the crate declares it with an unknown type")
	}
	result, params := declared[:at], split(declared[at+2:len(declared)-1])
	if a := s.result.placement(); a != "" {
		return nil, fmt.Errorf("its result is %s", a)
	}
	b := &body{widths: w}

	// Take the declared parameters apart, convert the scalars, and put together the
	// helper's own parameters.
	var given, wanted []scalar
	var names, arguments []string
	for i, kind := range params {
		value := fmt.Sprintf("%%p%d", i)
		names = append(names, kind+" "+value)
		given = append(given, b.scalars(kind, value, false)...)
	}
	for i := range s.params {
		p := &s.params[i]
		if a := p.placement(); a != "" {
			return nil, fmt.Errorf("parameter %d is %s", i+1, a)
		}
		wanted = append(wanted, b.scalars(p.kind, fmt.Sprint(i), false)...)
	}
	if len(given) != len(wanted) {
		return nil, fmt.Errorf("its parameters are (%s) in Rust and %s in C: they may be passed in different places", strings.Join(params, ", "), s.kinds())
	}
	for i := range s.params {
		p := &s.params[i]
		var values []string
		for len(wanted) > 0 && wanted[0].from == fmt.Sprint(i) {
			from, to := given[0], wanted[0].kind
			switch {
			case w.width(from.kind) > 0 && w.width(from.kind) < w.width(to):
				// The declaration may promise an extension that its type does not show.
				return nil, fmt.Errorf("parameter %d is %s in Rust and %s in C: what extends it is unknown", i+1, from.kind, to)
			case !w.inSamePlace(from.kind, to):
				return nil, fmt.Errorf("parameter %d is %s in Rust and %s in C: they may be passed in different places", i+1, from.kind, to)
			}
			values = append(values, b.convert(from.kind, to, b.extract(from), ""))
			given, wanted = given[1:], wanted[1:]
		}
		arguments = append(arguments, strings.TrimSpace(p.kind+" "+p.extension())+" "+b.build(p.kind, values, false))
	}

	// Call the helper, and do the same with its result. A caller of a copy of the adapter
	// relies on the extension that the helper's own result has.
	extension := s.result.extension()
	call := fmt.Sprintf("call %s %s(%s)", strings.TrimSpace(s.result.extension()+" "+s.result.kind), innerName(name), strings.Join(arguments, ", "))
	if s.result.kind == result && result == "void" {
		b.lines = append(b.lines, call, "ret void")
	} else {
		given, wanted = b.scalars(s.result.kind, "%r", true), b.scalars(result, "", true)
		alike := len(given) == len(wanted)
		for i := range given {
			alike = alike && w.inSamePlace(given[i].kind, wanted[i].kind)
		}
		if extension != "" && alike && result != s.result.kind {
			if n := w.width(result); n > 0 && n < w.integer {
				// The declaration may promise another extension.
				return nil, fmt.Errorf("its result is %s in Rust and %s in C: what extends it is unknown", result, s.result.kind)
			}
			extension = ""
		}
		if !alike {
			return nil, fmt.Errorf("its result is %s in Rust and %s in C: they may be passed in different places", result, s.result.kind)
		}
		b.lines = append(b.lines, "%r = "+call)
		var values []string
		for i := range given {
			values = append(values, b.convert(given[i].kind, wanted[i].kind, b.extract(given[i]), s.result.extension()))
		}
		b.lines = append(b.lines, "ret "+result+" "+b.build(result, values, true))
	}
	if extension != "" {
		result = extension + " " + result
	}
	out := []string{fmt.Sprintf("define %s%s @%s(%s)%s", joinWords(s.head), result, name, strings.Join(names, ", "), s.tail)}
	for _, l := range b.lines {
		out = append(out, "  "+l)
	}
	return append(out, "}"), nil
}

// joinWords joins words with a blank after each.
func joinWords(list []string) string {
	out := ""
	for _, w := range list {
		out += w + " "
	}
	return out
}

// width returns the width of a scalar that is passed in a register for integers, 0 for
// another type.
func (w widths) width(kind string) int {
	n := w.pointer
	if kind != "ptr" {
		digits, ok := strings.CutPrefix(kind, "i")
		var err error
		if n, err = strconv.Atoi(digits); !ok || err != nil {
			return 0
		}
	}
	if n > w.integer {
		return 0
	}
	return n
}

// inSamePlace reports whether two scalars are passed in the same place.
func (w widths) inSamePlace(a, b string) bool {
	return a == b || w.width(a) > 0 && w.width(b) > 0
}

// scalar is a part of a value, or a value that is not taken apart.
type scalar struct {
	kind string
	// whole and from are the type and the name of the value, path says where in it the
	// scalar is.
	whole, from string
	path        []int
}

// body makes the instructions of a function.
type body struct {
	widths
	lines []string
}

// do adds an instruction and returns the name of its result.
func (b *body) do(format string, args ...any) string {
	name := fmt.Sprintf("%%v%d", len(b.lines))
	b.lines = append(b.lines, name+" = "+fmt.Sprintf(format, args...))
	return name
}

// scalars takes the value called name apart. isResult says that it is a result.
func (b *body) scalars(kind, name string, isResult bool) []scalar {
	var out []scalar
	if paths, kinds := b.leaves(kind, nil, isResult); !isResult || len(paths) <= 2 {
		for i := range paths {
			out = append(out, scalar{kinds[i], kind, name, paths[i]})
		}
	}
	if len(out) == 0 {
		out = []scalar{{kind: kind, whole: kind, from: name}}
	}
	return out
}

// leaves returns the paths and the types of a type's scalars, none if it is not
// taken apart.
func (b *body) leaves(kind string, at []int, isResult bool) (paths [][]int, kinds []string) {
	if b.width(kind) > 0 {
		return [][]int{at}, []string{kind}
	}
	for i, m := range members(kind, isResult) {
		p, k := b.leaves(m, append(slices.Clone(at), i), isResult)
		if len(p) == 0 {
			return nil, nil
		}
		paths, kinds = append(paths, p...), append(kinds, k...)
	}
	return paths, kinds
}

// members returns the types of the members of a structure, and of an array that is
// taken apart.
func members(kind string, isResult bool) []string {
	if closing(kind) != len(kind)-1 {
		return nil
	}
	if inside, ok := strings.CutPrefix(kind, "{ "); ok {
		return split(strings.TrimSuffix(inside, " }"))
	}
	if inside, ok := strings.CutPrefix(kind, "["); ok {
		number, element, _ := strings.Cut(strings.TrimSuffix(inside, "]"), " x ")
		if number == "1" || number == "2" && isResult {
			n, _ := strconv.Atoi(number)
			return slices.Repeat([]string{element}, n)
		}
	}
	return nil
}

// indices returns a path as the operands of extractvalue and insertvalue.
func indices(path []int) string {
	out := ""
	for _, i := range path {
		out += fmt.Sprintf(", %d", i)
	}
	return out
}

// extract returns the value of a scalar.
func (b *body) extract(s scalar) string {
	if len(s.path) == 0 {
		return s.from
	}
	return b.do("extractvalue %s %s%s", s.whole, s.from, indices(s.path))
}

// build puts the scalars of a type together.
func (b *body) build(kind string, values []string, isResult bool) string {
	paths, kinds := b.leaves(kind, nil, isResult)
	if len(values) != len(paths) || len(paths) == 1 && len(paths[0]) == 0 {
		return values[0]
	}
	whole := "poison"
	for i, v := range values {
		whole = b.do("insertvalue %s %s, %s %s%s", kind, whole, kinds[i], v, indices(paths[i]))
	}
	return whole
}

// convert converts a scalar to another type that is passed in the same place.
// extension tells what the bits above the value are: without it they are undefined
// as far as the reader knows, and zero is as good as anything else.
func (b *body) convert(from, to, value, extension string) string {
	if from == to {
		return value
	}
	if from == "ptr" {
		from = fmt.Sprintf("i%d", b.pointer)
		value = b.do("ptrtoint ptr %s to %s", value, from)
	}
	target := to
	if to == "ptr" {
		target = fmt.Sprintf("i%d", b.pointer)
	}
	switch {
	case b.width(from) > b.width(target):
		value = b.do("trunc %s %s to %s", from, value, target)
	case b.width(from) < b.width(target) && extension == "signext":
		value = b.do("sext %s %s to %s", from, value, target)
	case b.width(from) < b.width(target):
		value = b.do("zext %s %s to %s", from, value, target)
	}
	if to == "ptr" {
		value = b.do("inttoptr %s %s to ptr", target, value)
	}
	return value
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
