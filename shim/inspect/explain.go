// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/crate"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

const explainDetails = `
With "-- ARGV…", it explains a command line in the environment of this process. In
a recipe of kbuild that is what a build would do. Outside of make, kbuild's
variables are missing, and the answer is that nothing is rewritten.

With --tree, it explains how OBJECT, a path in the object tree OBJTREE, would be
made. For an external module, name the module's directory, or, before Linux 6.13, the
kernel's object tree and the whole path of the object. It takes the command that kbuild
saved for the object (.OBJECT.cmd), and the flags that kbuild exports from the saved
command of the helpers. LLVM= and the settings come from the environment:

    LLVM=1 rustc-lto-wrap --wrap-explain --tree=. rust/kernel.o

It builds nothing. It asks the tools for their versions and options,
and keeps the answers in the object tree for the build.
`

// Explanation is what --wrap-explain prints: the decision, and the plan that a
// build would carry out.
type Explanation struct {
	compilation.Decision
	// Command is the real tool's command line: what takes over where the command line is passed through, and what is run where it
	// is compiled without inlining. It is nil where another one is run.
	Command []string
	// Crate or Helpers is the plan when something is rewritten.
	Crate   *crate.Plan
	Helpers []*helpers.Plan
	// Problem is what would stop the build.
	Problem error
}

func runExplain(in Input) (int, error) {
	if len(in.Args) > 0 && in.Args[0] == "--" {
		return explain(in.Host, in.Program, in.Args[1:])
	}
	options, operands, err := in.Parse()
	if err != nil {
		return 0, err
	}
	tree, ok := options["tree"]
	switch {
	case !ok:
		return 0, in.Failure("needs a command line after --, or --tree=OBJTREE and an object")
	case len(operands) != 1:
		return 0, in.Failure("--tree needs one object, but got %d", len(operands))
	}
	h, args, err := savedCommandLine(in, tree, operands[0])
	if err != nil {
		return 0, err
	}
	return explain(h, in.Program, args)
}

// explain prints what would be done with a command line. The status is that of
// the problem that would stop the build.
func explain(h host.Host, program host.Program, args []string) (int, error) {
	e := explanation(h, program, args)
	if err := outputError(fmt.Fprint(h.Stdout(), e.text())); err != nil {
		return 0, err
	}
	if e.OutsideMake {
		fmt.Fprintf(h.Stderr(), "%s: hint: for an object of a finished build: %s --wrap-explain --tree=OBJTREE OBJECT\n", program, program)
	}
	return 0, e.Problem
}

// explanation decides and plans as the program would.
func explanation(h host.Host, program host.Program, args []string) (e Explanation) {
	real := toolchain.Rustc
	var r *argv.Rustc
	var c *argv.CC
	if program == host.RustcWrap {
		r, e.Decision, e.Problem = crate.Decide(h, args)
	} else {
		real = toolchain.CC
		c, e.Decision, e.Problem = helpers.Decide(h, args)
	}
	if e.Problem != nil {
		return e
	}
	if e.Outcome == compilation.Rewritten {
		e.Problem = e.plan(h, program, r, c)
		if f := compilation.Recoverable(e.Mode, e.Problem); f != nil {
			e.Decision, e.Problem = compilation.WithoutInlining(f.What), nil
		}
	}
	if e.Outcome != compilation.Rewritten || program == host.CCWrap {
		command, err := real(h)
		if err != nil {
			e.Problem = err
			return e
		}
		e.Command = append(command, args...)
	}
	return e
}

func (e *Explanation) plan(h host.Host, program host.Program, r *argv.Rustc, c *argv.CC) error {
	b, err := compilation.Begin(h, program, "")
	if err != nil {
		return err
	}
	if err := b.FindTools(); err != nil {
		return err
	}
	if r != nil {
		p, err := crate.NewPlan(b, r)
		if err == nil {
			err = p.Helpers.MakingError()
		}
		if err != nil {
			return err
		}
		e.Crate = p
		return nil
	}
	for _, v := range b.Kbuild.Variants() {
		p, err := helpers.NewPlan(b, v, "", c)
		if err != nil {
			return err
		}
		e.Helpers = append(e.Helpers, p)
	}
	return nil
}

// text is the explanation for people.
func (e *Explanation) text() string {
	var b strings.Builder
	if e.Outcome != "" {
		fmt.Fprintf(&b, "%s: %s\n", e.Outcome, e.Reason)
	}
	if e.Command != nil {
		name := "exec"
		if e.Outcome == compilation.NotInlined {
			name = "run"
		}
		fmt.Fprintf(&b, "%s: %s\n", name, shellquote.Join(e.Command...))
	}
	line := func(name string, s host.Step) { fmt.Fprintf(&b, "%s: %s\n", name, shellquote.Join(s.Argv...)) }
	helpersPlan := func(p *helpers.Plan) {
		fmt.Fprintf(&b, "helpers bitcode (%s): %s\n", p.Variant, p.Bitcode)
		if p.Packaged {
			return
		}
		line("  compile", p.Compile)
		if p.Inspect.Argv != nil {
			line("  inspect", p.Inspect)
		}
		line("  assemble", p.Assemble)
	}
	for _, p := range e.Helpers {
		helpersPlan(p)
	}
	if p := e.Crate; p != nil {
		fmt.Fprintf(&b, "crate: %s\nobject: %s\nvariant: %s\npipeline: %s\n", p.Crate, p.Object, p.Variant, p.Pipeline)
		if p.Contract != nil {
			fmt.Fprintf(&b, "made %s because: %s\n", p.Contract.Description(), p.Contract.Reason())
		}
		if p.WhyLate != "" && p.Contract == nil {
			fmt.Fprintf(&b, "pipeline is late because: %s\n", p.WhyLate)
		}
		if p.Optimize != "" {
			fmt.Fprintf(&b, "optimised for: %s\n", p.Optimize)
		}
		if p.RustcAlone() {
			line("rustc", p.Plain)
			return b.String()
		}
		line("rustc", p.Rustc)
		helpersPlan(p.Helpers)
		if p.Link != nil {
			line("llvm-link", *p.Link)
		}
		line("clang", p.Codegen)
		fmt.Fprintf(&b, "rename: %s %s\n", p.Fresh, p.Object)
	}
	return b.String()
}

// savedCommandLine reads the saved command of an object in a tree, and makes the directory that it was run in the current one. It returns a host
// with kbuild's environment and the arguments of the command.
func savedCommandLine(in Input, tree, object string) (host.Host, []string, error) {
	wrong := func(format string, args ...any) error {
		return &host.Failure{What: fmt.Sprintf(format, args...), Status: 2,
			Hint: "name the object tree of a finished build (the directory of O=, or the source tree), and an object as a path in it: " +
				in.Query.Line(in.Program)}
	}
	dir, err := filepath.Abs(tree)
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		why := reason(err)
		if errors.Is(err, fs.ErrNotExist) {
			why = "there is no directory " + tree
		}
		return nil, nil, wrong("cannot use the object tree: %s", why)
	}
	target := object
	if !filepath.IsAbs(object) {
		target = filepath.Join(dir, object)
		if _, err := os.Stat(kbuild.CommandFile(target)); err != nil {
			// It may be a path from where the user is.
			if here, err := filepath.Abs(object); err == nil {
				if _, err := os.Stat(kbuild.CommandFile(here)); err == nil {
					target = here
				}
			}
		}
	}
	command, err := kbuild.ReadSaved(target)
	if err != nil {
		return nil, nil, wrong("cannot read the saved command of %s: %s", object, reason(err))
	}
	where, err := command.Location(target, dir)
	if err != nil {
		return nil, nil, wrong("cannot use the saved command of %s: %v; name that tree: --tree=OBJTREE %s", object, err, target)
	}
	if err := os.Chdir(where.Dir); err != nil {
		return nil, nil, wrong("cannot use the object tree: %s", reason(err))
	}
	source, err := sourceOf(in.Host, where.Objtree)
	if err != nil {
		return nil, nil, err
	}
	env, err := kbuild.SavedEnvironment(where.Objtree, source)
	if err != nil {
		return nil, nil, wrong("cannot read the saved command of the helpers: %s", reason(err))
	}
	if where.Extmod != "" {
		env["KBUILD_EXTMOD"] = where.Extmod
	}
	for _, e := range command.Env {
		k, v, _ := strings.Cut(e, "=")
		env[k] = v
	}
	return &host.Overlay{Host: in.Host, Env: env}, command.Argv[1:], nil
}

// reason returns what is wrong with a file, without the name of the system call.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Path + ": " + p.Err.Error()
	}
	return err.Error()
}

// sourceOf returns the path of the helpers source whose object is in an object tree.
func sourceOf(h host.Host, objtree string) (string, error) {
	suffixes, err := settings.HelperSuffixes(h)
	if err != nil {
		return "", err
	}
	for _, s := range suffixes {
		kb := kbuild.Environment{Objtree: objtree}
		if _, err := os.Stat(kbuild.CommandFile(filepath.Join(kb.HelpersDir("/"+s), "helpers.o"))); err == nil {
			return "/" + s, nil
		}
	}
	return "/" + suffixes[0], nil
}
