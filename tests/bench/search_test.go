// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"encoding/xml"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/bench/kmod"
)

// TestFront: a point is on the front if none is better in both.
func TestFront(t *testing.T) {
	all := []found{
		{point: point{name: "small"}, bytes: 0.9, time: 1.1},
		{point: point{name: "quick"}, bytes: 1.1, time: 0.9},
		{point: point{name: "neither"}, bytes: 1.1, time: 1.1},
		{point: point{name: "between <&>"}, bytes: 1, time: 1},
	}
	want := map[string]bool{"small": true, "quick": true, "neither": false, "between <&>": true}
	if d := cmp.Diff(want, front(all)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	svg := drawFront(all)
	circles, texts := 0, ""
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "circle" {
				circles++
			}
		case xml.CharData:
			texts += string(e)
		}
	}
	if circles != len(all) || !strings.Contains(texts, "between <&>") {
		t.Errorf("%d circles, texts %q", circles, texts)
	}
	// One point has no extent.
	if s := drawFront(all[:1]); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
		t.Error(s)
	}
}

// TestPoints: no point is there twice, and each says what it tries.
func TestPoints(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range points(true) {
		if seen[p.name] || seen[p.flags] || !strings.Contains(p.flags, "-inline-threshold=") {
			t.Errorf("%+v", p)
		}
		seen[p.name], seen[p.flags] = true, true
	}
	if few := points(false); len(few) >= len(points(true)) {
		t.Errorf("%d points without -full", len(few))
	}
}

// TestCompare: Rust in the kernel counts, what a process sees and C do not, and the noise of plain is taken off.
func TestCompare(t *testing.T) {
	rust := func(name string) kmod.Loop { return kmod.Loop{Name: name, Lang: "rust"} }
	c := kmod.Loop{Name: "helper.lock", Lang: "c"}
	plain := map[kmod.Loop]float64{rust("helper.lock"): 10, rust("pure.sum"): 10, rust("process.call"): 10, c: 10}
	again := map[kmod.Loop]float64{rust("helper.lock"): 10, rust("pure.sum"): 12, rust("process.call"): 10, c: 10}
	own := map[kmod.Loop]float64{rust("helper.lock"): 5, rust("pure.sum"): 20, rust("process.call"): 90, c: 90}
	var f found
	f.compare(plain, again, own)
	if math.Abs(f.time-1) > 1e-9 || math.Abs(f.worst-2/1.2) > 1e-9 || f.where != "pure.sum" {
		t.Errorf("%+v", f)
	}
}
