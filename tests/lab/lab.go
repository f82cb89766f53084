// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package lab lets Go tests build and boot real kernels: a thin wrapper of lab.sh, which is the manual of the lab, and
// readers for what a boot prints.
//
// Paths are of two sorts: an inside path (/lab/…) is one that commands in the lab see; a host path is this machine's.
package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rustc-lto-wrap/tests/internal/watch"
)

// Fixed inside paths: where --obj and --ab are mounted.
const (
	ObjDir = "/lab/obj"
	ABDir  = "/lab/ab"
)

// Lab runs lab.sh for one test.
type Lab struct {
	t      testing.TB
	script Script
	env    []string // of every command, NAME=VALUE
	place  string   // host path of /lab
}

// Options of Run and Make. The zero value is a clean environment, /lab as the working directory, unwrapped tools.
type Options struct {
	Dir string   // inside path, working directory
	Env []string // NAME=VALUE
	Obj string   // inside path of the object tree that appears at ObjDir
	AB  string   // inside path of a directory with cc and rustc that appears at ABDir
	// Over is the inside path of a directory that keeps what a command changes in the root, which stays as it is.
	Over string
}

// PlainTree is a full kernel build by the unwrapped tools. It is shared by all tests: Fork it to change anything.
type PlainTree struct {
	Obj  string        // inside path
	Log  string        // host path of make's output
	Took time.Duration // by the build
}

// Open gives the lab to a test, made by `lab.sh up` if it is not there. It skips the test unless KERNEL_LAB_TESTS=1,
// since making the lab downloads about half a gigabyte and a plain kernel takes minutes.
func Open(t testing.TB) *Lab { t.Helper(); return openLab(t) }

func openLab(t testing.TB, env ...string) *Lab {
	t.Helper()
	if os.Getenv("KERNEL_LAB_TESTS") != "1" {
		t.Skip("needs the kernel lab, which downloads a toolchain and builds kernels: run `make test`, or set KERNEL_LAB_TESTS=1")
	}
	l := &Lab{t: t, script: Script{Path: scriptPath(t), Log: os.Stderr}, env: env}
	var err error
	if l.place, err = l.script.with(env).Run(context.Background(), "path", "/lab"); err != nil {
		t.Fatal(err)
	}
	l.must("up")
	return l
}

// scriptPath finds tests/lab/lab.sh from the directory of the test that runs.
func scriptPath(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		script := filepath.Join(dir, "tests", "lab", "lab.sh")
		if _, err := os.Stat(script); err == nil {
			return script
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("tests/lab/lab.sh is not in any directory above the test")
		}
		dir = parent
	}
}

// stalls is for how long a command may print nothing and make no file. How long it takes in all is not limited.
const stalls = 15 * time.Minute

// command runs lab.sh to its end and gives its output and exit status. What it prints and the files in tree (inside path, "" for
// all object trees of tests) are its progress. Without any, it ends, and what it has printed until then is reported. It also ends a
// little before the test's deadline, if go test was given one. Progress goes to stderr at once when live is set.
func (l *Lab) command(live bool, env []string, tree string, args ...string) (stdout, stderr string, code int) {
	l.t.Helper()
	if tree == "" {
		tree = "/lab/trees"
	}
	w := watch.New(stalls, l.Path(tree))
	if !live {
		w.Tell(func(what string) { fmt.Fprintf(l.script.Log, "lab.sh %s: %s\n", args[0], what) })
	}
	ctx, stop := w.Context(context.Background())
	defer stop()
	if d, ok := l.t.(interface{ Deadline() (time.Time, bool) }); ok {
		if deadline, ok := d.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadlineCause(ctx, deadline.Add(-10*time.Second), errors.New("the test's time is over (go test -timeout)"))
			defer cancel()
		}
	}
	var out, errs bytes.Buffer
	stderrs := io.Writer(&errs)
	if live {
		stderrs = io.MultiWriter(&errs, l.script.Log)
	}
	err := l.script.with(slices.Concat(l.env, env)).run(ctx, false, w.Writer(&out), w.Writer(stderrs), args...)
	if ctx.Err() != nil {
		l.t.Fatalf("lab.sh %s: %v\n%s", strings.Join(args, " "), context.Cause(ctx), Tail(out.String()+errs.String()))
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		l.t.Fatal(err)
	}
	return out.String(), errs.String(), code
}

// must runs lab.sh, fails the test when it fails, and gives its output without the last newline.
func (l *Lab) must(args ...string) string {
	l.t.Helper()
	stdout, stderr, code := l.command(true, nil, "", args...)
	if code != 0 {
		l.t.Fatalf("lab.sh %s: exit status %d\n%s", strings.Join(args, " "), code, Tail(stdout+stderr))
	}
	return strings.TrimSuffix(stdout, "\n")
}

// start keeps the beginning of a long command.
func start(s string) string {
	const limit = 500
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return s
}

// Tail keeps the end of a long output.
func Tail(s string) string {
	const limit = 4000
	if len(s) > limit {
		s = "…" + s[len(s)-limit:]
	}
	return s
}

func (o Options) args() []string {
	var args []string
	for _, opt := range []struct{ flag, value string }{{"-C", o.Dir}, {"--obj", o.Obj}, {"--ab", o.AB}, {"--over", o.Over}} {
		if opt.value != "" {
			args = append(args, opt.flag, opt.value)
		}
	}
	for _, e := range o.Env {
		args = append(args, "-e", e)
	}
	return args
}

// Run runs a shell command in the lab. A status that is not 0 is a result, not a failed test.
func (l *Lab) Run(o Options, cmd string) (stdout, stderr string, code int) {
	l.t.Helper()
	return l.command(false, nil, o.Obj, append(append([]string{"run"}, o.args()...), "--", cmd)...)
}

// Make runs make for the object tree obj (an inside path; o.Obj is not used) with CC and RUSTC from ABDir.
func (l *Lab) Make(o Options, version, obj string, args ...string) (stdout, stderr string, code int) {
	l.t.Helper()
	o.Obj = ""
	line := append([]string{"make"}, o.args()...)
	line = append(line, "--", version, obj)
	return l.command(false, nil, obj, append(line, args...)...)
}

// MustRun is Run of a command that must succeed. It gives what was printed on standard output.
func (l *Lab) MustRun(o Options, cmd string) (stdout string) {
	l.t.Helper()
	stdout, stderr, code := l.Run(o, cmd)
	if code != 0 {
		l.t.Fatalf("%s %s: status %d\n%s", o.Env, start(cmd), code, Tail(stdout+stderr))
	}
	return stdout
}

// MustMake is Make that must succeed. It gives all that was printed.
func (l *Lab) MustMake(o Options, version, obj string, args ...string) (output string) {
	l.t.Helper()
	stdout, stderr, code := l.Make(o, version, obj, args...)
	if code != 0 {
		l.t.Fatalf("make %s %s: status %d\n%s", o.Env, strings.Join(args, " "), code, Tail(stdout+stderr))
	}
	return stdout + stderr
}

// MakeCommand is the shell command of a silent make in ObjDir, for Run; lab.sh's make has the same.
func (l *Lab) MakeCommand(version string, args ...string) string {
	l.t.Helper()
	return l.MakeIn(ObjDir, version, args...)
}

// MakeIn is MakeCommand for an object tree elsewhere (inside path).
func (l *Lab) MakeIn(obj, version string, args ...string) string {
	l.t.Helper()
	command := []string{"make -s -C " + l.Source(version) + " O=" + obj + " LLVM=1 CC=" + ABDir + "/cc RUSTC=" + ABDir + "/rustc"}
	return strings.Join(slices.Concat(command, ArchOf(version).Make, args), " ")
}

// Config makes an object tree with only a configuration in it: the lab's fragment, or those given (host paths).
func (l *Lab) Config(version, obj string, fragments ...string) {
	l.t.Helper()
	l.must(append([]string{"config", version, obj}, fragments...)...)
}

// Plain gives the kernel built by the unwrapped tools, from the cache or built now, which takes minutes.
// The configuration is the lab's own, or the fragments given (host paths).
func (l *Lab) Plain(version string, fragments ...string) PlainTree {
	l.t.Helper()
	tree := PlainTree{Obj: l.must(append([]string{"plain", version}, fragments...)...)}
	host := l.Path(tree.Obj)
	tree.Log = host + ".log"
	info, err := os.ReadFile(host + ".info")
	if err != nil {
		l.t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(info), "\n"); strings.HasPrefix(first, "seconds ") {
		n, _ := strconv.Atoi(strings.TrimPrefix(first, "seconds "))
		tree.Took = time.Duration(n) * time.Second
	}
	return tree
}

// UserModeTest returns the fragments (host paths) of the kernel for user-mode Linux that tests build and boot.
func (l *Lab) UserModeTest(version string) []string {
	l.t.Helper()
	fragments := strings.Fields(l.must("fragments", version+"-"+UserMode().Name))
	return append(fragments, filepath.Join(filepath.Dir(l.script.Path), "um-test.config"))
}

// Tree names an object tree that does not exist yet, and removes it when the test ends, unless KERNEL_LAB_KEEP is set.
func (l *Lab) Tree() (obj string) {
	l.t.Helper()
	obj = "/lab/trees/" + strconv.Itoa(os.Getpid()) + "-" + strconv.Itoa(int(names.Add(1)))
	host := l.Path(obj)
	l.t.Cleanup(func() {
		if os.Getenv("KERNEL_LAB_KEEP") != "" {
			l.t.Logf("kept: %s", host)
		} else if err := os.RemoveAll(host); err != nil {
			l.t.Error(err)
		}
	})
	return obj
}

// names makes names of this process differ.
var names atomic.Int32

// Fork copies the plain build into a tree of this test's own, in which make finds nothing to do.
// The configuration is the lab's own, or the fragments given (host paths).
func (l *Lab) Fork(version string, fragments ...string) (obj string) {
	l.t.Helper()
	return l.must(append([]string{"fork", version, l.Tree()}, fragments...)...)
}

// Source gives the inside path of a kernel's sources, which cannot be written to.
func (l *Lab) Source(version string) string { l.t.Helper(); return l.must("source", version) }

// Path gives the host path of an inside path.
func (l *Lab) Path(inside string) string {
	l.t.Helper()
	// Tests ask for thousands of these, and only paths outside of /lab depend on the kind of the lab.
	if rest, ok := strings.CutPrefix(inside, "/lab/"); ok {
		return filepath.Join(l.place, rest)
	}
	return l.must("path", inside)
}

// Put copies a host file to /lab/bin/name and gives that path. A name may have a directory: put cc and rustc into one
// and it can be Options.AB.
func (l *Lab) Put(src, name string) string { l.t.Helper(); return l.must("put", src, name) }

// Versions lists what the lab holds, one tool or kernel a line.
func (l *Lab) Versions() string { l.t.Helper(); return l.must("versions") }

// Initrd makes an initramfs that loads the modules (host paths) in this order and unloads them in reverse.
func (l *Lab) Initrd(modules ...string) (host string) {
	l.t.Helper()
	return l.InitrdOn(DefaultArch(), modules...)
}

// InitrdOn is Initrd for a kernel of any architecture of the lab. On another one than the lab's own, the modules stay loaded.
func (l *Lab) InitrdOn(arch Arch, modules ...string) (host string) {
	l.t.Helper()
	host = filepath.Join(l.t.TempDir(), "initrd")
	l.must(append([]string{"initrd", "--arch", arch.Name, host}, modules...)...)
	return host
}

// Boot boots a kernel image (host path) under QEMU, with further options of QEMU if there are any, and gives its console;
// initrd and extra command line may be empty. A kernel that prints nothing for ten minutes fails the test.
func (l *Lab) Boot(image, initrd, cmdline string, qemu ...string) (console string) {
	l.t.Helper()
	return l.BootOn(DefaultArch(), image, initrd, cmdline, qemu...)
}

// BootOn is Boot for a kernel of any architecture of the lab. User-mode Linux runs without QEMU.
func (l *Lab) BootOn(arch Arch, image, initrd, cmdline string, qemu ...string) (console string) {
	l.t.Helper()
	args := []string{"boot", "--arch", arch.Name}
	if initrd != "" {
		args = append(args, "--initrd", initrd)
	}
	if cmdline != "" {
		args = append(args, "--append", cmdline)
	}
	if len(qemu) > 0 {
		args = append(args, "--qemu", strings.Join(qemu, " "))
	}
	stdout, stderr, code := l.command(false, nil, "", append(args, image)...)
	if code != 0 {
		l.t.Fatalf("boot of %s: exit status %d: %s\n%s", image, code, stderr, Tail(stdout))
	}
	return stdout
}
