// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package roots tests the first command of a new user on several releases of Debian: kernels are built with each release's
// own tools, with nothing set and nothing but RUSTC=rustc-lto-wrap given.
//
// It needs the kernel lab (tests/lab), and is skipped, with a message, without it. `tests/run.sh roots` builds the Rust
// code; with -boot it builds whole kernels and boots them.
package roots

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/lab"
)

var (
	only     = flag.String("release", "", "test this release only")
	compiler = flag.String("cc", "", "test kernels of this compiler only: gcc or clang")
	boot     = flag.Bool("boot", false, "build whole kernels and boot them")
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

func TestRoots(t *testing.T) {
	chosen := 0
	for _, r := range lab.Releases {
		for _, c := range []struct{ name, version, llvm string }{{"gcc", r.GCC, ""}, {"clang", r.Clang, "LLVM=1"}} {
			if *only != "" && *only != r.Name || *compiler != "" && *compiler != c.name {
				continue
			}
			chosen++
			t.Run(r.Name+"-"+c.name, func(t *testing.T) {
				l := lab.OpenRelease(t, r.Name)
				b := &root{T: t, l: l, release: r, kernel: l.Kernel(c.version), llvm: c.llvm}
				b.run()
			})
		}
	}
	if chosen == 0 {
		t.Errorf("nothing is called -release %q -cc %q", *only, *compiler)
	}
}

// root is one kernel in the root of one release.
type root struct {
	*testing.T
	l       *lab.Lab
	release lab.Release
	kernel  lab.Kernel
	llvm    string
	obj     string      // inside path of the object tree
	options lab.Options // of every command
}

func (r *root) run() {
	bin := r.TempDir()
	if err := programs.Build(bin, programs.Shims); err != nil {
		r.Fatal(err)
	}
	// Both programs are on PATH, under their own names.
	name := fmt.Sprintf("roots-%d", os.Getpid())
	for _, p := range programs.Links {
		r.l.Put(filepath.Join(bin, p), name+"/"+p)
	}
	r.Cleanup(func() { _ = os.RemoveAll(r.l.Path("/lab/bin/" + name)) })
	r.obj = r.l.Tree()
	host := r.l.Path(r.obj)
	if err := os.MkdirAll(host, 0o755); err != nil {
		r.Fatal(err)
	}
	r.options = lab.Options{Obj: r.obj, Dir: r.l.Source(r.kernel.Version), Env: []string{"PATH=/lab/bin/" + name + ":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}}
	r.Logf("Linux %s, %s\n%s", r.kernel.Version, r.tools(), r.shell("head -2 /etc/os-release"))

	if r.release.Bindgen != "own" && r.llvm != "" {
		// A bindgen that is not the release's own is to know the flags of the clang that builds
		// the kernel: with its libclang it does.
		libclang := strings.TrimSpace(r.shell("readlink -f /usr/bin/clang | sed 's,/bin/clang.*,/lib,'"))
		r.options.Env = append(r.options.Env, "LIBCLANG_PATH="+libclang)
		r.Logf("bindgen has the libclang in %s", libclang)
	}

	fragment, err := os.ReadFile("../lab/x86_64.config")
	if err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(host, "fragment.config"), fragment, 0o644); err != nil {
		r.Fatal(err)
	}
	r.shell(r.make("rustc", "tinyconfig") + " && cd /lab/obj && " + r.options.Dir + "/scripts/kconfig/merge_config.sh -m /lab/obj/.config fragment.config && cd - && " + r.make("rustc", "olddefconfig"))
	if config, err := os.ReadFile(filepath.Join(host, ".config")); err != nil || !strings.Contains(string(config), "\nCONFIG_RUST=y\n") {
		out, _, _ := r.l.Run(r.options, r.make("rustc", "rustavailable")+" 2>&1")
		r.Fatalf("the configuration has no Rust: %v\n%s", err, out)
	}
	var before, after lab.Results
	r.shell(r.make("rustc", r.targets()))
	plain := r.references()
	if plain == 0 {
		r.Fatal("the plain build refers to no helper: that would prove nothing")
	}
	if *boot {
		before = r.boot()
	}

	// The first command: nothing is set.
	start := time.Now()
	if out := r.shell(r.make("rustc-lto-wrap", r.targets())); strings.Contains(out, "lto-wrap") {
		r.Errorf("make prints:\n%s", out)
	}
	ours := r.references()
	r.Logf("references to helpers: %d with the unwrapped tools, %d with the shims (%.0f s)", plain, ours, time.Since(start).Seconds())
	if ours*50 > plain {
		r.Errorf("%d of %d references are left", ours, plain)
	}
	r.report()
	r.Logf("--wrap-check:\n%s", r.shell("cd /lab/obj && "+r.llvm+" CC="+map[string]string{"": "gcc", "LLVM=1": "clang"}[r.llvm]+" rustc-lto-wrap --wrap-check | sed -n '/^tools/,$p'"))
	if *boot {
		after = r.boot()
		for _, d := range lab.CompareTests(before, after).Different {
			r.Errorf("KUnit: %s", d)
		}
		if problems := after.Problems(); len(problems) > 0 {
			r.Errorf("%q", problems)
		}
		if after.Count(lab.Pass) < r.kernel.Doctests {
			r.Errorf("booted: %d KUnit cases passed, want at least %d", after.Count(lab.Pass), r.kernel.Doctests)
		}
		r.Logf("booted: %d KUnit cases passed, as in the plain kernel", after.Count(lab.Pass))
	}
	r.takenAway(ours)
}

// make is a command line as a user gives it.
func (r *root) make(rustc, targets string) string {
	return strings.Join(strings.Fields(fmt.Sprintf("make -s -j2 O=/lab/obj %s RUSTC=%s %s", r.llvm, rustc, targets)), " ")
}

// targets are what is built: the Rust code, or a kernel that boots.
func (r *root) targets() string {
	if *boot {
		return "bzImage"
	}
	return "rust/ samples/rust/ drivers/block/ drivers/android/"
}

// shell runs a command, which must succeed, and gives what it prints on both streams.
func (r *root) shell(command string) string {
	r.Helper()
	out, errs, code := r.l.Run(r.options, command)
	if code != 0 {
		r.Fatalf("%s: status %d\n%s", command, code, lab.Tail(out+errs))
	}
	return out + errs
}

// tools are the versions of the release's tools.
func (r *root) tools() string {
	out, errs, _ := r.l.Run(r.options, "rustc -vV | sed -n '1p;/^LLVM/p'; for c in clang gcc bindgen; do $c --version | head -n1; done; ls /usr/bin/clang-[0-9]*")
	return out + errs
}

// references counts the references to helpers in all objects of crates.
func (r *root) references() (n int) {
	r.Helper()
	tree, err := objtree.Read(r.l.Path(r.obj))
	if err != nil {
		r.Fatal(err)
	}
	for _, object := range tree.Objects {
		if object.ELF == nil {
			r.Fatalf("%s cannot be read", object.Path)
		}
		for _, helper := range object.ELF.Count(elfobj.IsHelper) {
			n += helper.References
		}
	}
	return n
}

// report asks --wrap-report of the present directory which tools made the objects.
func (r *root) report() {
	r.Helper()
	out, errs, code := r.l.Run(r.options, "cd /lab/obj && rustc-lto-wrap --wrap-report --format=json")
	var got struct {
		Tools []json.RawMessage `json:"tools"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || len(got.Tools) == 0 {
		r.Errorf("--wrap-report: status %d, %v, %s\n%s", code, err, got.Tools, lab.Tail(errs))
		return
	}
	r.Logf("made by %s", got.Tools)
}

// boot boots the kernel, which runs its own tests.
func (r *root) boot() lab.Results {
	r.Helper()
	return lab.ParseKTAP(r.l.Boot(filepath.Join(r.l.Path(r.obj), "arch/x86/boot/bzImage"), "", ""))
}

// takenAway removes the clangs that fit, in a copy of the root. The error names a command, which is run as it stands, and
// the build works again. left are the references to helpers that it leaves.
func (r *root) takenAway(left int) {
	llvm := r.rustcLLVM()
	fitting := slices.Clone(r.release.Fitting) // the table's, which others read
	for i, pkg := range fitting {
		fitting[i] = strings.ReplaceAll(pkg, "@", strconv.Itoa(llvm))
	}
	r.release.Fitting = fitting
	if r.llvm != "" && strings.HasPrefix(strings.Join(r.release.Fitting, " "), "clang-") && r.kernelsOwn() {
		r.Logf("the clang of rustc's LLVM is the one that builds the kernel: without it there is no kernel")
		return
	}
	r.options.Over = r.l.Tree()
	if err := os.MkdirAll(r.l.Path(r.options.Over), 0o755); err != nil {
		r.Fatal(err)
	}
	r.shell(apt + "apt-get remove -q -y " + strings.Join(r.release.Fitting, " "))
	again := removeCrates + "; " + r.make("rustc-lto-wrap", r.targets())
	out, errs, code := r.l.Run(r.options, again)
	hint := regexp.MustCompile(`(?m)^rustc-lto-wrap: hint: (apt install \S+) `).FindStringSubmatch(errs)
	if code == 0 || hint == nil || strings.Contains(errs, "LLVM=") {
		r.Fatalf("without %s: status %d\n%s", r.release.Fitting, code, lab.Tail(out+errs))
	}
	for line := range strings.Lines(errs) {
		if strings.HasPrefix(line, "rustc-lto-wrap: ") {
			r.Log(strings.TrimSpace(line))
		}
	}
	if r.release.Newer != "" {
		r.newer(llvm)
	}
	r.shell(apt + "apt-get update -q && yes | " + hint[1])
	r.shell(r.make("rustc-lto-wrap", r.targets()))
	if n := r.references(); n != left {
		r.Errorf("after %s: %d references to helpers, and %d before", hint[1], n, left)
	}
	r.Logf("after %s: built, %d references to helpers", hint[1], left)
}

// removeCrates removes objects of crates that call helpers.
const removeCrates = "rm -f /lab/obj/rust/kernel.o /lab/obj/samples/rust/*.o"

const apt = "export DEBIAN_FRONTEND=noninteractive; "

// rustcLLVM is the number of rustc's LLVM.
func (r *root) rustcLLVM() int {
	r.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(r.shell("rustc -vV | sed -n 's/^LLVM version: \\([0-9]*\\).*/\\1/p'")))
	if err != nil {
		r.Fatal(err)
	}
	return n
}

// newer installs the newest clang, if it is of a newer LLVM than rustc's, while there is no other: it is not taken, and the
// error names the one that fits.
func (r *root) newer(llvm int) {
	suite := r.release.Newer
	r.shell(apt + `awk '$1 == "deb" { print "deb", $2 "` + map[bool]string{true: "-security"}[suite == "security"] + `", "` + r.release.Name + "-" + suite + `", "main"; exit }' ` +
		"/etc/apt/sources.list >/etc/apt/sources.list.d/newer.list && { apt-get update -q || rm /etc/apt/sources.list.d/newer.list; }")
	newest := strings.TrimSpace(r.shell("apt-cache search --names-only '^clang-[0-9]+$' | sed 's/^clang-//; s/ .*//' | sort -n | tail -n1"))
	if n, err := strconv.Atoi(newest); err != nil || n <= llvm {
		r.Logf("%s and its %s have no clang of a newer LLVM than %d: that a newer one is refused was not tested", r.release.Name, suite, llvm)
		return
	}
	pkg := "clang-" + newest
	r.shell(apt + "apt-get install -q -y --no-install-recommends " + pkg)
	out, errs, code := r.l.Run(r.options, r.make("rustc-lto-wrap", r.targets()))
	if code == 0 || !strings.Contains(errs, "rustc-lto-wrap: hint: apt install "+r.release.Fitting[0]+" ") {
		r.Errorf("with %s and no clang of rustc's LLVM: status %d\n%s", pkg, code, lab.Tail(out+errs))
	}
	r.shell(apt + "apt-get remove -q -y " + pkg)
}

// kernelsOwn reports whether what would be removed builds the kernel.
func (r *root) kernelsOwn() bool {
	out, _, _ := r.l.Run(r.options, "readlink -f /usr/bin/clang")
	return strings.Contains(out, "/llvm-"+strings.TrimPrefix(r.release.Fitting[0], "clang-")+"/")
}
