// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package elfobj

import (
	"debug/elf"
	"encoding/binary"
	"errors"
)

// stackSizes is the section in which LLVM stores the size of each function's stack
// frame: the address of the function, which a relocation fills in, and the size as
// an unsigned LEB128 number (AsmPrinter::emitStackSizeSection in LLVM).
const stackSizes = ".stack_sizes"

// frames sets the frame sizes of the functions from a .stack_sizes section.
func (o *Object) frames(f *elf.File, s *elf.Section, relocs []relocation, symbols []elf.Symbol, functions functionIndex) error {
	data, err := s.Data()
	if err != nil {
		return err
	}
	word := 4
	if f.Class == elf.ELFCLASS64 {
		word = 8
	}
	at := make(map[uint64]relocation, len(relocs))
	for _, r := range relocs {
		at[r.offset] = r
	}
	for pos := 0; pos < len(data); {
		r, ok := at[uint64(pos)]
		if !ok || r.symbol == 0 || int(r.symbol) > len(symbols) || pos+word > len(data) {
			return errors.New("an entry without a function")
		}
		sym := symbols[r.symbol-1]
		// The place of the address contains 0, or the addend in the case of a
		// SHT_REL section.
		start := sym.Value + r.addend
		if word == 8 {
			start += f.ByteOrder.Uint64(data[pos:])
		} else {
			start = uint64(uint32(start) + f.ByteOrder.Uint32(data[pos:]))
		}
		size, n := binary.Uvarint(data[pos+word:])
		if n <= 0 {
			return errors.New("an entry without a size")
		}
		pos += word + n
		for _, fn := range functions.startingAt(int(sym.Section), start) {
			o.Functions[fn.index].Frame = int64(size)
		}
	}
	return nil
}
