// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Treemap shows what values add up to: a rectangle for each value, as large as the
// value, inside of a rectangle for its group. It is shown in HTML only.
type Treemap struct {
	// Title and Desc are the texts that a screen reader reads out.
	Title, Desc string
	// Unit follows the figures.
	Unit   string
	Groups []Group
}

// Group is a group of values.
type Group struct {
	Label string
	Tiles []Tile
}

// Tile is a value. A negative one is as large as a positive one, and has another
// colour.
type Tile struct {
	Label string
	// Short takes the place of Label where there is no room for it, "" if there is
	// nothing shorter.
	Short string
	Value float64
	// More is what else there is to say about it.
	More string
}

// These are the dimensions of a treemap, in pixels.
const (
	mapWidth  = 960
	mapHeight = 440
	// mostTiles is the largest number of rectangles. Smaller values of a group are
	// one rectangle together.
	mostTiles = 400
	groupHead = 17 // height of a group's label
	tileRune  = 6  // width of a character
	tileLine  = 13 // height of a line
	groupRune = 7
)

// rect is a rectangle.
type rect struct{ x, y, w, h float64 }

// drawnGroup and drawnTile are the parts of a treemap with their places.
type drawnGroup struct {
	rect
	// label is "" if there is no room for one.
	label, title string
	tiles        []drawnTile
}

type drawnTile struct {
	rect
	class  string
	title  string
	labels []string
}

// draw computes the layout of a treemap.
func (t *Treemap) draw() []drawnGroup {
	t = t.largestTiles()
	var groups []Group
	var sizes []float64
	for _, g := range t.Groups {
		size := 0.0
		for _, tile := range g.Tiles {
			size += math.Abs(tile.Value)
		}
		if size > 0 {
			groups, sizes = append(groups, g), append(sizes, size)
		}
	}
	order := descending(sizes)
	var out []drawnGroup
	for i, r := range squarify(pick(sizes, order), rect{0, 0, mapWidth, mapHeight}) {
		out = append(out, t.group(groups[order[i]], r))
	}
	return out
}

// group draws a group into a rectangle.
func (t *Treemap) group(g Group, r rect) drawnGroup {
	d := drawnGroup{rect: r}
	var sizes []float64
	sum := 0.0
	for _, tile := range g.Tiles {
		sizes = append(sizes, math.Abs(tile.Value))
		sum += tile.Value
	}
	d.title = fmt.Sprintf("%s: %s", g.Label, withUnit(changeText(sum), t.Unit))
	inner := r
	if r.w >= 60 && r.h >= 3*groupHead {
		label := fmt.Sprintf("%s  %s", g.Label, changeText(sum))
		d.label = cut(label, max(1, int(r.w-8)/groupRune))
		inner.y, inner.h = r.y+groupHead, r.h-groupHead
	}
	order := descending(sizes)
	for i, at := range squarify(pick(sizes, order), inner) {
		tile := g.Tiles[order[i]]
		if tile.Value == 0 {
			continue
		}
		dt := drawnTile{rect: at, class: "up", title: fmt.Sprintf("%s, %s: %s", tile.Label, g.Label, withUnit(changeText(tile.Value), t.Unit))}
		if tile.Value < 0 {
			dt.class = "down"
		}
		if tile.More != "" {
			dt.title += " (" + tile.More + ")"
		}
		runes, lines := int(at.w-8)/tileRune, int(at.h-4)/tileLine
		if runes >= 6 && lines >= 1 {
			label := tile.Label
			if utf8.RuneCountInString(label) > runes {
				label = cmp.Or(tile.Short, label)
			}
			dt.labels = []string{cut(label, runes)}
			if lines >= 2 {
				dt.labels = append(dt.labels, cut(changeText(tile.Value), runes))
			}
		}
		d.tiles = append(d.tiles, dt)
	}
	return d
}

// changeText returns a change as text.
func changeText(v float64) string { return Change(int64(math.Round(v))).Text }

// largestTiles returns the treemap with the largest tiles only. The others of each group are
// one tile for those that are negative, and one for the others.
func (t *Treemap) largestTiles() *Treemap {
	var sizes []float64
	for _, g := range t.Groups {
		for _, tile := range g.Tiles {
			sizes = append(sizes, math.Abs(tile.Value))
		}
	}
	if len(sizes) <= mostTiles {
		return t
	}
	slices.SortFunc(sizes, func(a, b float64) int { return cmp.Compare(b, a) })
	least := sizes[mostTiles]
	out := &Treemap{Title: t.Title, Desc: t.Desc, Unit: t.Unit}
	for _, g := range t.Groups {
		kept := Group{Label: g.Label}
		var others [2]Tile
		var count [2]int
		for _, tile := range g.Tiles {
			// What is as large as the first one that is left out is left out as well.
			if math.Abs(tile.Value) > least {
				kept.Tiles = append(kept.Tiles, tile)
				continue
			}
			i := 0
			if tile.Value < 0 {
				i = 1
			}
			count[i]++
			others[i].Value += tile.Value
		}
		for i := range others {
			if others[i].Value != 0 {
				others[i].Label = fmt.Sprintf("%s more", Digits(int64(count[i])))
				kept.Tiles = append(kept.Tiles, others[i])
			}
		}
		out.Groups = append(out.Groups, kept)
	}
	return out
}

// descending returns the order of the values from the largest to the smallest.
func descending(values []float64) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order
}

func pick(values []float64, order []int) []float64 {
	out := make([]float64, len(order))
	for i, n := range order {
		out[i] = values[n]
	}
	return out
}

// squarify divides a rectangle into one for each size, with sides that are as equal
// as possible (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000). sizes are in
// descending order.
func squarify(sizes []float64, r rect) []rect {
	out := make([]rect, 0, len(sizes))
	total := 0.0
	for _, s := range sizes {
		total += s
	}
	if total <= 0 {
		for range sizes {
			out = append(out, rect{r.x, r.y, 0, 0})
		}
		return out
	}
	scale := r.w * r.h / total
	for len(sizes) > 0 {
		side := min(r.w, r.h)
		// A row gets longer as long as that makes its worst rectangle better.
		n, sum := 0, 0.0
		for n < len(sizes) && (n == 0 || worst(sizes[0], sizes[n], sum+sizes[n], side, scale) <= worst(sizes[0], sizes[n-1], sum, side, scale)) {
			sum += sizes[n]
			n++
		}
		thickness := 0.0
		if side > 0 {
			thickness = min(sum*scale/side, max(r.w, r.h))
		}
		along := 0.0
		for _, s := range sizes[:n] {
			length := 0.0
			if sum > 0 {
				length = side * s / sum
			}
			if r.w >= r.h {
				out = append(out, rect{r.x, r.y + along, thickness, length})
			} else {
				out = append(out, rect{r.x + along, r.y, length, thickness})
			}
			along += length
		}
		if r.w >= r.h {
			r.x, r.w = r.x+thickness, r.w-thickness
		} else {
			r.y, r.h = r.y+thickness, r.h-thickness
		}
		sizes = sizes[n:]
	}
	return out
}

// worst returns the largest ratio of the sides of the rectangles in a row with the
// given sum, of which the largest and the smallest size are given.
func worst(largest, smallest, sum, side, scale float64) float64 {
	s := sum * scale
	if s == 0 || smallest == 0 {
		return math.Inf(1)
	}
	return max(side*side*largest*scale/(s*s), s*s/(side*side*smallest*scale))
}
