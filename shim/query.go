package shim

import (
	"fmt"
	"os"
	"strings"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/argv"
)

// Query is a --wrap-… option that one program answers. What it needs is linked
// into that one alone: the other is started for each C file.
type Query struct {
	// Option is its name, Usage what follows it, What what it answers.
	Option, Usage, What string
	// Run answers, given the arguments behind the option, and returns the exit
	// status. An error is printed, and has its own.
	Run func(h Host, args []string) (status int, err error)
}

// query answers the --wrap-… options, which kbuild never uses.
func query(h Host, tool Tool, args []string, more []Query) int {
	for _, q := range more {
		if q.Option == args[0] {
			status, err := q.Run(h, args[1:])
			if err != nil {
				report(h, tool, "error", err)
				return statusOf(err)
			}
			return status
		}
	}
	switch args[0] {
	case "--wrap-help":
		help(h, tool, more)
	case "--wrap-version":
		fmt.Fprintf(h.Stdout(), "%s %s\n", tool, Version())
	case "--wrap-check":
		return check(h, tool, args[1:])
	case "--wrap-explain":
		if len(args) < 2 || args[1] != "--" {
			report(h, tool, "error", &Failure{What: "--wrap-explain needs a command line", Hint: string(tool) + " --wrap-explain -- ARGV…", Status: 2})
			return 2
		}
		return explain(h, tool, args[2:])
	default:
		report(h, tool, "error", &Failure{What: fmt.Sprintf("there is no option %s", args[0]), Hint: "see --wrap-help", Status: 2})
		return 2
	}
	return 0
}

func help(h Host, tool Tool, more []Query) {
	var b strings.Builder
	what := map[Tool]string{
		RustcWrap: "Give it to a kernel build as RUSTC=. It runs the real rustc, and has the kernel's C helpers inlined into each crate that can call them.",
		CCWrap:    "Give it to a kernel build as CC=. It runs the real C compiler, and when that compiles the helpers it makes their bitcode as well, with kbuild's exact flags.",
	}
	fmt.Fprintf(&b, "usage: make LLVM=1 CC=%s RUSTC=%s\n\n%s\n\n", CCWrap, RustcWrap, what[tool])
	fmt.Fprintf(&b, "  --wrap-help               this text\n  --wrap-version            its version\n")
	fmt.Fprintf(&b, "  --wrap-check [OBJTREE]    tools, settings, configuration: would a build work?\n")
	fmt.Fprintf(&b, "  --wrap-explain -- ARGV…   what would be done with a command line, and why\n")
	for _, q := range more {
		fmt.Fprintf(&b, "  %s %s\n                            %s\n", q.Option, q.Usage, q.What)
	}
	fmt.Fprint(&b, "\nSettings, from the environment:\n\n")
	for _, v := range Variables {
		fmt.Fprintf(&b, "  %s=%s\n      %s\n", v.Name, v.Values, v.Meaning)
	}
	fmt.Fprint(h.Stdout(), b.String())
}

// Explanation is what --wrap-explain prints: the decision, and the plan that a
// build would carry out.
type Explanation struct {
	Decision
	// Exec is the command line that takes over when nothing is rewritten.
	Exec []string
	// Crate or Helpers is the plan when something is.
	Crate   *CratePlan
	Helpers []*HelpersPlan
	// Problem is what would stop the build.
	Problem error
}

// explain prints what would be done with a command line. It makes nothing of
// the build's: it asks the tools for versions, options and the alignment of
// functions, and writes down what they said.
func explain(h Host, tool Tool, args []string) int {
	e := explained(h, tool, args)
	var b strings.Builder
	if !e.Rewrite {
		fmt.Fprintf(&b, "pass through: %s\n", e.Reason)
	} else {
		fmt.Fprintf(&b, "rewrite: %s\n", e.Reason)
	}
	if e.Exec != nil {
		fmt.Fprintf(&b, "exec: %s\n", shellquote.Join(e.Exec...))
	}
	line := func(name string, s Step) { fmt.Fprintf(&b, "%s: %s\n", name, shellquote.Join(s.Argv...)) }
	helpers := func(p *HelpersPlan) {
		fmt.Fprintf(&b, "helpers bitcode (%s): %s\n", p.Variant, p.Bitcode)
		line("  compile", p.Compile)
		if p.Inspect.Argv != nil {
			line("  inspect", p.Inspect)
		}
		line("  assemble", p.Assemble)
	}
	for _, p := range e.Helpers {
		helpers(p)
	}
	if p := e.Crate; p != nil {
		fmt.Fprintf(&b, "crate: %s\nobject: %s\nvariant: %s\npipeline: %s\n", p.Crate, p.Object, p.Variant, p.Pipeline)
		if p.WhyLate != "" {
			fmt.Fprintf(&b, "pipeline is late because: %s\n", p.WhyLate)
		}
		line("rustc", p.Rustc)
		helpers(p.Helpers)
		if p.Link != nil {
			line("llvm-link", *p.Link)
		}
		line("clang", p.Codegen)
		fmt.Fprintf(&b, "rename: %s %s\n", p.Fresh, p.Object)
	}
	fmt.Fprint(h.Stdout(), b.String())
	if e.Problem != nil {
		report(h, tool, "error", e.Problem)
		return statusOf(e.Problem)
	}
	return 0
}

func explained(h Host, tool Tool, args []string) (e Explanation) {
	real := realRustc
	var r *argv.Rustc
	var c *argv.CC
	if tool == RustcWrap {
		r = argv.ParseRustc(args, os.ReadFile)
		e.Decision = decideCrate(r)
	} else {
		real = realCC
		suffixes, err := helperSuffixes(h)
		if err != nil {
			e.Problem = err
			return e
		}
		c = argv.ParseCC(args)
		e.Decision = decideHelpers(c, suffixes)
	}
	m, err := mode(h)
	if err != nil {
		e.Problem = err
		return e
	}
	e.Decision = standAside(h, m, e.Decision)
	command, err := real(h)
	if err != nil {
		e.Problem = err
		return e
	}
	if !e.Rewrite || tool == CCWrap {
		e.Exec = append(command, args...)
	}
	if e.Rewrite {
		e.Problem = e.plan(h, r, c)
	}
	return e
}

func (e *Explanation) plan(h Host, r *argv.Rustc, c *argv.CC) error {
	s, err := ReadSettings(h)
	if err != nil {
		return err
	}
	kb, t, err := kbuildTools(h, s)
	if err != nil {
		return err
	}
	if r != nil {
		e.Crate, err = planCrate(h, s, kb, t, r)
		return err
	}
	for _, v := range variants(kb) {
		p, err := planHelpers(h, s, kb, t, v, c)
		if err != nil {
			return err
		}
		e.Helpers = append(e.Helpers, p)
	}
	return nil
}
