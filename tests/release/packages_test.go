// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package release

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/pages"
)

// older is a version that the one under test is an upgrade of. A version between
// two tags must be newer than the tag before.
const older, newer = "1.2.2-7-g0123456789ab", "1.2.3"

// maintainer has an address, which lintian asks for.
const maintainer = "MAINTAINER=The tests <tests@packages.debian.org>"

// packages makes the packages of both versions, and returns their paths by format.
func packages(t *testing.T) (old, new map[string]string) {
	t.Helper()
	dir := checkout(t)
	old, new = map[string]string{}, map[string]string{}
	for version, into := range map[string]map[string]string{older: old, newer: new} {
		run(t, dir, []string{maintainer}, "make", "packages", "VERSION="+version, maintainer)
		if version == newer { // again, elsewhere: the same bytes
			sums := run(t, dir, nil, "cat", "dist/SHA256SUMS")
			run(t, dir, nil, "rm", "-r", "dist")
			run(t, dir, nil, "unshare", "--uts", "sh", "-c", `hostname elsewhere && exec "$@"`, "sh", "make", "packages", "VERSION="+version, maintainer)
			if d := cmp.Diff(sums, run(t, dir, nil, "cat", "dist/SHA256SUMS")); d != "" {
				t.Errorf("packages made twice (-first +second):\n%s", d)
			}
		}
		for format, pattern := range map[string]string{"deb": "*.deb", "rpm": "*.rpm", "apk": "*.apk", "archlinux": "*.pkg.tar.*"} {
			files, err := filepath.Glob(filepath.Join(dir, "dist", pattern))
			if err != nil || len(files) != 1 {
				t.Fatalf("%s: %v, %v", format, files, err)
			}
			into[format] = filepath.Join(dir, filepath.Base(files[0]))
			if err := os.Rename(files[0], into[format]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return old, new
}

// must are files that each package has.
var must = []string{
	"/usr/bin/rustc-lto-wrap", "/usr/bin/cc-helper-wrap",
	"/usr/share/man/man1/rustc-lto-wrap.1.gz", "/usr/share/man/man1/cc-helper-wrap.1.gz",
	"/usr/share/bash-completion/completions/rustc-lto-wrap", "/usr/share/fish/vendor_completions.d/cc-helper-wrap.fish",
	"/usr/share/doc/rustc-lto-wrap/README.md", "/usr/share/doc/rustc-lto-wrap/docs/settings.md",
}

func has(t *testing.T, what, list string, more ...string) {
	t.Helper()
	lines := strings.Split(list, "\n")
	for _, f := range slices.Concat(must, more) {
		if !slices.Contains(lines, f) {
			t.Errorf("%s has no %s:\n%s", what, f, list)
		}
	}
	for _, f := range linked(t) {
		if !slices.Contains(lines, f) {
			t.Errorf("%s has no %s, which a document has a link to", what, f)
		}
	}
}

// linked returns the files to which the installed documents have links.
func linked(t *testing.T) (out []string) {
	t.Helper()
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		for _, f := range found {
			name, err := filepath.Rel("../..", f)
			if err != nil {
				t.Fatal(err)
			}
			page, err := pages.Read("../..", name)
			if err != nil {
				t.Fatal(err)
			}
			for _, link := range page.Links {
				if target, _, _ := strings.Cut(link, "#"); target != "" && !strings.Contains(target, "://") {
					out = append(out, filepath.Join("/usr/share/doc/rustc-lto-wrap", filepath.Dir(name), target))
				}
			}
		}
	}
	return out
}

// TestPackages makes the packages and installs, upgrades and removes them.
func TestPackages(t *testing.T) {
	need(t)
	old, new := packages(t)
	for _, release := range []string{"bookworm", "trixie", "testing"} {
		t.Run("deb/"+release, func(t *testing.T) { debian(t, release, old["deb"], new["deb"]) })
	}
	t.Run("lintian", func(t *testing.T) { lintian(t, new["deb"]) })
	t.Run("rpm", func(t *testing.T) { rpm(t, old["rpm"], new["rpm"]) })
	t.Run("archlinux", func(t *testing.T) { pacman(t, old["archlinux"], new["archlinux"]) })
	t.Run("apk", func(t *testing.T) { apk(t, new["apk"]) })
}

// TestLicenses holds the licenses that the packages name against those of what is linked in.
func TestLicenses(t *testing.T) {
	names := map[string]string{"Apache-2.0": "Apache-2.0", "BSD-3-clause": "BSD-3-Clause", "Expat": "MIT"} // Debian's names, and SPDX's
	want := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^License: (.*)$`).FindAllStringSubmatch(run(t, "../..", nil, "go", "run", "./install/licenses"), -1) {
		if names[m[1]] == "" {
			t.Errorf("what is linked in has the license %q", m[1])
		}
		want[names[m[1]]] = true
	}
	description := run(t, "../..", nil, "cat", "install/nfpm.yaml")
	line := "\nlicense: " + strings.Join(slices.Sorted(maps.Keys(want)), " AND ") + "\n"
	if len(want) < 2 || !strings.Contains(description, line) {
		t.Errorf("install/nfpm.yaml has no line %q", strings.TrimSpace(line))
	}
}

// snapshot lists everything in a root: path, type, mode, owner, size, and the target
// of a link. besides are directories in which a package manager keeps what it knows.
const snapshot = `cd / && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./packages BESIDES \) -prune -o -printf '%p %y %m %u:%g %s %l\n' | sed 's/ d \(.*\) [0-9]* $/ d \1/' | LC_ALL=C sort`

// debian installs the older package into a real Debian, upgrades it, and purges it.
func debian(t *testing.T, release, old, new string) {
	root := strings.TrimSpace(lastLine(run(t, "", nil, "../lab/lab.sh", "debian", release)))
	// What dpkg knows and logs, and what it keeps of its files from before.
	besides := "-o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache/ldconfig"
	list := strings.ReplaceAll(snapshot, "BESIDES", besides)
	script := `set -eu
list() { ` + list + `; }
list >/var/log/before.list
dpkg -i /packages/old.deb
dpkg-query -W -f '${Version}\n' rustc-lto-wrap >&3
rustc-lto-wrap --wrap-version >&3
cp -a /usr/bin/rustc-lto-wrap /var/log/older
dpkg -i /packages/new.deb
dpkg-query -W -f '${Version}\n' rustc-lto-wrap >&3
rustc-lto-wrap --wrap-version >&3
cc-helper-wrap --wrap-version >&3
if cmp -s /usr/bin/rustc-lto-wrap /var/log/older; then exit 1; fi
dpkg --verify rustc-lto-wrap >&3 # its status is 0 whatever it finds
dpkg -L rustc-lto-wrap >/var/log/files.list
dpkg --purge rustc-lto-wrap
if dpkg-query -W rustc-lto-wrap 2>/dev/null; then exit 1; fi
if ls /var/lib/dpkg/info/rustc-lto-wrap.* 2>/dev/null; then exit 1; fi
list >/var/log/after.list
`
	said, files := inRoot(t, root, script, map[string]string{"old.deb": old, "new.deb": new}, "/var/log/files.list", "/var/log/before.list", "/var/log/after.list")
	want := "1.2.2+7.g0123456789ab-1\nrustc-lto-wrap " + older + "\n1.2.3-1\nrustc-lto-wrap 1.2.3\ncc-helper-wrap 1.2.3\n"
	if d := cmp.Diff(want, said); d != "" {
		t.Errorf("versions (-want +got):\n%s", d)
	}
	has(t, "the .deb", files[0], "/usr/share/doc/rustc-lto-wrap/copyright", "/usr/share/zsh/vendor-completions/_rustc-lto-wrap")
	if n := strings.Count(files[1], "\n"); n < 1000 {
		t.Errorf("%d files in the root before", n)
	}
	if d := cmp.Diff(files[1], files[2]); d != "" {
		t.Errorf("files before and after (-before +after):\n%s", d)
	}
	t.Logf("Debian %s: %d files before and after", release, strings.Count(files[2], "\n"))
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// inRoot runs a script in a root that it cannot change: what it writes goes to a
// directory above. It returns what the script writes to file 3, and the contents of
// some files afterwards.
func inRoot(t *testing.T, root, script string, give map[string]string, take ...string) (said string, files []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "script"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	// An overlay cannot lie on another one, as a container's file system may be.
	outer := `set -eu
mount -t tmpfs -o mode=755 none "$1/upper"
mkdir "$1/upper/upper" "$1/upper/work"
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper/upper,workdir=$1/upper/work" none "$1/root"
mount -t proc none "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mkdir "$1/root/packages"
cp "$1"/give/* "$1/root/packages"
cp "$1/script" "$1/root/packages/script"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$1/root" sh /packages/script 3>"$1/said"
`
	for i := range take {
		outer += fmt.Sprintf("cp \"$0/root%s\" \"$0/take%d\"\n", take[i], i)
	}
	for _, d := range []string{"upper", "root", "give"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range give {
		if err := os.Link(path, filepath.Join(dir, "give", name)); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "", nil, "unshare", "--mount", "--net", "--propagation", "private", "--", "sh", "-c", outer, dir, dir, root)
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for i := range take {
		files = append(files, read(fmt.Sprintf("take%d", i)))
	}
	return read("said"), files
}

// lintian checks the .deb as Debian does. The only hint is about a word in a table
// of Go's Unicode package.
func lintian(t *testing.T, deb string) {
	install(t, "lintian", "lintian")
	out, err := try("", nil, "lintian", "--allow-root", "--tag-display-limit", "0", "--no-cfg", "-EvI", "--pedantic", deb)
	if err != nil {
		t.Errorf("%v", err)
	}
	known := regexp.MustCompile(`^(N: |I: rustc-lto-wrap: spelling-error-in-binary )`)
	for line := range strings.Lines(out) {
		if !known.MatchString(line) {
			t.Error(strings.TrimSpace(line))
		}
	}
}

// inEmpty runs steps of a package manager on an empty root, and compares what is
// there before and after. state are the directories of the manager's own.
func inEmpty(t *testing.T, root string, state []string, install, remove func()) {
	t.Helper()
	list := func() string {
		command := []string{"find", root, "-mindepth", "1"}
		for _, s := range state {
			command = append(command, "-not", "-path", filepath.Join(root, s)+"*")
		}
		return run(t, "", nil, append(command, "-printf", "/%P %y %m\\n")...)
	}
	before := list()
	install()
	if between := list(); between == before {
		t.Fatal("nothing was installed")
	}
	remove()
	if d := cmp.Diff(before, list()); d != "" {
		t.Errorf("files before and after (-before +after):\n%s", d)
	}
}

// directories makes the directories that every system has. Each has a file in it that belongs
// to another package, so that it stays.
func directories(t *testing.T, more ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, d := range append(more, "usr/bin", "usr/share/doc", "usr/share/licenses", "usr/share/man/man1") {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, d, "other"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func rpm(t *testing.T, old, new string) {
	install(t, "rpm", "rpm")
	install(t, "rpmlint", "rpmlint")
	root := directories(t, "var/lib/rpm", "var/tmp")
	do := func(args ...string) string {
		// Nothing needs to run in the root, which is empty.
		return run(t, "", nil, append([]string{"rpm", "--root", root, "--dbpath", "/var/lib/rpm"}, args...)...)
	}
	do("--initdb")
	inEmpty(t, root, []string{"var"}, func() {
		do("--install", old)
		do("--upgrade", new)
		if got := do("--query", "--all"); got != "rustc-lto-wrap-1.2.3-1.x86_64\n" && !strings.HasPrefix(got, "rustc-lto-wrap-1.2.3-1.") {
			t.Errorf("installed: %q", got)
		}
		if out, err := try("", nil, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--verify", "rustc-lto-wrap"); err != nil {
			t.Errorf("rpm --verify: %v: %s", err, out)
		}
		has(t, "the .rpm", do("--query", "--list", "rustc-lto-wrap"), "/usr/share/licenses/rustc-lto-wrap/LICENSES.linked", "/usr/share/zsh/site-functions/_cc-helper-wrap")
		// An older one is not an upgrade.
		if out, err := try("", nil, "rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--upgrade", old); err == nil || !strings.Contains(out, "newer than") {
			t.Errorf("the older version: %v: %s", err, out)
		}
	}, func() { do("--erase", "rustc-lto-wrap") })
	for query, want := range map[string]string{
		"--recommends": "clang\nllvm\nlld\nrust\n", "--licensefiles": "/usr/share/licenses/rustc-lto-wrap/LICENSE\n/usr/share/licenses/rustc-lto-wrap/LICENSES.linked\n",
	} {
		if got := run(t, "", nil, "rpm", "--query", query, "--package", new); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	out, _ := try("", nil, "rpmlint", new)
	// These are about what nfpm leaves out of an .rpm (a signature, a group, the kinds of files, which rpmlint reads instead of
	// the files), and about rpmlint's settings on Debian (bz2 for pages, and a list of
	// licenses that is empty). The project has no address.
	known := regexp.MustCompile(`: [EW]: (no-signature|no-group-tag|no-binary|no-manual-page-for-binary|manpage-not-compressed bz2|invalid-license (Apache-2\.0|BSD-3-Clause|MIT)|no-url-tag)`)
	for line := range strings.Lines(out) {
		if regexp.MustCompile(`: [EW]: `).MatchString(line) && !known.MatchString(line) {
			t.Error(strings.TrimSpace(line))
		}
	}
	if !strings.Contains(out, "1 packages and 0 specfiles checked") {
		t.Errorf("rpmlint: %s", out)
	}
}

func pacman(t *testing.T, old, new string) {
	install(t, "pacman", "pacman-package-manager")
	root := directories(t, "var/lib/pacman", "var/cache/pacman", "etc")
	config := filepath.Join(t.TempDir(), "pacman.conf")
	if err := os.WriteFile(config, []byte("[options]\nArchitecture = auto\nSigLevel = Never\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) string {
		return run(t, "", []string{"LC_ALL=C"}, append([]string{
			"pacman", "--config", config, "--root", root, "--dbpath", filepath.Join(root, "var/lib/pacman"), "--cachedir", filepath.Join(root, "var/cache/pacman"),
			"--logfile", filepath.Join(root, "var/log"), "--noconfirm",
		}, args...)...)
	}
	inEmpty(t, root, []string{"var"}, func() {
		do("-U", old)
		if out := do("-U", new); strings.Contains(out, "downgrading") {
			t.Errorf("the newer version: %s", out)
		}
		if got := do("-Q"); got != "rustc-lto-wrap 1.2.3-1\n" {
			t.Errorf("installed: %q", got)
		}
		if got := do("-Qi", "rustc-lto-wrap"); !regexp.MustCompile(`(?m)^Packager +: The tests <tests@packages\.debian\.org>$`).MatchString(got) ||
			!regexp.MustCompile(`(?m)^Description +: inline the Linux kernel's C helpers into its Rust code$`).MatchString(got) {
			t.Errorf("pacman -Qi: %s", got)
		}
		if got := do("-Qk", "rustc-lto-wrap"); !strings.Contains(got, " 0 missing files") {
			t.Errorf("pacman -Qk: %s", got)
		}
		has(t, "the package", strings.ReplaceAll(do("-Qlq", "rustc-lto-wrap"), root, ""), "/usr/share/licenses/rustc-lto-wrap/LICENSES.linked")
	}, func() { do("-R", "rustc-lto-wrap") })
	if info := do("-Qip", new); !strings.Contains(info, "Licenses        : Apache-2.0") {
		t.Errorf("pacman -Qip: %s", info)
	}
}

// apk checks the metadata and the files of the .apk. Debian has no apk-tools to
// install it with.
func apk(t *testing.T, file string) {
	info := run(t, "", nil, "tar", "-xzOf", file, "--ignore-zeros", ".PKGINFO")
	for _, line := range []string{"pkgname = rustc-lto-wrap", "pkgver = 1.2.3-r1", "license = Apache-2.0 AND BSD-3-Clause AND MIT"} {
		if !strings.Contains(info, line+"\n") {
			t.Errorf("%q is not in\n%s", line, info)
		}
	}
	list := run(t, "", nil, "tar", "-tzf", file, "--ignore-zeros")
	has(t, "the .apk", "/"+strings.ReplaceAll(list, "\n", "\n/"), "/usr/share/licenses/rustc-lto-wrap/LICENSES.linked")
}
