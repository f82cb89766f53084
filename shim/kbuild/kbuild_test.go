// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/host/hosttest"
)

// TestRead checks what is read of kbuild's variables, and that the first one that is no list of words is named.
func TestRead(t *testing.T) {
	e, err := Read(hosttest.New(t, "srctree=/k", "objtree=.", "SRCARCH=x86", "KBUILD_CFLAGS=-O2 '-DA=b c'", "KBUILD_CFLAGS_KERNEL=-DK", "KBUILD_CFLAGS_MODULE=-DMODULE", "CFLAGS_MODULE=", "CC=ccache gcc"))
	if err != nil || e.Srctree != "/k" || e.Extmod != "" || e.Kernels != nil || e.NoKernels != nil {
		t.Errorf("%+v, %v", e, err)
	}
	want := [][]string{{"-O2", "-DA=b c"}, {"-DK"}, {"-DMODULE"}, {"ccache", "gcc"}}
	if d := cmp.Diff(want, [][]string{e.Cflags, e.Kernel, e.Module, e.CC}); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, err := Read(hosttest.New(t, "LINUXINCLUDE=-I'x", "KBUILD_CFLAGS=-D\"y")); err == nil || !strings.Contains(err.Error(), "LINUXINCLUDE") {
		t.Errorf("two values that are no words: %v", err)
	}
	// The kernel of an external module says how its helpers were compiled; this one does not.
	if e, err := Read(hosttest.New(t, "KBUILD_EXTMOD=/m", "objtree="+t.TempDir())); err != nil || e.Kernels != nil || e.NoKernels == nil {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestInstrumentationOptions checks that each option of the table is there, once.
func TestInstrumentationOptions(t *testing.T) {
	got := instrumentationOptions()
	if sorted := slices.Sorted(slices.Values(got)); len(slices.Compact(sorted)) != len(got) {
		t.Errorf("an option is there twice: %v", got)
	}
	for _, i := range instrumentations {
		for _, option := range []string{i.config, i.without, i.all} {
			if slices.Contains(got, "CONFIG_"+option) != (option != "") {
				t.Errorf("%q: %v", option, got)
			}
		}
	}
}
