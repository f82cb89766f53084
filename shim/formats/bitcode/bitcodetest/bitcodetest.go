// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package bitcodetest makes bitcode files for tests that need no LLVM.
//
// What goes in is the name of a version; what comes out is a file that package bitcode
// can read, without any code in it.
package bitcodetest

// Empty returns a bitcode file that producer wrote, such as "LLVM19.1.7": an
// identification block with that name, and an empty string table
// (llvm/docs/BitCodeFormat.rst).
func Empty(producer string) []byte { return file(producer, func(*writer) {}) }

// WithLayout is [Empty] with a module that has a data layout.
func WithLayout(producer, layout string) []byte {
	return file(producer, func(w *writer) {
		w.block(8, func() { w.text(3, layout) }) // MODULE_BLOCK_ID, MODULE_CODE_DATALAYOUT
	})
}

func file(producer string, modules func(*writer)) []byte {
	var w writer
	w.bytes = []byte("BC\xC0\xDE")
	w.block(13, func() { // IDENTIFICATION_BLOCK_ID
		w.text(1, producer) // IDENTIFICATION_CODE_STRING
	})
	modules(&w)
	w.block(23, func() {}) // STRTAB_BLOCK_ID
	return w.bytes
}

// writer writes a bit stream: little-endian, least significant bit first.
type writer struct {
	bytes []byte
	bits  int // in the last byte, 0 if it is full
}

func (w *writer) bit(b uint64) {
	if w.bits == 0 {
		w.bytes = append(w.bytes, 0)
	}
	w.bytes[len(w.bytes)-1] |= byte(b&1) << w.bits
	w.bits = (w.bits + 1) % 8
}

// fixed writes the lowest width bits of v.
func (w *writer) fixed(v uint64, width int) {
	for i := range width {
		w.bit(v >> i)
	}
}

// vbr writes v in chunks of width bits.
func (w *writer) vbr(v uint64, width int) {
	for ; v>>(width-1) != 0; v >>= width - 1 {
		w.fixed(v|1<<(width-1), width)
	}
	w.fixed(v, width)
}

// text writes a record of characters, without an abbreviation.
func (w *writer) text(code uint64, characters string) {
	w.fixed(3, 2) // UNABBREV_RECORD, in two bits
	w.vbr(code, 6)
	w.vbr(uint64(len(characters)), 6)
	for _, c := range []byte(characters) {
		w.vbr(uint64(c), 6)
	}
}

// align fills up to 32 bits.
func (w *writer) align() {
	for w.bits != 0 || len(w.bytes)%4 != 0 {
		w.bit(0)
	}
}

// block writes a block, in which the IDs of abbreviations have two bits.
func (w *writer) block(id uint64, content func()) {
	w.fixed(1, 2) // ENTER_SUBBLOCK
	w.vbr(id, 8)
	w.vbr(2, 4)
	w.align()
	length := len(w.bytes)
	w.fixed(0, 32)
	content()
	w.fixed(0, 2) // END_BLOCK
	w.align()
	words := (len(w.bytes) - length - 4) / 4
	for i := range 4 {
		w.bytes[length+i] = byte(words >> (8 * i))
	}
}
