// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package equal compares what must not change between a kernel's Rust objects that
// were built with the unwrapped tools and those that the shims made: instrumentation,
// mitigations, control-flow integrity, sections and notes. It counts in the objects
// themselves. The sizes and the set of functions may differ: inlining changes them.
//
// What goes in are pairs of objects, with their disassembly where there is one; what
// comes out is a list of checks, each with both counts and what is wrong.
package equal

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/elfobj"
)

// group is a set of symbols that code refers to for one purpose.
type group struct {
	name     string
	prefixes []string
}

// groups are the symbols that compilers add references to. Sources: mm/kasan,
// kernel/kcov.c, kernel/kcsan, lib/ubsan.c, arch/*/kernel/ftrace, include/linux/stackprotector.h,
// arch/x86/lib/retpoline.S of the kernel.
var groups = []group{
	{"KASAN calls", []string{"__asan_", "__hwasan_"}},
	{"KCOV calls", []string{"__sanitizer_cov_trace_"}},
	{"stack depth calls", []string{"__sanitizer_cov_stack_depth"}},
	{"KCSAN calls", []string{"__tsan_"}},
	{"UBSAN calls", []string{"__ubsan_"}},
	{"ftrace calls", []string{"__fentry__", "mcount", "_mcount"}},
	{"stack protector references", []string{"__stack_chk_"}},
	{"return thunks", []string{"__x86_return_thunk"}},
	{"indirect thunks", []string{"__x86_indirect_thunk_", "__x86_indirect_call_thunk_", "__x86_indirect_jump_thunk_"}},
}

// Facts are what an object tells about itself.
type Facts struct {
	Machine elf.Machine
	// Functions are the functions with code, by name.
	Functions map[string]*Function
	// References are the relocations against the symbols of each group in groups.
	References map[string]int
	// Patchable is the number of places that ftrace can patch.
	Patchable int
	// Checked is the number of indirect calls that kCFI checks.
	Checked int
	// TypeIDs are the type hashes that kCFI has for functions that are declared and
	// whose address is taken, by function.
	TypeIDs map[string]uint64
	// Returns and Indirect are the plain return instructions, and the calls and jumps
	// through a register or memory. They are -1 without a disassembly.
	Returns, Indirect int
	// Safe is the number of calls and jumps that the kernel annotates: they need no
	// protection against speculation, since they are patched at boot.
	Safe int
	// Sections are the names of the sections with bytes, without those that a compiler makes
	// as it needs them: for code, constants, variables and relocations.
	Sections []string
	// Debug is what its debug information tells.
	Debug Debug
	// Versions are the versions of the symbols that it exports, by name. Read does not
	// know them: see [VersionsOf].
	Versions map[string]string
	// Notes are the contents of the sections with notes, by name.
	Notes map[string]string
}

// Function is a function of an object.
type Function struct {
	// Reachable is set if the function can be called indirectly: it is global, or
	// something other than a call refers to it.
	Reachable bool
	// Landing is set if it begins with a landing pad for indirect calls (endbr64,
	// bti c).
	Landing bool
	// TypeID is the type hash before the function, 0 if there is none.
	TypeID uint32
	// Shared is set if another function is at the same place: LLVM has merged them,
	// because their code is the same.
	Shared bool
	// Traced is the number of calls of ftrace in it.
	Traced int
}

// architecture is what differs between machines.
type architecture struct {
	// landing reports whether code begins with a landing pad. It is nil for a
	// machine without landing pads.
	landing func(code []byte) bool
	// typeID returns the hash that kCFI has put before a function. before is the code
	// before it, which begins at the symbol __cfi_NAME if there is one (prefixed).
	typeID func(before []byte, prefixed bool) uint32
	// checks counts the indirect calls in code that kCFI checks, for a machine on which
	// they are not in the section .kcfi_traps.
	checks func(code []byte) int
	// returns and indirect recognise instructions in the output of
	// "llvm-objdump -d --no-show-raw-insn", as it has them behind the address. returns is
	// nil for a machine on which the kernel has no other way to return.
	returns, indirect func(instruction string) bool
}

var architectures = map[elf.Machine]architecture{
	elf.EM_X86_64: {
		landing: func(code []byte) bool { return bytes.HasPrefix(code, []byte{0xf3, 0x0f, 0x1e, 0xfa}) }, // endbr64
		// X86AsmPrinter::emitKCFITypeId: the hash is the operand of a movl to eax, which
		// follows the symbol __cfi_NAME and padding.
		typeID: func(before []byte, prefixed bool) uint32 {
			for len(before) > 0 && before[0] == 0x90 { // nop
				before = before[1:]
			}
			if !prefixed || len(before) < 5 || before[0] != 0xb8 {
				return 0
			}
			return binary.LittleEndian.Uint32(before[1:])
		},
		returns: func(i string) bool { return mnemonic(i) == "retq" || mnemonic(i) == "ret" },
		indirect: func(i string) bool {
			for _, prefix := range []string{"notrack\t", "cs\t", "bnd\t"} {
				i = strings.TrimPrefix(i, prefix)
			}
			m, operand, _ := strings.Cut(i, "\t")
			return (strings.HasPrefix(m, "call") || strings.HasPrefix(m, "jmp")) && strings.HasPrefix(operand, "*")
		},
	},
	elf.EM_AARCH64: {
		landing: func(code []byte) bool {
			if len(code) < 4 {
				return false
			}
			switch binary.LittleEndian.Uint32(code) {
			case 0xd503245f, 0xd50324df, 0xd503233f, 0xd503237f: // bti c, bti jc, paciasp, pacibsp
				return true
			}
			return false
		},
		// AArch64AsmPrinter::emitFunctionEntryLabel and AsmPrinter::emitKCFITypeId: the
		// hash is a word of its own, before the nops of -fpatchable-function-entry.
		typeID: func(before []byte, _ bool) uint32 {
			for len(before) >= 4 {
				word := binary.LittleEndian.Uint32(before[len(before)-4:])
				if word != 0xd503201f { // nop
					return word
				}
				before = before[:len(before)-4]
			}
			return 0
		},
		// AArch64AsmPrinter::LowerKCFI_CHECK: brk with 0x8000 and two registers, five bits
		// each.
		checks: func(code []byte) (n int) {
			for ; len(code) >= 4; code = code[4:] {
				if word := binary.LittleEndian.Uint32(code); word&0xffe0001f == 0xd4200000 && word>>5&0xfc00 == 0x8000 {
					n++
				}
			}
			return n
		},
		indirect: func(i string) bool { return mnemonic(i) == "blr" || mnemonic(i) == "br" },
	},
	// llvm-objdump prints the short names of jalr: ret, jr and jalr with one register.
	elf.EM_RISCV: {
		indirect: func(i string) bool { return mnemonic(i) == "jr" || mnemonic(i) == "jalr" && !strings.Contains(i, ",") },
	},
	elf.EM_LOONGARCH: {
		indirect: func(i string) bool { return mnemonic(i) == "jr" || mnemonic(i) == "jirl" },
	},
	elf.EM_ARM: {
		indirect: func(i string) bool { return mnemonic(i) == "blx" || mnemonic(i) == "bx" && !strings.Contains(i, "lr") },
	},
}

func mnemonic(instruction string) string {
	m, _, _ := strings.Cut(instruction, "\t")
	return strings.TrimSpace(m)
}

// Read reads the facts of an object. disassembly is the output of
// "llvm-objdump -d --no-show-raw-insn --no-leading-addr", nil if there is none.
func Read(data, disassembly []byte) (*Facts, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	o, err := elfobj.Read(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	symbols, err := f.Symbols()
	if err != nil && err != elf.ErrNoSymbols {
		return nil, err
	}
	facts := &Facts{
		Machine: f.Machine, Functions: map[string]*Function{}, References: map[string]int{}, TypeIDs: map[string]uint64{},
		Notes: map[string]string{}, Returns: -1, Indirect: -1,
	}
	if err := facts.sections(f); err != nil {
		return nil, err
	}
	if err := facts.functions(f, symbols); err != nil {
		return nil, err
	}
	if facts.Debug, err = readDebug(f, symbols); err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if name, ok := strings.CutPrefix(s.Name, "__kcfi_typeid_"); ok {
			facts.TypeIDs[name] = s.Value
		}
	}
	for _, r := range o.Refs {
		for _, g := range groups {
			if !slices.ContainsFunc(g.prefixes, func(p string) bool { return strings.HasPrefix(r.Symbol, p) }) || !r.Code {
				continue
			}
			facts.References[g.name]++
			if fn := facts.Functions[r.Func]; fn != nil && g.name == "ftrace calls" {
				fn.Traced++
			}
		}
		if fn := facts.Functions[r.Symbol]; fn != nil && !r.Call && !about(r.In) {
			fn.Reachable = true
		}
	}
	if a, ok := architectures[f.Machine]; ok && disassembly != nil {
		facts.Returns, facts.Indirect = 0, 0
		for l := range strings.Lines(string(disassembly)) {
			// "      a0: <tab>retq" with an address, "<tab>retq" without.
			_, instruction, ok := strings.Cut(strings.TrimRight(l, "\n"), "\t")
			switch {
			case !ok:
			case a.returns != nil && a.returns(instruction):
				facts.Returns++
			case a.indirect(instruction):
				facts.Indirect++
			}
		}
	}
	return facts, nil
}

// about reports whether a section has facts about functions, which do not make them
// callable: unwind tables, debug information, ORC, the tables of ftrace and kCFI.
func about(section string) bool {
	for _, p := range []string{".eh_frame", ".debug_", ".orc_", "__mcount_loc", "__patchable_function_entries", ".kcfi_traps", ".llvm_", ".stack_sizes",
		".call_sites", ".return_sites", ".retpoline_sites", ".ibt_endbr_seal", ".static_call", "__bug_table", ".discard", ".ARM.exidx", ".sframe"} {
		if strings.HasPrefix(section, p) {
			return true
		}
	}
	return false
}

// asNeeded are the sections that a compiler makes for code, constants and variables.
// Names with more behind a dot are among them. Those with an s are of small data on
// riscv: clang has none of a kernel's, rustc has.
var asNeeded = []string{".text", ".rodata", ".data", ".bss", ".sdata", ".sbss", ".srodata", ".ARM.exidx", ".ARM.extab", ".gcc_except_table"}

// annotypeRetpolineSafe is ANNOTYPE_RETPOLINE_SAFE of include/linux/objtool_types.h.
const annotypeRetpolineSafe = 2

func (facts *Facts) sections(f *elf.File) error {
	for _, s := range f.Sections {
		switch {
		case s.Type == elf.SHT_NOTE:
			data, err := s.Data()
			if err != nil {
				return fmt.Errorf("section %s: %w", s.Name, err)
			}
			facts.Notes[s.Name] = hex.EncodeToString(data)
		case s.Name == "__patchable_function_entries" || s.Name == "__mcount_loc":
			facts.Patchable += int(s.Size) / pointer(f)
		case s.Name == ".kcfi_traps":
			facts.Checked += int(s.Size) / 4 // AsmPrinter::emitKCFITrapEntry: a 32-bit offset each
		case s.Name == ".rela.discard.retpoline_safe" && s.Entsize > 0:
			facts.Safe += int(s.Size / s.Entsize) // ANNOTATE_RETPOLINE_SAFE until Linux 6.13: an address each
		case s.Name == ".discard.annotate_insn":
			data, err := s.Data()
			if err != nil {
				return fmt.Errorf("section %s: %w", s.Name, err)
			}
			// include/linux/annotate.h since then: an address and a type, 32 bits each.
			for ; len(data) >= 8; data = data[8:] {
				if f.ByteOrder.Uint32(data[4:]) == annotypeRetpolineSafe {
					facts.Safe++
				}
			}
		}
		if s.Flags&elf.SHF_EXECINSTR != 0 && architectures[f.Machine].checks != nil {
			code, err := s.Data()
			if err != nil {
				return fmt.Errorf("section %s: %w", s.Name, err)
			}
			facts.Checked += architectures[f.Machine].checks(code)
		}
		// One without bytes is nothing in the kernel: .stubs, which each C file of a module has on
		// powerpc (arch/powerpc/include/asm/module.h), is for the module's loader.
		if s.Name != "" && s.Size > 0 && s.Type != elf.SHT_REL && s.Type != elf.SHT_RELA && !slices.ContainsFunc(asNeeded, func(p string) bool { return s.Name == p || strings.HasPrefix(s.Name, p+".") }) {
			facts.Sections = append(facts.Sections, s.Name)
		}
	}
	slices.Sort(facts.Sections)
	facts.Sections = slices.Compact(facts.Sections)
	return nil
}

func pointer(f *elf.File) int {
	if f.Class == elf.ELFCLASS64 {
		return 8
	}
	return 4
}

// functions reads the beginnings of the functions, and what is before them.
func (facts *Facts) functions(f *elf.File, symbols []elf.Symbol) error {
	prefixes := map[string]uint64{}
	contents := map[elf.SectionIndex][]byte{}
	at := map[place]*Function{}
	for _, s := range symbols {
		if name, ok := strings.CutPrefix(s.Name, "__cfi_"); ok {
			prefixes[name] = s.Value
		}
	}
	a := architectures[f.Machine]
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Section == elf.SHN_UNDEF || int(s.Section) >= len(f.Sections) || strings.HasPrefix(s.Name, "__cfi_") {
			continue
		}
		code, ok := contents[s.Section]
		if !ok {
			var err error
			if code, err = f.Sections[s.Section].Data(); err != nil {
				return fmt.Errorf("section %s: %w", f.Sections[s.Section].Name, err)
			}
			contents[s.Section] = code
		}
		start := s.Value
		if f.Machine == elf.EM_ARM {
			start &^= 1 // Thumb functions have bit 0 set
		}
		if start > uint64(len(code)) {
			return fmt.Errorf("function %s begins outside of its section", s.Name)
		}
		fn := &Function{Reachable: elf.ST_BIND(s.Info) != elf.STB_LOCAL}
		if a.landing != nil {
			fn.Landing = a.landing(code[start:])
		}
		from, prefixed := prefixes[s.Name]
		if a.typeID != nil && (prefixed || facts.Checked > 0 || len(facts.TypeIDs) > 0) && from <= start {
			fn.TypeID = a.typeID(code[from:start], prefixed)
		}
		facts.Functions[s.Name] = fn
		place := place{s.Section, start}
		if other := at[place]; other != nil {
			fn.Shared, other.Shared = true, true
		}
		at[place] = fn
	}
	return nil
}

// place is where a function begins.
type place struct {
	section elf.SectionIndex
	offset  uint64
}
