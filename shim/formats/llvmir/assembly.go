// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"regexp"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/remains"
)

// Assembly is text to LLVM. When a helper is inlined, its assembly is in each object
// that uses the helper, as often as it is used. That means the same if it defines
// nothing that has a name, and names nothing that only the helpers' object has.

// directives are the directives of assembly that define no symbol, whatever their
// operands are; see the manual of GNU as. .set and its like are looked at separately.
var directives = []string{
	".section", ".pushsection", ".popsection", ".previous", ".subsection", ".text", ".data", ".bss",
	".byte", ".2byte", ".4byte", ".8byte", ".short", ".hword", ".half", ".word", ".dword", ".xword", ".long", ".int", ".quad", ".octa",
	".uleb128", ".sleb128", ".ascii", ".asciz", ".string", ".zero", ".skip", ".space", ".fill", ".nops", ".org", ".reloc",
	".align", ".balign", ".p2align", ".if", ".ifdef", ".ifndef", ".ifb", ".ifnb", ".ifc", ".ifnc", ".ifeq", ".ifne", ".ifeqs", ".ifnes",
	".ifge", ".ifgt", ".ifle", ".iflt", ".else", ".elseif", ".endif", ".irp", ".irpc", ".rept", ".endr", ".macro", ".endm", ".exitm", ".purgem",
	".altmacro", ".noaltmacro", ".err", ".error", ".warning", ".arch", ".arch_extension", ".cpu", ".fpu", ".option", ".machine", ".insn", ".inst",
	".inst.n", ".inst.w", ".syntax", ".arm", ".thumb", ".code", ".code16", ".code32", ".code64", ".ltorg", ".pool", ".unreq", ".abiversion",
}

// assignments are directives that give a value to the symbol that is their first operand,
// and that may do so again.
var assignments = []string{".set", ".equ"}

// inlineAssembly returns the text of the inline assembly that an instruction has.
func inlineAssembly(l string) (string, bool) {
	_, rest, ok := strings.Cut(l, " asm ")
	if !ok {
		return "", false
	}
	_, rest, ok = strings.Cut(rest, `"`)
	text, _, _ := strings.Cut(rest, `"`)
	return unescape(text), ok
}

// In the text of inline assembly, LLVM writes operands as $0 and ${0:c}, and ${:uid} is a
// number that each copy of the text has for itself. They become one letter each.
const (
	operand = "\x01"
	unique  = "\x02"
)

var (
	uids     = regexp.MustCompile(`\$\{:uid\}`)
	operands = regexp.MustCompile(`\$(\d+|\{[^}]*\})`)
	// variants are what depends on the syntax of x86: $(att$|intel$).
	variants = strings.NewReplacer("$$", "$", "$(", "", "$|", " ", "$)", "")
	quoted   = regexp.MustCompile(`"[^"]*"`)
	simple   = regexp.MustCompile(`^"[\w.,@%*-]*"$`)
	word     = regexp.MustCompile(`[A-Za-z0-9_.$\\@` + operand + unique + `]+`)
	label    = regexp.MustCompile(`^([A-Za-z0-9_.$\\@` + operand + unique + `]+)\s*:(?:[^:]|$)`)
	equation = regexp.MustCompile(`^([A-Za-z0-9_.$\\@` + operand + unique + `]+)\s*=[^=]`)
	numbered = regexp.MustCompile(`^\d+$`)
	backward = regexp.MustCompile(`\b\d+[bf]\b`)
)

// statement is a line of assembly: labels, the instruction or directive, its operands.
type statement struct {
	labels []string
	word   string
	rest   string
}

// statements takes assembly apart.
func statements(text string) (out []statement) {
	// Of strings, the names of sections matter. \() separates an argument of a macro.
	text = quoted.ReplaceAllStringFunc(strings.ReplaceAll(text, `\()`, ""), func(s string) string {
		if simple.MatchString(s) {
			return strings.Trim(s, `"`)
		}
		return ""
	})
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		var s statement
		line = strings.TrimSpace(line)
		for {
			m := label.FindStringSubmatch(line)
			if m == nil {
				break
			}
			s.labels = append(s.labels, m[1])
			line = strings.TrimSpace(line[strings.IndexByte(line, ':')+1:])
		}
		if m := equation.FindStringSubmatch(line); m != nil {
			s.word, s.rest = ".set", m[1]+","+line[len(m[1]):]
		} else if s.word = line; strings.ContainsAny(line, " \t") {
			at := strings.IndexAny(line, " \t")
			s.word, s.rest = line[:at], strings.TrimSpace(line[at:])
		}
		if len(s.labels) > 0 || s.word != "" {
			out = append(out, s)
		}
	}
	return out
}

// isLabelOfText reports whether a label belongs to one copy of a text.
func isLabelOfText(name string) bool {
	return numbered.MatchString(name) || strings.Contains(name, unique)
}

// assigned returns the symbol that a statement gives a value to.
func (s statement) assigned() (string, bool) {
	name, _, is := strings.Cut(s.rest, ",")
	return strings.TrimSpace(name), is && slices.Contains(assignments, s.word)
}

// topAssembly is the assembly outside of functions (module asm). It exists once, in the
// helpers' object.
type topAssembly struct {
	// defined are the symbols that it defines for the helpers' object alone; those that a
	// macro puts together have "*" in their names. macros are the macros.
	defined, macros []string
}

func readTop(lines []string) (t topAssembly) {
	globals := map[string]bool{}
	var defined []string
	for _, s := range statements(strings.Join(lines, "\n")) {
		defined = append(defined, s.labels...)
		if name, ok := s.assigned(); ok {
			defined = append(defined, name)
		}
		switch s.word {
		case ".globl", ".global", ".weak", ".comm":
			for _, name := range strings.FieldsFunc(s.rest, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
				globals[name] = true
			}
		case ".macro":
			if w := word.FindString(s.rest); w != "" {
				t.macros = append(t.macros, w)
			}
		}
	}
	macroArgument := regexp.MustCompile(`\\\w*|\\@`)
	for _, name := range defined {
		if !globals[name] && !numbered.MatchString(name) {
			t.defined = append(t.defined, macroArgument.ReplaceAllString(name, "*"))
		}
	}
	return t
}

// has reports whether it defines a symbol for the helpers' object alone.
func (t *topAssembly) has(name string) bool {
	return slices.ContainsFunc(t.defined, func(d string) bool { return matches(d, "*", name) })
}

// matches reports whether a name is one that pattern describes, in which the text any
// stands for any text.
func matches(pattern, any, name string) bool {
	parts := strings.Split(pattern, any)
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	name = name[len(first) : len(name)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		at := strings.Index(name, p)
		if at < 0 {
			return false
		}
		name = name[at+len(p):]
	}
	return true
}

// assemblyReason returns why the text of inline assembly keeps a helper a call, nil if it
// does not.
func (m *Module) assemblyReason(text string) *remains.Reason {
	text = operands.ReplaceAllString(uids.ReplaceAllString(strings.ReplaceAll(text, "$$", "\x00"), unique), operand)
	text = variants.Replace(strings.ReplaceAll(text, "\x00", "$$"))
	list := statements(text)
	purged := map[string]bool{}
	for _, s := range list {
		if s.word == ".purgem" {
			purged[s.rest] = true
		}
	}
	defines := func(what string) *remains.Reason {
		what = strings.NewReplacer(operand, "%", unique, "%=").Replace(what)
		return &remains.Reason{Kind: remains.AssemblyDefines, Symbol: what}
	}
	for _, s := range list {
		for _, name := range s.labels {
			if !isLabelOfText(name) && !strings.Contains(name, `\@`) {
				return defines("it defines " + name)
			}
		}
		if slices.Contains(m.top.macros, s.word) {
			return &remains.Reason{Kind: remains.AssemblyNames, Symbol: s.word}
		}
		if name, ok := s.assigned(); ok {
			// \name is an argument of a macro, which the text removes again.
			if !strings.HasPrefix(name, ".L") && !strings.HasPrefix(name, `\`) && !isLabelOfText(name) && name != "." {
				return defines("it defines " + name)
			}
		} else if strings.HasPrefix(s.word, ".") && !slices.Contains(directives, s.word) && !slices.Contains(assignments, s.word) {
			return defines(s.word)
		}
		if s.word == ".macro" {
			if name := word.FindString(s.rest); !purged[name] {
				return defines("it defines the macro " + name)
			}
		}
		for _, w := range word.FindAllString(s.rest, -1) {
			if name := m.privateSymbol(w); name != "" {
				return &remains.Reason{Kind: remains.AssemblyNames, Symbol: name}
			}
		}
	}
	if section := untiedSection(list); section != "" {
		return defines("it adds to the section " + section)
	}
	return nil
}

// privateSymbol returns the symbol that only the helpers' object has and that a word of
// assembly names, "" if it names none. Operands in the word stand for any text.
func (m *Module) privateSymbol(w string) string {
	if numbered.MatchString(w) {
		return "" // what LLVM has given a number as its name (@0) has no such name in assembly
	}
	composed := strings.Contains(w, operand)
	if composed && strings.Trim(w, operand+unique+"$.0123456789") == "" {
		return ""
	}
	if !composed {
		if f, ok := m.functions[w]; ok && isLocal(f.linkage) {
			return w
		}
		if v, ok := m.variables[w]; ok && isLocal(v.linkage) {
			return w
		}
		if m.top.has(w) {
			return w
		}
		return ""
	}
	for _, name := range m.order {
		if isLocal(m.functions[name].linkage) && matches(w, operand, name) {
			return name
		}
	}
	for name, v := range m.variables {
		if isLocal(v.linkage) && matches(w, operand, name) {
			return name
		}
	}
	for _, name := range m.top.defined {
		if matches(w, operand, name) {
			return name
		}
	}
	return ""
}

// piece is what assembly adds to a section.
type piece struct {
	section string
	tied    bool
}

// newPiece returns the piece that the operands of .section or .pushsection begin.
func newPiece(operands string) piece {
	name := word.FindString(operands)
	return piece{name, strings.HasPrefix(name, ".discard")}
}

// untiedSection returns the name of a section to which assembly adds something that does not
// belong to the place where the assembly is: it neither refers to a label of the
// assembly nor has one. Such a thing registers something, once for each copy.
// Entries of tables like __ex_table, __jump_table and .altinstructions are tied, and so is
// the code that they refer to. What is discarded when the kernel is linked does not matter.
func untiedSection(list []statement) string {
	stack := []piece{{tied: true}}
	for _, s := range list {
		top := &stack[len(stack)-1]
		top.tied = top.tied || len(s.labels) > 0 || backward.MatchString(s.rest) || strings.Contains(s.rest, unique)
		done := ""
		switch s.word {
		case ".pushsection":
			stack = append(stack, newPiece(s.rest))
			continue
		case ".popsection":
			if len(stack) > 1 {
				if !top.tied {
					done = top.section
				}
				stack = stack[:len(stack)-1]
			}
		case ".section", ".previous", ".text", ".data", ".bss", ".subsection":
			if !top.tied {
				done = top.section
			}
			*top = piece{tied: true}
			if s.word == ".section" {
				*top = newPiece(s.rest)
			}
		}
		if done != "" {
			return done
		}
	}
	for _, p := range stack {
		if !p.tied {
			return p.section
		}
	}
	return ""
}
