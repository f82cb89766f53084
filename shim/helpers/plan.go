// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// Plan says how one variant of the helpers becomes bitcode: the commands and files,
// as data.
type Plan struct {
	Variant kbuild.Variant `json:"variant"`
	// Source is the helpers source, Bitcode is the resulting file, and Stamp is the
	// file with its [Stamp].
	Source  string `json:"source"`
	Bitcode string `json:"bitcode"`
	Stamp   string `json:"stamp"`
	// Packaged is set if the bitcode comes from the kernel's package. There is nothing
	// to make then, and the fields below are empty.
	Packaged bool `json:"packaged,omitempty"`
	// Exports is the file for the list of symbols that modules can see. It is ""
	// except for the module variant in a kernel build.
	Exports string `json:"exports,omitempty"`
	// Exact is set if Flags come from kbuild's own compilation of the helpers.
	// Otherwise they were assembled from the variables that kbuild exports.
	Exact bool `json:"exact"`
	// Unknown is the failure where these flags cannot be assembled: see
	// [kbuild.Environment.Instrumentation]. Bitcode that was made from kbuild's own
	// compilation can be used.
	Unknown error    `json:"-"`
	Flags   []string `json:"flags"`
	// Key identifies what the bitcode depends on in addition to the contents of files and
	// KBUILD_CFLAGS: settings, tools, kbuild's other flags.
	Key string `json:"key"`
	// Base is the part of KBUILD_CFLAGS that affects bitcode, nil for an external module,
	// whose Flags are the kernel's. Each level of
	// kbuild's recursion appends to KBUILD_CFLAGS (warnings, subdir-ccflags-y). A
	// bitcode can therefore be used in every directory whose Base begins with that of
	// the bitcode. A change of the kernel's Makefile may look the same.
	Base []string `json:"base"`
	// Root is set where no directory has appended anything: for the helpers' object, and for
	// crates in rust/. kbuild makes these before all others, and again when KBUILD_CFLAGS
	// change. There, Base must be that of the bitcode, and Others, the stamps of the other
	// variants, are removed if they have another one.
	Root   bool     `json:"-"`
	Others []string `json:"-"`
	// IR, Deps, Treated, Fresh and Object are the intermediate files: the IR text
	// from clang, its dependencies, the edited text, the new bitcode, and (module
	// variant) the object that shows which symbols each helper needs.
	IR, Deps, Treated, Fresh, Object string
	// Compile makes IR, Assemble makes Fresh, and Inspect makes Object.
	Compile, Assemble, Inspect host.Step
}

// NewPlan plans one variant, for a crate's object. exact is kbuild's own command line
// for the helpers, nil if it is unknown.
func NewPlan(c *compilation.Context, v kbuild.Variant, object string, exact *argv.CC) (*Plan, error) {
	s, kb, t := c.Settings, c.Kbuild, c.Tools
	p := &Plan{Variant: v, Exact: exact != nil}
	var err error
	if exact != nil {
		p.Source = exact.Inputs[0]
	} else if p.Source, err = findSource(c.Host, s, kb); err == nil && kb.Extmod != "" {
		exact, err = kernelsCommand(kb, p.Source)
		p.Exact = true
	}
	if err != nil {
		var missing *host.Failure
		if errors.As(err, &missing) && missing.Foreign {
			return packagedPlan(c, v, missing)
		}
		return nil, err
	}
	instrumentation, unknown, err := kb.Instrumentation(c.Host)
	if err != nil {
		return nil, err
	}
	if exact == nil {
		p.Unknown = unknown
	}
	builtin := exact
	if builtin == nil {
		builtin = argv.ParseCC(exportedFlags(kb, p.Source, instrumentation))
	}
	flags := builtin
	if v == kbuild.Module {
		flags = argv.ParseCC(argv.ModuleVariant(builtin.Args, kb.Kernel, kb.Module))
	}
	flags = argv.ParseCC(slices.Concat(t.CompilerFlags, flags.Args))
	if p.Flags, err = t.ClangFlags(c.Host, flags.ForBitcode(slices.Concat(s.Drop, kb.LTO))); err != nil {
		return nil, err
	}

	if kb.Extmod == "" {
		p.Base = argv.ParseCC(kb.Cflags).ForBitcode(slices.Concat(s.Drop, kb.LTO))
		p.Key = key(c, v, instrumentation, unknown)
	} else {
		p.Key = kernelsKey(c, v, p.Flags)
	}
	base := storePath(kb, p.Source, v, p.Key)
	p.Bitcode, p.Stamp = base+".bc", base+".json"
	if p.Root = kb.Extmod == "" && (exact != nil || filepath.Clean(filepath.Dir(object)) == filepath.Clean(rustDir(kb, p.Source))); p.Root {
		for _, other := range kb.Variants() {
			if other != v {
				p.Others = append(p.Others, storePath(kb, p.Source, other, key(c, other, instrumentation, unknown))+".json")
			}
		}
	}
	if v == kbuild.Module && kb.Extmod == "" {
		p.Exports = base + ".exports"
	}
	p.IR, p.Deps, p.Treated, p.Fresh, p.Object = base+".new.ll", base+".new.d", base+".new.treated.ll", base+".new.bc", base+".new.o"
	p.Compile = host.NewStep("clang", t.Clang.Argv, p.Flags, compilation.NoTempFile,
		[]string{"-g0", "-w", "-S", "-emit-llvm", "-MD", "-MF", p.Deps, "-MT", "helpers", "-o", p.IR, p.Source})
	codegen, err := c.CodegenFlags(v)
	if err != nil {
		return nil, err
	}
	p.Assemble = c.Assemble(codegen, p.Treated, p.Fresh)
	if v == kbuild.Module {
		p.Inspect = c.Generate(codegen, p.IR, p.Object)
	}
	return p, nil
}

// storePath returns the path of a bitcode file and of the files beside it, without their
// extensions.
func storePath(kb *kbuild.Environment, source string, v kbuild.Variant, key string) string {
	return filepath.Join(kb.StoreDir(source), fmt.Sprintf("%s%s_%.12s", storePrefix, v, key))
}

// storePrefix is how the names of bitcode files, and of the files beside them, begin. kbuild's make clean removes .tmp_*.
const storePrefix = ".tmp_lto_wrap_helpers_"

// MakingError returns the failure that keeps the bitcode from being made, nil if it can be
// made or is there.
func (p *Plan) MakingError() error {
	if p.Unknown == nil {
		return nil
	}
	if st, _, err := p.load(); err == nil && st != nil {
		return nil
	}
	return p.Unknown
}
