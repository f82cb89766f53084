// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"os"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/formats/depinfo"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

// CompileWithoutInlining compiles a crate that could be rewritten with kbuild's own command line:
// for LTO_WRAP=off, and as the fallback of LTO_WRAP=try. It does not exec rustc,
// because the dep-info has to tell kbuild in which mode the object was made.
// Otherwise kbuild would not rebuild the crate when the mode changes.
//
// why is the reason, for the record.
func CompileWithoutInlining(h host.Host, m settings.Mode, r *argv.Rustc, why string) error {
	return compileWithoutInlining(h, m, r, newRecord(m, kbuild.VariantOf(h, r), r.Name(), Object(r)), why, false, kbuild.Made{})
}

// CompileAfterFailure compiles a crate without inlining, because the failure f prevents it. kbuild
// rebuilds the crate when that is over, which make asks about. If the failure does not happen
// again when it is asked for now, it concerns the crate itself, or it was passing: then the
// next make rebuilds it. warned says that rustc has compiled the crate before and
// printed its warnings.
func CompileAfterFailure(h host.Host, m settings.Mode, r *argv.Rustc, f *host.Failure, warned bool) error {
	rec := newRecord(m, kbuild.VariantOf(h, r), r.Name(), Object(r))
	again := depinfo.Changed()
	if cause := causeOf(f); causeOf(preventingError(h, r.Args)) == cause {
		if v, ok := depinfo.Output(cause, "$(RUSTC)", CauseOption, rec.Object); ok {
			again, rec.Attempt = v, newAttempt(h, r.Args)
		}
	}
	return compileWithoutInlining(h, m, r, rec, f.What, warned, kbuild.Made{Again: []depinfo.Variable{again}})
}

func compileWithoutInlining(h host.Host, m settings.Mode, r *argv.Rustc, rec record.Record, why string, warned bool, made kbuild.Made) error {
	rustc, err := toolchain.Rustc(h)
	if err != nil {
		return err
	}
	object := rec.Object
	for _, f := range kbuild.SideFiles(object) {
		_ = os.Remove(f) // an earlier build with the helpers inlined left it
	}
	command := append(rustc, r.Args...)
	if warned {
		command = argv.Quiet(command)
	}
	res := h.Run(command, host.Guarded(h, host.RustcWrap))
	switch {
	case res.Err != nil:
		return host.StepFailure("rustc", command, res, object)
	case !res.OK():
		return &host.Ended{Result: res}
	}
	rec.NotInlined, rec.Steps = why, []record.Step{newStep("rustc", res)}
	if err := writeRecord(&rec); err != nil {
		_ = os.Remove(object)
		return host.FileFailure("cannot write the record", err)
	}
	e := r.Emit("dep-info")
	if e == nil {
		return nil
	}
	if err := kbuild.RewriteDepInfo(h, m, kbuild.VariantOf(h, r), r.EmitPath(e, ".d"), object, object, made); err != nil {
		_ = os.Remove(object)
		return err
	}
	return nil
}
