// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package depinfo

import (
	"slices"
	"strings"
)

// Variable is a value that make knows and that a result depends on.
type Variable struct {
	// Expr is an expression of make, and Value is its value when the result was
	// made.
	Expr, Value string
}

// Raw returns the make variable name with the value value. Runs of white space
// count as one blank.
func Raw(name, value string) Variable {
	return Variable{Expr: "$(strip\f$(" + name + "))", Value: strings.Join(strings.Fields(value), " ")}
}

// Default is like [Raw], but uses def for an empty value.
func Default(name, value, def string) Variable {
	if value == "" {
		value = def
	}
	return Variable{Expr: "$(strip\f$(or\f$(" + name + ")," + def + "))", Value: strings.Join(strings.Fields(value), " ")}
}

// Flags returns the make variable name as a list of words, except for words with the prefix without. The order counts: of -DN=2
// and -UN, the last one decides.
func Flags(name, value, without string) Variable {
	expr := "$(" + name + ")"
	words := strings.Fields(value)
	for i, w := range words {
		if isPassedOn(w) {
			words[i] = kept + w
		}
	}
	for _, p := range passedOn {
		p = strings.ReplaceAll(p, ",", "$(comma)") + "%"
		expr = "$(patsubst\f" + p + "," + kept + p + "," + expr + ")"
	}
	words = slices.DeleteFunc(words, func(w string) bool { return strings.HasPrefix(w, without) })
	return Variable{Expr: "$(strip\f$(filter-out\f" + without + "%," + expr + "))", Value: strings.Join(words, " ")}
}

// Changed returns a value that always counts as changed: for what cannot be compared.
func Changed() Variable { return Variable{Expr: "changed"} }

// Output returns what the shell command command prints, whose value was value when
// the result was made. What it writes to the standard error is discarded. ok is
// false for a word that a shell would not take as it is.
func Output(value string, command ...string) (v Variable, ok bool) {
	special := func(r rune) bool { return isSpecial(r) && r != '=' && r != '%' }
	expr := "$(shell\f"
	for _, w := range command {
		if name, is := strings.CutPrefix(w, "$("); w == "" || is && strings.ContainsFunc(strings.TrimSuffix(name, ")"), special) || !is && strings.ContainsFunc(w, special) {
			return Variable{}, false
		}
		expr += strings.ReplaceAll(w, ",", "$(comma)") + "$(space)"
	}
	// make splits the output into words in the same way as it does a value.
	return Variable{Expr: "$(strip\f" + expr + "2>/dev/null))", Value: strings.Join(strings.Fields(value), " ")}, true
}

// passedOn are the prefixes of flags that look like warnings but are options for
// the preprocessor and the assembler. They are always kept: kept stands in front of them
// while others are left out.
var passedOn = []string{"-Wp,", "-Wa,"}

const kept = "="

func isPassedOn(flag string) bool {
	return slices.ContainsFunc(passedOn, func(p string) bool { return strings.HasPrefix(flag, p) })
}

// Condition returns a prerequisite of target, to be written into a dependency file
// as it is. While all variables have the values in variables, it expands to file.
// Otherwise it expands to a file that does not exist, and kbuild makes target
// again:
//   - The missing prerequisite makes target out of date. make does not fail, because
//     fixdep writes an empty rule for each prerequisite.
//   - The expansion also makes kbuild forget the saved command of target. Before GNU
//     make 4.4, kbuild does not notice a missing prerequisite (.SECONDARY in the
//     kernel's scripts/Kbuild.include), but it does rebuild a target that has no
//     saved command (cmd-check there; the variable is cmd_… before Linux 6.3).
//
// In this way, make notices a change of a setting in the environment, although the
// setting is not part of the command line that kbuild compares.
//
// The result is a single word for fixdep, which copies a prerequisite up to a
// blank, "#" or ":". fixdep opens each file, except those whose names end with
// .rmeta, .rlib or .so, so file must have one of these extensions. make expands the
// word when it reads the output of fixdep. The name of a make function ends at any
// character for which isspace(3) is true (lookup_function in GNU make's
// src/function.c). A form feed, which is not special to fixdep, therefore separates
// the name from the arguments without splitting the word. $(space), $(comma) and
// $(pound) come from kbuild (scripts/Kbuild.include).
func Condition(target, file string, variables []Variable) string {
	was, is := "<", "<"
	for i, v := range variables {
		if i > 0 {
			was, is = was+"|", is+"|"
		}
		value, ok := quote(v.Value)
		if !ok {
			value = "$(lto_wrap_unequal)" // expands to nothing, and so never equals the value
		}
		was, is = was+value, is+v.Expr
	}
	forget := ""
	if isPlain(target) {
		forget = "$(eval\fsavedcmd_" + target + "=)$(eval\fcmd_" + target + "=)"
	}
	return "$(if\f$(subst\f" + was + ">,," + is + ">)," + forget + "lto_wrap_changed/)" + file
}

// OptionalPrefix returns what to write in front of a condition for a prerequisite that
// counts only while the file exists: make rebuilds the target when the file
// is newer, and not when it is gone. fixdep does not open it.
//
// $(space) makes it a word of its own when make reads it, while it is part of one
// word for fixdep.
func OptionalPrefix(file string) (word string, ok bool) { return functionPrefix("wildcard", file) }

// UnreadPrefix returns what to write in front of a condition for a prerequisite that fixdep does
// not open: for a file whose name fixdep and make read differently. The value of "deps_…",
// which fixdep writes and make expands, may have any character in it that does not end a
// word.
func UnreadPrefix(file string) (word string, ok bool) { return functionPrefix("strip", file) }

func functionPrefix(function, file string) (word string, ok bool) {
	name, ok := quote(file)
	if !ok || strings.ContainsAny(file, " :;|*?[~%") {
		return "", false
	}
	return "$(" + function + "\f" + name + ")$(space)", true
}

// AfterTarget returns what to write in front of a condition for a file that comes into being, or
// is rebuilt, by the recipe of another target: make looks at the time of file after
// target is up to date, and not before. The recipe of the rule for it is empty, and the
// rule is there once, however many dependency files have it.
func AfterTarget(file, target string) (word string, ok bool) {
	if !isPlain(file) || !isPlain(target) {
		return "", false
	}
	file, target = strings.ReplaceAll(file, ",", "$(comma)"), strings.ReplaceAll(target, ",", "$(comma)")
	seen := "lto_wrap_after_" + file
	return "$(if\f$(" + seen + "),,$(eval\f" + seen + "=1)$(eval\f" + file + `\:$(space)` + target + ";))", true
}

// isPlain reports whether a file name has only characters that mean themselves to
// fixdep, to make, and in the name of a variable.
func isPlain(file string) bool {
	return file != "" && !strings.ContainsFunc(file, isSpecial)
}

func isSpecial(r rune) bool {
	return !strings.ContainsRune("/._+-@,", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
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

// Metadata returns the first prerequisite in a dep-info file that fixdep does not
// open, as it is written there. rustc lists such files for -Zbinary-dep-depinfo,
// which kbuild uses. Metadata returns "" if there is none.
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
