// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
)

// Batch is the number of programs in one tree. In one of four batches, programs may have features that concern the whole file
// of the helpers ([Feature.File]), which could hide from the judge what the programs beside them do.
const Batch = 100

// Generate returns the program number n of a seed.
func Generate(seed uint64, n int) *Program {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	file := n/Batch%4 == 3
	var features []Feature
	for _, f := range Features {
		if (f.Arch == "" || f.Arch == runtime.GOARCH) && (!f.File || file) {
			features = append(features, f)
		}
	}
	attributes := slices.Concat(Attributes, archAttributes[runtime.GOARCH])
	one := func(chance int) bool { return r.IntN(chance) == 0 }
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	p := &Program{Name: fmt.Sprintf("p%d", n)}
	for i := range 1 + r.IntN(3) {
		h := Helper{Shape: Shapes[r.IntN(len(Shapes))], Alias: one(12)}
		if one(4) {
			h.Attributes = append(h.Attributes, pick(attributes))
		}
		if one(15) {
			h.Attributes = append(h.Attributes, pick(helperAttributes))
		}
		for range []int{1, 1, 1, 2, 2, 3}[r.IntN(6)] {
			s := Statement{Feature: features[r.IntN(len(features))], Exported: one(2)}
			for range []int{0, 0, 1, 1, 2}[r.IntN(5)] {
				words := pick([]string{"", "inline", "inline", "inline __attribute__((always_inline))", "__attribute__((noinline))"})
				if s.Feature.Single && strings.Contains(words, "always_inline") {
					words = ""
				}
				// A function of other features than its caller's cannot be inlined always.
				if a := pick(attributes); one(5) && !(s.Feature.Single && a == "always_inline") && !(strings.HasPrefix(a, "target") && strings.Contains(words, "always_inline")) {
					words += " __attribute__((" + a + "))"
				}
				s.Within = append(s.Within, words)
			}
			h.Body = append(h.Body, s)
		}
		p.Helpers = append(p.Helpers, h)
		for _, place := range Places {
			// Where state may exist once for each object, only one object has it: what is called by its address is the
			// helper in the helpers' own object.
			if h.Object() && place != "kernel" {
				continue
			}
			for range r.IntN(3) {
				how := r.IntN(len(Calls))
				if h.Object() && Calls[how].ByAddress() {
					how = 0
				}
				p.Uses = append(p.Uses, Use{i, place, how})
			}
		}
	}
	r.Shuffle(len(p.Uses), func(i, j int) { p.Uses[i], p.Uses[j] = p.Uses[j], p.Uses[i] })
	return p
}
