// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// matters are the options of the kernel's configuration that change what the two
// programs do. aside is set where they do nothing.
var matters = []struct {
	option string
	aside  bool
	text   string
}{
	{"RUST_INLINE_HELPERS", true, "the kernel inlines its helpers itself, and the shims do nothing"},
	// Makefile of the kernel: CC_FLAGS_LTO are flags of C, and KBUILD_RUSTFLAGS has -Clto=n.
	{"LTO_CLANG", false, "the kernel's link-time optimisation covers C only: Rust crates are machine code before it, into which helpers are inlined as in any other kernel. Only a crate compiled with -Clinker-plugin-lto would take part in it; such a crate is passed through"},
	{"CC_IS_GCC", false, "gcc compiles the kernel's C code; clang is needed as well, for the helpers and for code generation"},
	// Makefile of the kernel: -Copt-level=s.
	{"CC_OPTIMIZE_FOR_SIZE", false, "the kernel is optimised for size, and so are its Rust crates unless LTO_WRAP_OPTIMIZE says speed"},
	{"KASAN", false, "rustc instruments crates in its own passes: they go through the late pipeline, whatever LTO_WRAP_PIPELINE says"},
	{"KCOV", false, "rustc may instrument crates in its own passes: those go through the late pipeline, whatever LTO_WRAP_PIPELINE says"},
}

// tree looks at the object tree and returns its configuration, nil if it has
// none.
func (c *Check) tree(s *settings.Settings, tree string) map[string]string {
	c.group("object tree")
	dir := cmp.Or(tree, ".")
	text, err := os.ReadFile(filepath.Join(dir, ".config"))
	if err != nil {
		c.noConfig(tree, dir, err)
		return nil
	}
	config, title := kbuild.ParseConfig(text)
	c.add(CheckOK, "configuration", filepath.Join(dir, ".config")+": "+cmp.Or(title, "of a kernel"), "")
	on := func(option string) bool { return config["CONFIG_"+option] == "y" }
	if !on("RUST") {
		c.add(CheckProblem, "CONFIG_RUST", "is not set, so there is no Rust code", "make rustavailable says what is missing; then set it")
	} else {
		c.add(CheckOK, "CONFIG_RUST", "is set", "")
	}
	for _, m := range matters {
		if on(m.option) {
			c.add(CheckNote, "CONFIG_"+m.option, m.text, "")
			if m.aside {
				c.Aside = "CONFIG_" + m.option + ": " + m.text
			}
		}
	}
	if !on("MODULES") {
		c.add(CheckNote, "CONFIG_MODULES", "is not set: only the built-in variant of the helpers is made", "")
	}
	c.source(s, dir)
	const mayWrite = 2 // W_OK of access(2)
	if err := syscall.Access(dir, mayWrite); err != nil {
		c.problem("object tree", host.FileFailure("it cannot be written to", err))
	}
	return config
}

// noConfig says why there is no configuration.
func (c *Check) noConfig(tree, dir string, err error) {
	const hint = "name the directory with the kernel's .config: O= of the build, or the source tree"
	info, statErr := os.Stat(dir)
	switch {
	case tree == "":
		c.add(CheckNote, "configuration", "no .config here; pass the object tree", "")
	case errors.Is(statErr, fs.ErrNotExist):
		c.add(CheckProblem, "object tree", "there is no directory "+dir, hint)
	case statErr == nil && !info.IsDir():
		c.add(CheckProblem, "object tree", dir+" is not a directory", hint)
	case errors.Is(err, fs.ErrNotExist):
		c.add(CheckProblem, "configuration", fmt.Sprintf("the directory %s has no .config", dir), hint)
	default:
		c.add(CheckProblem, "configuration", err.Error(), hint)
	}
}

// source looks for the helpers source. The object tree of a build with O= has a
// link "source" to the source tree.
func (c *Check) source(s *settings.Settings, dir string) {
	srctree := dir
	if real, err := filepath.EvalSymlinks(filepath.Join(dir, "source")); err == nil {
		srctree = real
	}
	if _, err := os.Stat(filepath.Join(srctree, "Kconfig")); err != nil {
		c.add(CheckNote, "helpers", "the source tree is not known before the first make", "")
		return
	}
	if path := helpers.SourceIn(s.Helpers, srctree); path != "" {
		c.add(CheckOK, "helpers", path, "")
		return
	}
	c.add(CheckProblem, "helpers", "there is no helpers source in "+srctree, "name it in LTO_WRAP_HELPERS, as a path below the source tree")
}
