// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package elfobj reads the facts about a relocatable ELF object that the shims
// need: references to symbols and which of them are calls, undefined symbols, and
// the sizes of sections and functions.
//
// It is independent of the machine, except for the relocation types of calls and
// for the way in which x86-64 refers to a place in a section.
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

// Object is what [Read] found in a relocatable object.
type Object struct {
	// Machine is the architecture of the code.
	Machine elf.Machine
	// Text is the total size of all sections with code, in bytes.
	Text uint64
	// Sizes are the sizes of the sections that are loaded.
	Sizes Sizes
	// Undefined are the undefined symbols, sorted.
	Undefined []string
	// Defined are the functions that the object defines, including local ones,
	// sorted.
	Defined []string
	// Functions are the functions in Defined with their sizes, in the order of the
	// symbol table.
	Functions []Function
	// Refs are the relocations against named symbols, in the order of the file.
	Refs []Ref
	// Relocations is the number of relocations in sections that are loaded. The
	// kernel applies them when it loads a module (apply_relocate_add).
	Relocations int
}

// Function is a function that an object defines.
type Function struct {
	Name string
	// Size is the size in the symbol table, in bytes.
	Size uint64
	// Frame is the size of the stack frame in bytes, without dynamic allocations.
	// It is -1 if the object has no .stack_sizes section for the function (clang
	// -fstack-size-section, rustc -Zemit-stack-sizes).
	Frame int64
}

// Ref is a relocation against a named symbol, or against the symbol of a section
// and the offset of a function in it.
type Ref struct {
	Symbol string
	// In is the section that the relocation changes. Func is the function at that
	// place, "" if there is none.
	In, Func string
	// Code is set if the section contains instructions. Call is set if, in
	// addition, the relocation has a type that this machine uses for calls.
	Code, Call bool
}

// calls lists the relocation types of call instructions. If a machine uses such a
// type for nothing else, it distinguishes calls from references that take an
// address. Sources: the psABI documents of the machines and
// llvm/lib/Target/*/MCTargetDesc/*ELFObjectWriter.cpp.
//
// On x86-64, each direct call or jump has an R_X86_64_PLT32, a reference to data
// has an R_X86_64_PC32, and a call through the GOT has an R_X86_64_GOTPCREL*.
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

// Read reads a relocatable object. It returns an error for a file that is truncated
// or not an ELF file.
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

// Count is how often an object refers to a symbol.
type Count struct {
	// References is the number of relocations against the symbol. Calls is how many
	// of them are calls.
	References, Calls int
}

// Count counts the relocations against the symbols for which want returns true.
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

// IsHelper reports whether a symbol is one of the kernel's Rust helpers. All of
// them have the same prefix (rust/helpers.c, rust/helpers/*.c), by which
// rust/Makefile selects them for bindgen.
func IsHelper(symbol string) bool { return strings.HasPrefix(symbol, "rust_helper_") }

type function struct {
	start, end uint64
	name       string
	// index is the index of the function in Object.Functions.
	index int
}

// functionIndex has the functions of each section, sorted by their start.
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

// startingAt returns the functions that start at an offset in a section.
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
	// addend is 0 for a SHT_REL section, where the relocated place contains it.
	addend uint64
}

// offsetOf returns the offset in a section to which a relocation against the
// section's symbol refers. x86-64 counts from the end of the four relocated bytes.
func offsetOf(m elf.Machine, r relocation) uint64 {
	if m == elf.EM_X86_64 && (r.kind == uint32(elf.R_X86_64_PC32) || r.kind == uint32(elf.R_X86_64_PLT32)) {
		return r.addend + 4
	}
	return r.addend
}

// relocations decodes a SHT_REL or SHT_RELA section (ELF specification,
// "Relocation"): r_offset, r_info and, for SHT_RELA, r_addend.
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
