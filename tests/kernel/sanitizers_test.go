// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

var sanitizers = flag.Bool("sanitizers", false, "test a kernel with KASAN and KCOV, which is a kernel build of its own")

// instrumented finds the functions that instrumented code calls.
var instrumented = regexp.MustCompile(`^(__asan_|__kasan_|__sanitizer_cov_)`)

// TestSanitizers builds a kernel with KASAN and KCOV, with RUSTC= alone and with
// both shims. The instrumentation of the helpers is in the Rust objects that they
// were inlined into, KUnit's results are those of the plain kernel, and an access
// out of bounds in a helper is reported in all of them.
func TestSanitizers(t *testing.T) {
	if !*sanitizers {
		t.Skip("needs a kernel build of its own: -sanitizers, or tests/run.sh sanitizers")
	}
	arch, l := lab.DefaultArch(), lab.Open(t)
	kernel := l.MostRust()
	version := kernel.Version
	var config []string
	for _, file := range append(slices.Clone(arch.Config), "../kernel/testdata/kasan.config") {
		path, err := filepath.Abs(filepath.Join("../lab", file))
		if err != nil {
			t.Fatal(err)
		}
		config = append(config, path)
	}
	plain := l.Plain(version, config...)
	var objects []string
	both := l.Shims()
	alone := rustcAlone(t, l, both)

	results, reports := map[string]lab.Results{}, map[string][]string{}
	trees := map[string]string{"plain": plain.Obj}
	tools := map[string]string{"plain": "", "RUSTC= alone": alone, "both": both}
	for _, way := range []string{"RUSTC= alone", "both"} {
		obj := l.Fork(version, config...)
		trees[way] = obj
		var err error
		if objects, err = kernel.RemoveRust(l.Path(obj)); err != nil {
			t.Fatal(err)
		}
		if out := l.MustMake(lab.Options{AB: tools[way]}, version, obj, "-s"); out != "" {
			t.Fatalf("%s: make prints:\n%s", way, lab.Tail(out))
		}
	}

	inlined := 0
	var table strings.Builder
	fmt.Fprintf(&table, "%-45s %8s %8s %8s\n", "calls of __asan_, __kasan_, __sanitizer_cov_", "plain", "alone", "both")
	for _, o := range objects {
		var counts []int
		for _, way := range []string{"plain", "RUSTC= alone", "both"} {
			counts = append(counts, count(t, filepath.Join(l.Path(trees[way]), o), instrumented))
		}
		rec, err := record.Read(filepath.Join(l.Path(trees["both"]), o))
		if err != nil || rec.NotInlined != "" {
			continue
		}
		inlined++
		fmt.Fprintf(&table, "%-45s %8d %8d %8d\n", o, counts[0], counts[1], counts[2])
		// What a helper checks comes on top of what rustc has instrumented.
		if counts[2] <= counts[0] {
			t.Errorf("%s: %d calls of sanitizers, %d in the plain object: the helpers in it are not instrumented", o, counts[2], counts[0])
		}
		if !files.Same(t, filepath.Join(l.Path(trees["RUSTC= alone"]), o), filepath.Join(l.Path(trees["both"]), o)) {
			t.Errorf("%s: RUSTC= alone and both shims make different objects", o)
		}
	}
	if inlined < 5 {
		t.Errorf("helpers were inlined into %d objects only", inlined)
	}
	fmt.Fprintf(&table, "%-45s %8d\n", kernel.HelpersObject(), count(t, filepath.Join(l.Path(plain.Obj), kernel.HelpersObject()), instrumented))
	t.Logf("\n%s", &table)

	for _, way := range slices.Sorted(maps.Keys(trees)) {
		obj := trees[way]
		dir, err := l.External(lab.Options{Obj: obj, AB: tools[way]}, version, "testdata/sanitizers")
		if err != nil {
			t.Fatal(err)
		}
		calls := helperCalls(t, filepath.Join(l.Path(dir), "lab_bounds.o"))
		if (calls > 0) != (way == "plain") {
			t.Errorf("%s: the module has %d calls to helpers", way, calls)
		}
		console := l.Boot(filepath.Join(l.Path(obj), arch.Image), l.Initrd(filepath.Join(l.Path(dir), "lab_bounds.ko")),
			"kasan_multi_shot")
		results[way] = lab.ParseKTAP(console)
		reports[way] = regexp.MustCompile(`BUG: KASAN: slab-out-of-bounds|(?:Read|Write) of size \d+`).FindAllString(console, -1)
		t.Logf("%s: %q", way, reports[way])
		if d := cmp.Diff(reports["RUSTC= alone"], reports[way]); d != "" || !strings.Contains(console, "lab_bounds: read") {
			t.Errorf("reports of an access out of bounds (-RUSTC= alone +%s):\n%s\n%s", way, d, lab.Tail(console))
		}
		for _, d := range lab.CompareTests(results["RUSTC= alone"], results[way]).Different {
			t.Errorf("KUnit: %s: %s with RUSTC= alone, %s with %s", d.What, d.A, d.B, way)
		}
	}
	// The load is reported, and the store: once by the check in the kernel's header.
	for _, access := range []string{"Read of size 8", "Write of size 4"} {
		if !slices.Contains(reports["both"], access) {
			t.Errorf("no report of a %s", access)
		}
	}
	passed := results["both"].Count(lab.Pass)
	if passed < 300 {
		t.Errorf("only %d KUnit tests passed", passed)
	}
	t.Logf("KUnit: %d tests passed in each of the %d kernels", passed, len(trees))
}

// count counts the references of an object's code to functions with a name that
// matches.
func count(t *testing.T, path string, name *regexp.Regexp) (n int) {
	t.Helper()
	o, err := lab.ReadObject(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range o.Count(name.MatchString) {
		n += c.Calls
	}
	return n
}

// rustcAlone gives a directory of tools (inside path) with the shim as rustc only.
func rustcAlone(t *testing.T, l *lab.Lab, shims string) string {
	t.Helper()
	dir := l.Tree()
	host := l.Path(dir)
	if err := os.MkdirAll(host, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"rustc": shims + "/rustc", "cc": "/usr/bin/clang"} {
		if err := os.Symlink(to, filepath.Join(host, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
