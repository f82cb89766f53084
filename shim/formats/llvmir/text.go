// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"slices"
	"strconv"
	"strings"
)

// linkages are the linkage keywords that may follow "define" or "=". Without one
// the linkage is external.
var linkages = []string{"private", "internal", "available_externally", "linkonce", "weak", "common",
	"appending", "extern_weak", "linkonce_odr", "weak_odr", "external"}

// mention is a place in the text that names a global.
type mention struct {
	name string
	// called is set where the name is what an instruction calls. All other mentions use
	// the address.
	called bool
}

// mentions returns all globals that a line names: what follows "@" outside of strings.
func mentions(l string) (out []mention) {
	calls := strings.Contains(l, "call ") || strings.Contains(l, "invoke ") || strings.Contains(l, "callbr ")
	for i := 0; i < len(l); {
		switch l[i] {
		case '"':
			end := strings.IndexByte(l[i+1:], '"') // LLVM writes a quote in a string as \22
			if end < 0 {
				return out
			}
			i += end + 2
		case '@':
			name, n := identifier(l[i+1:])
			i += 1 + n
			if name != "" {
				out = append(out, mention{name, calls && i < len(l) && l[i] == '('})
			}
		default:
			i++
		}
	}
	return out
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

// symbolOf returns what a line that defines a variable or an alias begins with: "@" and the
// name, with the quotes that it may have. A quoted name may have " = " in it.
func symbolOf(l string) string {
	_, length := identifier(l[1:])
	return l[:1+length]
}

func unquote(name string) string {
	n, _ := identifier(name)
	return n
}

// linkageOf returns the linkage keyword at the beginning of what follows "define" or
// "=", "" for external linkage.
func linkageOf(s string) string {
	if word, _, _ := strings.Cut(s, " "); slices.Contains(linkages, word) {
		return word
	}
	return ""
}

// unescape replaces what LLVM writes as a backslash and two digits in a string.
func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out.WriteByte(byte(n))
				i += 2
				continue
			}
			if s[i+1] == '\\' {
				i++
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
