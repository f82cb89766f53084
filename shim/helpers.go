package shim

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/depinfo"
	"rustc-lto-wrap/shim/formats/llvmir"
)

// HelpersPlan is how one variant of the helpers becomes bitcode: the commands
// and files, as data.
type HelpersPlan struct {
	Variant Variant `json:"variant"`
	// Source is the helpers source, Bitcode the file that results, Stamp what
	// is known of it.
	Source  string `json:"source"`
	Bitcode string `json:"bitcode"`
	Stamp   string `json:"stamp"`
	// Exports is where the symbols that modules can see are written down, for the
	// module variant in a kernel build; "" otherwise.
	Exports string `json:"exports,omitempty"`
	// Exact is set when Flags come from kbuild's own compilation of the helpers;
	// otherwise they were put together from what kbuild exports.
	Exact bool     `json:"exact"`
	Flags []string `json:"flags"`
	// Key tells what the bitcode depends on besides the contents of files and
	// KBUILD_CFLAGS: settings, tools, kbuild's other flags.
	Key string `json:"key"`
	// Base is what of KBUILD_CFLAGS matters to bitcode. It is a list that grows:
	// each level of kbuild's recursion appends to it (warnings, subdir-ccflags-y),
	// so a bitcode is good for every folder whose Base begins with its own.
	Base []string `json:"base"`
	// IR, Deps, Treated, Fresh and Object are the intermediate files: the text
	// as clang gives it, its dependencies, the treated text, the new bitcode, and
	// (module variant) the object that shows what each helper needs.
	IR, Deps, Treated, Fresh, Object string
	// Steps are the commands, in order.
	Compile, Assemble, Inspect Step
}

// Step is a command of a plan.
type Step struct {
	// Name is how messages and records call the step: "rustc", "llvm-link", …
	Name string   `json:"name"`
	Argv []string `json:"argv"`
}

// helpersSource finds the helpers source of a tree, by the known suffixes.
func helpersSource(s *Settings, kb *Kbuild) (string, error) {
	for _, suffix := range s.Helpers {
		p := filepath.Join(kb.Srctree, suffix)
		if strings.HasPrefix(suffix, "/") {
			p = suffix
		}
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", inliningFailure("name it in LTO_WRAP_HELPERS, or give LTO_WRAP=try to compile plainly where there is none",
		"the tree %s has no helpers source: there is no %s in it", kb.Srctree, strings.Join(s.Helpers, " and no "))
}

// exportedFlags puts together, from what kbuild exports, the flags with which it
// compiles the helpers for a built-in object: c_flags in the kernel's
// scripts/Makefile.lib. What kbuild adds for one object (CFLAGS_helpers.o, the
// flags of sanitizers) is not exported, and is missing here.
func exportedFlags(kb *Kbuild, source string) []string {
	dir := strings.TrimSuffix(filepath.ToSlash(kb.helpersDir(source)), "/helpers")
	// The name of what the object belongs to has a prefix in 6.12 and none in 7.3.
	modname := "helpers"
	if lib, err := os.ReadFile(filepath.Join(kb.Srctree, "scripts/Makefile.lib")); err == nil && bytes.Contains(lib, []byte("__KBUILD_MODNAME=kmod_")) {
		modname = "kmod_helpers"
	}
	return slices.Concat(kb.Nostdinc, kb.Include,
		[]string{"-include", filepath.Join(kb.Srctree, "include/linux/compiler_types.h")},
		kb.Cppflags, kb.Cflags,
		[]string{"-I" + filepath.Join(kb.Srctree, "rust"), "-I" + dir},
		kb.Kernel,
		[]string{`-DKBUILD_MODFILE="rust/helpers"`, `-DKBUILD_BASENAME="helpers"`, `-DKBUILD_MODNAME="helpers"`, "-D__KBUILD_MODNAME=" + modname})
}

// planHelpers plans one variant. exact is kbuild's own command line for the
// helpers, nil where it is not known.
func planHelpers(h Host, s *Settings, kb *Kbuild, t *Toolchain, v Variant, exact *argv.CC) (*HelpersPlan, error) {
	p := &HelpersPlan{Variant: v, Exact: exact != nil}
	var err error
	if exact != nil {
		p.Source = exact.Inputs[0]
	} else if p.Source, err = helpersSource(s, kb); err != nil {
		return nil, err
	}
	builtin := exact
	if builtin == nil {
		builtin = argv.ParseCC(exportedFlags(kb, p.Source))
	}
	flags := builtin
	if v == Module {
		flags = argv.ParseCC(argv.ModuleVariant(builtin.Args, kb.Kernel, kb.Module))
	}
	if p.Flags, err = t.clangFlags(h, flags.ForBitcode(slices.Concat(s.Drop, kb.LTO))); err != nil {
		return nil, err
	}

	p.Base = argv.ParseCC(kb.Cflags).ForBitcode(slices.Concat(s.Drop, kb.LTO))
	p.Key = helpersKey(h, s, t, v)
	base := filepath.Join(kb.storeDir(p.Source), fmt.Sprintf(".tmp_lto_wrap_helpers_%s_%.12s", v, p.Key))
	p.Bitcode, p.Stamp = base+".bc", base+".json"
	if v == Module && kb.Extmod == "" {
		p.Exports = base + ".exports"
	}
	p.IR, p.Deps, p.Treated, p.Fresh, p.Object = base+".new.ll", base+".new.d", base+".new.treated.ll", base+".new.bc", base+".new.o"
	p.Compile = Step{"clang", slices.Concat(t.Clang.Argv, p.Flags,
		noTempFile, []string{"-g0", "-w", "-S", "-emit-llvm", "-MD", "-MF", p.Deps, "-MT", "helpers", "-o", p.IR, p.Source})}
	p.Assemble = Step{"llvm-as", slices.Concat(t.LLVMAs.Argv, []string{p.Treated, "-o", p.Fresh})}
	if v == Module {
		codegen, err := codegenFlags(h, s, kb, t, v)
		if err != nil {
			return nil, err
		}
		p.Inspect = Step{"clang", slices.Concat(t.Clang.Argv, codegen, []string{"-x", "ir", "-c", p.IR, "-o", p.Object})}
	}
	return p, nil
}

// helpersKey tells apart the bitcodes that one object tree may hold.
func helpersKey(h Host, s *Settings, t *Toolchain, v Variant) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n%s\n%s\n%t\n%q\n%q\n", stampSchema, v, s.Linkage, s.Always, s.Drop, s.Helpers)
	fmt.Fprintf(&b, "%s\n%s\n%v\n", identity(h, t.Clang.Argv), t.Clang.Version, t.Foreign != nil)
	for _, name := range kbuildVariables {
		fmt.Fprintf(&b, "%s=%s\n", name, h.Getenv(name))
	}
	return hash(b.Bytes())
}

// noTempFile has clang write where it is told to, and not by way of a file of
// its own naming beside it (-fno-temp-file in clang/include/clang/Driver/Options.td): one
// that is killed leaves that file, and no later run would know its name. What it
// writes here are intermediate files anyhow.
var noTempFile = []string{"-fno-temp-file"}

// codegenFlags are clang's flags for turning bitcode into an object: kbuild's
// own for that variant, without link-time optimisation. LTO_WRAP_CFLAGS is to come
// behind them.
//
// -Wno-override-module: kbuild's --target and the triple in rustc's bitcode are
// spelt differently. -Wno-unused-command-line-argument: most of KBUILD_CFLAGS
// speak to the C front end, and CLANG_FLAGS make that an error. The two -mllvm
// options give what rustc asks for (TargetOptions in
// rustc_target::spec: TrapUnreachable, NoTrapAfterNoreturn) and clang does not;
// without them objtool walks from an impossible path into the next function.
func codegenFlags(h Host, s *Settings, kb *Kbuild, t *Toolchain, v Variant) ([]string, error) {
	f, err := t.clangFlags(h, slices.Concat(kb.ClangFlags, argv.Without(kb.Cflags, kb.LTO), kb.flags(v)))
	if err != nil {
		return nil, err
	}
	f = slices.Concat(f, noTempFile,
		[]string{"-Wno-override-module", "-Wno-unused-command-line-argument",
			"-mllvm", "-trap-unreachable", "-mllvm", "-no-trap-after-noreturn"})
	if !s.Always {
		// clang lists target features that rustc leaves implied, which
		// TargetTransformInfo::areInlineCompatible takes for a difference.
		f = append(f, "-mllvm", "-ignore-tti-inline-compatible")
	}
	return f, nil
}

// helpersMaker carries out a plan.
type helpersMaker struct {
	h    Host
	tool Tool
	s    *Settings
	kb   *Kbuild
	t    *Toolchain
	log  *logger
}

// make compiles the helpers, treats their text, and puts bitcode and stamp in
// place. The caller holds the lock of the variant.
func (m *helpersMaker) make(p *HelpersPlan) (*Stamp, error) {
	clean := func() {
		for _, f := range []string{p.IR, p.Deps, p.Treated, p.Object, p.Fresh} {
			if !m.s.Keep {
				_ = os.Remove(f)
			}
		}
	}
	defer clean()
	st := &Stamp{Schema: stampSchema, Key: p.Key, Variant: p.Variant, Exact: p.Exact, Flags: p.Flags, Base: p.Base, Clang: m.t.Clang.Version, Begun: fileTime()}
	if err := m.step(p, p.Compile, p.IR); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(p.IR)
	if err != nil {
		return nil, m.unusable(p, p.IR, err)
	}
	ir, err := llvmir.Parse(text)
	if err != nil {
		return nil, m.unusable(p, p.IR, err)
	}
	options := llvmir.Options{Linkage: m.s.Linkage, AlwaysInline: m.s.Always}
	if p.Variant == Module {
		if err := m.step(p, p.Inspect, p.Object); err != nil {
			return nil, err
		}
		g, err := inspectModule(m.kb, ir, p.Object)
		if err != nil {
			return nil, m.unusable(p, p.Object, err)
		}
		if p.Exports != "" {
			if err := writeFile(p.Exports, []byte(g.exported.Text())); err != nil {
				return nil, fileFailure("cannot write down what modules can see", err)
			}
		}
		st.Withheld, st.Visible = g.withheld, g.visible
		options.Withhold, options.Invisible = g.names(), g.invisible
	}
	for _, helper := range ir.Helpers() {
		st.Helpers = append(st.Helpers, helper.Name)
		if helper.NoInline {
			st.NoInline = append(st.NoInline, helper.Name)
		}
	}
	if err := os.WriteFile(p.Treated, ir.Apply(options), 0o644); err != nil {
		return nil, fileFailure("cannot write the helpers' IR", err)
	}
	if err := m.step(p, p.Assemble, p.Fresh); err != nil {
		return nil, err
	}
	made, err := os.ReadFile(p.Fresh)
	if err == nil {
		_, err = bitcode.Parse(made)
	}
	if err != nil {
		return nil, m.unusable(p, p.Fresh, err)
	}
	deps, err := os.ReadFile(p.Deps)
	if err != nil {
		return nil, m.unusable(p, p.Deps, err)
	}
	if st.Prerequisites, err = prerequisites(depinfo.Prerequisites(string(deps))); err != nil {
		return nil, fileFailure("a prerequisite of the helpers", err)
	}
	st.distrust(time.Now())
	// Before the stamp makes it usable: with a good one in place nobody would come
	// to clean up behind a run that was killed.
	clean()
	if err := st.install(p, made); err != nil {
		return nil, err
	}
	m.log.info("helpers bitcode made", fields{"bitcode": p.Bitcode, "variant": p.Variant, "helpers": len(st.Helpers), "withheld": len(st.Withheld), "exact": p.Exact})
	return st, nil
}

// step runs a command that must leave the file out.
func (m *helpersMaker) step(p *HelpersPlan, s Step, out string) error {
	_ = os.Remove(out)
	r := m.h.Run(s.Argv, m.h.Environ())
	if err := stepFailure(s.Name, s.Argv, r, p.Source+" (the helpers bitcode, "+string(p.Variant)+" variant)"); err != nil {
		return asInlining(err)
	}
	if info, err := os.Stat(out); err != nil || info.Size() == 0 {
		return &Failure{What: fmt.Sprintf("%s ended well but did not write %s", s.Name, out), Command: s.Argv, Status: 1, Inlining: true}
	}
	return nil
}

func (m *helpersMaker) unusable(p *HelpersPlan, file string, err error) error {
	return &Failure{What: fmt.Sprintf("cannot use %s, made from %s: %v", file, p.Source, err), Command: p.Compile.Argv, Status: 1, Inlining: true}
}

// asInlining marks a failure as one that LTO_WRAP=try gets over.
func asInlining(err error) error {
	if f, ok := err.(*Failure); ok {
		f.Inlining = true
	}
	return err
}
