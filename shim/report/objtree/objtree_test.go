// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package objtree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
)

// object returns an object from the tests of package elfobj, and saved returns the
// text in which kbuild saves the command that made an object.
func object(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../formats/elfobj/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func saved(target, command, source string) string {
	text := "savedcmd_" + target + " := " + command + "\n"
	if source != "" {
		text += "\nsource_" + target + " := " + source + "\n\ndeps_" + target + " := \\\n  include/x.h \\\n"
	}
	return text
}

func rec(t testing.TB, r record.Record) string {
	t.Helper()
	b, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// write writes files into a new directory and returns its path.
func write(t testing.TB, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// TestRead checks which files Read finds in a tree that kbuild built, and that it
// counts none twice.
func TestRead(t *testing.T) {
	elf := object(t, "calls-x86_64.o")
	root := write(t, map[string]string{
		// These are made by the unwrapped tools with --emit=obj=, as Linux 6.12 writes
		// it. core is not kernel code.
		"rust/kernel.o": elf, "rust/.kernel.o.cmd": saved("rust/kernel.o", "rustc --emit=obj=rust/kernel.o", "/src/rust/kernel/lib.rs"),
		"rust/core.o": elf, "rust/.core.o.cmd": saved("rust/core.o", "rustc --emit=obj=rust/core.o", "/usr/lib/rustlib/src/rust/library/core/src/lib.rs"),
		// This is made with the kernel's own option: rustc makes bitcode, and clang
		// makes the object.
		"drivers/d.o": elf, "drivers/.d.o.cmd": saved("drivers/d.o", "rustc --emit=llvm-bc=drivers/d.bc; llvm-link drivers/d.bc; clang -c drivers/d.m.bc", "drivers/d.rs"),
		// This is an external module of an older kernel, with an absolute name.
		"m/m.o": elf, "m/.m.o.cmd": "cmd_/src/m/m.o := rustc\n\nsource_/src/m/m.o := /src/m/m.rs\n",
		// This is known by its record only.
		"r/r.o": elf, "r/.tmp_r.o.lto_wrap.json": rec(t, record.Record{Object: "r/r.o", Mode: "off"}),
		// These are linked files, C objects, and files that are not objects.
		"drivers/composite.o": elf, "drivers/.composite.o.cmd": saved("drivers/composite.o", "ld.lld -r -o drivers/composite.o drivers/d.o", ""),
		"drivers/c.o": elf, "drivers/.c.o.cmd": saved("drivers/c.o", "clang -c", "drivers/c.c"),
		"rust/libmacros.so": elf, "rust/.libmacros.so.cmd": saved("rust/libmacros.so", "rustc", "rust/macros/lib.rs"),
		"rust/x.rsi": "", "rust/.x.rsi.cmd": saved("rust/x.rsi", "rustc", "rust/x.rs"),
		"built-in.a": "!<thin>\n", ".built-in.a.cmd": saved("built-in.a", "ar", ""),
		"drivers/d.ko": elf, "drivers/.d.ko.cmd": saved("drivers/d.ko", "ld", ""),
		"vmlinux": elf, ".vmlinux.cmd": saved("vmlinux", "link-vmlinux.sh", ""),
		"arch/x86/boot/compressed/vmlinux": elf, "arch/x86/boot/compressed/.vmlinux.cmd": saved("vmlinux", "ld", ""),
		// These are copies: an installed module, the headers of a package, another
		// object tree.
		"staging/lib/modules/d.ko":           elf,
		"headers/include/config/auto.conf":   "",
		"headers/rust/.kernel.o.cmd":         saved("rust/kernel.o", "rustc", "rust/kernel/lib.rs"),
		".git/x/.tmp_kernel.o.lto_wrap.json": "",
	})
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	for _, r := range []string{root, root + "/", link} {
		tree, err := Read(r)
		if err != nil {
			t.Fatal(err)
		}
		var objects, images []string
		for _, o := range tree.Objects {
			objects = append(objects, o.Path)
			if o.ELF == nil || (o.Record != nil) != (o.Path == "r/r.o") {
				t.Errorf("%s: ELF %v, record %v", o.Path, o.ELF, o.Record)
			}
		}
		for _, i := range tree.Images {
			images = append(images, i.Path)
			if i.File != uint64(len(elf)) || i.Sizes.Text() != 242 {
				t.Errorf("%+v", i)
			}
		}
		if d := cmp.Diff([]string{"drivers/d.o", "m/m.o", "r/r.o", "rust/core.o", "rust/kernel.o"}, objects); d != "" {
			t.Errorf("%s: objects (-want +got):\n%s", r, d)
		}
		if d := cmp.Diff([]string{"drivers/d.ko", "vmlinux"}, images); d != "" {
			t.Errorf("%s: images (-want +got):\n%s", r, d)
		}
		if tree.Problems != nil {
			t.Errorf("%s: %v", r, tree.Problems)
		}
	}
}

// TestProblems checks that each unusable file is listed as a problem, and that the
// others are read.
func TestProblems(t *testing.T) {
	elf := object(t, "calls-x86_64.o")
	good := record.Record{Object: "/build/good.o", Mode: "on", Pipeline: "late", Left: []record.Left{
		{Name: "rust_helper_one"}, {Name: "rust_helper_two"}, {Name: "rust_helper_data"}, {Name: "rust_helper_address"},
	}}
	older := strings.Replace(rec(t, good), fmt.Sprintf(`"schema": %d`, record.Schema), `"schema": 1`, 1)
	files := map[string]string{
		"good.o": elf, ".tmp_good.o.lto_wrap.json": rec(t, good),
		"damaged.o": elf, ".tmp_damaged.o.lto_wrap.json": rec(t, good)[:40],
		"older.o": elf, ".tmp_older.o.lto_wrap.json": older,
		"foreign.o": elf, ".tmp_foreign.o.lto_wrap.json": `{"packages": []}`,
		"another.o": elf, ".tmp_another.o.lto_wrap.json": rec(t, good),
		"stale.o": elf, ".tmp_stale.o.lto_wrap.json": rec(t, record.Record{Object: "stale.o", Pipeline: "late", Mode: "on", Left: good.Left[:2]}),
		"gained.o": elf, ".tmp_gained.o.lto_wrap.json": rec(t, record.Record{Object: "gained.o", Pipeline: "late", Mode: "on", Left: append(good.Left[:4:4], record.Left{Name: "rust_helper_x"})}),
		"plain.o": elf, ".tmp_plain.o.lto_wrap.json": rec(t, record.Record{Object: "plain.o", Mode: "off", NotInlined: "LTO_WRAP=off"}),
		"empty.o": "", "bitcode.o": "BC\xC0\xDE\x35\x14", "archive.o": "!<arch>\n", "text.o": "hello", "cut.o": elf[:900],
		".gone.ko.cmd": "", ".text.ko.cmd": "", "text.ko": "hello",
	}
	for _, name := range []string{"empty", "bitcode", "archive", "text", "cut", "gone", "good"} {
		files["."+name+".o.cmd"] = saved(name+".o", "rustc", name+".rs")
	}
	tree, err := Read(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range tree.Problems {
		got[p.Path] = p.What
	}
	for name, want := range map[string]string{
		".tmp_damaged.o.lto_wrap.json": "damaged: unexpected end of JSON input",
		".tmp_older.o.lto_wrap.json":   "of another schema: schema 1, and this program reads ",
		".tmp_foreign.o.lto_wrap.json": "damaged: it has no schema",
		".tmp_another.o.lto_wrap.json": "it belongs to another object, /build/good.o",
		".tmp_stale.o.lto_wrap.json":   "it does not match its object: the object refers to rust_helper_address, but the record does not list it",
		".tmp_gained.o.lto_wrap.json":  "it does not match its object: the record has rust_helper_x left, and the object does not refer to it",
		"empty.o":                      "it is empty",
		"bitcode.o":                    "it is LLVM bitcode and no ELF object",
		"archive.o":                    "it is an archive and no ELF object",
		"text.o":                       "it is not an ELF object",
		"cut.o":                        "damaged: ",
		"gone.o":                       "there is no such file",
		"gone.ko":                      "there is no such file",
		"text.ko":                      "it is not an ELF object",
	} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("more: %q", got)
	}
	read := map[string]bool{}
	for _, o := range tree.Objects {
		read[o.Path] = o.Record != nil
		if o.ELF == nil != strings.Contains("empty.o bitcode.o archive.o text.o cut.o gone.o", o.Path) {
			t.Errorf("%s: ELF %v", o.Path, o.ELF)
		}
	}
	if d := cmp.Diff(map[string]bool{
		"another.o": false, "archive.o": false, "bitcode.o": false, "cut.o": false, "damaged.o": false, "empty.o": false, "foreign.o": false, "gained.o": false,
		"gone.o": false, "good.o": true, "older.o": false, "plain.o": true, "stale.o": false, "text.o": false,
	}, read); d != "" {
		t.Errorf("objects and whether there is a record of them (-want +got):\n%s", d)
	}
}

// TestNoTree checks that Read distinguishes a directory that is not an object tree
// from one without Rust objects.
func TestNoTree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		root string
		want error
		text string
	}{
		"nothing":    {filepath.Join(t.TempDir(), "nothing"), nil, "there is no such directory"},
		"a file":     {file, ErrNoTree, "it is not a directory"},
		"empty":      {t.TempDir(), ErrNoTree, ".cmd"},
		"sources":    {write(t, map[string]string{"Makefile": "", "rust/kernel/lib.rs": ""}), ErrNoTree, ".cmd"},
		"O= inside":  {write(t, map[string]string{"Makefile": "", "out/include/config/auto.conf": ""}), ErrNoTree, "but out is one"},
		"without":    {write(t, map[string]string{"init/main.o": "", "init/.main.o.cmd": saved("init/main.o", "clang", "init/main.c")}), ErrNoRust, "Rust"},
		"no records": {write(t, map[string]string{".tmp_lto_wrap_tools.json": "{}"}), ErrNoTree, ".cmd"},
	} {
		_, err := Read(c.root)
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// closed is a tree with a directory that cannot be read.
type closed struct{ fs.FS }

func (c closed) Open(name string) (fs.File, error) {
	if name == "rust" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.FS.Open(name)
}

func TestClosedFolder(t *testing.T) {
	_, err := find(closed{fstest.MapFS{"rust/.kernel.o.cmd": {}, "Makefile": {}}})
	if !errors.Is(err, ErrNoTree) || !strings.Contains(err.Error(), "rust: permission denied") {
		t.Errorf("%v", err)
	}
}

// TestIsOf checks paths that are relative to other directories: kbuild names objects
// relative to the directory in which make runs, and the tree may be a part of that
// directory or have been moved.
func TestIsOf(t *testing.T) {
	for _, c := range []struct {
		named, path string
		want        bool
	}{
		{"rust/kernel.o", "rust/kernel.o", true},
		{"rust/kernel.o", "kernel.o", true},
		{"./m.o", "m.o", true},
		{"/src/m/m.o", "m.o", true},
		{"m.o", "extmods/m/m.o", true},
		{"rust/kernel.o", "rust/core.o", false},
		{"rust/kernel.o", "xkernel.o", false},
		{"drivers/kernel.o", "rust/kernel.o", false},
	} {
		if got := isOf(&record.Record{Object: c.named}, c.path); got != c.want {
			t.Errorf("isOf(%q, %q) = %t", c.named, c.path, got)
		}
	}
}
