package shim

import (
	"testing"

	"rustc-lto-wrap/shim/formats/llvmir"
)

func TestClangMerges(t *testing.T) {
	for _, c := range []struct {
		what  string
		s     Settings
		major int
		want  bool
	}{
		{"the default", Settings{Linkage: llvmir.AvailableExternally}, 19, true},
		{"a weak copy", Settings{Linkage: llvmir.LinkonceODR}, 18, true},
		{"a local copy", Settings{Linkage: llvmir.Internal}, 19, false},
		{"an old clang", Settings{Linkage: llvmir.AvailableExternally}, 17, false},
		{"llvm-link is named", Settings{LLVMLink: []string{"llvm-link-19"}}, 19, false},
		{"llvm-link has flags", Settings{LinkFlags: []string{"-v"}}, 19, false},
	} {
		if got := clangMerges(&c.s, &Toolchain{Clang: Program{Major: c.major}}); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}
