// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/kbuild/kbuildtest"
)

func TestEffectsOf(t *testing.T) {
	const noAddrsig = "-fno-addrsig"
	for _, c := range []struct {
		args, plain, late, clang string
	}{
		{args: "-Copt-level=2 -Cpanic=abort -Zcf-protection=branch"},
		{args: "-Zsanitizer=shadow-call-stack"},
		{args: "-Zsanitizer=kcfi"},
		{args: "-Zsanitizer=kernel-address", late: "-Zsanitizer=kernel-address is a pass of rustc's"},
		{args: "-Zsanitizer=shadow-call-stack,kernel-hwaddress", late: "-Zsanitizer=kernel-hwaddress is a pass of rustc's"},
		{args: "-Cinstrument-coverage", late: "-Cinstrument-coverage is a pass of rustc's"},
		{args: "-Cinstrument-coverage=off"},
		{args: "-Cprofile_use=x", late: "-Cprofile-use is a pass of rustc's"},
		// AutoFDO (scripts/Makefile.autofdo of Linux 7.3), with both names of its first option.
		{args: "-Zdebug-info-for-profiling"},
		{args: "-Zdebuginfo-for-profiling"},
		{args: "-Zprofile-sample-use=k.prof -Zfunction-sections=y", clang: "-ffunction-sections -fdata-sections "},
		{args: "-Zfunction-sections=n", clang: "-fno-function-sections -fno-data-sections "},
		{args: "-Zemit-stack-sizes -Zdebuginfo-compression=zstd", clang: "-fstack-size-section -gz=zstd "},
		{args: "-Zmake-it-so=y", plain: "-Zmake-it-so is not an option that this program knows"},
		{args: "-Cturbo", plain: "-Cturbo is not an option that this program knows"},
		{args: "-Clto=n -Csplit-debuginfo=off"},
		{args: "-Clto=thin", plain: "only rustc's own code generation carries out -Clto"},
		{args: "-Zinline-llvm=no", plain: "only rustc's own code generation carries out -Zinline-llvm"},
		{args: "-Zinline-llvm=yes -Ztrap-unreachable=yes"},
		{args: "-Ztrap-unreachable=no", plain: "only rustc's own code generation carries out -Ztrap-unreachable=no"},
	} {
		got := effectsOf(argv.ParseRustc(strings.Fields(c.args), nil))
		if got.Plain != c.plain || got.Late != c.late {
			t.Errorf("%s: plain %q, late %q; want %q, %q", c.args, got.Plain, got.Late, c.plain, c.late)
		}
		if d := cmp.Diff(c.clang+noAddrsig, strings.Join(got.Clang, " ")); d != "" {
			t.Errorf("%s: clang's flags (-want +got):\n%s", c.args, d)
		}
	}
}

func TestLLVMOptions(t *testing.T) {
	for _, c := range []struct{ args, given, want string }{
		{"-Copt-level=2", "", "-mllvm -generate-arange-section"},
		{"-Zno-generate-arange-section", "", ""},
		{"-Cllvm-args=-enable-fs-discriminator=true -Cllvm_args=-split-machine-functions -Zno-generate-arange-section", "", "-mllvm -enable-fs-discriminator=true -mllvm -split-machine-functions"},
		// LoongArch gives C and Rust the same option.
		{"-Cllvm-args=--loongarch-annotate-tablejump -Zno-generate-arange-section", "-O2 -mllvm --loongarch-annotate-tablejump", ""},
		{"-Cllvm-args=-a=1 -Zno-generate-arange-section", "-mllvm=-a=1", ""},
		{"-Cllvm-args=-a=1 -Zno-generate-arange-section", "-a=1", "-mllvm -a=1"},
	} {
		got := llvmOptions(argv.ParseRustc(strings.Fields(c.args), nil), strings.Fields(c.given))
		if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.args, d)
		}
	}
}

// TestFates: no option is in two lists.
func TestFates(t *testing.T) {
	n := 0
	for _, list := range []string{inBitcode, byClang, latePasses, byRustc} {
		for _, w := range strings.Fields(list) {
			if !strings.HasSuffix(w, ":") {
				n++
			}
		}
	}
	if len(fates()) != n {
		t.Errorf("the lists have %d words, of which %d differ", n, len(fates()))
	}
}

// TestRustcHelp: each option that the rustc on PATH and the lab's list has its
// place. RUSTC_BOOTSTRAP is what kbuild sets for unstable options.
func TestRustcHelp(t *testing.T) {
	var rustcs [][]string
	// rustup's proxy is there without a toolchain, too.
	if path, err := exec.LookPath("rustc"); err == nil && exec.Command(path, "-vV").Run() == nil {
		rustcs = append(rustcs, []string{path})
	}
	if os.Getenv("KERNEL_LAB_TESTS") != "" {
		rustcs = append(rustcs, []string{kbuildtest.Script, "run", "-e", "RUSTC_BOOTSTRAP=1", "rustc"})
	}
	if rustcs == nil {
		t.Skip("no rustc that runs on PATH, and KERNEL_LAB_TESTS is not set")
	}
	option := regexp.MustCompile(`(?m)^ +-[CZ] +([a-z0-9-]+)=val`)
	for _, rustc := range rustcs {
		for _, letter := range []string{"C", "Z"} {
			cmd := exec.Command(rustc[0], append(slices.Clone(rustc[1:]), "-"+letter, "help")...)
			cmd.Env = append(os.Environ(), "RUSTC_BOOTSTRAP=1")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %v", cmd.Args, err)
			}
			found := option.FindAllStringSubmatch(string(out), -1)
			if len(found) < 40 {
				t.Fatalf("%v lists %d options only", cmd.Args, len(found))
			}
			for _, m := range found {
				if _, ok := fates()[letter+m[1]]; !ok {
					t.Errorf("-%s%s of %v is in no list", letter, m[1], rustc)
				}
			}
		}
	}
}

// TestMakefiles: each option that the lab's kernels can give to rustc has its
// place.
func TestMakefiles(t *testing.T) {
	trees := kbuildtest.Sources(t)
	option := regexp.MustCompile(`(?:^|[\s=,(])-([CZ])\s?([a-z][a-z0-9_-]*)`)
	for _, tree := range trees {
		n := 0
		for _, pattern := range []string{"Makefile", "scripts/Makefile*", "rust/Makefile", "arch/*/Makefile"} {
			files, err := filepath.Glob(filepath.Join(tree, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(string(text)) {
					lower := strings.ToLower(line)
					if strings.HasPrefix(strings.TrimSpace(line), "#") || !strings.Contains(lower, "rust") && !strings.Contains(lower, "rflags") {
						continue
					}
					for _, m := range option.FindAllStringSubmatch(line, -1) {
						n++
						if _, ok := fates()[m[1]+strings.ReplaceAll(m[2], "_", "-")]; !ok {
							t.Errorf("%s gives -%s%s, which is in no list", file, m[1], m[2])
						}
					}
				}
			}
		}
		if n < 40 {
			t.Errorf("only %d options were found in %s", n, tree)
		}
	}
}
