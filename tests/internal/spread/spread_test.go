// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package spread

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want Spread
	}{
		{[]float64{3}, Spread{3, 3, 3, 1}},
		{[]float64{4, 1, 3}, Spread{3, 1, 4, 3}},
		{[]float64{4, 1, 2, 3}, Spread{2.5, 1, 4, 4}},
		{nil, Spread{math.NaN(), math.NaN(), math.NaN(), 0}},
	} {
		before := slices.Clone(c.in)
		if d := cmp.Diff(c.want, Of(c.in), cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.in, d)
		}
		if d := cmp.Diff(before, c.in); d != "" {
			t.Errorf("the figures were changed:\n%s", d)
		}
	}
}

func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want bool
	}{
		{[]float64{1, 3}, []float64{2, 4}, true}, {[]float64{1, 2}, []float64{3, 4}, false},
		{[]float64{3}, []float64{1, 2}, false}, {[]float64{1, 9}, []float64{4}, true},
	} {
		if got := Of(c.a).Overlaps(Of(c.b)); got != c.want {
			t.Errorf("%v and %v: %v", c.a, c.b, got)
		}
	}
}
