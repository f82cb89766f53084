// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Config is a way to build a tree with the shims.
type Config struct {
	Name string
	// GCC has gcc build the C code, otherwise clang does. Both has CC=cc-helper-wrap, too.
	GCC, Both bool
	Env       []string
	// Copies is set for linkages with which a helper that is not inlined is copied, so that its address is not unique.
	Copies bool
}

// Configs are both pipelines, both goals, both compilers of the helpers, both ways to use the shims, and each linkage.
var Configs = []Config{
	{Name: "speed"},
	{Name: "size", Env: []string{"LTO_WRAP_OPTIMIZE=size"}},
	{Name: "late", Env: []string{"LTO_WRAP_PIPELINE=late"}},
	{Name: "both", Both: true},
	{Name: "linkonce", Env: []string{"LTO_WRAP_LINKAGE=linkonce_odr"}, Copies: true},
	{Name: "internal", Env: []string{"LTO_WRAP_LINKAGE=internal", "LTO_WRAP_PIPELINE=late"}, Copies: true},
	{Name: "gcc-speed", GCC: true},
	{Name: "gcc-size", GCC: true, Env: []string{"LTO_WRAP_OPTIMIZE=size"}},
	{Name: "gcc-late", GCC: true, Env: []string{"LTO_WRAP_PIPELINE=late"}},
}

// ConfigsNamed returns those configurations, or all of them if there are no names.
func ConfigsNamed(names ...string) (out []Config) {
	for _, c := range Configs {
		if len(names) == 0 || slices.Contains(names, c.Name) {
			out = append(out, c)
		}
	}
	return out
}

// Judge builds and runs trees.
type Judge struct {
	// Tree is a copy of tests/tree/testdata/tree, Bin has the shims, and Work is for the trees.
	Tree, Bin, Work string
	// Log is told what cannot be built.
	Log func(format string, args ...any)
	// Called and Left count the references of crates to helpers, in the plain builds and in those with the shims.
	Called, Left int
}

// Kind is what failed.
type Kind string

// The kinds of failures.
const (
	// Unwrapped: the unwrapped tools do not build the program. The generator is at fault.
	Unwrapped Kind = "not built by the unwrapped tools"
	// Undefined: gcc and clang disagree about what the program does. The generator is at fault.
	Undefined Kind = "not the same with gcc and clang"
	Build     Kind = "not built"
	Symbols   Kind = "other symbols"
	Output    Kind = "other output"
)

// SaysNothing reports whether what failed says nothing of the shims: the plain builds fail or disagree already.
func (k Kind) SaysNothing() bool { return k == Unwrapped || k == Undefined }

// AtMostUnjudged is how many of so many programs may say nothing of the shims: one in a hundred, and six in any case, because they
// come by chance. Of 10,000 programs, 29 did. With more, the generator is to be mended.
func AtMostUnjudged(programs int) int { return max(6, programs/100) }

// Failure is a program that fails.
type Failure struct {
	Program string
	Config  string
	Kind    Kind
	Detail  string
}

// Case is a tree with programs.
type Case struct {
	Files    map[string]string
	Programs []string
	// Addresses are the programs whose output depends on addresses of helpers.
	Addresses map[string]bool
}

// NewCase renders programs.
func NewCase(programs []*Program) *Case {
	c := &Case{Files: Render(programs), Addresses: map[string]bool{}}
	for _, p := range programs {
		c.Programs = append(c.Programs, p.Name)
		c.Addresses[p.Name] = p.Address()
	}
	return c
}

// Judge judges programs in one tree for each compiler. A program that fails is left out from then on. The error is one of the judge,
// not of the programs.
func (j *Judge) Judge(programs []*Program, configs []Config) (failures []Failure, err error) {
	outputs := map[bool]map[string]string{}
	for _, gcc := range []bool{false, true} {
		var own []Config
		for _, c := range configs {
			if c.GCC == gcc {
				own = append(own, c)
			}
		}
		if len(own) == 0 {
			continue
		}
		plain := Config{Name: "plain", GCC: gcc}
		t, found, err := j.build(&programs, plain, nil)
		failures = append(failures, found...)
		if err != nil {
			return failures, err
		}
		outputs[gcc] = t.output
		if gcc && outputs[false] != nil {
			for name, text := range t.output {
				if other, ok := outputs[false][name]; ok && other != text {
					failures = append(failures, Failure{name, "plain", Undefined, difference(other, text)})
					programs = slices.DeleteFunc(slices.Clone(programs), func(p *Program) bool { return p.Name == name })
				}
			}
		}
		for _, c := range own {
			built, found, err := j.build(&programs, c, t)
			failures = append(failures, found...)
			if err != nil {
				return failures, err
			}
			found = t.compare(built, c, NewCase(programs))
			failures = append(failures, found...)
			programs = slices.DeleteFunc(slices.Clone(programs), func(p *Program) bool {
				return slices.ContainsFunc(found, func(f Failure) bool { return f.Program == p.Name })
			})
			j.Called += t.helpers
			j.Left += built.helpers
		}
	}
	return failures, nil
}

// built is what a build made.
type built struct {
	output map[string]string // of each program
	// symbols of each crate's object: true if it defines them for others, false if it refers to them.
	symbols map[string]map[string]bool
	// exported are what modules can see.
	exported map[string]bool
	// helpers is the number of helpers that the crates refer to.
	helpers int
}

var (
	programName = regexp.MustCompile(`(?:\b|_)(p\d+)(?:_|\b)`)
	errorLine   = regexp.MustCompile(`(?i)error|undefined|duplicate|multiple|redefin|already|unknown|invalid|cannot|is set but`)
	crates      = []string{"rust/kernel.o", "drivers/driver.o"}
)

// build builds programs. Those that prevent it are failures, and are taken out of the list.
func (j *Judge) build(programs *[]*Program, c Config, plain *built) (*built, []Failure, error) {
	var failures []Failure
	kind := Build
	if plain == nil {
		kind = Unwrapped
	}
	for {
		b, out, err := j.Try(NewCase(*programs), c)
		if err != nil {
			return nil, failures, err
		}
		if b != nil {
			return b, failures, nil
		}
		bad := map[string]string{}
		quoted := 0 // lines that an error may quote
		for line := range strings.Lines(out) {
			if errorLine.MatchString(line) {
				quoted = 3
			}
			names := programName.FindAllStringSubmatch(line, -1)
			if quoted == 0 || len(names) == 0 {
				quoted = max(0, quoted-1)
				continue
			}
			for _, m := range names {
				bad[m[1]] += line
			}
			quoted = 0
		}
		kept := slices.DeleteFunc(slices.Clone(*programs), func(p *Program) bool { return bad[p.Name] != "" })
		if len(kept) == len(*programs) {
			// The message names no program of these: halves of them are tried.
			j.Log("%s: %d programs are not built, and the message names none: %.2000s\n", c.Name, len(*programs), out)
			if kept, err = j.bisect(*programs, c, func(p *Program) { bad[p.Name] = out }); err != nil {
				return nil, failures, err
			}
			if len(kept) == len(*programs) {
				return nil, failures, fmt.Errorf("%s: no program fails alone, and all of them do together:\n%s", c.Name, out)
			}
		}
		for _, p := range *programs {
			if bad[p.Name] != "" {
				j.Log("%s: %s is not built: %.300s\n", c.Name, p.Name, bad[p.Name])
				failures = append(failures, Failure{p.Name, c.Name, kind, bad[p.Name]})
			}
		}
		*programs = kept
	}
}

// bisect returns the programs that can be built, and calls bad with the others.
func (j *Judge) bisect(programs []*Program, c Config, bad func(*Program)) (kept []*Program, err error) {
	for _, half := range [][]*Program{programs[:len(programs)/2], programs[len(programs)/2:]} {
		if len(half) == 0 {
			continue
		}
		b, _, err := j.Try(NewCase(half), c)
		switch {
		case err != nil:
			return nil, err
		case b != nil:
			kept = append(kept, half...)
		case len(half) == 1:
			bad(half[0])
		default:
			more, err := j.bisect(half, c, bad)
			if err != nil {
				return nil, err
			}
			kept = append(kept, more...)
		}
	}
	return kept, nil
}

// Try builds and runs a case in one configuration. The result is nil if it cannot be built; then out has the messages.
func (j *Judge) Try(c *Case, how Config) (b *built, out string, err error) {
	compiler, make := "clang", []string{"make", "-sk", "LLVM=1", "KCFLAGS=-w"}
	if how.GCC {
		compiler, make = "gcc", []string{"make", "-sk", "CLANG_FLAGS=", "KCFLAGS=-w"}
	}
	dir := filepath.Join(j.Work, compiler)
	if err := j.write(dir, c); err != nil {
		return nil, "", err
	}
	rustc, cc := filepath.Join(j.Bin, "rustc-lto-wrap"), compiler
	if how.Name == "plain" {
		rustc = "rustc"
	}
	if how.Both {
		cc = filepath.Join(j.Bin, "cc-helper-wrap")
	}
	objects := []string{"main.o", "rust/helpers/helpers.o", "rust/bindings.o", "rust/kernel.o", "drivers/driver.o"}
	// The tree's Makefile does not compare command lines, and another build made these.
	stale := slices.Clone(crates)
	if how.Both {
		stale = append(stale, "rust/helpers/helpers.o")
	}
	for _, o := range stale {
		if err := os.RemoveAll(filepath.Join(dir, o)); err != nil {
			return nil, "", err
		}
	}
	make = append(append(make, "CC="+cc, "RUSTC="+rustc), objects...)
	if out, err = run(dir, how.Env, make...); err != nil {
		return nil, out, nonzero(err)
	}
	// The driver is a module: what it defines is seen by nobody else, and its own is taken first.
	if out, err = run(dir, nil, "objcopy", "-w", "-G", "driver_*", "drivers/driver.o", "driver.ko"); err != nil {
		return nil, out, nonzero(err)
	}
	if out, err = run(dir, nil, "clang", "-no-pie", "-Wl,-z,noexecstack", "-o", "program", "main.o", "rust/helpers/helpers.o", "rust/bindings.o", "rust/kernel.o", "driver.ko"); err != nil {
		return nil, out, nonzero(err)
	}
	b = &built{output: map[string]string{}, symbols: map[string]map[string]bool{}, exported: map[string]bool{}}
	for line := range strings.Lines(c.Files["main.c"]) {
		if name, ok := strings.CutPrefix(line, "EXPORT_SYMBOL("); ok {
			name, _, _ = strings.Cut(name, ")")
			b.exported[name] = true
		}
	}
	own, err := symbols(filepath.Join(dir, "rust/helpers/helpers.o"))
	if err != nil {
		return nil, "", err
	}
	for s, defined := range own {
		b.exported[s] = b.exported[s] || defined
	}
	for _, o := range crates {
		if b.symbols[o], err = symbols(filepath.Join(dir, o)); err != nil {
			return nil, "", err
		}
		for s, defined := range b.symbols[o] {
			if !defined && strings.HasPrefix(s, "rust_helper_") {
				b.helpers++
			}
		}
	}
	if out, err = run(dir, nil, "./program"); nonzero(err) != nil {
		return nil, "", err
	}
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(line, " ")
		b.output[name] += line
	}
	return b, "", nil
}

// write makes a tree of the case: a new one, or the one that is there with the files that differ.
func (j *Judge) write(dir string, c *Case) error {
	same := true
	for name, text := range c.Files {
		old, err := os.ReadFile(filepath.Join(dir, name))
		same = same && err == nil && string(old) == text
	}
	if same {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(j.Tree)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(c.Files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// run runs a command and returns what it prints.
func run(dir string, env []string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// nonzero returns nil for a command that ran and failed, and an error that is another one.
func nonzero(err error) error {
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil
	}
	return err
}

// symbols returns the symbols of an object that others can see: true for those that it defines.
func symbols(object string) (map[string]bool, error) {
	f, err := elf.Open(object)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, s := range list {
		if elf.ST_BIND(s.Info) != elf.STB_LOCAL {
			out[s.Name] = s.Section != elf.SHN_UNDEF
		}
	}
	return out, nil
}

// compare compares a build with the shims with the plain one.
func (t *built) compare(b *built, how Config, c *Case) (failures []Failure) {
	for _, p := range c.Programs {
		if how.Copies && c.Addresses[p] {
			continue
		}
		if t.output[p] != b.output[p] {
			failures = append(failures, Failure{p, how.Name, Output, difference(t.output[p], b.output[p])})
			continue
		}
		var wrong []string
		for _, o := range crates {
			for s, defined := range b.symbols[o] {
				if m := programName.FindStringSubmatch(s); m == nil || m[1] != p {
					continue
				}
				before, there := t.symbols[o][s]
				switch {
				case there && before == defined:
				case defined && !how.Copies:
					wrong = append(wrong, o+" defines "+s)
				case !defined && o == "drivers/driver.o" && !b.exported[s]:
					wrong = append(wrong, o+" refers to "+s+", which modules cannot see")
				}
			}
		}
		if wrong != nil {
			slices.Sort(wrong)
			failures = append(failures, Failure{p, how.Name, Symbols, strings.Join(wrong, "\n") + "\n"})
		}
	}
	return failures
}

// difference returns the lines that differ.
func difference(want, got string) string {
	var b strings.Builder
	wanted, found := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(wanted), len(found)) {
		at := func(list []string) string {
			if i < len(list) {
				return list[i]
			}
			return ""
		}
		if w, g := at(wanted), at(found); w != g {
			fmt.Fprintf(&b, "-%s\n+%s\n", w, g)
		}
	}
	return b.String()
}

// JudgeKept judges a case as it is.
func (j *Judge) JudgeKept(c *Case, configs []Config) (failures []Failure, err error) {
	for _, how := range configs {
		plain, out, err := j.Try(c, Config{Name: "plain", GCC: how.GCC})
		if err == nil && plain == nil {
			err = fmt.Errorf("%s:\n%s", Unwrapped, out)
		}
		if err != nil {
			return failures, err
		}
		b, out, err := j.Try(c, how)
		switch {
		case err != nil:
			return failures, err
		case b == nil:
			failures = append(failures, Failure{c.Programs[0], how.Name, Build, out})
		default:
			failures = append(failures, plain.compare(b, how, c)...)
		}
	}
	return failures, nil
}

// Fails reports whether a program alone fails in a configuration, in the way of f.
func (j *Judge) Fails(p *Program, f Failure) (bool, error) {
	found, err := j.Judge([]*Program{p}, ConfigsNamed(f.Config))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return slices.ContainsFunc(found, func(g Failure) bool { return g.Kind == f.Kind }), nil
}
