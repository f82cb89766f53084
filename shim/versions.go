package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Program is a tool that was found: how it is called and what it says of
// itself.
type Program struct {
	Argv    []string `json:"argv"`
	Version string   `json:"version"`
	// Major is the major version of the LLVM in it.
	Major int `json:"llvm_major"`
	// Origin says where it was found: a setting's name, "on PATH" and the like.
	Origin string `json:"-"`
}

// Toolchain are the tools of one rewritten command line.
type Toolchain struct {
	Rustc    Program `json:"rustc"`
	Clang    Program `json:"clang"`
	LLVMLink Program `json:"llvm_link"`
	LLVMAs   Program `json:"llvm_as"`
	// Foreign is set where clang is not kbuild's C compiler.
	Foreign *foreign `json:"foreign,omitempty"`
	cache   *versionCache
}

// clangFlags are the flags of kbuild's compiler as clang takes them.
func (t *Toolchain) clangFlags(h Host, flags []string) ([]string, error) {
	if t.Foreign == nil {
		return flags, nil
	}
	f, err := t.Foreign.accepted(h, t.cache, t.Clang.Argv, flags)
	// What clang only warns of is left in by accepted: warnings that the other
	// compiler alone has, optimisations that clang has no switch for.
	return slices.Concat([]string{"--target=" + t.Foreign.Target, "-Wno-unknown-warning-option", "-Wno-ignored-optimization-argument"}, f), err
}

// llvmMajor finds the major version of LLVM in what a tool says of itself:
// "LLVM version: 19.1.7" (rustc -vV), "clang version 19.1.7 (…)", "LLVM version
// 19.1.7" (llvm-link --version).
func llvmMajor(name, text string) (major int, ok bool) {
	switch name {
	case "rustc":
		return numberBehind(text, "LLVM version: ")
	case "clang":
		return numberBehind(text, "clang version ")
	}
	return numberBehind(text, "LLVM version ")
}

// numberBehind is the number, in decimal, right behind the first label in text.
//
// The package regexp would do this and more, but its tables are made when a program
// starts, for each of the thousands of compilations that are only passed on.
func numberBehind(text, label string) (n int, ok bool) {
	_, rest, _ := strings.Cut(text, label)
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	n, err := strconv.Atoi(rest[:end])
	return n, err == nil
}

// versionCache keeps what tools said of themselves, by command line and by the
// identity of the programs in it, so that a build asks once and not once a
// crate. Its file has one fact a line, as a JSON array of key and fact: many
// processes append to it, each line with one write.
type versionCache struct {
	path  string
	known map[string]string
}

func openVersionCache(dir string) *versionCache {
	c := &versionCache{path: filepath.Join(dir, ".tmp_lto_wrap_tools.json"), known: map[string]string{}}
	data, err := os.ReadFile(c.path)
	if err != nil {
		return c
	}
	for line := range bytes.Lines(data) {
		var fact [2]string
		// A line that is no longer JSON is as good as none.
		if json.Unmarshal(line, &fact) == nil {
			c.known[fact[0]] = fact[1]
		}
	}
	return c
}

// identity is the key of a command line: its words, and size and time of each
// program in it. It is "" when a program may change without its file changing:
// rustup's proxies take the toolchain from a configuration file.
func identity(h Host, argv []string) string {
	var b strings.Builder
	for _, w := range argv {
		fmt.Fprintf(&b, "%s\x00", w)
		real, err := filepath.EvalSymlinks(w)
		if err != nil {
			continue
		}
		if filepath.Base(real) == "rustup" {
			return ""
		}
		if info, err := os.Stat(real); err == nil {
			fmt.Fprintf(&b, "%s\x00%d\x00%d\x00", real, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// text is what argv with the arguments for its version prints.
func (c *versionCache) text(h Host, argv []string, args ...string) (string, error) {
	key := identity(h, argv)
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

// keep adds a fact to the cache. A cache that cannot be written costs time and
// nothing else.
func (c *versionCache) keep(key, fact string) {
	c.known[key] = fact
	line, err := json.Marshal([2]string{key, fact})
	if err != nil {
		return
	}
	f, err := os.OpenFile(c.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	// A line that somebody could not write whole must not spoil this one.
	_, _ = f.Write(append(append([]byte("\n"), line...), '\n'))
}

// probe asks a tool for its version.
func (c *versionCache) probe(h Host, name string, argv []string) (Program, error) {
	args := []string{"--version"}
	if name == "rustc" {
		args = []string{"-vV"}
	}
	text, err := c.text(h, argv, args...)
	if err != nil {
		return Program{}, inliningFailure("check that it runs, or name another one in "+variableOf(name),
			"%s does not answer %s: %v: %s", strings.Join(argv, " "), args[0], err, firstLine(stderrOf(err)))
	}
	major, ok := llvmMajor(name, text)
	if !ok {
		return Program{}, inliningFailure("name a "+name+" in "+variableOf(name),
			"%s is not %s: it answers %q to %s", strings.Join(argv, " "), name, firstLine(text), args[0])
	}
	return Program{Argv: argv, Version: strings.TrimSpace(firstLine(text)), Major: major}, nil
}

func firstLine(s string) string {
	l, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return l
}

// findTools finds all tools of a rewritten command line, and checks that their
// LLVM is of one major version: LLVM reads bitcode of older versions only, and
// promises nothing for mixing them (llvm/docs/DeveloperPolicy.rst, "IR Backwards
// Compatibility"). llvm-link is among them although clang does its work in most
// settings, so that changing one never brings up a missing tool.
func findTools(h Host, s *Settings, kb *Kbuild, cacheDir string) (*Toolchain, error) {
	t := &Toolchain{cache: openVersionCache(cacheDir)}
	var err error
	for _, find := range []func(Host, *Settings, *Kbuild) error{t.findRustc, t.findClang, t.findLLVMLink, t.findLLVMAs} {
		if err := find(h, s, kb); err != nil {
			return nil, err
		}
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	t.Foreign, err = findForeign(h, kb, t.cache)
	return t, err
}

func (t *Toolchain) findRustc(h Host, _ *Settings, _ *Kbuild) error {
	rustc, err := realRustc(h)
	if err != nil {
		return err
	}
	t.Rustc, err = t.cache.probe(h, "rustc", rustc)
	if t.Rustc.Origin = fromPath; h.Getenv("LTO_WRAP_RUSTC") != "" {
		t.Rustc.Origin = "LTO_WRAP_RUSTC"
	}
	return err
}

func (t *Toolchain) findClang(h Host, _ *Settings, kb *Kbuild) error {
	candidates, err := clangCandidates(h, kb)
	if err != nil {
		return err
	}
	t.Clang, err = t.cache.first(h, "clang", candidates)
	return err
}

func (t *Toolchain) findLLVMLink(h Host, s *Settings, _ *Kbuild) (err error) {
	t.LLVMLink, err = t.cache.first(h, "llvm-link", llvmToolCandidates(h, "llvm-link", s.LLVMLink, t.Clang.Argv, t.Clang.Major))
	return err
}

func (t *Toolchain) findLLVMAs(h Host, s *Settings, _ *Kbuild) (err error) {
	t.LLVMAs, err = t.cache.first(h, "llvm-as", llvmToolCandidates(h, "llvm-as", s.LLVMAs, t.Clang.Argv, t.Clang.Major))
	return err
}

// kbuildTools reads what kbuild exports and finds the tools that go with it: what
// carrying out a plan and explaining one both begin with.
func kbuildTools(h Host, s *Settings) (*Kbuild, *Toolchain, error) {
	kb, err := ReadKbuild(h)
	if err != nil {
		return nil, nil, err
	}
	t, err := findTools(h, s, kb, kb.cacheDir())
	return kb, t, err
}

// first is the first candidate that is there and is the tool.
func (c *versionCache) first(h Host, name string, candidates []candidate) (Program, error) {
	var first error
	for _, cand := range candidates {
		argv, err := resolve(h, name, cand.argv)
		if err == nil {
			var p Program
			if p, err = c.probe(h, name, argv); err == nil {
				p.Origin = cand.origin
				return p, nil
			}
		}
		if first == nil {
			first = err
		}
	}
	return Program{}, first
}

// check compares the major versions.
func (t *Toolchain) check() error {
	for _, p := range []struct {
		name string
		of   Program
	}{{"clang", t.Clang}, {"llvm-link", t.LLVMLink}, {"llvm-as", t.LLVMAs}} {
		if p.of.Major != t.Rustc.Major {
			return inliningFailure(
				fmt.Sprintf("choose another %s (LLVM=-%d, or %s), or another rustc (LTO_WRAP_RUSTC); their LLVM must be of one major version",
					p.name, t.Rustc.Major, variableOf(p.name)),
				"LLVM versions do not match: %s has LLVM %d (%s), %s has LLVM %d (%s)",
				strings.Join(t.Rustc.Argv, " "), t.Rustc.Major, t.Rustc.Version,
				strings.Join(p.of.Argv, " "), p.of.Major, p.of.Version)
		}
	}
	return nil
}
