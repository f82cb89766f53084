// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/internal/breaks"
	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

// TestFaults is the table of faults, in a kernel's tree: what a sample with calls to
// helpers is made from. See TestFaults of tests/tree.
func TestFaults(t *testing.T) {
	if *kills == 0 {
		t.Skip("takes five minutes: tests/run.sh robust")
	}
	k := build(t, lab.Open(t).MostRust(), lab.DefaultArch())
	// The first crate that make comes to, since tools of other names have all crates compiled again, and one of those that follow.
	const object, follows = "rust/kernel.o", "samples/rust/rust_print_main.o"
	place := breaks.Place{
		Object: object, Stale: "rm -f " + object, Directory: "samples/rust", Helpers: k.l.Source(k.Version) + "/" + k.Helpers,
		Future: "touch -d '+1 hour' rust/helpers/.tmp_lto_wrap_*",
	}
	objects := k.rewritten(t)
	want := files.Contents(t, k.l.Path(k.obj), objects)
	make := k.l.MakeCommand(k.Version, object, follows)
	all := breaks.At(place)
	for i, b := range all {
		stdout, stderr, _ := k.l.Run(lab.Options{Obj: k.obj, AB: k.shims, Dir: lab.ObjDir}, b.Command(place, make))
		message, wrong := b.Outcome(stdout + stderr)
		if wrong != "" {
			t.Errorf("%s: %s\n%s", b.What, wrong, lab.Tail(stdout+stderr))
		}
		left := files.Find(t, k.l.Path(k.obj), files.Intermediate)
		if b.Status != 0 && !b.Killed && len(left) > 0 {
			t.Errorf("%s: left behind: %v", b.What, left)
		}
		if _, err := os.Stat(k.host(object)); err == nil && b.Status != 0 && !b.Elsewhere {
			t.Errorf("%s: %s is there", b.What, object)
		}
		t.Logf("%2d of %d: %-45s status %d; %s; left: %s", i+1, len(all), b.What, b.Status, message, strings.Join(left, " "))
		for _, dir := range []string{"wrong", "full"} {
			if err := os.RemoveAll(filepath.Join(k.l.Path(k.obj), dir)); err != nil {
				t.Fatal(err)
			}
		}
		k.rebuild(t, nil, []string{object, follows})
		for _, o := range files.Differ(want, files.Contents(t, k.l.Path(k.obj), objects)) {
			t.Errorf("after %s: %s is another one", b.What, o)
		}
		if left := files.Find(t, k.l.Path(k.obj), files.Intermediate); len(left) > 0 {
			t.Errorf("after %s and another make: left behind: %v", b.What, left)
		}
	}
}
