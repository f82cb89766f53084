// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package llvmir edits the textual LLVM IR of the kernel's helpers, so that clang
// can inline them into Rust. It changes the linkage of the helper definitions,
// their inlining attributes, and the lists that keep globals alive.
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

// Options say how [Module.Apply] changes the helper definitions.
type Options struct {
	Linkage Linkage
	// AlwaysInline adds alwaysinline to each helper. Otherwise alwaysinline is
	// removed from helpers whose source has it, and LLVM's cost model decides.
	AlwaysInline bool
	// Withhold names the helpers that must stay calls. They get
	// available_externally and noinline, so that their body is neither inlined nor
	// emitted into the object.
	Withhold map[string]bool
	// Invisible names the symbols that the resulting objects cannot refer to.
	// Globals that refer to them are not kept alive.
	Invisible map[string]bool
}

// Helper is a function definition that other objects can call.
type Helper struct {
	Name string
	// NoInline is set if the source forbids inlining the helper.
	NoInline bool
}

// Module is IR text, split into lines, with the names that it defines and declares.
type Module struct {
	lines   []string
	helpers []definition
	groups  map[int]string // attribute groups: number to contents
	// refs maps each defined function or variable to the names that it refers to.
	// external has the names that are declared but not defined.
	refs     map[string][]string
	external map[string]bool
	sections map[string]string // section of each global variable that has one
	// variables is true for each variable with strong external linkage.
	variables map[string]bool
	// statics are the writable variables with internal linkage, of which the helpers
	// object has the only one. empty are the struct types without members.
	statics map[string]bool
	empty   map[string]bool
}

// definition is a function definition with strong external linkage.
type definition struct {
	name  string
	line  int
	group int // attribute group, -1 if none
}

// linkages are the linkage keywords that may follow "define" or "=". Without one
// the linkage is external.
var linkages = []string{"private", "internal", "available_externally", "linkonce", "weak", "common",
	"appending", "extern_weak", "linkonce_odr", "weak_odr", "external"}

// Parse parses IR text. It returns an error for text that is truncated or not IR.
func Parse(text []byte) (*Module, error) {
	m := &Module{
		groups: map[int]string{}, refs: map[string][]string{},
		external: map[string]bool{}, sections: map[string]string{}, variables: map[string]bool{},
		statics: map[string]bool{}, empty: map[string]bool{},
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	m.lines = strings.Split(string(text), "\n")
	inside := "" // the function that the present line belongs to
	for i, l := range m.lines {
		switch {
		case inside != "":
			if l == "}" {
				inside = ""
				continue
			}
			m.refs[inside] = append(m.refs[inside], names(l)...)
		case strings.HasPrefix(l, "define "):
			name, tail, ok := functionName(l)
			if !ok || !strings.HasPrefix(tail, "(") || !strings.HasSuffix(l, " {") {
				return nil, fmt.Errorf("line %d: unrecognised function definition: %.80s", i+1, l)
			}
			inside = name
			m.refs[name] = append(m.refs[name], names(tail)...)
			if !slices.Contains(linkages, secondWord(l)) {
				group, _, _ := groupOf(tail)
				m.helpers = append(m.helpers, definition{name, i, group})
			}
		case strings.HasPrefix(l, "declare "):
			if name, _, ok := functionName(l); ok && !strings.HasPrefix(name, "llvm.") {
				m.external[name] = true
			}
		case strings.HasPrefix(l, "@"):
			m.global(l)
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
	if inside != "" {
		return nil, fmt.Errorf("line %d: the text ends inside the function %s", len(m.lines), inside)
	}
	for _, d := range m.helpers {
		if _, ok := m.groups[d.group]; !ok && d.group >= 0 {
			return nil, fmt.Errorf("the text ends before attributes #%d, which the function %s has", d.group, d.name)
		}
	}
	if !bytes.Contains(text, []byte("target triple")) {
		return nil, fmt.Errorf("no target triple: this is not the IR of a compilation")
	}
	return m, nil
}

func (m *Module) global(l string) {
	name, rest, ok := globalName(l)
	if !ok {
		return
	}
	if strings.HasPrefix(rest, "external ") || strings.HasPrefix(rest, "extern_weak ") {
		m.external[name] = true
		return
	}
	if _, section, ok := strings.Cut(rest, `, section "`); ok {
		m.sections[name], _, _ = strings.Cut(section, `"`)
	}
	m.refs[name] = names(rest)
	// The helpers object also defines a variable with strong linkage. A second
	// definition in each Rust object would not link.
	word, _, _ := strings.Cut(rest, " ")
	m.variables[name] = !slices.Contains(linkages, word) && isVariable(rest)
	m.statics[name] = word == "internal" && m.isStatic(name, rest)
}

// perUse are the sections of static variables that macros make for each place of
// use, so that each object may have its own: flags of DO_ONCE_LITE and WARN_ONCE
// (include/linux/once_lite.h), descriptors of pr_debug (include/linux/dynamic_debug.h),
// and what is discarded when the kernel is linked.
var perUse = []string{".data..once", "__dyndbg", ".discard"}

// isStatic reports whether an internal definition is a variable that holds state:
// not a constant, not without members (a lock class key without lockdep), and not
// in one of the sections [perUse].
func (m *Module) isStatic(name, rest string) bool {
	_, behind, ok := strings.Cut(rest, "global ")
	if !ok || !isVariable(rest) || strings.Contains(rest[:len(rest)-len(behind)], "constant ") {
		return false
	}
	kind, _, _ := strings.Cut(behind, " ")
	if m.empty[kind] || kind == "{}" || strings.HasPrefix(behind, "[0 x ") {
		return false
	}
	return !slices.ContainsFunc(perUse, func(s string) bool { return strings.HasPrefix(m.sections[name], s) })
}

// Statics returns, for each helper, the writable static variables that it reaches,
// sorted. In an object that the helper is inlined into, each of them would be a
// second variable.
func (m *Module) Statics() map[string][]string {
	out := map[string][]string{}
	for _, d := range m.helpers {
		m.reach(d.name, nil, func(_, ref string) {
			if m.statics[ref] {
				out[d.name] = append(out[d.name], ref)
			}
		})
		slices.Sort(out[d.name])
	}
	return out
}

// threadPointer is the intrinsic that reads the thread pointer, followed by a type since
// LLVM 21. Features of the function say how: 32-bit ARM has an instruction for it with
// the feature read-tp-… of -mtp=, and otherwise calls __aeabi_read_tp, which is not in
// the kernel (ARMTargetLowering::LowerINTRINSIC_WO_CHAIN in LLVM). Crates are compiled
// without that feature, and inlined code has the features of its caller.
const threadPointer = "llvm.thread.pointer"

// ThreadPointers returns the helpers that read the thread pointer in that way, with the
// intrinsic.
func (m *Module) ThreadPointers() map[string]string {
	out := map[string]string{}
	for _, d := range m.helpers {
		m.reach(d.name, nil, func(_, ref string) {
			if strings.HasPrefix(ref, threadPointer) {
				out[d.name] = ref
			}
		})
	}
	return out
}

// reach calls visit once with each name that a helper mentions, and with each name
// that the local functions and variables mention which it reaches, together with
// the place that mentions it. extra adds names, by the function that needs them.
func (m *Module) reach(helper string, extra map[string][]string, visit func(at, ref string)) {
	seen := map[string]bool{helper: true}
	for queue := []string{helper}; len(queue) > 0; {
		at := queue[0]
		queue = queue[1:]
		for _, list := range [][]string{m.refs[at], extra[at]} {
			for _, ref := range list {
				if seen[ref] {
					continue
				}
				seen[ref] = true
				visit(at, ref)
				if _, local := m.refs[ref]; local {
					queue = append(queue, ref)
				}
			}
		}
	}
}

// Variables returns the variables that other objects can refer to, sorted.
func (m *Module) Variables() []string {
	var out []string
	for name, strong := range m.variables {
		if strong {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Helpers returns the functions that other objects can call, in the order of the
// text.
func (m *Module) Helpers() []Helper {
	out := make([]Helper, len(m.helpers))
	for i, d := range m.helpers {
		out[i] = Helper{Name: d.name, NoInline: hasAttribute(m.groups[d.group], "noinline")}
	}
	return out
}

// Externals returns, for each helper, the external symbols that its body needs,
// sorted: those that it refers to itself, and those of all local functions and
// variables that it reaches. extra has additional references that the text does not
// show, such as those in inline assembly, by the function that makes them.
func (m *Module) Externals(extra map[string][]string) map[string][]string {
	out := make(map[string][]string, len(m.helpers))
	for _, d := range m.helpers {
		m.reach(d.name, extra, func(at, ref string) {
			if _, local := m.refs[ref]; !local && (m.external[ref] || slices.Contains(extra[at], ref)) {
				out[d.name] = append(out[d.name], ref)
			}
		})
		slices.Sort(out[d.name])
	}
	return out
}

// Apply returns the text with the changes that o asks for.
func (m *Module) Apply(o Options) []byte {
	lines := slices.Clone(m.lines)
	groups := newGroups(m.groups)
	for _, d := range m.helpers {
		linkage, change := o.Linkage, groups.cost
		switch {
		case o.Withhold[d.name]:
			linkage, change = AvailableExternally, groups.never
		case o.AlwaysInline:
			change = groups.always
		}
		l := strings.Replace(lines[d.line], "define ", "define "+linkage.word(), 1)
		lines[d.line] = setGroup(l, change(d.group))
	}
	var drop []int
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "@llvm.used = "), strings.HasPrefix(l, "@llvm.compiler.used = "):
			if kept := m.keepUsed(l, o.Invisible); kept == "" {
				drop = append(drop, i)
			} else {
				lines[i] = kept
			}
		case strings.HasPrefix(l, "@llvm.global_ctors = "), strings.HasPrefix(l, "@llvm.global_dtors = "):
			// Sanitizers and gcov register what the helpers object has. That happens
			// once, there. Without these lists the linker leaves out the functions that
			// only they refer to.
			drop = append(drop, i)
		case strings.HasPrefix(l, "define "):
			lines[i] = "define " + discardable(strings.TrimPrefix(l, "define "))
		case strings.HasPrefix(l, "@"):
			name, rest, ok := strings.Cut(l, " = ")
			switch {
			case !ok:
			case m.variables[unquote(name[1:])]:
				lines[i] = name + " = available_externally " + rest
			default:
				lines[i] = name + " = " + discardable(rest)
			}
		}
	}
	for _, i := range slices.Backward(drop) {
		lines = slices.Delete(lines, i, i+1)
	}
	lines = append(lines, groups.text()...)
	return []byte(strings.Join(lines, "\n") + "\n")
}

// discardable changes the linkage of a weak definition (__attribute__((weak))) to
// linkonce. s is the text after "define" or "=". The only difference is that a
// linkonce definition is left out of modules that do not refer to it. When clang
// merges bitcode, it takes a weak definition in any case.
func discardable(s string) string {
	if word, rest, _ := strings.Cut(s, " "); word == "weak" || word == "weak_odr" {
		return strings.Replace(word, "weak", "linkonce", 1) + " " + rest
	}
	return s
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

// keepUsed returns the llvm.used or llvm.compiler.used line l with only those
// globals that a Rust object needs, "" if none is left. These are the globals in a
// .discard section, which objtool and the linker read as references
// ("__ADDRESSABLE" in include/linux/compiler.h), and which are not in the kernel
// image. All other globals (module information, tables that are walked section by
// section) exist once, in the helpers object. If they were kept, each Rust object
// would contain a copy.
func (m *Module) keepUsed(l string, invisible map[string]bool) string {
	head, rest, ok := strings.Cut(l, " [ptr @")
	list, tail, ok2 := strings.Cut("ptr @"+rest, "], ")
	open := strings.LastIndexByte(head, '[') // of the type
	if !ok || !ok2 || open < 0 {
		return l
	}
	var kept []string
	for e := range strings.SplitSeq(list, ", ") {
		name := unquote(strings.TrimPrefix(e, "ptr @"))
		refersTo := func(ref string) bool { return invisible[ref] }
		if strings.HasPrefix(m.sections[name], ".discard") && !slices.ContainsFunc(m.refs[name], refersTo) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return fmt.Sprintf("%s[%d x ptr] [%s], %s", head[:open], len(kept), strings.Join(kept, ", "), tail)
}

// UsedRefs returns the external symbols that the globals kept by llvm.used refer
// to. Every object into which the module is linked refers to them, whichever
// helpers it calls.
func (m *Module) UsedRefs() []string {
	var out []string
	for name, section := range m.sections {
		if !strings.HasPrefix(section, ".discard") {
			continue
		}
		for _, ref := range m.refs[name] {
			if m.external[ref] {
				out = append(out, ref)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// globalName returns the name in a line that defines or declares a variable, and
// the text after "=".
func globalName(l string) (name, rest string, ok bool) {
	name, end := identifier(l[1:])
	rest, ok = strings.CutPrefix(l[1+end:], " = ")
	return name, rest, ok && name != ""
}

// functionName returns the name in a define or declare line, and the text after the
// name.
func functionName(l string) (name, tail string, ok bool) {
	at := strings.IndexByte(l, '@')
	if at < 0 {
		return "", "", false
	}
	name, end := identifier(l[at+1:])
	return name, l[at+1+end:], name != ""
}

// identifier returns the name that follows "@", quoted or not, and its length in
// the text.
func identifier(s string) (name string, length int) {
	if strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s[1:], '"')
		if end < 0 {
			return "", 0
		}
		return s[1 : end+1], end + 2
	}
	n := 0
	for n < len(s) && (s[n] == '.' || s[n] == '_' || s[n] == '$' || s[n] == '-' ||
		'0' <= s[n] && s[n] <= '9' || 'a' <= s[n] && s[n] <= 'z' || 'A' <= s[n] && s[n] <= 'Z') {
		n++
	}
	return s[:n], n
}

func unquote(name string) string {
	n, _ := identifier(name)
	return n
}

// names returns all names that follow an "@" in a line.
func names(l string) []string {
	var out []string
	for {
		at := strings.IndexByte(l, '@')
		if at < 0 {
			return out
		}
		name, n := identifier(l[at+1:])
		if name != "" {
			out = append(out, name)
		}
		l = l[at+1+n:]
	}
}

func secondWord(l string) string {
	_, rest, _ := strings.Cut(l, " ")
	word, _, _ := strings.Cut(rest, " ")
	return word
}

// groupOf finds the attribute group in what follows a function's name: its number, -1 if
// there is none, and where " #" and the number are in tail.
func groupOf(tail string) (number, start, end int) {
	start = strings.LastIndex(tail, " #")
	if start < 0 {
		return -1, 0, 0
	}
	digits, _, _ := strings.Cut(tail[start+len(" #"):], " ")
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return -1, 0, 0
	}
	return int(n), start, start + len(" #") + len(digits)
}

// setGroup replaces the attribute group of a definition.
func setGroup(l string, group int) string {
	_, tail, _ := functionName(l)
	old, start, end := groupOf(tail)
	switch before := len(l) - len(tail); {
	case old == group:
		return l
	case old < 0:
		at := attributesAt(l)
		return l[:at] + fmt.Sprintf(" #%d", group) + l[at:]
	default:
		return l[:before+start] + fmt.Sprintf(" #%d", group) + l[before+end:]
	}
}

// attributesAt returns the position of the attributes in a definition that has none
// yet: after the parameters and unnamed_addr, and before section, align and the
// like.
func attributesAt(l string) int {
	_, tail, _ := functionName(l)
	at := len(l) - len(tail)
	for depth := 0; at < len(l)-len(" {"); at++ {
		if l[at] == '(' {
			depth++
		} else if l[at] == ')' {
			if depth--; depth == 0 {
				at++
				break
			}
		}
	}
	for _, word := range []string{" unnamed_addr", " local_unnamed_addr"} {
		if strings.HasPrefix(l[at:], word) {
			at += len(word)
		}
	}
	return at
}

// hasAttribute reports whether the text of a group contains an enum attribute. LLVM
// prints string attributes after all enum attributes.
func hasAttribute(group, name string) bool {
	enums, _, _ := strings.Cut(group, `"`)
	return slices.Contains(strings.Fields(enums), name)
}

// attributeGroups makes changed copies of attribute groups, one for each
// combination of a change and a group. It copies them because functions that are
// not helpers share the groups.
type attributeGroups struct {
	have  map[int]string
	next  int
	made  map[string]int
	added []string
}

func newGroups(have map[int]string) *attributeGroups {
	g := &attributeGroups{have: have, made: map[string]int{}}
	for n := range have {
		g.next = max(g.next, n+1)
	}
	return g
}

// always returns group n with alwaysinline. For a function that must not be inlined
// (noinline, optnone) it returns n, because LLVM's verifier rejects both on one
// function.
func (g *attributeGroups) always(n int) int {
	t := g.have[n]
	if hasAttribute(t, "alwaysinline") || hasAttribute(t, "noinline") || hasAttribute(t, "optnone") {
		return n
	}
	return g.add(insertAttribute(t, "alwaysinline"))
}

// cost returns group n without alwaysinline.
func (g *attributeGroups) cost(n int) int {
	if t := g.have[n]; hasAttribute(t, "alwaysinline") {
		return g.add(removeAttribute(t, "alwaysinline"))
	}
	return n
}

// never returns group n with noinline.
func (g *attributeGroups) never(n int) int {
	t := removeAttribute(g.have[n], "alwaysinline")
	if hasAttribute(t, "noinline") {
		return n
	}
	return g.add(insertAttribute(t, "noinline"))
}

func (g *attributeGroups) add(text string) int {
	if n, ok := g.made[text]; ok {
		return n
	}
	n := g.next
	g.next++
	g.made[text] = n
	g.added = append(g.added, fmt.Sprintf("attributes #%d = %s", n, text))
	return n
}

func (g *attributeGroups) text() []string { return g.added }

func insertAttribute(group, name string) string {
	body := strings.TrimSpace(strings.TrimPrefix(group, "{"))
	if body == "" {
		body = "}"
	}
	return "{ " + name + " " + body
}

func removeAttribute(group, name string) string {
	enums, rest, quoted := strings.Cut(group, `"`)
	words := slices.DeleteFunc(strings.Fields(enums), func(w string) bool { return w == name })
	out := strings.Join(words, " ")
	if quoted {
		out += ` "` + rest
	}
	return out
}
