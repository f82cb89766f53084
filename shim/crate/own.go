// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/kbuild/own"
)

// A module may have a function of its own by the name of a helper, or of what a helper needs.
// The linker then binds to that function. Such a helper remains a call: see package own.

// search returns what to look for, given the helpers that the crate calls, nil if nothing
// else can become part of the module.
func search(kb *kbuild.Environment, p *Plan, called []string, st *helpers.Stamp) *record.Search {
	if own.IsOnlyObject(p.Module, p.Object) {
		return nil
	}
	s := &record.Search{Module: p.Module, Srctree: kb.Srctree, Objtree: kb.Objtree, Helpers: called}
	for _, h := range called {
		s.Needs = append(s.Needs, st.Uses[h]...)
	}
	slices.Sort(s.Needs)
	s.Needs = slices.Compact(s.Needs)
	// The module's name has the directory of its Makefile, in the tree of the objects.
	of := filepath.Dir(p.Module)
	if p.Module == "" {
		of = filepath.Dir(p.Object)
	}
	top, objects := kb.Extmod, kb.ExtmodDir()
	if kb.Extmod == "" {
		top, objects = filepath.Join(kb.Srctree, of), filepath.Join(kb.Objtree, of)
	}
	s.Dirs = []string{top}
	a, errA := os.Stat(top)
	b, errB := os.Stat(objects)
	if errA == nil && errB == nil && !os.SameFile(a, b) {
		s.Dirs = append(s.Dirs, objects)
	}
	switch {
	case kb.Extmod == "" || filepath.IsAbs(of):
		s.Makefile = top
		if kb.Extmod != "" {
			s.Makefile = of
		}
	default:
		s.Makefile = filepath.Join(top, of)
	}
	return s
}

// findOwn finds the helpers that the crate calls and that may be the module's own, or need
// something that may be.
func (r *run) findOwn(crate *bitcode.File, st *helpers.Stamp) error {
	p, kb := r.plan, r.Kbuild
	if p.Variant != kbuild.Module || len(r.rec.Called) == 0 {
		return nil
	}
	r.own = map[string]remains.Reason{}
	reasons, err := p.Helpers.NotKernels(kb, r.rec.Called)
	if err != nil {
		return host.AsInlining(host.FileFailure("cannot determine what is exported to modules", err))
	}
	maps.Copy(r.own, reasons)
	found := map[string]string{}
	if s := search(kb, p, r.rec.Called, st); s != nil {
		may := own.PossibleDefinitions(p.Object, s)
		maps.Copy(found, may)
		r.rec.Search, r.state = s, own.State(may)
	}
	for _, d := range crate.Defined {
		found[d] = "the crate defines it"
	}
	for _, h := range r.rec.Called {
		if why := found[h]; why != "" {
			r.own[h] = remains.Reason{Kind: remains.Own, Symbol: why}
			continue
		}
		for _, n := range st.Uses[h] {
			if why := found[n]; why != "" {
				r.own[h] = remains.Reason{Kind: remains.OwnNeeded, Symbol: n + ": " + why}
				break
			}
		}
	}
	return nil
}

// OwnState returns what make compares to learn whether an object that was made has to be made
// again, because its module now has other definitions of its own.
func OwnState(object string) (string, error) {
	rec, err := record.Read(object)
	if err != nil || rec.Search == nil {
		return "", err
	}
	return own.State(own.PossibleDefinitions(object, rec.Search)), nil
}

// hideOwn takes the bodies of the helpers in r.own away, in this crate's copy of the
// bitcode.
func (r *run) hideOwn(st *helpers.Stamp) error {
	if len(r.own) == 0 {
		return nil
	}
	data, err := os.ReadFile(r.plan.Taken)
	if err != nil {
		return host.FileFailure("cannot read the helpers bitcode", err)
	}
	// What remains a call anyway has no body.
	own := slices.DeleteFunc(slices.Sorted(maps.Keys(r.own)), func(h string) bool { return st.Calls[h].Kind != "" })
	hidden, err := bitcode.Hide(data, own)
	if err != nil {
		return host.InliningFailure("remove it and run make again", "cannot read the helpers bitcode: %v", err)
	}
	// The file may be another name of the bitcode that all crates share.
	if err := host.WriteFile(r.plan.Taken, hidden); err != nil {
		return host.FileFailure("cannot write the helpers bitcode", err)
	}
	return nil
}

// hiddenHelper returns a hidden helper that an object refers to: the body of another helper
// called it.
func hiddenHelper(undefined []string) string {
	i := slices.IndexFunc(undefined, func(u string) bool { return strings.HasPrefix(u, bitcode.Hidden) })
	if i < 0 {
		return ""
	}
	return undefined[i]
}
