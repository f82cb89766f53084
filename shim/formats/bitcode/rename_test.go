// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"bytes"
	"testing"
)

// TestHide checks that a function gets another name in all tables, and that all else stays.
func TestHide(t *testing.T) {
	data := read(t, "clang.bc")
	before := bytes.Clone(data)
	hidden, err := Hide(data, []string{"rust_helper_BUG"})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, before) {
		t.Error("the original has changed")
	}
	if want := bytes.Replace(data, []byte("rust_helper_BUG"), []byte("~ust_helper_BUG"), 1); !bytes.Equal(hidden, want) || bytes.Contains(hidden, []byte("rust_helper_BUG")) {
		t.Error("something else has changed")
	}
	declared, err := Declarations(hidden)
	if err != nil || declared["~ust_helper_BUG"] != "void ()" {
		t.Errorf("%v, %v", declared, err)
	}
	f, err := Parse(hidden)
	if err != nil || !f.HasSymbols {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := Hide(data, []string{"rust_helper_none"}); err == nil {
		t.Error("a function that is not there")
	}
	for _, cut := range [][]byte{nil, data[:len(data)/2]} {
		if _, err := Hide(cut, nil); err == nil {
			t.Errorf("%d bytes are accepted", len(cut))
		}
	}
}
