// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package equal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func facts(t testing.TB, name string) *Facts {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".o"))
	if err != nil {
		t.Fatal(err)
	}
	disassembly, err := os.ReadFile(filepath.Join("testdata", name+".dis"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(data, disassembly)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRead compares some facts with what llvm-readelf and llvm-objdump print for
// the objects.
func TestRead(t *testing.T) {
	type want struct {
		Functions, Landing, Hashes, Reachable int
		Returns, Indirect, Patchable, Checked int
	}
	for name, w := range map[string]want{
		"plain":          {4, 0, 0, 3, 4, 1, 0, 0},
		"hardened":       {4, 3, 3, 3, 0, 0, 0, 1},
		"padded":         {4, 3, 3, 3, 0, 0, 4, 1},
		"kcfi":           {4, 0, 3, 3, 4, 1, 0, 1},
		"arm64-plain":    {4, 0, 0, 3, 0, 1, 0, 0},
		"arm64-hardened": {4, 4, 3, 3, 0, 1, 4, 1},
	} {
		f := facts(t, name)
		got := want{len(f.Functions), f.count(func(fn *Function) bool { return fn.Landing }),
			f.count(func(fn *Function) bool { return fn.Reachable && fn.TypeID != 0 }),
			f.count(func(fn *Function) bool { return fn.Reachable }), f.Returns, f.Indirect, f.Patchable, f.Checked}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// Both machines hash a type in the same way.
	if a, b := facts(t, "hardened").Functions["exported"].TypeID, facts(t, "arm64-hardened").Functions["exported"].TypeID; a == 0 || a != b {
		t.Errorf("the type of exported is %#x, and %#x on arm64", a, b)
	}
	if got := facts(t, "hardened").TypeIDs; len(got) != 1 || got["declared"] == 0 {
		t.Errorf("declarations: %v", got)
	}
}

// TestCompare compares objects that differ in one respect, and expects just that to
// be found.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		plain, shimmed string
		wrong          []string // parts of the messages
	}{
		{"plain", "plain", nil},
		{"hardened", "hardened", nil},
		{"arm64-hardened", "arm64-hardened", nil},
		{"fentry", "fentry", nil},
		{"sanitized", "sanitized", nil},
		{"debug", "debug", nil},
		{"called", "inlined", nil},
		{"inlined", "lineless", []string{"functions with lines in debug information: x.o: user has no line", "has .debug_rnglists besides"}},
		{"hardened", "plain", []string{
			"stack protector references: none with the shims", "return thunks: none with the shims", "indirect thunks: none with the shims",
			"landing pads: x.o: exported has no landing pad", "landing pads: x.o: local has no landing pad", "landing pads: x.o: buffered has no landing pad",
			"kCFI type hashes: x.o: buffered has no type hash", "kCFI type hashes: x.o: exported has no type hash", "kCFI type hashes: x.o: local has no type hash",
			"indirect calls that kCFI checks: none with the shims", "plain returns: x.o: 4 plain returns",
			"unguarded indirect calls and jumps: x.o: 1 indirect calls and jumps", "sections: x.o: lacks .kcfi_traps", "sections with notes: x.o: lacks .note.gnu.property",
			"sections: x.o: lacks .note.gnu.property",
		}},
		{"hardened", "changed", []string{"kCFI type hashes: x.o: exported has the type hash"}},
		{"hardened", "kcfi", []string{
			"stack protector references: none", "return thunks: none", "indirect thunks: none", "landing pads: x.o: exported", "landing pads: x.o: local",
			"landing pads: x.o: buffered", "plain returns: x.o: 4", "unguarded indirect calls and jumps: x.o: 1", "sections with notes: x.o: lacks", "sections: x.o: lacks .note.gnu.property",
		}},
		{"hardened", "padded", []string{
			"places that ftrace patches: x.o: 0 places in 4 functions, and 4 in 4", "sections: x.o: has __patchable_function_entries besides",
		}},
		{"fentry", "plain", []string{"ftrace calls: none with the shims"}},
		{"plain", "fentry", []string{"ftrace calls: none in the plain build"}},
		{"plain", "sanitized", []string{"KASAN calls: none in the plain build", "KCOV calls: none in the plain build",
			"sections: x.o: has .init_array.1 besides", "sections: x.o: has .fini_array.1 besides"}},
		{"debug", "plain", []string{
			"lacks .debug_abbrev", "lacks .debug_addr", "lacks .debug_aranges", "lacks .debug_frame", "lacks .debug_info", "lacks .debug_line", "lacks .debug_line_str",
			"lacks .debug_loclists", "lacks .debug_str", "lacks .debug_str_offsets", "lacks .llvm_addrsig",
			"functions with lines in debug information: x.o: has no debug information",
		}},
		{"arm64-hardened", "arm64-plain", []string{
			"places that ftrace patches", "landing pads: x.o: buffered", "landing pads: x.o: exported", "landing pads: x.o: local",
			"kCFI type hashes: x.o: buffered", "kCFI type hashes: x.o: exported", "kCFI type hashes: x.o: local", "indirect calls that kCFI checks",
			"sections: x.o: lacks __patchable_function_entries", "sections: x.o: lacks .note.gnu.property", "sections with notes: x.o: lacks",
		}},
	} {
		t.Run(c.plain+"-"+c.shimmed, func(t *testing.T) {
			checks := Compare([]Pair{{Name: "x.o", Plain: facts(t, c.plain), Shimmed: facts(t, c.shimmed)}})
			wrong := Wrong(checks)
			for _, part := range c.wrong {
				found := false
				for i, w := range wrong {
					if strings.Contains(w, part) {
						wrong, found = append(wrong[:i:i], wrong[i+1:]...), true
						break
					}
				}
				if !found {
					t.Errorf("not found: %s", part)
				}
			}
			for _, w := range wrong {
				t.Errorf("found besides: %s", w)
			}
		})
	}
}

// TestTwice checks that a function which calls ftrace twice is found.
func TestTwice(t *testing.T) {
	f := facts(t, "fentry")
	f.Functions["exported"].Traced++
	wrong := Wrong(Compare([]Pair{{Name: "x.o", Plain: facts(t, "fentry"), Shimmed: f}}))
	if len(wrong) != 1 || !strings.Contains(wrong[0], "exported is traced twice") {
		t.Error(wrong)
	}
}

// TestHelpers checks that an object may have the sections of the helpers.
func TestHelpers(t *testing.T) {
	pair := Pair{Name: "x.o", Plain: facts(t, "hardened"), Shimmed: facts(t, "padded"), Helpers: facts(t, "padded")}
	for _, w := range Wrong(Compare([]Pair{pair})) {
		if strings.HasPrefix(w, "sections") {
			t.Error(w)
		}
	}
}

// TestBroughtAlong checks that helpers may bring instrumentation along, and calls that
// the kernel annotates as safe.
func TestBroughtAlong(t *testing.T) {
	pair := Pair{Name: "x.o", Plain: facts(t, "plain"), Shimmed: facts(t, "sanitized"), Helpers: facts(t, "sanitized")}
	for _, w := range Wrong(Compare([]Pair{pair})) {
		if strings.HasPrefix(w, "KASAN calls") || strings.HasPrefix(w, "KCOV calls") {
			t.Error(w)
		}
	}
	pair = Pair{Name: "x.o", Plain: facts(t, "hardened"), Shimmed: facts(t, "hardened")}
	pair.Shimmed.Indirect = 2
	for safe, want := range map[int]int{0: 1, 1: 1, 2: 0, 3: 0} {
		pair.Shimmed.Safe = safe
		if wrong := Wrong(Compare([]Pair{pair})); len(wrong) != want {
			t.Errorf("%d of 2 are safe: %q", safe, wrong)
		}
	}
}

func TestWithoutDisassembly(t *testing.T) {
	data, err := os.ReadFile("testdata/plain.o")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Returns != -1 || f.Indirect != -1 {
		t.Errorf("counted %d returns and %d indirect calls in nothing", f.Returns, f.Indirect)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"plain", "padded", "arm64-hardened", "debug"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".o"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte("\tretq\n\tjmpq\t*%rax\n"))
	}
	f.Fuzz(func(t *testing.T, data, disassembly []byte) {
		if facts, err := Read(data, disassembly); err == nil {
			Compare([]Pair{{Name: "x.o", Plain: facts, Shimmed: facts}})
		}
	})
}
