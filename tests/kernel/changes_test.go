// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

// change is something that happens between two builds in one object tree.
type change struct {
	what string
	// shell is a command before make, args and env are make's. shell is for the
	// first make only, in both is for the one that then has nothing to do as well.
	shell, both, args string
	env               []string
	// again is what has to be made again: "" nothing, "crates" the crates that are
	// rewritten, "bindings" those, the helpers object, and what kbuild makes of
	// the bindings, which bindgen reads off the helpers and their headers.
	again string
	// plain is set when the crates are then to be those of the unwrapped tools.
	plain bool
	// every is set when each kernel is tested, not only the one with less Rust.
	every bool
}

var changes = []change{
	{what: "nothing", every: true},
	{what: "LTO_WRAP=off", env: []string{"LTO_WRAP=off"}, again: "crates", plain: true, every: true},
	{what: "LTO_WRAP=off, on make's command line", args: "LTO_WRAP=off", plain: true, every: true},
	{what: "LTO_WRAP=on", env: []string{"LTO_WRAP=on"}, again: "crates", every: true},
	{what: "LTO_WRAP not set"},
	{what: "LTO_WRAP_PIPELINE=late, on make's command line", args: "LTO_WRAP_PIPELINE=late", again: "crates", every: true},
	{what: "LTO_WRAP_PIPELINE=late, in the environment", env: []string{"LTO_WRAP_PIPELINE=late"}},
	{what: "LTO_WRAP_PIPELINE=early", env: []string{"LTO_WRAP_PIPELINE=early"}, again: "crates", every: true},
	{what: "LTO_WRAP_OPTIMIZE=size", env: []string{"LTO_WRAP_OPTIMIZE=size"}, again: "crates", every: true},
	{what: "LTO_WRAP_OPTIMIZE=kernel", env: []string{"LTO_WRAP_OPTIMIZE=kernel"}, again: "crates", every: true},
	{what: "W=1", args: "W=1", again: "bindings"},
	{what: "no W=1", again: "bindings"},
	{what: "a file that nothing here uses, touched", shell: "touch $SRC/drivers/block/loop.c $SRC/include/linux/loop.h"},
	{what: "a helpers source, touched", shell: "touch $SRC/rust/helpers/refcount.c", again: "bindings"},
	{what: "a helpers source, changed", shell: "echo 'int rust_helper_of_the_lab(int a); int rust_helper_of_the_lab(int a) { return a; }' >>$SRC/rust/helpers/refcount.c", again: "bindings"},
	{what: "a header that helpers include, touched", shell: "touch $SRC/include/linux/refcount.h", again: "bindings"},
	{what: "KCFLAGS", args: "KCFLAGS=-fno-math-errno", again: "bindings"},
	{what: "no KCFLAGS", again: "bindings"},
	{what: "a Kconfig option of C's flags", shell: "/lab/linux-$VERSION/scripts/config --file /lab/obj/.config -e INIT_STACK_NONE -d INIT_STACK_ALL_ZERO -e ZERO_CALL_USED_REGS", again: "bindings"},
	{what: "another compiler", both: anotherClang, again: "bindings"},
	{what: "the compiler as before", again: "bindings"},
	{what: "the helpers bitcode, removed", shell: "rm /lab/obj/rust/helpers/.tmp_lto_wrap_*"},
}

// anotherClang puts a clang in front of PATH that gives another version. It is written
// once: written again, it would be another program.
const anotherClang = `mkdir -p $LAYERS/bin && clang=$(command -v clang) && { [ -e $LAYERS/bin/clang ] || cat >$LAYERS/bin/clang; } <<END && chmod +x $LAYERS/bin/clang && export PATH=$LAYERS/bin:$PATH
#!/bin/sh
[ "\$*" != --version ] || { $clang --version | sed '1s/clang version [0-9.]*/&.1/'; exit; }
exec $clang "\$@"
END
true`

// changed: what is made again after each kind of change, against what has to be;
// and a make after it makes nothing again. The source tree has an overlay for the
// changes.
func (k *kernelBuild) changed(t *testing.T) {
	layers := k.newLayers(t)
	source := k.l.Source(k.Version)
	targets := "rust/ samples/rust/ drivers/block/"
	run := func(c change) {
		t.Helper()
		shell := cmp.Or(c.shell, "true") + " && " + cmp.Or(c.both, "true")
		command := "# " + c.what + "\n" + k.mountLayers(layers) + fmt.Sprintf(" && export SRC=%[1]s LAYERS=%[2]s VERSION=%[3]s && { %[4]s\n} && "+
			"%[5]s -j2 %[6]s %[7]s",
			source, layers, k.Version, shell, k.l.MakeCommand(k.Version), c.args, targets)
		k.l.MustRun(lab.Options{Obj: k.obj, AB: k.shims, Env: c.env}, command)
	}
	inTargets := func(o string) bool {
		return slices.ContainsFunc(strings.Fields(targets), func(d string) bool { return strings.HasPrefix(o, d) })
	}
	crates := slices.DeleteFunc(k.rewritten(t), func(o string) bool { return !inTargets(o) })
	others := append(slices.DeleteFunc(slices.Clone(k.objects), func(o string) bool {
		return !inTargets(o) || slices.Contains(crates, o)
	}), k.HelpersObject())
	identities := func() map[string]string {
		t.Helper()
		return files.Identities(t, k.host(""), slices.Concat(crates, others))
	}
	run(change{what: "a first build"})
	var table strings.Builder
	for _, c := range changes {
		if !c.every && k.Version != k.l.LeastRust().Version {
			continue
		}
		was := identities()
		run(c)
		now := identities()
		again := files.Differ(was, now)
		must := map[string][]string{
			"": nil, "crates": slices.Clone(crates), "bindings": append(slices.Clone(crates), k.HelpersObject()),
		}[c.again]
		slices.Sort(must)
		checked := again
		if c.again == "bindings" {
			// What else follows from new bindings is for kbuild to say.
			checked = slices.DeleteFunc(slices.Clone(again), func(o string) bool { return !slices.Contains(must, o) })
			if slices.Contains(again, "rust/core.o") {
				t.Errorf("%s: rust/core.o is made again", c.what)
			}
		}
		if d := gocmp.Diff(must, checked); d != "" {
			t.Errorf("%s: made again (-what has to be +what was):\n%s", c.what, d)
		}
		fmt.Fprintf(&table, "%-50s had to be made again %3d, was %3d\n", c.what, len(must), len(again))
		for _, o := range crates {
			if c.plain {
				k.sameAsPlain(t, c.what, o)
			} else if n := helperCalls(t, k.host(o)); n > 0 {
				t.Errorf("%s: %s calls helpers %d times", c.what, o, n)
			}
		}
		c.shell = ""
		run(c)
		if again := files.Differ(now, identities()); again != nil {
			t.Errorf("%s: a second make makes again: %v", c.what, again)
		}
	}
	t.Logf("Linux %s, %d crates:\n%s", k.Version, len(crates), &table)
}

// newLayers makes the directories of an overlay for the source tree. Its "up" has what
// was written.
func (k *kernelBuild) newLayers(t *testing.T) (layers string) {
	t.Helper()
	layers = k.l.Tree()
	for _, d := range []string{"up", "work"} {
		if err := os.MkdirAll(filepath.Join(k.l.Path(layers), d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return layers
}

// mountLayers is the command that makes the source tree writable, for what runs
// after it in the lab.
func (k *kernelBuild) mountLayers(layers string) string {
	return fmt.Sprintf("mount -t overlay -o lowerdir=%[1]s,upperdir=%[2]s/up,workdir=%[2]s/work lab %[1]s", k.l.Source(k.Version), layers)
}

// sameAsPlain: the object is byte for byte that of the plain build.
func (k *kernelBuild) sameAsPlain(t *testing.T, what, object string) {
	t.Helper()
	if !files.Same(t, k.plainHost(object), k.host(object)) {
		t.Errorf("%s: %s is not that of the unwrapped tools", what, object)
	}
}
