// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
