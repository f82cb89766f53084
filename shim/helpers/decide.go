// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package helpers makes the helpers' bitcode. It recognises kbuild's compilation of
// the helpers, plans how each variant becomes bitcode, makes and stores the
// bitcode, and checks whether stored bitcode is up to date.
//
// What goes in is a [compilation.Context] and, in cc-helper-wrap, kbuild's own command
// line. What comes out is a bitcode file with a [Stamp] that lists the helpers in
// it. The life of a bitcode file:
//
//	decide.go          is this command line the compilation of the helpers?
//	flags.go           the source, the flags, and the key that identifies a bitcode file
//	plan.go            the commands and files, as data
//	store.go           is the stored bitcode up to date? which process makes it?
//	make.go            carrying out the plan
//	module_symbols.go  the helpers that must not be inlined into modules
//	stamp.go           the facts about a bitcode file, and when it is stale
//
// It may import the package compilation, the packages that it may import, and argv.
package helpers

import (
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
)

// Decide decides about a C compiler's command line. c is the command line in its parts, nil if a look at its words was enough. The
// error is that of an unknown setting.
func Decide(h host.Host, args []string) (c *argv.CC, d compilation.Decision, err error) {
	suffixes, err := settings.HelperSuffixes(h)
	if err != nil {
		return nil, d, err
	}
	if !mayBeHelpers(args, suffixes) {
		return nil, compilation.Pass("the helpers source is not in the command line"), nil
	}
	c = argv.ParseCC(args)
	d, err = compilation.InEnvironment(h, decisionByForm(c, suffixes))
	if err == nil && d.Outcome == compilation.Rewritten && !isKernels(suffixes, h, c.Inputs[0]) {
		return c, compilation.Pass("%s is not the helpers source of this kernel", c.Inputs[0]), nil
	}
	if d.Outcome == compilation.NotInlined {
		// Bitcode is what would also be made.
		d.Outcome = compilation.PassedThrough
	}
	return c, d, err
}

// mayBeHelpers is the first and cheapest check of a C compiler's command line. It
// reports whether any argument ends like the helpers source.
func mayBeHelpers(args, suffixes []string) bool {
	for _, a := range args {
		for _, s := range suffixes {
			if strings.HasSuffix(a, s) {
				return true
			}
		}
	}
	return false
}

// decisionByForm decides about a C compiler's command line by its form alone. suffixes
// identify the helpers source. Whose file it is, [Decide] asks afterwards.
func decisionByForm(c *argv.CC, suffixes []string) compilation.Decision {
	switch {
	case len(c.Inputs) != 1:
		return compilation.Pass("%d input files: not the compilation of the helpers", len(c.Inputs))
	case !argv.HasSuffixPath(c.Inputs[0], suffixes):
		return compilation.Pass("%s is not the helpers source", c.Inputs[0])
	case c.Mode != argv.Compile:
		return compilation.Pass("the helpers are compiled, but not to an object: %s", c.Mode)
	case c.EmitLLVM:
		return compilation.Pass("the kernel makes the helpers' bitcode itself (-emit-llvm)")
	case c.Output == "" || c.Output == "-" || strings.HasPrefix(c.Output, "/dev/"):
		return compilation.Pass("the object goes to %q", c.Output)
	}
	return compilation.Rewrite("the helpers are compiled to an object")
}
