// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
