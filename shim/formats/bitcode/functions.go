// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import "errors"

// These are the numbers of a module's blocks and records
// (llvm/include/llvm/Bitcode/LLVMBitCodes.h).
const (
	moduleBlock = 8
	typeBlock   = 17

	moduleVersion  = 1 // [version]: since version 2 names are in the string table
	moduleFunction = 8 // [offset, size of the name, type, calling convention, is it a declaration, …]
)

// function is a function of a module: its name, which begins at offset in the string table,
// and the number of its type.
type function struct {
	name          string
	offset, kind  uint64
	isDeclaration bool
}

// readFunctions returns the functions of a bitcode file, its string table, which is a part of
// data, and the types of the module.
func readFunctions(data []byte) (functions []function, strtab []byte, types typeTable, err error) {
	version := uint64(0)
	var sizes []uint64 // of the names
	err = blocks(data, func(r *reader, block, width, end uint64) (err error) {
		switch block {
		case strtabBlock:
			strtab, err = r.blob(width, end)
			return err
		case moduleBlock:
			return r.walk(width, end, func(code uint64, ops []uint64, _ []byte) {
				switch {
				case code == moduleVersion && len(ops) > 0:
					version = ops[0]
				case code == moduleFunction && len(ops) > 2:
					functions = append(functions, function{offset: ops[0], kind: ops[2], isDeclaration: len(ops) > 4 && ops[4] != 0})
					sizes = append(sizes, ops[1])
				}
			}, func(block, width, end uint64) error {
				if block != typeBlock {
					return nil
				}
				return r.records(width, end, func(code uint64, ops []uint64, _ []byte) { types.add(code, ops) })
			})
		}
		return nil
	})
	if err != nil {
		return nil, nil, types, err
	}
	if version < 2 {
		return nil, nil, types, errors.New("the bitcode has no string table for the names of its functions")
	}
	for i, size := range sizes {
		f := &functions[i]
		if f.offset > uint64(len(strtab)) || size > uint64(len(strtab))-f.offset {
			return nil, nil, types, errors.New("the name of a function is outside of the string table")
		}
		f.name = string(strtab[f.offset : f.offset+size])
	}
	return functions, strtab, types, nil
}
