// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"fmt"
	"slices"
)

// Hidden is how the names of hidden functions begin. No symbol of C or Rust does.
const Hidden = "~"

// Hide returns a copy of a bitcode file in which functions have names that nothing else
// refers to: the first character is replaced. A linker then finds no definition for a
// reference to the function in another file. The name is in the string table once for all
// that refers to it (StrtabBuilder in llvm/lib/Bitcode/Writer/BitcodeWriter.cpp).
func Hide(data []byte, functions []string) ([]byte, error) {
	data = slices.Clone(data)
	known, strtab, _, err := readFunctions(data)
	if err != nil {
		return nil, err
	}
	offsets := map[string]uint64{}
	for _, f := range known {
		offsets[f.name] = f.offset
	}
	for _, f := range functions {
		offset, ok := offsets[f]
		if !ok {
			return nil, fmt.Errorf("the bitcode has no function %s", f)
		}
		strtab[offset] = Hidden[0]
	}
	return data, nil
}
