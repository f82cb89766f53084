// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// rustLoops is what the functions with loops in Rust are called, with the loop's name behind it (kmod/time/loops.h).
const rustLoops = "time_rust_"

// loopCode reads the machine code of the loops in Rust out of the module's objects, by the loop's name. What a relocation fills in
// is left out: which function is called may differ, and the code of the loop is the same.
func loopCode(module string) (map[string]string, error) {
	out := map[string]string{}
	for _, name := range []string{"helper_loops.o", "pure_loops.o"} {
		if err := readCode(filepath.Join(module, name), rustLoops, out); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

// readCode reads the code of the functions in an object whose names begin with prefix.
func readCode(path, prefix string, out map[string]string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		return err
	}
	contents := map[elf.SectionIndex][]byte{}
	for _, s := range symbols {
		loop, ok := strings.CutPrefix(s.Name, prefix)
		if !ok || elf.ST_TYPE(s.Info) != elf.STT_FUNC || int(s.Section) >= len(f.Sections) {
			continue
		}
		code, ok := contents[s.Section]
		if !ok {
			if code, err = f.Sections[s.Section].Data(); err != nil {
				return err
			}
			code = slices.Clone(code)
			if err := blank(f, s.Section, code); err != nil {
				return err
			}
			contents[s.Section] = code
		}
		if s.Value+s.Size > uint64(len(code)) {
			return fmt.Errorf("%s is not in its section", s.Name)
		}
		out[loop] = string(code[s.Value : s.Value+s.Size])
	}
	return nil
}

// blank overwrites the four bytes at each relocation of a section. Objects of x86-64 have their addends in the relocation; that
// of another machine leaves more than four bytes alone at worst, and code then counts as another one.
func blank(f *elf.File, section elf.SectionIndex, code []byte) error {
	for _, r := range f.Sections {
		if r.Type != elf.SHT_RELA || elf.SectionIndex(r.Info) != section || f.Class != elf.ELFCLASS64 {
			continue
		}
		data, err := r.Data()
		if err != nil {
			return err
		}
		const size = 24 // Elf64_Rela
		for ; len(data) >= size; data = data[size:] {
			if at := f.ByteOrder.Uint64(data); at+4 <= uint64(len(code)) {
				binary.LittleEndian.PutUint32(code[at:], 0)
			}
		}
	}
	return nil
}
