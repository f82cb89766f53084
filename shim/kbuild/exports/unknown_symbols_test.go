// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package exports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnknown checks what is known to be there, in a kernel build and for an external
// module.
func TestUnknown(t *testing.T) {
	root := tree(t, map[string]string{
		"rust/bindings/bindings_generated.rs": "extern \"C\" {\n    pub fn kmalloc(\n        n: usize,\n    ) -> *mut u8;\n    pub static mut jiffies : u64 ;pub static init_net: net;\n" +
			"    pub fn not_the_same();\n}\npub const fn_x: u32 = 0; // pubfn glued\n",
		"rust/bindings/bindings_helpers_generated.rs": "extern \"C\" { pub fn short ( ) ; }",
		"rust/exports_kernel_generated.h":             "EXPORT_SYMBOL_RUST_GPL(rust_fmt_argument);\n",
		"rust/exports.c":                              "#ifdef CONFIG_RUST_BUILD_ASSERT_ALLOW\nEXPORT_SYMBOL_RUST_GPL(rust_build_error);\n#endif\n",
		"Module.symvers": "0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n0x2\tin_namespace\tdrivers/x\tEXPORT_SYMBOL_GPL\tNS\n" +
			"0x3\t_RNvexported\tvmlinux\tEXPORT_SYMBOL_GPL\t\n",
	})
	symvers := filepath.Join(root, "Module.symvers")
	for _, c := range []struct{ what, symbols, symvers, want string }{
		{"declared", "kmalloc jiffies init_net short", "", ""},
		{"no declarations", "glued the_same mut fn_x kmall", "", "fn_x glued kmall mut the_same"},
		{"Rust", "_RNvNtCs1_4core5panic _ZN4core9panicking5panic17h0E rust_fmt_argument", "", ""},
		{"an assertion, and what is exported perhaps", "rust_build_error printk", "", "printk rust_build_error"},
		{"the module", "__this_module", "", ""},
		{"external: listed", "printk in_namespace _RNvexported __this_module", symvers, ""},
		{"external: not listed", "kmalloc _RNvother rust_build_error rust_fmt_argument vmlinux", symvers, "_RNvother kmalloc rust_build_error rust_fmt_argument vmlinux"},
		{"external, without a list", "kmalloc rust_build_error", filepath.Join(root, "missing"), "rust_build_error"},
	} {
		if got := strings.Join(UnknownSymbols(strings.Fields(c.symbols), root, c.symvers), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	// The names are kept, and read again if the bindings change.
	for _, c := range []struct{ text, want string }{{"pub fn later()", ""}, {"pub fn much_later()", "later"}} {
		if err := os.WriteFile(filepath.Join(root, "rust/bindings/bindings_generated.rs"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(UnknownSymbols([]string{"later"}, root, ""), " "); got != c.want {
			t.Errorf("after a change to %q: %q, want %q", c.text, got, c.want)
		}
		if left, _ := filepath.Glob(filepath.Join(root, "rust/.tmp_*")); len(left) != 1 {
			t.Errorf("files beside the bindings: %q", left)
		}
	}
	if got := UnknownSymbols([]string{"kmalloc", "a"}, t.TempDir(), ""); strings.Join(got, " ") != "a kmalloc" {
		t.Errorf("without any file: %q", got)
	}
}
