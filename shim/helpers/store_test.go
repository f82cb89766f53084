// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/shim/kbuild"
)

// stored returns a plan whose bitcode, of the flags base, is in place, and the stamp.
func stored(t *testing.T, change func(*Plan, *Stamp)) (*Plan, *Stamp) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "helpers")
	header := file + ".h"
	if err := os.WriteFile(header, []byte("one"), 0o644); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(header, old, old); err != nil {
		t.Fatal(err)
	}
	p := &Plan{Key: "key", Variant: kbuild.Module, Base: []string{"-O2", "-g0"}, Flags: []string{"-O2"}, Bitcode: file + ".bc", Stamp: file + ".json"}
	st := &Stamp{Schema: stampSchema, Key: p.Key, Base: p.Base, Flags: p.Flags, Begun: time.Now().UnixNano()}
	var err error
	if st.Prerequisites, err = prerequisites([]string{header}); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(p, st)
	}
	if err := st.install(p, []byte("bitcode")); err != nil {
		t.Fatal(err)
	}
	return p, st
}

// TestLoad checks for each thing that bitcode depends on that the bitcode is not used once it is another one.
func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Plan, *Stamp) // before the bitcode is put in place
		after  func(*Plan)
		why    string // "" if it is used
	}{
		{name: "nothing"},
		{name: "no stamp", after: func(p *Plan) { _ = os.Remove(p.Stamp) }, why: "there is none"},
		{name: "no bitcode", after: func(p *Plan) { _ = os.Remove(p.Bitcode) }, why: "the file is gone"},
		{name: "a stamp that is not one", after: func(p *Plan) { _ = os.WriteFile(p.Stamp, []byte("{"), 0o644) }, why: "its stamp is not readable"},
		{name: "an older program's stamp", change: func(_ *Plan, st *Stamp) { st.Schema-- }, why: "its stamp is not readable"},
		{name: "another key", after: func(p *Plan) { p.Key = "other" }, why: "its stamp is not readable"},
		{name: "a directory's additional flags", after: func(p *Plan) { p.Base = append(p.Base, "-Wall") }},
		{name: "additional flags where no directory has any", after: func(p *Plan) { p.Root, p.Base = true, append(p.Base, "-Wall") }, why: "KBUILD_CFLAGS have changed"},
		{name: "the same flags where no directory has any", after: func(p *Plan) { p.Root = true }},
		{name: "a flag less", after: func(p *Plan) { p.Base = p.Base[:1] }, why: "KBUILD_CFLAGS have changed"},
		{name: "another flag", after: func(p *Plan) { p.Base = []string{"-O2", "-g1"} }, why: "KBUILD_CFLAGS have changed"},
		{name: "another flag at the beginning", after: func(p *Plan) { p.Base = []string{"-O3", "-g0", "-Wall"} }, why: "KBUILD_CFLAGS have changed"},
		{name: "the flags in another order", after: func(p *Plan) { p.Base = []string{"-g0", "-O2"} }, why: "KBUILD_CFLAGS have changed"},
		{name: "kbuild's own flags, the same", after: func(p *Plan) { p.Exact = true }},
		{name: "kbuild's own flags, others", after: func(p *Plan) { p.Exact, p.Flags = true, []string{"-O3"} }, why: "kbuild's flags for the helpers have changed"},
		{name: "flags that were put together, others", after: func(p *Plan) { p.Flags = []string{"-O3"} }},
		{name: "a header, changed", after: func(p *Plan) { _ = os.WriteFile(strings.TrimSuffix(p.Bitcode, "bc")+"h", []byte("two"), 0o644) }, why: " has changed"},
		{name: "a header, gone", after: func(p *Plan) { _ = os.Remove(strings.TrimSuffix(p.Bitcode, "bc") + "h") }, why: " has changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := stored(t, c.change)
			if c.after != nil {
				c.after(p)
			}
			st, why, err := p.load()
			if err != nil || (st != nil) != (c.why == "") || c.why != "" && !strings.Contains(why, c.why) {
				t.Errorf("used: %t, because %q, %v; want %q", st != nil, why, err, c.why)
			}
		})
	}
}

// TestLoadDamaged checks that bitcode which is not the one of its stamp is neither used nor made again silently.
func TestLoadDamaged(t *testing.T) {
	for _, text := range []string{"bitcod", "bitcode!", "bitc0de", ""} {
		p, _ := stored(t, nil)
		if err := os.WriteFile(p.Bitcode, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if st, why, err := p.load(); st != nil || !errors.Is(err, errDamaged) {
			t.Errorf("%q: used: %t, because %q, %v", text, st != nil, why, err)
		}
	}
}

// TestInstall checks that bitcode which comes out the same keeps its file, because crates depend on its time.
func TestInstall(t *testing.T) {
	p, st := stored(t, nil)
	before, err := os.Stat(p.Bitcode)
	if err != nil {
		t.Fatal(err)
	}
	for text, same := range map[string]bool{"bitcode": true} {
		if err := st.install(p, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if now, err := os.Stat(p.Bitcode); err != nil || os.SameFile(before, now) != same {
			t.Errorf("%q: the same file: %t, %v", text, !same, err)
		}
	}
	if err := st.install(p, []byte("another")); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(p.Bitcode); err != nil || string(data) != "another" || st.Size != 7 {
		t.Errorf("%q, %v, %d bytes", data, err, st.Size)
	}
	if now, why, err := p.load(); err != nil || now == nil {
		t.Errorf("it is not used: %q, %v", why, err)
	}
	// The stamp cannot be removed: it is a directory with something in it.
	_ = os.Remove(p.Stamp)
	if err := os.MkdirAll(filepath.Join(p.Stamp, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := st.install(p, []byte("third")); err == nil {
		t.Error("a stamp that cannot be removed is no error")
	}
	if data, _ := os.ReadFile(p.Bitcode); string(data) != "another" {
		t.Errorf("the bitcode is replaced beside a stamp of another one: %q", data)
	}
}

// TestDropOthers checks that the bitcode of another variant is rebuilt if it is of other KBUILD_CFLAGS, and only then.
func TestDropOthers(t *testing.T) {
	for _, c := range []struct {
		base []string
		gone bool
	}{{[]string{"-O2", "-g0"}, false}, {[]string{"-O2"}, true}, {[]string{"-g0", "-O2"}, true}} {
		p, _ := stored(t, nil)
		(&Plan{Base: c.base, Others: []string{p.Stamp, p.Stamp + ".gone"}}).dropOthers()
		if _, err := os.Stat(p.Stamp); (err != nil) != c.gone {
			t.Errorf("%q: %v", c.base, err)
		}
	}
	p, _ := stored(t, nil)
	if err := os.WriteFile(p.Stamp, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	(&Plan{Others: []string{p.Stamp}}).dropOthers()
	if _, err := os.Stat(p.Stamp); err != nil {
		t.Errorf("what is no stamp: %v", err)
	}
}

// TestKnown checks when it matters that the helpers' flags cannot be put together.
func TestKnown(t *testing.T) {
	p, _ := stored(t, nil)
	if err := p.MakingError(); err != nil {
		t.Error(err)
	}
	p.Unknown = errors.New("unknown")
	if err := p.MakingError(); err != nil {
		t.Errorf("with bitcode: %v", err)
	}
	_ = os.Remove(p.Stamp)
	if err := p.MakingError(); err != p.Unknown {
		t.Errorf("without bitcode: %v", err)
	}
}

// TestLinkOrCopy checks that a file gets its second name, also where there is something of that name.
func TestLinkOrCopy(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	for name, text := range map[string]string{from: "new", to: "old"} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := linkOrCopy(from, to); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(to); err != nil || string(data) != "new" {
		t.Errorf("copied: %q, %v", data, err)
	}
	if err := linkOrCopy(from, to+"2"); err != nil {
		t.Fatal(err)
	}
	a, errA := os.Stat(from)
	if b, errB := os.Stat(to + "2"); errA != nil || errB != nil || !os.SameFile(a, b) {
		t.Errorf("not linked: %v, %v", errA, errB)
	}
	if err := linkOrCopy(from+".gone", to); err == nil {
		t.Error("a file that is gone is no error")
	}
}

// TestCleanKilled checks that what killed runs have left is removed, and nothing else: another process may make the other variant.
func TestCleanKilled(t *testing.T) {
	p, _ := stored(t, nil)
	dir := filepath.Dir(p.Bitcode)
	left := map[string]bool{
		".tmp_lto_wrap_helpers_module_0123456789ab.new.ll": false, ".tmp_lto_wrap_helpers_module_0123456789ab.bc": true,
		".tmp_lto_wrap_helpers_builtin_0123456789ab.new.ll": true, ".tmp_lto_wrap_helpers_module.lock": true, "helpers.new.ll": true,
	}
	for name := range left {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.cleanKilled()
	for name, want := range left {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
}
