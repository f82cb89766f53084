// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package pages

import (
	"strings"
	"testing"
)

func TestAnchors(t *testing.T) {
	p := &Page{Anchors: map[string]bool{}}
	for _, heading := range []string{"What a call costs", "LTO_WRAP_CC", "make: `x`, twice!", "Same", "Same"} {
		p.addAnchor(strings.ReplaceAll(heading, "`", ""))
	}
	for _, want := range []string{"what-a-call-costs", "lto_wrap_cc", "make-x-twice", "same", "same-1"} {
		if !p.Anchors[want] {
			t.Errorf("there is no anchor %q in %v", want, p.Anchors)
		}
	}
}
