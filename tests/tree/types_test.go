// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/llvmir"
)

// TestTypes compiles helpers that return and take structures of many sizes, and a
// crate that calls them, for each architecture of the kernel, with the real clang and
// rustc. Where the two choose different types, the helpers with structures like those of
// the kernel's helpers, of one integer that fits into a register, are adapted and inlined.
// On this machine's own architecture both programs are run, with the calls left and
// with the helpers inlined, and must print the same.
func TestTypes(t *testing.T) {
	r := newTree(t)
	if err := os.CopyFS(filepath.Join(r.host, "types"), os.DirFS("testdata/types")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rust, clang string
		// differ are helpers that have different types, left those that stay calls.
		differ, left []string
	}{
		{"aarch64-unknown-none-softfloat", "aarch64-linux-gnu -mgeneral-regs-only", []string{
			"ret_b1", "ret_b2", "ret_b3", "ret_b4", "ret_b5", "ret_b6", "ret_b7", "ret_i1", "ret_n1", "ret_s1",
		}, nil},
		{"arm-unknown-linux-gnueabi", "arm-linux-gnueabi -mfloat-abi=soft", []string{
			"arg_b1", "arg_b2", "arg_b3", "arg_b4", "arg_i1", "arg_l1", "arg_n1", "arg_p1", "arg_s1", "ret_b1", "ret_b2", "ret_s1",
		}, []string{"arg_l1"}},
		{"riscv64imac-unknown-none-elf", "riscv64-linux-gnu -march=rv64imac -mabi=lp64", nil, nil},
		{"loongarch64-unknown-none-softfloat", "loongarch64-linux-gnusf", nil, nil},
		{"s390x-unknown-linux-gnu", "s390x-linux-gnu -msoft-float", nil, nil},
		{"powerpc64le-unknown-linux-gnu", "powerpc64le-linux-gnu -msoft-float", []string{
			"ret_b10", "ret_b11", "ret_b12", "ret_b13", "ret_b14", "ret_b15", "ret_b16", "ret_b9", "ret_i3", "ret_l2", "ret_li", "ret_p2",
		}, []string{
			"ret_b10", "ret_b11", "ret_b12", "ret_b13", "ret_b14", "ret_b15", "ret_b16", "ret_b9", "ret_i3", "ret_l2", "ret_li", "ret_p2",
		}},
		{"x86_64-unknown-none", "x86_64-linux-gnu", []string{
			"arg_b10", "arg_b11", "arg_b12", "arg_b13", "arg_b14", "arg_b15", "arg_b16", "arg_b9", "arg_i3", "arg_l2", "arg_li", "arg_p1", "arg_p2",
			"ret_li", "ret_p1", "ret_p2",
		}, []string{
			"arg_b10", "arg_b11", "arg_b12", "arg_b13", "arg_b14", "arg_b15", "arg_b16", "arg_b9", "arg_i3", "arg_l2", "arg_li", "arg_p2",
			"ret_li", "ret_p2",
		}},
	} {
		t.Run(c.rust, func(t *testing.T) {
			s := *r
			s.t = t
			sh := func(command string) {
				t.Helper()
				if out, code := s.sh([]string{"RUSTC_BOOTSTRAP=1"}, "cd types && "+command); code != 0 {
					t.Fatalf("%s: %d\n%s", command, code, out)
				}
			}
			read := func(name string) []byte {
				t.Helper()
				data, err := os.ReadFile(filepath.Join(s.host, "types", name))
				if err != nil {
					t.Fatal(err)
				}
				return data
			}
			sh(fmt.Sprintf("rustc --target %s --edition=2021 --crate-type=rlib -Copt-level=2 -Cpanic=abort -Crelocation-model=static --emit=llvm-bc=crate.bc crate.rs", c.rust))
			sh(fmt.Sprintf("clang --target=%s -O2 -fno-pic -g0 -S -emit-llvm -o helpers.ll helpers.c", c.clang))
			declared, err := bitcode.Declarations(read("crate.bc"))
			if err != nil {
				t.Fatal(err)
			}
			helpers, err := llvmir.Parse(read("helpers.ll"))
			if err != nil {
				t.Fatal(err)
			}
			types, differing := helpers.Types(), map[string]string{}
			var differ []string
			for _, name := range slices.Sorted(maps.Keys(types)) {
				if kind, ok := declared[name]; !ok {
					t.Errorf("the crate does not declare %s", name)
				} else if kind != types[name] {
					differing[name] = kind
					differ = append(differ, strings.TrimPrefix(name, "rust_helper_"))
				}
			}
			if diff := cmp.Diff(c.differ, differ); diff != "" {
				t.Errorf("different types (-want +got):\n%s", diff)
			}
			text, refused := llvmir.Adapt(helpers.Apply(llvmir.Options{Linkage: llvmir.AvailableExternally, AlwaysInline: true}), differing)
			for name, why := range refused {
				// LLVM itself converts a pointer to an integer of its width and back.
				if short := strings.TrimPrefix(name, "rust_helper_"); !slices.Contains(c.left, short) && !strings.Contains(why.Symbol, "ptr") {
					t.Errorf("%s is refused: %s", name, why.Symbol)
				}
			}
			if err := os.WriteFile(filepath.Join(s.host, "types/adapted.ll"), text, 0o644); err != nil {
				t.Fatal(err)
			}
			generate := fmt.Sprintf("clang --target=%s -O2 -fno-pic -w -c ", c.clang)
			sh("llvm-as adapted.ll -o adapted.bc && " + generate + "crate.bc -o inlined.o -Xclang -mlink-bitcode-file -Xclang adapted.bc && llvm-nm inlined.o >symbols")
			var left []string
			for _, m := range regexp.MustCompile(`(?m) [A-Za-z] rust_helper_(\w+)$`).FindAllSubmatch(read("symbols"), -1) {
				left = append(left, string(m[1]))
			}
			slices.Sort(left)
			if diff := cmp.Diff(c.left, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if !strings.HasPrefix(c.rust, "x86_64") {
				return
			}
			sh(generate + "crate.bc -o called.o && " + generate + "helpers.ll -o helpers.o && clang --target=x86_64-linux-gnu -w -no-pie main.c called.o helpers.o -o called && " +
				"clang --target=x86_64-linux-gnu -w -no-pie main.c inlined.o helpers.o -o inlined && ./called >called.out && ./inlined >inlined.out")
			called, inlined := string(read("called.out")), string(read("inlined.out"))
			if diff := cmp.Diff(called, inlined); diff != "" {
				t.Errorf("with calls and inlined:\n%s", diff)
			}
			if ok := strings.Count(called, " 0 "); ok != len(types)/2-2 {
				t.Errorf("%d of %d structures came back:\n%s", ok, len(types)/2-2, called)
			}
		})
	}
}
