// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"fmt"
	"slices"
	"strings"
)

// Options say how [Module.Apply] changes the helper definitions.
type Options struct {
	Linkage Linkage
	// AlwaysInline adds alwaysinline to each helper. Otherwise alwaysinline is
	// removed from helpers whose source has it, and LLVM's cost model decides.
	AlwaysInline bool
	// Calls names the helpers that must remain calls. They are only declared, without the
	// attributes that LLVM has inferred from their body.
	Calls map[string]bool
	// Invisible names the symbols that the resulting objects cannot refer to.
	// Globals that refer to them are not kept alive.
	Invisible map[string]bool
}

// Apply returns the text with the changes that o asks for. It has the helpers that can be
// inlined, and what they bring along. What exists once, in the helpers' object, is
// declared: helpers that remain calls, variables, weak definitions, aliases. Assembly
// outside of functions is left out.
func (m *Module) Apply(o Options) []byte {
	lines := slices.Clone(m.lines)
	groups := newGroups(m.groups)
	drop := make([]bool, len(lines))
	for _, name := range m.order {
		f := m.functions[name]
		switch {
		case isLocal(f.linkage):
		case !isStrong(f.linkage) || o.Calls[name]:
			lines[f.line] = m.declaration(f)
			for i := f.line + 1; i <= f.end; i++ {
				drop[i] = true
			}
		default:
			linkage, change := o.Linkage, groups.cost
			if o.AlwaysInline {
				change = groups.always
			}
			if m.hasAddress(name) {
				linkage = AvailableExternally // what takes its address must get that of the exported one
			}
			l := strings.TrimPrefix(strings.TrimPrefix(lines[f.line], "define "), "external ")
			lines[f.line] = setGroup("define "+linkage.word()+l, change(f.group))
		}
	}
	drops := func(function string) bool {
		f := m.functions[function]
		return f != nil && drop[f.end]
	}
	for name, v := range m.variables {
		if kind, ok := v.declaration(); ok && (!isLocal(v.linkage) || hasLeftOutLabels(v.rest, drops)) && !strings.HasPrefix(name, "llvm.") {
			lines[v.line] = symbolOf(lines[v.line]) + " = external " + kind
		}
	}
	for _, a := range m.aliases {
		symbol := symbolOf(lines[a.line])
		if head, kind, isFunction := a.declaration(); isFunction {
			result, params := kind[:strings.LastIndex(kind, " (")], kind[strings.LastIndex(kind, " (")+1:]
			lines[a.line] = "declare " + head + result + " " + symbol + params
		} else {
			lines[a.line] = symbol + " = external " + head + "global " + kind
		}
	}
	for i, l := range lines {
		switch {
		case drop[i]:
		case strings.HasPrefix(l, "module asm "):
			drop[i] = true
		case strings.HasPrefix(l, "@llvm.used = "), strings.HasPrefix(l, "@llvm.compiler.used = "):
			lines[i] = m.keepUsed(l, o.Invisible)
			drop[i] = lines[i] == ""
		case strings.HasPrefix(l, "@llvm.global_ctors = "), strings.HasPrefix(l, "@llvm.global_dtors = "):
			// Sanitizers and gcov register what the helpers object has. That happens
			// once, there. Without these lists the linker leaves out the functions that
			// only they refer to.
			drop[i] = true
		}
	}
	var out strings.Builder
	for i, l := range lines {
		if !drop[i] {
			out.WriteString(l + "\n")
		}
	}
	for _, l := range groups.text() {
		out.WriteString(l + "\n")
	}
	return []byte(out.String())
}

// hasAddress reports whether something uses the address of a function.
func (m *Module) hasAddress(name string) bool {
	address := func(x mention) bool { return x.name == name && !x.called }
	for _, f := range m.functions {
		if slices.ContainsFunc(f.mentions, address) {
			return true
		}
	}
	for by, v := range m.variables {
		if !strings.HasPrefix(by, "llvm.") && slices.ContainsFunc(v.mentions, address) {
			return true
		}
	}
	return false
}

// declaration returns a declaration of a function without what LLVM has inferred from its
// body: attributes of the function, its result and its parameters. Callers tell how they
// pass each argument.
func (m *Module) declaration(f *function) string {
	head, tail, _ := strings.Cut(strings.TrimPrefix(m.lines[f.line], "define "), "@")
	_, length := identifier(tail)
	name, tail := tail[:length], tail[length:]
	words, out := fields(head), "declare "
	for len(words) > 0 && slices.Contains(heads, words[0]) {
		if !slices.Contains(linkages, words[0]) {
			out += words[0] + " "
		}
		words = words[1:]
	}
	var params []string
	for _, p := range split(tail[1:closing(tail)]) {
		words := fields(p)
		if len(words) > 1 && strings.HasPrefix(words[1], "addrspace(") {
			words[0] += " " + words[1]
		}
		params = append(params, words[0])
	}
	result := "void"
	if n := len(words); n > 1 && strings.HasPrefix(words[n-1], "addrspace(") {
		result = words[n-2] + " " + words[n-1]
	} else if n > 0 {
		result = words[n-1]
	}
	return out + result + " @" + name + "(" + strings.Join(params, ", ") + ")"
}

// declaration returns the declaration of a variable without its value, as it follows "external".
func (v *variable) declaration() (string, bool) {
	words := fields(strings.TrimPrefix(v.rest, v.linkage+" "))
	for i, w := range words {
		if (w == "global" || w == "constant") && i+1 < len(words) {
			var head []string
			for _, h := range words[:i] {
				if h != "unnamed_addr" && h != "local_unnamed_addr" {
					head = append(head, h)
				}
			}
			return strings.Join(append(head, w, strings.TrimSuffix(words[i+1], ",")), " "), true
		}
	}
	return "", false
}

// declaration returns what a declaration of the symbol has: the words before its type, and the
// type.
func (a alias) declaration() (head, kind string, isFunction bool) {
	for _, word := range []string{"alias ", "ifunc "} {
		before, after, ok := strings.Cut(" "+a.rest, " "+word)
		if !ok {
			continue
		}
		for w := range strings.FieldsSeq(before) {
			if slices.Contains(heads, w) && !slices.Contains(linkages, w) {
				head += w + " "
			}
		}
		if parts := split(after); len(parts) > 0 {
			kind = parts[0]
		}
		return head, kind, strings.Contains(kind, " (") && strings.HasSuffix(kind, ")")
	}
	return "", "", false
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
		v := m.variables[unquote(strings.TrimPrefix(e, "ptr @"))]
		if v != nil && isLocal(v.linkage) && strings.HasPrefix(v.section, ".discard") &&
			!slices.ContainsFunc(v.mentions, func(x mention) bool { return invisible[x.name] || m.isLocal(x.name) || m.top.has(x.name) }) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return fmt.Sprintf("%s[%d x ptr] [%s], %s", head[:open], len(kept), strings.Join(kept, ", "), tail)
}

// hasLeftOutLabels reports whether the text of a variable has addresses of labels in a function that
// is left out. Only that function uses such a variable.
func hasLeftOutLabels(text string, isLeftOut func(function string) bool) bool {
	for {
		_, rest, ok := strings.Cut(text, "blockaddress(@")
		if !ok {
			return false
		}
		name, _, _ := strings.Cut(rest, ",")
		if isLeftOut(unquote(name)) {
			return true
		}
		text = rest
	}
}
