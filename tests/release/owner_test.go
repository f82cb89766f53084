// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package release

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// somebody is a user that owns checkouts here. It need not exist on the machine.
const somebody = 54321

// anotherUser skips a test that cannot act as another user.
func anotherUser(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, to make checkouts of another user")
	}
}

// give gives a tree to somebody.
func give(t *testing.T, dir string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, somebody, somebody))
	}); err != nil {
		t.Fatal(err)
	}
}

// as runs a command as somebody and returns what it prints.
func as(dir string, command ...string) (string, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: somebody, Gid: somebody}}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// foreign lists what does not belong to somebody in a tree.
func foreign(t *testing.T, dir string) (list []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Sys().(*syscall.Stat_t).Uid != somebody {
			list = append(list, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// installer returns a directory with a Makefile and what is in install, which others can reach.
func installer(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.CopyFS(filepath.Join(dir, "install"), os.DirFS("../../install"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Makefile", "shim/version/archive.txt", "shim/version/VERSION", "install/setup.sh", "install/owner.sh", "install/version.sh"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755), os.WriteFile(filepath.Join(dir, name), text, 0o755))
		}
		// CopyFS keeps no mode, and the mask of this process holds.
		if err = errors.Join(err, os.Chmod(filepath.Join(dir, name), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestVersionOfAnotherUser checks that root gets the version of a checkout that belongs to
// another user, of which git refuses to tell.
func TestVersionOfAnotherUser(t *testing.T) {
	anotherUser(t)
	dir := installer(t)
	// As in a checkout, also where this test runs in an archive, in which git has filled it in.
	if err := os.WriteFile(filepath.Join(dir, "shim/version/archive.txt"), []byte("version: $Format:x$\ncommit: $Format:x$\ndate: $Format:x$\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.c", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.c",
		"GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir), "SUDO_UID="}
	for _, command := range []string{"init -q", "add .", "commit -qm one", "tag -am x v4.5.6"} {
		run(t, dir, env, append([]string{"git"}, strings.Fields(command)...)...)
	}
	give(t, dir)
	if out, err := try(dir, env, "git", "status"); err == nil || !strings.Contains(out, "dubious ownership") {
		t.Skipf("this git does not mind whose a checkout is: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(run(t, dir, nil, "cat", "Makefile")), 0o755); err != nil {
		t.Fatal(err)
	}
	if out := run(t, dir, env, "install/version.sh"); strings.TrimSpace(out) != "4.5.6" {
		t.Errorf("the version is %q", out)
	}
	// The version has git write its index anew.
	run(t, dir, env, "install/owner.sh")
	if list := foreign(t, filepath.Join(dir, ".git")); len(list) > 0 {
		t.Errorf("not the user's: %v", list)
	}
	if out := run(t, dir, append(env, "SOURCE_DATE_EPOCH="), "install/version.sh", "date"); len(strings.TrimSpace(out)) < 10 {
		t.Errorf("the date is %q", out)
	}
}

// TestOwner checks that what root makes in a checkout of another user becomes that user's,
// and nothing else does.
func TestOwner(t *testing.T) {
	anotherUser(t)
	dir := installer(t)
	give(t, dir)
	system := filepath.Join(t.TempDir(), "system")
	err := errors.Join(os.MkdirAll(filepath.Join(dir, "build/doc"), 0o755), os.WriteFile(filepath.Join(dir, "build/doc/a"), nil, 0o644),
		os.WriteFile(system, nil, 0o600), os.Symlink(system, filepath.Join(dir, "build/link")), os.Link(system, filepath.Join(dir, "build/system")))
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, nil, "install/owner.sh", "bin", "build")
	if list := foreign(t, dir); len(list) != 1 || list[0] != filepath.Join(dir, "build/system") {
		t.Errorf("not the owner's: %v; expected the file with a name elsewhere", list)
	}
	if info, err := os.Stat(system); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("a file elsewhere was given away: %v", err)
	}
	// In root's own checkout nothing is given away.
	own := installer(t)
	run(t, own, nil, "install/owner.sh", "install")
	if info, err := os.Stat(filepath.Join(own, "install")); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
		t.Errorf("root's own checkout was given away: %v", err)
	}
}

// TestSetUpOfAnotherUser checks what somebody is told who cannot write here.
func TestSetUpOfAnotherUser(t *testing.T) {
	anotherUser(t)
	says := func(dir, want string) {
		t.Helper()
		if out, err := as("/", "test", "-r", filepath.Join(dir, "Makefile")); err != nil {
			t.Skipf("other users cannot reach the directory for temporary files: %v\n%s", err, out)
		}
		out, err := as(dir, "install/setup.sh", "build")
		if err == nil || !strings.Contains(out, want) || strings.Count(out, "\n") != 2 {
			t.Errorf("%v, want %q:\n%s", err, want, out)
		}
	}
	says(installer(t), "belongs to root, and ")
	dir := installer(t)
	give(t, dir)
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "bin"), 0o755), os.WriteFile(filepath.Join(dir, "bin/rustc-lto-wrap"), nil, 0o755)); err != nil {
		t.Fatal(err)
	}
	says(dir, "setup: hint: as root: rm -rf "+dir+"/bin\n")
}

// TestHomeOfAnotherUser checks that root keeps nothing in the home of a user.
func TestHomeOfAnotherUser(t *testing.T) {
	anotherUser(t)
	dir, home := installer(t), t.TempDir()
	show := []string{"make", "-s", "--eval", "show:;@echo $$HOME", "show"}
	if out := run(t, dir, []string{"HOME=" + home}, show...); strings.TrimSpace(out) != home {
		t.Errorf("root's own home became %s", out)
	}
	give(t, home)
	if out := run(t, dir, []string{"HOME=" + home}, show...); strings.TrimSpace(out) == home {
		t.Error("root keeps files in the home of a user")
	}
}

// TestAnyOwner has root install from a checkout that belongs to another user, and make a
// release there, with the settings of a new Go. What is left is the user's.
func TestAnyOwner(t *testing.T) {
	need(t)
	dir := checkout(t)
	give(t, dir)
	env := []string{"GOENV=off", "GIT_CONFIG_GLOBAL=/dev/null", "SUDO_UID="}
	run(t, dir, env, "make", "install", "DESTDIR="+t.TempDir())
	run(t, dir, env, "make", "dist", "VERSION="+version, "ARCHES=amd64")
	for _, made := range []string{"bin", "build", "dist"} {
		if list := foreign(t, filepath.Join(dir, made)); len(list) > 0 {
			t.Errorf("not the user's: %v", list)
		}
	}
}
