// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package bitcode reads three facts from an LLVM bitcode file without starting an
// LLVM tool: which LLVM version wrote it, which symbols are undefined in it, and
// which types the functions have that it declares.
//
// It reads the container format (llvm/docs/BitCodeFormat.rst): blocks,
// abbreviations and records, and of these the identification block, the string
// table, the symbol table, and for the types the module's own records. LLVM's writers add the symbol table for linkers
// (llvm/include/llvm/Object/IRSymtab.h, since LLVM 5). Its names are those in the
// future object file.
package bitcode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// File is what a bitcode file contains about itself.
type File struct {
	// Producer is the version that wrote the file, such as "LLVM19.1.7" or
	// "LLVM19.1.7-rust-1.85.1-stable".
	Producer string
	// HasSymbols is false if the file has no symbol table that this package can
	// read. Undefined is then meaningless.
	HasSymbols bool
	// Undefined are the undefined symbols that the file refers to, Defined those that it
	// defines for other objects, sorted.
	Undefined, Defined []string
}

// Major returns the major version of the LLVM that wrote the file, 0 if it is
// unknown.
func (f *File) Major() int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(f.Producer, "LLVM"), ".")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// These are the numbers of blocks and records in the container
// (llvm/include/llvm/Bitcode/LLVMBitCodes.h).
const (
	identificationBlock = 13
	strtabBlock         = 23
	symtabBlock         = 25

	recordString = 1 // IDENTIFICATION_CODE_STRING
	recordBlob   = 1 // STRTAB_BLOB, SYMTAB_BLOB
)

// errCut is the error for a truncated file.
var errCut = errors.New("the bitcode is truncated")

// Parse parses a whole bitcode file. It returns an error for a file that is
// truncated or not bitcode.
func Parse(data []byte) (*File, error) {
	var f File
	var strtab, symtab []byte
	whole := false
	err := blocks(data, func(r *reader, block, width, end uint64) (err error) {
		switch block {
		case identificationBlock:
			return r.records(width, end, func(code uint64, ops []uint64, _ []byte) {
				if code == recordString {
					f.Producer = characters(ops)
				}
			})
		case strtabBlock:
			whole = true
			strtab, err = r.blob(width, end)
		case symtabBlock:
			symtab, err = r.blob(width, end)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if !whole {
		// LLVM's writers write the string table last (BitcodeWriter::writeStrtab).
		return nil, errCut
	}
	if f.Producer == "" {
		return nil, errors.New("the bitcode does not say which LLVM wrote it")
	}
	f.Undefined, f.Defined, f.HasSymbols = symbols(symtab, strtab)
	return &f, nil
}

// blocks calls visit for each block at the top level of a bitcode file, with the
// reader after the block's header, the width of the abbreviation IDs in it, and
// the position of its end, in bits.
func blocks(data []byte, visit func(r *reader, block, width, end uint64) error) error {
	if len(data) >= 20 && binary.LittleEndian.Uint32(data) == 0x0B17C0DE {
		// Darwin puts a wrapper around bitcode, which has the offset and the size
		// of the bitcode.
		off, size := binary.LittleEndian.Uint32(data[8:]), binary.LittleEndian.Uint32(data[12:])
		if uint64(off)+uint64(size) > uint64(len(data)) {
			return errCut
		}
		data = data[off : off+size]
	}
	if !bytes.HasPrefix(data, []byte("BC\xC0\xDE")) {
		return errors.New("this is not LLVM bitcode")
	}
	if len(data)%4 != 0 {
		return errCut
	}
	r := reader{data: data, pos: 32}
	for r.pos < uint64(len(data))*8 {
		if id := r.fixed(2); id != 1 {
			if r.err != nil {
				return r.err
			}
			return fmt.Errorf("at bit %d: %d where a block should begin", r.pos, id)
		}
		block, width, end := r.enter()
		if r.err != nil {
			return r.err
		}
		if end > uint64(len(data))*8 {
			return errCut
		}
		if err := visit(&r, block, width, end); err != nil {
			return err
		}
		r.pos = end
	}
	return nil
}

// characters returns a record's operands as text, a character each.
func characters(ops []uint64) string {
	b := make([]byte, len(ops))
	for i, o := range ops {
		b[i] = byte(o)
	}
	return string(b)
}

// symbols returns the undefined and the global symbols in an
// llvm::irsymtab::storage::Header and its ranges, sorted and without duplicates. It returns
// false if a range is outside
// symtab or a name is outside strtab.
//
// The header consists of 32-bit little-endian words: the version, the producer
// (offset and size), then ranges (offset and count) of modules, comdats, symbols
// and so on. A symbol has six words: its name (offset and size in strtab), its name
// in the IR (the same), its comdat and its flags.
func symbols(symtab, strtab []byte) (undefined, defined []string, ok bool) {
	const (
		rangeSymbols  = 7 // words before the range: version, producer, modules, comdats
		symbolSize    = 24
		flagUndefined = 1 << 3  // FB_undefined, after two bits of visibility and FB_has_uncommon
		flagGlobal    = 1 << 10 // FB_global
		flagFormat    = 1 << 11 // FB_format_specific: the object has no such symbol
	)
	word := func(b []byte, i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[4*i:])) }
	if len(symtab) < 4*(rangeSymbols+2) {
		return nil, nil, false
	}
	off, count := word(symtab, rangeSymbols), word(symtab, rangeSymbols+1)
	if off+count*symbolSize > uint64(len(symtab)) {
		return nil, nil, false
	}
	names := string(strtab)
	for i := range count {
		s := symtab[off+i*symbolSize:]
		name, size, flags := word(s, 0), word(s, 1), word(s, 5)
		if name+size > uint64(len(strtab)) {
			return nil, nil, false
		}
		switch {
		case flags&flagFormat != 0:
		case flags&flagUndefined != 0:
			undefined = append(undefined, names[name:name+size])
		case flags&flagGlobal != 0:
			defined = append(defined, names[name:name+size])
		}
	}
	slices.Sort(undefined)
	slices.Sort(defined)
	return slices.Compact(undefined), slices.Compact(defined), true
}

// reader reads a bit stream: little-endian, least significant bit first. After an
// error it returns zeros, and err is the error.
type reader struct {
	data []byte
	pos  uint64 // in bits
	err  error
}

func (r *reader) fixed(width uint64) uint64 {
	var v uint64
	for i := range width {
		at := r.pos + i
		if at/8 >= uint64(len(r.data)) {
			r.err = errCut
			return 0
		}
		v |= uint64(r.data[at/8]>>(at%8)&1) << i
	}
	r.pos += width
	return v
}

// vbr reads a variable-width integer that is stored in chunks of width bits.
func (r *reader) vbr(width uint64) uint64 {
	var v, shift uint64
	for r.err == nil && shift < 64 {
		chunk := r.fixed(width)
		v |= chunk & (1<<(width-1) - 1) << shift
		if chunk>>(width-1) == 0 {
			break
		}
		shift += width - 1
	}
	return v
}

func (r *reader) align() { r.pos = (r.pos + 31) &^ 31 }

// enter reads the rest of a block's header after ENTER_SUBBLOCK. It returns the
// number of the block, the width of the abbreviation IDs in it, and the position of
// its end, in bits.
func (r *reader) enter() (block, width, end uint64) {
	block, width = r.vbr(8), r.vbr(4)
	r.align()
	words := r.fixed(32)
	return block, width, r.pos + words*32
}

// operand is an operand of an abbreviation.
type operand struct {
	literal  bool
	encoding uint64
	value    uint64
}

// hasBits reports whether a scalar with this encoding takes up bits of the stream.
func (o operand) hasBits() bool {
	return !o.literal && (o.encoding == encChar6 || o.value > 0 && (o.encoding == encFixed || o.encoding == encVBR))
}

// These are the encodings of abbreviation operands.
const (
	encFixed = 1
	encVBR   = 2
	encArray = 3
	encChar6 = 4
	encBlob  = 5
)

// records calls visit for each record of the block that ends at bit end. It skips
// nested blocks. width is the width of abbreviation IDs.
func (r *reader) records(width, end uint64, visit func(code uint64, ops []uint64, blob []byte)) error {
	return r.walk(width, end, visit, func(_, _, _ uint64) error { return nil })
}

// blob returns the contents of the string table or the symbol table, whose block ends at bit
// end.
func (r *reader) blob(width, end uint64) (blob []byte, err error) {
	err = r.records(width, end, func(code uint64, _ []uint64, b []byte) {
		if code == recordBlob {
			blob = b
		}
	})
	return blob, err
}

// walk does the same as [reader.records], and calls nested for each nested block, with the reader
// after its header.
func (r *reader) walk(width, end uint64, visit func(code uint64, ops []uint64, blob []byte), nested func(block, width, end uint64) error) error {
	var abbrevs [][]operand
	for r.err == nil && r.pos < end {
		switch id := r.fixed(width); id {
		case 0: // END_BLOCK
			return r.err
		case 1:
			block, inner, behind := r.enter()
			if r.err == nil {
				if err := nested(block, inner, behind); err != nil {
					return err
				}
			}
			r.pos = behind
		case 2:
			abbrevs = append(abbrevs, r.abbrev())
		case 3:
			code, n := r.vbr(6), r.vbr(6)
			var ops []uint64
			for range n {
				if r.err != nil {
					return r.err
				}
				ops = append(ops, r.vbr(6))
			}
			visit(code, ops, nil)
		default:
			if id-4 >= uint64(len(abbrevs)) {
				return fmt.Errorf("at bit %d: abbreviation %d is not defined", r.pos, id)
			}
			ops, blob := r.abbreviated(abbrevs[id-4])
			if r.err == nil && len(ops) > 0 {
				visit(ops[0], ops[1:], blob)
			}
		}
	}
	return r.err
}

func (r *reader) abbrev() []operand {
	var ops []operand
	for n := r.vbr(5); n > 0 && r.err == nil; n-- {
		var o operand
		if o.literal = r.fixed(1) == 1; o.literal {
			o.value = r.vbr(8)
		} else if o.encoding = r.fixed(3); o.encoding == encFixed || o.encoding == encVBR {
			o.value = r.vbr(5)
		}
		ops = append(ops, o)
	}
	return ops
}

func (r *reader) abbreviated(abbrev []operand) (ops []uint64, blob []byte) {
	for i := 0; i < len(abbrev) && r.err == nil; i++ {
		switch o := abbrev[i]; o.encoding {
		case encArray:
			if i+1 >= len(abbrev) {
				r.err = errors.New("an array without its element in an abbreviation")
				return nil, nil
			}
			if !abbrev[i+1].hasBits() {
				// If elements take up no bits, nothing but its length limits the
				// array.
				r.err = errors.New("an array whose elements take no bits in an abbreviation")
				return nil, nil
			}
			for n := r.vbr(6); n > 0 && r.err == nil; n-- {
				ops = append(ops, r.scalar(abbrev[i+1]))
			}
			return ops, nil
		case encBlob:
			n := r.vbr(6)
			r.align()
			if from := r.pos / 8; from+n <= uint64(len(r.data)) && n <= uint64(len(r.data)) {
				blob = r.data[from : from+n]
			} else {
				r.err = errCut
			}
			r.pos += n * 8
			r.align()
		default:
			ops = append(ops, r.scalar(o))
		}
	}
	return ops, blob
}

func (r *reader) scalar(o operand) uint64 {
	switch {
	case o.literal:
		return o.value
	case o.encoding == encFixed:
		return r.fixed(min(o.value, 64))
	case o.encoding == encVBR && o.value > 0:
		return r.vbr(min(o.value, 32))
	case o.encoding == encChar6:
		const char6 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"
		return uint64(char6[r.fixed(6)])
	}
	return 0
}
