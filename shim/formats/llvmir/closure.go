// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"maps"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/remains"
)

// Remain returns the helpers that must remain calls, with the reasons. What a helper
// brings along is its body, the static functions that it calls, and what these refer to.
// Each thing in it must be of one of the [Kinds]. Other helpers, which it calls by their
// names, are no part of it.
func (m *Module) Remain() map[string]remains.Reason {
	out := map[string]remains.Reason{}
	for _, name := range m.Helpers() {
		f, ok := m.functions[name]
		if !ok {
			out[name] = remains.Reason{Kind: remains.Alias, Symbol: name}
			continue
		}
		if !isStrong(f.linkage) {
			out[name] = remains.Reason{Kind: remains.Weak, Symbol: name}
			continue
		}
		for _, t := range m.closure(f) {
			if !slices.ContainsFunc(Kinds, func(k Allowed) bool { return k.fits(m, t) }) {
				out[name] = m.reason(t)
				break
			}
		}
	}
	return out
}

// Externals returns, for each helper, the external symbols that its body needs, sorted.
// extra has additional references that the text does not show, such as those in inline
// assembly, by the function that makes them.
func (m *Module) Externals(extra map[string][]string) map[string][]string {
	out := map[string][]string{}
	for _, name := range m.Helpers() {
		f, ok := m.functions[name]
		if !ok {
			continue
		}
		needs := map[string]bool{}
		for _, s := range extra[name] {
			needs[s] = true
		}
		for _, t := range m.closure(f) {
			if t.kind != aSymbol {
				continue
			}
			if m.isExternal(t.name) {
				needs[t.name] = true
			}
			if m.isLocal(t.name) {
				for _, s := range extra[t.name] {
					needs[s] = true
				}
			}
		}
		if len(needs) > 0 {
			out[name] = slices.Sorted(maps.Keys(needs))
		}
	}
	return out
}

// isLocal reports whether a symbol is one that only the helpers' object has, so that
// copies of what refers to it need a copy of it.
func (m *Module) isLocal(name string) bool {
	if f, ok := m.functions[name]; ok {
		return isLocal(f.linkage)
	}
	v, ok := m.variables[name]
	return ok && isLocal(v.linkage) && !strings.HasPrefix(name, "llvm.")
}

// closure returns all that a helper brings along.
func (m *Module) closure(helper *function) (out []thing) {
	queued, seen := map[string]bool{helper.name: true}, map[mention]bool{}
	for queue := []string{helper.name}; len(queue) > 0; queue = queue[1:] {
		var refs []mention
		if f, ok := m.functions[queue[0]]; ok {
			out = append(out, m.things(f, f == helper)...)
			refs = f.mentions
		} else {
			refs = m.variables[queue[0]].mentions
		}
		for _, ref := range refs {
			if seen[ref] {
				continue
			}
			seen[ref] = true
			kind := aSymbol
			if strings.HasPrefix(ref.name, "llvm.") {
				kind = anIntrinsic
			}
			out = append(out, thing{kind: kind, name: ref.name, called: ref.called, own: queue[0] == helper.name})
			if !queued[ref.name] && m.isLocal(ref.name) {
				queued[ref.name] = true
				queue = append(queue, ref.name)
			}
		}
	}
	return out
}

// things returns what a function brings along in addition to symbols. own is set for the helper
// itself, whose body becomes a part of its caller, where a function that it calls remains
// a function.
func (m *Module) things(f *function, own bool) (out []thing) {
	property := func(k remains.Kind, what string) {
		out = append(out, thing{kind: aProperty, because: remains.Reason{Kind: k, Symbol: what}})
	}
	for _, text := range f.assembly {
		out = append(out, thing{kind: anAssembly, name: text, own: own})
	}
	group := m.groups[f.group]
	for _, a := range enums(group) {
		out = append(out, thing{kind: anAttribute, name: a, own: own})
	}
	out = append(out, thing{kind: features, name: featuresOf(group), own: own})
	head, tail, _ := strings.Cut(m.lines[f.line], "@")
	_, length := identifier(tail)
	tail = tail[length:]
	behind := tail[closing(tail)+1:]
	for _, w := range fields(behind) {
		w, _, _ = strings.Cut(w, "(")
		switch w {
		case "section":
			property(remains.Section, f.name)
		case "comdat", "gc", "prefix", "prologue", "personality":
			property(remains.Attribute, w)
		}
	}
	if !own {
		return out
	}
	if strings.HasSuffix(tail[:closing(tail)+1], "...)") {
		property(remains.Variadic, f.name)
	}
	if f.label {
		property(remains.BlockAddress, f.name)
	}
	for _, w := range fields(head) {
		if w == "cc" || strings.HasSuffix(w, "cc") || strings.HasSuffix(w, "_pcs") || strings.HasSuffix(w, "_vfp") {
			property(remains.Attribute, w)
		}
	}
	return out
}

// enums returns the words of the attributes of a group that are not strings.
func enums(group string) (out []string) {
	text, _, _ := strings.Cut(strings.Trim(group, "{ "), `"`)
	for _, w := range fields(strings.TrimRight(text, "} ")) {
		w, _, _ = strings.Cut(w, "(")
		w, _, _ = strings.Cut(w, "=")
		out = append(out, w)
	}
	return out
}

// machine are the attributes that say for which machine a function is compiled.
var machine = []string{`"target-cpu"=`, `"target-features"=`, `"use-soft-float"=`, `"target-abi"=`}

// featuresOf returns those of a group.
func featuresOf(group string) string {
	var out []string
	for _, w := range fields(strings.Trim(group, "{}")) {
		if slices.ContainsFunc(machine, func(p string) bool { return strings.HasPrefix(w, p) }) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// extraFeatures returns the features that others do not have, or all if others have more.
func extraFeatures(features, others string) string {
	have := featureWords(others)
	own := slices.DeleteFunc(featureWords(features), func(f string) bool { return slices.Contains(have, f) })
	if len(own) == 0 {
		return features
	}
	return strings.Join(own, ",")
}

// featureWords returns the words of what [featuresOf] returns: each feature, and the names and values of the other attributes.
func featureWords(features string) []string {
	return strings.FieldsFunc(features, func(r rune) bool { return r == ',' || r == ' ' || r == '"' || r == '=' })
}

// usualFeatures returns the features that most functions of the module have.
func (m *Module) usualFeatures() string {
	count := map[string]int{}
	for _, f := range m.functions {
		count[featuresOf(m.groups[f.group])]++
	}
	best := ""
	for _, s := range slices.Sorted(maps.Keys(count)) {
		if count[s] > count[best] {
			best = s
		}
	}
	return best
}
