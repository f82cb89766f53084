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
// rustc_target::callconv::aarch64), and both mean the lower half of x0. On 32-bit ARM,
// a parameter of that kind is i32 for rustc, and [1 x i32] for clang.
//
// [Adapt] gives such a helper the type that a crate declares, if what differs is an integer of another width, or a
// structure or array with nothing but one integer in it. These are what the kernel's helpers have: of those of Linux
// 6.12 and 7.3, REFCOUNT_INIT returns a structure of one int, and the helpers for user IDs take and return one. Such a
// value is passed in one register for integers, whose width the target's data layout tells, on every target. LLVM
// extends narrower integers to a register and passes them in its low bits. The bits above them are undefined, unless
// the attributes signext or zeroext define them. Anything else that differs stays a call.
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
	var r register
	for _, l := range lines {
		if rest, ok := strings.CutPrefix(l, "attributes #"); ok {
			number, contents, _ := strings.Cut(rest, " = ")
			if n, err := strconv.Atoi(number); err == nil {
				have[n] = contents
			}
		}
		if strings.HasPrefix(l, "target datalayout = ") {
			r = registerOf(l)
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
		adapter, err := s.adapter(name, kind, r)
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

// register is the width of a target's widest register for integers, in bits.
type register int

// registerOf returns the width from the line of the target's data layout: "n32:64" is 64 bits
// (llvm/docs/LangRef.rst, "Data Layout"). It is 0 if the line does not tell.
func registerOf(l string) (r register) {
	_, layout, _ := strings.Cut(l, `"`)
	layout, _, _ = strings.Cut(layout, `"`)
	for part := range strings.SplitSeq(layout, "-") {
		sizes, ok := strings.CutPrefix(part, "n")
		if !ok || strings.HasPrefix(sizes, "i:") {
			continue
		}
		for size := range strings.SplitSeq(sizes, ":") {
			if n, err := strconv.Atoi(size); err == nil {
				r = max(r, register(n))
			}
		}
	}
	return r
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
func (s *signature) adapter(name, declared string, r register) ([]string, error) {
	at := strings.LastIndex(declared, " (")
	if at < 0 || !strings.HasSuffix(declared, ")") {
		return nil, fmt.Errorf("the crate declares it with an unknown type")
	}
	result, params := declared[:at], split(declared[at+2:len(declared)-1])
	if a := s.result.placement(); a != "" {
		return nil, fmt.Errorf("its result is %s", a)
	}
	if len(params) != len(s.params) {
		return nil, fmt.Errorf("its parameters are (%s) in Rust and %s in C: they may be passed in different places", strings.Join(params, ", "), s.kinds())
	}
	b := &body{}
	var names, arguments []string
	for i, kind := range params {
		p, value := &s.params[i], fmt.Sprintf("%%p%d", i)
		names = append(names, kind+" "+value)
		if a := p.placement(); a != "" {
			return nil, fmt.Errorf("parameter %d is %s", i+1, a)
		}
		if kind != p.kind {
			from, to := r.integerIn(kind), r.integerIn(p.kind)
			switch {
			case from == nil || to == nil:
				return nil, fmt.Errorf("parameter %d is %s in Rust and %s in C: they may be passed in different places", i+1, kind, p.kind)
			case from.width < to.width:
				// The declaration may promise an extension that its type does not show.
				return nil, fmt.Errorf("parameter %d is %s in Rust and %s in C: what extends it is unknown", i+1, kind, p.kind)
			}
			value = b.convert(from, to, value, "")
		}
		arguments = append(arguments, strings.TrimSpace(p.kind+" "+p.extension())+" "+value)
	}

	// Call the helper, and do the same with its result. A caller of a copy of the adapter
	// relies on the extension that the helper's own result has.
	extension := s.result.extension()
	call := fmt.Sprintf("call %s %s(%s)", strings.TrimSpace(extension+" "+s.result.kind), innerName(name), strings.Join(arguments, ", "))
	switch {
	case s.result.kind == result && result == "void":
		b.lines = append(b.lines, call, "ret void")
	case s.result.kind == result:
		b.lines = append(b.lines, "%r = "+call, "ret "+result+" %r")
	default:
		from, to := r.integerIn(s.result.kind), r.integerIn(result)
		if from == nil || to == nil {
			return nil, fmt.Errorf("its result is %s in Rust and %s in C: they may be passed in different places", result, s.result.kind)
		}
		if extension != "" && to.width < int(r) {
			// The declaration may promise another extension.
			return nil, fmt.Errorf("its result is %s in Rust and %s in C: what extends it is unknown", result, s.result.kind)
		}
		b.lines = append(b.lines, "%r = "+call)
		b.lines = append(b.lines, "ret "+result+" "+b.convert(from, to, "%r", extension))
		extension = ""
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

// integer is a type that is an integer, or a structure or array with nothing but one in it.
type integer struct {
	whole string
	width int // of the integer, in bits
	depth int // how many structures and arrays it is in
}

func (t *integer) kind() string { return fmt.Sprintf("i%d", t.width) }

// path returns the operands of extractvalue and insertvalue that lead to the integer.
func (t *integer) path() string { return strings.Repeat(", 0", t.depth) }

// integerIn returns the integer in a type, nil if there is none or the type has more than that.
func (r register) integerIn(kind string) *integer {
	t := &integer{whole: kind}
	for ; ; t.depth++ {
		if digits, ok := strings.CutPrefix(kind, "i"); ok {
			n, err := strconv.Atoi(digits)
			if err != nil || n <= 0 || n > int(r) {
				return nil
			}
			t.width = n
			return t
		}
		if closing(kind) != len(kind)-1 {
			return nil
		}
		member, isStruct := strings.CutPrefix(kind, "{ ")
		element, isArray := strings.CutPrefix(kind, "[1 x ")
		switch {
		case isStruct && len(split(strings.TrimSuffix(member, " }"))) == 1:
			kind = strings.TrimSuffix(member, " }")
		case isArray:
			kind = strings.TrimSuffix(element, "]")
		default:
			return nil
		}
	}
}

// body makes the instructions of a function.
type body struct{ lines []string }

// do adds an instruction and returns the name of its result.
func (b *body) do(format string, args ...any) string {
	name := fmt.Sprintf("%%v%d", len(b.lines))
	b.lines = append(b.lines, name+" = "+fmt.Sprintf(format, args...))
	return name
}

// convert converts a value to another type that is passed in the same register. extension tells what the
// bits above the integer are: without it they are undefined as far as the reader knows, and zero is as good
// as anything else.
func (b *body) convert(from, to *integer, value, extension string) string {
	if from.depth > 0 {
		value = b.do("extractvalue %s %s%s", from.whole, value, from.path())
	}
	switch {
	case from.width > to.width:
		value = b.do("trunc %s %s to %s", from.kind(), value, to.kind())
	case from.width < to.width && extension == "signext":
		value = b.do("sext %s %s to %s", from.kind(), value, to.kind())
	case from.width < to.width:
		value = b.do("zext %s %s to %s", from.kind(), value, to.kind())
	}
	if to.depth > 0 {
		value = b.do("insertvalue %s poison, %s %s%s", to.whole, to.kind(), value, to.path())
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
