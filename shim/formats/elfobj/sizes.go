// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package elfobj

import "debug/elf"

// Sizes are the sizes, in bytes, of the sections that are loaded, by what they
// are for. llvm-size and size count ROData as text, too: their text is Code +
// ROData, their data and bss are Data and BSS (LLVM's
// ELFObjectFile::isBerkeleyText and the functions beside it).
type Sizes struct {
	// Code has instructions; ROData is all else that cannot be written to;
	// Data can be; BSS is what the file has no bytes for.
	Code, ROData, Data, BSS uint64
}

// Text is what size(1) and llvm-size call text.
func (s Sizes) Text() uint64 { return s.Code + s.ROData }

// SizesOf adds up the sections of a file, a linked one, too.
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
