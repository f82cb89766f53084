// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// TestKey checks that the key changes exactly if the bitcode changes.
func TestKey(t *testing.T) {
	var unknown error
	keyWith := func(env ...string) string {
		c, err := compilation.Begin(hosttest.New(t, env...), host.RustcWrap, "")
		if err == nil {
			err = c.FindTools()
		}
		if err != nil {
			t.Fatal(err)
		}
		// The directories differ from call to call, and so would the path of the tool.
		c.Tools.Clang.Argv = []string{"/nowhere/clang"}
		instrumentation, none, err := c.Kbuild.Instrumentation(c.Host)
		if err != nil || none != nil {
			t.Fatal(err, none)
		}
		return key(c, kbuild.Builtin, instrumentation, unknown)
	}
	base := keyWith()
	for _, e := range []string{"LTO_WRAP_LINKAGE=internal", "LTO_WRAP_INLINE=cost", "LTO_WRAP_HELPERS_DROP=-O2", "KBUILD_CPPFLAGS=-DX", "LINUXINCLUDE=-I/other", "KCFLAGS=-g", "CFLAGS_KERNEL=-DY"} {
		if keyWith(e) == base {
			t.Errorf("%s does not change the key", e)
		}
	}
	for _, e := range []string{"LTO_WRAP_PIPELINE=early", "LTO_WRAP_KEEP=1", "LTO_WRAP_CFLAGS=-O1", "KBUILD_CFLAGS=-O2 -Wextra"} {
		if keyWith(e) != base {
			t.Errorf("%s changes the key", e)
		}
	}
	// The key differs if the instrumentation is unknown, and for each reason why.
	seen := map[string]bool{base: true}
	for _, text := range []string{"one", "other"} {
		unknown = errors.New(text)
		if k := keyWith(); seen[k] {
			t.Errorf("with an unknown instrumentation (%s): the key is an earlier one", text)
		} else {
			seen[k] = true
		}
	}
}

// TestKernelsCommand checks the command that stands for the kernel's: of the same compiler, and with the present source.
func TestKernelsCommand(t *testing.T) {
	byClang := []string{"--target=x86_64-linux-gnu", "-Iold/rust", "-c", "old/rust/helpers/helpers.c"}
	byGCC := []string{"-Iold/rust", "-c", "old/rust/helpers/helpers.c"}
	for _, c := range []struct {
		kernels, clangFlags []string
		why                 string
	}{
		{byClang, []string{"--target=x86_64-linux-gnu"}, ""},
		{byGCC, nil, ""},
		{byClang, nil, "the kernel was built with clang, as saved says, and this module is built with gcc"},
		{byGCC, []string{"--target=x86_64-linux-gnu"}, "the kernel was built with gcc, as saved says, and this module is built with clang"},
		{nil, nil, "the flags that the kernel's helpers were compiled with are not known: no file"},
	} {
		kb := &kbuild.Environment{ClangFlags: c.clangFlags, NoKernels: errors.New("no file")}
		if c.kernels != nil {
			kb.Kernels = &kbuild.Kernels{File: "saved", CC: argv.ParseCC(c.kernels)}
		}
		cc, err := kernelsCommand(kb, "new/helpers.c")
		if c.why != "" {
			var f *host.Failure
			if !errors.As(err, &f) || f.What != c.why || !f.Inlining || !f.Foreign {
				t.Errorf("%v and %v: %v", c.kernels, c.clangFlags, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want := append(slices.Clone(c.kernels[:len(c.kernels)-1]), "new/helpers.c")
		if diff := cmp.Diff(want, cc.Args); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestModuleName checks the name that the kernel's version gives the helpers (modname_flags in scripts/Makefile.lib).
func TestModuleName(t *testing.T) {
	for text, want := range map[string]string{
		"": "-D__KBUILD_MODNAME=helpers", "-D__KBUILD_MODNAME=kmod_$(call name-fix-token,$(modname))": "-D__KBUILD_MODNAME=kmod_helpers",
		"-D__KBUILD_MODNAME=$(call name-fix-token,$(modname))": "-D__KBUILD_MODNAME=helpers",
	} {
		kb := &kbuild.Environment{Srctree: t.TempDir()}
		if text != "" {
			if err := os.Mkdir(filepath.Join(kb.Srctree, "scripts"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(kb.Srctree, "scripts/Makefile.lib"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if flags := exportedFlags(kb, "rust/helpers/helpers.c", nil); flags[len(flags)-1] != want {
			t.Errorf("%q: %s", text, flags[len(flags)-1])
		}
	}
}

// TestNoSource checks that the message names the tree, also where kbuild has it as ".".
func TestNoSource(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, extmod := range []string{"", "/module"} {
		_, err := findSource(hosttest.New(t), &settings.Settings{Helpers: []string{"rust/helpers/helpers.c"}}, &kbuild.Environment{Srctree: ".", Extmod: extmod})
		if err == nil || !strings.Contains(err.Error(), here+" has no helpers source: there is no rust/helpers/helpers.c in it") {
			t.Errorf("for the module %q: %v", extmod, err)
		}
	}
}
