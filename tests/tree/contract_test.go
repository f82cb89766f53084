// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/formats/record"
)

// asserting returns Rust code with a function that calls a symbol which nothing
// defines, unless condition holds for its arguments, as build_assert! does. rounds is its
// size. It is called four times, with at + inv == 7; through is called in each round.
func asserting(prefix, condition, through string, rounds int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `
extern "C" {
    fn nothing_defines_this() -> !;
}

fn mix(v: &mut [u64; 8], at: usize, inv: usize, k: u64) -> u64 {
    if !(%s) {
        unsafe { nothing_defines_this() }
    }
    let mut h = k ^ v[at & 7];
`, condition)
	for i := range rounds {
		fmt.Fprintf(&b, "    h = h.rotate_left(%d).wrapping_mul(0x9e3779b97f4a7c15) ^ v[(at + %d) & 7] ^ %s(h >> %d);\n", 5+i%40, 1+i%7, through, 20+i)
	}
	fmt.Fprintf(&b, `    v[at & 7] = h;
    h
}

#[no_mangle]
pub extern "C" fn %[1]s_mixed(v: &mut [u64; 8], k: u64) -> u64 {
    let mut s = mix(v, 0, 7, k);
    s ^= mix(v, 1, 6, s);
    s ^= mix(v, 2, 5, s);
    s ^ mix(v, 3, 4, s)
}
`, prefix)
	return b.String()
}

// edit adds text to a file of the tree, which is that of testdata otherwise.
func (r *runner) edit(file, text string) {
	r.t.Helper()
	was, err := os.ReadFile(filepath.Join("testdata/tree", file))
	if err == nil {
		err = os.WriteFile(filepath.Join(r.host, file), append(was, text...), 0o644)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *runner) record(object string) *record.Record {
	r.t.Helper()
	rec, err := record.Read(filepath.Join(r.host, object))
	if err != nil {
		r.t.Fatal(err)
	}
	return rec
}

// steps are the names of the steps in a record.
func steps(rec *record.Record) string {
	var names []string
	for _, s := range rec.Steps {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}

// TestContract: code that the optimiser must remove for the program to be linked is
// removed, if rustc alone removes it, in a built-in crate and in a module. The record
// says in which form the object was made, and the next compilation begins with it.
func TestContract(t *testing.T) {
	r := newTree(t)
	const holds = "at + inv == 7"
	helper := `
unsigned long long rust_helper_stir(unsigned long long h)
{
	for (int i = 0; i < 3; i++)
		h = (h ^ (h >> 27) ^ (h << (i + 3))) * 0x94d049bb133111ebULL + (h % (i + 11)) * (h / (i + 13)) + (h & 0xff ? h % 77 : h % 91);
	return h;
}
`
	declaration := "\nextern \"C\" {\n    #[link_name = \"rust_helper_stir\"]\n    pub fn stir(h: u64) -> u64;\n}\n"
	for _, c := range []struct {
		name, source, object, text, env string
		form, steps, again              string
	}{
		{name: "not needed", source: "drivers/driver.rs", object: "drivers/driver.o",
			text: asserting("driver", holds, "core::convert::identity", 1), steps: "rustc clang", again: "rustc clang"},
		{name: "limits, module", source: "drivers/driver.rs", object: "drivers/driver.o",
			text: asserting("driver", holds, "core::convert::identity", 10), form: record.LLVMLimits, steps: "rustc clang rustc clang", again: "rustc clang"},
		{name: "limits, built in", source: "rust/kernel.rs", object: "rust/kernel.o",
			text: asserting("kernel", holds, "core::convert::identity", 10), form: record.LLVMLimits, steps: "rustc clang rustc clang", again: "rustc clang"},
		{name: "limits, size", source: "drivers/driver.rs", object: "drivers/driver.o", env: "LTO_WRAP_OPTIMIZE=size",
			text: asserting("driver", holds, "core::convert::identity", 10), form: record.LLVMLimits, steps: "rustc clang rustc clang", again: "rustc clang"},
		// rustc inlines the function with the calls in it, and clang the larger one with the
		// helpers in their place does not.
		{name: "late", source: "drivers/driver.rs", object: "drivers/driver.o",
			text: "fn stir(h: u64) -> u64 {\n    unsafe { kernel::bindings::stir(h) }\n}\n" + asserting("driver", holds, "stir", 4),
			form: record.Late, steps: "rustc clang rustc clang rustc clang", again: "rustc clang"},
		{name: "late is asked for", source: "drivers/driver.rs", object: "drivers/driver.o", env: "LTO_WRAP_PIPELINE=late",
			text: asserting("driver", holds, "core::convert::identity", 10), steps: "rustc clang", again: "rustc clang"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &runner{t, r.host, r.inside, r.bin, r.lab}
			r.mustMake(nil, "make -s clean")
			r.edit("rust/kernel.rs", "")
			r.edit("drivers/driver.rs", "")
			r.edit("rust/helpers/numbers.c", helper)
			r.edit("rust/bindings.rs", declaration)
			r.edit(c.source, c.text)
			r.mustMake(nil, plainMake)
			r.mustMake(nil, "make -s clean")
			env := strings.Fields(c.env)
			r.mustMake(env, r.shimMake())
			rec := r.record(c.object)
			var want *record.Contract
			if c.form != "" {
				want = &record.Contract{Form: c.form, Symbols: []string{"nothing_defines_this"}}
				if rec.Contract != nil {
					want.Key = rec.Contract.Key
				}
			}
			if d := cmp.Diff(want, rec.Contract); d != "" {
				t.Fatalf("the contract (-want +got):\n%s", d)
			}
			if got := steps(rec); got != c.steps {
				t.Errorf("the steps are %q, want %q", got, c.steps)
			}
			for _, left := range r.helpers(c.object) {
				if strings.HasPrefix(left, "rust_helper_kind ") || strings.HasPrefix(left, "rust_helper_stir ") {
					t.Errorf("a helper is left: %s", left)
				}
			}
			if left := r.intermediates(); left != nil {
				t.Errorf("left behind: %v", left)
			}
			// A second make has nothing to do; a changed source begins with what worked.
			before := r.identities()
			r.mustMake(env, r.shimMake())
			if d := cmp.Diff(before, r.identities()); d != "" {
				t.Errorf("a second make makes again:\n%s", d)
			}
			r.mustMake(env, "touch "+c.source+" && "+r.shimMake())
			if again := r.record(c.object); steps(again) != c.again || c.form != "" && (again.Contract == nil || again.Contract.Form != c.form || again.Contract.Kept != 1) {
				t.Errorf("the steps of the next compilation are %q, want %q; the contract is %+v", steps(again), c.again, again.Contract)
			}
		})
	}
}

// TestContractBroken: where rustc alone leaves the symbol, too, the error is the crate's
// own. It is the linker's message, as with the unwrapped tools, and the object is made in
// the usual form. Once it is mended, the crate is compiled in the usual way.
func TestContractBroken(t *testing.T) {
	r := newTree(t)
	broken := asserting("driver", "at + inv == 8", "core::convert::identity", 10)
	r.edit("drivers/driver.rs", broken)
	const symbol = "undefined reference to `nothing_defines_this'"
	plain, status := r.sh(nil, plainMake)
	if status == 0 || !strings.Contains(plain, symbol) {
		t.Fatalf("the plain build: status %d\n%s", status, plain)
	}
	r.mustMake(nil, "make -s clean")
	out, got := r.sh(nil, r.shimMake())
	if got != status || !strings.Contains(out, symbol) || strings.Contains(out, "lto-wrap") {
		t.Errorf("status %d, want %d\n%s", got, status, out)
	}
	if rec := r.record("drivers/driver.o"); rec.Contract != nil || rec.Pipeline != "early" || steps(rec) != "rustc clang rustc" {
		t.Errorf("the record: %+v", rec)
	}
	// What is mended needs rustc's limits.
	r.edit("drivers/driver.rs", strings.ReplaceAll(broken, "at + inv == 8", "at + inv == 7"))
	r.mustMake(nil, r.shimMake())
	if rec := r.record("drivers/driver.o"); rec.Contract == nil || rec.Contract.Form != record.LLVMLimits {
		t.Errorf("the record: %+v", rec)
	}
	// Nothing refers to the symbol any more: the usual form is back at once.
	r.edit("drivers/driver.rs", "")
	r.mustMake(nil, r.shimMake()+" drivers/driver.o")
	if rec := r.record("drivers/driver.o"); rec.Contract != nil || steps(rec) != "rustc clang" {
		t.Errorf("the record: %+v", rec)
	}
}
