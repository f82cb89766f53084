// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package equal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pair is an object of both builds.
type Pair struct {
	Name           string
	Plain, Shimmed *Facts
	// Helpers is the helpers' object, nil if it is unknown. What it has, an object
	// into which helpers were inlined may have, too.
	Helpers *Facts
}

// Check is one comparison over all pairs.
type Check struct {
	// Name says what is counted. Plain and Shimmed are the sums over the objects of
	// both builds.
	Name           string
	Plain, Shimmed int
	// Rule says what must hold.
	Rule string
	// Wrong are the objects, with what does not hold in them.
	Wrong []string
}

// rule is a check before it is carried out. pair returns both counts for a pair, and
// what is wrong, "" if nothing is.
type rule struct {
	name, text string
	pair       func(p Pair) (plain, shimmed int, wrong []string)
	// total, if there is one, looks at the sums. helpers is the count of the helpers'
	// object.
	total func(plain, shimmed, helpers int) string
	// helpers counts the same in the helpers' object, nil for what it cannot bring along.
	helpers func(*Facts) int
}

// Compare carries out all checks. Those that count nothing in either build are
// left out, except where something is wrong.
func Compare(pairs []Pair) []Check {
	var out []Check
	for _, r := range rules() {
		c := Check{Name: r.name, Rule: r.text}
		for _, p := range pairs {
			plain, shimmed, wrong := r.pair(p)
			c.Plain += plain
			c.Shimmed += shimmed
			for _, w := range wrong {
				c.Wrong = append(c.Wrong, p.Name+": "+w)
			}
		}
		if r.total != nil {
			helpers := 0
			if r.helpers != nil && len(pairs) > 0 && pairs[0].Helpers != nil {
				helpers = r.helpers(pairs[0].Helpers)
			}
			if w := r.total(c.Plain, c.Shimmed, helpers); w != "" {
				c.Wrong = append(c.Wrong, w)
			}
		}
		if c.Plain != 0 || c.Shimmed != 0 || len(c.Wrong) > 0 {
			out = append(out, c)
		}
	}
	return out
}

func rules() []rule {
	out := []rule{
		{name: "functions", text: "their number may differ", pair: func(p Pair) (int, int, []string) {
			return len(p.Plain.Functions), len(p.Shimmed.Functions), nil
		}},
	}
	for _, g := range groups {
		out = append(out, rule{
			name: g.name, text: "in both builds or in neither, but for what the helpers bring along",
			pair: func(p Pair) (int, int, []string) {
				return p.Plain.References[g.name], p.Shimmed.References[g.name], nil
			},
			total:   together,
			helpers: func(f *Facts) int { return f.References[g.name] },
		})
	}
	return append(out,
		rule{name: "functions with more than one call of ftrace", text: "none", pair: func(p Pair) (int, int, []string) {
			twice := func(fn *Function) bool { return fn.Traced > 1 }
			return p.Plain.count(twice), p.Shimmed.count(twice), p.Shimmed.names(twice, "is traced twice")
		}},
		rule{name: "places that ftrace patches", text: "as many as functions, if so in the plain build", pair: func(p Pair) (int, int, []string) {
			var wrong []string
			if a, b := p.Plain, p.Shimmed; (a.Patchable == len(a.Functions)) != (b.Patchable == len(b.Functions)) && a.Patchable+b.Patchable > 0 {
				wrong = append(wrong, fmt.Sprintf("%d places in %d functions, and %d in %d", a.Patchable, len(a.Functions), b.Patchable, len(b.Functions)))
			}
			return p.Plain.Patchable, p.Shimmed.Patchable, wrong
		}},
		rule{name: "landing pads", text: "in each function that can be called indirectly, but for those without in the plain build", pair: func(p Pair) (int, int, []string) {
			has := func(fn *Function) bool { return fn.Landing }
			return p.Plain.count(has), p.Shimmed.count(has), p.missing(has, "has no landing pad")
		}},
		rule{name: "kCFI type hashes", text: "before each function that can be called indirectly, the same in both builds", pair: func(p Pair) (int, int, []string) {
			has := func(fn *Function) bool { return fn.TypeID != 0 }
			wrong := p.missing(has, "has no type hash")
			for _, name := range slices.Sorted(maps.Keys(p.Shimmed.Functions)) {
				a, b := p.Plain.Functions[name], p.Shimmed.Functions[name]
				if a != nil && a.Reachable && b.Reachable && a.TypeID != b.TypeID && b.TypeID != 0 {
					wrong = append(wrong, fmt.Sprintf("%s has the type hash %#x, and %#x in the plain build", name, b.TypeID, a.TypeID))
				}
			}
			return p.Plain.count(has), p.Shimmed.count(has), wrong
		}},
		rule{name: "kCFI type hashes of declarations", text: "the same in both builds", pair: func(p Pair) (int, int, []string) {
			var wrong []string
			for _, name := range slices.Sorted(maps.Keys(p.Shimmed.TypeIDs)) {
				if a, ok := p.Plain.TypeIDs[name]; ok && a != p.Shimmed.TypeIDs[name] {
					wrong = append(wrong, fmt.Sprintf("%s has the type hash %#x, and %#x in the plain build", name, p.Shimmed.TypeIDs[name], a))
				}
			}
			return len(p.Plain.TypeIDs), len(p.Shimmed.TypeIDs), wrong
		}},
		rule{name: "indirect calls that kCFI checks", text: "in both builds or in neither", pair: func(p Pair) (int, int, []string) {
			return p.Plain.Checked, p.Shimmed.Checked, nil
		}, total: together},
		rule{name: "plain returns", text: "none in an object that has none in the plain build", pair: func(p Pair) (int, int, []string) {
			return none(p.Plain.Returns, p.Shimmed.Returns, "plain returns")
		}},
		rule{name: "unguarded indirect calls and jumps", text: "none in an object that has none in the plain build, but for those that the kernel annotates as safe", pair: func(p Pair) (int, int, []string) {
			if p.Shimmed.Indirect > 0 && p.Shimmed.Indirect <= p.Shimmed.Safe {
				return max(p.Plain.Indirect, 0), p.Shimmed.Indirect, nil
			}
			return none(p.Plain.Indirect, p.Shimmed.Indirect, "indirect calls and jumps")
		}},
		rule{name: "debug information of other languages than Rust", text: "none in an object that has none in the plain build", pair: foreignUnits},
		rule{name: "functions with lines in debug information", text: "all, if so in the plain build", pair: lines},
		rule{name: "versions of exported symbols", text: "the same for each symbol that both builds export, but for functions that LLVM merges with others", pair: sameVersions},
		rule{name: "sections", text: "the same names, and those that the helpers bring along", pair: func(p Pair) (int, int, []string) {
			plain, shimmed := p.Plain.Sections, p.Shimmed.Sections
			if p.Helpers != nil {
				shimmed = slices.DeleteFunc(slices.Clone(shimmed), func(s string) bool {
					return !slices.Contains(plain, s) && slices.Contains(p.Helpers.Sections, s)
				})
			}
			return len(plain), len(p.Shimmed.Sections), differences(plain, shimmed)
		}},
		rule{name: "sections with notes", text: "the same contents", pair: func(p Pair) (int, int, []string) {
			list := func(notes map[string]string) (out []string) {
				for _, n := range slices.Sorted(maps.Keys(notes)) {
					out = append(out, n+" "+notes[n])
				}
				return out
			}
			return len(p.Plain.Notes), len(p.Shimmed.Notes), differences(list(p.Plain.Notes), list(p.Shimmed.Notes))
		}},
	)
}

// together says what is wrong if only one of two builds has something. Helpers that have
// it bring it along.
func together(plain, shimmed, helpers int) string {
	switch {
	case plain > 0 && shimmed == 0:
		return "none with the shims"
	case plain == 0 && shimmed > 0 && helpers == 0:
		return "none in the plain build"
	}
	return ""
}

// none is the rule that an object without something in the plain build has none
// with the shims either. A count of -1 is unknown.
func none(plain, shimmed int, what string) (int, int, []string) {
	var wrong []string
	if plain == 0 && shimmed > 0 {
		wrong = append(wrong, fmt.Sprintf("%d %s", shimmed, what))
	}
	return max(plain, 0), max(shimmed, 0), wrong
}

func (f *Facts) count(is func(*Function) bool) (n int) {
	for _, fn := range f.Functions {
		if is(fn) {
			n++
		}
	}
	return n
}

// names returns the functions for which is holds, with what is wrong about them.
func (f *Facts) names(is func(*Function) bool, wrong string) (out []string) {
	for _, name := range slices.Sorted(maps.Keys(f.Functions)) {
		if is(f.Functions[name]) {
			out = append(out, name+" "+wrong)
		}
	}
	return out
}

// missing returns the functions that can be called indirectly and lack something
// with the shims, although it is in use in the plain build. A function that lacks it
// there as well is not among them.
func (p Pair) missing(has func(*Function) bool, wrong string) (out []string) {
	if p.Plain.count(has) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.Shimmed.Functions)) {
		a, b := p.Plain.Functions[name], p.Shimmed.Functions[name]
		if b.Reachable && !has(b) && (a == nil || has(a)) {
			out = append(out, name+" "+wrong)
		}
	}
	return out
}

// differences returns what only one of two sorted lists has.
func differences(plain, shimmed []string) (wrong []string) {
	for _, s := range plain {
		if !slices.Contains(shimmed, s) {
			wrong = append(wrong, "lacks "+s)
		}
	}
	for _, s := range shimmed {
		if !slices.Contains(plain, s) {
			wrong = append(wrong, "has "+s+" besides")
		}
	}
	return wrong
}

// Wrong returns everything that is wrong, a line each.
func Wrong(checks []Check) (out []string) {
	for _, c := range checks {
		for _, w := range c.Wrong {
			out = append(out, c.Name+": "+w)
		}
	}
	return out
}

// Summary returns the checks as a few words: "12 checks hold".
func Summary(checks []Check) string {
	var bad []string
	for _, c := range checks {
		if len(c.Wrong) > 0 {
			bad = append(bad, c.Name)
		}
	}
	if len(bad) == 0 {
		return fmt.Sprintf("%d checks hold", len(checks))
	}
	return fmt.Sprintf("%d checks hold, %d do not: %s", len(checks)-len(bad), len(bad), cmp.Or(strings.Join(bad, ", "), "?"))
}
