// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

// beside is what people do with a kernel tree besides building the kernel. Its
// parts use one tree, in which each makes again what the one before it has left
// otherwise.
func (k *kernelBuild) beside(t *testing.T) {
	t.Run("the-kernels-own-inlining", k.kernelsOwnInlining)
	if k.Version != k.l.LeastRust().Version {
		return // one kernel is enough for what is the same in both
	}
	t.Run("clippy", k.clippy)
	t.Run("rusttest", k.rusttest)
	t.Run("checker", k.checker)
	t.Run("make-4.3", k.oldMake)
	t.Run("package", k.packaged)
	t.Run("in-source-tree-with-launchers", k.inSourceTree)
}

// script writes a shell script into a directory of the lab and gives its inside path.
func (k *kernelBuild) script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := dir + "/" + name
	if err := os.WriteFile(k.l.Path(path), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines reads a file that scripts have written to, a line a call.
func lines(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// clippy: with CLIPPY=1 kbuild compiles with clippy's driver, and without it the
// crates are inlined again. Clippy itself is rustc here where the lab lacks it.
func (k *kernelBuild) clippy(t *testing.T) {
	const crate = "rust/kernel.o"
	driver := k.script(t, k.shims, "clippy", `exec $(command -v clippy-driver || command -v rustc) "$@"`)
	k.make(t, nil, "CLIPPY=1", "CLIPPY_DRIVER="+driver, "rust/")
	if got, want := helperCalls(t, k.host(crate)), helperCalls(t, k.plainHost(crate)); got != want || want == 0 {
		t.Errorf("%s has %d calls to helpers, and %d when built with the unwrapped tools", crate, got, want)
	}
	k.make(t, nil, "rust/")
	if n := helperCalls(t, k.host(crate)); n != 0 {
		t.Errorf("%d calls to helpers are left after CLIPPY=1", n)
	}
}

// rusttest: the kernel's Rust tests for the host are compiled and pass.
func (k *kernelBuild) rusttest(t *testing.T) {
	k.make(t, nil, "rusttest")
	for _, program := range []string{"kernel", "macros"} {
		if _, err := os.Stat(k.host("rust/test/" + program)); err != nil {
			t.Error(err)
		}
	}
	if found := files.Find(t, k.host("rust/test"), files.Ours); found != nil {
		t.Errorf("crates for the host were rewritten: %v", found)
	}
}

// checker: C=1 gives what the shim compiles to a checker, as sparse is one.
func (k *kernelBuild) checker(t *testing.T) {
	const object = "kernel/time/timer.o"
	log := k.obj + "/.tmp_checked"
	check := k.script(t, k.shims, "check", `echo "$@" >>/lab/obj/.tmp_checked`)
	for _, o := range []string{object, k.HelpersObject()} {
		if err := os.Remove(k.host(o)); err != nil {
			t.Fatal(err)
		}
	}
	k.make(t, nil, "C=1", "CHECK="+check, "rust/", object)
	for _, source := range []string{k.Helpers, "kernel/time/timer.c"} {
		if !slices.ContainsFunc(lines(t, k.l.Path(log)), func(l string) bool {
			return strings.Contains(l, " -D__KERNEL__ ") && strings.HasSuffix(l, "/"+source)
		}) {
			t.Errorf("%s was not checked", source)
		}
	}
	k.sameAsPlain(t, "C=1", object)
}

// oldMake: settings that change have the crates made again under GNU make 4.3,
// too, where the lab's make is a later one: 4.3 runs $(shell …) without what is
// exported. The machine's own make is taken, if it is that one.
func (k *kernelBuild) oldMake(t *testing.T) {
	path, err := exec.LookPath("make")
	if err != nil {
		t.Skip("this machine has no make")
	}
	if v, err := exec.Command(path, "--version").Output(); err != nil || !bytes.HasPrefix(v, []byte("GNU Make 4.3\n")) {
		t.Skipf("the make of this machine is not GNU make 4.3: %.20q, %v", v, err)
	}
	old := filepath.Dir(k.l.Put(path, filepath.Base(k.shims)+"/make-4.3/make"))
	const targets = "rust/ samples/rust/"
	run := func(env []string, args string) {
		t.Helper()
		k.l.MustRun(lab.Options{Obj: k.obj, AB: k.shims, Env: env}, "PATH="+old+":$PATH && "+k.l.MakeCommand(k.Version, "-j2", args, targets))
	}
	crates := slices.DeleteFunc(k.rewritten(t), func(o string) bool {
		return !strings.HasPrefix(o, "rust/") && !strings.HasPrefix(o, "samples/rust/")
	})
	for _, c := range []struct {
		what, args string
		env        []string
		check      func(object string)
	}{
		{"LTO_WRAP=off", "", []string{"LTO_WRAP=off"}, func(o string) { k.sameAsPlain(t, "LTO_WRAP=off", o) }},
		{"LTO_WRAP_PIPELINE=early, on make's command line", "LTO_WRAP_PIPELINE=early", nil, func(o string) {
			if r := k.record(t, o); r.Pipeline != "early" || helperCalls(t, k.host(o)) != 0 {
				t.Errorf("%s: pipeline %q, %d calls to helpers", o, r.Pipeline, helperCalls(t, k.host(o)))
			}
		}},
	} {
		run(c.env, c.args)
		for _, o := range crates {
			c.check(o)
		}
		before := k.made(t)
		run(c.env, c.args)
		if again := files.Differ(before, k.made(t)); again != nil {
			t.Errorf("%s: a second make makes again: %v", c.what, again)
		}
	}
}

// packaged: what kbuild packs is what the shims made, and none of their files.
// dir-pkg does what all packages have in common, without a distribution's tools.
func (k *kernelBuild) packaged(t *testing.T) {
	k.make(t, nil, "dir-pkg")
	dir := k.host("tar-install")
	if found := files.Find(t, dir, files.Ours); found != nil {
		t.Errorf("packed: %v", found)
	}
	modules := files.Find(t, dir, files.HasExt(".ko"))
	for _, m := range modules {
		if n := helperCalls(t, filepath.Join(dir, m)); n != 0 {
			t.Errorf("%s has %d calls to helpers", m, n)
		}
	}
	if len(modules) < len(k.Modules) {
		t.Errorf("only these modules are packed: %v", modules)
	}
	images, err := filepath.Glob(dir + "/boot/vmlinuz-*")
	if err != nil || len(images) != 1 {
		t.Fatalf("kernels: %v, %v", images, err)
	}
	if !files.Same(t, k.host(k.arch.Image), images[0]) {
		t.Errorf("%s is not the kernel that was built", images[0])
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// inSourceTree: a build without O=, in the source tree itself, and with a launcher
// before the shim and another behind it, as ccache is one. Make clean and mrproper
// remove it all. The tree is an overlay, in whose upper directory is what was written.
func (k *kernelBuild) inSourceTree(t *testing.T) {
	layers := k.newLayers(t)
	upper := k.l.Path(layers) + "/up"
	launcher := k.script(t, layers, "launcher", `echo "$@" >>`+layers+`/launched; exec "$@"`)
	source := k.l.Source(k.Version)
	run := func(command string) {
		t.Helper()
		options := lab.Options{Obj: k.plain.Obj, AB: k.shims, Env: []string{"LTO_WRAP_CC=" + launcher + " clang"}}
		k.l.MustRun(options, k.mountLayers(layers)+" && cd "+source+
			" && make() { command make -s -j2 LLVM=1 CC='"+launcher+" /lab/ab/cc' RUSTC=/lab/ab/rustc \"$@\"; } && "+command)
	}
	run("cp /lab/obj/.config . && scripts/config -d RUST_KERNEL_DOCTESTS && make olddefconfig && make rust/ samples/rust/rust_minimal.o")
	for _, o := range []string{"rust/kernel.o", "samples/rust/rust_minimal.o"} {
		if n := helperCalls(t, filepath.Join(upper, o)); n != 0 {
			t.Errorf("%s has %d calls to helpers", o, n)
		}
	}
	before, behind := false, false
	for _, l := range lines(t, k.l.Path(layers)+"/launched") {
		before = before || strings.HasPrefix(l, "/lab/ab/cc ") && strings.HasSuffix(l, k.Helpers)
		behind = behind || strings.HasPrefix(l, "clang ") && strings.Contains(l, " -emit-llvm ")
	}
	if !before || !behind {
		t.Errorf("the launcher has compiled the helpers %t, and made bitcode of them %t", before, behind)
	}
	run("make clean")
	if found := files.Find(t, upper, files.Ours); found != nil {
		t.Errorf("make clean leaves %v", found)
	}
	run("make mrproper")
	left := files.Find(t, upper, func(string) bool { return true })
	// What this kernel's mrproper leaves whatever the compiler is.
	if d := cmp.Diff([]string{"scripts/target.json"}, left); d != "" {
		t.Errorf("make mrproper leaves (-expected +found):\n%s", d)
	}
}

// kernelsOwnInlining: with CONFIG_RUST_INLINE_HELPERS the shims make what the bare
// tools make, byte for byte. The doctests are the crate that the option leaves out.
func (k *kernelBuild) kernelsOwnInlining(t *testing.T) {
	kconfig, err := os.ReadFile(k.l.Path(k.l.Source(k.Version)) + "/lib/Kconfig.debug")
	if err != nil {
		t.Fatal(err)
	}
	if has := bytes.Contains(kconfig, []byte("\nconfig RUST_INLINE_HELPERS\n")); has != (k.Option == "RUST_INLINE_HELPERS") {
		t.Fatalf("this kernel has the option RUST_INLINE_HELPERS: %t, and in the table it has %q", has, k.Option)
	}
	if k.Option == "" {
		t.Skip("this kernel has no option to inline its helpers")
	}
	tree := k.ownInlining(t)
	made := []string{
		"rust/helpers/helpers.bc", "rust/helpers/helpers_module.bc",
		"rust/kernel.bc", "rust/kernel.m.bc", "rust/kernel.o", "rust/doctests_kernel_generated.o",
		"samples/rust/rust_misc_device.bc", "samples/rust/rust_misc_device.m.bc", "samples/rust/rust_misc_device.o",
	}
	plain := files.Contents(t, k.l.Path(tree), made)
	for _, f := range made {
		if err := os.Remove(filepath.Join(k.l.Path(tree), f)); err != nil {
			t.Fatal(err)
		}
	}
	k.l.MustMake(lab.Options{AB: k.shims}, k.Version, tree, "-s", "rust/", "samples/rust/rust_misc_device.o")
	for _, f := range files.Differ(plain, files.Contents(t, k.l.Path(tree), made)) {
		t.Errorf("%s is not what the unwrapped tools make", f)
	}
	if found := files.Find(t, k.l.Path(tree), files.Ours); found != nil {
		t.Errorf("the shims wrote %v", found)
	}
}
