// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import "math"

// ratios divides round by round: what disturbs the machine for a while disturbs both of a round. A round without a
// figure of both, or with 0 below, is left out.
func ratios(over, under []float64) (out []float64) {
	for i := range min(len(over), len(under)) {
		if under[i] != 0 && !math.IsNaN(over[i]) && !math.IsNaN(under[i]) {
			out = append(out, over[i]/under[i])
		}
	}
	return out
}

// plus adds round by round.
func plus(a, b []float64) (out []float64) {
	for i := range min(len(a), len(b)) {
		out = append(out, a[i]+b[i])
	}
	return out
}

// scaled multiplies each figure.
func scaled(a []float64, by float64) (out []float64) {
	for _, f := range a {
		out = append(out, f*by)
	}
	return out
}

// minus subtracts round by round.
func minus(a, b []float64) []float64 { return plus(a, scaled(b, -1)) }
