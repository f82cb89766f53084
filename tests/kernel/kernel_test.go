// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package kernel tests the shims on real, unmodified kernels: each is built with
// the unwrapped tools and with the shims from one tree, and the two are compared.
//
// It needs the kernel lab (tests/lab), and is skipped, with a message, without
// it; `make test` sets it up.
package kernel

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/shlex"
	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/kbuild/exports"
	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

var only = flag.String("kernel", "", "test this kernel `version` only; "+lab.Newest+" is the newest in the lab")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

// kernelBuild is a kernel of the lab, built with the unwrapped tools and with the
// shims.
type kernelBuild struct {
	lab.Kernel
	arch    lab.Arch
	t       *testing.T
	l       *lab.Lab
	shims   string // inside path of the directory with the shims as cc and rustc
	plain   lab.PlainTree
	obj     string // inside path of the tree that the shims built
	objects []string
	output  string // what make -s printed in the build with the shims
	source  string // what the source tree was before
	// plainBoot is how the plain kernel booted, nil before that, and plainSaid what init and the modules printed.
	plainBoot *lab.Boot
	plainSaid []string
	// ownTree is the tree of ownInlining, "" before that.
	ownTree string
}

func (k *kernelBuild) host(rel string) string      { return filepath.Join(k.l.Path(k.obj), rel) }
func (k *kernelBuild) plainHost(rel string) string { return filepath.Join(k.l.Path(k.plain.Obj), rel) }

func TestKernel(t *testing.T) {
	l := lab.Open(t)
	kernels := l.Kernels()
	if *only == lab.Newest && len(kernels) == 1 {
		t.Skipf("%s is the only kernel in the lab, and tested by its version", kernels[0].Version)
	}
	if *only != "" {
		kernels = []lab.Kernel{l.Kernel(*only)}
	}
	for _, kernel := range kernels {
		t.Run(kernel.Version, func(t *testing.T) {
			k := build(t, kernel, lab.DefaultArch())
			t.Run("exports", k.exports)
			t.Run("calls", k.calls)
			t.Run("reports", k.reports)
			t.Run("own-option", k.ownOption)
			t.Run("passed-through", k.passedThrough)
			t.Run("diagnostics", k.diagnostics)
			t.Run("boot", k.boot)
			t.Run("explain", k.explain)
			t.Run("helpers-by-either-shim", k.eitherShim)
			t.Run("guard", k.guard)
			t.Run("settings", k.settings)
			t.Run("nothing-to-do", k.nothingToDo)
			t.Run("orders", k.orders)
			t.Run("reproducible", k.reproducible)
			t.Run("external-module", k.externalModule)
			t.Run("packaged-headers", k.packagedHeaders)
			t.Run("contracts", k.contracts)
			t.Run("own-meaning", k.ownMeaning)
			t.Run("beside", k.beside)
			t.Run("changes", k.changed)
			t.Run("clean", k.clean)
			t.Run("source-untouched", k.sourceUntouched)
		})
	}
}

// build builds a kernel of the lab for an architecture with the shims. The configuration is the lab's own, or the fragments given
// (host paths).
func build(t *testing.T, kernel lab.Kernel, arch lab.Arch, fragments ...string) *kernelBuild {
	if arch.Name != lab.DefaultArch().Name {
		kernel.Version += "-" + arch.Name // as the lab's commands have it
	}
	l, version := lab.Open(t), kernel.Version
	k := &kernelBuild{Kernel: kernel, arch: arch, t: t, l: l, shims: l.Shims()}
	k.plain = l.Plain(version, fragments...)
	k.obj = l.Fork(version, fragments...)
	// What the tools make is to be made again: all Rust objects, the helpers, and
	// some C to see that it passes through.
	k.objects = k.removeRust(t, k.obj)
	for _, o := range k.throughCC()[1:] {
		if err := os.Remove(k.host(o)); err != nil {
			t.Fatal(err)
		}
	}
	k.source = manifest(t, l.Path(l.Source(version)))
	start := time.Now()
	k.output = k.make(t, nil)
	t.Logf("Linux %s: %d Rust objects and what depends on them built with the shims in %.0f s", version, len(k.objects), time.Since(start).Seconds())
	return k
}

// removeRust removes from a tree (inside path) what other tools are to make again,
// and returns the Rust objects.
func (k *kernelBuild) removeRust(t *testing.T, tree string) []string {
	t.Helper()
	objects, err := k.RemoveRust(k.l.Path(tree))
	if err != nil || len(objects) < 8 {
		t.Fatalf("the Rust objects of %s: %v, %v", tree, objects, err)
	}
	return objects
}

// make runs make -s with the shims, which must succeed.
func (k *kernelBuild) make(t *testing.T, env []string, args ...string) string {
	t.Helper()
	return k.l.MustMake(lab.Options{AB: k.shims, Env: env}, k.Version, k.obj, append([]string{"-s"}, args...)...)
}

// manifest is a digest of a directory: names, kinds, sizes and times of all that is
// in it.
func manifest(t *testing.T, dir string) string {
	t.Helper()
	digest, files := sha256.New(), 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(digest, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
			files++
		}
		return err
	})
	if err != nil || files < 10000 {
		t.Fatalf("%s: %d files, %v", dir, files, err)
	}
	return fmt.Sprintf("%d files, %x", files, digest.Sum(nil))
}

// sourceUntouched: nothing was written to the source tree.
func (k *kernelBuild) sourceUntouched(t *testing.T) {
	if now := manifest(t, k.l.Path(k.l.Source(k.Version))); now != k.source {
		t.Errorf("the source tree was %s, and is %s", k.source, now)
	}
}

// throughCC are C objects that the build with the shims makes again: the helpers
// and a directory of the kernel's core.
func (k *kernelBuild) throughCC() []string {
	objects, err := filepath.Glob(k.plainHost("kernel/time/*.o"))
	if err != nil || len(objects) < 5 {
		k.t.Fatalf("kernel/time: %d objects, %v", len(objects), err)
	}
	out := []string{k.HelpersObject()}
	for _, o := range objects {
		rel, _ := filepath.Rel(k.l.Path(k.plain.Obj), o)
		out = append(out, rel)
	}
	return out
}

// relocations counts the relocations against helpers as llvm-objdump lists them,
// which is not the way that the shim reads them. calls are those of a type that
// calls.
func (k *kernelBuild) relocations(t *testing.T, tree string) (all, calls map[string]int, byHelper map[string]map[string]int) {
	t.Helper()
	all, calls, byHelper = map[string]int{}, map[string]int{}, map[string]map[string]int{}
	for object, lines := range each(k.l, tree, k.objects, "llvm-objdump -r") {
		byHelper[object] = map[string]int{}
		for _, line := range lines {
			f := strings.Fields(line)
			if len(f) != 3 || !strings.HasPrefix(f[2], "rust_helper_") {
				continue
			}
			name, _, _ := strings.Cut(strings.Split(f[2], "-0x")[0], "+0x")
			all[object]++
			byHelper[object][name]++
			if slices.Contains(k.arch.Call, f[1]) {
				calls[object]++
			}
		}
	}
	return all, calls, byHelper
}

// copies lists the helpers that objects of the tree define themselves, which
// calls inside the object do not show as relocations.
func (k *kernelBuild) copies(t *testing.T, tree string, objects []string) []string {
	t.Helper()
	out := k.l.MustRun(lab.Options{Obj: tree, Dir: lab.ObjDir}, "llvm-nm --defined-only -A "+strings.Join(objects, " "))
	var found []string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 0 && strings.HasPrefix(f[len(f)-1], "rust_helper_") {
			object, _, _ := strings.Cut(f[0], ":")
			found = append(found, object+" "+f[len(f)-1])
		}
	}
	slices.Sort(found)
	return found
}

// text returns the bytes of code of each Rust object, as llvm-size counts them.
func (k *kernelBuild) text(t *testing.T, tree string) map[string]int {
	t.Helper()
	out := k.l.MustRun(lab.Options{Obj: tree, Dir: lab.ObjDir}, "llvm-size "+strings.Join(k.objects, " "))
	sizes := map[string]int{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) != 6 || f[0] == "text" {
			continue
		}
		n, err := strconv.Atoi(f[0])
		if err != nil {
			t.Fatalf("llvm-size: %v: %s", err, line)
		}
		sizes[f[5]] = n
	}
	if len(sizes) != len(k.objects) {
		t.Fatalf("llvm-size tells %d of %d objects:\n%s", len(sizes), len(k.objects), out)
	}
	return sizes
}

// textSum adds up the text of objects.
func (k *kernelBuild) textSum(t *testing.T, tree string, objects []string) (sum int) {
	t.Helper()
	sizes := k.text(t, tree)
	for _, o := range objects {
		sum += sizes[o]
	}
	return sum
}

func (k *kernelBuild) record(t *testing.T, object string) *record.Record {
	t.Helper()
	r, err := record.Read(k.host(object))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exportedByKernel is what the plain kernel says that modules can see.
func (k *kernelBuild) exportedByKernel(t *testing.T) *exports.Set {
	t.Helper()
	text, err := os.ReadFile(k.plainHost("Module.symvers"))
	if err != nil {
		t.Fatal(err)
	}
	return exports.FromSymvers(string(text), "Module.symvers")
}

// exports: what the kernel's source says of exported symbols agrees with what
// modpost found at the end of the build.
func (k *kernelBuild) exports(t *testing.T) {
	got, err := exports.FromSource(k.l.Path(k.l.Source(k.Version)), k.arch.Folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(k.plainHost("Module.symvers"))
	if err != nil {
		t.Fatal(err)
	}
	want := exports.FromSymvers(string(text), "Module.symvers")
	var missed []string
	for line := range strings.Lines(string(text)) {
		// Rust's own exports are composed by rust/exports.c.
		name := strings.Split(line, "\t")[1]
		if want.Has(name) && !got.Has(name) && !strings.HasPrefix(name, "_R") && !strings.HasPrefix(name, "rust_") {
			missed = append(missed, name)
		}
	}
	if len(missed) > 30 {
		t.Errorf("%d of %d exported symbols are missed: %q", len(missed), want.Len(), missed)
	}
	// Exports that this configuration leaves out, of symbols that it has: a helper
	// that needs one would break modpost.
	symbols, err := os.ReadFile(k.plainHost("System.map"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]bool{}
	for line := range strings.Lines(string(symbols)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[1] == strings.ToUpper(f[1]) && got.Has(f[2]) && !want.Has(f[2]) {
			wrong[f[2]] = true
		}
	}
	if len(wrong) > 20 {
		t.Errorf("%d symbols are taken for exported and are not: %v", len(wrong), wrong)
	}
	t.Logf("Linux %s: %d exported symbols, %d missed, %d taken for exported that are not", k.Version, want.Len(), len(missed), len(wrong))
}

// calls: no Rust object calls a helper any more. What is left is in the object's
// record, with a reason that holds.
func (k *kernelBuild) calls(t *testing.T) {
	before, _, _ := k.relocations(t, k.plain.Obj)
	after, callsAfter, left := k.relocations(t, k.obj)
	textBefore, textAfter := k.text(t, k.plain.Obj), k.text(t, k.obj)
	var table strings.Builder
	fmt.Fprintf(&table, "%-44s %7s %7s %9s %9s\n", "object", "before", "after", "text", "text")
	var references, code [2]int // without and with the shims
	for _, o := range k.objects {
		references[0], references[1] = references[0]+before[o], references[1]+after[o]
		code[0], code[1] = code[0]+textBefore[o], code[1]+textAfter[o]
		fmt.Fprintf(&table, "%-44s %7d %7d %9d %9d\n", o, before[o], after[o], textBefore[o], textAfter[o])
		rec := k.record(t, o)
		if rec == nil {
			if before[o] > 0 {
				t.Errorf("%s calls helpers in the plain build, and was not rewritten", o)
			}
			continue
		}
		if callsAfter[o] > 0 {
			t.Errorf("%s still has %d calls to helpers: %v", o, callsAfter[o], left[o])
		}
		recorded := map[string]int{}
		for _, l := range rec.Left {
			recorded[l.Name] = l.References
			switch {
			case l.Calls > 0:
				t.Errorf("%s: the record has calls to %s left: %s", o, l.Name, l.Reason)
			case l.Reason != "its address is taken":
				t.Errorf("%s: %s is left because %q", o, l.Name, l.Reason)
			}
			fmt.Fprintf(&table, "    left: %s: %d references: %s\n", l.Name, l.References, l.Reason)
		}
		if d := cmp.Diff(left[o], recorded); d != "" {
			t.Errorf("%s: references in the object (-) and in its record (+):\n%s", o, d)
		}
	}
	t.Logf("Linux %s\n%s", k.Version, &table)
	t.Logf("proved: Linux %s, unmodified: %d references to helpers in the plain build, %d with the shims; %d and %d bytes of code in %d Rust objects",
		k.Version, references[0], references[1], code[0], code[1], len(k.objects))
	// Figures of the lab's configuration: a table of zeros on both sides would
	// prove nothing.
	if references[0] < k.Calls {
		t.Errorf("the plain build has %d references to helpers; at least %d were expected", references[0], k.Calls)
	}
}

// passedThrough: what is not rewritten is byte for byte what the unwrapped tools make.
func (k *kernelBuild) passedThrough(t *testing.T) {
	same := 0
	for _, o := range append(slices.Clone(k.objects), k.throughCC()...) {
		if rec := k.record(t, o); rec != nil && rec.NotInlined == "" {
			continue
		}
		if !files.Same(t, k.plainHost(o), k.host(o)) {
			t.Errorf("%s differs from the plain build's", o)
		}
		same++
	}
	if same < 10 {
		t.Errorf("only %d objects were passed through", same)
	}
	t.Logf("%d objects are byte for byte those of the plain build", same)
}

// diagnostics: make -s prints nothing that it did not print in the plain build,
// objtool's and modpost's warnings above all.
func (k *kernelBuild) diagnostics(t *testing.T) {
	plain, err := os.ReadFile(k.plain.Log)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(plain)) {
		known[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(k.output) {
		if l := strings.TrimSpace(line); l != "" && !known[l] && !strings.HasPrefix(l, "make[") {
			t.Errorf("new output: %s", l)
		}
	}
}

// boot: both kernels run the same tests with the same results, and the modules
// load and print the same.
func (k *kernelBuild) boot(t *testing.T) {
	modules := k.modules(t, k.plain.Obj)
	if d := cmp.Diff(modules, k.modules(t, k.obj)); d != "" {
		t.Fatalf("the modules differ (-plain +shim):\n%s", d)
	}
	run := func(tree string) (lab.Boot, []string, string) {
		host := k.l.Path(tree)
		var paths []string
		for _, m := range modules {
			paths = append(paths, filepath.Join(host, m))
		}
		console := k.bootTree(tree, paths...)
		var said []string
		for _, line := range rejoin(lab.Lines(console)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "lab-init: ") || strings.Contains(line, "rust_") || strings.Contains(line, "rnull") {
				if !strings.Contains(line, "rust_doctest") {
					said = append(said, line)
				}
			}
		}
		return lab.ReadBoot(console), said, console
	}
	if k.plainBoot == nil { // the plain kernel does not change, and neither does the list of its modules
		booted, said, _ := run(k.plain.Obj)
		k.plainBoot, k.plainSaid = &booted, said
	}
	plain, plainSaid := *k.plainBoot, k.plainSaid
	ours, oursSaid, console := run(k.obj)
	tally := lab.Compare([]lab.Boot{plain}, []lab.Boot{ours})
	for _, d := range tally.Different {
		t.Error(d)
	}
	if d := cmp.Diff(plainSaid, oursSaid); d != "" {
		t.Errorf("what init and the modules print (-plain +shim):\n%s", d)
	}
	doctests, ok := ours.Tests.Suite("rust_doctests_kernel")
	if passed := doctests.Count(lab.Pass); !ok || passed < k.Doctests || passed != len(doctests.Tests) {
		t.Errorf("%d of %d Rust doctests passed; at least %d were expected\n%.2000s", doctests.Count(lab.Pass), len(doctests.Tests), k.Doctests, console)
	}
	if tally.Loaded != len(modules) || tally.Loaded < len(k.Modules) {
		t.Errorf("%d of %d modules were loaded: %q", tally.Loaded, len(modules), oursSaid)
	}
	t.Logf("proved: Linux %s booted without and with the shims: %d KUnit tests passed in both, %d of %d doctests among them, and %d modules were loaded",
		k.Version, tally.Pass, doctests.Count(lab.Pass), len(doctests.Tests), tally.Loaded)
}

// continuation is what samples/rust/rust_print_main.rs prints with pr_cont!.
var continuation = regexp.MustCompile(`^ *(is continued(?: with(?:out)? args)?|with(?:out)? args)$`)

// rejoin puts the line that a sample prints in three pieces together again where
// printk has broken it, which it does when somebody else prints in between: a continued
// line is not safe with several processors (KERN_CONT in include/linux/kern_levels.h).
func rejoin(lines []string) (out []string) {
	broken := -1
	for _, line := range lines {
		if m := continuation.FindStringSubmatch(line); m != nil && broken >= 0 {
			out[broken] += " " + m[1]
			continue
		}
		if strings.HasSuffix(line, ": A line that") || strings.HasSuffix(line, ": A line that is continued") {
			broken = len(out)
		}
		out = append(out, line)
	}
	return out
}

func TestRejoin(t *testing.T) {
	want := []string{"rust_print: Info", "rust_print: A line that is continued without args", "clocksource: other", "rust_print: Emergency"}
	for _, lines := range [][]string{
		want,
		{want[0], "rust_print: A line that", want[2], " is continued without args", want[3]},
		{want[0], "rust_print: A line that is continued", want[2], " without args", want[3]},
		{want[0], "rust_print: A line that", want[2], " is continued", " without args", want[3]},
	} {
		if d := cmp.Diff(want, rejoin(lines)); d != "" {
			t.Errorf("%q (-want +got):\n%s", lines, d)
		}
	}
	other := []string{"is continued without args", "rust_print: A line that ends"}
	if d := cmp.Diff(other, rejoin(other)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// bootTree boots the kernel of a tree (inside path) with modules (host paths), and
// returns its console.
func (k *kernelBuild) bootTree(tree string, modules ...string) (console string) {
	return k.l.BootOn(k.arch, filepath.Join(k.l.Path(tree), k.arch.Image), k.l.Initrd(modules...), "")
}

// modules are the .ko files of a tree that have Rust in them, in the order in which
// they can be loaded.
func (k *kernelBuild) modules(t *testing.T, tree string) []string {
	t.Helper()
	modules, err := lab.RustModules(k.l.Path(tree))
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

// explain: of all commands that kbuild saved, --wrap-explain rewrites exactly
// those that were rewritten, and gives all others back unchanged.
func (k *kernelBuild) explain(t *testing.T) {
	type saved struct{ target, tool, command string }
	var list []saved
	err := lab.SavedCommands(k.l.Path(k.obj), func(target, command string) {
		for _, tool := range []string{"/lab/ab/rustc", "/lab/ab/cc"} {
			if _, rest, ok := strings.Cut(" "+command, " "+tool+" "); ok {
				rest, _, _ = strings.Cut(rest, " ; ")
				rest, _, _ = strings.Cut(rest, ";")
				rest, _, _ = strings.Cut(rest, " > ")
				rest, _, _ = strings.Cut(rest, " >")
				rest, _, _ = strings.Cut(rest, " | ")
				list = append(list, saved{target, tool, rest})
			}
		}
	})
	if err != nil || len(list) < 500 {
		t.Fatalf("only %d saved commands were found: %v", len(list), err)
	}
	var script strings.Builder
	for i, s := range list {
		fmt.Fprintf(&script, "echo '== %d'; %s --wrap-explain -- %s || echo failed\n", i, s.tool, s.command)
	}
	// The log of the lab's commands is not kbuild's environment; what matters to
	// the decision is that there is one.
	path := k.host(".tmp_explain.sh")
	if err := os.WriteFile(path, []byte(script.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	out, errs, code := k.l.Run(lab.Options{Obj: k.obj, AB: k.shims, Dir: "/lab/obj", Env: []string{
		"LLVM=1", "objtree=.", "srctree=/lab/linux-" + k.Version, "KBUILD_CFLAGS=-O2", "CLANG_FLAGS=--target=" + k.arch.Target,
	}}, "bash .tmp_explain.sh")
	if code != 0 {
		t.Fatalf("explain: status %d\n%s", code, errs)
	}
	_ = os.Remove(path)
	parts := strings.Split("\n"+out, "\n== ")[1:]
	if len(parts) != len(list) {
		t.Fatalf("%d answers to %d commands", len(parts), len(list))
	}
	rewritten := 0
	for i, p := range parts {
		_, answer, _ := strings.Cut(p, "\n")
		s := list[i]
		// What is expected is told from the text of the command alone.
		canCall := strings.Contains(s.command, " --extern kernel ") || strings.Contains(s.command, " --extern bindings ")
		want := s.tool == "/lab/ab/rustc" && canCall && strings.Contains(s.command, " --emit=obj=") || s.target == k.HelpersObject()
		if got := strings.HasPrefix(answer, "rewrite: "); got != want {
			t.Errorf("%s: rewritten %t, expected %t: %s", s.target, got, want, answer)
			continue
		}
		if rewritten := k.record(t, s.target) != nil; s.tool == "/lab/ab/rustc" && rewritten != want {
			t.Errorf("%s: rewritten by the build %t, expected %t", s.target, rewritten, want)
		}
		if want {
			rewritten++
			continue
		}
		_, line, _ := strings.Cut(answer, "\nexec: ")
		line, _, _ = strings.Cut(line, "\n")
		got, err := shellquote.Split(line)
		words, werr := shlex.Split(strings.ReplaceAll(s.command, "#", `\#`))
		if err != nil || werr != nil || len(got) == 0 || !slices.Equal(got[1:], words) {
			t.Errorf("%s: %v %v: passed on as %q, given as %q", s.target, err, werr, got, words)
		}
	}
	t.Logf("%d saved commands: %d rewritten, %d unchanged", len(list), rewritten, len(list)-rewritten)
}

// stamps reads what is known of the helpers bitcodes in the tree, by variant.
func (k *kernelBuild) stamps(t *testing.T) map[kbuild.Variant]helpers.Stamp {
	t.Helper()
	out := map[kbuild.Variant]helpers.Stamp{}
	stamps, err := filepath.Glob(k.host(k.HelpersFiles() + ".json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range stamps {
		var st helpers.Stamp
		data, err := os.ReadFile(f)
		if err == nil {
			err = json.Unmarshal(data, &st)
		}
		if err != nil {
			t.Fatal(err)
		}
		out[st.Variant] = st
	}
	return out
}

// eitherShim: cc-helper-wrap, which sees kbuild's flags for the helpers, and
// rustc-lto-wrap, which puts them together, make the same bitcode.
func (k *kernelBuild) eitherShim(t *testing.T) {
	exact := k.stamps(t)
	k.removeHelpersBitcode(t)
	k.rebuild(t, nil, k.rewritten(t))
	ours := k.stamps(t)
	for _, v := range []kbuild.Variant{kbuild.Builtin, kbuild.Module} {
		a, b := exact[v], ours[v]
		if !a.Exact || b.Exact {
			t.Errorf("%s: made from kbuild's command line %t, then %t; expected true, then false", v, a.Exact, b.Exact)
		}
		if a.SHA256 == "" || a.SHA256 != b.SHA256 {
			t.Errorf("%s: the bitcodes differ: flags of kbuild (-) and put together (+):\n%s", v, cmp.Diff(a.Flags, b.Flags))
		}
	}
}

func (k *kernelBuild) removeHelpersBitcode(t *testing.T) {
	t.Helper()
	bitcode, _ := filepath.Glob(k.host(k.HelpersFiles()))
	for _, f := range bitcode {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
}

// rewritten are the objects that the shims rewrote.
func (k *kernelBuild) rewritten(t *testing.T) []string {
	t.Helper()
	out := slices.DeleteFunc(slices.Clone(k.objects), func(o string) bool { return k.record(t, o) == nil })
	if len(out) < 4 {
		t.Fatalf("only %d objects were rewritten: %v", len(out), out)
	}
	return out
}

// rebuild makes objects again, and nothing that depends on them.
func (k *kernelBuild) rebuild(t *testing.T, env []string, objects []string) string {
	t.Helper()
	files.Remove(t, k.l.Path(k.obj), objects)
	return k.make(t, env, objects...)
}

// needs reports whether the helpers object of the plain build refers to a symbol.
func (k *kernelBuild) needs(t *testing.T, symbol string) bool {
	t.Helper()
	o, err := lab.ReadObject(k.plainHost(k.HelpersObject()))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(o.Undefined, symbol)
}

// guard: an external module that calls a helper with a symbol that modules can't
// see links, loads, and has that helper left as a call.
func (k *kernelBuild) guard(t *testing.T) {
	// What testdata/guard calls.
	const helper, symbol = "rust_helper_vrealloc", "vrealloc_noprof"
	hidden := k.needs(t, symbol) && !k.exportedByKernel(t).Has(symbol)
	if slices.ContainsFunc(lab.Known, func(known lab.Kernel) bool { return known.Version == k.Version }) && hidden != (k.Hidden == symbol) {
		t.Fatalf("%s is needed and not exported: %t; in the table, what is hidden is %q", symbol, hidden, k.Hidden)
	}
	if !hidden {
		t.Skipf("the helpers of this kernel do not need %s hidden from modules", symbol)
	}
	dir := k.obj + "/.tmp_guard"
	if err := os.CopyFS(k.l.Path(dir), os.DirFS("testdata/guard")); err != nil {
		t.Fatal(err)
	}
	out := k.make(t, nil, "M=/lab/obj/.tmp_guard")
	if strings.Contains(out, "WARNING") || strings.Contains(out, "ERROR") {
		t.Errorf("make M= prints:\n%s", out)
	}
	rec := k.record(t, ".tmp_guard/guard.o")
	if rec == nil {
		t.Fatal("the module was not rewritten")
	}
	why := "it needs " + symbol + ", which is not exported to modules"
	if len(rec.Left) != 1 || rec.Left[0].Name != helper || rec.Left[0].Reason != why || rec.Left[0].Calls < 2 {
		t.Errorf("left in the record: %+v; expected the calls to %s, because %s", rec.Left, helper, why)
	}
	if rec.Variant != string(kbuild.Module) {
		t.Errorf("variant %s", rec.Variant)
	}
	if o, err := lab.ReadObject(k.host(".tmp_guard/guard.ko")); err != nil {
		t.Error(err)
	} else if slices.Contains(o.Undefined, symbol) || !slices.Contains(o.Undefined, helper) {
		t.Errorf("guard.ko: undefined: %v", o.Undefined)
	}
	console := k.bootTree(k.obj, k.host(".tmp_guard/guard.ko"))
	if !strings.Contains(console, "guard: vrealloc gave memory: true") || !strings.Contains(console, "lab-init: loaded guard") {
		t.Errorf("the module did not load and print:\n%s", lab.Tail(console))
	}
	if err := os.RemoveAll(k.l.Path(dir)); err != nil {
		t.Fatal(err)
	}
}

// settings: each linkage, pipeline, goal and way to inline, and every flag kept,
// builds the Rust objects without calls to helpers. The kernel with the most Rust has all
// of them, another one those that are marked.
func (k *kernelBuild) settings(t *testing.T) {
	objects := k.rewritten(t)
	// The helpers whose address is taken exist as a copy where the linkage says so.
	_, _, left := k.relocations(t, k.obj)
	var addresses []string
	for _, o := range objects {
		for helper := range left[o] {
			addresses = append(addresses, o+" "+helper)
		}
	}
	slices.Sort(addresses)
	var table strings.Builder
	fmt.Fprintf(&table, "%-45s text %d\n", "plain", k.textSum(t, k.plain.Obj, objects))
	fmt.Fprintf(&table, "%-45s text %d\n", "early available_externally", k.textSum(t, k.obj, objects))
	for _, c := range []struct {
		name string
		env  []string
		// every says that every kernel is built with it.
		every bool
	}{
		{"early every flag kept, available_externally", []string{"LTO_WRAP_HELPERS_DROP=none"}, true},
		{"early linkonce_odr", []string{"LTO_WRAP_LINKAGE=linkonce_odr"}, false},
		{"early internal", []string{"LTO_WRAP_LINKAGE=internal"}, false},
		{"early cost", []string{"LTO_WRAP_INLINE=cost"}, false},
		{"size available_externally", []string{"LTO_WRAP_OPTIMIZE=size"}, false},
		{"late available_externally", []string{"LTO_WRAP_PIPELINE=late"}, false},
		{"late linkonce_odr", []string{"LTO_WRAP_PIPELINE=late", "LTO_WRAP_LINKAGE=linkonce_odr"}, false},
		{"late cost internal", []string{"LTO_WRAP_PIPELINE=late", "LTO_WRAP_INLINE=cost", "LTO_WRAP_LINKAGE=internal"}, false},
	} {
		if !c.every && k.Version != k.l.MostRust().Version {
			continue
		}
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			env := c.env
			cost := slices.Contains(env, "LTO_WRAP_INLINE=cost")
			if cost {
				env = append(slices.Clone(env), "LTO_WRAP_CFLAGS=-Rpass-missed=inline")
			}
			out := k.rebuild(t, env, objects)
			_, calls, byHelper := k.relocations(t, k.obj)
			total := 0
			for _, o := range objects {
				rec := k.record(t, o)
				if rec != nil && rec.NotInlined != "" {
					continue // no setting is for it
				}
				if rec == nil || slices.ContainsFunc(c.env, func(e string) bool {
					name, value, _ := strings.Cut(e, "=")
					return map[string]string{
						"LTO_WRAP_PIPELINE": string(rec.Pipeline), "LTO_WRAP_LINKAGE": rec.Linkage, "LTO_WRAP_OPTIMIZE": rec.Optimize, "LTO_WRAP_INLINE": rec.Inline,
						"LTO_WRAP_HELPERS_DROP": map[bool]string{true: "none"}[len(rec.Dropped) == 0],
					}[name] != value
				}) {
					t.Errorf("%s: the record does not have the settings %v: %+v", o, c.env, rec)
				}
				total += calls[o]
				if calls[o] > 0 && !cost {
					t.Errorf("%s has %d calls to helpers left: %v", o, calls[o], byHelper[o])
				}
			}
			copies := k.copies(t, k.obj, objects)
			references := 0
			for _, helpers := range byHelper {
				for _, n := range helpers {
					references += n
				}
			}
			fmt.Fprintf(&table, "%-45s %6d references left, %d of them calls, %4d copies, text %d\n", c.name, references, total, len(copies), k.textSum(t, k.obj, objects))
			var wantCopies []string
			if !strings.HasSuffix(c.name, "available_externally") {
				wantCopies = addresses
			}
			if d := cmp.Diff(wantCopies, copies); d != "" && !cost {
				t.Errorf("helpers that objects define themselves: only those whose address is taken were expected (-want +got):\n%s", d)
			}
			if strings.HasSuffix(c.name, " available_externally") {
				k.make(t, env)
				k.boot(t)
			}
			if cost {
				for line := range strings.Lines(out) {
					if strings.Contains(line, "rust_helper_") && strings.Contains(line, "conflicting") {
						t.Errorf("not inlined for its attributes: %s", line)
					}
				}
			}
		})
	}
	t.Logf("Linux %s, %d objects:\n%s", k.Version, len(objects), &table)
	// Back to the defaults, for what follows.
	k.rebuild(t, nil, objects)
	k.make(t, nil)
}

// nothingToDo: a second make makes no object again.
func (k *kernelBuild) nothingToDo(t *testing.T) {
	k.make(t, nil)
	before := k.made(t)
	k.make(t, nil)
	if again := files.Differ(before, k.made(t)); again != nil {
		t.Errorf("a second make makes again: %v", again)
	}
}

// made are the identities of what a build makes.
func (k *kernelBuild) made(t *testing.T) map[string]string {
	t.Helper()
	all := files.Find(t, k.host(""), files.HasExt(".o", ".ko", ".a", ".bc", ".rmeta"))
	if len(all) < 500 {
		t.Fatalf("only %d files", len(all))
	}
	return files.Identities(t, k.host(""), all)
}

// clean: after make clean, nothing of the shims' is left in the object tree.
func (k *kernelBuild) clean(t *testing.T) {
	k.make(t, nil, "clean")
	if left := files.Find(t, k.host(""), func(f string) bool { return files.Ours(f) || strings.HasSuffix(f, ".bc") }); left != nil {
		t.Errorf("make clean leaves %v", left)
	}
}
