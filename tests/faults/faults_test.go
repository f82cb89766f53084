// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package faults tests the two programs as a kernel build runs them, with fake
// tools: what is passed through and what is rewritten, and what happens when a
// tool, a file, a disk or a user misbehaves.
//
// The scripts are in testdata. Each runs in an object tree, $WORK/obj, of
// a source tree, $WORK/src, with the environment that kbuild exports. Besides
// testscript's own commands there are those of [commands].
package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/internal/watch"
)

// bin holds the programs: shims/ the two under test, fake/ the fake, and tools/
// links to it by the names of the tools.
var bin string

func TestMain(m *testing.M) {
	os.Exit(programs.RunTests(m, prepare))
}

// prepare fills bin.
func prepare(dir string) error {
	bin = dir
	for _, s := range signals {
		// A shell has its background jobs ignore SIGINT, and what they start. What
		// is caught instead is back to its default in the tests' processes.
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	for directory, packages := range map[string]string{"shims": programs.Shims, "fake": "rustc-lto-wrap/tests/faults/fake"} {
		if err := programs.Build(filepath.Join(bin, directory), packages); err != nil {
			return err
		}
	}
	// Nor is this machine's package manager asked.
	if err := linkTools(filepath.Join(bin, "tools"), "", append(slices.Clone(tools), "apt-cache", "pacman")...); err != nil {
		return err
	}
	// testscript's directories go into it, too: of a run of some scripts only it leaves one.
	return os.Setenv("GOTMPDIR", bin)
}

var tools = []string{"rustc", "clang", "llvm-link", "llvm-as"}

// linkTools makes the fake tools in dir, with suffix behind each name.
func linkTools(dir, suffix string, names ...string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, n := range names {
		if err := os.Symlink(filepath.Join(bin, "fake/fake"), filepath.Join(dir, n+suffix)); err != nil {
			return err
		}
	}
	return nil
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		Setup:              setup,
		Cmds:               commands,
		Condition:          condition,
		RequireUniqueNames: true,
	})
}

// tree is the kernel that the scripts build, as far as the shims look at it.
var tree = map[string]string{
	"src/rust/helpers/helpers.c":         "#include \"foo.c\"\n",
	"src/rust/helpers/foo.c":             "/* the helpers */\n",
	"src/include/linux/compiler_types.h": "/* forced in */\n",
	"src/lib/exported.c":                 "EXPORT_SYMBOL_GPL(exported_fn);\n",
	"src/rust/kernel/lib.rs":             "",
	"src/drivers/d.rs":                   "",
	"obj/include/config/auto.conf":       "CONFIG_MODULES=y\n",
	"obj/include/generated/rustc_cfg":    "--cfg=CONFIG_RUST\n",
	"obj/rust/helpers/.keep":             "",
	"obj/drivers/.keep":                  "",
}

// setup makes the tree and the environment.
func setup(e *testscript.Env) error {
	data, err := filepath.Abs("fake/data") // asserting.o, helpers.o, inlined.o, left.o, plain.o: what the fakes write
	if err != nil {
		return err
	}
	if err := makeTree(e.WorkDir); err != nil {
		return err
	}
	for _, o := range []string{"asserting.o", "helpers.o", "inlined.o", "left.o", "plain.o"} {
		if err := os.Symlink(filepath.Join(data, o), filepath.Join(e.WorkDir, o)); err != nil {
			return err
		}
	}
	e.Cd = filepath.Join(e.WorkDir, "obj")
	for _, v := range environment(e.WorkDir) {
		e.Setenv(v[0], v[1])
	}
	return nil
}

// makeTree makes the tree in the directory work.
func makeTree(work string) error {
	for name, text := range tree {
		path := filepath.Join(work, name)
		if _, err := os.Stat(path); err == nil {
			continue // the script brings its own
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// environment is that of a recipe of the tree in the directory work.
func environment(work string) [][2]string {
	src := filepath.Join(work, "src")
	return [][2]string{
		{"SHIMS", filepath.Join(bin, "shims")}, {"TOOLS", filepath.Join(bin, "tools")}, {"FAKE", filepath.Join(bin, "fake/fake")},
		{"PATH", strings.Join([]string{filepath.Join(bin, "shims"), filepath.Join(bin, "tools"), "/usr/bin", "/bin"}, ":")},
		{"FAKE_LOG", filepath.Join(work, "log")},
		// What the top Makefile exports.
		{"srctree", src}, {"objtree", "."}, {"SRCARCH", "x86"}, {"CC", "cc-helper-wrap"},
		{"CLANG_FLAGS", "--target=x86_64-linux-gnu -Werror=unused-command-line-argument"},
		{"NOSTDINC_FLAGS", "-nostdinc"}, {"LINUXINCLUDE", "-I" + src + "/include -I./include"},
		{"KBUILD_CPPFLAGS", "-D__KERNEL__"}, {"KBUILD_CFLAGS", "-O2 -fno-strict-aliasing -fno-delete-null-pointer-checks -flto=thin"},
		{"KBUILD_CFLAGS_KERNEL", "-DKERNELSIDE"}, {"KBUILD_CFLAGS_MODULE", "-DMODULE"}, {"CC_FLAGS_LTO", "-flto=thin"},
	}
}

// condition answers [mount]: may this process mount a tmpfs?
func condition(cond string) (bool, error) {
	if cond != "mount" {
		return false, fmt.Errorf("there is no condition %s", cond)
	}
	dir, err := os.MkdirTemp(bin, "mount")
	if err != nil {
		return false, err
	}
	if err := syscall.Mount("faults", dir, "tmpfs", 0, "size=64k"); err != nil {
		return false, nil
	}
	return true, syscall.Unmount(dir, 0)
}

// commandLine turns the words of a command line into arguments. The first word
// may stand for the command lines of kbuild's:
//
//	kernel, core     a library crate (cmd_rustc_library)
//	driver, module   a driver's, built in and for a module (cmd_rustc_o_rs)
//	helpers          the helpers' object
//
// A name may follow a "/": driver/d2 makes drivers/d2.o. getenv is the
// environment that it will run in.
func commandLine(getenv func(string) string, words []string) []string {
	kind, name, _ := strings.Cut(words[0], "/")
	src, rest := getenv("srctree"), words[1:]
	if name == "" {
		name = "d"
	}
	emits := func(dir, name string) []string {
		return []string{"--emit=dep-info=" + dir + "/." + name + ".o.d", "--emit=obj=" + dir + "/" + name + ".o"}
	}
	library := []string{"rustc-lto-wrap", "--edition=2021", "-Zbinary_dep_depinfo=y", "-Ccodegen-units=1", "-Copt-level=2",
		"@./include/generated/rustc_cfg", "-L./rust", "--crate-type", "rlib"}
	switch kind {
	case "kernel":
		return slices.Concat(library, []string{"--extern", "macros", "--extern", "bindings", "--extern", "uapi"},
			emits("rust", "kernel"), []string{"--emit=metadata=rust/libkernel.rmeta", "--crate-name", "kernel", src + "/rust/kernel/lib.rs"}, rest)
	case "core":
		return slices.Concat(library, emits("rust", "core"), []string{"--emit=metadata=rust/libcore.rmeta", "--crate-name", "core", src + "/rust/core.rs"}, rest)
	case "driver", "module":
		if kind == "module" {
			rest = append([]string{"--cfg", "MODULE"}, rest...)
		}
		return slices.Concat(library, []string{"--extern", "alloc", "--extern", "kernel", "--crate-name", name, "--out-dir", "drivers/"},
			emits("drivers", name), rest, []string{src + "/drivers/d.rs"})
	case "helpers":
		return slices.Concat([]string{"cc-helper-wrap", "-Wp,-MMD,rust/helpers/.helpers.o.d"},
			strings.Fields(getenv("NOSTDINC_FLAGS")), strings.Fields(getenv("LINUXINCLUDE")),
			[]string{"-include", src + "/include/linux/compiler_types.h"}, strings.Fields(getenv("KBUILD_CPPFLAGS")),
			strings.Fields(getenv("CLANG_FLAGS")), strings.Fields(getenv("KBUILD_CFLAGS")), strings.Fields(getenv("KBUILD_CFLAGS_KERNEL")),
			[]string{`-DKBUILD_MODFILE="rust/helpers/helpers"`, `-DKBUILD_BASENAME="helpers"`}, rest,
			[]string{"-c", "-o", "rust/helpers/helpers.o", src + "/rust/helpers/helpers.c"})
	}
	return words
}

// intermediates are the intermediate files in a listing of the object tree.
func intermediates(listing string) (paths []string) {
	for line := range strings.Lines(listing) {
		if path, _, _ := strings.Cut(line, " "); strings.HasPrefix(path, "obj/") && files.Intermediate(path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// commands are what scripts can use besides testscript's own.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	// run STATUS WORD…: the command line ends with STATUS, a number or a
	// signal's name.
	"run": func(ts *testscript.TestScript, _ bool, args []string) {
		c := commandLine(ts.Getenv, args[1:])
		tick()
		err := ts.Exec(c[0], c[1:]...)
		if got := ending(err); got != args[0] {
			ts.Fatalf("ended with %s, want %s", got, args[0])
		}
	},
	// explain WORD…: --wrap-explain of the command line.
	"explain": func(ts *testscript.TestScript, neg bool, args []string) {
		c := commandLine(ts.Getenv, args)
		if err := ts.Exec(c[0], append([]string{"--wrap-explain", "--"}, c[1:]...)...); (err != nil) != neg {
			ts.Fatalf("%v", err)
		}
	},
	// interrupt SIGNAL REGEXP WORD…: once the log has a line that matches, the
	// signal goes to the process of the command line, which then ends by it.
	"interrupt": func(ts *testscript.TestScript, _ bool, args []string) {
		c := start(ts, commandLine(ts.Getenv, args[2:]))
		waitLog(ts, args[1])
		ts.Check(c.Process.Signal(signals[args[0]]))
		if got := ending(waitFor(ts, c)); got != args[0] {
			ts.Fatalf("ended with %s, want %s", got, args[0])
		}
	},
	// parallel N STATUS WORD…: N command lines at once, with driver/p1 and so
	// on for driver/p.
	"parallel": func(ts *testscript.TestScript, _ bool, args []string) {
		n, _ := strconv.Atoi(args[0])
		var all []*exec.Cmd
		for i := range n {
			words := slices.Clone(args[2:])
			words[0] += strconv.Itoa(i + 1)
			all = append(all, start(ts, commandLine(ts.Getenv, words)))
		}
		for i, c := range all {
			if got := ending(waitFor(ts, c)); got != args[1] {
				ts.Fatalf("number %d ended with %s, want %s", i+1, got, args[1])
			}
		}
	},
	// start NAME WORD… and ends NAME STATUS: in the background. logged REGEXP
	// waits until the log has such a line. kill NAME SIGNAL.
	"start": func(ts *testscript.TestScript, _ bool, args []string) {
		background.Store(key(ts, args[0]), start(ts, commandLine(ts.Getenv, args[1:])))
	},
	"ends": func(ts *testscript.TestScript, _ bool, args []string) {
		if got := ending(waitFor(ts, started(ts, args[0]))); got != args[1] {
			ts.Fatalf("%s ended with %s, want %s", args[0], got, args[1])
		}
	},
	"send": func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Check(started(ts, args[0]).Process.Signal(signals[args[1]]))
	},
	"logged": func(ts *testscript.TestScript, _ bool, args []string) { waitLog(ts, args[0]) },
	// terminal COLUMNS STATUS WORD…: the command line has a terminal as standard output. What is shown there goes to the file terminal,
	// and standard error to terminal.stderr. (testscript's own terminal is the one that controls the process, whose end has the
	// kernel throw away what was not read of it.)
	"terminal": func(ts *testscript.TestScript, _ bool, args []string) {
		columns, _ := strconv.Atoi(args[0])
		screen, out, err := openTerminal(columns)
		ts.Check(err)
		defer screen.Close()
		shown := make(chan []byte, 1)
		go func() {
			text, _ := io.ReadAll(screen) // EIO, once nobody has the other side open
			shown <- text
		}()
		c := exec.Command(filepath.Join(bin, "shims", args[2]), args[3:]...)
		var stderr bytes.Buffer
		c.Dir, c.Env, c.Stdout, c.Stderr = ts.MkAbs("."), environ(ts), out, &stderr
		ended := ending(c.Run())
		ts.Check(out.Close())
		ts.Check(os.WriteFile(ts.MkAbs("terminal"), <-shown, 0o644))
		ts.Check(os.WriteFile(ts.MkAbs("terminal.stderr"), stderr.Bytes(), 0o644))
		if ended != args[1] {
			ts.Fatalf("ended with %s, want %s:\n%s", ended, args[1], stderr.Bytes())
		}
	},
	// unwarn removes the marks of what was told, as a new build does.
	"unwarn": func(ts *testscript.TestScript, _ bool, _ []string) {
		for _, dir := range []string{ts.MkAbs("."), ts.Getenv("KBUILD_EXTMOD")} {
			marks, err := filepath.Glob(filepath.Join(dir, ".tmp_lto_wrap_warned_*"))
			ts.Check(err)
			for _, m := range marks {
				ts.Check(os.Remove(m))
			}
		}
	},
	// calls N STEP [REGEXP]: the log has N runs of STEP that match.
	"calls": func(ts *testscript.TestScript, _ bool, args []string) {
		re := regexp.MustCompile("^" + args[1] + ` .*` + strings.Join(args[2:], " "))
		var n int
		for l := range strings.Lines(readLog(ts)) {
			if re.MatchString(strings.TrimSuffix(l, "\n")) {
				n++
			}
		}
		if strconv.Itoa(n) != args[0] {
			ts.Fatalf("%d runs of %s, want %s; the log:\n%s", n, args[1], args[0], readLog(ts))
		}
	},
	// steps STEP…: these, in this order, are all that ran, but for questions
	// about versions, options and the like. The log is empty afterwards.
	"steps": func(ts *testscript.TestScript, _ bool, args []string) {
		var got []string
		for l := range strings.Lines(readLog(ts)) {
			step, _, _ := strings.Cut(l, " ")
			if !slices.ContainsFunc([]string{"_VERSION", "_OPTIONS", "_ALIGNMENT", "_SYSROOT", "_BITCODE", "_ACCEPTS", "APT_CACHE", "PACMAN"}, func(q string) bool { return strings.HasSuffix(step, q) }) {
				got = append(got, step)
			}
		}
		if !slices.Equal(got, args) {
			ts.Fatalf("ran %v, want %v; the log:\n%s", got, args, readLog(ts))
		}
		_ = os.Remove(ts.Getenv("FAKE_LOG"))
	},
	// explained LABEL…: in the last explain's output, the line with each label
	// is the command line of a run in the log.
	"explained": func(ts *testscript.TestScript, _ bool, args []string) {
		text, log := ts.ReadFile("stdout"), readLog(ts)
		for _, label := range args {
			_, rest, ok := strings.Cut("\n"+text, "\n"+strings.ReplaceAll(label, "_", " ")+": ")
			command, _, _ := strings.Cut(rest, "\n")
			if !ok || !strings.Contains(log, " "+command+"\n") {
				ts.Fatalf("%s: %q did not run; explained:\n%s\nran:\n%s", label, command, text, log)
			}
		}
	},
	// remember and unchanged: no file of the tree was made, changed or removed
	// in between.
	"remember": func(ts *testscript.TestScript, _ bool, _ []string) {
		ts.Setenv("REMEMBERED", listing(ts))
	},
	"unchanged": func(ts *testscript.TestScript, _ bool, _ []string) {
		if was, is := ts.Getenv("REMEMBERED"), listing(ts); was != is {
			ts.Fatalf("the tree was\n%s\nand is\n%s", was, is)
		}
	},
	// tidy: the object tree has no intermediate file, but for those that are
	// said to stay.
	"tidy": func(ts *testscript.TestScript, neg bool, _ []string) {
		left := intermediates(listing(ts))
		if (len(left) > 0) != neg {
			ts.Fatalf("intermediate files: %q", left)
		}
	},
	// link DIR SUFFIX TOOL…: fake tools in another directory.
	"link": func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Check(linkTools(ts.MkAbs(args[0]), args[1], args[2:]...))
	},
	// mount OPTIONS DIR: a tmpfs for the rest of the script; see [mount].
	"mount": func(ts *testscript.TestScript, _ bool, args []string) {
		dir := ts.MkAbs(args[1])
		ts.Check(syscall.Mount("faults", dir, "tmpfs", 0, args[0]))
		ts.Defer(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	},
	// readonly DIR: what mount mounted can no longer be written to.
	"readonly": func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Check(syscall.Mount("faults", ts.MkAbs(args[0]), "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	},
	// fill FILE: the file takes all room that its file system has.
	"fill": func(ts *testscript.TestScript, _ bool, args []string) {
		f, err := os.Create(ts.MkAbs(args[0]))
		ts.Check(err)
		block := make([]byte, 4096)
		for err == nil {
			_, err = f.Write(block)
		}
		ts.Check(f.Close())
		if !errors.Is(err, syscall.ENOSPC) {
			ts.Fatalf("%v", err)
		}
	},
	// truncate FILE and append FILE TEXT.
	"truncate": func(ts *testscript.TestScript, _ bool, args []string) {
		for _, f := range glob(ts, args[0]) {
			info, err := os.Stat(f)
			ts.Check(err)
			ts.Check(os.Truncate(f, info.Size()/2))
		}
	},
	"append": func(ts *testscript.TestScript, _ bool, args []string) {
		f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
		ts.Check(err)
		_, err = f.WriteString(args[1] + "\n")
		ts.Check(err)
		ts.Check(f.Close())
	},
	// touch FILE: newer, with the same contents.
	"touch": func(ts *testscript.TestScript, _ bool, args []string) {
		tick()
		now := time.Now()
		ts.Check(os.Chtimes(ts.MkAbs(args[0]), now, now))
	},
	// make FILE: it is there, and empty.
	"make": func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o644))
	},
	// remove PATTERN and asdir PATTERN: the files are gone, or directories stand in
	// their place.
	"remove": func(ts *testscript.TestScript, _ bool, args []string) {
		for _, f := range glob(ts, args[0]) {
			ts.Check(os.Remove(f))
		}
	},
	"asdir": func(ts *testscript.TestScript, _ bool, args []string) {
		for _, f := range glob(ts, args[0]) {
			ts.Check(os.Remove(f))
			ts.Check(os.MkdirAll(filepath.Join(f, "x"), 0o755))
		}
	},
	// files N PATTERN: so many files match.
	"files": func(ts *testscript.TestScript, _ bool, args []string) {
		found, err := filepath.Glob(ts.MkAbs(args[1]))
		ts.Check(err)
		if strconv.Itoa(len(found)) != args[0] {
			ts.Fatalf("%d files match %s, want %s: %q", len(found), args[1], args[0], found)
		}
	},
	// intext PATTERN REGEXP: every file that matches has such a line.
	"intext": func(ts *testscript.TestScript, neg bool, args []string) {
		for _, f := range glob(ts, args[0]) {
			if regexp.MustCompile("(?m)"+args[1]).MatchString(ts.ReadFile(f)) == neg {
				ts.Fatalf("%s has:\n%s", f, ts.ReadFile(f))
			}
		}
	},
	// count N REGEXP: standard error of the last run has so many such lines.
	"count": func(ts *testscript.TestScript, _ bool, args []string) {
		if n := len(regexp.MustCompile("(?m)"+args[1]).FindAllString(ts.ReadFile("stderr"), -1)); strconv.Itoa(n) != args[0] {
			ts.Fatalf("%d lines of standard error match, want %s", n, args[0])
		}
	},
}

// openTerminal returns both sides of a new terminal (pty(7)): what it shows, and what a program writes to.
func openTerminal(columns int) (screen, program *os.File, err error) {
	if screen, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	err = errors.Join(err, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	if err == nil {
		program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(program.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(columns)})
	}
	return screen, program, err
}

var signals = map[string]syscall.Signal{
	"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT, "KILL": syscall.SIGKILL, "SEGV": syscall.SIGSEGV,
}

// ending is how a process ended: its status, or the name of a signal.
func ending(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case !errors.As(err, &exit):
		return err.Error()
	}
	if ws := exit.Sys().(syscall.WaitStatus); ws.Signaled() {
		for name, s := range signals {
			if s == ws.Signal() {
				return name
			}
		}
		return ws.Signal().String()
	}
	return strconv.Itoa(exit.ExitCode())
}

// background holds the processes that scripts have started.
var background sync.Map

func key(ts *testscript.TestScript, name string) string { return ts.Getenv("WORK") + "\x00" + name }

func started(ts *testscript.TestScript, name string) *exec.Cmd {
	c, ok := background.Load(key(ts, name))
	if !ok {
		ts.Fatalf("nothing was started as %s", name)
	}
	return c.(*exec.Cmd)
}

// start starts a command line in a process group of its own, all of which ends
// with the script. Its standard error goes to the file stderr.PID in $WORK.
func start(ts *testscript.TestScript, argv []string) *exec.Cmd {
	c := exec.Command(filepath.Join(bin, "shims", argv[0]), argv[1:]...)
	if strings.Contains(argv[0], "/") {
		c.Path = argv[0]
	}
	c.Dir = ts.MkAbs(".")
	c.Env = environ(ts)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := os.CreateTemp(ts.Getenv("WORK"), "stderr")
	ts.Check(err)
	c.Stderr = out
	tick()
	ts.Check(c.Start())
	ts.Check(out.Close())
	ts.Defer(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		_ = c.Wait()
	})
	return c
}

// environ is the script's environment, by way of env(1): testscript has no
// other access to all of it.
func environ(ts *testscript.TestScript) []string {
	ts.Check(ts.Exec("/usr/bin/env", "-0"))
	return strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\x00"), "\x00")
}

// tick waits until a file that is written now is newer than all files before. A helpers source that was written in the same tick of the
// file system's clock in which the bitcode is begun may be newer than what clang has read, and so the bitcode is made
// once more: what a script counts would depend on how fast it is.
func tick() {
	for now := time.Now().UnixNano(); host.FileTime() <= now; {
		time.Sleep(time.Millisecond)
	}
}

// waitFor waits for a process, but not for ever.
func waitFor(ts *testscript.TestScript, c *exec.Cmd) error {
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	err, ok := watch.Receive(done)
	if !ok {
		ts.Fatalf("it hangs: %v; the log:\n%s", c.Args, readLog(ts))
	}
	return err
}

func readLog(ts *testscript.TestScript) string {
	b, err := os.ReadFile(ts.Getenv("FAKE_LOG"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	return string(b)
}

func waitLog(ts *testscript.TestScript, pattern string) {
	re := regexp.MustCompile("(?m)" + pattern)
	if watch.Until(func() bool { return re.MatchString(readLog(ts)) }) {
		return
	}
	ts.Fatalf("nothing in the log matches %s:\n%s", pattern, readLog(ts))
}

// glob lists the files that match; there must be some.
func glob(ts *testscript.TestScript, pattern string) []string {
	found, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	if len(found) == 0 {
		ts.Fatalf("no file matches %s; there are:\n%s", pattern, listing(ts))
	}
	return found
}

// listing lists the files of both trees with size and time.
func listing(ts *testscript.TestScript) string {
	text, err := list(ts.Getenv("WORK"))
	ts.Check(err)
	return text
}

// list is listing for the trees in the directory work.
func list(work string) (string, error) {
	var b strings.Builder
	for _, dir := range []string{"src", "obj"} {
		if err := filepath.WalkDir(filepath.Join(work, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(work, path)
			fmt.Fprintf(&b, "%s %d %d\n", rel, info.Size(), info.ModTime().UnixNano())
			return nil
		}); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}
