package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/shim/elfobj"
	"rustc-lto-wrap/tests/lab"
)

// externalModule: a module outside of the kernel, built with the shims against
// the plain and against the shims' kernel, calls no helper and loads in both. The
// kernel's build tree cannot be written to, and is not.
func (k *kernelBuild) externalModule(t *testing.T) {
	plain := k.buildExternal(t, k.plain.Obj, "/lab/ab")
	if n := helperCalls(t, plain); n == 0 {
		t.Error("built with the bare tools, the module calls no helper: this shows nothing")
	}
	for _, tree := range []string{k.plain.Obj, k.obj} {
		object := k.buildExternal(t, tree, k.shims)
		if n := helperCalls(t, object); n != 0 {
			t.Errorf("against %s: %d calls to helpers are left", tree, n)
		}
		ko := strings.TrimSuffix(object, ".o") + ".ko"
		console := k.l.Boot(filepath.Join(k.l.Path(tree), "arch/x86/boot/bzImage"), k.l.Initrd(ko), "", 4*time.Minute)
		for _, want := range []string{"rust_external: the sum is 55", "rust_external: 10 numbers"} {
			if !strings.Contains(console, want) {
				t.Errorf("against %s: the console lacks %q", tree, want)
			}
		}
	}
}

// buildExternal builds the module against a kernel's build tree that is mounted
// read-only, with the tools of ab, and gives the host path of its object.
func (k *kernelBuild) buildExternal(t *testing.T, tree, ab string) string {
	t.Helper()
	dir := k.l.Tree()
	if err := os.CopyFS(k.l.Path(dir), os.DirFS("testdata/extmod")); err != nil {
		t.Fatal(err)
	}
	options := lab.Options{Obj: tree}
	if ab != "/lab/ab" {
		options.AB = ab
	}
	make := "make -s -C " + k.l.Source(k.version) + " O=/lab/obj LLVM=1 CC=/lab/ab/cc RUSTC=/lab/ab/rustc M=" + dir
	out, errs, code := k.l.Run(options, "mount -o remount,bind,ro /lab/obj && "+make+" modules")
	// The module is no part of the kernel, which modpost may say.
	if out += errs; code != 0 || strings.Contains(out, "lto-wrap") || strings.Contains(out, "undefined") {
		t.Fatalf("building against %s: status %d\n%s", tree, code, tail(out))
	}
	object := filepath.Join(k.l.Path(dir), "lab_external.o")
	if ab == "/lab/ab" {
		return object
	}
	out, errs, code = k.l.Run(options, make+" modules && find "+dir+" -newer "+dir+"/lab_external.ko -name '*.o'")
	if out += errs; code != 0 || out != "" {
		t.Errorf("a second make against %s: status %d\n%s", tree, code, tail(out))
	}
	return object
}

// helperCalls counts the calls to helpers in an object.
func helperCalls(t *testing.T, object string) (n int) {
	t.Helper()
	f, err := os.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o, err := elfobj.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range o.Refs {
		if r.Call && elfobj.IsHelper(r.Symbol) {
			n++
		}
	}
	return n
}
