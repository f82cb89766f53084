// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package recipes follows the recipes in docs/recipes, command by command, in a fresh Debian with the package installed
// and an unmodified kernel. What a recipe makes is installed, compared or booted.
//
// It needs the kernel lab (tests/lab) and takes an hour: tests/run.sh recipes.
package recipes

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/pages"
	"rustc-lto-wrap/tests/lab"
)

// repository is the top folder of the repository, from this package.
const repository = "../.."

var (
	follow = flag.Bool("follow", false, "follow the recipes, which takes an hour")
	page   = flag.String("page", "", "follow this page only")
	place  = flag.String("in", "", "go on in the root in this `folder`, which a run with KERNEL_LAB_KEEP=1 has kept")
)

// recipe is a page of docs/recipes that is followed.
type recipe struct {
	page string
	// check looks at what the commands have made, and at what they printed.
	check func(f *followed, said string)
}

// recipes are the pages in the order in which they are followed: some use what the ones before have made.
var recipes = []recipe{
	{"developer-tree.md", (*followed).developerTree},
	{"compare.md", (*followed).compare},
	{"debian-packages.md", (*followed).debianPackages},
	{"dkms.md", (*followed).dkms},
	{"ci.md", (*followed).ci},
	{"ccache.md", (*followed).ccache},
	{"other-packages.md", (*followed).otherPackages},
}

// notRun are the pages that say of all that is on them that it was not run.
var notRun = []string{"build-systems.md"}

// setUp is what comes before all recipes: the package with what it recommends, what every kernel with Rust needs, and the
// kernel's sources, configured. All processors are used, as MAKEFLAGS=-j would have it, which a recipe sets.
const setUp = `set -eu
apt-get update -q
apt-get install -q -y /packages/new.deb
apt-get install -q -y --no-install-recommends NEEDS
cat >/usr/local/bin/make <<'END'
#!/bin/sh
[ -n "${MAKELEVEL:-}" ] || set -- -s -j"$(nproc)" "$@"
exec /usr/bin/make "$@"
END
chmod +x /usr/local/bin/make
cp -r /source /root/linux
cd /root/linux
make LLVM=1 RUSTC=rustc-lto-wrap tinyconfig
scripts/kconfig/merge_config.sh -m .config /packages/fragment.config
make LLVM=1 RUSTC=rustc-lto-wrap olddefconfig
`

// followed is the fresh Debian in which the recipes are followed.
type followed struct {
	*testing.T
	lab    *lab.Lab
	fresh  *lab.Fresh
	kernel lab.Kernel
}

func TestRecipes(t *testing.T) {
	if !*follow {
		t.Skip("takes an hour: -follow, or tests/run.sh recipes")
	}
	kernel := lab.MostRust()
	f := &followed{T: t, lab: lab.Open(t), kernel: kernel}
	if *place != "" {
		f.fresh = f.lab.FreshIn(*place, "trixie", kernel.Version)
	} else {
		f.fresh = f.lab.Fresh("trixie", kernel.Version)
		f.give("new.deb", deb(t))
		f.give("fragment.config", "../lab/x86_64.config")
		f.run("setting up", strings.NewReplacer("NEEDS", lab.KernelNeeds).Replace(setUp))
	}
	for i, r := range recipes {
		if *page != "" && *page != r.page {
			continue
		}
		t.Logf("%d of %d: %s", i+1, len(recipes), r.page)
		r.check(f, f.run(r.page, script(t, r.page, "/root/linux")))
		if t.Failed() {
			return // the next ones use what this one makes
		}
	}
}

// deb makes the package of this checkout.
func deb(t *testing.T) string {
	t.Helper()
	command(t, "make", "-C", repository, "packages", "FORMATS=deb")
	found, err := filepath.Glob(filepath.Join(repository, "dist/*.deb"))
	if err != nil || len(found) == 0 {
		t.Fatalf("make packages made no package: %v", err)
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return modified(t, a).Compare(modified(t, b)) })
	return newest
}

func modified(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

func command(t *testing.T, argv ...string) string {
	t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, lab.Tail(string(out)))
	}
	return string(out)
}

// give copies a file into the folder that is /packages inside.
func (f *followed) give(name, path string) {
	f.Helper()
	command(f.T, "cp", path, f.fresh.Give(name))
}

// run runs a script, and gives what its commands printed.
func (f *followed) run(what, script string) string {
	f.Helper()
	start := time.Now()
	said, log, err := f.fresh.Run(script)
	if err != nil {
		f.Fatalf("%s: %v\n%s\n%s", what, err, lab.Tail(said), lab.Tail(log))
	}
	f.Logf("%s: %.0f s\n%s", what, time.Since(start).Seconds(), lab.Tail(said))
	return said
}

// file gives a file that the recipes have made.
func (f *followed) file(inside string) string {
	f.Helper()
	found, err := filepath.Glob(f.fresh.Changed(inside))
	if err != nil || len(found) != 1 {
		f.Fatalf("%s: %v, %v", inside, found, err)
	}
	return found[0]
}

func (f *followed) text(inside string) string {
	f.Helper()
	text, err := os.ReadFile(f.file(inside))
	if err != nil {
		f.Fatal(err)
	}
	return string(text)
}

// release is the version of the kernel that the recipes build.
func (f *followed) release() string {
	return strings.TrimSpace(f.text("/root/linux/include/config/kernel.release"))
}

// references counts the references to helpers in a disassembly or list of relocations.
func references(text string) int { return strings.Count(text, "rust_helper_") }

// boot boots a kernel that the recipes have made, which runs its own tests, with modules.
func (f *followed) boot(image string, modules ...string) (console string, results lab.Results) {
	f.Helper()
	initrd := ""
	if len(modules) > 0 {
		initrd = f.lab.Initrd(modules...)
	}
	console = f.lab.Boot(image, initrd, "", 5*time.Minute)
	results = lab.ParseKTAP(console)
	if problems := results.Problems(); len(problems) > 0 || results.Count(lab.Pass) < f.kernel.Doctests {
		f.Errorf("%s: %d KUnit tests pass, %q", image, results.Count(lab.Pass), problems)
	}
	f.Logf("booted: %d KUnit tests pass", results.Count(lab.Pass))
	return console, results
}

// has checks that a command's output is there.
func (f *followed) has(said string, patterns ...string) {
	f.Helper()
	for _, p := range patterns {
		if !regexp.MustCompile("(?m)" + p).MatchString(said) {
			f.Errorf("the recipe does not print %q", p)
		}
	}
}

func (f *followed) developerTree(said string) {
	f.has(said, `^\d+ objects: \d+ helpers were called, \d+ inlined and 2 left\.$`)
	without, with := references(f.text("/root/linux/rnull-without.txt")), references(f.text("/root/linux/rnull.txt"))
	if without == 0 || with != 0 {
		f.Errorf("references to helpers in rnull.o: %d without the inlining, %d with it", without, with)
	}
	f.boot(f.file("/root/linux/arch/x86/boot/bzImage"))
}

func (f *followed) compare(string) {
	if page := f.text("/root/linux/comparison.html"); !strings.Contains(page, "</html>") {
		f.Error("comparison.html is no page")
	}
	f.has(f.text("/root/linux/comparison.md"), `^\| references to helpers +\|.* \|`)
	_, without := f.boot(f.file("/root/without.image"))
	_, with := f.boot(f.file("/root/with.image"))
	if d := cmp.Diff(without, with); d != "" {
		f.Errorf("KUnit tests (-without +with):\n%s", d)
	}
}

func (f *followed) debianPackages(said string) {
	f.has(said, `^none$`, `^1 object: 5 helpers were called, 5 inlined and 0 left\.$`)
	f.hello(f.file("/root/hello/hello.ko"))
}

// hello boots the installed image with the module hello.
func (f *followed) hello(module string) {
	f.Helper()
	console, _ := f.boot(f.file("/boot/vmlinuz-"+f.release()), module)
	f.has(console, `hello: Rust minimal sample \(init\)`, `hello: Rust minimal sample \(exit\)`)
}

func (f *followed) dkms(said string) {
	f.has(said, `^hello/1\.0, `+regexp.QuoteMeta(f.release())+`, x86_64: installed`)
	module := f.file("/lib/modules/" + f.release() + "/updates/dkms/hello.ko*")
	if strings.HasSuffix(module, ".xz") {
		plain := filepath.Join(f.TempDir(), "hello.ko")
		command(f.T, "sh", "-c", `xz -dc "$1" >"$2"`, "sh", module, plain)
		module = plain
	}
	f.hello(module)
}

func (f *followed) ci(string) {
	for _, name := range []string{"helpers.xml", "code.xml"} {
		if text := f.text("/root/linux/" + name); !strings.Contains(text, "<testsuite") || strings.Contains(text, "<failure") {
			f.Errorf("%s:\n%s", name, lab.Tail(text))
		}
	}
}

func (f *followed) ccache(said string) {
	f.has(said, `^direct_cache_hit\t[1-9]`, `^Compile requests +[1-9]`, `^Cache misses \(C/C\+\+\) +[1-9]`)
}

func (f *followed) otherPackages(string) {
	for _, p := range []struct{ pattern, list string }{
		{"/root/linux/rpmbuild/RPMS/x86_64/kernel-[0-9]*.rpm", "rpm -qlp"}, {"/root/linux/linux-upstream-[0-9]*.pkg.tar*", "bsdtar -tf"},
	} {
		file := f.file(p.pattern)
		list := f.run(file, "set -eu\n"+p.list+" /"+strings.TrimPrefix(file, f.fresh.Changed("/"))+" >&3\n")
		f.has(list, `vmlinuz`, `rnull\.ko`)
	}
}

// TestPages checks that each page is followed or says that it is not.
func TestPages(t *testing.T) {
	var names []string
	for _, r := range recipes {
		names = append(names, r.page)
		if len(script(t, r.page, "")) == 0 {
			t.Errorf("%s has no command", r.page)
		}
	}
	for _, name := range notRun {
		names = append(names, name)
		if p := read(t, name); !strings.Contains(p.Text, "They were not run.") || len(p.Blocks) > 0 {
			t.Errorf("%s has to say that it was not run, and can have no commands", name)
		}
	}
	slices.Sort(names)
	var files []string
	found, err := filepath.Glob(filepath.Join(repository, "docs/recipes/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		files = append(files, filepath.Base(f))
	}
	if d := cmp.Diff(names, files); d != "" {
		t.Errorf("pages that are followed or not run, and the files (-known +there):\n%s", d)
	}
}

func read(t *testing.T, name string) *pages.Page {
	t.Helper()
	p, err := pages.Read(repository, "docs/recipes/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// script returns a page's commands as a script for sh. It writes each command and its output to file 3, and ends at the
// first one that fails. A block of another language with a path behind it is a file's contents.
func script(t *testing.T, name, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, block := range read(t, name).Blocks {
		if block.Info != "" {
			fmt.Fprintf(&b, "cat >%s <<'END OF FILE'\n%s\nEND OF FILE\n", block.Info, strings.Join(block.Lines, "\n"))
		}
		if block.Language != "" {
			continue
		}
		for _, c := range block.Commands() {
			quoted := "'" + strings.ReplaceAll(c.Line, "'", `'\''`) + "'"
			fmt.Fprintf(&b, "echo recipe: %[1]s >&2; echo '$' %[1]s >&3\n{ %[2]s; } >&3 2>&1\n", quoted, c.Line)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "set -eu\ncd " + dir + "\n" + b.String()
}
