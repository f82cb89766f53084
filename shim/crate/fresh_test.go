// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"encoding/json"
	"os"
	"path/filepath"
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

// change is a new value of a variable, and what it must change: the condition under which
// an object with helpers inlined is rebuilt (object), or one that was compiled without inlining
// with LTO_WRAP=off (plain); the key that tells bitcode files apart (key), or the flags that
// directories append to (base). only is the one variant whose objects depend on it.
type change struct {
	name, value              string
	plain, object, key, base bool
	only                     kbuild.Variant
}

// changes has each setting and each variable of kbuild's. It repeats the tables in the code:
// an entry that is removed or changed there fails the test.
var changes = []change{
	{name: "LTO_WRAP", value: "off"}, // what is compared is what came of it, see below
	{name: "LTO_WRAP_RUSTC", value: "BIN/rustc -v", plain: true, object: true, key: true},
	{name: "LTO_WRAP_CC", value: "clang -v", object: true, key: true},
	{name: "LTO_WRAP_CLANG", value: "clang -v", object: true, key: true},
	{name: "LTO_WRAP_LLVM_LINK", value: "llvm-link", object: true},
	{name: "LTO_WRAP_LLVM_AS", value: "llvm-as", object: true, key: true},
	{name: "LTO_WRAP_PIPELINE", value: "late", object: true},
	{name: "LTO_WRAP_OPTIMIZE", value: "size", object: true},
	{name: "LTO_WRAP_LINKAGE", value: "linkonce_odr", object: true, key: true},
	{name: "LTO_WRAP_INLINE", value: "cost", object: true, key: true, base: true},
	{name: "LTO_WRAP_CFLAGS", value: "-v", object: true},
	{name: "LTO_WRAP_LINK_FLAGS", value: "-v", object: true},
	{name: "LTO_WRAP_HELPERS", value: "rust/helpers/other.c", object: true, key: true},
	{name: "LTO_WRAP_HELPERS_DROP", value: "none", object: true, key: true, base: true},
	{name: "LTO_WRAP_LOG", value: "log"},
	{name: "LTO_WRAP_LOG_LEVEL", value: "debug"},
	{name: "LTO_WRAP_LOG_FORMAT", value: "json"},
	{name: "LTO_WRAP_KEEP", value: "1"},

	{name: "LLVM", value: "", object: true, key: true},
	{name: "CC", value: "clang -v", object: true, key: true},
	{name: "KCFLAGS", value: "-v", object: true, key: true},
	{name: "SRCARCH", value: "arm64", object: true, key: true},
	{name: "CLANG_FLAGS", value: "--target=x86_64-none", object: true, key: true},
	{name: "NOSTDINC_FLAGS", value: "-v", object: true, key: true},
	{name: "LINUXINCLUDE", value: "-I./other", object: true, key: true},
	{name: "KBUILD_CPPFLAGS", value: "-DX", object: true, key: true},
	{name: "CC_FLAGS_LTO", value: "-flto", object: true, key: true},
	{name: "KBUILD_CFLAGS", value: "-O3", object: true, base: true},
	{name: "KBUILD_CFLAGS_KERNEL", value: "-DX", object: true, key: true, only: kbuild.Builtin},
	{name: "CFLAGS_KERNEL", value: "-DX", object: true, key: true, only: kbuild.Builtin},
	{name: "KBUILD_CFLAGS_MODULE", value: "-DX", object: true, key: true, only: kbuild.Module},
	{name: "CFLAGS_MODULE", value: "-DX", object: true, key: true, only: kbuild.Module},
	{name: "CFLAGS_GCOV", value: "-DX", object: true, key: true},
	{name: "CFLAGS_KASAN", value: "-DX", object: true, key: true},
	{name: "CFLAGS_KMSAN", value: "-DX", object: true, key: true},
	{name: "CFLAGS_UBSAN", value: "-DX", object: true, key: true},
	{name: "CFLAGS_UBSAN_INTEGER_WRAP", value: "-DX", object: true, key: true},
	{name: "CFLAGS_UBSAN_SIGNED_WRAP", value: "-DX", object: true, key: true},
	{name: "CFLAGS_KCOV", value: "-DX", object: true, key: true},
	{name: "CFLAGS_KCSAN", value: "-DX", object: true, key: true},
	{name: "CFLAGS_CONTEXT_ANALYSIS", value: "-DX", object: true, key: true},
	{name: "CFLAGS_AUTOFDO_CLANG", value: "-DX", object: true, key: true},
	{name: "CFLAGS_PROPELLER_CLANG", value: "-DX", object: true, key: true},
}

// elsewhere are the other variables that planning reads, and where a change of them shows.
var elsewhere = map[string]string{
	"PATH":             "the programs that are found are compared by size and time",
	"HOME":             "as PATH",
	"RUSTUP_HOME":      "as PATH",
	"srctree":          "it is in kbuild's command line and in LINUXINCLUDE",
	"objtree":          "the files are in it",
	"KBUILD_EXTMOD":    "the object is in it",
	"RUST_MODFILE":     "it is in the saved command, in front of rustc",
	"RUSTUP_TOOLCHAIN": "as PATH",
	"SUBARCH":          "only user-mode Linux uses it, whose KBUILD_CFLAGS have its directories and -m32 (arch/um/Makefile, arch/x86/Makefile.um)",
}

// facts are what a change may change.
type facts struct{ plain, object, key, base, plan string }

// recorder is a host that remembers which variables were read.
type recorder struct {
	*hosttest.Planner
	read map[string]bool
}

func (r recorder) Getenv(key string) string {
	r.read[key] = true
	return r.Planner.Getenv(key)
}

// TestFreshness changes each variable that anything depends on, one at a time.
func TestFreshness(t *testing.T) {
	read := map[string]bool{}
	for variant, line := range map[kbuild.Variant]string{kbuild.Builtin: "rust_kernel.o", kbuild.Module: "samples_rust_rust_misc_device.o"} {
		data, err := os.ReadFile("../../argv/testdata/rustc/7.3/" + line + ".args")
		if err != nil {
			t.Fatal(err)
		}
		command := argv.ParseRustc(strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil)
		h := recorder{hosttest.New(t), read}
		config := "CONFIG_MODULES=y\n"
		for _, c := range strings.Fields("GCOV_KERNEL GCOV_PROFILE_ALL KASAN KMSAN UBSAN KCOV KCOV_INSTRUMENT_ALL KCSAN WARN_CONTEXT_ANALYSIS WARN_CONTEXT_ANALYSIS_ALL AUTOFDO_CLANG PROPELLER_CLANG") {
			config += "CONFIG_" + c + "=y\n"
		}
		for name, text := range map[string]string{
			filepath.Join(h.Objtree, "include/config/auto.conf"):    config,
			filepath.Join(h.Env["srctree"], "rust/helpers/other.c"): "",
		} {
			err := os.MkdirAll(filepath.Dir(name), 0o755)
			if err == nil {
				err = os.WriteFile(name, []byte(text), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range changes {
			if strings.HasPrefix(c.name, "CFLAGS_") && c.only == "" {
				h.Env[c.name] = "-DBEFORE"
			}
		}
		base := factsOf(t, h, command, variant)
		for option := range strings.Lines(config) {
			file := filepath.Join(h.Objtree, "include/config/auto.conf")
			if err := os.WriteFile(file, []byte(strings.Replace(config, option, "", 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			if now := factsOf(t, h, command, variant); now.plan != base.plan && now.object == base.object {
				t.Errorf("%s off: another plan, and the object is not made again", option)
			}
			if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for mode, condition := range map[string]string{"on": base.object, "off": base.plain} {
			if !strings.Contains(condition, "<"+mode+"|") || !strings.Contains(condition, "$(LTO_WRAP),on)") {
				t.Errorf("%s: the mode is not compared: %s", mode, condition)
			}
		}
		for _, c := range changes {
			old, set := h.Env[c.name]
			h.Env[c.name] = strings.Replace(c.value, "BIN", h.Bin, 1)
			now := factsOf(t, h, command, variant)
			if delete(h.Env, c.name); set {
				h.Env[c.name] = old
			}
			concerns := c.only == "" || c.only == variant
			for what, is := range map[string][2]bool{
				"the condition of a plain object": {now.plain != base.plain, c.plain && concerns},
				"the condition of an object":      {now.object != base.object, c.object && concerns},
				"the key of bitcode":              {now.key != base.key, c.key},
				"what directories append to":      {now.base != base.base, c.base},
			} {
				if is[0] != is[1] {
					t.Errorf("%s, %s: %s changes: %t, want %t", c.name, variant, what, is[0], is[1])
				}
			}
			if now.plan != base.plan && now.object == base.object {
				t.Errorf("%s, %s: another plan, and the object is not made again:\n%s", c.name, variant, cmp.Diff(base.plan, now.plan))
			}
		}
	}
	listed := map[string]bool{}
	for _, c := range changes {
		listed[c.name] = true
	}
	for _, s := range settings.Variables {
		if !listed[s.Name] {
			t.Errorf("%s is missing in this test", s.Name)
		}
	}
	for name := range read {
		if !listed[name] && elsewhere[name] == "" {
			t.Errorf("planning reads %s, and nothing is made again when it changes", name)
		}
	}
}

// factsOf returns what the environment of h results in.
func factsOf(t *testing.T, h recorder, command *argv.Rustc, v kbuild.Variant) facts {
	t.Helper()
	c, err := compilation.Begin(h, host.RustcWrap, "")
	if err == nil {
		err = c.FindTools()
	}
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(c, command)
	if err != nil {
		t.Fatal(err)
	}
	key, base := p.Helpers.Key, strings.Join(p.Helpers.Base, " ")
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	f := facts{key: key, base: base, plan: strings.NewReplacer(key, "KEY", key[:12], "KEY").Replace(string(text))}
	for mode, to := range map[settings.Mode]*string{settings.On: &f.object, settings.Off: &f.plain} {
		file := filepath.Join(t.TempDir(), "k.d")
		err := os.WriteFile(file, []byte("k.bc: k.rs libcore.rmeta\n"), 0o644)
		if err == nil {
			err = kbuild.RewriteDepInfo(h, mode, v, file, "k.bc", "k.o", kbuild.Made{})
		}
		var text []byte
		if err == nil {
			text, err = os.ReadFile(file)
		}
		if err != nil {
			t.Fatal(err)
		}
		*to = string(text)
	}
	return f
}
