// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package hosttest provides a [host.Host] for tests of plans. It has the
// environment that kbuild exports and returns the versions of the tools, but runs
// nothing.
package hosttest

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rustc-lto-wrap/shim/formats/bitcode/bitcodetest"
	"rustc-lto-wrap/shim/host"
)

// Planner is a Host that runs nothing. The test fails if it is asked to run
// something.
type Planner struct {
	t *testing.T
	// Env is the environment.
	Env map[string]string
	// Objtree and Bin are the object tree and the directory of the tools.
	Objtree, Bin string
}

// New returns a Planner with the environment of a recipe in the build of a small
// x86 kernel, changed by env (KEY=value), and with tools in a new directory.
func New(t *testing.T, env ...string) *Planner {
	t.Helper()
	objtree, bin, srctree := t.TempDir(), t.TempDir(), t.TempDir()
	for _, tool := range []string{"rustc", "clang", "ld.lld", "llvm-link", "llvm-as"} {
		if err := os.WriteFile(filepath.Join(bin, tool), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(srctree, "rust/helpers"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(srctree, "rust/helpers/helpers.c"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	h := &Planner{t, map[string]string{
		"PATH": bin, "LLVM": "1", "srctree": srctree, "objtree": objtree, "SRCARCH": "x86",
		"CLANG_FLAGS":          "--target=x86_64-linux-gnu -fintegrated-as -Werror=unused-command-line-argument",
		"NOSTDINC_FLAGS":       "-nostdinc",
		"LINUXINCLUDE":         "-I./include -include ./include/linux/kconfig.h",
		"KBUILD_CPPFLAGS":      "-D__KERNEL__ --target=x86_64-linux-gnu -fintegrated-as",
		"KBUILD_CFLAGS":        "-std=gnu11 -mcmodel=kernel -fno-delete-null-pointer-checks -O2 -fno-builtin-wcslen -Wall -flto=thin -fsplit-lto-unit",
		"CC_FLAGS_LTO":         "-flto=thin -fsplit-lto-unit",
		"KBUILD_CFLAGS_KERNEL": "-fkernel-only", "KBUILD_CFLAGS_MODULE": "-DMODULE", "CFLAGS_MODULE": "-fmodule-only",
	}, objtree, bin}
	for _, e := range env {
		k, v, _ := strings.Cut(e, "=")
		h.Env[k] = v
	}
	return h
}

// Getenv implements [host.Host].
func (p *Planner) Getenv(key string) string { return p.Env[key] }

// Environ implements [host.Host].
func (p *Planner) Environ() (out []string) {
	for k, v := range p.Env {
		out = append(out, k+"="+v)
	}
	return out
}

// Stdout implements [host.Host].
func (p *Planner) Stdout() io.Writer { return io.Discard }

// Stderr implements [host.Host].
func (p *Planner) Stderr() io.Writer { return io.Discard }

// Exec implements [host.Host]. It fails the test.
func (p *Planner) Exec(argv, env []string) error {
	p.t.Errorf("planning runs %q", argv)
	return os.ErrInvalid
}

// Run implements [host.Host]. It fails the test.
func (p *Planner) Run(argv, env []string) host.Result {
	p.t.Errorf("planning runs %q", argv)
	return host.Result{Status: 1}
}

// Hold implements [host.Host].
func (p *Planner) Hold() {}

// Interrupted implements [host.Host].
func (p *Planner) Interrupted() syscall.Signal { return 0 }

// Output implements [host.Host]. Its answers are those of rustc 1.85 and of the
// tools of LLVM 19.
func (p *Planner) Output(argv []string, _ string) (string, error) {
	switch filepath.Base(argv[0]) {
	case "rustc":
		if slices.Contains(argv, "-Zhelp") {
			return "    -Z                        emit-thin-lto=val -- x\n    -Z                        fewer-names=val -- y\n", nil
		}
		return "rustc 1.85.1\nLLVM version: 19.1.7\n", nil
	case "clang":
		if slices.Contains(argv, "-emit-llvm") {
			return string(bitcodetest.Empty("LLVM19.1.7")), nil
		}
		if slices.Contains(argv, "-S") {
			return "\t.text\n\t.p2align\t4\nf:\n", nil
		}
		return "clang version 19.1.7\n", nil
	}
	return "LLVM version 19.1.7\n", nil
}

// BelowMake reports whether the test runs in a recipe of make, so that [host.MakeRun] knows the build. If it does not, BelowMake
// runs it so, and the caller returns. It skips the test where a build is not known even then: without /proc.
func BelowMake(t *testing.T) bool {
	t.Helper()
	const below = "HOSTTEST_BELOW_MAKE"
	if _, known := host.MakeRun(); known {
		return true
	}
	if os.Getenv(below) != "" {
		t.Skip("no process of make is found")
	}
	makefile := filepath.Join(t.TempDir(), "Makefile")
	text := "all:\n\t@" + below + "=1 " + os.Args[0] + " -test.run='^" + t.Name() + "$$'\n"
	if err := os.WriteFile(makefile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("make", "-f", makefile).CombinedOutput(); err != nil {
		t.Fatalf("below make: %v\n%s", err, out)
	}
	return false
}
