// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compare

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// Readable returns the name of a function as it is in the source for symbols that
// rustc mangled (v0 and legacy), and the symbol itself for others. It omits the
// parts that differ from build to build: the disambiguators of crates and the hash,
// which demangling drops, and the numbers that LLVM appends (".llvm.123…").
func Readable(symbol string) string {
	base, suffix := symbol, ""
	switch {
	case strings.HasPrefix(symbol, "_R"):
		base, suffix, _ = strings.Cut(symbol, ".")
	case strings.HasPrefix(symbol, "_ZN"):
		// A legacy name has ".." for "::" in types, and ends with E.
		if end := strings.LastIndex(symbol, "E."); end >= 0 && !strings.HasSuffix(symbol, "E") {
			base, suffix = symbol[:end+1], symbol[end+2:]
		}
	}
	name := demangle.Filter(apart(base))
	for part := range strings.SplitSeq(suffix, ".") {
		if part != "" && part != "llvm" && strings.Trim(part, "0123456789") != "" {
			name += "." + part // .cold and the like
		}
	}
	return name
}

// isPadding reports whether a symbol stands for the padding before a function.
// objtool and the compiler give such padding the name and size of a function
// (CONFIG_CALL_PADDING, CONFIG_CFI_CLANG).
func isPadding(symbol string) bool {
	return strings.HasPrefix(symbol, "__pfx_") || strings.HasPrefix(symbol, "__cfi_")
}
