// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/lab"
)

// externalModule: a module outside of the kernel, built with the shims against
// the plain and against the shims' kernel, calls no helper and loads in both. The
// kernel's build tree cannot be written to, and is not.
func (k *kernelBuild) externalModule(t *testing.T) {
	plain := k.buildExternal(t, k.plain.Obj, "")
	if n := helperCalls(t, plain); n == 0 {
		t.Error("built with the bare tools, the module calls no helper: this shows nothing")
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
