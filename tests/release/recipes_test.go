// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package release

import (
	"flag"
	"fmt"
	"os"
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

var (
	follow = flag.Bool("follow", false, "follow the recipes, which takes an hour")
	page   = flag.String("page", "", "follow this page only")
	place  = flag.String("in", "", "go on in the root in this `directory`, which a run with KERNEL_LAB_KEEP=1 has kept")
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

// notRun are the pages that say that nothing on them was run.
var notRun = []string{"build-systems.md"}

// notRepeated are the pages whose commands were run by hand: they need what Debian does not have.
var notRepeated = []string{"bcachefs.md"}

// allProcessors adds -s and -j to each make, because a recipe sets MAKEFLAGS itself.
const allProcessors = `
cat >/usr/local/bin/make <<'END'
#!/bin/sh
[ -n "${MAKELEVEL:-}" ] || set -- -s -j"$(nproc)" "$@"
exec /usr/bin/make "$@"
END
chmod +x /usr/local/bin/make
`

// followed is the fresh Debian in which the recipes are followed.
type followed struct {
	*testing.T
	lab    *lab.Lab
	fresh  *lab.Fresh
	kernel lab.Kernel
}

// TestRecipes follows the recipes in docs/recipes, command by command, in a fresh Debian
// with the package installed and an unmodified kernel. What a recipe makes is installed,
// compared or booted.
func TestRecipes(t *testing.T) {
	need(t)
	if !*follow {
		t.Skip("takes an hour: -follow, or tests/run.sh recipes")
	}
	l := lab.Open(t)
	kernel := l.MostRust()
	f := &followed{T: t, lab: l, kernel: kernel}
	if *place != "" {
		f.fresh = f.lab.FreshIn(*place, "trixie", kernel.Version)
	} else {
		f.fresh = f.lab.Fresh("trixie", kernel.Version)
		_, new := packages(t)
		for name, path := range map[string]string{"new.deb": new["deb"], "fragment.config": "../lab/x86_64.config"} {
			if err := f.fresh.Give(name, path); err != nil {
				t.Fatal(err)
			}
		}
		f.run("setting up", "set -eu\n"+setUp+allProcessors)
	}
	for i, r := range recipes {
		if *page != "" && *page != r.page {
			continue
		}
		t.Logf("%d of %d: %s", i+1, len(recipes), r.page)
		r.check(f, f.follow(r.page))
		if t.Failed() {
			return // the next ones use what this one makes
		}
	}
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
	console = f.lab.Boot(image, initrd, "")
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
	f.has(said, `^\d+ Rust objects: no call to a helper remains; \d+ references remain, none of them a call\.$`)
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
	f.has(f.text("/root/linux/comparison.md"), `^\| of these calls +\| +[1-9][0-9,]* \| +0 \|`)
	_, without := f.boot(f.file("/root/without.image"))
	_, with := f.boot(f.file("/root/with.image"))
	if d := cmp.Diff(without, with); d != "" {
		f.Errorf("KUnit tests (-without +with):\n%s", d)
	}
}

func (f *followed) debianPackages(string) {
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
	module := filepath.Join(f.TempDir(), "hello.ko")
	run(f.T, "", nil, "sh", "-c", `case $1 in *.ko.xz) xz -dc "$1" >"$2" ;; *.ko) cp "$1" "$2" ;; *) echo "$1" is packed in another way; exit 1 ;; esac`,
		"sh", f.file("/usr/lib/modules/"+f.release()+"/updates/dkms/hello.ko*"), module)
	if data, err := os.ReadFile(module); err != nil || references(string(data)) > 0 {
		f.Errorf("%s refers to helpers (%v)", module, err)
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
		f.has(list, `vmlinuz`, `rnull_mod\.ko`)
	}
}

// TestRecipePages checks that each page is followed or says that it is not.
func TestRecipePages(t *testing.T) {
	var names []string
	for _, r := range recipes {
		names = append(names, r.page)
		if !slices.ContainsFunc(readRecipe(t, r.page).Blocks, func(b pages.Block) bool { return b.Language == "" && len(b.Commands()) > 0 }) {
			t.Errorf("%s has no command", r.page)
		}
	}
	for _, name := range notRun {
		names = append(names, name)
		if p := readRecipe(t, name); !strings.Contains(p.Text, "They were not run.") || len(p.Blocks) > 0 {
			t.Errorf("%s has to say that it was not run, and can have no commands", name)
		}
	}
	for _, name := range notRepeated {
		names = append(names, name)
		if p := readRecipe(t, name); !strings.Contains(p.Text, "`make recipes` does not repeat this page") {
			t.Errorf("%s has to say that it is not followed", name)
		}
	}
	slices.Sort(names)
	var files []string
	found, err := filepath.Glob("../../docs/recipes/*.md")
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

func readRecipe(t *testing.T, name string) *pages.Page {
	t.Helper()
	p, err := pages.Read("../..", "docs/recipes/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// follow runs the commands of a page, in the kernel's tree, and gives what they printed. It ends at the first one that
// fails. What the page shows of a command's output must be so.
func (f *followed) follow(name string) string {
	f.Helper()
	script := "set -eu\ncd /root/linux\n"
	var commands []pages.Command
	for _, block := range readRecipe(f.T, name).Blocks {
		if block.File != "" {
			script += fmt.Sprintf("cat >%s <<'END OF FILE'\n%s\nEND OF FILE\n", block.File, strings.Join(block.Lines, "\n"))
		}
		if block.Language != "" {
			continue
		}
		for _, c := range block.Commands() {
			script += c.Script()
			commands = append(commands, c)
		}
	}
	said := f.run(name, script)
	for _, c := range commands {
		_, output, ok := strings.Cut(said, "$ "+c.Line+"\n")
		output, _, _ = strings.Cut("\n"+output, "\n$ ")
		if output = strings.TrimPrefix(output, "\n"); !ok || c.Output != nil && !c.Shows(strings.TrimSuffix(output, "\n")+"\n") {
			f.Errorf("%s: %s prints\n%s\nand the page shows\n%s", name, c.Line, lab.Tail(output), strings.Join(c.Output, "\n"))
		}
	}
	return said
}
