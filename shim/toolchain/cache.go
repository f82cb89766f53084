// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/host"
)

// cache keeps what tools printed, by command line and by the identity
// of the programs in it, so that a build asks once and not once a crate. Its
// file has one fact a line, as a JSON array of key and fact. Many processes
// append to it, each line with one write.
type cache struct {
	path  string
	known map[string]string
}

// openCache reads the cache in the directory dir.
func openCache(dir string) *cache {
	c := &cache{path: filepath.Join(dir, ".tmp_lto_wrap_tools.json"), known: map[string]string{}}
	data, err := os.ReadFile(c.path)
	if err != nil {
		return c
	}
	for line := range bytes.Lines(data) {
		var fact [2]string
		// A damaged line is ignored.
		if json.Unmarshal(line, &fact) == nil {
			c.known[fact[0]] = fact[1]
		}
	}
	return c
}

// Identity returns the key of a command line: its words, and size and time of each
// program in it. It is "" when a program may change without this key changing.
func Identity(h host.Host, argv []string) string {
	var b strings.Builder
	for _, w := range argv {
		fmt.Fprintf(&b, "%s\x00", w)
	}
	for _, p := range programs(h, argv) {
		real, err := filepath.EvalSymlinks(p)
		if err != nil {
			continue
		}
		b.WriteString(fileIdentity(real))
		if filepath.Base(real) == "rustup" {
			behind := rustup(h)
			if behind == "" {
				return ""
			}
			b.WriteString(behind)
		}
	}
	return b.String()
}

// fileIdentity returns path, size and time of a file, "" if there is none.
func fileIdentity(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s\x00%d\x00%d\x00", path, info.Size(), info.ModTime().UnixNano())
}

// rustup returns what decides which program one of rustup's proxies runs: the variable,
// the settings, and the toolchains themselves, which an update replaces. It is "" where
// a directory from here up has a file of its own for that, which may name any directory
// (https://rust-lang.github.io/rustup/overrides.html).
func rustup(h host.Host) string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		for _, name := range []string{"rust-toolchain", "rust-toolchain.toml"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return ""
			}
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	home := cmp.Or(h.Getenv("RUSTUP_HOME"), filepath.Join(h.Getenv("HOME"), ".rustup"))
	var b strings.Builder
	fmt.Fprintf(&b, "rustup\x00%s\x00%s\x00", here, h.Getenv("RUSTUP_TOOLCHAIN"))
	b.WriteString(fileIdentity(filepath.Join(home, "settings.toml")))
	b.WriteString(fileIdentity("/etc/rustup/settings.toml"))
	toolchains, _ := filepath.Glob(filepath.Join(home, "toolchains/*/bin/rustc"))
	for _, path := range toolchains {
		b.WriteString(fileIdentity(path))
	}
	return b.String()
}

// text returns what argv with args prints.
func (c *cache) text(h host.Host, argv []string, args ...string) (string, error) {
	key := Identity(h, argv)
	if key != "" {
		key += strings.Join(args, " ")
	}
	if t, ok := c.known[key]; ok && key != "" {
		return t, nil
	}
	t, err := h.Output(append(append([]string(nil), argv...), args...), "")
	if err == nil && key != "" {
		c.keep(key, t)
	}
	return t, err
}

// fact returns what read makes of the output of argv with args. A failure is kept for
// this build only.
func (c *cache) fact(h host.Host, argv, args []string, read func(out string) (string, error)) (string, error) {
	id := Identity(h, argv)
	key := "fact\x00" + id + "\x00" + strings.Join(args, " ")
	if f, ok := c.known[key]; ok && id != "" {
		return f, nil
	}
	value := ""
	ask := func() string {
		out, err := h.Output(append(append([]string(nil), argv...), args...), "")
		if err == nil {
			value, err = read(out)
		}
		switch {
		case err != nil:
			return errorLine(err)
		case id != "":
			c.keep(key, value)
		}
		return ""
	}
	failed := ""
	if id == "" {
		failed = ask()
	} else {
		failed = c.onceABuild(key, ask)
	}
	if failed != "" {
		return "", errors.New(failed)
	}
	return value, nil
}

// onceABuild returns a text that is asked for once in a build, unless it is "".
func (c *cache) onceABuild(key string, ask func() string) string {
	build, known := host.MakeRun()
	if !known {
		return ask()
	}
	key = build + "\x00" + key
	if t, ok := c.known[key]; ok {
		return t
	}
	t := ask()
	if t != "" {
		c.keep(key, t)
	}
	return t
}

// keep adds a fact to the cache. A cache that cannot be written only costs
// time.
func (c *cache) keep(key, fact string) {
	c.known[key] = fact
	if c.path == "" {
		return
	}
	line, err := json.Marshal([2]string{key, fact})
	if err != nil {
		return
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	// The line break in front keeps a line that another process wrote in part from
	// spoiling this one.
	_, _ = f.Write(append(append([]byte("\n"), line...), '\n'))
}

// probe asks a tool for its version.
func (c *cache) probe(h host.Host, name string, argv []string) (Tool, error) {
	args := []string{"--version"}
	if name == "rustc" {
		args = []string{"-vV"}
	}
	text, err := c.text(h, argv, args...)
	if err != nil {
		return Tool{}, host.InliningFailure("check that it runs, or name another one in "+variableOf(name),
			"%s does not answer %s: %v: %s", strings.Join(argv, " "), args[0], err, firstLine(host.StderrOf(err)))
	}
	major, ok := llvmMajor(name, text)
	if !ok {
		return Tool{}, host.InliningFailure("name a "+name+" in "+variableOf(name),
			"%s is not %s: it answers %q to %s", strings.Join(argv, " "), name, firstLine(text), args[0])
	}
	return Tool{Argv: argv, Version: strings.TrimSpace(firstLine(text)), Major: major}, nil
}

// llvmMajor finds the major version of LLVM in what a tool prints:
// "LLVM version: 19.1.7" (rustc -vV), "clang version 19.1.7 (…)", "LLVM version
// 19.1.7" (llvm-link --version).
func llvmMajor(name, text string) (major int, ok bool) {
	switch name {
	case "rustc":
		return numberAfter(text, "LLVM version: ")
	case "clang":
		return numberAfter(text, "clang version ")
	}
	return numberAfter(text, "LLVM version ")
}

// numberAfter returns the decimal number right after the first label in text.
//
// The package regexp could do this, but its tables are made when a program
// starts, for each of the thousands of compilations that are only passed on.
func numberAfter(text, label string) (n int, ok bool) {
	_, rest, _ := strings.Cut(text, label)
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	return n, err == nil
}

func firstLine(s string) string {
	l, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return l
}
