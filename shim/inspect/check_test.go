// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
)

// line returns the line of a check with that subject.
func (c *Check) line(subject string) *CheckLine {
	for _, g := range c.Groups {
		if i := slices.IndexFunc(g.Lines, func(l CheckLine) bool { return l.Subject == subject }); i >= 0 {
			return &g.Lines[i]
		}
	}
	return nil
}

func TestCheck(t *testing.T) {
	const rust = "# Linux/x86 6.12.107 Kernel Configuration\nCONFIG_RUST=y\nCONFIG_MODULES=y\n"
	for _, c := range []struct {
		name string
		env  []string
		// config is the text of the .config, "" for none.
		config   string
		remove   string // a tool that is missing
		problems int
		aside    bool
		// subject is the subject of a line that must exist, with this state and
		// text.
		subject string
		state   CheckState
		text    string
	}{
		{name: "good", config: rust, subject: "configuration", state: CheckOK, text: ".config: Linux/x86 6.12.107"},
		{name: "the tools", config: rust, subject: "clang", state: CheckOK, text: "/clang (what LLVM= implies): clang version 19.1.7; LLVM 19"},
		{name: "no Rust", config: "# Linux/x86 6.12.107 Kernel Configuration\nCONFIG_MODULES=y\n# CONFIG_RUST is not set\n", problems: 1, subject: "CONFIG_RUST", state: CheckProblem, text: "is not set"},
		{name: "no configuration", problems: 1, subject: "configuration", state: CheckProblem, text: "has no .config"},
		{name: "the kernel's own option", config: rust + "CONFIG_RUST_INLINE_HELPERS=y\n", aside: true, subject: "CONFIG_RUST_INLINE_HELPERS", state: CheckNote, text: "the shims do nothing"},
		{name: "LTO", config: rust + "CONFIG_LTO_CLANG=y\n", subject: "CONFIG_LTO_CLANG", state: CheckNote, text: "helpers are inlined as in any other kernel"},
		{name: "a sanitizer", config: rust + "CONFIG_KASAN=y\n", subject: "CONFIG_KASAN", state: CheckNote, text: "late pipeline"},
		{name: "no modules", config: "CONFIG_RUST=y\n", subject: "CONFIG_MODULES", state: CheckNote, text: "built-in variant"},
		{name: "gcc", config: rust + "CONFIG_CC_IS_GCC=y\n", subject: "CONFIG_CC_IS_GCC", state: CheckNote, text: "clang is needed as well"},
		{name: "no clang for kbuild", config: rust, remove: "clang", problems: 2, subject: "kbuild's clang", state: CheckProblem, text: `make stops with "clang: not found"`},
		{name: "no linker for kbuild", config: rust, remove: "ld.lld", problems: 1, subject: "kbuild's ld.lld", state: CheckProblem, text: `make stops with "ld.lld: not found"`},
		{name: "a linker of its own", config: rust, env: []string{"LD=ld.bfd"}, remove: "ld.lld", subject: "kbuild's clang", state: CheckOK, text: "/clang (LLVM=1)"},
		{name: "gcc and LLVM=1", config: rust + "CONFIG_CC_IS_GCC=y\n", subject: "CC", state: CheckNote, text: "make configures the tree again"},
		{name: "gcc without CC", config: rust + "CONFIG_CC_IS_GCC=y\n", env: []string{"LLVM="}, subject: "CC", state: CheckNote, text: "needs LTO_WRAP_CC=gcc"},
		{name: "gcc, and a clang behind cc-helper-wrap", config: rust + "CONFIG_CC_IS_GCC=y\n", env: []string{"LLVM=", "CC=cc-helper-wrap"}, problems: 1, subject: "CC", state: CheckProblem, text: "cc-helper-wrap runs"},
		{name: "gcc, and nothing behind cc-helper-wrap", config: rust + "CONFIG_CC_IS_GCC=y\n", env: []string{"LLVM=", "CC=cc-helper-wrap"}, remove: "clang", problems: 2, subject: "CC", state: CheckProblem, text: "unknown C compiler"},
		{name: "clang without LLVM=", config: rust + "CONFIG_CC_IS_CLANG=y\n", env: []string{"LLVM="}, subject: "CC", state: CheckNote, text: "clang configured this tree, and kbuild would run gcc"},
		{name: "another rustc", config: rust + "CONFIG_RUSTC_LLVM_VERSION=180108\n", subject: "LLVM", state: CheckOK, text: "all of them have LLVM 19"},
		{name: "a tool that is not needed", config: rust, remove: "llvm-link", subject: "llvm-link", state: CheckOK, text: "not needed: clang merges the helpers in"},
		{name: "a missing tool", config: rust, env: []string{"LTO_WRAP_LINKAGE=internal"}, remove: "llvm-link", problems: 1, subject: "llvm-link", state: CheckProblem, text: `there is no program "llvm-link"`},
		{name: "no clang", config: rust, remove: "clang", problems: 2, subject: "clang", state: CheckProblem, text: `there is no program "clang"`},
		{name: "a setting", config: rust, env: []string{"LTO_WRAP_PIPELINE=early"}, subject: "LTO_WRAP_PIPELINE", state: CheckOK, text: "early (environment): clang optimises once"},
		{name: "a wrong setting", config: rust, env: []string{"LTO_WRAP_LINKAGE=weak"}, problems: 1, subject: "settings", state: CheckProblem, text: `LTO_WRAP_LINKAGE has the unknown value "weak"`},
		{name: "an unknown setting", config: rust, env: []string{"LTO_WRAP_PIPE=early"}, problems: 1, subject: "settings", state: CheckProblem, text: "LTO_WRAP_PIPE is not a setting"},
		{name: "off", config: rust, env: []string{"LTO_WRAP=off"}, aside: true, subject: "LTO_WRAP", state: CheckOK, text: "off (environment): everything is passed through"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hosttest.New(t, c.env...)
			tree, bin := h.Objtree, h.Bin
			if c.config != "" {
				if err := os.WriteFile(filepath.Join(tree, ".config"), []byte(c.config), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if c.remove != "" {
				if err := os.Remove(filepath.Join(bin, c.remove)); err != nil {
					t.Fatal(err)
				}
			}
			got := check(h, host.RustcWrap, tree)
			text := got.text(true)
			if got.Problems != c.problems || (got.Aside != "") != c.aside {
				t.Errorf("%d problems, aside: %q; want %d, %t\n%s", got.Problems, got.Aside, c.problems, c.aside, text)
			}
			l := got.line(c.subject)
			if l == nil || l.State != c.state || !strings.Contains(l.Text, c.text) {
				t.Errorf("%s: %+v; want %s: %s\n%s", c.subject, l, c.state, c.text, text)
			}
			for _, g := range got.Groups {
				for _, l := range g.Lines {
					if (l.State == CheckProblem) != (l.Hint != "") {
						t.Errorf("a problem must have a hint, and nothing else may have one: %+v", l)
					}
				}
			}
		})
	}
}

func TestCheckAnotherTool(t *testing.T) {
	h := hosttest.New(t)
	tree := h.Objtree
	config := "CONFIG_RUST=y\nCONFIG_RUSTC_LLVM_VERSION=180108\nCONFIG_CLANG_VERSION=190107\n"
	if err := os.WriteFile(filepath.Join(tree, ".config"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if text := check(h, host.RustcWrap, tree).text(true); !strings.Contains(text, "CONFIG_RUSTC_LLVM_VERSION=180108") || strings.Contains(text, "CONFIG_CLANG_VERSION") {
		t.Error(text)
	}
}
