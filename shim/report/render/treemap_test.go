// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// overlap is the area that two rectangles have in common.
func overlap(a, b rect) float64 {
	w := min(a.x+a.w, b.x+b.w) - max(a.x, b.x)
	h := min(a.y+a.h, b.y+b.h) - max(a.y, b.y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h
}

// TestSquarify checks that the rectangles fill the whole, do not overlap, have areas in
// the ratio of the sizes, and are not stripes.
func TestSquarify(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	whole := rect{10, 20, 960, 440}
	for n := range 60 {
		var sizes []float64
		total := 0.0
		for range n {
			sizes = append(sizes, math.Exp(4*random.Float64()))
			total += sizes[len(sizes)-1]
		}
		sizes = pick(sizes, descending(sizes))
		got := squarify(sizes, whole)
		if len(got) != n {
			t.Fatalf("%d rectangles of %d", len(got), n)
		}
		for i, r := range got {
			if want := sizes[i] / total * whole.w * whole.h; math.Abs(r.w*r.h-want) > 1e-6*whole.w*whole.h {
				t.Errorf("%d: area %f, want %f", n, r.w*r.h, want)
			}
			if math.Abs(overlap(r, whole)-r.w*r.h) > 1e-3 {
				t.Errorf("%d: %v is not within the whole", n, r)
			}
			if n > 10 && max(r.w, r.h) > 12*min(r.w, r.h) {
				t.Errorf("%d: %v is a stripe", n, r)
			}
			for _, q := range got[:i] {
				if overlap(r, q) > 1e-3 {
					t.Errorf("%d: %v and %v overlap", n, r, q)
				}
			}
		}
	}
	for _, sizes := range [][]float64{nil, {0}, {0, 0}, {1, 0, 0}, {1e15, 1}} {
		for _, r := range squarify(sizes, whole) {
			for _, v := range []float64{r.x, r.y, r.w, r.h} {
				if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
					t.Errorf("%v: %v", sizes, r)
				}
			}
		}
	}
}

// TestTreemap checks groups, labels, and that the smallest of many values are put
// together without loss.
func TestTreemap(t *testing.T) {
	m := &Treemap{Unit: "bytes"}
	want := 0.0
	for g := range 5 {
		group := Group{Label: fmt.Sprintf("rust/object%d.o", g)}
		for i := range 1000 {
			v := float64((i*i + g) % 977)
			if i%3 == 0 {
				v = -v
			}
			want += v
			group.Tiles = append(group.Tiles, Tile{Label: fmt.Sprintf("kernel::a::function%d", i), Short: "a::f", Value: v})
		}
		m.Groups = append(m.Groups, group)
	}
	cut := m.largestTiles()
	sum, tiles := 0.0, 0
	for _, g := range cut.Groups {
		tiles += len(g.Tiles)
		for _, tile := range g.Tiles {
			sum += tile.Value
		}
	}
	if sum != want || tiles > mostTiles+2*len(m.Groups) || tiles < mostTiles/2 {
		t.Errorf("sum %f, want %f; %d tiles", sum, want, tiles)
	}
	whole := rect{0, 0, mapWidth, mapHeight}
	groups := m.draw()
	if len(groups) != 5 {
		t.Fatalf("%d groups", len(groups))
	}
	for _, g := range groups {
		if !strings.HasPrefix(g.title, "rust/object") || !strings.HasSuffix(g.title, " bytes") || !strings.Contains(g.label, ".o") {
			t.Errorf("group %q, %q", g.label, g.title)
		}
		if math.Abs(overlap(g.rect, whole)-g.w*g.h) > 1e-3 {
			t.Errorf("%v is not within the whole", g.rect)
		}
		for _, tile := range g.tiles {
			if math.Abs(overlap(tile.rect, g.rect)-tile.w*tile.h) > 1e-3 {
				t.Errorf("%v is not within %v", tile.rect, g.rect)
			}
			if minus := strings.Contains(tile.title, ": -"); minus != (tile.class == "down") {
				t.Errorf("%s: %s", tile.class, tile.title)
			}
			for _, l := range tile.labels {
				if tileRune*len([]rune(l)) > int(tile.w) {
					t.Errorf("%q does not fit into %v", l, tile.rect)
				}
			}
		}
	}
	if groups := (&Treemap{Groups: []Group{{Label: "none", Tiles: []Tile{{Label: "same"}}}}}).draw(); len(groups) != 0 {
		t.Errorf("%v", groups)
	}
}
