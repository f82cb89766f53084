package shim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"rustc-lto-wrap/argv"
)

// functionAlignment is the power of two to which clang, with these flags, aligns
// functions that are not optimised for size.
//
// It depends on architecture and processor (PrefFunctionAlignment in
// llvm/include/llvm/CodeGen/TargetLowering.h), so clang is asked, once for each
// list of flags in an object tree.
func functionAlignment(h Host, cache *versionCache, clang, flags []string) (log2 int, err error) {
	key := "alignment\x00" + identity(h, clang) + hash([]byte(fmt.Sprintf("%q", flags)))
	if known, ok := cache.known[key]; ok {
		if json.Unmarshal([]byte(known), &log2) == nil {
			return log2, nil
		}
	}
	// -g0, and no -fstack-usage: these would write files into the folder of the build.
	command := slices.Concat(clang, argv.Without(flags, []string{"-fstack-usage"}), []string{"-g0", "-S", "-o", "-", "-x", "ir", "-"})
	assembly, err := h.Output(command, "define void @f() {\n  ret void\n}\n")
	if err != nil {
		return 0, &Failure{
			What:    fmt.Sprintf("clang does not say how it aligns functions: %v: %s", err, firstLine(stderrOf(err))),
			Command: command, Status: 1, Inlining: true,
		}
	}
	// A function without a directive is aligned to 1 byte.
	log2, _ = numberBehind(assembly, "\t.p2align\t")
	cache.keep(key, strconv.Itoa(log2))
	return log2, nil
}
