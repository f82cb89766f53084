// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package tree tests the shims with the real rustc, clang and LLVM tools, on a
// tree that has the shape of a kernel's and needs no kernel: what it builds is a
// program, so that the test can run it.
package tree

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/lab"
)

// runner runs shell commands in a copy of the tree, on this machine where its
// tools match, else in the kernel lab.
type runner struct {
	t *testing.T
	// host is the tree as this process sees it, inside as the commands do.
	host, inside string
	// bin has the shims, as the commands see it.
	bin string
	lab *lab.Lab
}

// llvm finds the LLVM version in what a tool says of itself.
var llvm = regexp.MustCompile(`(?:LLVM|clang) version:? (\d+)`)

// native says whether this machine's own tools can build the tree; why not
// otherwise.
func native() (ok bool, why string) {
	first := ""
	for _, c := range [][]string{{"rustc", "-vV"}, {"clang", "--version"}, {"llvm-link", "--version"}, {"llvm-as", "--version"}, {"make", "--version"}} {
		out, err := exec.Command(c[0], c[1:]...).Output()
		if err != nil {
			return false, c[0] + ": " + err.Error()
		}
		m := llvm.FindStringSubmatch(string(out))
		switch {
		case c[0] == "make":
		case m == nil:
			return false, c[0] + " does not say its LLVM version"
		case first == "":
			first = m[1]
		case m[1] != first:
			return false, fmt.Sprintf("rustc has LLVM %s, %s has %s", first, c[0], m[1])
		}
	}
	return true, ""
}

// newTree copies the tree and builds the shims.
func newTree(t *testing.T) *runner {
	t.Helper()
	r := &runner{t: t}
	ok, why := native()
	if ok {
		r.host = t.TempDir()
		r.inside = r.host
	} else {
		if os.Getenv("KERNEL_LAB_TESTS") != "1" {
			t.Skipf("needs rustc, clang, llvm-link and llvm-as of one LLVM, of this machine (%s) or of the kernel lab (KERNEL_LAB_TESTS=1, which make test sets)", why)
		}
		r.lab = lab.Open(t)
		r.inside = r.lab.Tree()
		r.host = r.lab.Path(r.inside)
	}
	if err := os.CopyFS(r.host, os.DirFS("testdata/tree")); err != nil {
		t.Fatal(err)
	}
	if err := programs.Build(filepath.Join(r.host, "bin"), programs.Shims); err != nil {
		t.Fatal(err)
	}
	r.bin = r.inside + "/bin"
	return r
}

// sh runs a shell command in the tree.
func (r *runner) sh(env []string, command string) (out string, code int) {
	r.t.Helper()
	if r.lab != nil {
		out, errs, code := r.lab.Run(lab.Options{Dir: r.inside, Env: env}, command)
		return out + errs, code
	}
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Dir = r.host
	cmd.Env = append(os.Environ(), env...)
	both, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(both), cmd.ProcessState.ExitCode()
}

const plainMake = "make -s LLVM=1 CC=clang RUSTC=rustc"

func (r *runner) shimMake() string {
	return fmt.Sprintf("make -s LLVM=1 CC=%[1]s/cc-helper-wrap RUSTC=%[1]s/rustc-lto-wrap", r.bin)
}

func (r *runner) mustMake(env []string, command string) string {
	r.t.Helper()
	out, code := r.sh(env, command)
	if code != 0 {
		r.t.Fatalf("%s %s: status %d\n%s", env, command, code, out)
	}
	return out
}

// helpers counts the references to helpers in an object, as "name calls/all".
func (r *runner) helpers(object string) []string {
	r.t.Helper()
	o, err := lab.ReadObject(filepath.Join(r.host, object))
	if err != nil {
		r.t.Fatal(err)
	}
	all, calls := map[string]int{}, map[string]int{}
	for _, ref := range o.Refs {
		if _, undefined := slices.BinarySearch(o.Undefined, ref.Symbol); !undefined || !elfobj.IsHelper(ref.Symbol) {
			continue
		}
		all[ref.Symbol]++
		if ref.Call {
			calls[ref.Symbol]++
		}
	}
	out := []string{}
	for name, n := range all {
		out = append(out, fmt.Sprintf("%s %d/%d", name, calls[name], n))
	}
	slices.Sort(out)
	return out
}

// leftOvers lists the shims' files in the tree, and bitcode.
func (r *runner) leftOvers() []string {
	r.t.Helper()
	return files.Find(r.t, r.host, func(f string) bool { return files.Ours(f) || strings.HasSuffix(f, ".bc") })
}

// intermediates lists what may not be there after a build. clang writes a file NAME.o
// by way of NAME-XXXXXXXX.o.tmp.
func (r *runner) intermediates() []string {
	r.t.Helper()
	return files.Find(r.t, r.host, func(f string) bool { return files.Intermediate(f) || strings.HasSuffix(f, ".tmp") })
}

// TestBuild builds the tree in every combination of settings: the program does
// the same, and calls no helper but those that must stay.
func TestBuild(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, plainMake)
	plain, _ := r.sh(nil, "./program")
	if want := "answer 42, counter 41\nkernel y, driver y\nby address 7\nremembered 22\nnext 42\n"; plain != want {
		t.Fatalf("the plain program prints\n%s, expected\n%s", plain, want)
	}
	for _, object := range []string{"rust/kernel.o", "drivers/driver.o"} {
		if len(r.helpers(object)) < 2 {
			t.Fatalf("%s of the plain build refers to %v", object, r.helpers(object))
		}
	}
	passedThrough := []string{"rust/bindings.o", "rust/helpers/helpers.o"}
	bare := files.Contents(t, r.host, passedThrough)
	// A module object has the module variant of the helper that tells.
	want := strings.Replace(plain, "driver y", "driver m", 1)
	for _, pipeline := range []string{"late", "early"} {
		for _, linkage := range []string{"available_externally", "linkonce_odr", "internal"} {
			for _, inline := range []string{"always", "cost"} {
				t.Run(pipeline+"-"+linkage+"-"+inline, func(t *testing.T) {
					r.mustMake(nil, "make -s clean")
					out := r.mustMake([]string{"LTO_WRAP_PIPELINE=" + pipeline, "LTO_WRAP_LINKAGE=" + linkage, "LTO_WRAP_INLINE=" + inline}, r.shimMake())
					if out != "" {
						t.Errorf("make -s prints: %s", out)
					}
					if got, _ := r.sh(nil, "./program"); got != want {
						t.Errorf("the program prints (-want +got):\n%s", cmp.Diff(want, got))
					}
					// An address that is taken is the helper's own, or a copy's.
					// A helper with a static variable is called, so that there is one variable.
					left := []string{"rust_helper_by_address 0/1", "rust_helper_remember 1/1"}
					if linkage != "available_externally" {
						left = left[1:]
					}
					if d := cmp.Diff(left, r.helpers("rust/kernel.o")); d != "" {
						t.Errorf("rust/kernel.o refers to helpers (-want +got):\n%s", d)
					}
					if d := cmp.Diff([]string{"rust_helper_next_number 1/1", "rust_helper_remember 1/1"}, r.helpers("drivers/driver.o")); d != "" {
						t.Errorf("drivers/driver.o refers to helpers (-want +got):\n%s", d)
					}
					for _, o := range files.Differ(bare, files.Contents(t, r.host, passedThrough)) {
						t.Errorf("%s is not byte for byte that of the plain build", o)
					}
					deps, err := os.ReadFile(filepath.Join(r.host, "rust/.kernel.o.d"))
					if err != nil || strings.Contains(string(deps), ".lto_wrap") || !strings.HasPrefix(string(deps), "rust/kernel.o: ") {
						t.Errorf("the dep-info: %v\n%s", err, deps)
					}
					for _, header := range []string{"include/linux/numbers.h", "rust/helpers/numbers.c"} {
						if !strings.Contains(string(deps), header) {
							t.Errorf("the dep-info does not name %s", header)
						}
					}
					r.mustMake(nil, "make -s clean")
					if left := r.leftOvers(); left != nil {
						t.Errorf("make clean leaves %v", left)
					}
				})
			}
		}
	}
}

// TestAssemblers: clang makes the same bitcode of the helpers' IR as llvm-as.
func TestAssemblers(t *testing.T) {
	r := newTree(t)
	bitcode := func(env ...string) map[string]string {
		r.mustMake(env, r.shimMake())
		found := files.Find(t, r.host, func(path string) bool {
			return strings.HasPrefix(filepath.Base(path), ".tmp_lto_wrap_helpers_") && files.HasExt(".bc")(path)
		})
		if len(found) != 2 {
			t.Fatalf("%s: %q", env, found)
		}
		out := map[string]string{}
		for name, contents := range files.Contents(t, r.host, found) {
			out[name[:strings.LastIndex(name, "_")]] = contents // without the key, which has the setting
		}
		r.mustMake(nil, "make -s clean")
		return out
	}
	want := bitcode("LTO_WRAP_LLVM_AS=llvm-as")
	for _, name := range files.Differ(want, bitcode()) {
		t.Errorf("%s… is not the one that llvm-as makes", name)
	}
}

// TestTry: where the inlining cannot be had, LTO_WRAP=try says so once in a build, however
// many crates and jobs there are, and compiles plainly.
func TestTry(t *testing.T) {
	r := newTree(t)
	names := strings.Fields("d1 d2 d3 d4 d5 d6 d7 d8")
	r.mustMake(nil, "for d in "+strings.Join(names, " ")+"; do cp drivers/driver.rs drivers/$d.rs; done")
	command := r.shimMake() + " -j2 program drivers DRIVERS='" + strings.Join(names, " ") + "'"
	for _, c := range []struct{ what, env, note string }{
		{"no such clang", "LTO_WRAP_CLANG=no-such-clang", `clang: there is no program "no-such-clang"`},
		{"a clang that is none", "LTO_WRAP_CLANG=false", "false does not answer --version"},
		{"no such llvm-link", "LTO_WRAP_LLVM_LINK=no-such-llvm-link", `llvm-link: there is no program "no-such-llvm-link"`},
	} {
		r.mustMake(nil, "make -s clean")
		for _, again := range []string{"true", "touch drivers/*.rs"} {
			out := r.mustMake([]string{"LTO_WRAP=try", c.env}, again+" && "+command)
			notes := regexp.MustCompile(`(?m)^(?:rustc-lto|cc-helper)-wrap: warning: .*$`).FindAllString(out, -1)
			if len(notes) != 1 || !strings.Contains(notes[0], c.note) || !strings.Contains(notes[0], "continuing without inlining (LTO_WRAP=try)") {
				t.Errorf("%s: make prints\n%s", c.what, out)
			}
		}
		for _, name := range names {
			rec, err := record.Read(filepath.Join(r.host, "drivers", name+".o"))
			if err != nil || !strings.Contains(rec.NotInlined, c.note) {
				t.Errorf("%s: the record of %s: %v, %+v", c.what, name, err, rec)
			}
		}
	}
	// What was compiled plainly is compiled again once it can be inlined.
	r.mustMake(nil, command)
	for _, name := range names {
		if rec, err := record.Read(filepath.Join(r.host, "drivers", name+".o")); err != nil || rec.NotInlined != "" {
			t.Errorf("the record of %s: %v, %+v", name, err, rec)
		}
	}
}

// TestOnlyRustc builds with RUSTC= alone: the crates are inlined all the same.
func TestOnlyRustc(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, fmt.Sprintf("make -s LLVM=1 CC=clang RUSTC=%s/rustc-lto-wrap", r.bin))
	if d := cmp.Diff([]string{"rust_helper_by_address 0/1", "rust_helper_remember 1/1"}, r.helpers("rust/kernel.o")); d != "" {
		t.Errorf("rust/kernel.o refers to helpers (-want +got):\n%s", d)
	}
}

// TestFlagsOfHelpersAlone compiles the helpers with a flag that kbuild does not
// export, and has the crate compiled before kbuild's command line for the helpers is
// seen. The bitcode is then made again, and the next make compiles the crate with it:
// the objects are those of a build in which the helpers come first.
func TestFlagsOfHelpersAlone(t *testing.T) {
	r := newTree(t)
	command := r.shimMake() + " CFLAGS_helpers.o=-DMODULE" // changes what rust_helper_kind returns
	r.mustMake(nil, command+" -j1")
	want := r.contents()
	r.mustMake(nil, "make -s clean")
	r.mustMake(nil, command+" rust/kernel.o")
	if files.Contents(t, r.host, []string{"rust/kernel.o"})["rust/kernel.o"] == want["rust/kernel.o"] {
		t.Fatal("the flag makes no difference: this shows nothing")
	}
	r.mustMake(nil, command+" rust/helpers/helpers.o")
	r.mustMake(nil, command)
	for _, o := range files.Differ(want, r.contents()) {
		t.Errorf("%s is not the one of the helpers' own flags", o)
	}
	before := r.identities()
	r.mustMake(nil, command)
	if again := files.Differ(before, r.identities()); again != nil {
		t.Errorf("a second make makes again: %q", again)
	}
}

// TestOff: with LTO_WRAP=off the objects are those of the unwrapped tools.
func TestOff(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, plainMake)
	plain := r.contents()
	r.mustMake(nil, "make -s clean")
	r.mustMake([]string{"LTO_WRAP=off"}, r.shimMake())
	for _, o := range files.Differ(plain, r.contents()) {
		t.Errorf("%s differs from that of the unwrapped tools", o)
	}
	for _, left := range r.leftOvers() {
		if record.ObjectOf(left) == "" {
			t.Errorf("LTO_WRAP=off leaves %s", left)
		}
	}
}

// treeObjects are all objects of the tree.
var treeObjects = []string{"rust/bindings.o", "rust/kernel.o", "drivers/driver.o", "rust/helpers/helpers.o", "main.o"}

// identities tells which file each object is.
func (r *runner) identities() map[string]string {
	r.t.Helper()
	return files.Identities(r.t, r.host, treeObjects)
}

// TestFlips changes one thing at a time in one object tree: exactly what it
// concerns is made again, and is what a build from nothing makes.
func TestFlips(t *testing.T) {
	r := newTree(t)
	crates := []string{"drivers/driver.o", "rust/kernel.o"}
	both := []string{"drivers/driver.o", "rust/helpers/helpers.o", "rust/kernel.o"}
	for i, c := range []struct {
		what, env, args, shell string
		again                  []string
	}{
		{what: "nothing"},
		{what: "off", env: "LTO_WRAP=off", again: crates},
		{what: "off again", env: "LTO_WRAP=off"},
		{what: "off, on make's command line", args: "LTO_WRAP=off"},
		{what: "off, other settings", env: "LTO_WRAP=off LTO_WRAP_PIPELINE=late KCFLAGS=-fwrapv"},
		{what: "on, which is the default", env: "LTO_WRAP=on", again: crates},
		{what: "unset"},
		{what: "try, where the inlining can be had", env: "LTO_WRAP=try"},
		{what: "late, on make's command line", args: "LTO_WRAP_PIPELINE=late", again: crates},
		{what: "late, in the environment", env: "LTO_WRAP_PIPELINE=late"},
		{what: "early", args: "LTO_WRAP_PIPELINE=early", again: crates},
		{what: "size", env: "LTO_WRAP_OPTIMIZE=size", again: crates},
		{what: "what the kernel is optimised for", args: "LTO_WRAP_OPTIMIZE=kernel", again: crates},
		{what: "linkage", env: "LTO_WRAP_LINKAGE=internal", again: crates},
		{what: "linkage back", again: crates},
		{what: "a setting with blanks", env: "LTO_WRAP_CFLAGS='-mllvm -inline-threshold=100'", again: crates},
		{what: "the same", args: "LTO_WRAP_CFLAGS='-mllvm -inline-threshold=100'"},
		{what: "without", again: crates},
		{what: "KCFLAGS", args: "KCFLAGS=-fwrapv", again: crates},
		{what: "KCFLAGS back", again: crates},
		{what: "a warning", args: "KCFLAGS=-Wextra", again: crates}, // KCFLAGS are compared as they stand
		{what: "no warning", again: crates},
		{what: "try, without llvm-link", env: "LTO_WRAP=try LTO_WRAP_LLVM_LINK=none", again: crates},
		{what: "try, with llvm-link", env: "LTO_WRAP=try", again: crates},
		{what: "a header that helpers include, touched", shell: "touch include/linux/numbers.h", again: both},
		{what: "a header that helpers include, changed", shell: "sed -i 's/2 /3 /' include/linux/numbers.h", again: both},
		{what: "changed back", shell: "sed -i 's/3 /2 /' include/linux/numbers.h", again: both},
		{what: "an unrelated file", shell: "touch README include/linux/unrelated.h"},
		{what: "the helpers bitcode, removed", shell: "rm rust/helpers/.tmp_lto_wrap_*"},
		{what: "a crate, without the helpers bitcode", shell: "touch rust/kernel.rs", again: crates},
	} {
		if i == 0 {
			r.mustMake(nil, r.shimMake())
		}
		before := r.identities()
		if c.shell == "" {
			c.shell = ":"
		}
		command := c.shell + " && " + c.env + " " + r.shimMake() + " " + c.args
		r.mustMake(nil, command)
		again := files.Differ(before, r.identities())
		if d := cmp.Diff(c.again, again); d != "" {
			t.Errorf("%s: made again (-want +got):\n%s", c.what, d)
		}
		t.Logf("%-40s made again: %s", c.what, strings.Join(again, " "))
		if c.again == nil {
			continue
		}
		flipped := r.contents()
		r.mustMake(nil, "make -s clean && "+c.env+" "+r.shimMake()+" "+c.args)
		for _, o := range files.Differ(flipped, r.contents()) {
			t.Errorf("%s: %s is not what a build from nothing makes", c.what, o)
		}
	}
}

// contents are all objects of the tree.
func (r *runner) contents() map[string]string {
	r.t.Helper()
	return files.Contents(r.t, r.host, treeObjects)
}

// TestErrors: what real tools report comes through, with their status, and no
// object is left.
func TestErrors(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, r.shimMake())
	for _, c := range []struct {
		name, breaks, object string
		want                 []string
	}{
		{"crate", "echo 'fn broken(' >> rust/kernel.rs", "rust/kernel.o", []string{"rust/kernel.rs", "rustc failed with status 1 on rust/kernel.o", "rustc-lto-wrap: command: "}},
		{"helpers", "echo 'int broken(' >> rust/helpers/numbers.c; touch rust/helpers/helpers.c", "rust/helpers/helpers.o", []string{"rust/helpers/numbers.c", "the C compiler failed with status 1 on rust/helpers/helpers.c", "cc-helper-wrap: command: "}},
		{"truncated", "for f in rust/helpers/.tmp_lto_wrap_helpers_builtin_*.bc; do truncate -s 1000 $f; done; touch rust/kernel.rs", "rust/kernel.o", []string{"helpers_builtin_", "damaged", "1000 bytes", "run make again"}},
		{"no-llvm-link", "touch rust/kernel.rs; export LTO_WRAP_LLVM_LINK=no-such-llvm-link", "rust/kernel.o", []string{`there is no program "no-such-llvm-link"`, "LTO_WRAP_LLVM_LINK"}},
		{"setting", "touch rust/kernel.rs; export LTO_WRAP_PIPELINE=earliest", "rust/kernel.o", []string{`LTO_WRAP_PIPELINE has the unknown value "earliest"`, "late, early"}},
		{"flag", "touch rust/kernel.rs; export LTO_WRAP_CFLAGS=-fno-such-flag", "rust/kernel.o", []string{"-fno-such-flag", "clang failed with status 1 on rust/kernel.o"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, f := range []string{"rust/kernel.rs", "rust/helpers/numbers.c"} {
				data, err := os.ReadFile(filepath.Join("testdata/tree", f))
				if err == nil {
					err = os.WriteFile(filepath.Join(r.host, f), data, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			r.mustMake(nil, r.shimMake())
			out, code := r.sh(nil, c.breaks+"; "+r.shimMake())
			if code == 0 {
				t.Fatalf("make succeeds:\n%s", out)
			}
			for _, w := range c.want {
				if !strings.Contains(out, w) {
					t.Errorf("the message lacks %q:\n%s", w, out)
				}
			}
			if _, err := os.Stat(filepath.Join(r.host, c.object)); err == nil {
				t.Errorf("%s is still there", c.object)
			}
			if left := r.intermediates(); left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	for _, f := range []string{"rust/kernel.rs", "rust/helpers/numbers.c"} {
		data, _ := os.ReadFile(filepath.Join("testdata/tree", f))
		if err := os.WriteFile(filepath.Join(r.host, f), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r.mustMake(nil, r.shimMake())
}

// TestWarnings: a crate that ends up compiled plainly, after a first compilation to
// bitcode, prints rustc's warnings once, and its object and metadata are byte for
// byte those of the unwrapped tools.
func TestWarnings(t *testing.T) {
	r := newTree(t)
	const unused = "\nfn unused() {}\n"
	add := func(file string) {
		path := filepath.Join(r.host, file)
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, append(text, unused...), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add("rust/kernel.rs")
	if err := os.WriteFile(filepath.Join(r.host, "drivers/driver.rs"), []byte("#![no_std]\n"+
		"#[no_mangle]\npub extern \"C\" fn driver_kind() -> u8 { 7 }\n"+unused), 0o644); err != nil {
		t.Fatal(err)
	}
	files := []string{"rust/kernel.o", "rust/libkernel.rmeta", "drivers/driver.o"}
	contents := func() map[string]string {
		out := map[string]string{}
		for _, f := range files {
			data, err := os.ReadFile(filepath.Join(r.host, f))
			if err != nil {
				t.Fatal(err)
			}
			out[f] = string(data)
		}
		return out
	}
	const targets = " rust/kernel.o drivers/driver.o"
	out := r.mustMake(nil, plainMake+targets)
	if n := strings.Count(out, "`unused` is never used"); n != 2 {
		t.Fatalf("rustc prints %d warnings:\n%s", n, out)
	}
	plain := contents()
	r.mustMake(nil, "make -s clean")
	out = r.mustMake([]string{"LTO_WRAP=try", "LTO_WRAP_CFLAGS=-mllvm -no-such-option"}, r.shimMake()+targets)
	if n := strings.Count(out, "`unused` is never used"); n != 2 || strings.Count(out, "continuing without inlining") != 1 {
		t.Errorf("the shims print %d of rustc's warnings:\n%s", n, out)
	}
	for f, now := range contents() {
		if now != plain[f] {
			t.Errorf("%s differs from that of the unwrapped tools", f)
		}
	}
}
