// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestParseSaved(t *testing.T) {
	for _, c := range []struct {
		text string
		want *Saved
	}{
		{"savedcmd_a.o := rustc --emit=obj=a.o a.rs\n\nsource_a.o := a.rs\n", &Saved{Target: "a.o", Argv: []string{"rustc", "--emit=obj=a.o", "a.rs"}}},
		{"cmd_a.o := cc -c -o a.o a.c\n", &Saved{Target: "a.o", Argv: []string{"cc", "-c", "-o", "a.o", "a.c"}}},
		{"savedcmd_a.o := OBJTREE=/obj RUST_MODFILE=m rustc -Ca=b a.rs  \n", &Saved{Target: "a.o", Env: []string{"OBJTREE=/obj", "RUST_MODFILE=m"}, Argv: []string{"rustc", "-Ca=b", "a.rs"}}},
		{"savedcmd_a.o := cc -DX='\"a b\"' -DY=$(pound)1 -DZ=$$HOME a.c ; objtool a.o\n", &Saved{Target: "a.o", Argv: []string{"cc", `-DX="a b"`, "-DY=#1", "-DZ=$HOME", "a.c"}}},
		{"savedcmd_a.o := rustc a.rs; objcopy a.o\n", &Saved{Target: "a.o", Argv: []string{"rustc", "a.rs"}}},
		{"savedcmd_a.o := rustc a.rs >a.log\n", &Saved{Target: "a.o", Argv: []string{"rustc", "a.rs"}}},
		{"savedcmd_a.o := AZ_az09=1 09=2 az= a-b=c d=e\n", &Saved{Target: "a.o", Env: []string{"AZ_az09=1", "09=2", "az="}, Argv: []string{"a-b=c", "d=e"}}},
		{"savedcmd_a.o := A@=1 x\n", &Saved{Target: "a.o", Argv: []string{"A@=1", "x"}}},
		{"savedcmd_a.o := A[=1 x\n", &Saved{Target: "a.o", Argv: []string{"A[=1", "x"}}},
		{"savedcmd_a.o := A{=1 x\n", &Saved{Target: "a.o", Argv: []string{"A{=1", "x"}}},
		{"savedcmd_a.o := A/=1 x\n", &Saved{Target: "a.o", Argv: []string{"A/=1", "x"}}},
		{"savedcmd_a.o := A:=1 x\n", &Saved{Target: "a.o", Argv: []string{"A:=1", "x"}}},
		{"savedcmd_a.o := =1 x\n", &Saved{Target: "a.o", Argv: []string{"=1", "x"}}},
		{"", nil},
		{"savedcmd_a.o := \n", nil},
		{"source_a.o := a.rs\n", nil},
	} {
		got, err := ParseSaved(c.text)
		if (err != nil) != (c.want == nil) || err != nil && !errors.Is(err, ErrNoCommand) {
			t.Errorf("%q: %v", c.text, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, d)
		}
	}
}

func TestCommandFile(t *testing.T) {
	for target, file := range map[string]string{"rust/kernel.o": "rust/.kernel.o.cmd", "vmlinux": ".vmlinux.cmd"} {
		if got := CommandFile(target); got != file {
			t.Errorf("CommandFile(%q) = %q", target, got)
		}
		if got := TargetOf(file); got != target {
			t.Errorf("TargetOf(%q) = %q", file, got)
		}
	}
	if got := TargetOf("rust/kernel.o"); got != "" {
		t.Errorf("TargetOf of an object: %q", got)
	}
}

// TestSavedEnvironment checks that the flags of the helpers are returned in their
// order, without the directories and names of the build.
func TestSavedEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := SavedEnvironment(".", "/src/rust/helpers/helpers.c"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing was saved: %v", err)
	}
	const include = "-nostdinc -I/src/arch/x86/include -I./include -include /src/include/linux/kconfig.h "
	write("rust/helpers/.helpers.o.cmd", "savedcmd_rust/helpers/helpers.o := clang -Wp,-MMD,rust/helpers/.helpers.o.d "+include+
		"-include /src/include/linux/compiler_types.h -D__KERNEL__ --target=x86_64-linux-gnu -O2 -flto=thin -I/src/rust -Irust -fno-pic "+
		"-DKBUILD_MODFILE='\"rust/helpers\"' -DKBUILD_BASENAME='\"helpers\"' -c -o rust/helpers/helpers.o /src/rust/helpers/helpers.c\n")
	write("drivers/.m.mod.o.cmd", "savedcmd_drivers/m.mod.o := clang "+include+"-O2 -DMODULE -fpic -DKBUILD_BASENAME='\"m.mod\"' -c -o m.mod.o m.mod.c\n")
	got, err := SavedEnvironment(".", "/src/rust/helpers/helpers.c")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"objtree": ".", "srctree": ".", "CC": "clang", "SRCARCH": "x86",
		"LINUXINCLUDE":         strings.TrimSpace(include),
		"KBUILD_CFLAGS":        "-D__KERNEL__ --target=x86_64-linux-gnu -O2 -flto=thin",
		"KBUILD_CFLAGS_KERNEL": "-fno-pic", "KBUILD_CFLAGS_MODULE": "-DMODULE -fpic",
		"CLANG_FLAGS": "--target=x86_64-linux-gnu", "CC_FLAGS_LTO": "-flto=thin",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the environment (-want +got):\n%s", d)
	}
}

func FuzzParseSaved(f *testing.F) {
	f.Add("savedcmd_a.o := OBJTREE=/obj rustc a.rs ; objtool a.o\n\nsource_a.o := a.rs\n")
	f.Add("cmd_a.o := cc -DX='\"a\"' $(pound) $$ a.c\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSaved(text)
		if (err == nil) != (s != nil && len(s.Argv) > 0) {
			t.Errorf("%v, %v", s, err)
		}
	})
}

func FuzzSavedSource(f *testing.F) {
	f.Add("savedcmd_a.o := rustc a.rs\n\nsource_a.o := a.rs\n\ndeps_a.o := \\\n")
	f.Add("savedcmd_a.o := rustc\n\nsource_a.o")
	f.Add("\n\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		source, err := SavedSource(fstest.MapFS{".a.o.cmd": {Data: []byte(text), Mode: fs.ModePerm}}, ".a.o.cmd")
		if err != nil || strings.ContainsAny(source, "\n") || !strings.Contains(text, source) {
			t.Errorf("%q, %v", source, err)
		}
	})
}
