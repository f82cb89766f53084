// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/report/objtree"
)

// Sample is one figure, measured several times.
type Sample []float64

// Sides is a figure of both kernels: A without, B with the inlining.
type Sides[T any] struct{ A, B T }

// Times is the processor time in seconds that compiling took, by rounds.
type Times struct {
	// Objects are those that have a record in both builds, sorted.
	Objects []ObjectTime
	// Total adds up the objects, round by round.
	Total Sides[Sample]
}

// ObjectTime is one object's.
type ObjectTime struct {
	Path string
	CPU  Sides[Sample]
}

// Round is the processor time of one build, by object.
type Round map[string]float64

// readRound reads off the records in a tree (host path) what compiling each of the objects took. It fails if one was not
// compiled in this mode: its time would be that of an earlier round.
func readRound(tree string, objects []string, mode string) (Round, error) {
	round := Round{}
	for _, o := range objects {
		r, err := record.Read(filepath.Join(tree, o))
		if err != nil {
			return nil, err
		}
		_, cpu, _, ok := (&objtree.Object{Record: r}).Resources()
		switch {
		case r.Mode != mode:
			return nil, fmt.Errorf("%s was not compiled again: its record is of LTO_WRAP=%s, not %s", o, r.Mode, mode)
		case !ok:
			return nil, fmt.Errorf("%s: its record has no times", o)
		}
		round[o] = cpu
	}
	return round, nil
}

// NewTimes puts the rounds of both kernels together.
func NewTimes(rounds Sides[[]Round]) Times {
	byObject := map[string]*ObjectTime{}
	add := func(rounds []Round, side func(*Sides[Sample]) *Sample, total *Sample) {
		for _, r := range rounds {
			sum := 0.0
			for path, cpu := range r {
				if byObject[path] == nil {
					byObject[path] = &ObjectTime{Path: path}
				}
				s := side(&byObject[path].CPU)
				*s = append(*s, cpu)
				sum += cpu
			}
			*total = append(*total, sum)
		}
	}
	var t Times
	add(rounds.A, func(s *Sides[Sample]) *Sample { return &s.A }, &t.Total.A)
	add(rounds.B, func(s *Sides[Sample]) *Sample { return &s.B }, &t.Total.B)
	for _, o := range byObject {
		t.Objects = append(t.Objects, *o)
	}
	slices.SortFunc(t.Objects, func(a, b ObjectTime) int { return cmp.Compare(a.Path, b.Path) })
	return t
}
