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

// measured returns the record of a step: its time and memory.
func measured(name string, r host.Result) record.Step {
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

// leftOver returns the helpers that obj still references, with the reason for each,
// which why tells.
func leftOver(obj *elfobj.Object, st *helpers.Stamp, why func(*helpers.Stamp, *record.Left) string) []record.Left {
	found := map[string]*record.Left{}
	for _, helper := range st.Helpers {
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
		l.Reason = why(st, l)
		out = append(out, *l)
	}
	slices.SortStableFunc(out, func(a, b record.Left) int { return cmp.Compare(b.References, a.References) })
	return out
}

// notMerged is the reason in an object into which no helpers were merged.
func notMerged(*helpers.Stamp, *record.Left) string { return "nothing was merged into this object" }

func (r *run) whyLeft(st *helpers.Stamp, l *record.Left) string {
	name, s, held := l.Name, r.Settings, st.Held(l.Name)
	switch {
	case held != "":
		return held
	case slices.Contains(st.NoInline, name):
		return "its source says noinline"
	case r.refused[name] != "":
		return "LLVM cannot inline it: " + r.refused[name]
	case l.Copy && !s.Always:
		return "LLVM's cost model left calls to a copy of it, or its address is taken"
	case l.Calls == 0:
		return "its address is taken"
	case !s.Always:
		return "LLVM's cost model, or a difference of attributes"
	}
	return "LLVM cannot inline this call: the body cannot be copied, or the call has another type than the declaration"
}

// inlinedNothing reports whether the object still calls every helper that the crate
// calls, although its bitcode does not hold them back.
func inlinedNothing(r *record.Record, st *helpers.Stamp) bool {
	for _, l := range r.Left {
		if l.Calls == 0 || st.Held(l.Name) != "" {
			return false
		}
	}
	return len(r.Called) > 0 && len(r.Left) == len(r.Called)
}

// writeRecord writes a record beside its object.
func writeRecord(r *record.Record) error {
	data, err := r.Marshal()
	if err != nil {
		return err
	}
	return host.WriteFile(record.Path(r.Object), data)
}
