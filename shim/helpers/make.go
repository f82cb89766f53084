// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/depinfo"
	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// make compiles the helpers, edits the IR text, and puts bitcode and stamp in
// place. The caller holds the lock of the variant.
func (p *Plan) make(c *compilation.Context) (*Stamp, error) {
	clean := func() {
		for _, f := range []string{p.IR, p.Deps, p.Treated, p.Object, p.Fresh} {
			if !c.Settings.Keep {
				_ = os.Remove(f)
			}
		}
	}
	defer clean()
	if !c.Settings.Keep {
		p.cleanKilled()
	}
	st := &Stamp{Schema: stampSchema, Key: p.Key, Variant: p.Variant, Exact: p.Exact, Flags: p.Flags, Base: p.Base, Clang: c.Tools.Clang.Version, Linkage: string(c.Settings.Linkage), Inline: c.Settings.Inline(), Drop: c.Settings.Drop, Compiler: compilerDescription(c.Tools), Begun: host.FileTime()}
	if err := p.do(c, p.Compile, p.IR); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(p.IR)
	if err != nil {
		return nil, p.unusable(p.IR, err)
	}
	ir, err := llvmir.Parse(text)
	if err != nil {
		return nil, p.unusable(p.IR, err)
	}
	st.Types, st.Calls = ir.Types(), ir.Remain()
	options := llvmir.Options{Linkage: c.Settings.Linkage, AlwaysInline: c.Settings.Always, Calls: map[string]bool{}}
	if p.Variant == kbuild.Module {
		if err := p.do(c, p.Inspect, p.Object); err != nil {
			return nil, err
		}
		g, err := newModuleSymbols(c.Kbuild, ir, p.Object)
		if err != nil {
			return nil, p.unusable(p.Object, err)
		}
		if p.Exports != "" {
			if err := host.WriteFile(p.Exports, []byte(g.exported.Text())); err != nil {
				return nil, host.FileFailure("cannot write the list of exported symbols", err)
			}
		}
		st.Needs, st.Uses, st.Visible, st.Exporters, st.Candidates = g.withheld, g.uses, g.visible, g.exporters, g.futureExporters
		if st.ExportFiles, err = st.exportFiles(); err != nil {
			return nil, host.FileFailure("a file that exports symbols", err)
		}
		for helper, needs := range g.withheld {
			if _, ok := st.Calls[helper]; !ok {
				st.Calls[helper] = remains.Reason{Kind: remains.NotExported, Symbol: needs[0]}
			}
		}
		options.Invisible = g.invisible
	}
	st.Helpers = ir.Helpers()
	for helper := range st.Calls {
		options.Calls[helper] = true
	}
	if err := os.WriteFile(p.Treated, ir.Apply(options), 0o644); err != nil {
		return nil, host.FileFailure("cannot write the helpers' IR", err)
	}
	if err := p.do(c, p.Assemble, p.Fresh); err != nil {
		return nil, err
	}
	made, err := os.ReadFile(p.Fresh)
	if err == nil {
		_, err = bitcode.Parse(made)
	}
	if err != nil {
		return nil, p.unusable(p.Fresh, err)
	}
	deps, err := os.ReadFile(p.Deps)
	if err != nil {
		return nil, p.unusable(p.Deps, err)
	}
	files := depinfo.Prerequisites(string(deps))
	if k := c.Kbuild.Kernels; k != nil {
		files = append(files, k.File)
	}
	if st.Prerequisites, err = prerequisites(files); err != nil {
		return nil, host.FileFailure("a prerequisite of the helpers", err)
	}
	st.distrust(time.Now())
	// The intermediate files are removed before the stamp makes the bitcode usable.
	// With an up-to-date stamp in place, no later run would remove the files of a
	// killed run.
	clean()
	if err := st.install(p, made); err != nil {
		return nil, err
	}
	c.Log.Info("helpers bitcode made", host.Fields{"bitcode": p.Bitcode, "variant": p.Variant, "helpers": len(st.Helpers), "calls": len(st.Calls), "exact": p.Exact})
	return st, nil
}

// cleanKilled removes the intermediate files of runs that SIGKILL ended while they made bitcode of this variant, perhaps with other
// settings. Nobody else makes it now: the caller holds the lock of the variant.
func (p *Plan) cleanKilled() {
	dir := filepath.Dir(p.Bitcode)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the files only take up space
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), storePrefix+string(p.Variant)+"_") && strings.Contains(e.Name(), ".new.") {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// do runs a step that must write the file out.
func (p *Plan) do(c *compilation.Context, s host.Step, out string) error {
	_, err := c.Do(s, out, p.Source+" (the helpers bitcode, "+string(p.Variant)+" variant)")
	return host.AsInlining(err)
}

func (p *Plan) unusable(file string, err error) error {
	return &host.Failure{What: fmt.Sprintf("cannot use %s, made from %s: %v", file, p.Source, err), Command: p.Compile.Argv, Status: 1, Inlining: true}
}
