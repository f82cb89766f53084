// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"
	"slices"

	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
)

// adapt gives the helpers in p.Taken the types that the crate declares them with,
// where rustc and clang have chosen different ones for the same C type, and as far as
// both are passed in the same place. See [llvmir.Adapt]. declared are the types of
// the functions that the crate declares. The targets on which it occurs are few, and
// there it concerns few crates, which is why it is done for each of them.
func (r *run) adapt(declared map[string]string, st *helpers.Stamp) error {
	differing := map[string]string{}
	for _, name := range r.rec.Called {
		kind, known := declared[name]
		_, call := st.Calls[name]
		if own := st.Types[name]; known && !call && own != "" && own != kind {
			differing[name] = kind
		}
	}
	if len(differing) == 0 {
		return nil
	}
	p := r.plan
	if err := r.step(p.Print, p.Adapted); err != nil {
		return host.AsInlining(err)
	}
	text, err := os.ReadFile(p.Adapted)
	if err != nil {
		return host.FileFailure("cannot read the text of the helpers", err)
	}
	text, r.refused = llvmir.Adapt(text, differing)
	if len(r.refused) == len(differing) {
		return nil
	}
	for name := range differing {
		if _, refused := r.refused[name]; !refused {
			r.rec.Adapted = append(r.rec.Adapted, name)
		}
	}
	slices.Sort(r.rec.Adapted)
	if err := os.WriteFile(p.Adapted, text, 0o644); err != nil {
		return host.FileFailure("cannot write the text of the helpers", err)
	}
	return host.AsInlining(r.step(p.Assemble, p.Taken))
}
