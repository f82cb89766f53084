// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/settings"
)

// line is what whatis and apropos show.
var line = map[host.Program]string{
	host.RustcWrap: "inline the Linux kernel's C helpers into its Rust code",
	host.CCWrap:    "compile the Linux kernel's C helpers to bitcode as well",
}

// more is what the description says in addition to [inspect.Purpose].
var more = map[host.Program]string{
	host.RustcWrap: `
A crate that can call helpers is compiled to LLVM bitcode. Clang merges in the
helpers, optimises both together and makes the object, with the kernel's own flags,
where the kernel's build expects it. Every other command line goes to the real rustc
unchanged, by exec.

The kernel's sources are not changed, and make clean leaves nothing behind. A clang of
the same LLVM major version as rustc is needed; --wrap-check says whether there is
one. If CC=cc-helper-wrap is given as well, the helpers are compiled with the very flags
that the build uses for them; without it, these flags are assembled from what the
build exports.
`,
	host.CCWrap: `
The object that the build asked for is made by the real compiler, with the very
command line. In addition, the helpers become LLVM bitcode, once for built-in code and
once for modules, which rustc-lto-wrap merges into the kernel's Rust code. Every
other command line goes to the real compiler unchanged, by exec.

It is only useful together with RUSTC=rustc-lto-wrap.
`,
}

const examples = `
Build a kernel with its helpers inlined:

    make LLVM=1 RUSTC=rustc-lto-wrap

Ask beforehand whether that would work in this tree:

    LLVM=1 rustc-lto-wrap --wrap-check .

See afterwards what was done, and let a script fail if a call to a helper is left:

    rustc-lto-wrap --wrap-report --fail-on=calls-left .
`

// page is the manual page of a program, in the language of mdoc(7).
func page(p program, version string, date time.Time) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	add(`.\" SPDX-License-Identifier: Apache-2.0`)
	add(`.\" Copyright 2026 The rustc-lto-wrap authors`)
	add(`.\" Made by install/manual from the tables that the program reads.`)
	add(".Dd %s %d, %d", date.Month(), date.Day(), date.Year())
	add(".Dt %s 1", strings.ToUpper(string(p.name)))
	add(".Os %s", escape("rustc-lto-wrap "+version))
	add(".Sh NAME\n.Nm %s\n.Nd %s", p.name, escape(line[p.name]))
	add(".Sh SYNOPSIS")
	add(".Ic make\n.Cm %s\n.Op Ar TARGET ...", strings.TrimPrefix(inspect.BuildCommand[p.name], "make "))
	for _, q := range p.queries {
		add(".Nm\n.Fl %s", literal(q.Option[1:]))
		if q.Usage != "" {
			add("%s", escape(q.Usage))
			continue
		}
		for _, o := range q.Options {
			add(".Op %s", option(o))
		}
		if optional, ok := strings.CutPrefix(q.Operands, "["); ok {
			add(".Op Ar %s", escape(strings.TrimSuffix(optional, "]")))
		} else if q.Operands != "" {
			add(".Ar %s", escape(q.Operands))
		}
	}
	add(".Sh DESCRIPTION")
	b.WriteString(text(inspect.Purpose[p.name] + "\n\n" + more[p.name]))
	add(".Sh OPTIONS")
	b.WriteString(text("These are answered by the program itself, and never used by the build. They must come first on the command line; everything else is for the real tool. " +
		"Each prints its own usage if it is followed by --help."))
	add(".Bl -tag -width Ds")
	for _, q := range p.queries {
		add(".It Fl %s", literal(q.Option[1:]))
		b.WriteString(text(sentence(q.What)))
		if len(q.Options) > 0 {
			add(".Bl -tag -width Ds")
			for _, o := range q.Options {
				add(".It %s", option(o))
				b.WriteString(text(sentence(o.Meaning)))
			}
			add(".El")
		}
		if q.Details != "" {
			add(".Pp")
			b.WriteString(text(q.Details))
		}
		add(".Pp\nIts exit statuses:\n.Bl -tag -width Ds")
		for _, s := range q.ExitStatuses() {
			add(".It %s", s.Code)
			b.WriteString(text(sentence(s.Meaning)))
		}
		add(".El")
	}
	add(".El")
	add(".Sh ENVIRONMENT")
	b.WriteString(text("A variable that begins with LTO_WRAP_ and is not among these, or has a value that is not among those named, is an error. " +
		"After a change of a setting, the next make rebuilds what it concerns."))
	add(".Bl -tag -width Ds")
	for _, v := range settings.Variables {
		add(".It Ev %s Ns = Ns Ar %s", v.Name, escape(v.Values))
		b.WriteString(text(sentence(v.Help())))
	}
	add(".It Ev LLVM")
	b.WriteString(text("What the kernel's build takes it for: 1, a suffix like -19, or a directory with a slash at its end. The real tools are found by it."))
	if p.name == host.RustcWrap {
		add(".It Ev NO_COLOR")
		b.WriteString(text("If it is set, tables on a terminal have no colours."))
	}
	add(".El")
	add(".Pp")
	b.WriteString(text("WORDS are split as a shell does, with its quotes."))
	add(".Sh FILES\n.Bl -tag -width Ds")
	if p.name == host.RustcWrap {
		add(".It Pa .tmp_ Ns Ar NAME Ns Pa .o.lto_wrap.json")
		b.WriteString(text("The record beside an object NAME.o of a crate that can call helpers: which it called, which are left and why, sizes, and the time of each step. make clean removes it."))
	}
	add(".It Pa rust/ , rust/helpers/")
	b.WriteString(text("The helpers' bitcode is kept in the directory of the helpers' object, and what the tools report in rust/; for an external module, both are in the module's directory. The names of these files begin with .tmp_lto_wrap_, and make clean removes them. In a package of kernel headers, lto_wrap_module.bc and lto_wrap_module.json are what --wrap-package has put there."))
	add(".El")
	add(".Sh EXIT STATUS")
	b.WriteString(text("In a build it is that of the real tool, or that of the step that failed. The statuses of an option that the program answers itself are described with that option."))
	add(".Sh EXAMPLES")
	b.WriteString(text(strings.Replace(examples, inspect.BuildCommand[host.RustcWrap], inspect.BuildCommand[p.name], 1)))
	add(".Sh SEE ALSO")
	others := []string{"clang", "llvm-link", "make", "rustc"}
	for _, o := range programs {
		if o.name != p.name {
			others = append(others, string(o.name))
		}
	}
	slices.Sort(others)
	b.WriteString(".Xr " + strings.Join(others, " 1 ,\n.Xr ") + " 1\n")
	return b.String()
}

// option is an option as the argument of a macro.
func option(o inspect.Option) string {
	if o.Switch {
		return "Fl " + literal("-"+o.Name)
	}
	kind, value := "Cm", strings.Join(o.Values, "|")
	if o.Word != "" {
		kind, value = "Ar", o.Word
	}
	return fmt.Sprintf("Fl %s Ns = Ns %s %s", literal("-"+o.Name), kind, escape(value))
}

// sentence makes a sentence of a phrase. A value before a colon stays as it is.
func sentence(phrase string) string {
	word, _, _ := strings.Cut(phrase, " ")
	if !strings.HasSuffix(word, ":") {
		phrase = strings.ToUpper(phrase[:1]) + phrase[1:]
	}
	if strings.HasSuffix(phrase, ".") || strings.HasSuffix(phrase, "?") {
		return phrase
	}
	return phrase + "."
}

// ends matches the end of a sentence, after which mdoc wants a new line.
var ends = regexp.MustCompile(`([.?!]\)?) +([A-Z])`)

// text is a text of paragraphs and indented examples, as they are in the help of the
// programs.
func text(s string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		if strings.HasPrefix(lines[0], "    ") {
			b.WriteString(".Bd -literal -offset indent\n")
			for _, l := range lines {
				b.WriteString(guard(literal(strings.TrimPrefix(l, "    "))) + "\n")
			}
			b.WriteString(".Ed\n")
			continue
		}
		if i > 0 {
			b.WriteString(".Pp\n")
		}
		for j := range lines {
			lines[j] = strings.TrimSpace(lines[j])
		}
		for _, l := range strings.Split(ends.ReplaceAllString(strings.Join(lines, " "), "$1\n$2"), "\n") {
			fold(&b, l)
		}
	}
	return b.String()
}

// widest is the length of an input line from which on mandoc complains.
const widest = 80

// fold writes a sentence, in lines that people can read.
func fold(b *strings.Builder, sentence string) {
	line := ""
	for _, word := range strings.Fields(sentence) {
		word = escape(word)
		switch {
		case line == "":
			line = word
		case len(line)+1+len(word) < widest:
			line += " " + word
		default:
			b.WriteString(guard(line) + "\n")
			line = word
		}
	}
	b.WriteString(guard(line) + "\n")
}

// guard keeps a line of text from being taken for a request.
func guard(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// escape escapes what roff interprets. The hyphens of an option must be ones that can
// be copied, and at which no line is broken.
func escape(s string) string {
	var b strings.Builder
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			b.WriteByte(' ')
		}
		hyphen := "-"
		if strings.HasPrefix(strings.TrimLeft(word, "\"'({["), "-") {
			hyphen = `\-`
		}
		for _, r := range word {
			switch {
			case r == '…': // troff has no character for it where the locale is C
				b.WriteString("...")
			case r == '\\':
				b.WriteString(`\e`)
			case r == '-':
				b.WriteString(hyphen)
			case r == '"':
				b.WriteString(`\(dq`)
			case r > unicode.MaxASCII:
				fmt.Fprintf(&b, `\[u%04X]`, r)
			default:
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// literal escapes text in which every hyphen must be one that can be copied.
func literal(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(escape(s), `\-`, "-"), "-", `\-`)
}
