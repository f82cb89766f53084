// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild/exports"
	"rustc-lto-wrap/shim/kbuild/own"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
	"rustc-lto-wrap/shim/version"
)

// For most code, the optimiser may do what it likes. For build_assert! its work is a
// contract: the failing branch calls rust_build_error, which nothing defines
// (rust/build_error.rs and rust/kernel/build_assert.rs in the kernel), so the kernel can
// only be linked if the optimiser removes the branch. It does so once the function is
// inlined where its arguments are known. The limits of the early pipeline are lower than
// those of rustc, so a crate that rustc can build might not be built.
//
// The rule needs no name. A symbol is suspect if the object needs it, if the crate's
// bitcode refers to it, and if nothing is known to define it ([exports.UnknownSymbols],
// [own.Definitions]). If there is one, rustc alone says what the crate needs: the object that it makes without
// any rewriting. What that object needs too is defined somewhere, or it is the crate's
// own error, which modpost or the linker report. What it does not need is lost, and the
// object is rebuilt, in the forms of [record.Contract], until nothing is lost. rustc
// alone is the last of them.
//
// Where the settings ask for the late pipeline, nothing is suspect: rustc has optimised
// the crate before, and its bitcode needs what the object of rustc alone does.

// retryAfter is how many compilations in a row begin with the form that worked before.
// The next one begins with what the settings ask for, in case that works again. It also
// does if a setting, a flag or a tool changes, and as soon as the crate's bitcode no
// longer refers to the symbols.
const retryAfter = 7

// forms are the forms in the order in which they are tried.
var forms = []string{"", record.LLVMLimits, record.Late, record.Alone}

// form returns the plan's form.
func (p *Plan) form() string {
	if p.Contract == nil {
		return ""
	}
	return p.Contract.Form
}

// RustcAlone reports whether the plan is to have rustc alone make the object, because
// no other form worked the last time.
func (p *Plan) RustcAlone() bool { return p.form() == record.Alone }

// inLastForm returns the plan in the form that the last compilation ended with, with a
// count of the compilations that begin with it. It returns p if there was none, or if it
// is time to begin with p again.
func (p *Plan) inLastForm(t *toolchain.Toolchain) (*Plan, error) {
	before, err := record.Read(p.Object)
	if err != nil || before.Contract == nil {
		return p, nil
	}
	c := *before.Contract
	if c.Key != p.key(t) || c.Kept >= retryAfter || len(c.Symbols) == 0 || slices.Index(forms, c.Form) < 1 {
		return p, nil
	}
	q, err := p.as(c.Form)
	if err != nil {
		return nil, err
	}
	c.Kept++
	q.setContract(&c)
	return q, nil
}

// setContract makes a contract the reason for the plan's form.
func (p *Plan) setContract(c *record.Contract) {
	p.Contract = c
	if c.Form == record.Late {
		p.WhyLate = c.Reason()
	}
}

// key identifies the commands of a plan, the tools, and the way in which this program
// makes objects.
func (p *Plan) key(t *toolchain.Toolchain) string {
	words := slices.Concat(p.Rustc.Argv, p.Codegen.Argv, []string{t.Rustc.Version, t.Clang.Version, strconv.Itoa(version.Generation())})
	if p.Link != nil {
		words = append(words, p.Link.Argv...)
	}
	return host.Hash([]byte(strings.Join(words, "\x00")))[:16]
}

// dropContractIfSettled returns to the form that the settings ask for, if the crate's unoptimised
// bitcode no longer refers to any of the symbols that were lost.
func (r *run) dropContractIfSettled(crate *bitcode.File) error {
	c := r.plan.Contract
	if c == nil || c.Form != record.LLVMLimits || !crate.HasSymbols ||
		slices.ContainsFunc(c.Symbols, func(s string) bool { return slices.Contains(crate.Undefined, s) }) {
		return nil
	}
	usual, err := r.plan.as("")
	if err == nil {
		r.plan = usual
	}
	return err
}

// suspectSymbols returns the symbols of an object, made by the present plan, that may be lost.
func (r *run) suspectSymbols(crate *bitcode.File, obj *elfobj.Object, st *helpers.Stamp) []string {
	if r.plan.Pipeline == settings.Late && r.plan.Contract == nil || !crate.HasSymbols {
		return nil
	}
	both := slices.DeleteFunc(slices.Clone(obj.Undefined), func(s string) bool {
		_, refers := slices.BinarySearch(crate.Undefined, s)
		return !refers || slices.Contains(st.Helpers, s)
	})
	symvers := ""
	if r.Kbuild.Extmod != "" {
		symvers = filepath.Join(r.Kbuild.Objtree, "Module.symvers")
	}
	unknown := exports.UnknownSymbols(both, r.Kbuild.Objtree, symvers)
	if len(unknown) == 0 {
		return nil
	}
	// A module of several objects defines what they need of each other.
	if s := search(r.Kbuild, r.plan, unknown, st); s != nil {
		beside := own.Definitions(r.plan.Object, s)
		unknown = slices.DeleteFunc(unknown, func(name string) bool { return beside[name] != "" })
	}
	return unknown
}

// withoutLostSymbols rebuilds the object while it needs symbols that rustc alone optimises away. It
// returns the object that remains, in the form of r.plan. why is the reason where it is
// to be made by rustc alone.
func (r *run) withoutLostSymbols(crate *bitcode.File, obj *elfobj.Object, st *helpers.Stamp) (kept *elfobj.Object, why string, err error) {
	lost := r.suspectSymbols(crate, obj, st)
	if len(lost) == 0 {
		return obj, "", nil
	}
	if err := r.rustc(r.plan.Compare, r.plan.Alone); err != nil {
		return nil, "", err
	}
	alone, err := r.readObject(r.plan.Alone, r.plan.Compare)
	if err != nil {
		return nil, "", err
	}
	without := func(list []string) []string {
		return slices.DeleteFunc(list, func(s string) bool { _, needs := slices.BinarySearch(alone.Undefined, s); return needs })
	}
	if lost = without(lost); len(lost) == 0 {
		return obj, "", nil
	}
	usual, err := r.plan.as("")
	if err != nil {
		return nil, "", err
	}
	contract := record.Contract{Symbols: lost, Key: usual.key(r.Tools)}
	for _, form := range forms[slices.Index(forms, r.plan.form())+1:] {
		contract.Form = form
		next, err := r.plan.as(form)
		if err != nil {
			return nil, "", err
		}
		same := slices.Equal(next.Codegen.Argv, r.plan.Codegen.Argv) && slices.Equal(next.Rustc.Argv, r.plan.Rustc.Argv)
		if form != record.Alone && same {
			continue
		}
		next.setContract(&contract)
		r.Log.Info("made again", host.Fields{"form": form, "symbols": lost})
		bitcodeAgain := !slices.Equal(next.Rustc.Argv, r.plan.Rustc.Argv)
		r.plan = next
		if form == record.Alone {
			break
		}
		if bitcodeAgain {
			if err := r.rustc(next.Rustc, next.Bitcode); err != nil {
				return nil, "", err
			}
			if crate, _, err = r.readBitcode(); err != nil {
				return nil, "", err
			}
		}
		if obj, why, err = r.generate(crate, st); err != nil || why != "" {
			return nil, why, err
		}
		if left := without(r.suspectSymbols(crate, obj, st)); len(left) == 0 {
			return obj, "", nil
		}
	}
	return nil, contract.Reason(), nil
}
