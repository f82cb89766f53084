// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host"
)

// FunctionAlignment returns the power of two to which clang, with these flags,
// aligns functions that are not optimised for size.
//
// It depends on architecture and processor (PrefFunctionAlignment in
// llvm/include/llvm/CodeGen/TargetLowering.h), so this asks clang, once for each
// list of flags in an object tree.
func (t *Toolchain) FunctionAlignment(h host.Host, flags []string) (log2 int, err error) {
	clang, cache := t.Clang.Argv, t.cache
	key := "alignment\x00" + Identity(h, clang) + host.Hash([]byte(fmt.Sprintf("%q", flags)))
	if known, ok := cache.known[key]; ok {
		if json.Unmarshal([]byte(known), &log2) == nil {
			return log2, nil
		}
	}
	// With debug information or -fstack-usage, clang would write files into the
	// directory of the build.
	command := slices.Concat(clang, argv.Without(flags, []string{"-fstack-usage"}), []string{"-g0", "-S", "-o", "-", "-x", "ir", "-"})
	assembly, err := h.Output(command, "define void @f() {\n  ret void\n}\n")
	if err != nil {
		return 0, &host.Failure{
			What:    fmt.Sprintf("cannot determine how clang aligns functions: %v: %s", err, firstLine(host.StderrOf(err))),
			Command: command, Status: 1, Inlining: true,
		}
	}
	// A function without a directive is aligned to 1 byte.
	log2, _ = numberAfter(assembly, "\t.p2align\t")
	cache.keep(key, strconv.Itoa(log2))
	return log2, nil
}
