// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command fake stands in for rustc, clang, llvm-link and llvm-as, and for package
// managers that know no package, by the name it is called by. A suffix -N makes it one of LLVM N. It does outwardly what they do with
// a kernel build's command lines, writes each run into the file $FAKE_LOG, and
// misbehaves when told to.
//
// A run is one of these steps, and the variable FAKE_<STEP> steers it:
//
//	RUSTC RUSTC_VERSION RUSTC_OPTIONS RUSTC_SYSROOT LLVM_LINK LLVM_LINK_VERSION LLVM_AS LLVM_AS_VERSION
//	CLANG_VERSION  CLANG_CC       any other compilation of a C file
//	CLANG_IR       -S -emit-llvm  CLANG_CODEGEN  -c of bitcode
//	CLANG_INSPECT  -x ir -c       CLANG_ALIGNMENT -S -x ir, to see how functions are aligned
//	CLANG_AS       -x ir -emit-llvm -c, in place of llvm-as
//	CLANG_BITCODE  -emit-llvm of nothing, to see its version; as FAKE_CLANG_VERSION if not set
//	CLANG_ACCEPTS  -c of nothing, to see whether it accepts flags
//
// Its value is a list of behaviours, separated by ";": see [behave]. A line of
// the log is the step and the command line, quoted for a shell.
package main

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/formats/bitcode/bitcodetest"
)

//go:embed data/*.bc data/*.o data/helpers.ll
var data embed.FS

func embedded(name string) []byte {
	b, err := data.ReadFile("data/" + name)
	if err != nil {
		panic(err)
	}
	return b
}

// run is one run of a tool.
type run struct {
	tool, step string
	args       []string
	// version is what the tool gives as LLVM's version; answer replaces the
	// whole answer to --version.
	version, answer string
	// nothing keeps outputs from being written, truncate shortens them, object
	// is written instead of the right one, after is the exit status for the end.
	nothing, truncate bool
	object            string
	after             int
}

func main() {
	r := &run{args: os.Args[1:], version: "19.1.7"}
	name, major, suffixed := cutSuffix(filepath.Base(os.Args[0]))
	if r.tool = name; suffixed {
		r.version = major + ".1.7"
	}
	r.step = r.name()
	r.log("%s", shellquote.Join(os.Args...))
	how := os.Getenv("FAKE_" + r.step)
	if how == "" && r.step == "CLANG_BITCODE" {
		how = os.Getenv("FAKE_CLANG_VERSION")
	}
	r.behave(how)
	switch {
	case strings.HasSuffix(r.step, "_VERSION"):
		r.tellVersion()
	case r.step == "CLANG_ALIGNMENT":
		fmt.Println("\t.p2align\t4")
	case r.step == "CLANG_BITCODE":
		_, _ = os.Stdout.Write(bitcodetest.Empty("LLVM" + r.version))
	case r.step == "CLANG_ACCEPTS":
	case r.step == "RUSTC_SYSROOT":
		fmt.Println("/nowhere/sysroot")
	case r.step == "RUSTC_OPTIONS":
		fmt.Println("    -Z                        fewer-names=val -- fewer names in bitcode (default: no)")
	case r.tool == "rustc":
		r.rustc()
	case r.tool == "clang":
		r.clang()
	case r.tool == "llvm-link":
		r.llvmLink()
	case r.tool == "llvm-as":
		r.llvmAs()
	case r.tool == "apt-cache" || r.tool == "pacman":
		r.fail("fake: there are no packages here")
	default:
		r.fail("fake: called by the unknown name %s", os.Args[0])
	}
	os.Exit(r.after)
}

// name is the step that this run is.
func (r *run) name() string {
	step := strings.ToUpper(strings.ReplaceAll(r.tool, "-", "_"))
	has := func(a string) bool { return slices.Contains(r.args, a) }
	_, in := r.outputAndInputs()
	switch {
	case len(r.args) > 0 && slices.Contains([]string{"-vV", "--version"}, r.args[len(r.args)-1]):
		return step + "_VERSION"
	case has("-Zhelp"):
		return step + "_OPTIONS"
	case slices.Equal(r.args, []string{"--print", "sysroot"}):
		return step + "_SYSROOT"
	case r.tool != "clang":
		return step
	case has("-S") && has("-emit-llvm"):
		return "CLANG_IR"
	case has("-c") && has("c") && has("-") && !has("-emit-llvm"):
		return "CLANG_ACCEPTS"
	case has("-emit-llvm") && has("ir"):
		return "CLANG_AS"
	case has("-emit-llvm") && has("-"):
		return "CLANG_BITCODE"
	case has("-S") && has("-x") && has("ir"):
		return "CLANG_ALIGNMENT"
	case has("-x") && has("ir"):
		return "CLANG_INSPECT"
	case slices.ContainsFunc(in, func(a string) bool { return strings.HasSuffix(a, ".bc") }):
		return "CLANG_CODEGEN"
	}
	return "CLANG_CC"
}

// cutSuffix takes the version from the end of a tool's name.
func cutSuffix(base string) (name, major string, ok bool) {
	m := regexp.MustCompile(`^(.*)-(\d+)$`).FindStringSubmatch(base)
	if m == nil {
		return base, "", false
	}
	return m[1], m[2], true
}

// log appends a line to $FAKE_LOG in one write.
func (r *run) log(format string, args ...any) {
	path := os.Getenv("FAKE_LOG")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s %s\n", r.step, fmt.Sprintf(format, args...))
	}
	if err != nil {
		r.fail("fake: %v", err)
	}
}

func (r *run) fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// behave carries out a list of behaviours.
//
//	exit:N stdout:TEXT stderr:TEXT sleep:MS signal:NAME
//	after:N        do the work, then exit with N
//	hang           until a signal comes, or the log's directory is gone
//	until:FILE     wait until there is FILE, or the log's directory is gone
//	nooutput       write no file     truncate       write a third of each
//	object:NAME    give this object  version:V      say to have this LLVM
//	answer:TEXT    to --version      cat            copy stdin to stdout
//	argv:FILE      write the arguments there, each with a NUL behind it
//	warn:TEXT      like stderr:TEXT, but not with --cap-lints=allow
//	env:FILE       likewise the environment         cwd:FILE
//	token          take a byte from descriptor 3, put it back into 4
//	once:FILE      the behaviours behind it are for the first run only, the
//	               one that makes FILE
func (r *run) behave(list string) {
	for b := range strings.SplitSeq(list, ";") {
		name, value, _ := strings.Cut(b, ":")
		number, _ := strconv.Atoi(value)
		switch name {
		case "":
		case "exit":
			os.Exit(number)
		case "after":
			r.after = number
		case "stdout":
			fmt.Print(value)
		case "stderr":
			fmt.Fprintln(os.Stderr, value)
		case "warn": // as rustc does, unless it is told not to
			if !slices.Contains(r.args, "--cap-lints=allow") {
				fmt.Fprintln(os.Stderr, value)
			}
		case "sleep":
			time.Sleep(time.Duration(number) * time.Millisecond)
		case "signal":
			err := syscall.Exec("/bin/sh", []string{"sh", "-c", "ulimit -c 0; kill -" + value + " $$"}, os.Environ())
			r.fail("fake: %v", err)
		case "until":
			for _, err := os.Stat(value); err != nil && !over(); _, err = os.Stat(value) {
				time.Sleep(5 * time.Millisecond)
			}
		case "hang":
			r.hang()
		case "nooutput":
			r.nothing = true
		case "truncate":
			r.truncate = true
		case "object":
			r.object = value
		case "version":
			r.version = value
		case "answer":
			r.answer = value
		case "cat":
			if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
				r.fail("fake: %v", err)
			}
		case "argv":
			r.dump(value, r.args)
		case "env":
			r.dump(value, os.Environ())
		case "cwd":
			wd, _ := os.Getwd()
			r.dump(value, []string{wd})
		case "token":
			var token [1]byte
			if _, err := os.NewFile(3, "jobserver").Read(token[:]); err != nil {
				r.fail("fake: no token: %v", err)
			}
			r.log("token %q", token)
			if _, err := os.NewFile(4, "jobserver").Write(token[:]); err != nil {
				r.fail("fake: cannot give the token back: %v", err)
			}
		case "once":
			f, err := os.OpenFile(value, os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return
			}
			_ = f.Close()
		default:
			r.fail("fake: unknown behaviour %q", b)
		}
	}
}

func (r *run) dump(file string, words []string) {
	var b bytes.Buffer
	for _, w := range words {
		b.WriteString(w + "\x00")
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		r.fail("fake: %v", err)
	}
}

func (r *run) hang() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	r.log("hangs %d", os.Getpid())
	for !over() {
		select {
		case s := <-signals:
			r.log("got %v", s)
			os.Exit(128 + int(s.(syscall.Signal)))
		case <-time.After(100 * time.Millisecond):
		}
	}
	r.fail("fake: nobody ended this")
}

// over reports whether the test is over that has started this.
func over() bool {
	_, err := os.Stat(filepath.Dir(os.Getenv("FAKE_LOG")))
	return err != nil
}

func (r *run) tellVersion() {
	switch {
	case r.answer != "":
		fmt.Println(r.answer)
	case r.tool == "rustc":
		fmt.Println("rustc 1.85.1 (4eb161250 2025-03-15)")
		if r.args[len(r.args)-1] == "-vV" {
			fmt.Printf("binary: rustc\ncommit-hash: unknown\nhost: x86_64-unknown-linux-gnu\nrelease: 1.85.1\nLLVM version: %s\n", r.version)
		}
	case r.tool == "clang":
		fmt.Printf("Debian clang version %s (3+b1)\nTarget: x86_64-pc-linux-gnu\nThread model: posix\n", r.version)
	default:
		fmt.Printf("LLVM (http://llvm.org/):\n  Debian LLVM version %s\n  Optimized build.\n", r.version)
	}
}

// write makes an output file.
func (r *run) write(path string, content []byte) {
	switch {
	case r.nothing:
		return
	case r.truncate:
		content = content[:len(content)/3]
	}
	if path == "-" {
		_, _ = os.Stdout.Write(content)
		return
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		r.fail("error: %v", err)
	}
}

// rustc writes what each --emit names. FAKE_CRATE=plain makes the crate one
// that calls no helper, FAKE_CRATE=asserting one whose bitcode also refers to a
// symbol that nothing defines.
func (r *run) rustc() {
	bitcode, object := embedded("crate.bc"), embedded("left.o")
	switch os.Getenv("FAKE_CRATE") {
	case "plain":
		bitcode, object = embedded("plain.bc"), embedded("plain.o")
	case "asserting":
		bitcode = embedded("asserting.bc")
	}
	if r.object != "" {
		object = embedded(r.object)
	}
	source, depInfo := "", ""
	var outputs []string
	for _, a := range r.args {
		if !strings.HasPrefix(a, "-") && strings.HasSuffix(a, ".rs") {
			source = a
		}
		list, ok := strings.CutPrefix(a, "--emit=")
		if !ok {
			continue
		}
		for e := range strings.SplitSeq(list, ",") {
			kind, path, named := strings.Cut(e, "=")
			if !named {
				continue
			}
			outputs = append(outputs, path)
			switch kind {
			case "dep-info":
				depInfo = path
			case "obj":
				r.write(path, object)
			case "llvm-bc":
				r.write(path, bitcode)
			default:
				r.write(path, []byte(kind+"\n"))
			}
		}
	}
	if depInfo == "" {
		return
	}
	var text strings.Builder
	for _, o := range outputs {
		fmt.Fprintf(&text, "%s: %s\n\n", o, source)
	}
	fmt.Fprintf(&text, "%s:\n", source)
	r.write(depInfo, []byte(text.String()))
}

var include = regexp.MustCompile(`(?m)^#include "(.*)"`)

// clang compiles what it is given to the embedded result for it.
func (r *run) clang() {
	var out, deps, in, merge string
	var forced []string
	for i := 0; i < len(r.args); i++ {
		next := func() (v string) {
			if i++; i < len(r.args) {
				v = r.args[i]
			}
			return v
		}
		switch a := r.args[i]; {
		case a == "-o":
			out = next()
		case a == "-MF":
			deps = next()
		case a == "-include":
			forced = append(forced, next())
		case a == "-Xclang":
			if a := next(); a == "-mlink-bitcode-file" && next() == "-Xclang" {
				merge = next()
			}
		case a == "-MT", a == "-x", a == "-mllvm":
			next()
		case strings.HasPrefix(a, "-Wp,-MMD,"):
			deps = strings.TrimPrefix(a, "-Wp,-MMD,")
		case !strings.HasPrefix(a, "-"):
			in = a
		}
	}
	if in == "" {
		return
	}
	text, err := os.ReadFile(in)
	if err != nil {
		r.fail("clang: error: no such file or directory: '%s'", in)
	}
	if out == "" {
		return
	}
	if merge != "" {
		text = r.merge(in, merge)
	}
	switch r.step {
	case "CLANG_IR":
		r.write(out, embedded("helpers.ll"))
	case "CLANG_INSPECT":
		r.write(out, embedded("helpers.o"))
	case "CLANG_AS":
		r.assemble(out, in)
	case "CLANG_CODEGEN":
		r.write(out, r.codegen(in, text))
	default:
		r.write(out, embedded("helpers.o"))
	}
	if deps == "" {
		return
	}
	list := []string{in}
	for _, m := range include.FindAllStringSubmatch(string(text), -1) {
		list = append(list, filepath.Join(filepath.Dir(in), m[1]))
	}
	r.write(deps, []byte("helpers: "+strings.Join(append(list, forced...), " \\\n ")+"\n"))
}

// codegen is the object for bitcode that a fake has written.
func (r *run) codegen(name string, bitcode []byte) []byte {
	object := r.object
	for of, o := range map[string]string{"merged.bc": "inlined.o", "crate.bc": "left.o", "plain.bc": "plain.o"} {
		if object == "" && bytes.Equal(bitcode, embedded(of)) {
			object = o
		}
	}
	if object == "" {
		r.fail("error: Invalid bitcode signature: %s", name)
	}
	return embedded(object)
}

// outputAndInputs are the value of -o and the arguments that are no options.
func (r *run) outputAndInputs() (out string, in []string) {
	for i := 0; i < len(r.args); i++ {
		switch a := r.args[i]; {
		case a == "-o" && i+1 < len(r.args):
			i++
			out = r.args[i]
		case !strings.HasPrefix(a, "-"):
			in = append(in, a)
		}
	}
	return out, in
}

func (r *run) llvmLink() {
	out, in := r.outputAndInputs()
	r.write(out, r.merge(in...))
}

// merge is what the crate and the helpers, in these files, are together.
func (r *run) merge(files ...string) []byte {
	for _, f := range files {
		b, err := os.ReadFile(f)
		known := func(name string) bool { return bytes.Equal(b, embedded(name)) }
		if err != nil || !slices.ContainsFunc([]string{"crate.bc", "asserting.bc", "helpers.bc"}, known) {
			r.fail("%s: %s: error: expected top-level entity", r.tool, f)
		}
	}
	return embedded("merged.bc")
}

func (r *run) llvmAs() {
	out, in := r.outputAndInputs()
	r.assemble(out, in...)
}

// assemble makes bitcode of the IR in files.
func (r *run) assemble(out string, in ...string) {
	for _, f := range in {
		if b, err := os.ReadFile(f); err != nil || !bytes.Contains(b, []byte("target triple")) {
			r.fail("%s: %s: error: no IR", r.tool, f)
		}
	}
	r.write(out, embedded("helpers.bc"))
}
