// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"fmt"
	"math"

	"rustc-lto-wrap/shim/report/render"
	"rustc-lto-wrap/tests/internal/spread"
)

// table begins a table: names in the first column, figures in the others.
func table(first string, others ...string) *render.Table {
	t := &render.Table{Columns: []render.Column{{Title: first, Kind: render.Name}}}
	for _, o := range others {
		t.Columns = append(t.Columns, render.Column{Title: o, Kind: render.Number})
	}
	return t
}

// figure writes a number with the digits that say something.
func figure(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "-"
	case a >= 1000:
		return render.Digits(int64(math.Round(f)))
	case a >= 100:
		return fmt.Sprintf("%.0f", f)
	case a >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// cell is a median.
func cell(figures []float64) render.Cell { return render.Text(figure(spread.Of(figures).Median)) }

// spreadText is a median with what it lies between, as "1.02 (0.99 to 1.07)"; without, where all are the same.
func spreadText(s spread.Spread, write func(float64) string) string {
	if low, high := write(s.Min), write(s.Max); low != high {
		return fmt.Sprintf("%s (%s to %s)", write(s.Median), low, high)
	}
	return write(s.Median)
}

// ratio writes what lies near 1.
func ratio(f float64) string {
	if math.IsNaN(f) {
		return "-"
	}
	return fmt.Sprintf("%.3f", f)
}

// ratioCell is a ratio with its spread.
func ratioCell(over, under []float64) render.Cell {
	return render.Text(spreadText(spread.Of(ratios(over, under)), ratio))
}

// Target is what was aimed at, beside what was measured. It is for a reader to judge: machines are noisy, and nothing
// fails for it.
type Target struct {
	What string
	// Limit is the largest figure that meets it; Below is set where the figure must be less than that.
	Limit    float64
	Below    bool
	Measured spread.Spread
	// Where names what has that figure, if it is the largest of several.
	Where string
}

// targetTable sets targets and figures side by side.
func targetTable(targets []Target) *render.Table {
	t := table("target", "at most", "measured", "met")
	t.Columns = append(t.Columns, render.Column{Title: "where", Kind: render.Name})
	for _, g := range targets {
		limit := ratio(g.Limit)
		if g.Below {
			limit = "below " + limit
		}
		met := render.Cell{Text: "no", Tone: render.Bad}
		switch m := g.Measured.Median; {
		case math.IsNaN(m):
			met = render.Text("not measured")
		case m < g.Limit, m == g.Limit && !g.Below:
			met = render.Cell{Text: "yes", Tone: render.Good}
		}
		t.Rows = append(t.Rows, []render.Cell{
			render.Text(g.What), render.Text(limit), render.Text(spreadText(g.Measured, ratio)), met, render.Text(g.Where),
		})
	}
	return t
}
