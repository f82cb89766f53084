// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package depinfo

import (
	"slices"
	"strings"
)

// Variable is something that make knows and a result depends on.
type Variable struct {
	// Expr is an expression of make's, Value what it was when the result was
	// made.
	Expr, Value string
}

// Raw is the variable of that name, its blanks made one.
func Raw(name, value string) Variable {
	return Variable{Expr: "$(strip\f$(" + name + "))", Value: strings.Join(strings.Fields(value), " ")}
}

// Default is likewise, with a default where it is empty.
func Default(name, value, def string) Variable {
	if value == "" {
		value = def
	}
	return Variable{Expr: "$(strip\f$(or\f$(" + name + ")," + def + "))", Value: strings.Join(strings.Fields(value), " ")}
}

// Flags is the variable of that name as a set of words, without those that begin
// with one of the prefixes. A set: each level of kbuild's recursion appends to
// KBUILD_CFLAGS what is in it already.
func Flags(name, value string, without ...string) Variable {
	expr := "$(" + name + ")"
	words := strings.Fields(value)
	for _, prefix := range without {
		expr = "$(filter-out\f" + prefix + "%," + expr + ")"
		words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, prefix) })
	}
	slices.Sort(words)
	return Variable{Expr: "$(sort\f" + expr + ")", Value: strings.Join(slices.Compact(words), " ")}
}

// Condition is a prerequisite of target, to be written into a dependency file as
// it stands, that is file as long as all variables have their value. Once one has
// another it is a file that is not there, which takes the target for out of date
// (there is an empty rule for it: fixdep writes one for all prerequisites), and has
// kbuild forget the command that made the target: before GNU make 4.4 kbuild does
// not notice that a prerequisite is missing (.SECONDARY in the kernel's
// scripts/Kbuild.include), but it makes again what it knows no command for (cmd-check
// there; the variable is cmd_… before Linux 6.3).
//
// This is how a setting in the environment, which is no part of the command line
// that kbuild compares, gets to make all the same. fixdep copies a prerequisite
// as a word, up to a blank, "#" or ":"; it opens the file, but for names that end
// with .rmeta, .rlib or .so, which file must. make expands the word when it
// reads what fixdep has written. A function's name ends at any character that
// isspace(3) takes for white space (lookup_function in GNU make's src/function.c),
// so that a form feed, which fixdep has no meaning for, keeps it in one word.
// $(space), $(comma) and $(pound) are kbuild's (scripts/Kbuild.include).
func Condition(target, file string, variables []Variable) string {
	was, is := "<", "<"
	for i, v := range variables {
		if i > 0 {
			was, is = was+"|", is+"|"
		}
		value, ok := quote(v.Value)
		if !ok {
			value = "$(lto_wrap_unequal)" // expands to nothing, which the value is not
		}
		was, is = was+value, is+v.Expr
	}
	forget := "$(eval\fsavedcmd_" + target + "=)$(eval\fcmd_" + target + "=)"
	return "$(if\f$(subst\f" + was + ">,," + is + ">)," + forget + "lto_wrap_changed/)" + file
}

// quote writes a value for the argument of a function in one word. It is false
// for a value that cannot be written: make counts parentheses.
func quote(value string) (string, bool) {
	var b strings.Builder
	depth := 0
	for _, c := range []byte(value) {
		switch c {
		case ' ':
			b.WriteString("$(space)")
		case ',':
			b.WriteString("$(comma)")
		case '#':
			b.WriteString("$(pound)")
		case '$':
			b.WriteString("$$")
		case ':':
			b.WriteString(`\:`) // fixdep removes the backslash
		case '\\', '\n', '\r', '\t', '\f', '\v':
			return "", false
		case '(':
			depth++
			b.WriteByte(c)
		case ')':
			if depth--; depth < 0 {
				return "", false
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), depth == 0
}

// Metadata is the first prerequisite of a dep-info, as written there, that
// fixdep does not open: what rustc lists for -Zbinary-dep-depinfo, which kbuild
// asks for. It is "" where there is none.
func Metadata(text string) string {
	for line := range strings.Lines(text) {
		_, rest, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for rest = strings.TrimSpace(rest); rest != ""; {
			w := firstWord(rest)
			if strings.HasSuffix(w, ".rmeta") || strings.HasSuffix(w, ".rlib") || strings.HasSuffix(w, ".so") {
				return w
			}
			rest = strings.TrimLeft(rest[len(w):], " ")
		}
		return ""
	}
	return ""
}
