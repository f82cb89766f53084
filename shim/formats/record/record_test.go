// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package record

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sample = Record{
	Schema: Schema, Version: "v1", Crate: "kernel", Object: "rust/kernel.o", Mode: "on", Variant: "builtin",
	Pipeline: "late", Linkage: "available_externally", Inline: "always",
	Called: []string{"rust_helper_a", "rust_helper_b"},
	Left:   []Left{{Name: "rust_helper_b", References: 2, Calls: 1, Reason: "its address is taken"}},
	Text:   10260,
	Steps:  []Step{{"rustc", 1.5, 1.25, 4096}},
	Tools:  map[string]Tool{"rustc": {Argv: []string{"rustc"}, Version: "1.85.1", LLVM: 19, Origin: "on PATH", Why: "it fits"}},
}

func TestRoundTrip(t *testing.T) {
	object := filepath.Join(t.TempDir(), "kernel.o")
	if _, err := Read(object); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no record: %v", err)
	}
	data, err := sample.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(Path(object), data, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Read(object)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&sample, got); diff != "" {
		t.Error(diff)
	}
	// An unknown field, which a later version may add, is ignored.
	if _, err := Parse([]byte(strings.Replace(string(data), "{", `{"new": [1],`, 1))); err != nil {
		t.Error(err)
	}
}

func TestDamaged(t *testing.T) {
	data, err := sample.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":           {"", ErrDamaged},
		"cut off":         {string(data[:len(data)/2]), ErrDamaged},
		"not JSON":        {"\x7fELF", ErrDamaged},
		"another's JSON":  {`{"name": "x"}`, ErrDamaged},
		"a list":          {`[]`, ErrDamaged},
		"no object":       {`{"schema": 2}`, ErrDamaged},
		"a wrong type":    {`{"schema": 2, "object": "a.o", "helpers_called": 7}`, ErrDamaged},
		"an older schema": {`{"schema": 1, "object": "a.o", "tools": {"rustc": 1}}`, ErrSchema},
		"a newer schema":  {`{"schema": 99, "object": 5}`, ErrSchema},
	} {
		if _, err := Parse([]byte(c.text)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPath(t *testing.T) {
	for object, path := range map[string]string{
		"kernel.o":           ".tmp_kernel.o.lto_wrap.json",
		"rust/kernel.o":      "rust/.tmp_kernel.o.lto_wrap.json",
		"/a/.tmp_x/kernel.o": "/a/.tmp_x/.tmp_kernel.o.lto_wrap.json",
	} {
		if got := Path(object); got != path {
			t.Errorf("Path(%q) = %q", object, got)
		}
		if got := ObjectOf(path); got != object {
			t.Errorf("Of(%q) = %q", path, got)
		}
	}
	for _, path := range []string{"kernel.o", "rust/kernel.json", ".tmp_.lto_wrap.json", ".tmp_lto_wrap_tools.json", "rust/.tmp_kernel.o"} {
		if got := ObjectOf(path); got != "" {
			t.Errorf("Of(%q) = %q", path, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	data, _ := sample.Marshal()
	f.Add(data)
	f.Add([]byte(`{"schema": 2, "object": "a.o"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		again, err := r.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(again); err != nil {
			t.Errorf("%s: %v", again, err)
		}
	})
}
