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

	"rustc-lto-wrap/tests/lab"
)

var first = flag.Bool("first", false, "build a first kernel in a fresh Debian, from the package and from the archive; takes half an hour")

// needs is what Documentation/process/changes.rst and Documentation/rust/quick-start.rst of
// the kernel ask for, besides what the package recommends. gcc's C library is for the
// programs that kbuild builds for itself.
const needs = "make flex bison bc libelf-dev libssl-dev libc6-dev gcc perl python3 cpio kmod xz-utils zstd rust-src bindgen"

// readme returns the commands that README.md shows a new user in its sections on use and
// on how to tell that it worked, in its order.
func readme(t *testing.T) (out []string) {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if title, ok := strings.CutPrefix(line, "## "); ok {
			section = title
		}
		command, ok := strings.CutPrefix(line, "    ")
		if !ok || section != "Use it" && section != "How to tell that it worked" {
			continue
		}
		command, transcript := strings.CutPrefix(command, "$ ")
		if !transcript && regexp.MustCompile(`^\d+$`).MatchString(command) {
			continue // what a command prints
		}
		out = append(out, command)
	}
	if len(out) < 4 || out[0] != "make LLVM=1 RUSTC=rustc-lto-wrap" {
		t.Fatalf("the commands of README.md are %q", out)
	}
	return out
}

// firstKernel is what a new user does in a fresh Debian: installs the package, takes an
// unmodified kernel, and follows README.md. Then the package goes, and the programs come
// from the archive of the release, without a network.
const firstKernel = `set -eu
export MAKEFLAGS=-j$(nproc)
say() { echo "first: $*" >&2; }
follow() {
COMMANDS
}
say "installing the package and what it recommends"
apt-get update -q
apt-get install -q -y /packages/new.deb
say "installing what every Rust kernel needs"
apt-get install -q -y --no-install-recommends NEEDS
cp -r /source /root/linux
cd /root/linux
make -s LLVM=1 RUSTC=rustc-lto-wrap tinyconfig
scripts/kconfig/merge_config.sh -m .config /packages/fragment.config
make -s LLVM=1 RUSTC=rustc-lto-wrap olddefconfig
echo "== the package" >&3
follow
cp arch/x86/boot/bzImage /packages/package.image
say "removing the package, building the programs from the archive"
apt-get purge -q -y rustc-lto-wrap
apt-get install -q -y --no-install-recommends golang-go
! command -v rustc-lto-wrap
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
	l, kernel := lab.Open(t), lab.MostRust()
	root := lastLine(run(t, "", nil, "../lab/lab.sh", "debian", "trixie"))
	_, new := packages(t)
	dir := checkout(t)
	run(t, dir, nil, "make", "dist", "VERSION="+version, "ARCHES=amd64")

	commands := readme(t)
	var follow strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&follow, "say %[2]s; echo '$' %[2]s >&3; { %[1]s; } >&3 2>&1\n", c, "'"+strings.ReplaceAll(c, "'", `'\''`)+"'")
	}
	script := strings.NewReplacer("COMMANDS\n", follow.String(), "NEEDS", needs).Replace(firstKernel)
	// An overlay cannot lie on another one, as a container's file system may be: the lab's
	// folder is on a disk.
	place := l.Path(l.Tree())
	for _, d := range []string{"upper", "work", "root", "give"} {
		if err := os.MkdirAll(filepath.Join(place, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	give := filepath.Join(place, "give")
	if err := os.WriteFile(filepath.Join(give, "script"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"new.deb": new["deb"], "archive.tar.gz": filepath.Join(dir, "dist", "rustc-lto-wrap-"+version+".tar.gz"), "fragment.config": "../lab/x86_64.config",
	} {
		run(t, "", nil, "cp", path, filepath.Join(give, name))
	}
	outer := `set -eu
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" none "$1/root"
mount -t proc none "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mkdir "$1/root/packages" "$1/root/source"
mount --bind "$1/give" "$1/root/packages"
mount --bind -o ro "$3" "$1/root/source"
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$1/root" sh /packages/script 3>"$1/said"
`
	start := time.Now()
	out, err := try("", nil, "unshare", "--mount", "--propagation", "private", "--", "sh", "-c", outer, "sh", place, root, l.Path(l.Source(kernel.Version)))
	said, rerr := os.ReadFile(filepath.Join(place, "said"))
	if err != nil || rerr != nil {
		t.Fatalf("%v, %v\n%s\n%s", err, rerr, lab.Tail(string(said)), lab.Tail(out))
	}
	t.Logf("a first kernel, twice: %.0f s\n%s", time.Since(start).Seconds(), said)
	counts := regexp.MustCompile(`(?m)^\$ llvm-objdump -r rust/kernel\.o.*\n(\d+)$`).FindAllStringSubmatch(string(said), -1)
	if len(counts) != 2 || counts[0][1] != "4" || counts[1][1] != "4" {
		t.Errorf("references that are left in rust/kernel.o: %q, want 4 twice", counts)
	}
	if n := strings.Count(string(said), "would have its helpers inlined"); n != 2 {
		t.Errorf("--wrap-check is content %d times, want 2", n)
	}
	var passed []int
	for _, image := range []string{"package.image", "archive.image"} {
		results := lab.ParseKTAP(l.Boot(filepath.Join(give, image), "", "", 5*time.Minute))
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
