package shim

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
)

// functionAlignment is the power of two to which clang, with these flags, aligns
// functions that are not optimised for size; ok is false if that cannot be had.
//
// It depends on architecture and processor (PrefFunctionAlignment in
// llvm/include/llvm/CodeGen/TargetLowering.h), so clang is asked, once for each
// list of flags in an object tree.
func functionAlignment(h Host, cache *versionCache, clang, flags []string) (log2 int, ok bool) {
	key := "alignment\x00" + identity(h, clang) + hash([]byte(fmt.Sprintf("%q", flags)))
	if known, found := cache.known[key]; found {
		if json.Unmarshal([]byte(known), &log2) == nil {
			return log2, true
		}
	}
	f, err := os.CreateTemp("", "rustc-lto-wrap-*.ll")
	if err != nil {
		return 0, false
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("define void @f() {\n  ret void\n}\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, false
	}
	assembly, err := h.Output(slices.Concat(clang, flags, []string{"-S", "-o", "-", f.Name()}))
	if err != nil {
		return 0, false // compiling the crate will fail, too, and its message is the better one
	}
	// A function without a directive is aligned to 1 byte.
	log2, _ = numberBehind(assembly, "\t.p2align\t")
	cache.keep(key, strconv.Itoa(log2))
	return log2, true
}
