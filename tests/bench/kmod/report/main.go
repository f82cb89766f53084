// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command report reads a kernel's log on standard input and prints what the benchmark module measured each time that it was
// loaded: what one operation costs in C and in Rust.
//
//	dmesg | go run ./tests/bench/kmod/report
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"rustc-lto-wrap/tests/bench/kmod"
)

func main() {
	if err := report(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report: error:", err)
		os.Exit(1)
	}
}

// report reads a log and writes a table for each load.
func report(in io.Reader, out io.Writer) error {
	log, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	loads, err := kmod.Parse(string(log))
	if err != nil {
		return err
	}
	if len(loads) == 0 {
		return errors.New("the log has no line of lto_wrap_bench")
	}
	for _, timings := range loads {
		cycles, err := kmod.PerOperation(timings, kmod.Cycles)
		if err != nil {
			return err
		}
		nanoseconds, err := kmod.PerOperation(timings, kmod.Nanoseconds)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-20s %10s %10s %8s %8s %8s\n", "loop", "C, cycles", "Rust", "C, ns", "Rust", "Rust/C")
		for _, name := range kmod.Names(timings) {
			c, rust := kmod.Loop{Name: name, Lang: "c"}, kmod.Loop{Name: name, Lang: "rust"}
			fmt.Fprintf(out, "%-20s %10.2f %10.2f %8.2f %8.2f %8.3f\n", name, cycles[c], cycles[rust], nanoseconds[c], nanoseconds[rust],
				cycles[rust]/cycles[c])
		}
		fmt.Fprintln(out)
	}
	return nil
}
