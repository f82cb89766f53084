// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/internal/files"
)

// tool makes a program called name, in a folder that goes with it, out of the
// lines of a shell script; $REAL is the real one.
func tool(name, script string) string {
	return fmt.Sprintf("mkdir -p wrong && printf '%%s\\n' '#!/bin/sh' 'case $1 in *version|-vV) exec %[1]s \"$@\";; esac' 'REAL=%[1]s' %[2]s >wrong/%[1]s && chmod +x wrong/%[1]s", name, script)
}

// fault is something that goes wrong in a build.
type fault struct {
	what string
	// shell comes before make, env is make's.
	shell, env string
	// status is make's, message what the shim says, "" where it says nothing.
	status  int
	message string
}

// inBackground starts make, and sends a signal to the shim's process once llvm-link
// hangs: the shim's is the parent of that of llvm-link.
const inBackground = `(for i in $(seq 100); do [ -s wrong/pid ] && break; sleep 0.1; done; kill -%s $(cut -d" " -f4 /proc/$(cat wrong/pid)/stat)) & `

var (
	hangs = tool("llvm-link", `'echo $$ >wrong/pid.new; mv wrong/pid.new wrong/pid; exec sleep 20'`)
	link  = "LTO_WRAP_LLVM_LINK=./wrong/llvm-link"
	clang = "LTO_WRAP_CLANG=./wrong/clang"
)

var faults = []fault{
	{"SIGINT", hangs + "\n" + fmt.Sprintf(inBackground, "INT"), link, 2, ""},
	{"SIGTERM", hangs + "\n" + fmt.Sprintf(inBackground, "TERM"), link, 2, ""},
	{"SIGKILL", hangs + "\n" + fmt.Sprintf(inBackground, "KILL"), link, 2, ""},
	{"disk full", "cp -r drivers full && mount -t tmpfs -o size=64k lab drivers && cp full/driver.rs drivers/; head -c 64000 /dev/zero >drivers/fill 2>&1", "", 2, ""},
	{"a read-only folder", "mount --bind drivers drivers && mount -o remount,bind,ro drivers", "", 2, ""},
	{"llvm-link crashes", tool("llvm-link", `'ulimit -c 0; kill -SEGV $$'`), link, 2, "llvm-link was killed by signal 11 (segmentation fault) on rust/kernel.o"},
	{"llvm-link is killed", tool("llvm-link", `'kill -KILL $$'`), link, 2, "llvm-link was killed by signal 9 (killed) on rust/kernel.o"},
	{"llvm-link fails, and prints on both streams", tool("llvm-link", `'echo out; echo err >&2; exit 3'`), link, 2, "llvm-link failed with status 3 on rust/kernel.o"},
	{"llvm-link ends well without its output", tool("llvm-link", `'exit 0'`), link, 2, "llvm-link succeeded but did not write rust/.tmp_kernel.o.lto_wrap.merged.bc"},
	{"clang makes no object of bitcode", tool("clang", `'case "$*" in *.lto_wrap.new.o*) exit 0;; esac; exec $REAL "$@"'`), clang, 2, "clang succeeded but did not write rust/.tmp_kernel.o.lto_wrap.new.o"},
	{"clang makes half an object", tool("clang", `'$REAL "$@" || exit; for o; do :; done; case "$*" in *.lto_wrap.new.o*) truncate -s 100 $o;; esac'`), clang, 2, "clang succeeded, but its output for rust/kernel.o is not an object"},
	{"clang fails on the helpers", tool("clang", `'case "$*" in *-S*-emit-llvm*) exit 5;; esac; exec $REAL "$@"'`), clang, 2, "clang failed with status 5 on rust/helpers/helpers.c (the helpers bitcode, builtin variant)"},
	{"llvm-as makes nothing", "rm -f rust/helpers/.tmp_lto_wrap_*; " + tool("llvm-as", `'exit 0'`), "LTO_WRAP_LLVM_AS=./wrong/llvm-as", 2, "llvm-as succeeded but did not write"},
	{"a tool is missing", "", "LTO_WRAP_LLVM_LINK=no-llvm-link", 2, `there is no program "no-llvm-link"`},
	{"a setting is unknown", "", "LTO_WRAP_LINKAGE=strong", 2, `LTO_WRAP_LINKAGE has the unknown value "strong"`},
	{"the helpers bitcode is cut off", "truncate -s 500 rust/helpers/.tmp_lto_wrap_*builtin*.bc", "", 2, "builtin_[0-9a-f]+.bc is damaged: it has 500 bytes, where [0-9]+ were written"},
	{"the helpers bitcode is another tree's", "for f in rust/helpers/.tmp_lto_wrap_*builtin*.bc; do cp main.o $f; done", "", 2, "is damaged"},
	{"clang makes no bitcode", tool("clang", `'case "$*" in *-emit-llvm*-) exit 5;; esac; exec $REAL "$@"'`), clang, 2, "wrong/clang \\(LTO_WRAP_CLANG\\): it makes no bitcode"},
	{"the clock goes back", "touch -d '+1 hour' include/linux/numbers.h rust/helpers/.tmp_lto_wrap_*", "", 0, ""},
	{"what was learnt of the tools is garbage", "echo garbage >rust/.tmp_lto_wrap_tools.json", "", 0, ""},
}

// TestFaults lets one thing go wrong at a time: make stops with a message, nothing
// is left but what the next make takes again, and that one succeeds and makes
// what a build without faults makes.
func TestFaults(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, r.shimMake())
	want := r.contents()
	var table strings.Builder
	for _, f := range faults {
		shell := f.shell
		if shell == "" {
			shell = "true"
		}
		// What is mounted is mounted for this command only, and only drivers/ is.
		out, _ := r.sh(nil, "rm -rf wrong full; touch rust/kernel.rs; "+shell+"\n"+f.env+" "+r.shimMake()+"; echo status $? >&2")
		status := regexp.MustCompile(`(?m)^status (\d+)$`).FindStringSubmatch(out)
		if status == nil || status[1] != fmt.Sprint(f.status) {
			t.Fatalf("%s: make's status is %q, want %d\n%s", f.what, status, f.status, out)
		}
		said := regexp.MustCompile(`(?m)^(?:rustc-lto|cc-helper)-wrap: error: (.*)$`).FindStringSubmatch(out)
		message := ""
		if said != nil {
			message = said[1]
		}
		if !regexp.MustCompile(f.message).MatchString(message) && !strings.Contains(message, f.message) || f.message == "" && f.status == 0 && message != "" {
			t.Errorf("%s: the message is %q, want %q\n%s", f.what, message, f.message, out)
		}
		left := r.intermediates()
		killed := f.what == "SIGKILL"
		if f.status != 0 && !killed && len(left) > 0 {
			t.Errorf("%s: left behind: %v", f.what, left)
		}
		if _, err := os.Stat(filepath.Join(r.host, "rust/kernel.o")); err == nil && f.status != 0 && !strings.Contains(f.shell, "mount") {
			t.Errorf("%s: rust/kernel.o is there", f.what)
		}
		fmt.Fprintf(&table, "%-45s status %s; %s; left: %s\n", f.what, status[1], message, strings.Join(left, " "))
		r.mustMake(nil, "rm -rf wrong; touch rust/kernel.rs rust/helpers/helpers.c include/linux/numbers.h; "+r.shimMake())
		for _, o := range files.Differ(want, r.contents()) {
			t.Errorf("after %s: %s is another one", f.what, o)
		}
		if left := r.intermediates(); len(left) > 0 {
			t.Errorf("after %s and another make: left behind: %v", f.what, left)
		}
	}
	t.Logf("\n%s", &table)
}
