// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package docs

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/llvmir"
)

// TestKinds: the page shows the table of what may come along with a helper.
func TestKinds(t *testing.T) {
	table := regexp.MustCompile(`(?m)^\| what may come along .*\n\|---.*\n((?:\|.*\n)*)`).FindStringSubmatch(readPage(t, "docs/how-it-works.md").Text)
	if table == nil {
		t.Fatal("docs/how-it-works.md has no such table")
	}
	want := ""
	for _, k := range llvmir.Kinds {
		want += fmt.Sprintf("| %s | %s |\n", k.Thing, k.Why)
	}
	if diff := cmp.Diff(want, table[1]); diff != "" {
		t.Errorf("docs/how-it-works.md (-want +got):\n%s", diff)
	}
}
