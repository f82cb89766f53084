// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/kbuild/own"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

// run is the execution of a plan, with the record that it collects.
type run struct {
	*compilation.Context
	plan *Plan
	rec  record.Record
	// refused are the helpers whose type differs from the one that the crate
	// declares and could not be adapted to it, with the reasons.
	refused map[string]remains.Reason
	// own are the helpers that may be the module's own, with the reasons. state is what
	// make compares to learn whether that has changed, "" if no file was searched.
	own   map[string]remains.Reason
	state string
	// told is set once rustc has compiled the crate, and printed its warnings.
	warned bool
}

// callsNoHelper is the most common reason why nothing is inlined into a crate.
const callsNoHelper = "the crate calls no helper"

// Run makes the object. After an error there is neither an object nor an
// intermediate file. told reports whether rustc has printed its warnings about the
// crate.
func (p *Plan) Run(c *compilation.Context) (warned bool, err error) {
	r := &run{Context: c, plan: p}
	err = r.do()
	return r.warned, err
}

// do carries the plan out.
func (r *run) do() error {
	p, c := r.plan, r.Context
	defer r.clean(kbuild.Intermediates(p.Object)...)
	r.rec = newRecord(c.Settings.Mode, p.Variant, p.Crate, p.Object)
	r.rec.Tools = recordedTools(c.Tools)

	before, _ := record.Read(p.Object)
	if err := r.removeOld(); err != nil {
		return err
	}
	if before != nil && before.NotInlined == callsNoHelper {
		// The crate probably still calls no helper. If so, nothing else remains to
		// be done.
		if done, err := r.skipIfNoCalls(); done || err != nil {
			return err
		}
	}

	if p.RustcAlone() && before != nil {
		// Nothing else has worked the last time.
		st, err := p.Helpers.Take(c, p.Taken)
		if err != nil {
			return err
		}
		r.rec.Called = before.Called
		return r.compileWithoutInlining(st, p.Contract.Reason())
	}

	// Make the crate's bitcode, and find the helpers that it calls.
	if err := r.rustc(p.Rustc, p.Bitcode); err != nil {
		return err
	}
	crate, declared, err := r.readBitcode()
	if err != nil {
		return err
	}
	st, err := p.Helpers.Take(c, p.Taken)
	if err != nil {
		return err
	}
	for _, u := range crate.Undefined {
		if slices.Contains(st.Helpers, u) {
			r.rec.Called = append(r.rec.Called, u)
		}
	}
	if len(r.rec.Called) == 0 && crate.HasSymbols {
		return r.compileWithoutInlining(st, callsNoHelper)
	}

	if err := r.sameLayout(); err != nil {
		return err
	}

	// Make the object, with the helpers merged in.
	if err := r.findOwn(crate, st); err != nil {
		return err
	}
	if len(r.own) > 0 && len(r.own) == len(r.rec.Called) {
		return r.compileWithoutInlining(st, "each helper that the crate calls may be the module's own")
	}
	if err := r.hideOwn(st); err != nil {
		return err
	}
	if err := r.adapt(declared, st); err != nil {
		return err
	}
	if err := r.dropContractIfSettled(crate); err != nil {
		return err
	}
	obj, why, err := r.generate(crate, st)
	if err == nil && why == "" {
		obj, why, err = r.withoutLostSymbols(crate, obj, st)
	}
	switch {
	case err != nil:
		return err
	case why != "":
		return r.compileWithoutInlining(st, why)
	}
	p = r.plan

	// Write the record and the dep-info, and put the object in place last.
	r.rec.Pipeline, r.rec.WhyLate, r.rec.Optimize = string(p.Pipeline), p.WhyLate, string(p.Optimize)
	r.rec.Linkage, r.rec.Inline, r.rec.Dropped = string(c.Settings.Linkage), c.Settings.Inline(), c.Settings.Drop
	r.rec.Left = remainingHelpers(obj, st, r.reasonLeft)
	if r.inlinedNothing(st) {
		r.warn("%s: none of the %d helpers that it calls was inlined: %s", p.Object, len(r.rec.Called), r.rec.Left[0].Reason)
	}
	if err := r.finish(obj, p.Bitcode, st); err != nil {
		return err
	}
	// The intermediate files go first: with the object in place, no later run would
	// remove what a killed run left.
	r.clean(p.Bitcode, p.Merged, p.Taken, p.Adapted)
	if err := os.Rename(p.Fresh, p.Object); err != nil {
		return host.FileFailure("cannot put the object in place", err)
	}
	return nil
}

// removeOld removes the files of an earlier run: the object, so that an object that
// exists later is the new one, its record, and the intermediate files of a run that
// was killed or kept them.
func (r *run) removeOld() error {
	if err := os.Remove(r.plan.Object); err != nil && !os.IsNotExist(err) {
		return host.FileFailure("cannot remove the old object", err)
	}
	_ = os.Remove(record.Path(r.plan.Object))
	for _, f := range kbuild.Intermediates(r.plan.Object) {
		if err := os.Remove(f); err != nil && !os.IsNotExist(err) {
			return host.FileFailure("cannot remove an old intermediate file", err)
		}
	}
	return nil
}

// compileWithoutInlining makes the object with kbuild's own command line. why is the reason. The
// object is then the one that the unwrapped rustc makes.
func (r *run) compileWithoutInlining(st *helpers.Stamp, why string) error {
	r.clean(kbuild.Intermediates(r.plan.Object)...)
	obj, err := r.rustcAloneObject()
	if err != nil {
		return err
	}
	r.rec.NotInlined, r.rec.Left, r.rec.Adapted = why, remainingHelpers(obj, st, r.notMerged), nil
	if !r.plan.RustcAlone() {
		r.plan.Contract = nil // the reason is another one
	}
	return r.finish(obj, r.plan.Object, st)
}

// skipIfNoCalls makes the object in the same way, and keeps it if it references no
// helper. done reports whether it was kept.
func (r *run) skipIfNoCalls() (done bool, err error) {
	obj, err := r.rustcAloneObject()
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(obj.Undefined, elfobj.IsHelper) {
		if err := os.Remove(r.plan.Object); err != nil {
			return false, host.FileFailure("cannot remove the object", err)
		}
		return false, nil
	}
	r.rec.NotInlined = callsNoHelper
	return true, r.finish(obj, r.plan.Object, nil)
}

// rustcAloneObject has rustc make the object where kbuild expects it, and reads it.
func (r *run) rustcAloneObject() (*elfobj.Object, error) {
	if err := r.rustc(r.plan.Plain, r.plan.Object); err != nil {
		return nil, err
	}
	return r.readObject(r.plan.Object, r.plan.Plain)
}

// rustc runs rustc, which prints its warnings about the crate the first time only.
func (r *run) rustc(s host.Step, out string) error {
	if r.warned {
		s.Argv = argv.Quiet(s.Argv)
	}
	err := r.step(s, out)
	r.warned = r.warned || err == nil
	return err
}

// finish writes the record and the dep-info, in which it replaces the target from
// by the object. st is the stamp of the helpers in the object, nil if there are
// none in it.
func (r *run) finish(obj *elfobj.Object, from string, st *helpers.Stamp) error {
	r.rec.Text, r.rec.Contract = obj.Text, r.plan.Contract
	if err := r.depInfo(obj, st, from); err != nil {
		return err
	}
	if err := writeRecord(&r.rec); err != nil {
		return host.FileFailure("cannot write the record", err)
	}
	r.Log.Info("object made", host.Fields{
		"crate": r.plan.Crate, "variant": r.plan.Variant, "pipeline": r.rec.Pipeline, "optimize": r.rec.Optimize,
		"called": len(r.rec.Called), "left": len(r.rec.Left), "text": r.rec.Text,
	})
	return nil
}

// clean removes intermediate files, unless the user keeps them.
func (r *run) clean(files ...string) {
	for _, f := range files {
		if !r.Settings.Keep {
			_ = os.Remove(f)
		}
	}
}

// step runs a step that must write the file out, and records it.
func (r *run) step(s host.Step, out string) error {
	res, err := r.Do(s, out, r.plan.Object)
	r.rec.Steps = append(r.rec.Steps, newStep(s.Name, res))
	return err
}

// readBitcode reads the bitcode that rustc wrote, and checks that it has the
// version of LLVM that clang was chosen for. declared are the types of the functions
// that the crate declares.
func (r *run) readBitcode() (f *bitcode.File, declared map[string]string, err error) {
	p, rustc, clang := r.plan, r.Tools.Rustc, r.Tools.Clang
	data, err := os.ReadFile(p.Bitcode)
	if err != nil {
		return nil, nil, host.FileFailure("cannot read the crate's bitcode", err)
	}
	f, err = bitcode.Parse(data)
	if err != nil {
		return nil, nil, &host.Failure{What: fmt.Sprintf("rustc succeeded, but %s is not usable: %v", p.Bitcode, err), Command: p.Rustc.Argv, Status: 1}
	}
	if m := f.Major(); m != 0 && m != rustc.Major && m != clang.Major {
		return nil, nil, host.InliningFailure(fmt.Sprintf("name a clang of LLVM %d in LTO_WRAP_CLANG", m),
			"%s was written by LLVM %d (%s), and clang has LLVM %d (%s)", p.Bitcode, m, f.Producer, clang.Major, clang.Version)
	}
	if declared, err = bitcode.Declarations(data); err != nil {
		// Helpers with another type then stay calls.
		r.Log.Warn("the crate's declarations are not readable", host.Fields{"bitcode": p.Bitcode, "error": err.Error()})
	}
	return f, declared, nil
}

// sameLayout returns an error if the crate and the helpers lay out data in different ways,
// of which LLVM only warns when it merges them. The target is then another one in rustc
// than in clang. Bitcode without a data layout has that of the other.
func (r *run) sameLayout() error {
	var layouts [2]string
	for i, path := range []string{r.plan.Bitcode, r.plan.Taken} {
		data, err := os.ReadFile(path)
		if err == nil {
			layouts[i], err = bitcode.DataLayout(data)
		}
		if err != nil {
			return host.AsInlining(host.FileFailure("cannot read the data layout of "+path, err))
		}
	}
	if layouts[0] == "" || layouts[1] == "" || layouts[0] == layouts[1] {
		return nil
	}
	return host.InliningFailure("rustc and clang must have the same target: compare rustc's --target with clang's in kbuild's verbose output (V=1); until then, LTO_WRAP=try builds without inlining",
		"the data layouts of %s and of the helpers differ: %s in rustc, %s in clang", r.plan.Object, layouts[0], layouts[1])
}

// generate makes the object with the helpers merged in, and reads it. why is the reason
// where this object is of no use, because the module could not be linked.
func (r *run) generate(crate *bitcode.File, st *helpers.Stamp) (obj *elfobj.Object, why string, err error) {
	p := r.plan
	if p.Link != nil {
		if err := r.step(*p.Link, p.Merged); err != nil {
			return nil, "", host.AsInlining(err)
		}
	}
	if err := r.step(p.Codegen, p.Fresh); err != nil {
		return nil, "", host.AsInlining(err)
	}
	if obj, err = r.readObject(p.Fresh, p.Codegen); err != nil {
		return nil, "", host.AsInlining(err)
	}
	if h := hiddenHelper(obj.Undefined); h != "" {
		return obj, "a helper calls " + h[len(bitcode.Hidden):] + ", which may be the module's own", nil
	}
	if p.Variant != kbuild.Module || !crate.HasSymbols {
		return obj, "", nil
	}
	hidden, err := p.Helpers.AddedSymbols(r.Kbuild, st, obj.Undefined, crate.Undefined)
	if err != nil {
		return nil, "", host.AsInlining(host.FileFailure("cannot determine what is exported to modules", err))
	}
	if len(hidden) > 0 {
		why = fmt.Sprintf("inlining would need %s, which modules cannot see", strings.Join(hidden, ", "))
		r.warn("%s: nothing was inlined: %s", p.Object, why)
	}
	return obj, why, nil
}

// readObject reads the object that a step has written.
func (r *run) readObject(path string, s host.Step) (*elfobj.Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, host.FileFailure("cannot read the new object", err)
	}
	defer f.Close()
	obj, err := elfobj.Read(f)
	if err != nil {
		return nil, &host.Failure{What: fmt.Sprintf("%s succeeded, but its output for %s is not an object: %v", s.Name, r.plan.Object, err), Command: s.Argv, Status: 1}
	}
	return obj, nil
}

// depInfo makes the object the target of the dep-info. It adds what kbuild compiles
// the crate again for: the prerequisites of the helpers bitcode, the bitcode itself
// (which is newer than the object if it was rebuilt with other contents), and the
// files that decide which symbols modules can see. For a crate in rust/, the bitcode may be
// made again by the same make that compiles the crate, together with helpers.o.
func (r *run) depInfo(obj *elfobj.Object, st *helpers.Stamp, from string) error {
	if r.plan.DepInfo == "" {
		return nil
	}
	made := kbuild.Made{Tools: r.programs(), Own: r.state}
	if len(r.rec.Called) > 0 {
		for _, p := range st.Prerequisites {
			made.More = append(made.More, p.Path)
		}
		made.Optional = st.FilesThatDecide(obj.Undefined)
		if h := r.plan.Helpers; h.Packaged {
			made.More = append(made.More, h.Bitcode)
		} else {
			made.Optional = append(made.Optional, h.Bitcode)
			if h.Root && toolchain.SeesHelpers(r.Host, r.Kbuild) {
				made.After = map[string]string{h.Bitcode: filepath.Join(r.Kbuild.HelpersDir(h.Source), "helpers.o")}
			}
		}
	}
	if list := own.ObjectList(r.rec.Search); list != "" {
		made.Optional = append(made.Optional, list) // kbuild makes it first, and it says what was searched
	}
	return kbuild.RewriteDepInfo(r.Host, settings.On, r.plan.Variant, r.plan.DepInfo, from, r.plan.Object, made)
}

// programs returns the files of the programs that decide what the object is.
func (r *run) programs() []string {
	tools := []toolchain.Tool{r.Tools.Rustc, r.Tools.Clang, r.Tools.LLVMAs}
	if r.plan.Link != nil {
		tools = append(tools, r.Tools.LLVMLink)
	}
	return toolchain.Programs(r.Host, tools...)
}

func (r *run) warn(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	fmt.Fprintf(r.Host.Stderr(), "%s: warning: %s\n", host.RustcWrap, msg)
	r.Log.Warn(msg, nil)
}
