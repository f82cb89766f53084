// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/formats/bitcode/bitcodetest"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// fakes is a Host with a machine of its own below a directory: programs whose files say how
// they answer, as words in the file:
//
//	clang PRINTS [WRITES]    prints one version, and writes bitcode of another if given
//	rustc LLVM [SYSROOT]     the sysroot is below the directory
//	llvm LLVM                llvm-link and llvm-as
//	config BINDIR            llvm-config-N
//	gcc                      no clang
//	launcher                 runs its arguments
//	packages LINE            a package manager, which knows packages if it has a line
type fakes struct {
	*hosttest.Planner
	root string
	// asked are the command lines that ran, without the directory.
	asked []string
	// refuses are flags that a clang refuses, separated by blanks, by the program's base
	// name; or SAYS and what it says of any flags.
	refuses map[string]string
}

// newFakes makes a machine with these programs. PATH has /usr/bin, and env is added to
// the environment of the Planner.
func newFakes(t *testing.T, programs map[string]string, env ...string) *fakes {
	t.Helper()
	root := t.TempDir()
	f := &fakes{Planner: hosttest.New(t), root: root, refuses: map[string]string{}}
	for path, what := range programs {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(what), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.Env["PATH"] = filepath.Join(root, "usr/bin")
	f.Env["LLVM"] = ""
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		f.Env[name] = strings.ReplaceAll(value, "ROOT", root)
	}
	dirs, release := installDirs, osRelease
	installDirs = nil
	for _, d := range dirs {
		installDirs = append(installDirs, root+d)
	}
	osRelease = []string{filepath.Join(root, "etc/os-release")}
	t.Cleanup(func() { installDirs, osRelease = dirs, release })
	return f
}

// find is [Find] in the environment of the machine.
func (f *fakes) find(t *testing.T) (*Toolchain, error) {
	t.Helper()
	s, err := settings.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	kb, err := kbuild.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return Find(f, s, kb)
}

// short removes the machine's directory from a text.
func (f *fakes) short(text string) string { return strings.ReplaceAll(text, f.root, "") }

// Output implements [host.Host].
func (f *fakes) Output(argv []string, _ string) (string, error) {
	f.asked = append(f.asked, f.short(strings.Join(argv, " ")))
	for len(argv) > 0 {
		text, err := os.ReadFile(lookPath(f, argv[0]))
		if err != nil {
			return "", errors.New("no such program: " + argv[0])
		}
		kind, rest, _ := strings.Cut(string(text), " ")
		if kind == "launcher" {
			argv = argv[1:]
			continue
		}
		return f.answer(kind, rest, argv)
	}
	return "", errors.New("a launcher of nothing")
}

func (f *fakes) answer(kind, rest string, argv []string) (string, error) {
	words := append(strings.Fields(rest), "", "")
	has := func(w string) bool { return slices.Contains(argv, w) }
	switch {
	case kind == "clang" && has("-emit-llvm"):
		writes := words[1]
		if writes == "" {
			writes = words[0]
		}
		if writes == "none" {
			return "", errors.New("error: unable to create target")
		}
		return string(bitcodetest.Empty("LLVM" + writes)), nil
	case kind == "clang" && has("-c"):
		w := f.refuses[filepath.Base(argv[0])]
		if says, ok := strings.CutPrefix(w, "SAYS "); ok {
			return "", errors.New("warning: something\nerror: " + says)
		}
		text := ""
		for _, w := range strings.Fields(w) {
			option, value, assembler := strings.Cut(w, ",")
			switch {
			case !has(w):
			case assembler:
				text += "error: unsupported argument '" + value + "' to option '" + option + ",'\n"
			default:
				text += "error: argument unused during compilation: '" + w + "'\n"
			}
		}
		if text != "" {
			return "", errors.New(text)
		}
		return "", nil
	case kind == "clang":
		return "clang version " + words[0] + "\n", nil
	case kind == "rustc" && has("sysroot"):
		return filepath.Join(f.root, words[1]) + "\n", nil
	case kind == "rustc":
		return "rustc 1.0\nLLVM version: " + words[0] + "\n", nil
	case kind == "llvm":
		return "LLVM version " + words[0] + "\n", nil
	case kind == "config":
		return filepath.Join(f.root, words[0]) + "\n", nil
	case kind == "gcc" && has("-dumpmachine"):
		return "x86_64-linux-gnu\n", nil
	case kind == "gcc":
		return "gcc (Debian 14.2.0-19) 14.2.0\n", nil
	case kind == "packages" && rest != "":
		return rest + "\n", nil
	}
	return "", errors.New("exit status 100")
}

var _ host.Host = (*fakes)(nil)
