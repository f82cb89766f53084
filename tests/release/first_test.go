// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package release

import (
	"flag"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/tests/internal/pages"
	"rustc-lto-wrap/tests/lab"
)

var first = flag.Bool("first", false, "build a first kernel in a fresh Debian, from the package and from the archive; takes half an hour")

// readme returns the commands that README.md shows a new user in its sections on use and
// on how to tell that it worked, in its order.
func readme(t *testing.T) (out []pages.Command) {
	t.Helper()
	page, err := pages.Read("../..", "README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range page.Blocks {
		if b.Under != "Use it" && b.Under != "How to tell that it worked" {
			continue
		}
		out = append(out, b.Commands()...)
	}
	isBuild := func(c pages.Command) bool { return c.Line == "make LLVM=1 RUSTC=rustc-lto-wrap" }
	if len(out) < 4 || !slices.ContainsFunc(out, isBuild) {
		t.Fatalf("the commands of README.md are %q", out)
	}
	return out
}

// setUp installs the package with what it recommends, and what every kernel with Rust
// needs, and configures an unmodified kernel.
const setUp = `apt-get update -q
apt-get install -q -y /packages/new.deb
apt-get install -q -y --no-install-recommends ` + lab.KernelNeeds + `
cp -r /source /root/linux
cd /root/linux
make -s LLVM=1 RUSTC=rustc-lto-wrap tinyconfig
scripts/kconfig/merge_config.sh -m .config /packages/fragment.config
make -s LLVM=1 RUSTC=rustc-lto-wrap olddefconfig`

// firstKernel is what a new user does in a fresh Debian: installs the package, takes an
// unmodified kernel, and follows README.md. Then the package goes, and the programs come
// from the archive of the release, without a network.
const firstKernel = `set -eu
export MAKEFLAGS=-j$(nproc)
say() { echo "first: $*" >&2; }
follow() {
COMMANDS
}
SETUP
echo "== the package" >&3
follow
cp arch/x86/boot/bzImage /packages/package.image
say "removing the package, building the programs from the archive"
apt-get purge -q -y rustc-lto-wrap
apt-get install -q -y --no-install-recommends golang-go
hash -r
if command -v rustc-lto-wrap; then exit 1; fi
mkdir /root/archive
tar -C /root/archive --strip-components=1 -xf /packages/archive.tar.gz
unshare --net -- make -C /root/archive install
for saved in $(grep -rl --include='.*.o.cmd' '^savedcmd.*rustc-lto-wrap' .); do
  object=${saved##*/.}
  rm -f "${saved%/*}/${object%.cmd}"
done
rm -f rust/helpers/.tmp_lto_wrap_*
echo "== the archive" >&3
follow
cp arch/x86/boot/bzImage /packages/archive.image
`

// TestFirstKernel follows README.md in a fresh Debian, with nothing but the package and
// what it recommends, and boots what comes out. It does the same with what make install
// builds from the archive of the release, without a network.
func TestFirstKernel(t *testing.T) {
	need(t)
	if !*first {
		t.Skip("takes half an hour: -first, or tests/run.sh first")
	}
	l := lab.Open(t)
	kernel := l.MostRust()
	fresh := l.Fresh("trixie", kernel.Version)
	_, new := packages(t)
	dir := checkout(t)
	run(t, dir, nil, "make", "dist", "VERSION="+version, "ARCHES=amd64")

	commands := readme(t)
	var follow strings.Builder
	for _, c := range commands {
		follow.WriteString(c.Script())
	}
	script := strings.NewReplacer("COMMANDS\n", follow.String(), "SETUP", setUp).Replace(firstKernel)
	for name, path := range map[string]string{
		"new.deb": new["deb"], "archive.tar.gz": filepath.Join(dir, "dist", "rustc-lto-wrap-"+version+".tar.gz"), "fragment.config": "../lab/x86_64.config",
	} {
		if err := fresh.Give(name, path); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	said, log, err := fresh.Run(script)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, lab.Tail(said), lab.Tail(log))
	}
	t.Logf("a first kernel, twice: %.0f s\n%s", time.Since(start).Seconds(), said)
	counts := regexp.MustCompile(`(?m)^\$ llvm-objdump -r rust/kernel\.o.*\n(\d+)$`).FindAllStringSubmatch(said, -1)
	if len(counts) != 2 || counts[0][1] != "4" || counts[1][1] != "4" {
		t.Errorf("references that are left in rust/kernel.o: %q, want 4 twice", counts)
	}
	if n := strings.Count(said, "would inline helpers"); n != 2 {
		t.Errorf("--wrap-check is content %d times, want 2", n)
	}
	var passed []int
	for _, image := range []string{"package.image", "archive.image"} {
		results := lab.ParseKTAP(l.Boot(fresh.Given(image), "", ""))
		if problems := results.Problems(); len(problems) > 0 {
			t.Errorf("%s: %q", image, problems)
		}
		passed = append(passed, results.Count(lab.Pass))
	}
	if passed[0] < kernel.Doctests || slices.Min(passed) != slices.Max(passed) {
		t.Errorf("KUnit: %v tests pass, want at least %d", passed, kernel.Doctests)
	}
	t.Logf("booted: %v KUnit tests pass", passed)
}
