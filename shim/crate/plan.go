// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"slices"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// Plan says how a crate's object is made: the commands and files, as data.
type Plan struct {
	Crate   string         `json:"crate"`
	Object  string         `json:"object"`
	Variant kbuild.Variant `json:"variant"`
	// Module is what kbuild calls the module that the object becomes part of, "" if it
	// does not say.
	Module   string            `json:"module,omitempty"`
	Pipeline settings.Pipeline `json:"pipeline"`
	// WhyLate says why the pipeline is late although early is set.
	WhyLate string `json:"why_late,omitempty"`
	// Optimize is what the early pipeline optimises for, as in [record.Record].
	Optimize settings.Optimize `json:"optimize,omitempty"`
	// Contract is set where the plan differs from what the settings ask for, because
	// the crate has code that the optimiser must remove; see contract.go.
	Contract *record.Contract `json:"contract,omitempty"`
	// DepInfo is the dep-info file that rustc writes, "" if kbuild asks for none.
	DepInfo string `json:"dep_info,omitempty"`
	// Helpers is the plan of the bitcode that is merged in.
	Helpers *helpers.Plan `json:"helpers"`
	// Bitcode, Taken, Adapted, Merged, Fresh and Alone are the intermediate files: the
	// crate alone, the helpers under a name that is this crate's own, their text, the
	// crate with helpers, the object before it is renamed, the object that rustc alone
	// makes.
	Bitcode string `json:"bitcode"`
	Taken   string `json:"taken"`
	Adapted string `json:"adapted"`
	Merged  string `json:"merged,omitempty"`
	Fresh   string `json:"fresh"`
	Alone   string `json:"-"`
	// Rustc makes Bitcode. Without Link, Codegen makes Fresh from it and the
	// helpers. With Link, Link makes Merged from these two, and Codegen makes Fresh
	// from Merged. Where the crate declares helpers with other types than clang gives
	// them, Print makes Adapted from Taken before, and Assemble makes Taken from it.
	Rustc           host.Step
	Print, Assemble host.Step
	Link            *host.Step `json:",omitempty"`
	Codegen         host.Step
	// Plain is kbuild's own command line. It is used for a crate that calls no
	// helper or must not have any inlined.
	Plain host.Step
	// Compare makes Alone. It is used where the object may need a symbol that rustc
	// optimises away.
	Compare host.Step `json:"-"`
	// as plans the same crate in another form.
	as func(form string) (*Plan, error)
}

// Object returns the path of the object for which a command line is rewritten.
func Object(r *argv.Rustc) string { return r.EmitPath(r.Emit("obj"), ".o") }

// NewPlan plans the compilation of a crate whose command line is rewritten. The plan is
// in the form that worked the last time, where the settings' form did not.
func NewPlan(c *compilation.Context, r *argv.Rustc) (*Plan, error) {
	p, err := planAs(c, r, "")
	if err != nil {
		return nil, err
	}
	return p.inLastForm(c.Tools)
}

// planAs plans the compilation in a form, one of package record's.
func planAs(c *compilation.Context, r *argv.Rustc, form string) (*Plan, error) {
	s, t, object := c.Settings, c.Tools, Object(r)
	p := &Plan{
		Crate: r.Name(), Object: object, Variant: kbuild.VariantOf(c.Host, r), Pipeline: s.Pipeline,
		Bitcode: kbuild.Beside(object, kbuild.BitcodeSuffix), Fresh: kbuild.Beside(object, kbuild.FreshSuffix),
		Taken: kbuild.Beside(object, kbuild.HelpersSuffix), Adapted: kbuild.Beside(object, kbuild.AdaptedSuffix),
		Alone: kbuild.Beside(object, kbuild.AloneSuffix),
		as:    func(form string) (*Plan, error) { return planAs(c, r, form) },
	}
	if form == record.Late {
		p.Pipeline = settings.Late
	}
	if e := r.Emit("dep-info"); e != nil {
		p.DepInfo = r.EmitPath(e, ".d")
	}
	if p.Variant == kbuild.Module {
		p.Module = c.Host.Getenv("RUST_MODFILE")
	}
	effects := effectsOf(r)
	if p.Pipeline == settings.Early && effects.Late != "" {
		p.Pipeline, p.WhyLate = settings.Late, effects.Late
	}
	var err error
	if p.Helpers, err = helpers.NewPlan(c, p.Variant, object, nil); err != nil {
		return nil, err
	}
	p.Rustc = host.NewStep("rustc", t.Rustc.Argv, r.WithBitcode(p.Bitcode, rustcFlags(c, p.Pipeline, r)...))
	codegen, err := c.CodegenFlags(p.Variant)
	if err != nil {
		return nil, err
	}
	flags := slices.Concat(withCodeModel(c, r, codegen), effects.Clang)
	flags = append(flags, llvmOptions(r, slices.Concat(flags, s.CFlags))...)
	if p.Pipeline == settings.Early {
		s := s
		if form == record.LLVMLimits {
			s = withLLVMLimits(s)
		}
		p.Optimize = goal(s, r)
		alignment := func() (int, error) { return t.FunctionAlignment(c.Host, flags) }
		early, err := earlyFlags(s, r, p.Optimize, t.Target(), flags, alignment)
		if err != nil {
			return nil, err
		}
		flags = append(flags, early...)
	}
	input := p.Bitcode
	if t.ClangMerges(s) {
		flags = append(flags, mergeFlags(p.Taken)...)
	} else {
		p.Merged = kbuild.Beside(object, kbuild.MergedSuffix)
		p.Link = planLink(s, t, p)
		input = p.Merged
	}
	p.Codegen = host.NewStep("clang", t.Clang.Argv, flags, s.CFlags, []string{"-c", input, "-o", p.Fresh})
	p.Print, p.Assemble = c.Disassemble(codegen, p.Taken, p.Adapted), c.Assemble(codegen, p.Adapted, p.Taken)
	p.Plain = host.NewStep("rustc", t.Rustc.Argv, r.Args)
	p.Compare = host.NewStep("rustc", t.Rustc.Argv, r.WithObjectOnly(p.Alone))
	return p, nil
}
