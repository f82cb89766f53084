// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"errors"
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
	type name struct{ offset, size uint64 }
	var names []name
	var strtab []byte
	version := uint64(0)
	data = slices.Clone(data)
	err := blocks(data, func(r *reader, block, width, end uint64) error {
		switch block {
		case strtabBlock:
			return r.records(width, end, func(code uint64, _ []uint64, blob []byte) {
				if code == recordBlob {
					strtab = blob
				}
			})
		case moduleBlock:
			return r.records(width, end, func(code uint64, ops []uint64, _ []byte) {
				switch {
				case code == moduleVersion && len(ops) > 0:
					version = ops[0]
				case code == moduleFunction && len(ops) > 2:
					names = append(names, name{ops[0], ops[1]})
				}
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if version < 2 {
		return nil, errors.New("the bitcode has no string table for the names of its functions")
	}
	at := map[string]uint64{}
	for _, n := range names {
		if n.offset > uint64(len(strtab)) || n.size > uint64(len(strtab))-n.offset {
			return nil, errors.New("the name of a function is outside of the string table")
		}
		at[string(strtab[n.offset:n.offset+n.size])] = n.offset
	}
	for _, f := range functions {
		offset, ok := at[f]
		if !ok {
			return nil, fmt.Errorf("the bitcode has no function %s", f)
		}
		strtab[offset] = Hidden[0]
	}
	return data, nil
}
