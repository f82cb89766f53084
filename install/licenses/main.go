// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command licenses prints the licenses of everything that is linked into the two
// programs: the project's own, those of the modules, and that of Go's runtime and
// standard library. The go command says what is linked, so that the list cannot
// differ from go.mod or from what the programs import.
//
//	go run ./install/licenses [-format=text|debian]
//
// text is a file to read; debian is a machine-readable debian/copyright file.
package main

import (
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
	// texts are the contents of the license files, by name.
	files []file
}

type file struct{ name, text string }

// isLicense matches the names of the files that a copy must carry along.
var isLicense = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

func main() {
	format := flag.String("format", "text", "text or debian")
	goCommand := flag.String("go", "go", "the go `command`")
	flag.Parse()
	if err := run(os.Stdout, *format, *goCommand); err != nil {
		fmt.Fprintln(os.Stderr, "licenses: error:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, format, goCommand string) error {
	list, err := linked(goCommand)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].files, err = licensesIn(list[i].dir); err != nil {
			return fmt.Errorf("%s: %w", list[i].name, err)
		}
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	switch format {
	case "text":
		return text(w, string(own), list)
	case "debian":
		return debian(w, list)
	}
	return fmt.Errorf("there is no format %q", format)
}

// linked asks the go command for the modules that have packages in the programs,
// and adds Go itself.
func linked(goCommand string) ([]component, error) {
	const form = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}`
	out, err := goOutput(goCommand, "list", "-deps", "-f", form, "./cmd/...")
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
		// The modules of an archive are in vendor, and go list names no folder.
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
	return append(list, component{name: "Go, its runtime and standard library", version: strings.TrimSpace(version), dir: dir}), nil
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

// licensesIn reads the license files of a folder. It is an error if there are none.
func licensesIn(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, e := range entries {
		if !e.Type().IsRegular() || !isLicense.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		files = append(files, file{e.Name(), string(text)})
	}
	if !slices.ContainsFunc(files, func(f file) bool { return !strings.HasPrefix(strings.ToLower(f.name), "patents") }) {
		return nil, fmt.Errorf("no license file in %s", dir)
	}
	return files, nil
}

// text prints the licenses one after the other.
func text(w io.Writer, own string, list []component) error {
	var b strings.Builder
	b.WriteString("The programs rustc-lto-wrap and cc-helper-wrap have the license in the first part of\n" +
		"this file. What is linked into them has the licenses in the other parts.\n")
	part := func(title string, files []file) {
		for _, f := range files {
			line := strings.Repeat("=", 72)
			fmt.Fprintf(&b, "\n%s\n%s: %s\n%s\n\n%s\n", line, title, f.name, line, strings.TrimSpace(f.text))
		}
	}
	part("rustc-lto-wrap and cc-helper-wrap", []file{{"LICENSE", own}})
	for _, c := range list {
		part(c.name+" "+c.version, c.files)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// debian prints a debian/copyright file
// (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/).
func debian(w io.Writer, list []component) error {
	var b strings.Builder
	b.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n" +
		"Upstream-Name: rustc-lto-wrap\n" +
		"Comment: The programs are linked statically. The paragraphs with the names of\n" +
		" modules are about what is linked in.\n\n" +
		"Files: *\nCopyright: 2026 The rustc-lto-wrap authors\nLicense: Apache-2.0\n" + apache)
	for i, c := range list {
		var texts []string
		for _, f := range c.files {
			texts = append(texts, fmt.Sprintf("%s of %s %s:\n\n%s", f.name, c.name, c.version, strings.TrimSpace(f.text)))
		}
		all := strings.Join(texts, "\n\n")
		license := fmt.Sprintf("linked-%d", i+1)
		if strings.Contains(all, "Apache License") {
			// Debian keeps this text in base-files, and a package must refer to it.
			license, all = "Apache-2.0", ""
		}
		fmt.Fprintf(&b, "\nFiles: %s\nCopyright: %s\nLicense: %s\n%s", strings.ReplaceAll(c.name, " ", "-"), holders(c), license, indented(all))
		if all == "" {
			b.WriteString(apache)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const apache = " On Debian systems, the text of the license is in\n /usr/share/common-licenses/Apache-2.0.\n"

// isHolder matches a line of a license that says whose the copyright is.
var isHolder = regexp.MustCompile(`(?im)^\s*(?:copyright|\(c\))\s+(?:\(c\)\s+)?(\d{4}.*?)\.?\s*(?:all rights reserved\.?)?\s*$`)

// holders returns who has the copyright, as the license says.
func holders(c component) string {
	var out []string
	for _, f := range c.files {
		for _, m := range isHolder.FindAllStringSubmatch(f.text, -1) {
			if !slices.Contains(out, m[1]) {
				out = append(out, m[1])
			}
		}
	}
	if out == nil {
		return "the authors of " + c.name
	}
	return strings.Join(out, "\n ")
}

// indented is a text as the continuation of a field of debian/copyright.
func indented(text string) string {
	if text == "" {
		return ""
	}
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
