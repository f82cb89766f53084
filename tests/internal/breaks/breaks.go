// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package breaks has what can go wrong in a build, as data: tests let one thing go wrong at
// a time, in a small tree and in a kernel's.
package breaks

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"rustc-lto-wrap/tests/internal/files"
)

// Place is where something goes wrong. Paths are relative to the object tree, which is the
// directory of the commands and of the compilers.
type Place struct {
	// Object is made with the helpers' builtin bitcode, from what Stale makes it older
	// than, a shell command. Directory has it or another object that make makes.
	Object, Stale, Directory string
	// Helpers is the helpers source, as messages have it.
	Helpers string
	// Future is a shell command that puts a date of the future on what the bitcode is made
	// from, and on the bitcode.
	Future string
}

// Break is something that goes wrong in a build.
type Break struct {
	What string
	// Shell comes before make, Env is make's.
	Shell, Env string
	// Status is make's, Message what the shim says, a regexp, "" where it says nothing or
	// anything.
	Status  int
	Message string
	// Printed is a regexp of anything that make prints, the tools' messages included.
	Printed string
	// Killed is set if the shim cannot clean up, Elsewhere if Object is not concerned.
	Killed, Elsewhere bool
}

// tool makes a program called name, in a directory that goes with it, out of the lines of a
// shell script; $REAL is the real one.
func tool(name, script string) string {
	return fmt.Sprintf("mkdir -p wrong && printf '%%s\\n' '#!/bin/sh' 'case $1 in *version|-vV) exec %[1]s \"$@\";; esac' 'REAL=%[1]s' %[2]s >wrong/%[1]s && chmod +x wrong/%[1]s", name, script)
}

// inBackground waits until llvm-link hangs, however long make takes until then, and sends a signal to the shim's process,
// which is the parent of that of llvm-link. It ends when the shell that has started it does.
const inBackground = `(until [ -s wrong/pid ]; do kill -0 $$ || exit; sleep 0.1; done; shim=$(cut -d" " -f4 "/proc/$(cat wrong/pid)/stat") && kill -%s "$shim") & `

// full has the rest of a small disk filled, read-only nothing can be written to the directory.
// The mounts are the command's own: each has a mount namespace.
const (
	full     = "cp -a %[1]s full && mount -t tmpfs -o size=$(($(du -sk full | cut -f1) * 2 + 64))k lab %[1]s && cp -a full/. %[1]s/ && rm -f %[2]s && { head -c 1G /dev/zero >%[1]s/fill 2>&1; true; }"
	readOnly = "mount --bind %[1]s %[1]s && mount -o remount,bind,ro %[1]s"
)

// scarce leaves a program the memory that it needs to say its version, to 100 kB: more than to load it, and too little to compile.
// Only compilations may be run with it: close to its end, the same program starts once and fails to start the next time.
const scarce = `can() { (ulimit -v $1; $REAL --version >/dev/null 2>&1); }; n=100000; until can $n; do n=$((n + 2000)); done; while can $((n - 100)); do n=$((n - 100)); done; ulimit -v $n`

// At returns everything that goes wrong at a place.
func At(p Place) []Break {
	hangs := tool("llvm-link", `'echo $$ >wrong/pid.new; mv wrong/pid.new wrong/pid; exec sleep 20'`)
	link, clang := "LTO_WRAP_LLVM_LINK=./wrong/llvm-link", "LTO_WRAP_CLANG=./wrong/clang"
	object := regexp.QuoteMeta(p.Object)
	temporary := regexp.QuoteMeta(path.Join(path.Dir(p.Object), ".tmp_"+path.Base(p.Object)))
	signal := func(name string) string { return hangs + "\n" + fmt.Sprintf(inBackground, name) }
	return []Break{
		{What: "SIGINT", Shell: signal("INT"), Env: link, Status: 2},
		{What: "SIGTERM", Shell: signal("TERM"), Env: link, Status: 2},
		{What: "SIGKILL", Shell: signal("KILL"), Env: link, Status: 2, Killed: true},
		{What: "disk full", Shell: fmt.Sprintf(full, p.Directory, path.Join(p.Directory, "*.o")), Status: 2, Printed: "No space left on device", Elsewhere: true},
		{What: "a read-only directory", Shell: fmt.Sprintf(readOnly, p.Directory), Status: 2, Elsewhere: true},
		{What: "llvm-link crashes", Shell: tool("llvm-link", `'ulimit -c 0; kill -SEGV $$'`), Env: link, Status: 2, Message: `llvm-link was killed by signal 11 \(segmentation fault\) on ` + object},
		{What: "llvm-link is killed", Shell: tool("llvm-link", `'kill -KILL $$'`), Env: link, Status: 2, Message: `llvm-link was killed by signal 9 \(killed\) on ` + object},
		{What: "llvm-link fails, and prints on both streams", Shell: tool("llvm-link", `'echo out; echo err >&2; exit 3'`), Env: link, Status: 2, Message: "llvm-link failed with status 3 on " + object},
		{What: "llvm-link ends well without its output", Shell: tool("llvm-link", `'exit 0'`), Env: link, Status: 2, Message: "llvm-link succeeded but did not write " + temporary + `\.lto_wrap\.merged\.bc`},
		{What: "clang makes no object of bitcode", Shell: tool("clang", `'case "$*" in *.lto_wrap.new.o*) exit 0;; esac; exec $REAL "$@"'`), Env: clang, Status: 2, Message: "clang succeeded but did not write " + temporary + `\.lto_wrap\.new\.o`},
		{What: "clang makes half an object", Shell: tool("clang", `'$REAL "$@" || exit; for o; do :; done; case "$*" in *.lto_wrap.new.o*) truncate -s 100 $o;; esac'`), Env: clang, Status: 2, Message: "clang succeeded, but its output for " + object + " is not an object"},
		{What: "clang gets too little memory", Shell: tool("clang", `'case "$*" in *.lto_wrap.new.o*) `+scarce+`;; esac; exec $REAL "$@"'`), Env: clang, Status: 2, Message: `clang (failed with status \d+|was killed by signal \d+ \(.*\)) on ` + object},
		{What: "rustc gets too little memory", Shell: tool("rustc", `'case "$*" in *--emit=*) `+scarce+`;; esac; exec $REAL "$@"'`), Env: "LTO_WRAP_RUSTC=./wrong/rustc", Status: 2, Message: `rustc (failed with status \d+|was killed by signal \d+ \(.*\)) on ` + object},
		{What: "clang fails on the helpers", Shell: tool("clang", `'case "$*" in *-S*-emit-llvm*) exit 5;; esac; exec $REAL "$@"'`), Env: clang, Status: 2, Message: "clang failed with status 5 on " + regexp.QuoteMeta(p.Helpers+" (the helpers bitcode, builtin variant)")},
		{What: "llvm-as makes nothing", Shell: "rm -f rust/helpers/.tmp_lto_wrap_*; " + tool("llvm-as", `'exit 0'`), Env: "LTO_WRAP_LLVM_AS=./wrong/llvm-as", Status: 2, Message: "llvm-as succeeded but did not write"},
		{What: "a tool is missing", Env: "LTO_WRAP_LLVM_LINK=no-llvm-link", Status: 2, Message: `there is no program "no-llvm-link"`},
		{What: "a setting is unknown", Env: "LTO_WRAP_LINKAGE=strong", Status: 2, Message: `LTO_WRAP_LINKAGE has the unknown value "strong"`},
		{What: "the helpers bitcode is cut off", Shell: "truncate -s 500 rust/helpers/.tmp_lto_wrap_*builtin*.bc", Status: 2, Message: "builtin_[0-9a-f]+.bc is damaged: it has 500 bytes, where [0-9]+ were written"},
		{What: "the helpers bitcode is another tree's", Shell: "for f in rust/helpers/.tmp_lto_wrap_*builtin*.bc; do head -c 3000 /bin/sh >$f; done", Status: 2, Message: "is damaged"},
		{What: "clang makes no bitcode", Shell: tool("clang", `'case "$*" in *-emit-llvm*-) exit 5;; esac; exec $REAL "$@"'`), Env: clang, Status: 2, Message: `wrong/clang \(LTO_WRAP_CLANG\): it makes no bitcode`},
		{What: "the clock goes back", Shell: p.Future},
		{What: "what was learnt of the tools is garbage", Shell: "echo garbage >rust/.tmp_lto_wrap_tools.json"},
	}
}

// Command is the shell command of a build in which b goes wrong; make is that of the build.
// It prints "status N" on the standard error, and on the standard output what is in p.Directory: only the command sees
// what is mounted there.
func (b Break) Command(p Place, make string) string {
	shell := b.Shell
	if shell == "" {
		shell = "true"
	}
	return "rm -rf wrong full; " + p.Stale + "; " + shell + "\n" + b.Env + " " + make + "; status=$?\n" +
		"find " + p.Directory + " -type f -printf 'there: %p\\n'\n" +
		"for o in " + p.Directory + `/*.o; do if [ -e "$o" ] && ! llvm-readelf --sections "$o" >/dev/null 2>&1; then echo "half: $o"; fi; done` + "\n" +
		"echo status $status >&2"
}

var (
	status  = regexp.MustCompile(`(?m)^status (\d+)$`)
	there   = regexp.MustCompile(`(?m)^there: (.*)$`)
	half    = regexp.MustCompile(`(?m)^half: (.*)$`)
	message = regexp.MustCompile(`(?m)^(?:rustc-lto|cc-helper)-wrap: error: (.*)$`)
)

// Outcome says what came of Command by its output: the shim's message, and what is not as
// it has to be, "" if nothing is.
func (b Break) Outcome(output string) (said, wrong string) {
	s := status.FindStringSubmatch(output)
	if s == nil || s[1] != fmt.Sprint(b.Status) {
		return "", fmt.Sprintf("make's status is %q, want %d", s, b.Status)
	}
	if m := message.FindStringSubmatch(output); m != nil {
		said = m[1]
	}
	if !regexp.MustCompile(b.Message).MatchString(said) || b.Status == 0 && said != "" {
		return said, fmt.Sprintf("the message is %q, want %q", said, b.Message)
	}
	if !regexp.MustCompile(b.Printed).MatchString(output) {
		return said, fmt.Sprintf("make does not print %q", b.Printed)
	}
	if m := half.FindStringSubmatch(output); m != nil {
		return said, m[1] + " is no object"
	}
	for _, m := range there.FindAllStringSubmatch(output, -1) {
		if files.Intermediate(m[1]) && b.Status != 0 && !b.Killed {
			return said, "left behind: " + m[1]
		}
	}
	return strings.TrimSpace(said), ""
}
