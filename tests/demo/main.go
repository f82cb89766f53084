// Command demo builds the Rust code of a real, unmodified kernel twice, with the
// bare tools and with the shims, and prints what was inlined. `make demo` runs
// it.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rustc-lto-wrap/shim/elfobj"
	"rustc-lto-wrap/tests/lab"
)

// targets are what has Rust in it in the lab's configuration.
var targets = []string{"prepare", "rust/", "samples/rust/", "drivers/block/", "drivers/android/"}

func main() {
	version := flag.String("kernel", "7.3", "the kernel: 6.12 or 7.3")
	bin := flag.String("bin", "bin", "the folder with the shims")
	flag.Parse()
	// lab.sh and make hear of an interrupt themselves; this waits for them.
	signal.Ignore(syscall.SIGINT)
	if err := run(*version, *bin); err != nil {
		fmt.Fprintln(os.Stderr, "demo: error:", err)
		os.Exit(1)
	}
}

func run(version, bin string) error {
	say("the kernel lab: rustc, clang and LLVM of one version, and kernel sources; the first time it is downloaded (about 500 MB)")
	if _, err := script("up"); err != nil {
		return err
	}
	versions, err := script("versions")
	if err != nil {
		return err
	}
	fmt.Println(versions)
	obj := fmt.Sprintf("/lab/trees/demo-%d", os.Getpid())
	host, err := script("path", obj)
	if err != nil {
		return err
	}
	defer os.RemoveAll(host)
	shims, err := install(bin)
	if err != nil {
		return err
	}
	say("configuring Linux " + version)
	if _, err := script("config", version, obj); err != nil {
		return err
	}
	say("building its Rust code with the bare tools (about 3 minutes on two cores)")
	plainTime, err := build(version, obj)
	if err != nil {
		return err
	}
	objects, err := lab.RustObjects(host)
	if err != nil {
		return err
	}
	before := map[string]*elfobj.Object{}
	for _, o := range objects {
		if before[o], err = read(filepath.Join(host, o)); err != nil {
			return err
		}
		if err := os.Remove(filepath.Join(host, o)); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(host, "rust/helpers/helpers.o")); err != nil {
		return err
	}
	say("building the same tree's Rust code again, with RUSTC=rustc-lto-wrap CC=cc-helper-wrap (about 2 minutes)")
	shimTime, err := build(version, obj, "--ab", shims)
	if err != nil {
		return err
	}
	say(fmt.Sprintf("done: with the bare tools %.0f s, the C objects that Rust needs included; again, Rust alone, with the shims %.0f s", plainTime.Seconds(), shimTime.Seconds()))
	return table(version, host, objects, before)
}

// table prints calls and text of each object before and after.
func table(version, host string, objects []string, before map[string]*elfobj.Object) error {
	fmt.Printf("\nLinux %-38s %15s %25s\n", version, "calls to helpers", "bytes of code")
	fmt.Printf("%-44s %7s %7s %9s %9s %8s\n", "object", "before", "after", "before", "after", "change")
	var calls, text [2]uint64
	row := func(name string, calls, text [2]uint64) {
		fmt.Printf("%-44s %7d %7d %9d %9d %+6.1f %%\n", name, calls[0], calls[1], text[0], text[1],
			100*(float64(text[1])/max(float64(text[0]), 1)-1))
	}
	for _, o := range objects {
		after, err := read(filepath.Join(host, o))
		if err != nil {
			return err
		}
		c := [2]uint64{count(before[o]), count(after)}
		if c[0] == 0 && c[1] == 0 {
			continue // core, macros and the like: they cannot call helpers
		}
		t := [2]uint64{before[o].Text, after.Text}
		row(o, c, t)
		for i := range c {
			calls[i] += c[i]
			text[i] += t[i]
		}
	}
	row("total", calls, text)
	if calls[0] == 0 || calls[1] >= calls[0] {
		return fmt.Errorf("nothing was inlined: %d calls before, %d after", calls[0], calls[1])
	}
	return nil
}

func count(o *elfobj.Object) uint64 {
	n := uint64(0)
	for _, r := range o.Refs {
		if r.Call && elfobj.IsHelper(r.Symbol) {
			n++
		}
	}
	return n
}

func read(path string) (*elfobj.Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := elfobj.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// build runs make on the targets that have Rust in them.
func build(version, obj string, options ...string) (time.Duration, error) {
	start := time.Now()
	args := append([]string{"make"}, options...)
	args = append(args, "--", version, obj)
	_, err := script(append(args, targets...)...)
	return time.Since(start), err
}

// install puts the shims into the lab, under the names that kbuild's commands
// have for its tools.
func install(bin string) (dir string, err error) {
	name := fmt.Sprintf("demo-%d", os.Getpid())
	for link, program := range map[string]string{"cc": "cc-helper-wrap", "rustc": "rustc-lto-wrap"} {
		if _, err := script("put", filepath.Join(bin, program), name+"/"+program); err != nil {
			return "", err
		}
		path, err := script("path", "/lab/bin/"+name+"/"+link)
		if err != nil {
			return "", err
		}
		if err := os.Symlink(program, path); err != nil && !os.IsExist(err) {
			return "", err
		}
	}
	return "/lab/bin/" + name, nil
}

// script runs lab.sh, with its progress and make's output shown, and returns what
// it printed as its result.
func script(args ...string) (string, error) {
	cmd := exec.Command("tests/lab/lab.sh", args...)
	cmd.Stderr = os.Stderr
	if args[0] == "make" {
		cmd.Stdout = os.Stdout
		return "", wrap(args, cmd.Run())
	}
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), wrap(args, err)
}

func wrap(args []string, err error) error {
	if err != nil {
		return fmt.Errorf("tests/lab/lab.sh %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

func say(what string) { fmt.Println("demo:", what) }
