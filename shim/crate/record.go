// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
	"rustc-lto-wrap/shim/version"
)

// newRecord returns the record of an object before it is made.
func newRecord(m settings.Mode, v kbuild.Variant, crate, object string) record.Record {
	return record.Record{Version: version.String(), Mode: string(m), Variant: string(v), Crate: crate, Object: object}
}

// newStep returns the record of a step: its time and memory.
func newStep(name string, r host.Result) record.Step {
	s := func(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
	return record.Step{Name: name, Wall: s(r.Wall), CPU: s(r.CPU), MaxRSS: r.MaxRSS}
}

// recordedTools returns the tools in the form of the record.
func recordedTools(t *toolchain.Toolchain) map[string]record.Tool {
	out := map[string]record.Tool{}
	for name, tool := range map[string]toolchain.Tool{"rustc": t.Rustc, "clang": t.Clang, "llvm-link": t.LLVMLink, "llvm-as": t.LLVMAs} {
		if tool.Argv != nil {
			out[name] = record.Tool{Argv: tool.Argv, Version: tool.Version, LLVM: tool.Major, Origin: tool.Origin, Why: tool.Why}
		}
	}
	return out
}

// remainingHelpers returns the helpers that obj still references, with the reason for each,
// which why tells.
func remainingHelpers(obj *elfobj.Object, st *helpers.Stamp, why func(*helpers.Stamp, *record.Left) remains.Reason) []record.Left {
	found := map[string]*record.Left{}
	for _, helper := range st.Helpers {
		if st.Calls[helper].Kind == remains.Weak && !elfobj.IsHelper(helper) {
			continue // a function that helpers call
		}
		_, undefined := slices.BinarySearch(obj.Undefined, helper)
		_, own := slices.BinarySearch(obj.Defined, helper)
		if undefined || own {
			found[helper] = &record.Left{Name: helper, Copy: own}
		}
	}
	for _, r := range obj.Refs {
		if l := found[r.Symbol]; l != nil {
			l.References++
			if r.Call {
				l.Calls++
			}
		}
	}
	out := make([]record.Left, 0, len(found))
	for _, n := range slices.Sorted(maps.Keys(found)) {
		l := found[n]
		l.SetReason(why(st, l))
		out = append(out, *l)
	}
	slices.SortStableFunc(out, func(a, b record.Left) int { return cmp.Compare(b.References, a.References) })
	return out
}

// notMerged is the reason in an object into which no helpers were merged.
func (r *run) notMerged(_ *helpers.Stamp, l *record.Left) remains.Reason {
	if why, ok := r.own[l.Name]; ok {
		return why
	}
	return remains.Reason{Kind: remains.NotMerged}
}

// reasonLeft returns why the object still refers to a helper.
func (r *run) reasonLeft(st *helpers.Stamp, l *record.Left) remains.Reason {
	if why, ok := r.own[l.Name]; ok {
		return why
	}
	if why, ok := st.Calls[l.Name]; ok {
		return why
	}
	if why, ok := r.refused[l.Name]; ok {
		return why
	}
	switch {
	case l.Copy && !r.Settings.Always:
		return remains.Reason{Kind: remains.CostOfCopy}
	case l.Calls == 0:
		return remains.Reason{Kind: remains.AddressTaken}
	case !r.Settings.Always:
		return remains.Reason{Kind: remains.Cost}
	}
	return remains.Reason{Kind: remains.LLVM}
}

// inlinedNothing reports whether the object still calls every helper that the crate
// calls, although its bitcode does not hold them back.
func (r *run) inlinedNothing(st *helpers.Stamp) bool {
	for _, l := range r.rec.Left {
		_, held := st.Calls[l.Name]
		if _, own := r.own[l.Name]; own || held || l.Calls == 0 {
			return false
		}
	}
	return len(r.rec.Called) > 0 && len(r.rec.Left) == len(r.rec.Called)
}

// writeRecord writes a record beside its object.
func writeRecord(r *record.Record) error {
	data, err := r.Marshal()
	if err != nil {
		return err
	}
	return host.WriteFile(record.Path(r.Object), data)
}
