// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package random makes random programs of helpers, two crates that call them, and a C part that prints what it
// sees. A [Judge] builds them with the unwrapped tools and with the shims, in the tree of tests/tree, and runs both: the shims
// must build what the unwrapped tools build, and the output must be the same. [Reduce] makes a failing program small.
//
// A program is data, made from a seed by [Generate]. [Render] turns many programs into one tree, because tools take longer to
// start than to compile a small program. All names of a program contain its name, so that a message says which it concerns.
package random

import (
	"fmt"
	"slices"
	"strings"
)

// Program is one random program.
type Program struct {
	Name    string // an identifier
	Helpers []Helper
	Uses    []Use
}

// Helper is a function that the crates call.
type Helper struct {
	Shape      Shape
	Attributes []string
	// Alias has the crates call a second name of the helper.
	Alias bool
	Body  []Statement
}

// Statement is a use of a feature.
type Statement struct {
	Feature Feature
	// Exported says whether modules can see the symbols of Feature.Main.
	Exported bool
	// Within are the functions around the statement, from the outermost on. Each is a list of words before its type.
	Within []string
}

// Use is a place from which a helper is called.
type Use struct {
	Helper int // index of Program.Helpers
	// In is "kernel" (the kernel crate), "driver" (the driver's crate), "inline" (a function of the kernel crate that is
	// inlined into the driver), or "C".
	In string
	// How is an index of Calls.
	How int
}

// Places are the values of Use.In.
var Places = []string{"kernel", "driver", "inline", "C"}

// Call is a way to call a helper in Rust. CALL(A, B) is the call, F the function and TYPE its type. The variables are a, b and s.
type Call struct{ Name, Rust string }

// ByAddress reports whether the helper is called by its address.
func (c Call) ByAddress() bool { return strings.Contains(c.Rust, "(F)") }

// Calls is the table of them. C has the first alone.
var Calls = []Call{
	{"arguments", "s = s.wrapping_mul(31).wrapping_add(CALL(a, b));"},
	{"constants", "s = s.wrapping_mul(31).wrapping_add(CALL(3, 5)) ^ a;"},
	{"one constant", "s = s.wrapping_mul(31).wrapping_add(CALL(a, 2));"},
	{"twice", "s = s.wrapping_mul(31).wrapping_add(CALL(a, b)).wrapping_sub(CALL(b, a));"},
	{"loop", "for i in 0..3i64 { s = s.wrapping_mul(31).wrapping_add(CALL(a + i, b)); }"},
	{"branch", "if a > b { s ^= CALL(a, 4); } else { s = s.wrapping_add(CALL(b, 6)); }"},
	{"ignored", "let _ = CALL(a, b); s += 1;"},
	{"by address", "let f: TYPE = core::hint::black_box(F); s = s.wrapping_mul(31).wrapping_add(CALL(a, b));"},
}

// suffix is what "@" becomes in the texts of a statement.
func suffix(p *Program, helper, statement int) string {
	return fmt.Sprintf("%s_%d_%d", p.Name, helper, statement)
}

func (p *Program) id(helper int) string { return fmt.Sprintf("%s_%d", p.Name, helper) }

// called is the symbol that the crates call.
func (p *Program) called(helper int) string {
	if p.Helpers[helper].Alias {
		return "rust_helper_alias_" + p.id(helper)
	}
	return "rust_helper_" + p.id(helper)
}

// Object reports whether a helper has state of which each object may have its own.
func (h *Helper) Object() bool {
	return slices.ContainsFunc(h.Body, func(s Statement) bool { return s.Feature.Object })
}

// Address reports whether the program's output depends on the address of a helper.
func (p *Program) Address() bool {
	for _, h := range p.Helpers {
		if slices.ContainsFunc(h.Body, func(s Statement) bool { return s.Feature.Address }) {
			return true
		}
	}
	return false
}

// Size is what [Reduce] makes small.
func (p *Program) Size() int {
	n := len(p.Uses)
	for _, h := range p.Helpers {
		n += 2 + len(h.Attributes) + len(h.Body)
		for _, s := range h.Body {
			n += len(s.Within)
		}
	}
	return n
}

// Inputs are the arguments with which each function of a program is called.
var Inputs = [][2]int{{1, 2}, {0, -1}, {1000003, 77}}

// Render returns the files of a tree with these programs, to be written over that of tests/tree.
func Render(programs []*Program) map[string]string {
	var header, helpers, bind, kernel, driver, main, calls strings.Builder
	header.WriteString(types)
	bind.WriteString("//! What bindgen makes of the helpers.\n#![no_std]\n#![allow(dead_code)]\n" + bindings + "extern \"C\" {\n")
	for _, b := range []*strings.Builder{&kernel, &driver} {
		b.WriteString("//! Calls helpers.\n#![no_std]\n#![allow(unused, unused_unsafe, deprecated)]\n")
	}
	kernel.WriteString("pub use bindings;\nuse bindings::*;\n")
	driver.WriteString("use kernel::*;\nuse kernel::bindings::*;\n")
	main.WriteString(mainHead)
	files := map[string]string{}
	helpers.WriteString("#include \"../../include/linux/random.h\"\n")
	for _, p := range programs {
		file := "rust/helpers/" + p.Name + ".c"
		files[file] = p.helpersFile()
		fmt.Fprintf(&helpers, "#include \"%s.c\"\n", p.Name)
		for i, h := range p.Helpers {
			header.WriteString(strings.ReplaceAll(h.Shape.C, "NAME", "rust_helper_"+p.id(i)) + ";\n")
			if h.Alias {
				header.WriteString(strings.ReplaceAll(h.Shape.C, "NAME", p.called(i)) + ";\n")
			}
			fmt.Fprintf(&bind, "    #[link_name = \"%s\"]\n    pub fn %s%s;\n", p.called(i), p.id(i), h.Shape.Rust)
		}
		kernel.WriteString(p.rust("inline", "#[inline]\npub"))
		kernel.WriteString(p.rust("kernel", "#[no_mangle]\npub extern \"C\""))
		driver.WriteString(p.rust("driver", "#[no_mangle]\npub extern \"C\""))
		main.WriteString(p.mainPart())
		fmt.Fprintf(&calls, "\trun(\"%[1]s\", all_%[1]s);\n", p.Name)
	}
	bind.WriteString("}\n")
	fmt.Fprintf(&main, "int main(void)\n{\n%s\treturn 0;\n}\n", calls.String())
	files["include/linux/random.h"] = header.String()
	files["rust/helpers/helpers.c"] = helpers.String()
	files["rust/bindings.rs"] = bind.String()
	files["rust/kernel.rs"] = kernel.String()
	files["drivers/driver.rs"] = driver.String()
	files["main.c"] = main.String()
	return files
}

// helpersFile returns the C file with a program's helpers.
func (p *Program) helpersFile() string {
	var b strings.Builder
	for i, h := range p.Helpers {
		name := "rust_helper_" + p.id(i)
		var body strings.Builder
		for j, s := range h.Body {
			at := strings.NewReplacer("@", suffix(p, i, j), "NAME", name)
			decl, text := at.Replace(s.Feature.Decl), at.Replace(s.Feature.Body)
			if decl != "" {
				b.WriteString(decl + "\n")
			}
			for k, words := range slices.Backward(s.Within) {
				f := fmt.Sprintf("within%d_%s", k, suffix(p, i, j))
				fmt.Fprintf(&b, "static %s unsigned long %s(unsigned long acc, long a, long b)\n{\n\t%s\n\treturn acc;\n}\n", words, f, text)
				text = "acc = " + f + "(acc, a, b);"
			}
			fmt.Fprintf(&body, "\t{ %s }\n", text)
		}
		for _, a := range h.Attributes {
			fmt.Fprintf(&b, "__attribute__((%s)) ", a)
		}
		fmt.Fprintf(&b, "%s\n{\n\t%s\n\tunsigned long acc = (unsigned long)(a ^ b);\n%s\t%s\n}\n", strings.ReplaceAll(h.Shape.C, "NAME", name), h.Shape.In, body.String(), h.Shape.Out)
		if h.Alias {
			fmt.Fprintf(&b, "%s __attribute__((alias(\"%s\")));\n", strings.ReplaceAll(h.Shape.C, "NAME", p.called(i)), name)
		}
	}
	return b.String()
}

// call returns a call of a helper: a shape's expression for the function f with the arguments a and b.
func call(expression, f, a, b string) string {
	return strings.NewReplacer("F", f, "A", a, "B", b).Replace(expression)
}

// rust returns a function of the program with the uses in one place. It begins with what qualifies it.
func (p *Program) rust(place, qualified string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s fn %s_%s(a: i64, b: i64) -> i64 {\n    let mut s = 0i64;\n", qualified, place, p.Name)
	for _, u := range p.Uses {
		if u.In != place {
			continue
		}
		shape, text := p.Helpers[u.Helper].Shape, Calls[u.How].Rust
		name := p.id(u.Helper)
		if Calls[u.How].ByAddress() {
			text = strings.ReplaceAll(text, "TYPE", "unsafe extern \"C\" fn"+rustType(shape.Rust))
			text = strings.ReplaceAll(text, "(F)", "("+name+")")
			name = "f"
		}
		for {
			before, rest, ok := strings.Cut(text, "CALL(")
			if !ok {
				break
			}
			args, after, _ := strings.Cut(rest, ")")
			x, y, _ := strings.Cut(args, ", ")
			text = before + "(" + callRust(shape, name, x, y) + ")" + after
		}
		fmt.Fprintf(&b, "    unsafe { %s }\n", text)
	}
	if place == "driver" {
		fmt.Fprintf(&b, "    s = s.wrapping_add(inline_%s(a, b));\n", p.Name)
	}
	b.WriteString("    s\n}\n")
	return b.String()
}

// callRust returns the call of a helper of a shape. Literals are of type i64.
func callRust(s Shape, name, a, b string) string {
	long := func(x string) string {
		if strings.Trim(x, "0123456789") == "" {
			return x + "i64"
		}
		return "(" + x + ")"
	}
	return call(s.Call, name, long(a), long(b))
}

// rustType is a declaration without the names of its parameters.
func rustType(decl string) string {
	open, rest, _ := strings.Cut(decl, "(")
	params, result, _ := strings.Cut(rest, ")")
	var types []string
	for param := range strings.SplitSeq(params, ", ") {
		_, t, named := strings.Cut(param, ": ")
		if !named {
			t = param
		}
		types = append(types, t)
	}
	return open + "(" + strings.Join(types, ", ") + ")" + result
}

const mainHead = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "include/linux/random.h"

#define EXPORT_SYMBOL(name) extern int exports_nothing
EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(memset);
EXPORT_SYMBOL(memcmp);
EXPORT_SYMBOL(memmove);
EXPORT_SYMBOL(strlen);
EXPORT_SYMBOL(bcmp);
EXPORT_SYMBOL(__udivti3);

/* Each program is a process: one that crashes or hangs does not take others along. */
static void run(const char *name, void (*all)(void))
{
	int status;

	fflush(stdout);
	if (fork()) {
		wait(&status);
		if (status)
			printf("%s ends with status %#x\n", name, status);
		return;
	}
	alarm(20);
	all();
	fflush(stdout);
	_exit(0);
}

`

// mainPart returns the rest of the kernel for a program, with the function that prints what it sees.
func (p *Program) mainPart() string {
	var b, prints strings.Builder
	for i, h := range p.Helpers {
		for j, s := range h.Body {
			at := strings.NewReplacer("@", suffix(p, i, j), "NAME", "rust_helper_"+p.id(i))
			for line := range strings.Lines(at.Replace(s.Feature.Main)) {
				if s.Exported || !strings.HasPrefix(line, "EXPORT_SYMBOL") {
					b.WriteString(strings.TrimSuffix(line, "\n") + "\n")
				}
			}
			if s.Feature.Print != "" {
				fmt.Fprintf(&prints, "\tprintf(\"%s %d %d %s: %%ld\\n\", (long)(%s));\n", p.Name, i, j, s.Feature.Name, at.Replace(s.Feature.Print))
			}
		}
	}
	fmt.Fprintf(&b, "long kernel_%[1]s(long a, long b);\nlong driver_%[1]s(long a, long b);\nstatic long c_%[1]s(long a, long b)\n{\n\tunsigned long s = (unsigned long)(a + b);\n", p.Name)
	for _, u := range p.Uses {
		if u.In == "C" {
			fmt.Fprintf(&b, "\ts = s * 31 + (unsigned long)%s;\n", call(p.Helpers[u.Helper].Shape.CCall, "rust_helper_"+p.id(u.Helper), "(a)", "(b)"))
		}
	}
	fmt.Fprintf(&b, "\treturn (long)s;\n}\nstatic void all_%s(void)\n{\n", p.Name)
	for _, in := range Inputs {
		for _, place := range []string{"kernel", "driver", "c"} {
			fmt.Fprintf(&b, "\tprintf(\"%[1]s %[2]s(%[3]d, %[4]d): %%ld\\n\", %[2]s_%[1]s(%[3]d, %[4]d));\n", p.Name, place, in[0], in[1])
		}
	}
	fmt.Fprintf(&b, "%s}\n\n", prints.String())
	return b.String()
}
