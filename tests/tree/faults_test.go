// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/internal/breaks"
	"rustc-lto-wrap/tests/internal/files"
)

// TestFaults lets one thing go wrong at a time: make stops with a message, nothing
// is left but what the next make takes again, and that one succeeds and makes
// what a build without faults makes.
func TestFaults(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, r.shimMake())
	want := r.contents()
	place := breaks.Place{
		Object: "rust/kernel.o", Stale: "touch rust/kernel.rs", Directory: "drivers", Helpers: "rust/helpers/helpers.c",
		Future: "touch -d '+1 hour' include/linux/numbers.h rust/helpers/.tmp_lto_wrap_*",
	}
	var table strings.Builder
	for _, b := range breaks.At(place) {
		out, _ := r.sh(nil, b.Command(place, r.shimMake()))
		message, wrong := b.Outcome(out)
		if wrong != "" {
			t.Errorf("%s: %s\n%s", b.What, wrong, out)
		}
		left := r.intermediates()
		if b.Status != 0 && !b.Killed && len(left) > 0 {
			t.Errorf("%s: left behind: %v", b.What, left)
		}
		if _, err := os.Stat(filepath.Join(r.host, place.Object)); err == nil && b.Status != 0 && !b.Elsewhere {
			t.Errorf("%s: %s is there", b.What, place.Object)
		}
		fmt.Fprintf(&table, "%-45s status %d; %s; left: %s\n", b.What, b.Status, message, strings.Join(left, " "))
		r.mustMake(nil, "rm -rf wrong full; touch rust/kernel.rs rust/helpers/helpers.c include/linux/numbers.h; "+r.shimMake())
		for _, o := range files.Differ(want, r.contents()) {
			t.Errorf("after %s: %s is another one", b.What, o)
		}
		if left := r.intermediates(); len(left) > 0 {
			t.Errorf("after %s and another make: left behind: %v", b.What, left)
		}
	}
	t.Logf("\n%s", &table)
}
