// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package crate handles a rustc command line that compiles a crate which can call
// helpers. It makes the object that kbuild expects, with the helpers inlined.
//
// What goes in is a parsed command line and a [compilation.Context]; what comes out is
// the object, its dep-info and its record. The life of a crate:
//
//	decide.go            is this command line rewritten, and why (not)?
//	plan.go              the commands and files, as data
//	pipeline.go          the order of optimisation, and the flags for it
//	merge.go             how the helpers get into the crate
//	run.go               carrying out the plan
//	contract.go          code that the optimiser must remove
//	record.go            the record of the object
//	without_inlining.go  compiling a crate as if there were no shim
//
// It may import the packages compilation and helpers and the packages that these may
// import.
package crate

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
)

// Decide decides about a rustc command line. r is the command line in its parts, nil if a look at its words was enough. The error is
// that of an unknown setting.
func Decide(h host.Host, args []string) (r *argv.Rustc, d compilation.Decision, err error) {
	if !mayEmitObject(args) {
		return nil, compilation.Pass("%s", noObject), nil
	}
	r = argv.ParseRustc(args, os.ReadFile)
	d, err = compilation.InEnvironment(h, decisionByForm(r))
	return r, d, err
}

const noObject = "no object is requested: no --emit=obj"

// mayEmitObject is the first and cheapest check of a rustc command line. Without the
// word "obj" in an --emit there is nothing to do.
func mayEmitObject(args []string) bool {
	for i, a := range args {
		if strings.HasPrefix(a, "--emit") && (strings.Contains(a, "obj") || i+1 < len(args) && strings.Contains(args[i+1], "obj")) {
			return true
		}
	}
	return false
}

// decisionByForm decides about a rustc command line by its form alone.
func decisionByForm(r *argv.Rustc) compilation.Decision {
	var objects int
	for _, e := range r.Emits {
		if e.Kind == "obj" {
			objects++
			if e.Arg < 0 {
				return compilation.Pass("--emit=obj is in a response file")
			}
		}
	}
	obj := r.Emit("obj")
	switch {
	case objects == 0:
		return compilation.Pass("%s", noObject)
	case objects > 1:
		return compilation.Pass("more than one object is requested")
	case obj.Path == "-" || obj.Path == "/dev/null":
		return compilation.Pass("the object goes to %s: a probe", obj.Path)
	case r.EmitPath(obj, ".o") == "":
		return compilation.Pass("the command line does not name the object")
	case r.Emit("llvm-bc") != nil:
		return compilation.Pass("bitcode is requested as well as the object")
	case len(r.Prints) > 0:
		return compilation.Pass("a query: --print %s", strings.Join(r.Prints, ", "))
	case r.Test:
		return compilation.Pass("a host program: --test")
	case !r.Extern("kernel") && !r.Extern("bindings"):
		return compilation.Pass("the crate cannot call helpers: neither kernel nor bindings is among its --extern")
	}
	for _, t := range r.CrateTypes {
		if t != "rlib" && t != "lib" {
			return compilation.Pass("a crate of type %s", t)
		}
	}
	if v, ok := argv.Option(r.Codegen, "linker-plugin-lto"); ok && !isNo(v) {
		return compilation.Pass("the crate takes part in the kernel's own link-time optimisation (-Clinker-plugin-lto)")
	}
	if n, ok := argv.Option(r.Codegen, "codegen-units"); ok && n != "1" {
		return compilation.Pass("the crate has %s codegen units; kbuild's objects have one", n)
	}
	for _, e := range r.Emits {
		// Besides the object, these have no code in them. Others have, and not the object's: in
		// early it is not optimised, in late the helpers are missing.
		if !slices.Contains([]string{"obj", "dep-info", "metadata", "mir"}, e.Kind) {
			return compilation.WithoutInlining(fmt.Sprintf("--emit=%s is requested as well as the object", e.Kind))
		}
	}
	if why := effectsOf(r).Plain; why != "" {
		return compilation.WithoutInlining(why)
	}
	return compilation.Rewrite("a crate that can call helpers is compiled to an object")
}

// isNo reports whether v is a false value of rustc's boolean options
// (rustc_session::options::parse::parse_bool).
func isNo(v string) bool { return v == "n" || v == "no" || v == "off" || v == "false" || v == "0" }
