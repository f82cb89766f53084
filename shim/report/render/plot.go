// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Most is the largest number of bars in a plot.
const Most = 30

// Largest returns the plot with only the [Most] largest bars by size, and with the
// number of all bars in Of.
func (p Plot) Largest(size func(Bar) float64) Plot {
	p.Of = len(p.Bars)
	p.Bars = slices.Clone(p.Bars)
	slices.SortStableFunc(p.Bars, func(a, b Bar) int {
		switch x, y := size(a), size(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	p.Bars = p.Bars[:min(len(p.Bars), Most)]
	return p
}

// drawing is a plot in the units of its SVG image. At full size, a unit is a CSS
// pixel.
type drawing struct {
	Plot
	ID            int
	Width, Height int
	Rows          []drawnRow
	Ticks         []tick
	// Zero is the position of the value 0. Top and Bottom are the positions where
	// the rows begin and end.
	Zero, Top, Bottom int
	Legend            []legend
}

type drawnRow struct {
	// Label is shortened to the available space. Full is the whole label.
	Label, Full string
	LabelY      int
	Bars        []drawnBar
}

type drawnBar struct {
	X, Y, Width, Height int
	// Series is the number of the series, from 1. It selects a colour and a
	// pattern.
	Series int
	Title  string
	// Value is the text at ValueX, "" in the middle of a stack. At is the end of
	// the text that is at ValueX: start or end.
	Value          string
	ValueX, ValueY int
	At             string
}

type tick struct {
	X    int
	Text string
}

type legend struct {
	Series, X int
	Name      string
}

// These are the dimensions of a plot, in pixels.
const (
	plotWidth  = 960
	labelRoom  = 300 // to the left of the bars
	valueRoom  = 80  // for figures at the ends of bars
	labelRunes = 44  // length of a label: 300 pixels, with a monospace font of 11 pixels
	thick      = 12  // height of a bar
	between    = 8   // space between rows
	legendRoom = 26
	axisRoom   = 24
)

// draw computes the layout of a plot.
func draw(p Plot, id int) *drawing {
	d := &drawing{Plot: p, ID: id, Width: plotWidth, Top: axisRoom}
	if len(p.Series) > 1 {
		d.Top += legendRoom
		x := labelRoom
		for i, name := range p.Series {
			d.Legend = append(d.Legend, legend{i + 1, x, name})
			x += 40 + 8*len([]rune(name))
		}
	}
	least, most := 0.0, 0.0
	for _, b := range p.Bars {
		sum := 0.0
		for _, v := range b.Values {
			sum += v
			least, most = min(least, v), max(most, v)
		}
		if p.Kind == Stacked {
			most = max(most, sum)
		}
	}
	left, right := labelRoom, plotWidth-valueRoom
	if least < 0 {
		left += valueRoom
	}
	step := tickStep(most - least)
	scale := func(v float64) int {
		if most == least {
			return left
		}
		return left + int(math.Round((v-least)/(most-least)*float64(right-left)))
	}
	d.Zero = scale(0)
	for v := math.Ceil(least/step) * step; v <= most; v += step {
		d.Ticks = append(d.Ticks, tick{scale(v), figureText(v, p.Unit, step)})
	}
	y := d.Top
	for _, b := range p.Bars {
		d.row(b, y, scale)
		y += d.rowHeight()
	}
	d.Bottom, d.Height = y, y+4
	return d
}

func (d *drawing) rowHeight() int {
	if d.Kind == SideBySide {
		return thick*len(d.Series) + between
	}
	return thick + between
}

func (d *drawing) row(b Bar, y int, scale func(float64) int) {
	r := drawnRow{Label: cut(b.Label, labelRunes), Full: b.Label, LabelY: y + (d.rowHeight()-between)/2 + 4}
	sum := 0.0
	for i, v := range b.Values {
		from, to := scale(0), scale(v)
		if d.Kind == Stacked {
			from, to = scale(sum), scale(sum+v)
		}
		sum += v
		bar := drawnBar{
			X: min(from, to), Y: y, Width: max(from, to) - min(from, to), Height: thick, Series: i + 1,
			Title: fmt.Sprintf("%s, %s: %s", b.Label, d.Series[i], withUnit(figureText(v, d.Unit, 0), d.Unit)), ValueY: y + thick - 2,
		}
		// Even the smallest value must be visible.
		if v != 0 {
			bar.Width = max(bar.Width, 1)
		}
		switch {
		case d.Kind == Stacked && i < len(b.Values)-1:
		case d.Kind == Stacked:
			bar.Value, bar.ValueX, bar.At = figureText(sum, d.Unit, 0), to+5, "start"
		case v < 0:
			bar.Value, bar.ValueX, bar.At = figureText(v, d.Unit, 0), to-5, "end"
		default:
			bar.Value, bar.ValueX, bar.At = figureText(v, d.Unit, 0), to+5, "start"
			if d.Kind == Diverging && v > 0 {
				bar.Value = "+" + bar.Value
			}
		}
		if d.Kind == SideBySide {
			y += thick
		}
		r.Bars = append(r.Bars, bar)
	}
	d.Rows = append(d.Rows, r)
}

// figureText returns a value as text. Times have one decimal, unless the axis has none.
func figureText(v float64, unit string, step float64) string {
	if unit == "s" && step < 1 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return Digits(int64(math.Round(v)))
}

func withUnit(text, unit string) string {
	if unit == "" {
		return text
	}
	return text + " " + unit
}

// tickStep returns a round number that divides a range into about five parts.
func tickStep(width float64) float64 {
	if width <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(width/5)))
	for _, m := range []float64{1, 2, 5, 10} {
		if width/(m*power) <= 6 {
			return m * power
		}
	}
	return 10 * power
}
