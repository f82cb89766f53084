// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/tests/internal/pages"
)

// command is a command in a document.
type command struct {
	page string
	pages.Command
}

// words returns the command's words without the variables in front.
func (c command) words() []string {
	words := strings.Fields(c.Line)
	for len(words) > 0 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	return words
}

var assignment = regexp.MustCompile(`^[A-Z_]+=`)

// programs are the words that make a text in backquotes a command, if something
// follows.
var programs = []string{"make", "go", "tests/run.sh", "tests/lab/lab.sh", string(host.RustcWrap), string(host.CCWrap)}

// commands returns all commands in the documents: the lines of code blocks without a
// language, and what begins with one of programs in backquotes. TestRecipes of package
// release runs those in blocks of the recipes, and needs no list.
func commands(t *testing.T) (out []command) {
	t.Helper()
	for _, p := range allPages(t) {
		for _, b := range p.Blocks {
			if b.Language == "" && b.Under != usage && !strings.HasPrefix(p.Path, "docs/recipes/") {
				for _, c := range b.Commands() {
					out = append(out, command{p.Path, c})
				}
			}
		}
		for _, s := range p.Spans {
			c := command{p.Path, pages.Command{Line: s}}
			if w := c.words(); len(w) > 1 && slices.Contains(programs, w[0]) {
				out = append(out, c)
			}
		}
	}
	return out
}

// runner says what runs a command.
type runner struct {
	// part is a part of tests/run.sh that runs it, "" if none does; in is the file with
	// the test, and test a word in it that leads there.
	part, in, test string
	// hand says why nothing runs it but a person.
	hand string
}

// Frequent runners.
var (
	here        = runner{part: "unit", in: "tests/docs/transcripts_test.go", test: "TestTranscripts"}
	check       = runner{part: "unit", in: "tests/faults/testdata/check.txtar", test: "rustc-lto-wrap --wrap-check tree"}
	explainTree = runner{part: "unit", in: "tests/faults/testdata/explain_tree.txtar", test: "--wrap-explain --tree=obj rust/kernel.o"}
	reports     = runner{part: "kernel-newest", in: "tests/kernel/report_test.go", test: "\"--wrap-report\""}
	compares    = runner{part: "kernel-newest", in: "tests/kernel/report_test.go", test: "\"--wrap-compare\""}
	bothShims   = runner{part: "kernel-newest", in: "tests/kernel/kernel_test.go", test: "func build("}
	onlyRustc   = runner{part: "tree", in: "tests/tree/tree_test.go", test: "func TestOnlyRustc"}
	kernelClean = runner{part: "kernel-newest", in: "tests/kernel/kernel_test.go", test: "func (k *kernelBuild) clean("}
	changes     = runner{part: "kernel-6.12", in: "tests/kernel/changes_test.go", test: "func (k *kernelBuild) changed("}
	flips       = runner{part: "tree", in: "tests/tree/tree_test.go", test: "func TestFlips"}
	userMode    = runner{part: "lab-builds", in: "tests/lab/lab_test.go", test: "func TestUserModeBoots"}
	lab         = runner{part: "lab-builds", in: "tests/lab/lab.go", test: "func (l *Lab)"}
	itself      = runner{hand: "it runs the tests"}
	minutes     = runner{hand: "it builds kernels for minutes; tests/run.sh checks the same figures in another way"}
	benchmark   = runner{hand: "it measures for minutes, and no figure fails"}
	installs    = runner{hand: "it installs programs on the machine"}
	ofKernel    = runner{hand: "it is a command of the kernel's, named in passing"}
	ofGo        = runner{hand: "it is a command of Go's, named in passing"}
	elsewhere   = runner{hand: "it is a line of another distribution's package, which takes that distribution"}
	machine     = runner{hand: "it needs a machine that runs a kernel with Rust"}
)

// runners says for each command in the documents what runs it. A command that is not
// here fails TestCommands, and so does an entry that no document has.
var runners = map[string]runner{
	// The project's Makefile.
	"make":                                   {hand: "the tests build the programs with go build"},
	"make install":                           installs,
	"make install GO_LDFLAGS='-B gobuildid'": installs,
	"make dist":                              {part: "release", in: "tests/release/release_test.go", test: "\"make\", \"dist\""},
	"make dist VERSION=1.2.3":                {part: "release", in: "tests/release/release_test.go", test: "\"make\", \"dist\""},
	"make packages VERSION=1.2.3":            {part: "release", in: "tests/release/packages_test.go", test: "\"make\", \"packages\""},
	"make uninstall":                         {part: "release", in: "tests/release/release_test.go", test: "\"make\", \"uninstall\""},
	"make matrix":                            {part: "matrix", in: "tests/run.sh", test: "6.12-x86_64-lab-clang"},
	"make all":                               elsewhere,
	"make RUSTC=rustc-lto-wrap all":          elsewhere,
	"make recipes":                           {part: "recipes", in: "tests/release/recipes_test.go", test: "func TestRecipes"},
	"make packages":                          {part: "release", in: "tests/release/packages_test.go", test: "\"make\", \"packages\""},
	"make lint":                              {part: "lint", in: "tests/run.sh", test: "lint()"},
	"make test":                              itself,
	"make demo":                              minutes,
	"make ab":                                minutes,
	"make ab [KERNEL=VERSION|FOLDER] [CONFIG='FILE…'] [ROUNDS=3] [FORMAT=table|markdown|html] [OUT=FILE]": minutes,
	"make ab OUT=ab.txt":                             minutes,
	"cat ab.txt":                                     minutes,
	"make bench":                                     benchmark,
	"make bench BENCH=crates":                        benchmark,
	"make bench BENCH=growth":                        benchmark,
	"make bench BENCH=passthrough":                   benchmark,
	"make bench BENCH=time":                          benchmark,
	"make bench BENCH=search":                        benchmark,
	`make bench BENCH="passthrough crates" ROUNDS=5`: benchmark,
	"go run ./tests/bench -full":                     benchmark,
	"go run ./tests/bench -full kernel":              benchmark,
	"benchstat -col /tool bench-results/bench.txt":   benchmark,

	// kbuild, and what is used around it.
	"make LLVM=1 RUSTC=rustc-lto-wrap":                           onlyRustc,
	"make RUSTC=rustc-lto-wrap":                                  {part: "roots-boot", in: "tests/roots/roots_test.go", test: "The first command: nothing is set."},
	"make LLVM=1 CC=cc-helper-wrap RUSTC=rustc-lto-wrap":         bothShims,
	"LTO_WRAP=off make LLVM=1 RUSTC=rustc-lto-wrap":              changes,
	"LTO_WRAP_PIPELINE=late make LLVM=1 RUSTC=rustc-lto-wrap":    changes,
	"make LLVM=1 RUSTC=rustc-lto-wrap LTO_WRAP_LINKAGE=internal": flips,
	"LLVM=-19 make CC=cc-helper-wrap RUSTC=rustc-lto-wrap":       {hand: "it needs tools with this suffix; tests/faults/testdata/tools_llvm.txtar has fake ones"},
	"make clean":                kernelClean,
	"make mrproper":             {part: "kernel-6.12", in: "tests/kernel/beside_test.go", test: "make mrproper"},
	"make menuconfig":           ofKernel,
	"make olddefconfig":         {part: "kernel-6.12", in: "tests/kernel/beside_test.go", test: "make olddefconfig"},
	"make LLVM=1 rustavailable": ofKernel,
	"llvm-objdump -r rust/kernel.o | grep -c rust_helper_":         {part: "kernel-newest", in: "tests/kernel/kernel_test.go", test: "llvm-objdump -r"},
	"make -C /lib/modules/$(uname -r)/build M=$PWD LLVM=1 modules": machine,
	"insmod lto_wrap_bench.ko":                                     machine,
	"dmesg | go run ./tests/bench/kmod/report":                     {part: "unit", in: "tests/bench/kmod/report/main_test.go", test: "func TestReport"},

	// The programs.
	"LLVM=1 rustc-lto-wrap --wrap-check .":                                         here,
	"rustc-lto-wrap --wrap-check .":                                                check,
	"rustc-lto-wrap --wrap-check":                                                  check,
	"rustc-lto-wrap --wrap-explain -- --crate-type rlib --emit=obj=core.o core.rs": here,
	"LLVM=1 rustc-lto-wrap --wrap-explain --tree=. rust/kernel.o":                  explainTree,
	"rustc-lto-wrap --wrap-explain --tree=. OBJECT":                                explainTree,
	"rustc-lto-wrap --wrap-package OBJTREE FOLDER":                                 {part: "unit", in: "tests/faults/testdata/extmod_packaged.txtar", test: "exec rustc-lto-wrap --wrap-package . $WORK/headers"},
	"rustc-lto-wrap --wrap-report .":                                               reports,
	"rustc-lto-wrap --wrap-report ours":                                            reports,
	"rustc-lto-wrap --wrap-compare own ours":                                       compares,
	"rustc-lto-wrap --wrap-report --fail-on=calls-left:4,not-inlined:1 ours":       {part: "unit", in: "shim/report/report_test.go", test: "--wrap-report --fail-on=calls-left:4,not-inlined:1 ours"},
	"rustc-lto-wrap --wrap-compare --fail-on=calls,code:+1% own ours":              {part: "unit", in: "shim/report/gate/gate_test.go", test: "code:+1%"},
	"rustc-lto-wrap --wrap-report --fail-on=not-inlined FOLDER":                    {part: "unit", in: "shim/report/report_test.go", test: "--wrap-report --fail-on=not-inlined ours"},

	// Tests.
	"go test ./...":                          {part: "unit", in: "tests/run.sh", test: "unit()"},
	"go test ./tests/docs":                   {part: "unit", in: "tests/run.sh", test: "unit()"},
	"go test":                                ofGo,
	"go test -update":                        ofGo,
	"go vet":                                 {part: "lint", in: "tests/run.sh", test: "lint()"},
	"tests/run.sh unit":                      itself,
	"tests/run.sh roots":                     itself,
	"tests/run.sh roots-boot":                itself,
	"tests/run.sh bench-kernel":              itself,
	"tests/run.sh kernel-6.12":               itself,
	"tests/run.sh kernel-6.12 kernel-newest": itself,
	"tests/run.sh tree kernel-newest":        itself,
	"tests/run.sh PART…":                     itself,

	// The lab.
	"tests/lab/lab.sh up":                            lab,
	"tests/lab/lab.sh renew":                         {part: "lab", in: "tests/lab/choose_test.go", test: "choose"},
	"tests/lab/lab.sh plain newest":                  lab,
	"tests/lab/lab.sh plain newest-um":               userMode,
	"tests/lab/lab.sh fork newest /lab/trees/mine":   lab,
	"tests/lab/lab.sh put ./rustc-lto-wrap ab/rustc": lab,
	"tests/lab/lab.sh make --ab /lab/bin/ab -e LTO_WRAP_LOG=/lab/home/log newest /lab/trees/mine":                                         lab,
	`tests/lab/lab.sh initrd /tmp/initrd "$(tests/lab/lab.sh path /lab/trees/mine)"/samples/rust/*.ko`:                                    lab,
	`tests/lab/lab.sh boot --initrd /tmp/initrd "$(tests/lab/lab.sh path /lab/trees/mine)/arch/x86/boot/bzImage"`:                         lab,
	`tests/lab/lab.sh boot --arch um --initrd /tmp/initrd "$(tests/lab/lab.sh path /lab/trees/mine)/$(tests/lab/lab.sh image newest-um)"`: userMode,
	"make O=/lab/obj CC=/lab/ab/cc RUSTC=/lab/ab/rustc":                                                                                   lab,
}

// TestCommands: each command in the documents is run by a test, or is listed as one
// that is run by hand.
func TestCommands(t *testing.T) {
	parts := parts(t)
	used := map[string]bool{}
	for _, c := range commands(t) {
		r, ok := runners[c.Line]
		if !ok {
			t.Errorf("%s: nothing is known to run %q: add it to runners in this file", c.page, c.Line)
			continue
		}
		used[c.Line] = true
		if (r.hand == "") == (r.part == "") {
			t.Errorf("%q: either a part of tests/run.sh runs it, or a hand", c.Line)
		}
		if r.part == "" {
			continue
		}
		if !slices.Contains(parts, r.part) {
			t.Errorf("%q: tests/run.sh has no part %s", c.Line, r.part)
		}
		if text, err := os.ReadFile(filepath.Join(root, r.in)); err != nil || !strings.Contains(string(text), r.test) {
			t.Errorf("%q: %s has no %q (%v)", c.Line, r.in, r.test, err)
		}
	}
	for line := range runners {
		if !used[line] {
			t.Errorf("no document has the command %q", line)
		}
	}
}

// parts returns the parts of tests/run.sh, which lists them for a part that it does
// not have.
func parts(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command(filepath.Join(root, "tests/run.sh"), "?").CombinedOutput()
	_, list, ok := strings.Cut(string(out), "there are: ")
	if err == nil || !ok {
		t.Fatalf("tests/run.sh does not list its parts: %v\n%s", err, out)
	}
	return strings.Fields(list)
}

// TestParts: tests/README.md says what each part of tests/run.sh proves.
func TestParts(t *testing.T) {
	var described []string
	for _, row := range readPage(t, "tests/README.md").Rows {
		described = append(described, row.Cells[0].Spans...)
	}
	slices.Sort(described)
	all := parts(t)
	slices.Sort(all)
	if !slices.Equal(described, all) {
		t.Errorf("tests/README.md describes the parts %q; tests/run.sh has %q", described, all)
	}
}

// ofTheKernel are the targets of the kernel's Makefile that the documents name.
var ofTheKernel = []string{"menuconfig", "olddefconfig", "mrproper", "modules", "rustavailable", "clean"}

// TestTargets: the targets and variables of make, the parts of the benchmark, and the
// parts of tests/run.sh exist.
func TestTargets(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	makefile := string(text)
	bench := regexp.MustCompile(`BENCH= names parts \(([^)]*)\)`).FindStringSubmatch(makefile)
	if bench == nil {
		t.Fatal("Makefile does not list the parts of the benchmark")
	}
	parts := parts(t)
	variable := regexp.MustCompile(`^\[?([A-Z]+)=`)
	for _, c := range commands(t) {
		w := c.words()
		switch {
		case w[0] == "tests/run.sh":
			for _, part := range w[1:] {
				if !slices.Contains(parts, part) && !strings.HasPrefix(part, "PART") && part != "kernel-VERSION" {
					t.Errorf("%s: %q: tests/run.sh has no part %s", c.page, c.Line, part)
				}
			}
		case w[0] != "make" || strings.Contains(c.Line, "RUSTC=") || strings.Contains(c.Line, " -C "):
		case strings.Contains(c.Line, "LLVM=") || len(w) > 1 && slices.Contains(ofTheKernel, w[1]) && !strings.Contains(makefile, "\n"+w[1]+":"):
		default:
			for _, word := range w[1:] {
				if m := variable.FindStringSubmatch(word); m != nil {
					if !strings.Contains(makefile, "$("+m[1]+")") && !strings.Contains(makefile, "$(or $("+m[1]+"),") {
						t.Errorf("%s: %q: Makefile does not use %s", c.page, c.Line, m[1])
					}
				} else if !strings.HasPrefix(word, "-") && !strings.Contains(word, "'") && !strings.Contains(word, "\"") && !strings.Contains(makefile, "\n"+word+":") {
					t.Errorf("%s: %q: Makefile has no target %s", c.page, c.Line, word)
				}
			}
			if m := regexp.MustCompile(`BENCH="?([a-z ]+)`).FindStringSubmatch(c.Line); m != nil {
				for part := range strings.FieldsSeq(m[1]) {
					if !slices.Contains(strings.Fields(bench[1]), part) {
						t.Errorf("%s: %q: the benchmark has no part %s", c.page, c.Line, part)
					}
				}
			}
		}
	}
}
