// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/lab"
)

// beside is what people do with a kernel tree besides building the kernel. Its
// parts use one tree, in which each makes again what the one before it has left
// otherwise.
func (k *kernelBuild) beside(t *testing.T) {
	t.Run("the-kernels-own-inlining", k.kernelsOwnInlining)
	if k.version != lab.KernelVersions[0] {
		return // one kernel is enough for what is the same in both
	}
	t.Run("clippy", k.clippy)
	t.Run("rusttest", k.rusttest)
	t.Run("checker", k.checker)
	t.Run("make-4.3", k.oldMake)
	t.Run("package", k.packaged)
	t.Run("in-source-tree-with-launchers", k.inSourceTree)
}

// script writes a shell script into a folder of the lab and gives its inside path.
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

// ours lists the files in a folder that the shims have made.
func ours(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), "lto_wrap") {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// clippy: with CLIPPY=1 kbuild compiles with clippy's driver, and without it the
// crates are inlined again. Clippy itself is rustc here where the lab lacks it.
func (k *kernelBuild) clippy(t *testing.T) {
	const crate = "rust/kernel.o"
	driver := k.script(t, k.shims, "clippy", `exec $(command -v clippy-driver || command -v rustc) "$@"`)
	k.make(t, nil, "CLIPPY=1", "CLIPPY_DRIVER="+driver, "rust/")
	if got, want := helperCalls(t, k.host(crate)), helperCalls(t, k.plainHost(crate)); got != want || want == 0 {
		t.Errorf("%s has %d calls to helpers, and %d when built with the bare tools", crate, got, want)
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
	if found := ours(t, k.host("rust/test")); found != nil {
		t.Errorf("crates for the host were rewritten: %v", found)
	}
}

// checker: C=1 gives what the shim compiles to a checker, as sparse is one.
func (k *kernelBuild) checker(t *testing.T) {
	const object = "kernel/time/timer.o"
	log := k.obj + "/.tmp_checked"
	check := k.script(t, k.shims, "check", `echo "$@" >>/lab/obj/.tmp_checked`)
	for _, o := range []string{object, "rust/helpers/helpers.o"} {
		if err := os.Remove(k.host(o)); err != nil {
			t.Fatal(err)
		}
	}
	k.make(t, nil, "C=1", "CHECK="+check, "rust/", object)
	for _, source := range []string{"rust/helpers/helpers.c", "kernel/time/timer.c"} {
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
		out, errs, code := k.l.Run(lab.Options{Obj: k.obj, AB: k.shims, Env: env}, fmt.Sprintf(
			"PATH=%s:$PATH && make -s -C %s O=/lab/obj LLVM=1 CC=/lab/ab/cc RUSTC=/lab/ab/rustc -j2 %s %s", old, k.l.Source(k.version), args, targets))
		if code != 0 {
			t.Fatalf("make 4.3 %s %s: status %d\n%s", env, args, code, tail(out+errs))
		}
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
		before := k.times(t)
		run(c.env, c.args)
		if d := cmp.Diff(before, k.times(t)); d != "" {
			t.Errorf("%s: a second make makes again:\n%s", c.what, d)
		}
	}
}

// packaged: what kbuild packs is what the shims made, and none of their files.
// dir-pkg does what all packages have in common, without a distribution's tools.
func (k *kernelBuild) packaged(t *testing.T) {
	k.make(t, nil, "dir-pkg")
	dir := k.host("tar-install")
	if found := ours(t, dir); found != nil {
		t.Errorf("packed: %v", found)
	}
	modules := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".ko") {
			modules++
			if n := helperCalls(t, path); n != 0 {
				t.Errorf("%s has %d calls to helpers", path, n)
			}
		}
		return err
	})
	if err != nil || modules < 3 {
		t.Errorf("%d modules are packed, %v", modules, err)
	}
	images, err := filepath.Glob(dir + "/boot/vmlinuz-*")
	if err != nil || len(images) != 1 {
		t.Fatalf("kernels: %v, %v", images, err)
	}
	sameFile(t, k.host("arch/x86/boot/bzImage"), images[0])
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// sameFile: two files have the same content.
func sameFile(t *testing.T, a, b string) {
	t.Helper()
	one, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := os.ReadFile(b); err != nil || !bytes.Equal(one, two) {
		t.Errorf("%s and %s differ: %v", a, b, err)
	}
}

// inSourceTree: a build without O=, in the source tree itself, and with a launcher
// before the shim and another behind it, as ccache is one. Make clean and mrproper
// remove it all. The tree is an overlay, in whose upper folder is what was written.
func (k *kernelBuild) inSourceTree(t *testing.T) {
	layers := k.newLayers(t)
	upper := k.l.Path(layers) + "/up"
	launcher := k.script(t, layers, "launcher", `echo "$@" >>`+layers+`/launched; exec "$@"`)
	source := k.l.Source(k.version)
	run := func(command string) {
		t.Helper()
		options := lab.Options{Obj: k.plain.Obj, AB: k.shims, Env: []string{"LTO_WRAP_CC=" + launcher + " clang"}}
		out, errs, code := k.l.Run(options, k.mountLayers(layers)+" && cd "+source+
			" && make() { command make -s -j2 LLVM=1 CC='"+launcher+" /lab/ab/cc' RUSTC=/lab/ab/rustc \"$@\"; } && "+command)
		if code != 0 {
			t.Fatalf("%s: status %d\n%s", command, code, tail(out+errs))
		}
	}
	run("cp /lab/obj/.config . && scripts/config -d RUST_KERNEL_DOCTESTS && make olddefconfig && make rust/ samples/rust/rust_minimal.o")
	for _, o := range []string{"rust/kernel.o", "samples/rust/rust_minimal.o"} {
		if n := helperCalls(t, filepath.Join(upper, o)); n != 0 {
			t.Errorf("%s has %d calls to helpers", o, n)
		}
	}
	before, behind := false, false
	for _, l := range lines(t, k.l.Path(layers)+"/launched") {
		before = before || strings.HasPrefix(l, "/lab/ab/cc ") && strings.HasSuffix(l, "rust/helpers/helpers.c")
		behind = behind || strings.HasPrefix(l, "clang ") && strings.Contains(l, " -emit-llvm ")
	}
	if !before || !behind {
		t.Errorf("the launcher has compiled the helpers %t, and made bitcode of them %t", before, behind)
	}
	run("make clean")
	if found := ours(t, upper); found != nil {
		t.Errorf("make clean leaves %v", found)
	}
	run("make mrproper")
	var left []string
	err := filepath.WalkDir(upper, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(upper, path)
			left = append(left, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// What this kernel's mrproper leaves whatever the compiler is.
	if d := cmp.Diff([]string{"scripts/target.json"}, left); d != "" {
		t.Errorf("make mrproper leaves (-expected +found):\n%s", d)
	}
}

// kernelsOwnInlining: with CONFIG_RUST_INLINE_HELPERS the shims make what the bare
// tools make, byte for byte. The doctests are the crate that the option leaves out.
func (k *kernelBuild) kernelsOwnInlining(t *testing.T) {
	kconfig, err := os.ReadFile(k.l.Path(k.l.Source(k.version)) + "/lib/Kconfig.debug")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(kconfig, []byte("\nconfig RUST_INLINE_HELPERS\n")) {
		t.Skip("this kernel has no option to inline its helpers")
	}
	tree := k.l.Fork(k.version)
	made := []string{
		"rust/helpers/helpers.bc", "rust/helpers/helpers_module.bc",
		"rust/kernel.bc", "rust/kernel.m.bc", "rust/kernel.o", "rust/doctests_kernel_generated.o",
		"samples/rust/rust_misc_device.bc", "samples/rust/rust_misc_device.m.bc", "samples/rust/rust_misc_device.o",
	}
	build := func(ab string) map[string][]byte {
		t.Helper()
		out, errs, code := k.l.Run(lab.Options{Obj: tree, AB: ab}, "cd "+k.l.Source(k.version)+
			" && scripts/config --file /lab/obj/.config -e RUST_INLINE_HELPERS"+
			" && make -s O=/lab/obj LLVM=1 CC=/lab/ab/cc RUSTC=/lab/ab/rustc -j2 rust/ samples/rust/rust_misc_device.o")
		if code != 0 {
			t.Fatalf("status %d\n%s", code, tail(out+errs))
		}
		contents := map[string][]byte{}
		for _, f := range made {
			path := filepath.Join(k.l.Path(tree), f)
			if contents[f], err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		return contents
	}
	bare, shims := build(""), build(k.shims)
	for _, f := range made {
		if !bytes.Equal(bare[f], shims[f]) {
			t.Errorf("%s is not what the bare tools make", f)
		}
	}
	if found := ours(t, k.l.Path(tree)); found != nil {
		t.Errorf("the shims wrote %v", found)
	}
}
