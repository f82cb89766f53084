// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package elfobj

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func data(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// machines are the objects that were compiled from testdata/calls.c.
var machines = []struct {
	file    string
	machine elf.Machine
	// These count, in code, the calls of call_one and call_two, and the relocations
	// of take.
	one, two, take int
	// takeIsCall is set if a single relocation type serves both purposes.
	takeIsCall bool
	// locals is the number of calls from call_local to local that refer to it by
	// name.
	locals int
	// noAddress is set if take loads the address from a table of addresses.
	noAddress bool
}{
	{file: "calls-x86_64.o", machine: elf.EM_X86_64, one: 1, two: 3, take: 1, locals: 2},
	// With -fno-plt, call_two loads the address once, from the GOT, and calls it
	// through a register.
	{file: "calls-x86_64-pic.o", machine: elf.EM_X86_64, one: 1, two: 0, take: 1, locals: 2},
	{file: "calls-aarch64.o", machine: elf.EM_AARCH64, one: 1, two: 3, take: 2, locals: 2},
	{file: "calls-riscv64.o", machine: elf.EM_RISCV, one: 1, two: 3, take: 2, locals: 2},
	{file: "calls-loongarch64.o", machine: elf.EM_LOONGARCH, one: 1, two: 3, take: 2, locals: 2},
	{file: "calls-powerpc64le.o", machine: elf.EM_PPC64, one: 1, two: 3, take: 0, locals: 2, noAddress: true},
	{file: "calls-arm.o", machine: elf.EM_ARM, one: 1, two: 3, take: 1, locals: 2},
	{file: "calls-i386.o", machine: elf.EM_386, one: 1, two: 3, take: 1, locals: 2},
	{file: "calls-s390x.o", machine: elf.EM_S390, one: 1, two: 3, take: 1, takeIsCall: true, locals: 2},
}

func TestRead(t *testing.T) {
	for _, c := range machines {
		t.Run(c.file, func(t *testing.T) {
			o, err := Read(bytes.NewReader(data(t, c.file)))
			if err != nil {
				t.Fatal(err)
			}
			if o.Machine != c.machine {
				t.Errorf("machine %v", o.Machine)
			}
			undefined := []string{"data", "no_helper", "rust_helper_address", "rust_helper_data", "rust_helper_one", "rust_helper_two"}
			got := o.Undefined
			if c.machine == elf.EM_PPC64 {
				undefined = append([]string{".TOC."}, undefined...)
			}
			if diff := cmp.Diff(undefined, got); diff != "" {
				t.Errorf("undefined (-want +got):\n%s", diff)
			}
			if o.Text < 50 || o.Text > 400 {
				t.Errorf("%d bytes of text", o.Text)
			}

			calls, others := map[string]int{}, map[string]int{}
			for _, r := range o.Refs {
				if strings.HasPrefix(r.In, ".debug") || r.In == ".eh_frame" || strings.HasPrefix(r.In, ".ARM.") {
					continue
				}
				if r.Call {
					calls[r.Func+" → "+r.Symbol]++
				} else if r.Code && r.Symbol != "data" && !strings.HasPrefix(r.Symbol, ".") {
					others[r.Func+" → "+r.Symbol]++
				}
			}
			wantCalls := map[string]int{"call_one → rust_helper_one": c.one, "call_two → rust_helper_two": c.two,
				"call_two → no_helper": 1, "call_local → local": c.locals}
			wantOthers := map[string]int{"take → rust_helper_address": c.take}
			if c.two == 0 {
				wantOthers["call_two → rust_helper_two"] = 1
			}
			if c.takeIsCall {
				wantCalls["take → rust_helper_address"], wantOthers = c.take, nil
			}
			if c.machine == elf.EM_S390 {
				// In old objects R_390_PC32DBL is used for calls as well as for
				// addresses.
				wantCalls["call_one → data"], wantCalls["local → data"] = 1, 1
			}
			ignoreZero := cmpopts.IgnoreMapEntries(func(_ string, n int) bool { return n == 0 })
			if diff := cmp.Diff(wantCalls, calls, ignoreZero); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantOthers, others, ignoreZero, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("other references in code (-want +got):\n%s", diff)
			}

			var inData []Ref
			for _, r := range o.Refs {
				if r.In == ".data" {
					inData = append(inData, r)
				}
			}
			wantData := []Ref{{Symbol: "rust_helper_data", In: ".data"}, {Symbol: "call_one", In: ".data"}}
			if diff := cmp.Diff(wantData, inData); diff != "" {
				t.Errorf("references in data (-want +got):\n%s", diff)
			}

			count := map[string]Count{
				"rust_helper_one": {1, 1}, "rust_helper_two": {max(c.two, 1), c.two},
				"rust_helper_data": {1, 0}, "rust_helper_address": {c.take, 0},
			}
			if c.noAddress {
				count["rust_helper_address"] = Count{1, 0} // the reference from the table
			}
			if c.takeIsCall {
				count["rust_helper_address"] = Count{c.take, c.take}
			}
			if diff := cmp.Diff(count, o.Count(IsHelper)); diff != "" {
				t.Errorf("Count (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadEmpty reads an object with neither code nor relocations.
func TestReadEmpty(t *testing.T) {
	o, err := Read(bytes.NewReader(data(t, "empty.o")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Object{Machine: elf.EM_X86_64, Sizes: Sizes{Data: 4}}, o); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSectionSymbols checks that a relocation against a section and an offset
// refers to the function that starts there, and not to the first function of the
// section.
func TestSectionSymbols(t *testing.T) {
	o, err := Read(bytes.NewReader(data(t, "sections.o")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range o.Refs {
		if r.In == ".data.rel.ro" || r.In == ".data" || r.In == ".text.caller" {
			got = append(got, r.In+": "+r.Symbol)
		}
	}
	want := []string{".text.caller: second", ".text.caller: first", ".data: first", ".data: second"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCut checks that Read rejects a file that is truncated at any byte. LLVM
// writes the section headers last.
func TestCut(t *testing.T) {
	for _, c := range machines {
		whole := data(t, c.file)
		for n := range whole {
			if o, err := Read(bytes.NewReader(whole[:n])); err == nil {
				t.Errorf("%s: the first %d of %d bytes are accepted: %+v", c.file, n, len(whole), o)
				break
			}
		}
	}
}

func TestNotELF(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "",
		"bitcode": "BC\xC0\xDE\x35\x14\x00\x00",
		"archive": "!<arch>\n",
		"magic":   "\x7fELF",
		"zeros":   "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 57),
	} {
		if o, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: accepted as %+v", name, o)
		}
	}
}

// TestHalfRelocation reads a section whose size is not a multiple of the size of a
// relocation.
func TestHalfRelocation(t *testing.T) {
	b := data(t, "calls-x86_64.o")
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Sections {
		if s.Type == elf.SHT_RELA {
			shoff := f.ByteOrder.Uint64(b[40:])
			f.ByteOrder.PutUint64(b[shoff+uint64(i)*64+32:], s.Size-1) // sh_size
			break
		}
	}
	if _, err = Read(bytes.NewReader(b)); err == nil || !strings.Contains(err.Error(), "not a whole number of relocations") {
		t.Errorf("error %v", err)
	}
}

func TestIsHelper(t *testing.T) {
	for name, want := range map[string]bool{"rust_helper_BUG": true, "rust_helper": false, "__rust_helper_x": false, "": false} {
		if IsHelper(name) != want {
			t.Errorf("IsHelper(%q) = %t", name, !want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range machines {
		f.Add(data(f, c.file))
	}
	f.Add(data(f, "empty.o"))
	f.Add(data(f, "stack-x86_64.o"))
	f.Add(data(f, "stack-arm.o"))
	f.Add(data(f, "stack-sections-x86_64.o"))
	f.Add(data(f, "sections.o"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if o, err := Read(bytes.NewReader(b)); err == nil {
			o.Count(IsHelper)
		}
	})
}
