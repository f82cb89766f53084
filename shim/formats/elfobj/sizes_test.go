// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package elfobj

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSizes compares with the output of llvm-size and llvm-readelf -r for the same
// objects.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		file            string
		text, data, bss uint64
		relocations     int
	}{
		{"calls-x86_64.o", 242, 16, 0, 17},
		{"calls-aarch64.o", 328, 16, 0, 20},
		{"calls-arm.o", 168, 8, 0, 17},
		{"calls-riscv64.o", 280, 16, 0, 43},
		{"calls-s390x.o", 170, 16, 0, 12},
		{"calls-loongarch64.o", 172, 16, 0, 15},
		{"empty.o", 0, 4, 0, 0},
	} {
		o, err := Read(bytes.NewReader(data(t, c.file)))
		if err != nil {
			t.Fatal(err)
		}
		if o.Sizes.Text() != c.text || o.Sizes.Data != c.data || o.Sizes.BSS != c.bss || o.Relocations != c.relocations {
			t.Errorf("%s: %+v, %d relocations", c.file, o.Sizes, o.Relocations)
		}
		if o.Sizes.Code != o.Text {
			t.Errorf("%s: code %d, text %d", c.file, o.Sizes.Code, o.Text)
		}
	}
}

// TestSizesByFlags checks to which size each kind of section is added.
func TestSizesByFlags(t *testing.T) {
	const a, w, x = elf.SHF_ALLOC, elf.SHF_WRITE, elf.SHF_EXECINSTR
	for _, c := range []struct {
		kind  elf.SectionType
		flags elf.SectionFlag
		want  Sizes
	}{
		{elf.SHT_PROGBITS, a | x, Sizes{Code: 8}},
		{elf.SHT_PROGBITS, a | w | x, Sizes{Code: 8}},
		{elf.SHT_PROGBITS, a, Sizes{ROData: 8}},
		{elf.SHT_NOTE, a, Sizes{ROData: 8}},
		{elf.SHT_PROGBITS, a | w, Sizes{Data: 8}},
		{elf.SHT_NOBITS, a | w, Sizes{BSS: 8}},
		{elf.SHT_NOBITS, w, Sizes{BSS: 8}},
		{elf.SHT_PROGBITS, 0, Sizes{}},
		{elf.SHT_PROGBITS, elf.SHF_MERGE | elf.SHF_STRINGS, Sizes{}},
	} {
		f := &elf.File{Sections: []*elf.Section{{SectionHeader: elf.SectionHeader{Type: c.kind, Flags: c.flags, Size: 8}}}}
		if diff := cmp.Diff(c.want, SizesOf(f)); diff != "" {
			t.Errorf("%v %v (-want +got):\n%s", c.kind, c.flags, diff)
		}
	}
}

// TestFrames compares with the output of llvm-readelf --stack-sizes for the same
// objects.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		file                      string
		small, large, local, both int64
	}{
		{"stack-x86_64.o", 40, 4008, 312, 8},
		{"stack-sections-x86_64.o", 40, 4008, 312, 8},
		{"stack-aarch64.o", 64, 4032, 336, 16},
		{"stack-riscv64.o", 48, 4016, 320, 16},
		{"stack-arm.o", 48, 4008, 312, 8},
		{"stack-i386.o", 44, 4012, 316, 12},
	} {
		o, err := Read(bytes.NewReader(data(t, c.file)))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, f := range o.Functions {
			got[f.Name] = f.Frame
			if f.Size == 0 {
				t.Errorf("%s: %s has no size", c.file, f.Name)
			}
		}
		want := map[string]int64{"none": 0, "small": c.small, "large": c.large, "local": c.local, "calls_local": c.both}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, diff)
		}
	}
	o, err := Read(bytes.NewReader(data(t, "calls-x86_64.o")))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range o.Functions {
		if f.Frame != -1 {
			t.Errorf("%s has a frame of %d bytes, although it has no section for it", f.Name, f.Frame)
		}
	}
}

// TestFrameOfTheLastSymbol cuts the symbol table behind the symbol that the entries of .stack_sizes refer to: they remain good.
func TestFrameOfTheLastSymbol(t *testing.T) {
	const symbolSize, relocationSize = 24, 24
	b := data(t, "stack-x86_64.o")
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	relocs, err := f.Section(".rela" + stackSizes).Data()
	if err != nil {
		t.Fatal(err)
	}
	last := uint32(0)
	for r := relocs; len(r) > 0; r = r[relocationSize:] {
		last = max(last, f.ByteOrder.Uint32(r[12:])) // the symbol, in the upper half of r_info
	}
	shoff := f.ByteOrder.Uint64(b[40:])
	for i, s := range f.Sections {
		if s.Type == elf.SHT_SYMTAB {
			f.ByteOrder.PutUint64(b[shoff+uint64(i)*64+32:], uint64(last+1)*symbolSize) // sh_size
		}
	}
	if _, err := Read(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
}

// TestDamagedFrames reads a .stack_sizes section that lacks its relocations or ends
// within a number.
func TestDamagedFrames(t *testing.T) {
	b := data(t, "stack-x86_64.o")
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	shoff := f.ByteOrder.Uint64(b[40:])
	for i, s := range f.Sections {
		damaged := bytes.Clone(b)
		want := "an entry without a function"
		switch s.Name {
		case ".rela.stack_sizes":
			f.ByteOrder.PutUint64(damaged[shoff+uint64(i)*64+32:], s.Size-24) // sh_size: the last relocation is missing
		case stackSizes:
			damaged[s.Offset+s.Size-1] |= 0x80
			want = "an entry without a size"
		default:
			continue
		}
		if _, err := Read(bytes.NewReader(damaged)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", s.Name, err, want)
		}
	}
}
