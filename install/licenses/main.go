// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command licenses prints the licenses of everything that is linked into the two
// programs, as the copyright file of a Debian package: the project's own, those of the
// modules, and that of Go's runtime and standard library. Debian requires this file
// (Debian Policy, 12.5), and other packages have it as LICENSES.linked.
//
// The go command says what is linked, so that the list cannot differ from go.mod or from
// what the programs import. It need not know the state of the repository, which git
// refuses to tell of one that belongs to somebody else.
//
//	go run ./install/licenses [-go COMMAND]
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// component is something that is linked into the programs.
type component struct {
	name, version string
	// dir has the license files.
	dir string
	// texts are the license files: their names, with the contents.
	texts []string
}

// goItself is the name of the component that is no module.
const goItself = "Go, its runtime and standard library"

// isLicense matches the names of the files that a copy must carry along.
var isLicense = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`)

func main() {
	goCommand := flag.String("go", "go", "the go `command`")
	flag.Parse()
	if err := run(os.Stdout, *goCommand); err != nil {
		fmt.Fprintln(os.Stderr, "licenses: error:", err)
		os.Exit(1)
	}
}

// linked asks the go command for the modules that have packages in the programs,
// and adds Go itself.
func linked(goCommand string) ([]component, error) {
	const form = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`
	out, err := goOutput(goCommand, "list", "-buildvcs=false", "-deps", "-f", form, "./cmd/...")
	if err != nil {
		return nil, err
	}
	var list []component
	lines := strings.Split(out, "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		if line == "" { // a package of Go's or of this module
			continue
		}
		fields := strings.SplitN(line, " ", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("go list: unexpected line %q", line)
		}
		// The modules of an archive are in vendor, and go list names no directory.
		c := component{name: fields[0], version: fields[1], dir: fields[2]}
		if c.dir == "" {
			c.dir = filepath.Join("vendor", filepath.FromSlash(c.name))
		}
		list = append(list, c)
	}
	goroot, err := goOutput(goCommand, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	version, err := goOutput(goCommand, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	dir := strings.TrimSpace(goroot)
	if _, err := os.Stat(filepath.Join(dir, "LICENSE")); errors.Is(err, os.ErrNotExist) {
		// Distributions keep the file elsewhere. golang.org/x/sys belongs to Go and
		// has the same text.
		if i := slices.IndexFunc(list, func(c component) bool { return c.name == "golang.org/x/sys" }); i >= 0 {
			dir = list[i].dir
		}
	}
	return append(list, component{name: goItself, version: strings.TrimSpace(version), dir: dir}), nil
}

func goOutput(goCommand string, args ...string) (string, error) {
	cmd := exec.Command(goCommand, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", goCommand, strings.Join(args, " "), err)
	}
	return string(out), nil
}

// read reads the license files of a component. It is an error if there are none.
func (c *component) read() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !isLicense.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(c.dir, e.Name()))
		if err != nil {
			return err
		}
		c.texts = append(c.texts, fmt.Sprintf("%s of %s %s:\n\n%s", e.Name(), c.name, c.version, strings.TrimSpace(string(text))))
	}
	if c.texts == nil {
		return fmt.Errorf("no license file in %s", c.dir)
	}
	return nil
}

// run prints the file, in the format of
// https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/.
func run(w io.Writer, goCommand string) error {
	list, err := linked(goCommand)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
		"Upstream-Name: rustc-lto-wrap\n" +
		"Comment: The programs are linked statically. All paragraphs but the first are\n" +
		" about what is linked in.\n\n" +
		"Files: *\nCopyright: 2026 The rustc-lto-wrap authors\nLicense: Apache-2.0\n" + apache)
	for i, c := range list {
		if err := c.read(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		by, err := c.holders()
		if err != nil {
			return err
		}
		all := strings.Join(c.texts, "\n\n")
		license, text := cmp.Or(shortName(all), fmt.Sprintf("linked-%d", i+1)), indented(all)
		if license == "Apache-2.0" {
			text = apache
		}
		files := "vendor/" + c.name + "/*" // as in an archive of a release
		if c.name == goItself {
			files = "go/*\nComment: " + goItself + "."
		}
		fmt.Fprintf(&b, "\nFiles: %s\nCopyright: %s\nLicense: %s\n%s", files, by, license, text)
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// apache stands for the text of this license, which Debian keeps in base-files, and which
// a package must refer to.
const apache = " The text of the license is in the file LICENSE beside this one. On Debian\n" +
	" systems it is in /usr/share/common-licenses/Apache-2.0.\n"

// shortName is the name that Debian has for the license with this text, "" for another one
// (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name).
func shortName(text string) string {
	switch {
	case strings.Contains(text, "Apache License"):
		return "Apache-2.0"
	case strings.Contains(text, "Permission is hereby granted, free of charge"):
		return "Expat"
	case strings.Contains(text, "Redistribution and use in source and binary forms") && strings.Contains(text, "Neither the name"):
		return "BSD-3-clause"
	}
	return ""
}

// isHolder matches a line of a license, or of the comment at the head of a source file,
// that says whose the copyright is.
var isHolder = regexp.MustCompile(`(?im)^(?://|/?\*)?\s*(?:copyright|\(c\))\s+(?:\(c\)\s+)?(\d{4}.*?)\s*(?:all rights reserved\.?)?\s*$`)

// holders returns who has the copyright, as the license says, or where that names nobody, as
// the heads of the source files do.
func (c *component) holders() (string, error) {
	var out []string
	add := func(text string) {
		for _, m := range isHolder.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	add(strings.Join(c.texts, "\n"))
	if out == nil {
		sources, err := filepath.Glob(filepath.Join(c.dir, "*.go"))
		if err != nil {
			return "", err
		}
		for _, s := range sources {
			text, err := os.ReadFile(s)
			if err != nil {
				return "", err
			}
			head, _, _ := strings.Cut(string(text), "\npackage ")
			add(head)
		}
	}
	if out == nil {
		return "", fmt.Errorf("%s: neither the license nor a source file says who has the copyright", c.name)
	}
	return strings.Join(out, "\n "), nil
}

// indented is a text as the continuation of a field of debian/copyright.
func indented(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r\f")
		if line == "" {
			line = "."
		}
		b.WriteString(" " + line + "\n")
	}
	return b.String()
}
