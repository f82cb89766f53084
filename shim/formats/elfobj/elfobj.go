// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package elfobj reads from a relocatable ELF object what the shims must know
// of it: calls to helpers, undefined symbols, the sizes of its sections and
// functions. It knows no machine but for one table, of the relocation types that
// are calls.
package elfobj

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Object is what was read of one relocatable object.
type Object struct {
	// Machine is the machine that the code is for.
	Machine elf.Machine
	// Text is the size of all sections with code, in bytes.
	Text uint64
	// Sizes are those of what is loaded.
	Sizes Sizes
	// Undefined are the symbols that the object needs from elsewhere, sorted.
	Undefined []string
	// Defined are the functions that it holds itself, local ones included, sorted.
	Defined []string
	// Functions are the functions of Defined with their sizes, in the order of the
	// symbol table.
	Functions []Function
	// Refs are the relocations against named symbols, in the order of the file.
	Refs []Ref
	// Relocations counts all relocations of sections that are loaded. The kernel
	// carries them out when it loads a module (apply_relocate_add).
	Relocations int
}

// Function is a function that an object holds.
type Function struct {
	Name string
	// Size is in bytes, as the symbol table has it.
	Size uint64
	// Frame is the size of the stack frame in bytes, without what is allocated at
	// run time; -1 where the object has no .stack_sizes section for it (clang
	// -fstack-size-section, rustc -Zemit-stack-sizes).
	Frame int64
}

// Ref is a relocation against a named symbol, or against a section's symbol and
// the offset at which a function begins.
type Ref struct {
	Symbol string
	// In is the section that is relocated, Func the function at the place;
	// "" where no function is.
	In, Func string
	// Code is set in sections with instructions, Call where moreover the
	// relocation is of a type that this machine uses to call.
	Code, Call bool
}

// calls lists the relocation types of call instructions. A type that is used
// for nothing else tells a call from an address that is taken. Sources: the
// psABI documents of the machines and llvm/lib/Target/*/MCTargetDesc/*ELFObjectWriter.cpp.
//
// x86-64 uses R_X86_64_PLT32 for each direct call and jump, and PC32 for
// references to data; R_X86_64_GOTPCREL* for a call through the GOT.
var calls = map[elf.Machine][]uint32{
	elf.EM_X86_64:    {uint32(elf.R_X86_64_PLT32), uint32(elf.R_X86_64_GOTPCRELX)},
	elf.EM_386:       {uint32(elf.R_386_PLT32), uint32(elf.R_386_PC32)},
	elf.EM_AARCH64:   {uint32(elf.R_AARCH64_CALL26), uint32(elf.R_AARCH64_JUMP26)},
	elf.EM_ARM:       {uint32(elf.R_ARM_CALL), uint32(elf.R_ARM_JUMP24), uint32(elf.R_ARM_THM_PC22)},
	elf.EM_RISCV:     {uint32(elf.R_RISCV_CALL), uint32(elf.R_RISCV_CALL_PLT), uint32(elf.R_RISCV_JAL)},
	elf.EM_LOONGARCH: {uint32(elf.R_LARCH_B26), 110 /* R_LARCH_CALL36 */},
	elf.EM_PPC64:     {uint32(elf.R_PPC64_REL24), uint32(elf.R_PPC64_REL24_NOTOC)},
	elf.EM_S390:      {uint32(elf.R_390_PLT32DBL), uint32(elf.R_390_PC32DBL)},
}

// Read reads a relocatable object. It fails on a file that is no ELF file or is
// cut off.
func Read(r io.ReaderAt) (*Object, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	symbols, err := f.Symbols()
	if err != nil && err != elf.ErrNoSymbols {
		return nil, err
	}
	o := &Object{Machine: f.Machine, Sizes: SizesOf(f)}
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF && s.Name != "" {
			o.Undefined = append(o.Undefined, s.Name)
		}
	}
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF && elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			o.Defined = append(o.Defined, s.Name)
			o.Functions = append(o.Functions, Function{s.Name, s.Size, -1})
		}
	}
	slices.Sort(o.Undefined)
	o.Undefined = slices.Compact(o.Undefined)
	slices.Sort(o.Defined)
	functions := functionsBySection(symbols)
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 {
			o.Text += s.Size
		}
		if s.Type != elf.SHT_RELA && s.Type != elf.SHT_REL || int(s.Info) >= len(f.Sections) {
			continue
		}
		relocs, err := relocations(f, s)
		if err != nil {
			return nil, fmt.Errorf("section %s: %w", s.Name, err)
		}
		target := f.Sections[s.Info]
		if target.Flags&elf.SHF_ALLOC != 0 {
			o.Relocations += len(relocs)
		}
		if target.Name == stackSizes {
			if err := o.frames(f, target, relocs, symbols, functions); err != nil {
				return nil, fmt.Errorf("section %s: %w", target.Name, err)
			}
		}
		code := target.Flags&elf.SHF_EXECINSTR != 0
		types, known := calls[f.Machine]
		for _, r := range relocs {
			if r.symbol == 0 || int(r.symbol) > len(symbols) {
				continue
			}
			sym := symbols[r.symbol-1]
			name := sym.Name
			if elf.ST_TYPE(sym.Info) == elf.STT_SECTION && int(sym.Section) < len(f.Sections) {
				if at := functions.startingAt(int(sym.Section), offsetOf(f.Machine, r)); len(at) > 0 {
					name = at[0].name
				}
			}
			if name == "" {
				continue
			}
			o.Refs = append(o.Refs, Ref{
				Symbol: name, In: target.Name, Func: functions.at(int(s.Info), r.offset),
				Code: code, Call: code && (!known || slices.Contains(types, r.kind)),
			})
		}
	}
	return o, nil
}

// Count says how often an object refers to a symbol.
type Count struct {
	// References counts all relocations against it, Calls those of them that call.
	References, Calls int
}

// Count counts the relocations against the symbols that want selects.
func (o *Object) Count(want func(string) bool) map[string]Count {
	n := map[string]Count{}
	for _, r := range o.Refs {
		if want(r.Symbol) {
			c := n[r.Symbol]
			c.References++
			if r.Call {
				c.Calls++
			}
			n[r.Symbol] = c
		}
	}
	return n
}

// IsHelper says whether a symbol is one of the kernel's Rust helpers, by the
// prefix that all of them have in the kernel (rust/helpers.c,
// rust/helpers/*.c; rust/Makefile selects them by it for bindgen).
func IsHelper(symbol string) bool { return strings.HasPrefix(symbol, "rust_helper_") }

type function struct {
	start, end uint64
	name       string
	// index is the function's in Object.Functions.
	index int
}

// functionIndex has the functions of each section, by their beginning.
type functionIndex map[int][]function

func functionsBySection(symbols []elf.Symbol) functionIndex {
	idx, n := functionIndex{}, 0
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Section != elf.SHN_UNDEF {
			idx[int(s.Section)] = append(idx[int(s.Section)], function{s.Value, s.Value + s.Size, s.Name, n})
			n++
		}
	}
	for _, list := range idx {
		slices.SortStableFunc(list, func(a, b function) int { return cmp.Compare(a.start, b.start) })
	}
	return idx
}

func (idx functionIndex) at(section int, offset uint64) string {
	for _, f := range idx[section] {
		if f.start <= offset && offset < f.end {
			return f.name
		}
	}
	return ""
}

// startingAt are the functions that begin at an offset of a section.
func (idx functionIndex) startingAt(section int, offset uint64) []function {
	list := idx[section]
	i, _ := slices.BinarySearchFunc(list, offset, func(f function, start uint64) int { return cmp.Compare(f.start, start) })
	n := i
	for n < len(list) && list[n].start == offset {
		n++
	}
	return list[i:n]
}

type relocation struct {
	offset uint64
	symbol uint32
	kind   uint32
	// addend is 0 in a SHT_REL section, which keeps it at the place.
	addend uint64
}

// offsetOf is the offset in a section that a relocation against the section's
// symbol means. x86-64 counts from the end of the four bytes that it relocates.
func offsetOf(m elf.Machine, r relocation) uint64 {
	if m == elf.EM_X86_64 && (r.kind == uint32(elf.R_X86_64_PC32) || r.kind == uint32(elf.R_X86_64_PLT32)) {
		return r.addend + 4
	}
	return r.addend
}

// relocations decodes a SHT_REL or SHT_RELA section (ELF specification,
// "Relocation"): r_offset, r_info and, for RELA, r_addend.
func relocations(f *elf.File, s *elf.Section) ([]relocation, error) {
	data, err := s.Data()
	if err != nil {
		return nil, err
	}
	var order binary.ByteOrder = f.ByteOrder
	word := 4
	if f.Class == elf.ELFCLASS64 {
		word = 8
	}
	size := 2 * word
	if s.Type == elf.SHT_RELA {
		size = 3 * word
	}
	if len(data)%size != 0 {
		return nil, fmt.Errorf("%d bytes are not a whole number of relocations", len(data))
	}
	var out []relocation
	for ; len(data) > 0; data = data[size:] {
		var r relocation
		if word == 8 {
			info := order.Uint64(data[8:])
			r = relocation{offset: order.Uint64(data), symbol: uint32(info >> 32), kind: uint32(info)}
		} else {
			info := order.Uint32(data[4:])
			r = relocation{offset: uint64(order.Uint32(data)), symbol: info >> 8, kind: info & 0xff}
		}
		switch {
		case s.Type != elf.SHT_RELA:
		case word == 8:
			r.addend = order.Uint64(data[16:])
		default:
			r.addend = uint64(order.Uint32(data[8:]))
		}
		out = append(out, r)
	}
	return out, nil
}
