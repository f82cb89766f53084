// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

// moduleDataLayout is the record with the data layout: [characters…].
const moduleDataLayout = 3

// DataLayout returns the data layout of the module in a bitcode file, "" if it has none.
// It says how types are laid out (llvm/docs/LangRef.rst, "Data Layout").
func DataLayout(data []byte) (layout string, err error) {
	err = blocks(data, func(r *reader, block, width, end uint64) error {
		if block != moduleBlock {
			return nil
		}
		return r.walk(width, end, func(code uint64, ops []uint64, _ []byte) {
			if code == moduleDataLayout {
				layout = characters(ops)
			}
		}, func(uint64, uint64, uint64) error { return nil })
	})
	return layout, err
}
