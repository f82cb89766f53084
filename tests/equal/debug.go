// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package equal

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"strings"

	"rustc-lto-wrap/shim/formats/elfobj"
)

// Debug is what debug information tells about inlined helpers: a backtrace through one
// shows what is here.
type Debug struct {
	// Units is the number of compilation units, 0 without debug information.
	Units int
	// Inlined is the number of places with an inlined helper, Nameless those of which
	// the function around or the line is not known.
	Inlined, Nameless int
}

// readDebug reads the debug information of an object. Split debug information is in
// another file, and counts as none.
func readDebug(f *elf.File) (d Debug, err error) {
	if f.Section(".debug_info") == nil {
		return d, nil
	}
	data, err := f.DWARF()
	if err != nil {
		return d, fmt.Errorf("debug information: %w", err)
	}
	names := map[dwarf.Offset]string{}
	type place struct {
		origin dwarf.Offset
		known  bool
	}
	var places []place
	r := data.Reader()
	// around says for each open entry whether it is a function with a name, or in one.
	around := []bool{false}
	for {
		e, err := r.Next()
		if err != nil {
			return d, fmt.Errorf("debug information: %w", err)
		}
		if e == nil {
			break
		}
		if e.Tag == 0 { // the end of a list of children
			around = around[:max(1, len(around)-1)]
			continue
		}
		inside := around[len(around)-1]
		switch e.Tag {
		case dwarf.TagCompileUnit:
			d.Units++
			around, inside = around[:1], false
		case dwarf.TagSubprogram:
			if name, ok := e.Val(dwarf.AttrName).(string); ok {
				names[e.Offset] = name
			}
			_, named := e.Val(dwarf.AttrName).(string)
			_, refers := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
			_, specified := e.Val(dwarf.AttrSpecification).(dwarf.Offset)
			inside = named || refers || specified
		case dwarf.TagInlinedSubroutine:
			if origin, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset); ok {
				line, _ := e.Val(dwarf.AttrCallLine).(int64)
				places = append(places, place{origin, inside && line > 0})
			}
		}
		if e.Children {
			around = append(around, inside)
		}
	}
	for _, p := range places {
		if elfobj.IsHelper(names[p.origin]) {
			d.Inlined++
			if !p.known {
				d.Nameless++
			}
		}
	}
	return d, nil
}

// named is the rule for inlined helpers.
func named(p Pair) (plain, shimmed int, wrong []string) {
	a, b := p.Plain, p.Shimmed
	switch {
	case a.Debug.Units == 0:
	case a.Helpers > b.Helpers && b.Debug.Inlined == 0:
		wrong = append(wrong, fmt.Sprintf("debug information has no inlined helper, and %d calls are inlined", a.Helpers-b.Helpers))
	case b.Debug.Nameless > 0:
		wrong = append(wrong, fmt.Sprintf("%d inlined helpers without the line or the function around", b.Debug.Nameless))
	}
	return a.Debug.Inlined, b.Debug.Inlined, wrong
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
// inlining, but not the version of a symbol that both builds export.
func sameVersions(p Pair) (plain, shimmed int, wrong []string) {
	for name, version := range p.Shimmed.Versions {
		if v, ok := p.Plain.Versions[name]; ok && v != version {
			wrong = append(wrong, fmt.Sprintf("%s has the version %s, and %s in the plain build", name, version, v))
		}
	}
	return len(p.Plain.Versions), len(p.Shimmed.Versions), wrong
}
