package shim

import (
	"slices"

	"rustc-lto-wrap/argv"
)

// CratePlan is how a crate's object is made: the commands and files, as data.
type CratePlan struct {
	Crate    string   `json:"crate"`
	Object   string   `json:"object"`
	Variant  Variant  `json:"variant"`
	Pipeline Pipeline `json:"pipeline"`
	// WhyLate says why the late pipeline was taken although early is set.
	WhyLate string `json:"why_late,omitempty"`
	// DepInfo is the dep-info file that rustc writes, "" if none is asked for.
	DepInfo string `json:"dep_info,omitempty"`
	// Helpers is the plan of the bitcode that is merged in.
	Helpers *HelpersPlan `json:"helpers"`
	// Bitcode, Merged and Fresh are the intermediate files: the crate alone, the
	// crate with helpers, the object before it is renamed.
	Bitcode string `json:"bitcode"`
	Merged  string `json:"merged,omitempty"`
	Fresh   string `json:"fresh"`
	// Rustc makes Bitcode. Codegen makes Fresh from it and the helpers; or Link,
	// where it is set, makes Merged from these two, and Codegen Fresh from that.
	Rustc   Step
	Link    *Step `json:",omitempty"`
	Codegen Step
	// Plain is kbuild's own command line, for a crate that calls no helper, or may
	// not have any inlined.
	Plain Step
}

// planCrate plans a crate that is to be rewritten.
func planCrate(h Host, s *Settings, kb *Kbuild, t *Toolchain, r *argv.Rustc) (*CratePlan, error) {
	object := r.EmitPath(r.Emit("obj"), ".o")
	p := &CratePlan{
		Crate: r.Name(), Object: object, Variant: variantOf(r), Pipeline: s.Pipeline,
		Bitcode: beside(object, bitcodeSuffix), Fresh: beside(object, freshSuffix),
	}
	if e := r.Emit("dep-info"); e != nil {
		p.DepInfo = r.EmitPath(e, ".d")
	}
	if p.Pipeline == Early {
		if p.WhyLate = needsLate(r); p.WhyLate != "" {
			p.Pipeline = Late
		}
	}
	var err error
	if p.Helpers, err = planHelpers(h, s, kb, t, p.Variant, nil); err != nil {
		return nil, err
	}
	p.Rustc = Step{"rustc", slices.Concat(t.Rustc.Argv, r.WithBitcode(p.Bitcode, rustcFlags(h, t, p.Pipeline, r)...))}
	flags, err := codegenFlags(h, s, kb, t, p.Variant)
	if err != nil {
		return nil, err
	}
	if p.Pipeline == Early {
		alignment := func() (int, error) { return functionAlignment(h, t.cache, t.Clang.Argv, flags) }
		early, err := earlyFlags(s, r, alignment)
		if err != nil {
			return nil, err
		}
		flags = append(flags, early...)
	}
	input := p.Bitcode
	if clangMerges(s, t) {
		flags = append(flags, mergeFlags(p.Helpers.Bitcode)...)
	} else {
		p.Merged = beside(object, mergedSuffix)
		p.Link = planLink(s, t, p)
		input = p.Merged
	}
	p.Codegen = Step{"clang", slices.Concat(t.Clang.Argv, flags, s.CFlags, []string{"-c", input, "-o", p.Fresh})}
	p.Plain = Step{"rustc", slices.Concat(t.Rustc.Argv, r.Args)}
	return p, nil
}
