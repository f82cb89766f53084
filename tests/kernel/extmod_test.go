// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

// externalModule: a module outside of the kernel, built with the shims against
// the plain and against the shims' kernel, calls no helper and loads in both. The
// kernel's build tree cannot be written to, and is not.
func (k *kernelBuild) externalModule(t *testing.T) {
	plain := k.buildExternal(t, k.plain.Obj, "")
	if n := helperCalls(t, plain); n == 0 {
		t.Error("built with the unwrapped tools, the module calls no helper: this shows nothing")
	}
	for _, tree := range []string{k.plain.Obj, k.obj} {
		object := k.buildExternal(t, tree, k.shims)
		if n := helperCalls(t, object); n != 0 {
			t.Errorf("against %s: %d calls to helpers are left", tree, n)
		}
		k.reportExternal(t, plain, object)
		ko := strings.TrimSuffix(object, ".o") + ".ko"
		console := k.bootTree(tree, ko)
		for _, want := range []string{"rust_external: the sum is 55", "rust_external: 10 numbers"} {
			if !strings.Contains(console, want) {
				t.Errorf("against %s: the console lacks %q", tree, want)
			}
		}
	}
}

// packagedHeaders: a module that is built against a package of kernel headers, as the
// kernel makes it with bindeb-pkg. It has no helpers source: the module is compiled
// plainly, with a note. With the helpers' bitcode put into the package, it calls no
// helper, and loads.
func (k *kernelBuild) packagedHeaders(t *testing.T) {
	headers := k.l.Tree()
	run := func(o lab.Options, command string) string {
		t.Helper()
		out, errs, code := k.l.Run(o, command)
		if code != 0 {
			t.Fatalf("%s: status %d\n%s", command, code, lab.Tail(out+errs))
		}
		return out + errs
	}
	// The kernel's script leaves out what Rust needs, which packagers add.
	run(lab.Options{Obj: k.obj}, "mkdir -p "+headers+"/rust && "+
		k.l.MakeCommand(k.Version, "run-command", "KBUILD_RUN_COMMAND='$(srctree)/scripts/package/install-extmod-build "+headers+"'")+" && cd "+lab.ObjDir+
		" && cp rust/*.rmeta rust/*.so "+headers+"/rust && cp scripts/target.json "+headers+"/scripts")
	// One directory for all builds: its path is in the module.
	dir := k.l.Tree()
	if err := os.CopyFS(k.l.Path(dir), os.DirFS("testdata/extmod")); err != nil {
		t.Fatal(err)
	}
	object := filepath.Join(k.l.Path(dir), "lab_external.o")
	build := func(ab string) (said string) {
		command := "make -s -C " + headers + " LLVM=1 CC=" + lab.ABDir + "/cc RUSTC=" + lab.ABDir + "/rustc M=" + dir
		return run(lab.Options{AB: ab}, command+" clean && "+command+" modules")
	}
	build("")
	plain := filepath.Join(t.TempDir(), "plain.o")
	if err := os.Rename(object, plain); err != nil {
		t.Fatal(err)
	}
	said := build(k.shims)
	if n := strings.Count(said, "note: the kernel package in "+headers+" has no helpers source"); n != 1 || strings.Contains(said, "error") {
		t.Errorf("%d notes:\n%s", n, said)
	}
	if !files.Same(t, object, plain) {
		t.Error("compiled plainly, the module is not the one of the unwrapped tools")
	}

	run(lab.Options{Obj: k.obj}, k.shims+"/rustc-lto-wrap --wrap-package "+lab.ObjDir+" "+headers)
	said = build(k.shims)
	if strings.Contains(said, "lto-wrap") {
		t.Errorf("with the bitcode in the package:\n%s", said)
	}
	if before, after := helperCalls(t, plain), helperCalls(t, object); before == 0 || after != 0 {
		t.Errorf("%d calls to helpers, and %d with the bitcode in the package", before, after)
	}
	console := k.bootTree(k.obj, strings.TrimSuffix(object, ".o")+".ko")
	if want := "rust_external: the sum is 55"; !strings.Contains(console, want) {
		t.Errorf("the console lacks %q", want)
	}
}

// buildExternal builds the module against a kernel's build tree, with the tools
// of ab, or the bare ones if that is empty, and gives the host path of its object.
func (k *kernelBuild) buildExternal(t *testing.T, tree, ab string) string {
	t.Helper()
	options := lab.Options{Obj: tree, AB: ab}
	dir, err := k.l.External(options, k.Version, "testdata/extmod")
	if err != nil {
		t.Fatal(err)
	}
	if ab != "" {
		out, errs, code := k.l.Run(options, k.l.ExternalMake(k.Version, dir)+" && find "+dir+" -newer "+dir+"/lab_external.ko -name '*.o'")
		if out += errs; code != 0 || out != "" {
			t.Errorf("a second make against %s: status %d\n%s", tree, code, lab.Tail(out))
		}
	}
	return filepath.Join(k.l.Path(dir), "lab_external.o")
}

// helperCalls counts the calls to helpers in an object.
func helperCalls(t *testing.T, object string) int {
	t.Helper()
	n, err := lab.HelperCalls(object)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
