// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want Spread
	}{
		{[]float64{3}, Spread{3, 3, 3, 1}},
		{[]float64{4, 1, 3}, Spread{3, 1, 4, 3}},
		{[]float64{4, 1, 2, 3}, Spread{2.5, 1, 4, 4}},
		{nil, Spread{math.NaN(), math.NaN(), math.NaN(), 0}},
	} {
		before := append([]float64(nil), c.in...)
		if d := cmp.Diff(c.want, spreadOf(c.in), cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.in, d)
		}
		if d := cmp.Diff(before, c.in); d != "" {
			t.Errorf("the figures were changed:\n%s", d)
		}
	}
}

func TestRounds(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, want []float64
	}{
		{"ratios", ratios([]float64{2, 9, 5}, []float64{1, 3, 5}), []float64{2, 3, 1}},
		{"ratios to 0, and of rounds that are missing", ratios([]float64{2, 9, 5}, []float64{0, 3}), []float64{3}},
		{"ratios to nothing", ratios([]float64{2}, nil), nil},
		{"plus", plus([]float64{1, 2}, []float64{10, 20, 30}), []float64{11, 22}},
		{"minus", minus([]float64{10, 20}, []float64{1, 2}), []float64{9, 18}},
		{"scaled", scaled([]float64{1, 2}, 3), []float64{3, 6}},
	} {
		if d := cmp.Diff(c.want, c.got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, d)
		}
	}
}
