// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/host/hosttest"
	"rustc-lto-wrap/shim/version"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestNewPlan compares the plans of recorded command lines with goldens, for
// several settings.
func TestNewPlan(t *testing.T) {
	for _, c := range []struct {
		name, line string
		env        []string
	}{
		{"library", "rust_kernel.o", []string{"RUST_MODFILE=rust/kernel"}},
		{"module", "samples_rust_rust_misc_device.o", []string{"RUST_MODFILE=samples/rust/rust_misc_device"}},
		{"early-internal-cost", "rust_kernel.o", []string{"LTO_WRAP_PIPELINE=early", "LTO_WRAP_LINKAGE=internal", "LTO_WRAP_INLINE=cost"}},
		{"size", "rust_kernel.o", []string{"LTO_WRAP_OPTIMIZE=size"}},
		{"s390", "rust_kernel.o", []string{"CLANG_FLAGS=--target=s390x-linux-gnu"}},
		{"link-flags", "samples_rust_rust_misc_device.o", []string{"LTO_WRAP_LINK_FLAGS=-v"}},
		{"flags", "samples_rust_rust_misc_device.o", []string{"LTO_WRAP_CFLAGS=-mllvm '-inline-threshold=100'", "LTO_WRAP_HELPERS_DROP=-std=*"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := hosttest.New(t, c.env...)
			data, err := os.ReadFile("../../argv/testdata/rustc/7.3/" + c.line + ".args")
			if err != nil {
				t.Fatal(err)
			}
			ctx, err := compilation.Begin(h, host.RustcWrap, "")
			if err == nil {
				err = ctx.FindTools()
			}
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewPlan(ctx, argv.ParseRustc(strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil))
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(p, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(p.Helpers.Key, "KEY", p.Helpers.Key[:12], "KEY", h.Env["srctree"], "SRC", h.Objtree, "OBJ", h.Bin, "BIN").Replace(string(got)) + "\n"
			golden := filepath.Join("testdata", "plan-"+c.name+".json")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), text); d != "" {
				t.Errorf("the plan (-want +got):\n%s", d)
			}
		})
	}
}

// TestGeneration reminds of raising the generation in package version. The file
// testdata/generation has the generation and a hash of all golden plans. After a
// change of the plans, decide whether the same crate now gives another object, raise
// the generation if it does, and run the test with -update.
func TestGeneration(t *testing.T) {
	files, err := filepath.Glob("testdata/plan-*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("the golden plans: %v, %v", files, err)
	}
	var all []byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, f...), data...)
	}
	const file = "testdata/generation"
	got := fmt.Sprintf("%d %s\n", version.Generation(), host.Hash(all))
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("the plans or the generation have changed, see the comment of this test: %q, want %q (%v)", got, want, err)
	}
}
