// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command manual writes the manual pages of the two programs, and their completion
// for bash, zsh and fish. It makes them from the tables that the programs
// themselves read: the settings, and the options of their own. Both therefore
// cannot differ from what the programs do.
//
//	go run ./install/manual -version VERSION -date SECONDS -out DIR
//
// DIR gets man/man1 and completions/{bash,zsh,fish}.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/inspect"
	"rustc-lto-wrap/shim/report"
)

// program is one of the two programs, with the options that it answers itself.
type program struct {
	name    host.Program
	queries []inspect.Query
}

var programs = []program{
	{host.RustcWrap, append(inspect.Common(), report.Queries...)},
	{host.CCWrap, inspect.Common()},
}

func main() {
	version := flag.String("version", "", "the version that the manual pages name")
	date := flag.Int64("date", -1, "the date that they name, in seconds since 1970")
	out := flag.String("out", "", "the `directory` to write to")
	flag.Parse()
	err := errors.New("-version, -date and -out are needed, and nothing else")
	if *version != "" && *date >= 0 && *out != "" && flag.NArg() == 0 {
		err = write(*out, *version, time.Unix(*date, 0).UTC())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "manual: error:", err)
		os.Exit(1)
	}
}

func write(out, version string, date time.Time) error {
	for _, p := range programs {
		name := string(p.name)
		for _, f := range []struct{ path, text string }{
			{"man/man1/" + name + ".1", page(p, version, date)},
			// The names are those by which each shell finds the file of a command.
			{"completions/bash/" + name, bash(p)},
			{"completions/zsh/_" + name, zsh(p)},
			{"completions/fish/" + name + ".fish", fish(p)},
		} {
			path := filepath.Join(out, f.path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(path, []byte(f.text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
