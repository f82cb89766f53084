// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
)

// gcc is the environment of a kernel that gcc builds.
var gcc = []string{"CLANG_FLAGS=", "CC=gcc"}

// TestFindClang checks which clang is taken, on machines with several.
func TestFindClang(t *testing.T) {
	type programs = map[string]string
	with := func(env ...string) []string { return append(append([]string{}, gcc...), env...) }
	for _, c := range []struct {
		name     string
		programs programs
		env      []string
		// want is "PROGRAM (ORIGIN)" of clang, or what an error must have.
		want string
	}{
		// The order.
		{"LTO_WRAP_CLANG comes first", programs{"opt/clang": "clang 22.1.0", "usr/bin/clang": "clang 22.1.1"}, with("LTO_WRAP_CLANG=ROOT/opt/clang"), "/opt/clang (LTO_WRAP_CLANG)"},
		{"kbuild's CC", programs{"opt/clang": "clang 22.1.0", "usr/bin/clang": "clang 22.1.1"}, []string{"CC=ROOT/opt/clang"}, "/opt/clang (kbuild's CC)"},
		{"kbuild's CC before LLVM=", programs{"usr/bin/clang-22": "clang 22.1.0", "usr/bin/clang": "clang 22.1.1"}, []string{"CC=clang-22", "LLVM=1"}, "/usr/bin/clang-22 (kbuild's CC)"},
		{"LLVM= before PATH", programs{"usr/bin/clang-22.1": "clang 22.1.0", "usr/bin/clang": "clang 22.1.1"}, []string{"CC=cc-helper-wrap", "LLVM=-22.1"}, "/usr/bin/clang-22.1 (what LLVM= implies)"},
		{"LLVM= with a directory", programs{"opt/bin/clang": "clang 22.1.0", "usr/bin/clang": "clang 22.1.1"}, []string{"CC=cc-helper-wrap", "LLVM=ROOT/opt/bin/"}, "/opt/bin/clang (what LLVM= implies)"},
		{"clang on PATH", programs{"usr/bin/clang": "clang 22.1.0", "usr/bin/clang-22": "clang 22.1.1"}, gcc, "/usr/bin/clang (on PATH)"},
		{"clang-N on PATH", programs{"usr/bin/clang": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.1", "opt/rust/bin/clang": "clang 22.1.2"}, gcc, "/usr/bin/clang-22 (on PATH)"},
		{"beside rustc", programs{"usr/bin/clang": "clang 21.1.8", "opt/rust/bin/clang": "clang 22.1.2", "usr/bin/llvm-config-22": "config lib/22"}, gcc, "/opt/rust/bin/clang (beside rustc)"},
		{"beside rustc, under Debian's name for it", programs{"opt/rust/bin/rust-clang": "clang 22.1.2"}, gcc, "/opt/rust/bin/rust-clang (beside rustc)"},
		{"where llvm-config-N says", programs{"usr/bin/llvm-config-22": "config lib/22", "lib/22/clang": "clang 22.1.8", "usr/lib/llvm-22/bin/clang": "clang 22.1.9"}, gcc, "/lib/22/clang (llvm-config-22 --bindir)"},
		{"Debian's directory", programs{"usr/lib/llvm-22/bin/clang": "clang 22.1.8"}, gcc, "/usr/lib/llvm-22/bin/clang (installed by a distribution)"},
		{"Fedora's directory", programs{"usr/lib64/llvm22/bin/clang-22": "clang 22.1.8"}, gcc, "/usr/lib64/llvm22/bin/clang-22 (installed by a distribution)"},
		{"Gentoo's directory", programs{"usr/lib/llvm/22/bin/clang": "clang 22.1.8"}, gcc, "/usr/lib/llvm/22/bin/clang (installed by a distribution)"},
		{"Alpine's directory", programs{"usr/lib/llvm22/bin/clang": "clang 22.1.8"}, gcc, "/usr/lib/llvm22/bin/clang (installed by a distribution)"},

		// Several versions side by side.
		{"the same version before a newer one", programs{"usr/bin/clang": "clang 22.1.8", "usr/bin/clang-19": "clang 19.1.7", "usr/bin/rustc": "rustc 19.1.7 usr"}, gcc, "/usr/bin/clang-19 (on PATH)"},
		{"a newer one", programs{"usr/bin/clang": "clang 24.1.0"}, gcc, "it is newer than rustc's LLVM 22, and the two have not been tested together"},
		{"older ones only", programs{"usr/bin/clang": "clang 21.1.8", "usr/bin/clang-20": "clang 20.1.8"}, gcc, "LLVM versions do not match: /usr/bin/rustc has LLVM 22 (rustc 1.0); /usr/bin/clang (on PATH) has LLVM 21 (clang version 21.1.8): it cannot read"},
		{"kbuild's clang is older", programs{"usr/bin/clang": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.8"}, []string{"CC=clang", "LLVM=1"}, "/usr/bin/clang-22 (on PATH)"},
		{"kbuild's clang is newer", programs{"usr/bin/clang": "clang 24.1.0", "usr/bin/clang-22": "clang 22.1.8"}, []string{"CC=clang", "LLVM=1"}, "/usr/bin/clang-22 (on PATH)"},

		// Versions that lie.
		{"it prints 22 and writes 19", programs{"usr/bin/clang": "clang 22.0.1 19.1.7", "usr/bin/clang-22": "clang 22.1.0"}, gcc, "/usr/bin/clang-22 (on PATH)"},
		{"it prints 19 and writes 22", programs{"usr/bin/clang": "clang 19.1.7 22.1.0"}, gcc, "/usr/bin/clang (on PATH)"},
		{"clang-22 is 21", programs{"usr/bin/clang-22": "clang 21.1.8"}, gcc, "/usr/bin/clang-22 (on PATH) has LLVM 21"},
		{"it cannot write for the target", programs{"usr/bin/clang": "clang 22.1.0 none", "usr/bin/clang-22": "clang 22.1.0"}, gcc, "/usr/bin/clang-22 (on PATH)"},
		{"nothing can", programs{"usr/bin/clang": "clang 22.1.0 none"}, gcc, "it makes no bitcode for x86_64-linux-gnu: error: unable to create target"},

		// Spellings.
		{"a path with blanks", programs{"opt/my tools/clang": "clang 22.1.0"}, with("LTO_WRAP_CLANG='ROOT/opt/my tools/clang'"), "/opt/my tools/clang (LTO_WRAP_CLANG)"},
		{"a directory with blanks on PATH", programs{"opt/my tools/clang-22": "clang 22.1.0"}, with("PATH=ROOT/opt/my tools:ROOT/usr/bin"), "/opt/my tools/clang-22 (on PATH)"},
		{"a launcher", programs{"usr/bin/ccache": "launcher", "usr/bin/clang-22": "clang 22.1.0", "usr/bin/clang": "clang 22.1.0"}, with("LTO_WRAP_CLANG=ccache clang-22"), "/usr/bin/ccache clang-22 (LTO_WRAP_CLANG)"},
		{"a launcher in kbuild's CC", programs{"usr/bin/ccache": "launcher", "usr/bin/clang-22": "clang 22.1.0"}, []string{"CC=ccache clang-22"}, "/usr/bin/ccache clang-22 (kbuild's CC)"},
		{"a launcher before a clang that does not fit", programs{"usr/bin/ccache": "launcher", "usr/bin/clang-21": "clang 21.1.0", "usr/bin/clang-22": "clang 22.1.0"}, []string{"CC=ccache clang-21"}, "/usr/bin/clang-22 (on PATH)"},
		{"kernel.org's archive", programs{"opt/llvm-rust/bin/rustc": "rustc 22.1.2 opt/llvm-rust", "opt/llvm-rust/bin/clang": "clang 22.1.2", "usr/bin/clang": "clang 14.0.6"}, with("LTO_WRAP_RUSTC=ROOT/opt/llvm-rust/bin/rustc"), "/opt/llvm-rust/bin/clang (beside rustc)"},
		{"kernel.org's archive on PATH", programs{"opt/llvm-rust/bin/rustc": "rustc 22.1.2 opt/llvm-rust", "opt/llvm-rust/bin/clang": "clang 22.1.2", "usr/bin/clang": "clang 14.0.6"}, with("PATH=ROOT/opt/llvm-rust/bin:ROOT/usr/bin"), "/opt/llvm-rust/bin/clang (on PATH)"},

		// Settings are taken or are errors.
		{"LTO_WRAP_CLANG does not fit", programs{"opt/clang": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.1"}, with("LTO_WRAP_CLANG=ROOT/opt/clang"), "/opt/clang (LTO_WRAP_CLANG) has LLVM 21"},
		{"LTO_WRAP_CLANG does not exist", programs{"usr/bin/clang-22": "clang 22.1.1"}, with("LTO_WRAP_CLANG=clang-23"), `there is no program "clang-23"`},
		{"LTO_WRAP_CLANG is gcc", programs{"usr/bin/clang-22": "clang 22.1.1"}, with("LTO_WRAP_CLANG=gcc"), `/usr/bin/gcc is not clang`},
		{"LTO_WRAP_CC as before, beside gcc", programs{"opt/clang": "clang 22.1.0", "usr/bin/clang": "clang 22.1.1"}, with("LTO_WRAP_CC=ROOT/opt/clang"), "/opt/clang (LTO_WRAP_CC)"},
		{"LTO_WRAP_CC as before does not fit", programs{"opt/clang": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.1"}, with("LTO_WRAP_CC=ROOT/opt/clang"), "/opt/clang (LTO_WRAP_CC) has LLVM 21"},
		{"LTO_WRAP_CC does not exist", programs{"usr/bin/clang-22": "clang 22.1.1"}, with("LTO_WRAP_CC=clang-23"), `there is no program "clang-23"`},
		{"LTO_WRAP_CC is the compiler behind cc-helper-wrap", programs{"usr/bin/clang-21": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.1"}, []string{"CC=cc-helper-wrap", "LTO_WRAP_CC=clang-21"}, "/usr/bin/clang-22 (on PATH)"},
		{"gcc behind cc-helper-wrap", programs{"usr/bin/clang-22": "clang 22.1.1"}, []string{"CLANG_FLAGS=", "CC=cc-helper-wrap", "LTO_WRAP_CC=gcc"}, "/usr/bin/clang-22 (on PATH)"},
		{"gcc behind cc-helper-wrap, and a clang", programs{"opt/clang": "clang 22.1.1"}, []string{"CLANG_FLAGS=", "CC=cc-helper-wrap", "LTO_WRAP_CC=gcc", "LTO_WRAP_CLANG=ROOT/opt/clang"}, "/opt/clang (LTO_WRAP_CLANG)"},
		{"there is none", nil, gcc, `clang: there is no program "clang"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakes(t, map[string]string{"usr/bin/gcc": "gcc", "usr/bin/rustc": "rustc 22.1.2 opt/rust"}, c.env...)
			for path, what := range c.programs {
				f.put(t, path, what)
			}
			tools, err := f.find(t)
			if err != nil {
				if !strings.Contains(f.short(err.Error()), c.want) {
					t.Errorf("the error is %q, want %q", f.short(err.Error()), c.want)
				}
				var failure *host.Failure
				if !errors.As(err, &failure) || failure.Hint == "" || strings.Contains(failure.Hint, "LLVM=") {
					t.Errorf("the hint: %+v", failure)
				}
				return
			}
			if got := f.short(fmt.Sprintf("%s (%s)", strings.Join(tools.Clang.Argv, " "), tools.Clang.Origin)); got != c.want {
				t.Errorf("clang is %s, want %s", got, c.want)
			}
		})
	}
}

// put makes a program.
func (f *fakes) put(t *testing.T, path, what string) {
	t.Helper()
	path = filepath.Join(f.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(what), 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestPassed checks that clangs that were passed over are known with the reason.
func TestPassed(t *testing.T) {
	f := newFakes(t, map[string]string{"usr/bin/gcc": "gcc", "usr/bin/rustc": "rustc 22.1.2 usr", "usr/bin/clang": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.0"}, gcc...)
	tools, err := f.find(t)
	if err != nil {
		t.Fatal(err)
	}
	if len(tools.Passed) != 1 || f.short(tools.Passed[0].String()) != "/usr/bin/clang (on PATH) has LLVM 21 (clang version 21.1.8): it cannot read the bitcode of rustc's LLVM 22" {
		t.Errorf("passed over: %v", tools.Passed)
	}
}

// TestLLVMTools checks which llvm-link and llvm-as are taken, and that they are not looked
// for where clang does their work.
func TestLLVMTools(t *testing.T) {
	all := map[string]string{
		"usr/bin/gcc": "gcc", "usr/bin/rustc": "rustc 22.1.2 opt/rust", "usr/bin/clang": "clang 21.1.8", "usr/bin/clang-22": "clang 22.1.0",
	}
	for _, c := range []struct {
		name     string
		programs map[string]string
		env      []string
		want     string
	}{
		{"neither is needed", map[string]string{"usr/bin/llvm-link": "llvm 14.0.6"}, nil, " "},
		{"a local copy needs llvm-link", map[string]string{"usr/bin/llvm-link": "llvm 21.1.8", "usr/bin/llvm-link-22": "llvm 22.1.0"}, []string{"LTO_WRAP_LINKAGE=internal"}, "/usr/bin/llvm-link-22 "},
		{"flags need llvm-link", map[string]string{"usr/bin/llvm-link": "llvm 22.1.0"}, []string{"LTO_WRAP_LINK_FLAGS=-v"}, "/usr/bin/llvm-link "},
		{"rustup's llvm-tools", map[string]string{"opt/rust/lib/rustlib/x86_64-unknown-linux-gnu/bin/llvm-link": "llvm 22.1.2"}, []string{"LTO_WRAP_LINKAGE=internal"}, "/opt/rust/lib/rustlib/x86_64-unknown-linux-gnu/bin/llvm-link "},
		{"Debian's directory", map[string]string{"usr/lib/llvm-22/bin/llvm-link": "llvm 22.1.2"}, []string{"LTO_WRAP_LINKAGE=internal"}, "/usr/lib/llvm-22/bin/llvm-link "},
		{"it is missing", nil, []string{"LTO_WRAP_LINKAGE=internal"}, "llvm-link: there is no program"},
		{"it does not fit", map[string]string{"usr/bin/llvm-link": "llvm 21.1.8"}, []string{"LTO_WRAP_LINKAGE=internal"}, "LLVM versions do not match: /usr/bin/clang-22 has LLVM 22 (clang version 22.1.0), /usr/bin/llvm-link has LLVM 21"},
		{"named", map[string]string{"opt/link": "llvm 22.1.8", "opt/as": "llvm 22.1.8"}, []string{"LTO_WRAP_LLVM_LINK=ROOT/opt/link", "LTO_WRAP_LLVM_AS=ROOT/opt/as"}, "/opt/link /opt/as"},
		{"named, and does not fit", map[string]string{"opt/as": "llvm 21.1.8", "usr/bin/llvm-as-22": "llvm 22.1.0"}, []string{"LTO_WRAP_LLVM_AS=ROOT/opt/as"}, "/opt/as has LLVM 21"},
		{"named, and is missing", nil, []string{"LTO_WRAP_LLVM_AS=ROOT/opt/as"}, "there is no program"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakes(t, all, append(append([]string{}, gcc...), c.env...)...)
			for path, what := range c.programs {
				f.put(t, path, what)
			}
			tools, err := f.find(t)
			if err != nil {
				if !strings.Contains(f.short(err.Error()), c.want) {
					t.Errorf("the error is %q, want %q", f.short(err.Error()), c.want)
				}
				return
			}
			if got := f.short(strings.Join(tools.LLVMLink.Argv, " ") + " " + strings.Join(tools.LLVMAs.Argv, " ")); got != c.want {
				t.Errorf("llvm-link and llvm-as are %q, want %q", got, c.want)
			}
		})
	}
}

// TestAdvice checks the command that an error names, by the system.
func TestAdvice(t *testing.T) {
	const variable = "install a clang of LLVM 22, and name it in LTO_WRAP_CLANG"
	for _, c := range []struct {
		name, release string
		programs      map[string]string
		want          string
	}{
		{"Debian", "ID=debian\nVERSION_ID=\"13\"\n", map[string]string{"usr/bin/apt-cache": "packages Package: clang-22"}, "apt install clang-22 "},
		{"Debian, without the package", "ID=debian\n", map[string]string{"usr/bin/apt-cache": "packages"}, variable},
		{"Debian, without apt", "ID=debian\n", nil, variable},
		{"Ubuntu", "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n", map[string]string{"usr/bin/apt-cache": "packages Package: clang-22"}, "apt install clang-22 "},
		{"a relative of Ubuntu", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", map[string]string{"usr/bin/apt-cache": "packages Package: clang-22"}, "apt install clang-22 "},
		{"Fedora", "ID=fedora\n", nil, "dnf install 'clang(major) = 22' "},
		{"a relative of Fedora with other packages", "ID=amzn\nID_LIKE=fedora\n", nil, variable},
		{"Alpine", "ID=alpine\n", nil, "apk add clang22 "},
		{"openSUSE", "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", nil, "zypper install clang22 "},
		{"Gentoo", "ID='gentoo'\n", nil, "emerge llvm-core/clang:22 "},
		{"Arch, current", "ID=arch\n", map[string]string{"usr/bin/pacman": "packages Version         : 22.1.2-1"}, "pacman -S clang "},
		{"Arch, older", "ID=arch\n", map[string]string{"usr/bin/pacman": "packages Name            : clang22"}, "pacman -S clang22 "},
		{"Arch, neither", "ID=arch\n", map[string]string{"usr/bin/pacman": "packages Version         : 23.1.0-1"}, variable},
		{"an unknown system", "ID=haiku\n", nil, variable},
		{"no os-release", "", nil, variable},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakes(t, map[string]string{"usr/bin/gcc": "gcc", "usr/bin/rustc": "rustc 22.1.2 usr", "usr/bin/clang": "clang 21.1.8"}, gcc...)
			for path, what := range c.programs {
				f.put(t, path, what)
			}
			if c.release != "" {
				f.put(t, "etc/os-release", c.release)
			}
			_, err := f.find(t)
			var failure *host.Failure
			if !errors.As(err, &failure) || !strings.HasPrefix(failure.Hint, c.want) || !strings.Contains(failure.Hint, "LTO_WRAP_CLANG") {
				t.Errorf("%+v, want %q", failure, c.want)
			}
		})
	}
}

// TestFlagsOfAnotherClang checks that a clang that did not get the kernel's flags from
// kbuild must accept all of them.
func TestFlagsOfAnotherClang(t *testing.T) {
	for _, c := range []struct {
		name, refuses, flags, kbuilds, want string
	}{
		{"accepted", "-fother", "-O2 -fnice -Wall -DX -I include", "21.1.8", ""},
		{"not accepted", "-fnice", "-O2 -fnice", "21.1.8", "argument unused during compilation: '-fnice'"},
		{"a warning is no code", "-Wnice", "-O2 -Wnice", "21.1.8", ""},
		{"another meaning", "", "-O2 -fwrapv", "19.1.7", "of LLVM 22 means something else by -fwrapv, with which /usr/bin/clang of LLVM 19 builds the kernel"},
		{"the same meaning in both", "", "-O2 -fwrapv", "21.1.8", ""},
		{"a flag of an old clang that later ones do not need", zeroEnabler, "-O2 " + zeroEnabler, "14.0.6", ""},
		{"a meaning that another flag settles", "", "-O2 -fwrapv -fno-strict-overflow", "19.1.7", ""},
		{"kbuild's own clang", "-fnice", "-O2 -fnice", "22.1.0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFakes(t, map[string]string{"usr/bin/rustc": "rustc 22.1.2 usr", "usr/bin/clang": "clang " + c.kbuilds, "usr/bin/clang-22": "clang 22.1.0"}, "CC=clang", "LLVM=1")
			f.refuses["clang-22"] = c.refuses
			tools, err := f.find(t)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time, from the cache
				flags, err := tools.ClangFlags(f, strings.Fields(c.flags))
				switch {
				case c.want == "" && err != nil:
					t.Errorf("%v", err)
				case c.want == "" && !strings.HasPrefix(strings.Join(flags, " "), strings.TrimSuffix(c.flags, " "+zeroEnabler)):
					t.Errorf("the flags are %q", flags)
				case c.want != "" && (err == nil || !strings.Contains(f.short(err.Error()), c.want)):
					t.Errorf("the error is %v, want %q", err, c.want)
				}
				if failure, ok := err.(*host.Failure); ok && (!failure.Inlining || !strings.Contains(failure.Hint, "LTO_WRAP_CLANG")) {
					t.Errorf("%+v", failure)
				}
			}
		})
	}
}

// TestAskedOnce checks that a second process of a build asks nothing, also where rustc is
// a proxy of rustup, until something changes.
func TestAskedOnce(t *testing.T) {
	programs := map[string]string{
		"usr/bin/gcc": "gcc", "usr/bin/rustup": "rustc 22.1.2 usr", "usr/bin/clang": "clang 21.1.8", "usr/lib/llvm-22/bin/clang": "clang 22.1.0",
		"home/.rustup/settings.toml": "default_toolchain = \"stable\"", "home/.rustup/toolchains/stable/bin/rustc": "", "usr/bin/llvm-config-22": "config lib/none",
	}
	f := newFakes(t, programs, append([]string{"HOME=ROOT/home"}, gcc...)...)
	if err := os.Mkdir(filepath.Join(f.Objtree, "rust"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("rustup", filepath.Join(f.root, "usr/bin/rustc")); err != nil {
		t.Fatal(err)
	}
	ask := func(want int) {
		t.Helper()
		f.asked = nil
		if _, err := f.find(t); err != nil {
			t.Fatal(err)
		}
		if len(f.asked) != want {
			t.Errorf("%d processes, want %d:\n%s", len(f.asked), want, strings.Join(f.asked, "\n"))
		}
	}
	// rustc: version and sysroot; gcc: -dumpmachine, and that it is no clang; version and
	// bitcode of two clangs; llvm-config.
	const all = 9
	ask(all)
	ask(0)
	later := time.Now().Add(time.Hour)
	for _, file := range []string{"home/.rustup/settings.toml", "home/.rustup/toolchains/stable/bin/rustc"} {
		if err := os.Chtimes(filepath.Join(f.root, file), later, later); err != nil {
			t.Fatal(err)
		}
		ask(2)
		ask(0)
	}
	f.Env["RUSTUP_TOOLCHAIN"] = "nightly"
	ask(2)
	ask(0)
	f.put(t, "usr/lib/llvm-22/bin/clang", "clang 22.1.9")
	ask(2)
	// A file of its own may name any toolchain.
	t.Chdir(t.TempDir())
	if err := os.WriteFile("rust-toolchain.toml", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ask(2)
	ask(2)
}

// TestFailuresAreAskedOnce checks that what fails is asked once in a build, too.
func TestFailuresAreAskedOnce(t *testing.T) {
	if !hosttest.BelowMake(t) {
		return
	}
	f := newFakes(t, map[string]string{
		"usr/bin/gcc": "gcc", "usr/bin/rustc": "rustc 22.1.2 usr", "usr/bin/clang": "clang 22.1.8 none", "usr/bin/apt-cache": "packages", "etc/os-release": "ID=debian\n",
	}, gcc...)
	if err := os.Mkdir(filepath.Join(f.Objtree, "rust"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		f.asked = nil
		_, err := f.find(t)
		if err == nil || !strings.Contains(err.Error(), "it makes no bitcode") {
			t.Fatal(err)
		}
		if (len(f.asked) > 0) != want {
			t.Errorf("asked: %q", f.asked)
		}
	}
}
