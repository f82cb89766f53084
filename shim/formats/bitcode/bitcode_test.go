// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// recordings are the files in testdata, with the undefined symbols that llvm-nm -u
// of LLVM 19 prints for them, including weak symbols.
var recordings = []struct {
	file string
	want File
}{
	{"clang.bc", File{Producer: "LLVM19.1.7", HasSymbols: true,
		Undefined: []string{"data", "printk", "rust_helper_BUG"}, Defined: []string{"defined"}}},
	{"rustc.bc", File{Producer: "LLVM19.1.7", HasSymbols: true, // written by Debian's rustc; upstream's writes LLVM19.1.7-rust-1.85.1-stable
		Undefined: []string{"jiffies", "rust_helper_BUG", "rust_helper_refcount_inc"}, Defined: []string{"defined"}}},
	{"none.bc", File{Producer: "LLVM19.1.7", HasSymbols: true, Defined: []string{"nothing"}}},
	{"as.bc", File{Producer: "LLVM19.1.7", HasSymbols: true,
		Undefined: []string{"__SCK__might_resched", "__SCT__might_resched", "a name with blanks", "external_weak",
			"jiffies", "printk", "vrealloc_noprof"},
		Defined: []string{"helpers_common", "helpers_generation", "rust_helper_address", "rust_helper_asm_text", "rust_helper_marked",
			"rust_helper_might_resched", "rust_helper_never", "rust_helper_plain", "rust_helper_print", "rust_helper_quoted",
			"rust_helper_static", "rust_helper_vrealloc", "rust_helper_weak"}}},
}

func TestParse(t *testing.T) {
	for _, c := range recordings {
		t.Run(c.file, func(t *testing.T) {
			got, err := Parse(read(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Major() != 19 {
				t.Errorf("Major() = %d", got.Major())
			}
		})
	}
}

func TestMajor(t *testing.T) {
	for producer, want := range map[string]int{
		"LLVM19.1.7": 19, "LLVM19.1.7-rust-1.85.1-stable": 19, "LLVM20.0.0git": 20, "LLVM7.0.1": 7, "LLVM21": 21,
		"LLVM": 0, "": 0, "APPLE_1_1600.0.26.3_0": 0, "LLVMx.1": 0,
	} {
		if got := (&File{Producer: producer}).Major(); got != want {
			t.Errorf("%q: Major() = %d, want %d", producer, got, want)
		}
	}
}

// wrap puts Darwin's wrapper around bitcode.
func wrap(data []byte, offset, size int) []byte {
	var head [20]byte
	for i, v := range []int{0x0B17C0DE, 0, offset, size, 7} {
		binary.LittleEndian.PutUint32(head[4*i:], uint32(v))
	}
	out := append(head[:], bytes.Repeat([]byte{0xaa}, max(0, offset-20))...)
	return append(append(out, data...), 0, 0, 0, 0, 0)
}

func TestWrapper(t *testing.T) {
	data := read(t, "clang.bc")
	for _, offset := range []int{20, 32} {
		got, err := Parse(wrap(data, offset, len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&recordings[0].want, got); diff != "" {
			t.Errorf("offset %d (-want +got):\n%s", offset, diff)
		}
	}
	for _, c := range []struct{ offset, size int }{{20, len(data) + 6}, {20, -1}, {-1, -1}, {-4, 8}, {len(data), 100}, {20, 0}, {0, 20}, {20, len(data) - 4}} {
		if f, err := Parse(wrap(data, c.offset, c.size)); err == nil {
			t.Errorf("offset %d and size %d of %d bytes: accepted as %+v", c.offset, c.size, len(data), f)
		}
	}
}

// TestCut checks that Parse rejects a file that is truncated at any byte.
func TestCut(t *testing.T) {
	for _, c := range recordings {
		data := read(t, c.file)
		for n := range data {
			if f, err := Parse(data[:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes are accepted as %+v", c.file, n, len(data), f)
			}
		}
	}
}

func TestNotBitcode(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":         "",
		"text":            "; ModuleID = 'helpers.c'\n",
		"ELF":             "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 57),
		"archive":         "!<arch>\n",
		"magic only":      "BC\xC0\xDE",
		"zeros behind":    "BC\xC0\xDE" + strings.Repeat("\x00", 64),
		"ones behind":     "BC\xC0\xDE" + strings.Repeat("\xff", 64),
		"wrapper only":    "\xDE\xC0\x17\x0B" + strings.Repeat("\x00", 16),
		"wrapped wrapper": string(wrap(wrap(nil, 20, 0), 20, 25)),
	} {
		if f, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s: accepted as %+v", name, f)
		}
	}
}

// bits writes a bit stream.
type bits struct {
	out []byte
	n   int
}

func (b *bits) fixed(v uint64, width int) {
	for i := range width {
		if b.n%8 == 0 {
			b.out = append(b.out, 0)
		}
		b.out[b.n/8] |= byte(v>>i&1) << (b.n % 8)
		b.n++
	}
}

func (b *bits) vbr(v uint64, width int) {
	for v >= 1<<(width-1) {
		b.fixed(v&(1<<(width-1)-1)|1<<(width-1), width)
		v >>= width - 1
	}
	b.fixed(v, width)
}

func (b *bits) align() {
	for b.n%32 != 0 {
		b.fixed(0, 1)
	}
}

// stream returns bitcode with a single identification block, whose contents body
// writes. Abbreviation IDs in it have 3 bits.
func stream(body func(*bits)) []byte {
	b := &bits{}
	body(b)
	b.align()
	head := &bits{}
	head.fixed(0xDEC04342, 32)
	head.fixed(1, 2) // ENTER_SUBBLOCK
	head.vbr(identificationBlock, 8)
	head.vbr(3, 4)
	head.align()
	head.fixed(uint64(len(b.out)/4), 32)
	return append(head.out, b.out...)
}

// TestHostileLengths checks that impossible lengths result in an error, quickly and
// without allocating much memory.
func TestHostileLengths(t *testing.T) {
	const huge = 1 << 62
	array := func(element func(*bits)) []byte {
		return stream(func(b *bits) {
			b.fixed(2, 3) // DEFINE_ABBREV: literal code, array, element
			b.vbr(3, 5)
			b.fixed(1, 1)
			b.vbr(recordString, 8)
			b.fixed(0, 1)
			b.fixed(encArray, 3)
			element(b)
			b.fixed(4, 3) // the abbreviation
			b.vbr(huge, 6)
			for range 64 {
				b.fixed(0, 32)
			}
		})
	}
	scalar := func(encoding, value uint64) func(*bits) {
		return func(b *bits) {
			b.fixed(0, 1)
			b.fixed(encoding, 3)
			if encoding == encFixed || encoding == encVBR {
				b.vbr(value, 5)
			}
		}
	}
	blob := func(length uint64) []byte {
		return stream(func(b *bits) {
			b.fixed(2, 3)
			b.vbr(2, 5)
			b.fixed(1, 1)
			b.vbr(recordBlob, 8)
			b.fixed(0, 1)
			b.fixed(encBlob, 3)
			b.fixed(4, 3)
			b.vbr(length, 6)
			b.align()
			b.fixed(0, 32)
		})
	}
	for name, data := range map[string][]byte{
		"unabbreviated record": stream(func(b *bits) {
			b.fixed(3, 3)
			b.vbr(recordString, 6)
			b.vbr(huge, 6)
			b.fixed(0, 256)
		}),
		"array of literals":      array(func(b *bits) { b.fixed(1, 1); b.vbr(65, 8) }),
		"array of fixed 0":       array(scalar(encFixed, 0)),
		"array of vbr 0":         array(scalar(encVBR, 0)),
		"array of vbr 1":         array(scalar(encVBR, 1)),
		"array of fixed 1":       array(scalar(encFixed, 1)),
		"array of fixed, wide":   array(scalar(encFixed, huge)),
		"array of vbr, wide":     array(scalar(encVBR, huge)),
		"array of arrays":        array(scalar(encArray, 0)),
		"array of blobs":         array(scalar(encBlob, 0)),
		"array of an unknown":    array(scalar(7, 0)),
		"array without elements": stream(func(b *bits) { b.fixed(2, 3); b.vbr(1, 5); b.fixed(0, 1); b.fixed(encArray, 3); b.fixed(4, 3) }),
		"abbreviation": stream(func(b *bits) {
			b.fixed(2, 3)
			b.vbr(huge, 5)
			b.fixed(0, 320)
		}),
		"blob":                   blob(1<<61 + 1), // times 8, this wraps around
		"blob, cut":              blob(64),
		"undefined abbreviation": stream(func(b *bits) { b.fixed(7, 3) }),
		"inner block":            stream(func(b *bits) { b.fixed(1, 3); b.vbr(9, 8); b.vbr(3, 4); b.align(); b.fixed(0xffffffff, 32) }),
		"wide ids":               append([]byte("BC\xC0\xDE"), 0x35, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := processorTime(t)
			f, err := Parse(data)
			if took := processorTime(t) - start; took > time.Second {
				t.Errorf("it took %v for %d bytes", took, len(data))
			}
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
				t.Errorf("it took %d bytes of memory for %d bytes", used, len(data))
			}
			if err == nil {
				t.Errorf("accepted as %+v", f)
			}
		})
	}
}

// processorTime returns the time for which this process has computed. A machine that is busy makes it wait, which does not count.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSymtab checks that a symbol table with offsets outside itself is ignored.
func TestSymtab(t *testing.T) {
	table := func(words ...uint32) []byte {
		var b []byte
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return b
	}
	head := func(offset, count uint32) []uint32 { return []uint32{3, 0, 0, 0, 0, 0, 0, offset, count} }
	const undef, global = 1 << 3, 1 << 10
	table4 := []uint32{0, 3, 0, 0, 0xffffffff, undef | global, 3, 4, 0, 0, 0xffffffff, undef, 0, 7, 0, 0, 0xffffffff, global, 1, 2, 0, 0, 0xffffffff, undef | 1<<11, 2, 3, 0, 0, 0xffffffff, 0}
	for _, c := range []struct {
		name   string
		symtab []byte
		want   []string
		ok     bool
	}{
		{"whole", table(append(head(36, 5), table4...)...), []string{"bar_", "foo"}, true},
		{"no symbols", table(head(36, 0)...), nil, true},
		{"none", nil, nil, false},
		{"cut in its head", table(head(36, 0)[:8]...), nil, false},
		{"too many symbols", table(append(head(36, 6), table4...)...), nil, false},
		{"symbols elsewhere", table(append(head(40, 5), table4...)...), nil, false},
		{"huge", table(append(head(0xffffffff, 0xffffffff), table4...)...), nil, false},
		{"name outside", table(append(head(36, 1), 5, 3, 0, 0, 0, undef)...), nil, false},
		{"name far outside", table(append(head(36, 1), 0xffffffff, 0xffffffff, 0, 0, 0, undef)...), nil, false},
	} {
		got, defined, ok := symbols(c.symtab, []byte("foobar_"))
		if ok != c.ok || !cmp.Equal(c.want, got, cmpopts.EquateEmpty()) || len(got) > 0 && !cmp.Equal(defined, []string{"foobar_"}) {
			t.Errorf("%s: %q, %q, %t", c.name, got, defined, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range recordings {
		f.Add(read(f, c.file))
	}
	f.Add(wrap(read(f, "none.bc"), 20, len(read(f, "none.bc"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		start := processorTime(t)
		if file, err := Parse(data); err == nil {
			file.Major()
		}
		if took := processorTime(t) - start; took > 5*time.Second {
			t.Errorf("it took %v for %d bytes", took, len(data))
		}
	})
}
