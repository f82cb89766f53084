// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command run runs the tests, part by part, two at a time. The file parts describes the parts. Each is announced and timed; in the
// end, the program says in figures what was proved, and names each part that failed. tests/run.sh builds and starts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(start(os.Args[1:])) }

// start runs the program, and returns its exit status.
func start(args []string) int {
	flags := flag.NewFlagSet("tests/run.sh", flag.ContinueOnError)
	list := flags.String("list", "", "a file for the result of each test")
	show := flags.Bool("parts", false, "print the parts, and what each proves")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: tests/run.sh [-list FILE] [-parts] [PART...]    test (the default), rest, all, or parts by name")
		flags.PrintDefaults()
	}
	if flags.Parse(args) != nil {
		return 2
	}
	refuse := func(err error) int {
		fmt.Fprintln(os.Stderr, "tests: error:", err)
		return 2
	}
	parts, err := readParts(partsTable)
	if err != nil {
		return refuse(fmt.Errorf("tests/run/parts: %w", err))
	}
	if *show {
		for _, p := range parts {
			fmt.Printf("%-16s %-6s %s\n", p.Name, p.In, p.Proves)
		}
		return 0
	}
	r := &runner{out: os.Stdout, goTool: "go", parallel: 2, silence: 20 * time.Minute, now: time.Now}
	if parts, err = choose(parts, flags.Args()); err != nil {
		return refuse(err)
	}
	if value := os.Getenv("PARALLEL"); value != "" {
		if r.parallel, err = strconv.Atoi(value); err != nil || r.parallel < 1 {
			return refuse(fmt.Errorf("PARALLEL is %s, and must be a number of parts", value))
		}
	}
	if value := os.Getenv("GO"); value != "" {
		r.goTool = value
	}
	if r.dir, err = filepath.Abs("."); err != nil {
		return refuse(err)
	}
	// The kernels that parts build are in the lab.
	if place, err := exec.Command("tests/lab/lab.sh", "path", "/lab").Output(); err == nil {
		for _, dir := range []string{"trees", "plain"} {
			r.trees = append(r.trees, filepath.Join(strings.TrimSpace(string(place)), dir))
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	all := r.run(ctx, parts)
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "tests: interrupted")
		return 130
	}
	status := r.conclude(all)
	if *list != "" {
		if err := writeList(*list, all); err != nil {
			fmt.Fprintln(os.Stderr, "tests: error:", err)
			return 1
		}
	}
	return status
}
