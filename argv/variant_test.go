// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestModuleVariant(t *testing.T) {
	const f = `-DKBUILD_MODFILE="rust/helpers"`
	for _, c := range []struct{ name, args, kernel, module, want string }{
		{"no kernel flags", "-O2 " + f + " -DX -c", "", "-DMODULE", "-O2 -DMODULE -DX -c"},
		{"kernel flags", "-O2 -fno-pic -mk " + f + " -DX -c", "-fno-pic -mk", "-DMODULE -fpic", "-O2 -DMODULE -fpic -DX -c"},
		{"only those before the file count", "-mk -O2 -mk " + f + " -c", "-mk", "-DMODULE", "-mk -O2 -DMODULE -c"},
		{"no module flags", "-O2 -mk " + f + " -c", "-mk", "", "-O2 -c"},
		{"in another order", "-mk -O2 " + f + " -c", "-mk", "-DMODULE", "-O2 -c -DMODULE"},
		{"more kernel flags than arguments", f + " -c", "-a -b", "-DMODULE", "-c -DMODULE"},
		{"without the file", "-mk -O2 -c", "-mk", "-DMODULE", "-O2 -c -DMODULE"},
		{"nothing", "", "", "-DMODULE", "-DMODULE"},
		{"a longer name", "-DKBUILD_MODFILES=1 -O2", "", "-DMODULE", "-DKBUILD_MODFILES=1 -O2 -DMODULE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.args)
			got := ModuleVariant(args, strings.Fields(c.kernel), strings.Fields(c.module))
			if diff := cmp.Diff(strings.Fields(c.want), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(strings.Fields(c.args), args, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the arguments changed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestModuleVariantRecorded uses kbuild's own command line for the helpers, and the
// flags that the two kernels export for x86. They export none for built-in objects.
func TestModuleVariantRecorded(t *testing.T) {
	for _, v := range []string{"6.12", "7.3"} {
		args := line(t, "cc", v+"/rust_helpers_helpers.o")
		want := slices.Clone(args)
		at := slices.Index(want, `-DKBUILD_MODFILE="rust/helpers"`)
		if at < 0 {
			t.Fatalf("%s: the recorded command line has no -DKBUILD_MODFILE", v)
		}
		want[at] = "-DMODULE"
		if diff := cmp.Diff(want, ModuleVariant(args, nil, []string{"-DMODULE"})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v, diff)
		}

		// Do the same with flags for built-in objects, which other architectures
		// have.
		kernel := []string{"-fno-pic", "-mcmodel=medany"}
		builtin := slices.Concat(args[:at], kernel, args[at:])
		module := []string{"-DMODULE", "-mcmodel=large"}
		want = slices.Concat(args[:at], module, args[at+1:])
		if diff := cmp.Diff(want, ModuleVariant(builtin, kernel, module)); diff != "" {
			t.Errorf("%s with flags for built-in objects (-want +got):\n%s", v, diff)
		}
	}
}

// TestModuleVariantOfRealModule checks that ModuleVariant returns the flags that
// kbuild uses for a C file of a module: these have -DMODULE where a built-in object
// has -DKBUILD_MODFILE.
func TestModuleVariantOfRealModule(t *testing.T) {
	args := line(t, "cc", "7.3/samples_rust_rust_minimal.mod.o")
	at := slices.Index(args, "-DMODULE")
	if at < 0 || !strings.HasPrefix(args[at+1], "-DKBUILD_BASENAME=") {
		t.Fatalf("-DMODULE stands at %d of %q", at, args)
	}
	builtin := slices.Clone(args)
	builtin[at] = `-DKBUILD_MODFILE="samples/rust/rust_minimal"`
	if diff := cmp.Diff(args, ModuleVariant(builtin, nil, []string{"-DMODULE"})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
