// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package random

import "slices"

// Reduce returns the smallest program that it finds by leaving out one thing after the other, as long as fails is true of what
// is left.
func Reduce(p *Program, fails func(*Program) bool) *Program {
	for again := true; again; {
		again = false
		for _, smaller := range smallerOnes(p) {
			if fails(smaller) {
				p, again = smaller, true
				break
			}
		}
	}
	return p
}

// smallerOnes returns the programs with one thing less, those that leave out most first.
func smallerOnes(p *Program) (out []*Program) {
	edit := func(change func(*Program)) {
		c := p.clone()
		change(c)
		out = append(out, c)
	}
	for i := range p.Helpers {
		if len(p.Helpers) > 1 {
			edit(func(c *Program) { c.dropHelper(i) })
		}
	}
	for i, h := range p.Helpers {
		for j := range h.Body {
			if len(h.Body) > 1 {
				edit(func(c *Program) { c.Helpers[i].Body = slices.Delete(c.Helpers[i].Body, j, j+1) })
			}
		}
	}
	for i := range p.Uses {
		edit(func(c *Program) { c.Uses = slices.Delete(c.Uses, i, i+1) })
	}
	for i, h := range p.Helpers {
		for j := range h.Attributes {
			edit(func(c *Program) { c.Helpers[i].Attributes = slices.Delete(c.Helpers[i].Attributes, j, j+1) })
		}
		if h.Alias {
			edit(func(c *Program) { c.Helpers[i].Alias = false })
		}
		if h.Shape.Name != Shapes[0].Name {
			edit(func(c *Program) { c.Helpers[i].Shape = Shapes[0] })
		}
		for j, s := range h.Body {
			for k := range s.Within {
				edit(func(c *Program) { c.Helpers[i].Body[j].Within = slices.Delete(c.Helpers[i].Body[j].Within, k, k+1) })
			}
			for k, words := range s.Within {
				if words != "" && words != "__attribute__((noinline))" {
					edit(func(c *Program) { c.Helpers[i].Body[j].Within[k] = "" })
				}
			}
		}
	}
	for i, u := range p.Uses {
		if u.How != 0 {
			edit(func(c *Program) { c.Uses[i].How = 0 })
		}
	}
	return out
}

// clone returns a copy that shares nothing that can change.
func (p *Program) clone() *Program {
	c := &Program{Name: p.Name, Uses: slices.Clone(p.Uses)}
	for _, h := range p.Helpers {
		h.Attributes, h.Body = slices.Clone(h.Attributes), slices.Clone(h.Body)
		for i := range h.Body {
			h.Body[i].Within = slices.Clone(h.Body[i].Within)
		}
		c.Helpers = append(c.Helpers, h)
	}
	return c
}

// dropHelper removes a helper and its uses.
func (p *Program) dropHelper(helper int) {
	p.Helpers = slices.Delete(p.Helpers, helper, helper+1)
	p.Uses = slices.DeleteFunc(p.Uses, func(u Use) bool { return u.Helper == helper })
	for i := range p.Uses {
		if p.Uses[i].Helper > helper {
			p.Uses[i].Helper--
		}
	}
}
