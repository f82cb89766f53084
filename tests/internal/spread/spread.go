// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package spread sums up a figure that was measured several times.
package spread

import (
	"math"
	"slices"
)

// Spread is the median of some figures, with the least and the largest of them.
type Spread struct {
	Median, Min, Max float64
	// N is how many there are.
	N int
}

// Of sums up figures; without any, each is NaN. The median of an even number is the mean of the two in the middle.
func Of(figures []float64) Spread {
	if len(figures) == 0 {
		return Spread{Median: math.NaN(), Min: math.NaN(), Max: math.NaN()}
	}
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return Spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1], N: n}
}

// Overlaps reports whether two ranges have anything in common: then a difference of the medians says little.
func (s Spread) Overlaps(o Spread) bool { return s.Min <= o.Max && o.Min <= s.Max }
