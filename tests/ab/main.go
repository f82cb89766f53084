// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command ab compares a kernel with the helpers inlined into its Rust code with the same kernel without: it builds both in
// one object tree, with the shims as CC and RUSTC, by swapping LTO_WRAP, boots both under QEMU, runs the kernel's own tests
// in both, and compares. `make ab` runs it.
//
// With -demo, it builds the Rust code only, with the unwrapped tools and with the shims, boots nothing, and prints what was
// inlined: `make demo`.
//
// The exit status is 0 if the inlining did what it should: calls to helpers are gone, and the kernels do the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// options are what the user chooses.
type options struct {
	kernel    string   // a version that the lab has, or a directory with sources
	fragments []string // of the configuration, none for the lab's
	rounds    int      // builds of each sort
	format    string
	out       string // file for the report, "" for the standard output
	bin       string // the directory with the shims
	name      string // of what is done: ab or demo
}

func main() {
	var o options
	var config string
	flag.StringVar(&o.kernel, "kernel", lab.Newest, "the kernel: a version that lab.sh kernels lists, newest, or the `directory` of an unmodified source tree")
	flag.StringVar(&config, "config", "", "configuration `files` that are merged onto tinyconfig, split at blanks (default tests/lab/x86_64.config)")
	flag.IntVar(&o.rounds, "rounds", 3, "how often the Rust objects are compiled without and with the inlining, for the times")
	flag.StringVar(&o.format, "format", formats[0], "of the report: "+strings.Join(formats, ", "))
	flag.StringVar(&o.out, "out", "", "`file` for the report (default: the standard output)")
	flag.StringVar(&o.bin, "bin", "bin", "the `directory` with the shims")
	isDemo := flag.Bool("demo", false, "build the Rust code of a kernel that the lab has, and print what was inlined; the other options but -kernel and -bin do not matter")
	flag.Parse()
	o.name = "ab"
	do := ab
	if *isDemo {
		o.name, do = "demo", demo
	}
	o.fragments = strings.Fields(config)
	if err := o.check(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: error: %v\n", o.name, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	plan := progress.New(o.name, os.Stderr)
	switch err := do(ctx, o, plan); {
	case ctx.Err() != nil:
		fmt.Fprintf(os.Stderr, "%s: interrupted; all that was started has ended, and the object tree is removed\n", o.name)
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: error: %v\n", o.name, err)
		os.Exit(1)
	}
}

func (o options) check() error {
	_, err := sourceOf(o.kernel)
	switch {
	case err != nil:
		return err
	case o.name == "demo" && !isVersion.MatchString(o.kernel):
		return fmt.Errorf("the kernel of the demo is a version that the lab has, and not %q", o.kernel)
	case flag.NArg() > 0:
		return fmt.Errorf("unknown argument %q", flag.Arg(0))
	case !slices.Contains(formats, o.format):
		return fmt.Errorf("there is no format %q; it may be %s", o.format, strings.Join(formats, ", "))
	case o.rounds < 1:
		return errors.New("the number of rounds must be 1 or more")
	}
	for _, file := range o.fragments {
		if info, err := os.Stat(file); err != nil {
			return err
		} else if info.IsDir() {
			return fmt.Errorf("%s is a directory, and no configuration", file)
		}
	}
	return nil
}

// ab does it all, and fails if the outcome is not as it should be.
func ab(ctx context.Context, o options, plan *progress.Plan) (err error) {
	// A file that cannot be written to is better found out before the builds.
	out := io.WriteCloser(os.Stdout)
	if o.out != "" {
		if out, err = os.Create(o.out); err != nil {
			return err
		}
	}
	report, err := measure(ctx, o, plan)
	if err != nil {
		return err
	}
	if err := report.Write(out, o.format); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if o.out != "" {
		plan.Say("the report is in %s", o.out)
	}
	plan.Say("%s", report.Outcome.Sentence())
	return report.Outcome.Fault()
}
