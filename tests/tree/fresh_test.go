// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/files"
)

// crates are the objects that helpers are inlined into.
var crates = []string{"drivers/driver.o", "rust/kernel.o"}

// again runs a command, and reports which crates it must make again and does not, or the
// other way round.
func (r *runner) again(what string, want []string, env []string, command string) {
	r.t.Helper()
	before := files.Identities(r.t, r.host, crates)
	r.mustMake(env, command)
	if d := cmp.Diff(want, files.Differ(before, files.Identities(r.t, r.host, crates))); d != "" {
		r.t.Errorf("%s: made again (-want +got):\n%s", what, d)
	}
}

// TestOrderOfFlags: the same flags in another order mean something else.
func TestOrderOfFlags(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, `sed -i '/^export KBUILD_CFLAGS :=/s/$/ $(ORDER)/' Makefile && sed -i 's/2 \*/N */' include/linux/numbers.h`)
	const first, second = " ORDER='-UN -DN=3 -UN -DN=2'", " ORDER='-UN -DN=2 -UN -DN=3'"
	r.mustMake(nil, r.shimMake()+first)
	r.again("the same", nil, nil, r.shimMake()+first)
	r.again("another order", crates, nil, r.shimMake()+second)
	changed := files.Contents(t, r.host, crates)
	r.again("another order again", nil, nil, r.shimMake()+second)
	r.mustMake(nil, "make -s clean; "+r.shimMake()+second)
	for _, o := range files.Differ(files.Contents(t, r.host, crates), changed) {
		t.Errorf("%s is not what a build from nothing makes", o)
	}
	r.again("with a warning", nil, nil, r.shimMake()+" ORDER='-UN -DN=2 -Wextra -UN -DN=3'")
}

// TestNamesOfHeaders: make executes no name of a header that the helpers include, and
// notices when the header changes.
func TestNamesOfHeaders(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, `
for dir in "$(printf '$(shell\fid>executed)')" 'a$b#c' '$(MAKE)'; do
	mkdir "rust/helpers/$dir" && echo "/* nothing */" >"rust/helpers/$dir/x.h" && echo "#include \"$dir/x.h\"" >>rust/helpers/numbers.c
done`)
	r.mustMake(nil, r.shimMake())
	for range 2 {
		r.mustMake(nil, r.shimMake())
	}
	if found := files.Find(t, r.host, func(f string) bool { return f == "executed" }); found != nil {
		t.Error("the name of a directory was executed")
	}
	r.mustMake(nil, `rm -r rust/helpers/*shell*; sed -i '/shell/d' rust/helpers/numbers.c; `+r.shimMake())
	r.again("nothing", nil, nil, r.shimMake())
	for _, dir := range []string{"a$b#c", "$(MAKE)"} {
		r.again(dir, crates, nil, "echo '/* changed */' >'rust/helpers/"+dir+"/x.h' && "+r.shimMake())
		r.again(dir+" again", nil, nil, r.shimMake())
	}
}

// TestFlagsOfHelpersChange changes flags that only the helpers get. Nothing but their own
// command line tells, and the object of the crate that is compiled beside them must be the
// one of these flags when make ends, however many jobs there are. Without cc-helper-wrap,
// nothing sees these flags: bitcode that was made of them is not used any more.
func TestFlagsOfHelpersChange(t *testing.T) {
	r := newTree(t)
	// As kbuild does, make compiles the helpers again when their command has changed.
	r.mustMake(nil, `sed -i 's/^rust.helpers.helpers.o: .*/& rust\/helpers\/flags/' Makefile && cat >>Makefile <<'EOF'
rust/helpers/flags: FORCE
	@echo '$(CC) $(CFLAGS_helpers.o)' | cmp -s - $@ || echo '$(CC) $(CFLAGS_helpers.o)' >$@
FORCE:
EOF`)
	without, with := r.shimMake(), r.shimMake()+" CFLAGS_helpers.o=-DMODULE" // changes what rust_helper_kind returns
	fresh := func(command string) map[string]string {
		// The helpers first.
		r.mustMake(nil, "make -s clean; "+command+" rust/helpers/helpers.o && "+command)
		return r.contents()
	}
	wantWith, wantWithout := fresh(with), fresh(without)
	if files.Differ(wantWith, wantWithout) == nil {
		t.Fatal("the flag makes no difference: this shows nothing")
	}
	for _, jobs := range []string{" -j1", " -j2", " -j8"} {
		for _, c := range []struct {
			command string
			want    map[string]string
		}{{with, wantWith}, {without, wantWithout}} {
			if out := r.mustMake(nil, c.command+jobs); out != "" {
				t.Errorf("%s: make prints %s", jobs, out)
			}
			for _, o := range files.Differ(c.want, r.contents()) {
				t.Errorf("%s%s: %s is not the one of the helpers' own flags", c.command, jobs, o)
			}
			r.again("nothing", nil, nil, c.command+jobs)
		}
	}
	// The other compiler has the helpers compiled again, too: contents are compared of
	// the crates only.
	bare := "make -s LLVM=1 CC=clang RUSTC=" + r.bin + "/rustc-lto-wrap"
	r.mustMake(nil, "make -s clean; "+bare)
	want := files.Contents(t, r.host, crates)
	r.mustMake(nil, "make -s clean; "+with)
	r.mustMake(nil, bare)
	for _, o := range files.Differ(want, files.Contents(t, r.host, crates)) {
		t.Errorf("without cc-helper-wrap, %s is not what a build from nothing makes", o)
	}
}

// TestTryRepaired lets something prevent the inlining with LTO_WRAP=try, and then repairs it:
// the next make inlines. While it lasts, make compiles nothing again.
func TestTryRepaired(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, "mkdir tools && mv include/linux/numbers.h saved.h && cp saved.h include/linux/numbers.h")
	try := "LTO_WRAP=try " + r.shimMake()
	r.mustMake(nil, try)
	want := files.Contents(t, r.host, crates)
	const clang = `printf '#!/bin/sh\nexec clang "$@"\n' >tools/clang && chmod +x tools/clang`
	for _, c := range []struct {
		// breaks and repairs are shell commands; with has settings in both builds.
		what, with, breaks, repairs string
		// passing is set where nothing is left to be repaired.
		passing bool
	}{
		{what: "an error in a header of the helpers", breaks: "echo '#ifdef __clang__\n#ifndef PLAIN\nint broken(\n#endif\n#endif' >>include/linux/numbers.h",
			with: "CFLAGS_helpers.o=-DPLAIN RUSTC=" + r.bin + "/rustc-lto-wrap CC=clang", repairs: "cp saved.h include/linux/numbers.h"},
		{what: "a header that is missing", breaks: "echo '#ifndef PLAIN\n#include \"no-such.h\"\n#endif' >>include/linux/numbers.h",
			with: "CFLAGS_helpers.o=-DPLAIN CC=clang", repairs: "echo >include/linux/no-such.h"},
		{what: "a clang that is missing", with: "LTO_WRAP_CLANG=./tools/clang", breaks: "rm -f tools/clang", repairs: clang},
		{what: "a clang that fails", with: "LTO_WRAP_CLANG=./tools/clang", breaks: `printf '#!/bin/sh\nexit 1\n' >tools/clang && chmod +x tools/clang`, repairs: clang},
		{what: "a clang that fails once", with: "LTO_WRAP_CLANG=./tools/clang", passing: true,
			breaks: `rm -f tools/failed; printf '#!/bin/sh\ncase "$*" in *lto_wrap.bc*) [ -e tools/failed ] || { >tools/failed; echo out of memory >&2; exit 1; };; esac\nexec clang "$@"\n' >tools/clang && chmod +x tools/clang`},
	} {
		command := "LTO_WRAP=try " + r.shimMake() + " " + c.with
		out := r.mustMake(nil, "make -s clean && "+c.breaks+" && "+command)
		if !strings.Contains(out, "continuing without inlining") {
			t.Fatalf("%s: make prints %s", c.what, out)
		}
		if !c.passing {
			r.again(c.what+", which lasts", nil, nil, command)
			r.again(c.what+", which lasts on", nil, nil, command)
			r.mustMake(nil, c.repairs)
		}
		r.mustMake(nil, command)
		for _, o := range files.Differ(want, files.Contents(t, r.host, crates)) {
			t.Errorf("%s: %s is not the one with the helpers inlined after the repair", c.what, o)
		}
		r.again(c.what+", repaired", nil, nil, command)
		r.mustMake(nil, "cp saved.h include/linux/numbers.h; rm -f include/linux/no-such.h")
	}
}
