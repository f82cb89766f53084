// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMentions checks that a name in a string is none, wherever the string is in the line.
func TestMentions(t *testing.T) {
	for line, want := range map[string][]mention{
		`"@quoted" @after`: {{"after", false}},
		`  call void asm "call @text", "i"(ptr @operand)`: {{"operand", false}},
		`  %1 = call ptr @f(ptr @"a b", ptr @g)`:          {{"f", true}, {"a b", false}, {"g", false}},
		`@x = global ptr @y, section "@z`:                 {{"x", false}, {"y", false}},
		`  ret void`:                                      nil,
	} {
		if diff := cmp.Diff(want, mentions(line), cmp.AllowUnexported(mention{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

// TestIdentifier has the first and the last of each range of characters that a name without quotes has (lltok in
// llvm/lib/AsmParser/LLLexer.cpp), and the characters beside them.
func TestIdentifier(t *testing.T) {
	for text, want := range map[string]string{
		"azAZ09._$-": "azAZ09._$-", "a/": "a", "a:": "a", "a@": "a", "a[": "a", "a`": "a", "a{": "a",
		`"a b" c`: "a b", `""`: "", `"open`: "", "": "", "(": "",
	} {
		if got, _ := identifier(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestUnescape has escapes at the end of the text, whole and cut off.
func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		`\41b\43`: "AbC", `a\5Cb`: `a\b`, `a\\b`: `a\b`, `a\\zz`: `a\zz`, `a\zz`: `a\zz`, `a\4`: `a\4`, `a\`: `a\`, "": "",
	} {
		if got := unescape(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestSetGroup gives definitions another group of attributes.
func TestSetGroup(t *testing.T) {
	for line, want := range map[string]string{
		"define i32 @f() #0 {":                                  "define i32 @f() #1 {",
		"define i32 @f() #1 {":                                  "define i32 @f() #1 {",
		"define i32 @f() #12 section \"a\" {":                   "define i32 @f() #1 section \"a\" {",
		"define i32 @f() {":                                     "define i32 @f() #1 {",
		"define i32 @f() local_unnamed_addr {":                  "define i32 @f() local_unnamed_addr #1 {",
		"define i32 @f(ptr byval({ i32 }) %0) section \" #\" {": "define i32 @f(ptr byval({ i32 }) %0) #1 section \" #\" {",
	} {
		if got := setGroup(line, 1); got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

// TestDeclaration takes the bodies away, and what LLVM has inferred from them.
func TestDeclaration(t *testing.T) {
	for line, want := range map[string]string{
		"define dso_local noundef i32 @f(ptr noundef readonly %0, i32 zeroext %1) #0 {":           "declare dso_local i32 @f(ptr, i32)",
		"define ptr addrspace(1) @f(ptr addrspace(3) noundef %0, ptr addrspace(4) %1) #0 {":       "declare ptr addrspace(1) @f(ptr addrspace(3), ptr addrspace(4))",
		"define weak hidden void @\"f g\"({ i64, [2 x i32] } %0, ptr align 8 %1) section \"a\" {": "declare hidden void @\"f g\"({ i64, [2 x i32] }, ptr)",
	} {
		m := &Module{lines: []string{line}}
		if got := m.declaration(&function{}); got != want {
			t.Errorf("%s:\n%s, want\n%s", line, got, want)
		}
	}
}

// TestMatches has patterns of each form, and names that are too short for them.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"abc", "abc", true}, {"abc", "abcd", false}, {"*", "", true}, {"a*", "a", true}, {"*c", "abc", true}, {"*c", "cb", false},
		{"a*c", "abc", true}, {"a*c", "ac", true}, {"ab*bc", "abc", false}, {"a*b*c", "axbyc", true}, {"a*b*c", "acbc", true},
		{"a*b*c", "axyc", false}, {"a*bc*c", "abc", false}, {"a*b*b", "ab", false}, {"a*b*b", "abb", true},
	} {
		if got := matches(c.pattern, "*", c.name); got != c.want {
			t.Errorf("%s and %s: %t", c.pattern, c.name, got)
		}
	}
}
