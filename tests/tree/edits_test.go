// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/tests/internal/files"
)

// edits is how many times TestEdits changes the tree.
const edits = 100

// dimension is one thing that an edit changes: a text in a file, or words on make's
// command line.
type dimension struct {
	name, file string
	// texts are the states of the text in file, of which the first is in testdata.
	texts []string
	// words are the states of the words.
	words []string
}

var dimensions = []dimension{
	{name: "helper source", file: "rust/helpers/numbers.c", texts: []string{"return n + 1;", "return n + 2;"}},
	{name: "header", file: "include/linux/numbers.h", texts: []string{"return 2 * n;", "return 3 * n;"}},
	// With the export, the helper that needs counter is inlined into the module, too.
	{name: "export", file: "main.c", texts: []string{"int counter = 40;", "int counter = 40;\n#define EXPORT_SYMBOL(s)\nEXPORT_SYMBOL(counter);"}},
	{name: "crate", file: "rust/kernel.rs", texts: []string{"next_number() - 39 }", "next_number() - 38 }"}},
	{name: "flag", words: []string{"", "KCFLAGS=-fwrapv"}},
	{name: "setting", words: []string{"", "LTO_WRAP_PIPELINE=late", "LTO_WRAP_LINKAGE=internal", "LTO_WRAP=off", "LTO_WRAP_HELPERS_DROP=none"}},
}

func (d dimension) states() int { return max(len(d.texts), len(d.words)) }

// state is the present state of each dimension.
type state [6]int

// words returns make's command line in a state.
func (s state) words() string {
	var out []string
	for i, d := range dimensions {
		if d.words != nil && d.words[s[i]] != "" {
			out = append(out, d.words[s[i]])
		}
	}
	return strings.Join(out, " ")
}

// write gives the files of r's tree that differ between two states the texts of the
// second.
func (r *runner) write(from, to state) {
	r.t.Helper()
	for i, d := range dimensions {
		if d.file == "" || from[i] == to[i] {
			continue
		}
		path := filepath.Join(r.host, d.file)
		data, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(d.texts[from[i]])) {
			r.t.Fatalf("%s does not contain %q", d.file, d.texts[from[i]])
		}
		data = bytes.Replace(data, []byte(d.texts[from[i]]), []byte(d.texts[to[i]]), 1)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

// TestEdits changes a tree many times, by one to three edits of helpers, a header,
// what is exported, a crate, a flag and the settings, and runs make -j2 after each
// change: every object is the one that a build from nothing makes, in another
// directory, and a second make compiles nothing.
func TestEdits(t *testing.T) {
	r, fresh := newTree(t), newTree(t)
	d := rand.New(rand.NewPCG(18, 0))
	var now, freshly state
	built := map[state]map[string]string{}
	inlined := map[bool]int{} // changes after which the module had counter's helper inlined, or not
	for n := range edits {
		next := now
		var what []string
		for _, i := range d.Perm(len(dimensions))[:1+d.IntN(3)] {
			next[i] = (now[i] + 1 + d.IntN(dimensions[i].states()-1)) % dimensions[i].states()
			what = append(what, dimensions[i].name)
		}
		r.write(now, next)
		now = next
		command := r.shimMake() + " -j2 " + now.words()
		r.mustMake(nil, command)
		got, made := r.contents(), r.identities()
		r.mustMake(nil, command)
		for _, o := range files.Differ(made, r.identities()) {
			t.Errorf("edit %d (%s; %s): a second make makes %s again", n, strings.Join(what, ", "), now.words(), o)
		}
		if built[now] == nil {
			fresh.write(freshly, now)
			freshly = now
			fresh.mustMake(nil, "make -s clean; "+fresh.shimMake()+" -j1 "+now.words())
			built[now] = fresh.contents()
		}
		for _, o := range files.Differ(built[now], got) {
			t.Errorf("edit %d (%s; %v %s): %s is not what a build from nothing makes", n, strings.Join(what, ", "), now, now.words(), o)
		}
		if !strings.Contains(now.words(), "LTO_WRAP=off") {
			inlined[!slices.Contains(r.helpers("drivers/driver.o"), "rust_helper_next_number 1/1")]++
		}
		if left := r.intermediates(); left != nil {
			t.Errorf("edit %d: left over: %v", n, left)
		}
	}
	if inlined[true] < 10 || inlined[false] < 10 {
		t.Errorf("the export did not decide: %v", inlined)
	}
	t.Logf("%d changes to %d different states", edits, len(built))
}

// TestDimensions checks that the states of the dimensions are those of state.
func TestDimensions(t *testing.T) {
	if len(dimensions) != len(state{}) {
		t.Fatalf("there are %d dimensions", len(dimensions))
	}
	for _, d := range dimensions {
		if (d.file == "") != (d.texts == nil) || d.states() < 2 {
			t.Error(fmt.Sprint(d))
		}
	}
}
