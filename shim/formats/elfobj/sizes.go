// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package elfobj

import "debug/elf"

// Sizes are the sizes, in bytes, of the sections that are loaded, by purpose.
// llvm-size and size(1) count read-only data as text: their text is Code + ROData,
// and their data and bss are Data and BSS (ELFObjectFile::isBerkeleyText and the
// functions beside it in LLVM).
type Sizes struct {
	// Code has instructions, ROData is everything else that is not writable, Data
	// is writable, and BSS has no bytes in the file.
	Code, ROData, Data, BSS uint64
}

// Text returns what size(1) and llvm-size print as text, in bytes.
func (s Sizes) Text() uint64 { return s.Code + s.ROData }

// SizesOf adds up the sections of a relocatable or linked file.
func SizesOf(f *elf.File) (out Sizes) {
	for _, s := range f.Sections {
		switch alloc := s.Flags&elf.SHF_ALLOC != 0; {
		case alloc && s.Flags&elf.SHF_EXECINSTR != 0:
			out.Code += s.Size
		case alloc && s.Flags&elf.SHF_WRITE == 0:
			out.ROData += s.Size
		case s.Type == elf.SHT_NOBITS && s.Flags&(elf.SHF_ALLOC|elf.SHF_WRITE) != 0:
			out.BSS += s.Size
		case alloc:
			out.Data += s.Size
		}
	}
	return out
}
