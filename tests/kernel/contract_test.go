// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/tests/lab"
)

// contracts: a build_assert! that rustc's limits for inlining resolve is resolved by the
// shims, too, in an external module, and the record says how (ownMeaning loads that module). One that nothing resolves
// is reported by modpost, with the message and the status of the plain build. No object of
// the kernel is compiled twice to find out.
func (k *kernelBuild) contracts(t *testing.T) {
	const source, object, symbol = "lab_contract.rs", "lab_contract.o", "rust_build_error"
	dir := k.l.Tree()
	if err := os.CopyFS(k.l.Path(dir), os.DirFS("testdata/contract")); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(k.l.Path(dir), name) }
	command := k.l.ExternalMake(k.Version, dir)
	build := func(ab string) (out string, code int) {
		out, errs, code := k.l.Run(lab.Options{Obj: k.plain.Obj, AB: ab}, command)
		return out + errs, code
	}
	needs := func() bool {
		o, err := lab.ReadObject(file(object))
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range o.Undefined {
			if u == symbol {
				return true
			}
		}
		return false
	}
	clean := func() {
		if out, errs, code := k.l.Run(lab.Options{Obj: k.plain.Obj}, strings.Replace(command, " modules", " clean", 1)); code != 0 {
			t.Fatalf("clean: status %d\n%s", code, out+errs)
		}
	}
	if out, code := build(""); code != 0 || needs() {
		t.Fatalf("the plain build: status %d\n%s", code, lab.Tail(out))
	}
	clean()
	if out, code := build(k.shims); code != 0 || strings.Contains(out, symbol) || needs() {
		t.Fatalf("with the shims: status %d\n%s", code, lab.Tail(out))
	}
	if rec, err := record.Read(file(object)); err != nil || rec.Contract == nil || rec.Contract.Form != record.LLVMLimits || strings.Join(rec.Contract.Symbols, " ") != symbol {
		t.Errorf("the record: %v, %+v", err, rec)
	}

	// Nothing resolves this one.
	text, err := os.ReadFile(file(source))
	if err == nil {
		err = os.WriteFile(file(source), []byte(strings.Replace(string(text), "at + inv == 7", "at + inv == 8", 1)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	message := func(out string) (lines []string) {
		for l := range strings.Lines(out) {
			if strings.Contains(l, symbol) {
				lines = append(lines, l)
			}
		}
		return lines
	}
	clean()
	plain, status := build("")
	clean()
	out, code := build(k.shims)
	if status == 0 || code != status || len(message(plain)) == 0 || strings.Join(message(out), "") != strings.Join(message(plain), "") || strings.Contains(out, "lto-wrap") {
		t.Errorf("the plain build has status %d and says\n%s\nwith the shims, status %d and\n%s", status, lab.Tail(plain), code, lab.Tail(out))
	}
	if rec, err := record.Read(file(object)); err != nil || rec.Contract != nil || rec.Pipeline != "early" {
		t.Errorf("the record: %v, %+v", err, rec)
	}

	// No object of the kernel's own was compiled twice to find out.
	for _, o := range k.rewritten(t) {
		if rec := k.record(t, o); rec.Contract != nil || rec.Pipeline != "" && strings.Count(stepNames(rec), "rustc") > 1 {
			t.Errorf("%s: the steps %s, the contract %+v", o, stepNames(rec), rec.Contract)
		}
	}
}

func stepNames(rec *record.Record) string {
	var names []string
	for _, s := range rec.Steps {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}
