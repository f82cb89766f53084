// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import (
	"path/filepath"
	"strings"
	"sync"
)

// Rustc is a parsed rustc command line. It has the parts of the command line that
// decide whether and how a crate's object is made from bitcode.
type Rustc struct {
	// Args is the command line as given, without the program's name.
	Args []string
	// Emits lists every kind of every --emit in order, including those in response
	// files.
	Emits []Emit
	// Inputs are the positional arguments. "-" is the standard input.
	Inputs []string
	// CrateName is the value of the last --crate-name, "" if there is none.
	CrateName string
	// CrateTypes are the values of all --crate-type, with lists split at commas.
	CrateTypes []string
	// OutDir and Output are the last values of --out-dir and -o.
	OutDir, Output string
	// Target is the value of the last --target: a name, or a file in JSON. It is ""
	// if there is none.
	Target string
	// Externs are the crate names of all --extern, without options ("noprelude:")
	// and paths.
	Externs []string
	// Cfgs are the values of all --cfg, as written.
	Cfgs []string
	// Codegen and Unstable are the values of all -C and -Z, as written.
	Codegen, Unstable []string
	// Prints are the values of all --print.
	Prints []string
	// Test is set by --test.
	Test bool
	// Responses are the response files (@file) in order, without the "@".
	Responses []string
}

// Emit is one kind of one --emit option, such as obj=rust/kernel.o.
type Emit struct {
	// Kind is the kind of output: "obj", "metadata", "dep-info", "llvm-bc", …
	Kind string
	// Path is the output file, "" if rustc chooses it.
	Path string
	// Arg is the index in Rustc.Args of the argument that contains the kind, -1 if
	// a response file contains it.
	Arg int
}

// valued maps each long option of rustc whose value may be the next argument to the
// function that stores the value. The function is nil if the value is not needed;
// the option is still listed, so that its value is not mistaken for an input.
//
// Source: rustc_session::config::rustc_optgroups and rustc_driver_impl::options,
// rustc 1.85.
//
// The map is made on first use, because most runs of the programs do not need it.
var valued = sync.OnceValue(func() map[string]func(*Rustc, string) {
	return map[string]func(*Rustc, string){
		"cfg":               func(r *Rustc, v string) { r.Cfgs = append(r.Cfgs, v) },
		"check-cfg":         nil,
		"crate-type":        func(r *Rustc, v string) { r.CrateTypes = append(r.CrateTypes, strings.Split(v, ",")...) },
		"crate-name":        func(r *Rustc, v string) { r.CrateName = v },
		"edition":           nil,
		"print":             func(r *Rustc, v string) { r.Prints = append(r.Prints, v) },
		"out-dir":           func(r *Rustc, v string) { r.OutDir = v },
		"explain":           nil,
		"target":            func(r *Rustc, v string) { r.Target = v },
		"allow":             nil,
		"warn":              nil,
		"force-warn":        nil,
		"deny":              nil,
		"forbid":            nil,
		"cap-lints":         nil,
		"codegen":           func(r *Rustc, v string) { r.Codegen = append(r.Codegen, v) },
		"extern":            func(r *Rustc, v string) { r.Externs = append(r.Externs, externName(v)) },
		"sysroot":           nil,
		"error-format":      nil,
		"json":              nil,
		"color":             nil,
		"diagnostic-width":  nil,
		"remap-path-prefix": nil,
		"remap-path-scope":  nil,
		"env-set":           nil,
	}
})

// shortValued is the same for the one-letter options that take a value, either
// joined or as the next argument.
var shortValued = sync.OnceValue(func() map[byte]func(*Rustc, string) {
	return map[byte]func(*Rustc, string){
		'L': nil, 'l': nil, 'A': nil, 'W': nil, 'D': nil, 'F': nil,
		'o': func(r *Rustc, v string) { r.Output = v },
		'C': func(r *Rustc, v string) { r.Codegen = append(r.Codegen, v) },
		'Z': func(r *Rustc, v string) { r.Unstable = append(r.Unstable, v) },
	}
})

// ParseRustc parses args, a rustc command line without the program's name.
//
// It reads response files (@file) with readFile and inserts their lines in place,
// each as one argument, even where an option expects its value. It neither trims
// nor unquotes them. rustc does the same (rustc_driver_impl::args). ParseRustc
// ignores a file that cannot be read, because rustc itself reports it. With a nil
// readFile it reads none.
//
// It assumes that unknown options take no value. kbuild spells out in full all
// options that matter here, so an unknown option can at most add a false input.
func ParseRustc(args []string, readFile func(string) ([]byte, error)) *Rustc {
	r := &Rustc{Args: args}
	p := rustcParser{r: r}
	for i, a := range args {
		if name, ok := strings.CutPrefix(a, "@"); ok {
			r.Responses = append(r.Responses, name)
			if readFile == nil {
				continue
			}
			data, err := readFile(name)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(data)) {
				line = strings.TrimSuffix(line, "\n")
				p.arg(strings.TrimSuffix(line, "\r"), -1)
			}
			continue
		}
		p.arg(a, i)
	}
	return r
}

// rustcParser is the state of the parser between two arguments.
type rustcParser struct {
	r *Rustc
	// pending takes the next argument as the value of the last option. skip is set
	// when the next argument is a value that is not needed.
	pending func(v string, index int)
	skip    bool
	// inputsOnly is set by "--".
	inputsOnly bool
}

func (p *rustcParser) arg(a string, index int) {
	switch {
	case p.skip:
		p.skip = false
		return
	case p.pending != nil:
		f := p.pending
		p.pending = nil
		f(a, index)
		return
	case p.inputsOnly, a == "-", !strings.HasPrefix(a, "-"):
		p.r.Inputs = append(p.r.Inputs, a)
		return
	case a == "--":
		p.inputsOnly = true
		return
	}
	if long, ok := strings.CutPrefix(a, "--"); ok {
		p.long(long, index)
		return
	}
	if a == "-O" {
		// Of -O and -Copt-level=, the last one counts (parse_opt_level in
		// rustc_session::config). Since rustc 1.86 it means 3, which differs from 2 in the
		// vectoriser only; kbuild gives it to no crate of the kernel.
		p.r.Codegen = append(p.r.Codegen, "opt-level=2")
		return
	}
	keep, known := shortValued()[a[1]]
	if !known {
		return
	}
	if len(a) > 2 {
		if keep != nil {
			keep(p.r, a[2:])
		}
		return
	}
	p.next(keep)
}

func (p *rustcParser) long(option string, index int) {
	name, value, joined := strings.Cut(option, "=")
	if name == "emit" {
		if joined {
			p.emit(value, index)
		} else {
			p.pending = p.emit
		}
		return
	}
	if name == "test" {
		p.r.Test = true
		return
	}
	keep, known := valued()[name]
	switch {
	case !known:
	case !joined:
		p.next(keep)
	case keep != nil:
		keep(p.r, value)
	}
}

// next makes keep take the next argument as its value. With a nil keep, the parser
// skips that argument.
func (p *rustcParser) next(keep func(*Rustc, string)) {
	if keep == nil {
		p.skip = true
		return
	}
	p.pending = func(v string, _ int) { keep(p.r, v) }
}

func (p *rustcParser) emit(value string, index int) {
	for kind := range strings.SplitSeq(value, ",") {
		name, path, _ := strings.Cut(kind, "=")
		p.r.Emits = append(p.r.Emits, Emit{Kind: name, Path: path, Arg: index})
	}
}

// externName returns the crate name in the value of --extern, which is
// [options:]name[=path] (rustc_session::config::externs).
func externName(v string) string {
	name, _, _ := strings.Cut(v, "=")
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return name
}

// Emit returns the first emit of that kind, nil if there is none.
func (r *Rustc) Emit(kind string) *Emit {
	for i := range r.Emits {
		if r.Emits[i].Kind == kind {
			return &r.Emits[i]
		}
	}
	return nil
}

// Extern reports whether the command line has an --extern for the crate name.
func (r *Rustc) Extern(name string) bool {
	for _, e := range r.Externs {
		if e == name {
			return true
		}
	}
	return false
}

// Module reports whether the crate is compiled as part of a loadable module. kbuild
// then passes --cfg MODULE (KBUILD_RUSTFLAGS_MODULE in the kernel's Makefile).
func (r *Rustc) Module() bool {
	for _, c := range r.Cfgs {
		if c == "MODULE" {
			return true
		}
	}
	return false
}

// Name returns the crate's name as rustc chooses it: the value of --crate-name, or
// otherwise the base name of the input. It returns "" if neither is known.
func (r *Rustc) Name() string {
	if r.CrateName != "" {
		return r.CrateName
	}
	if len(r.Inputs) != 1 || r.Inputs[0] == "-" {
		return ""
	}
	base := filepath.Base(r.Inputs[0])
	return strings.ReplaceAll(strings.TrimSuffix(base, filepath.Ext(base)), "-", "_")
}

// EmitPath returns the file that rustc writes for e. ext is the extension that
// rustc uses when it chooses the name. The file is
//   - the path given with the kind;
//   - otherwise the value of -o, if no other kind lacks a path;
//   - otherwise OUT-DIR/NAME.EXT.
//
// It returns "" if the name is unknown: without a crate name, for the standard
// input, or with one -o for several kinds.
//
// Source: rustc_interface::util::build_output_filenames.
func (r *Rustc) EmitPath(e *Emit, ext string) string {
	if e.Path != "" {
		return e.Path
	}
	if r.Output != "" {
		for i := range r.Emits {
			if r.Emits[i].Path == "" && r.Emits[i].Kind != e.Kind {
				return ""
			}
		}
		return r.Output
	}
	name := r.Name()
	if name == "" {
		return ""
	}
	extra, _ := Option(r.Codegen, "extra-filename")
	return filepath.Join(r.OutDir, name+extra+ext)
}

// Option returns the value of the last name=value, or name alone, among the values
// of -C or -Z. ok reports whether there is one. rustc treats dashes and underscores
// as equal there.
func Option(values []string, name string) (value string, ok bool) {
	for _, v := range values {
		k, val, _ := strings.Cut(v, "=")
		if strings.ReplaceAll(k, "_", "-") == name {
			value, ok = val, true
		}
	}
	return value, ok
}

// WithBitcode returns the command line that writes the crate's LLVM bitcode to path
// where the given one writes its object. It appends extra. The object's --emit must
// be on the command line itself and must be the only one.
func (r *Rustc) WithBitcode(path string, extra ...string) []string {
	out := make([]string, 0, len(r.Args)+len(extra))
	out = append(out, r.Args...)
	position := 0 // of the kind in its argument
	for i, e := range r.Emits {
		position++
		if i == 0 || r.Emits[i-1].Arg != e.Arg {
			position = 0
		}
		if e.Kind != "obj" || e.Arg < 0 {
			continue
		}
		kinds := strings.Split(out[e.Arg], ",")
		kind := "llvm-bc=" + path
		if strings.HasPrefix(kinds[position], "--emit=") {
			kind = "--emit=" + kind
		}
		kinds[position] = kind
		out[e.Arg] = strings.Join(kinds, ",")
	}
	return append(out, extra...)
}

// WithObjectOnly returns the command line that compiles the crate in the same way, and
// writes its object to path and nothing else. The object's --emit must be on the command
// line itself; kinds that a response file asks for are written all the same.
func (r *Rustc) WithObjectOnly(path string) []string {
	object := r.Emit("obj").Arg
	drop := map[int]bool{}
	for _, e := range r.Emits {
		if e.Arg < 0 || e.Arg == object {
			continue
		}
		drop[e.Arg] = true
		if !strings.HasPrefix(r.Args[e.Arg], "--emit=") {
			drop[e.Arg-1] = true // the option, of which the argument is the value
		}
	}
	out := make([]string, 0, len(r.Args))
	for i, a := range r.Args {
		switch {
		case i == object && strings.HasPrefix(a, "--emit="):
			out = append(out, "--emit=obj="+path)
		case i == object:
			out = append(out, "obj="+path)
		case !drop[i]:
			out = append(out, a)
		}
	}
	return out
}

// Quiet returns a command line of rustc with which it prints no warning, and does
// the same otherwise: rustc records the limit of lints nowhere in its outputs
// (lint_cap is TRACKED_NO_CRATE_HASH in rustc_session::options), and prints no
// warning of any sort if it is "allow" (can_emit_warnings in rustc_session::session).
func Quiet(args []string) []string {
	const option = "--cap-lints"
	var out []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == option: // rustc takes the option once only
			i++
		case !strings.HasPrefix(args[i], option+"="):
			out = append(out, args[i])
		}
	}
	return append(out, option+"=allow")
}
