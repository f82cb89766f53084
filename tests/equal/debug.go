// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package equal

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Debug is what debug information tells of an object.
type Debug struct {
	// Units is the number of compilation units, 0 without debug information. Foreign are
	// those of another language than Rust: the generation of BTF refuses them.
	Units, Foreign int
	// Lines is the number of functions in .text that debug information has a line for.
	// A backtrace through an inlined helper shows that of the Rust code that calls it.
	Lines int
	// Lineless are the functions in .text without one.
	Lineless []string
}

// languageRust is DW_LANG_Rust of DWARF 5.
const languageRust = 0x1c

// readDebug reads the debug information of an object. Split debug information is in
// another file, and counts as none.
func readDebug(f *elf.File, symbols []elf.Symbol) (d Debug, err error) {
	if f.Section(".debug_info") == nil {
		return d, nil
	}
	data, err := f.DWARF()
	if err != nil {
		return d, fmt.Errorf("debug information: %w", err)
	}
	known := map[uint64]bool{} // addresses with a line
	for r := data.Reader(); ; r.SkipChildren() {
		unit, err := r.Next()
		if err != nil {
			return d, fmt.Errorf("debug information: %w", err)
		}
		if unit == nil {
			break
		}
		if unit.Tag != dwarf.TagCompileUnit {
			continue
		}
		d.Units++
		if language, _ := unit.Val(dwarf.AttrLanguage).(int64); language != languageRust {
			d.Foreign++
		}
		lines, err := data.LineReader(unit)
		if err != nil {
			return d, fmt.Errorf("debug information: %w", err)
		}
		for lines != nil {
			var e dwarf.LineEntry
			if err := lines.Next(&e); err == io.EOF {
				break
			} else if err != nil {
				return d, fmt.Errorf("debug information: %w", err)
			}
			if e.Line > 0 && !e.EndSequence {
				known[e.Address] = true
			}
		}
	}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || int(s.Section) >= len(f.Sections) || f.Sections[s.Section].Name != ".text" || s.Size == 0 {
			continue
		}
		found := false
		for at := s.Value; at < s.Value+s.Size && !found; at++ {
			found = known[at]
		}
		if found {
			d.Lines++
		} else {
			d.Lineless = append(d.Lineless, s.Name)
		}
	}
	return d, nil
}

// foreignUnits is the rule for the languages of debug information.
func foreignUnits(p Pair) (plain, shimmed int, wrong []string) {
	return none(p.Plain.Debug.Foreign, p.Shimmed.Debug.Foreign, "compilation units of another language than Rust")
}

// lines is the rule for the lines of functions.
func lines(p Pair) (plain, shimmed int, wrong []string) {
	a, b := p.Plain.Debug, p.Shimmed.Debug
	switch {
	case a.Units > 0 && b.Units == 0:
		wrong = append(wrong, "has no debug information")
	case len(a.Lineless) == 0:
		for _, name := range b.Lineless {
			wrong = append(wrong, name+" has no line")
		}
	}
	return a.Lines, b.Lines, wrong
}

// VersionsOf reads the versions of exported symbols that kbuild has noted in the
// command file of an object (scripts/Makefile.build and rust/Makefile: "#SYMVER NAME
// 0xVERSION").
func VersionsOf(command string) map[string]string {
	out := map[string]string{}
	for l := range strings.Lines(command) {
		if fields := strings.Fields(l); len(fields) == 3 && fields[0] == "#SYMVER" {
			out[fields[1]] = fields[2]
		}
	}
	return out
}

// sameVersions is the rule for exported symbols: which are exported differs with
// inlining, but not the version of a symbol that both builds export. Of functions that
// LLVM has merged, only one is left in the debug information, and gendwarfksyms gives all
// of them its version (scripts/gendwarfksyms/symbols.c of the kernel). Which functions
// have the same code differs with inlining, too.
func sameVersions(p Pair) (plain, shimmed int, wrong []string) {
	for _, name := range slices.Sorted(maps.Keys(p.Shimmed.Versions)) {
		version := p.Shimmed.Versions[name]
		if v, ok := p.Plain.Versions[name]; ok && v != version && !p.Plain.shared(name) && !p.Shimmed.shared(name) {
			wrong = append(wrong, fmt.Sprintf("%s has the version %s, and %s in the plain build", name, version, v))
		}
	}
	return len(p.Plain.Versions), len(p.Shimmed.Versions), wrong
}

func (f *Facts) shared(name string) bool { return f.Functions[name] != nil && f.Functions[name].Shared }
