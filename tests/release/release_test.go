// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package release tests what is handed to users: the archives of make dist, and the
// packages of make packages.
package release

import (
	"bytes"
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/watch"
)

// version is that of the release under test. It differs from what git describe
// says.
const version = "1.2.3"

// need skips the test without KERNEL_LAB_TESTS, since it takes minutes and installs
// what it needs as root.
func need(t *testing.T) {
	t.Helper()
	if os.Getenv("KERNEL_LAB_TESTS") == "" {
		t.Skip("takes minutes: run it with KERNEL_LAB_TESTS=1")
	}
	if os.Getuid() != 0 {
		t.Fatal("this test needs root: it makes namespaces and roots")
	}
}

// run runs a command in a directory and returns what it prints. env are variables
// besides those of this process.
func run(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	out, err := try(dir, env, command...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
	return out
}

func try(dir string, env []string, command ...string) (string, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	return watch.Output(cmd)
}

// install installs packages of the machine's Debian that have a program, where it
// is missing.
func install(t *testing.T, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	t.Logf("installing %s on this machine, for %s", pkg, program)
	run(t, "", []string{"DEBIAN_FRONTEND=noninteractive"}, "apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-q", "--no-install-recommends", pkg)
}

// checkout returns a clone of this repository, with the commit that is checked out.
func checkout(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "checkout")
	// git clone asks another git, which refuses to read what belongs to another user, and takes this from a file only.
	config := filepath.Join(t.TempDir(), "gitconfig")
	if err := os.WriteFile(config, []byte("[safe]\n\tdirectory = *\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	env := []string{"GIT_CONFIG_GLOBAL=" + config}
	run(t, "", env, "git", "clone", "-q", "--no-hardlinks", "../..", dir)
	// A clone of a worktree has the branch, which may not be what is checked out.
	commit := strings.TrimSpace(run(t, "", env, "git", "rev-parse", "HEAD"))
	run(t, dir, nil, "git", "checkout", "-q", "--detach", commit)
	return dir
}

// offline is a command line that runs another one without a network.
func offline(command ...string) []string {
	return append([]string{"unshare", "--net", "--"}, command...)
}

// TestDist makes a release twice, at different places, at different times and from
// different settings of the user's, and compares the bytes. It then builds and
// installs from the archive, without a network and with no module on the machine.
func TestDist(t *testing.T) {
	need(t)
	sums := map[string]string{}
	var dist string
	for i, env := range [][]string{nil, {"GOFLAGS=-ldflags=-w", "GOAMD64=v3", "LC_ALL=C.UTF-8", "TZ=Asia/Tokyo", "GOCACHE=" + t.TempDir()}} {
		dir := checkout(t)
		// Archives of the tree would have this mode.
		old := filepath.Join(dir, "README.md")
		if err := os.Chmod(old, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, dir, env, "make", "dist", "VERSION="+version, "ARCHES=amd64 arm64 riscv64 s390x ppc64le")
		dist = filepath.Join(dir, "dist")
		run(t, dist, nil, "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
		text, err := os.ReadFile(filepath.Join(dist, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if i == 0 {
				sums[fields[1]] = fields[0]
			} else if sums[fields[1]] != fields[0] {
				t.Errorf("%s differs from the one of another checkout", fields[1])
			}
		}
	}
	want := []string{"rustc-lto-wrap-" + version + ".tar.gz"}
	machines := map[string]string{"amd64": "x86-64", "arm64": "ARM aarch64", "riscv64": "RISC-V", "s390x": "IBM S/390", "ppc64le": "64-bit PowerPC"}
	for arch := range machines {
		want = append(want, fmt.Sprintf("rustc-lto-wrap-%s-linux-%s.tar.gz", version, arch))
	}
	var got []string
	for name := range sums {
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("files of the release (-want +got):\n%s", d)
	}
	unpacked := t.TempDir()
	for _, name := range want {
		run(t, unpacked, nil, "tar", "-xf", filepath.Join(dist, name))
	}
	for arch := range machines {
		for _, program := range []string{"rustc-lto-wrap", "cc-helper-wrap"} {
			info, err := buildinfo.ReadFile(filepath.Join(unpacked, "rustc-lto-wrap-"+version+"-linux-"+arch, "bin", program))
			if err != nil {
				t.Fatal(err)
			}
			settings := map[string]string{}
			for _, s := range info.Settings {
				settings[s.Key] = s.Value
			}
			if settings["GOARCH"] != arch || settings["CGO_ENABLED"] != "0" || settings["vcs.revision"] != "" {
				t.Errorf("%s for %s: %v", program, arch, settings)
			}
		}
	}

	// The archive.
	source := filepath.Join(unpacked, "rustc-lto-wrap-"+version)
	empty := t.TempDir()
	gocache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	// The build cache is this machine's: it has no sources of modules, and compiling the standard library again proves nothing.
	env := []string{"GOMODCACHE=" + filepath.Join(empty, "mod"), "HOME=" + empty, "GOFLAGS=", "XDG_CACHE_HOME=" + filepath.Join(empty, "cache"), "GOCACHE=" + strings.TrimSpace(string(gocache))}
	destination := t.TempDir()
	run(t, source, env, offline("make", "install", "DESTDIR="+destination, "PREFIX=/usr")...)
	programs(t, filepath.Join(destination, "usr/bin"), version)
	if entries, err := os.ReadDir(filepath.Join(empty, "mod")); err == nil && len(entries) > 0 {
		t.Errorf("the build from the archive fetched modules: %v", entries)
	}
	// A packager's own flags.
	separate := t.TempDir()
	run(t, source, append(env, "GOFLAGS=-buildmode=pie"), offline("make", "install", "DESTDIR="+separate, "PREFIX=/usr", "BIN=build/separate", "GO_LDFLAGS=-B gobuildid")...)
	programs(t, filepath.Join(separate, "usr/bin"), version)
	f, err := elf.Open(filepath.Join(separate, "usr/bin/rustc-lto-wrap"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Type != elf.ET_DYN || f.Section(".note.gnu.build-id") == nil || f.Section(".symtab") == nil {
		t.Errorf("with GO_LDFLAGS and GOFLAGS: %s, %v", f.Type, f.Sections)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// Without make, the programs know their version, too.
	bare := t.TempDir()
	run(t, source, env, offline("go", "build", "-o", bare+"/", "./cmd/...")...)
	programs(t, bare, version)
	// The tests that need no lab pass in the archive.
	run(t, source, append(env, "KERNEL_LAB_TESTS="), offline("go", "test", "-count=1", "./...")...)

	// What was installed goes without a trace.
	run(t, source, env, "make", "uninstall", "DESTDIR="+destination, "PREFIX=/usr")
	if left := run(t, "", nil, "find", destination, "-not", "-type", "d"); left != "" {
		t.Errorf("make uninstall leaves:\n%s", left)
	}
}

// programs checks that both programs in a directory have a version, and that a report
// has it.
func programs(t *testing.T, bin, version string) {
	t.Helper()
	for _, p := range []string{"rustc-lto-wrap", "cc-helper-wrap"} {
		if got := run(t, "", nil, filepath.Join(bin, p), "--wrap-version"); got != p+" "+version+"\n" {
			t.Errorf("%s in %s says %q", p, bin, got)
		}
	}
	// The check fails without a kernel; what it prints is complete all the same.
	out, _ := exec.Command(filepath.Join(bin, "rustc-lto-wrap"), "--wrap-check", "--format=json").Output()
	var check struct{ Version string }
	if err := json.Unmarshal(out, &check); err != nil || check.Version != version {
		t.Errorf("--wrap-check: %v, version %q", err, check.Version)
	}
}

// TestWithoutGo checks that make in an archive installs nothing, and says what to do.
func TestWithoutGo(t *testing.T) {
	need(t)
	dir := checkout(t)
	if err := os.MkdirAll(filepath.Join(dir, "vendor"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "vendor/modules.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	// A PATH with what setup.sh needs, and an apt-get that must not be started.
	bin := t.TempDir()
	for _, tool := range []string{"bash", "env", "dirname", "id", "make", "sh"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "apt-get"), []byte("#!/bin/sh\necho apt-get \"$@\" >>\""+bin+"/called\"\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	// setup.sh also looks at the places where Go usually is.
	hidden := `mount -t tmpfs none /usr/local/go 2>/dev/null; for d in /usr/lib/go /usr/lib/go-1.*; do [ ! -d "$d" ] || mount -t tmpfs none "$d"; done; exec env -i PATH="$1" "$2" "$3"`
	out, err := try(dir, nil, "unshare", "--mount", "--", "sh", "-c", hidden, "sh", bin, "install/setup.sh", "build")
	if err == nil || !strings.Contains(out, "setup: error: there is no Go 1.24 or newer") || !strings.Contains(out, "setup: hint: ") {
		t.Errorf("in an archive: %v: %s", err, out)
	}
	if called, err := os.ReadFile(filepath.Join(bin, "called")); err == nil {
		t.Errorf("in an archive, apt-get was started: %s", called)
	}
	// In a checkout it would be installed, and it says so first.
	if err := os.RemoveAll(filepath.Join(dir, "vendor")); err != nil {
		t.Fatal(err)
	}
	out, err = try(dir, nil, "unshare", "--mount", "--", "sh", "-c", hidden, "sh", bin, "install/setup.sh", "build")
	called, _ := os.ReadFile(filepath.Join(bin, "called"))
	if err == nil || !strings.Contains(out, "setup: installing: golang-go") || !bytes.Contains(called, []byte("golang-go")) {
		t.Errorf("in a checkout: %v: %s\n%s", err, out, called)
	}
}

// TestDirty checks that make dist does not leave out changes in silence.
func TestDirty(t *testing.T) {
	need(t)
	dir := checkout(t)
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := try(dir, nil, "make", "dist", "VERSION="+version)
	if err == nil || !strings.Contains(out, "dist: error: the checkout has changes that are not committed: ?? new") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestRefused checks what make says of a VERSION and of FORMATS that it cannot use.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		command []string
		want    string
	}{
		{[]string{"env", "FORMATS=deb foo", "install/packages.sh", "1.2.3", "amd64"}, "packages: error: there is no format foo\npackages: hint: FORMATS names some of deb, rpm, apk and archlinux\n"},
		{[]string{"make", "-n", "programs", "VERSION=1.2 3"}, `VERSION is "1.2 3", and must be one word, as in make VERSION=1.2.3`},
	} {
		if out, err := try("../..", nil, c.command...); err == nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v: %s", c.command, err, out)
		}
	}
	// Set to nothing, it is as if it was not set.
	if out, err := try("../..", nil, "make", "-n", "programs", "VERSION="); err != nil || strings.Contains(out, "version.stamp='") {
		t.Errorf("VERSION=: %v: %s", err, out)
	}
}

// TestVersion checks what install/version.sh makes of tags and of the absence of a
// repository.
func TestVersion(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"install/version.sh", "shim/version/VERSION", "shim/version/archive.txt"} {
		text, err := os.ReadFile(filepath.Join("../..", f))
		if err != nil {
			t.Fatal(err)
		}
		switch f {
		case "shim/version/VERSION":
			text = []byte("3.4.5\n")
		case "shim/version/archive.txt": // as in a checkout, though the test may run in an archive
			text = []byte("version: $Format:%(describe:match=v*)$\ncommit: $Format:%H$\ndate: $Format:%ct$\n")
		}
		path := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.c", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.c", "GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir)}
	says := func(want string, args ...string) {
		t.Helper()
		got := strings.TrimSpace(run(t, dir, env, append([]string{"install/version.sh"}, args...)...))
		if !regexp.MustCompile("^(?:" + want + ")$").MatchString(got) {
			t.Errorf("%s: %q, want %s", args, got, want)
		}
	}
	git := func(args ...string) { run(t, dir, env, append([]string{"git"}, args...)...) }
	says(`3\.4\.5`)
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "one")
	says(`3\.4\.5-g[0-9a-f]{12}`)
	git("tag", "-a", "-m", "", "v1.2.3")
	git("tag", "other")
	says(`1\.2\.3`)
	git("commit", "-q", "--allow-empty", "-m", "two")
	says(`1\.2\.3-1-g[0-9a-f]{12}`)
	if err := os.WriteFile(filepath.Join(dir, "install/version.sh"), append([]byte(nil), run(t, dir, nil, "cat", "install/version.sh")+"\n"...), 0o755); err != nil {
		t.Fatal(err)
	}
	says(`1\.2\.3-1-g[0-9a-f]{12}-dirty`)
	for _, c := range []struct{ version, deb, apk, arch string }{
		{"1.2.3", "1.2.3", "1.2.3", "1.2.3"},
		{"1.2.3-rc1", "1.2.3~rc1", "1.2.3_rc1", "1.2.3rc1"},
		{"1.2.3-4-g0123456789ab", "1.2.3+4.g0123456789ab", "1.2.3_p4", "1.2.3+4.g0123456789ab"},
		{"1.2.3-4-g0123456789ab-dirty", "1.2.3+4.g0123456789ab.dirty", "1.2.3_p4", "1.2.3+4.g0123456789ab.dirty"},
		{"3.4.5-g0123456789ab", "3.4.5+g0123456789ab", "3.4.5", "3.4.5+g0123456789ab"},
	} {
		says(regexp.QuoteMeta(c.deb), "deb", c.version)
		says(regexp.QuoteMeta(c.deb), "rpm", c.version)
		says(regexp.QuoteMeta(c.apk), "apk", c.version)
		says(regexp.QuoteMeta(c.arch), "archlinux", c.version)
	}
	if out, err := try(dir, env, "install/version.sh", "deb", "new"); err == nil || !strings.Contains(out, "version: error: new is not a version of a package") {
		t.Errorf("%v: %s", err, out)
	}
	// What git archive makes knows its commit.
	git("checkout", "-q", ".")
	if err := os.WriteFile(filepath.Join(dir, ".gitattributes"), []byte("/shim/version/archive.txt export-subst\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git("add", ".")
	git("commit", "-qm", "three")
	archive := filepath.Join(t.TempDir(), "a.tar")
	git("archive", "-o", archive, "HEAD")
	commit := strings.TrimSpace(run(t, dir, env, "git", "rev-parse", "--short=7", "HEAD"))
	date := run(t, dir, env, "git", "log", "-1", "--format=%ct")
	dir = t.TempDir()
	run(t, dir, nil, "tar", "-xf", archive)
	says(`1\.2\.3-2-g` + commit)
	says(strings.TrimSpace(date), "date")
	// What make dist makes has its version in VERSION alone.
	run(t, dir, nil, "sed", "-i", "/^date: /!d", "shim/version/archive.txt")
	says(`3\.4\.5`)
	says(strings.TrimSpace(date), "date")
}
