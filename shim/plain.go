package shim

import (
	"os"
	"path/filepath"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/formats/record"
)

// plainCrate compiles a crate that could be rewritten with the very command line
// that kbuild gave: LTO_WRAP=off, and what LTO_WRAP=try falls back to. It is not
// given away by exec, because its dep-info has to tell kbuild in which mode the
// object was made: otherwise nothing would be made again when that changes.
//
// why is the reason, for the record.
func plainCrate(h Host, m Mode, r *argv.Rustc, why string) error {
	rustc, err := realRustc(h)
	if err != nil {
		return err
	}
	object := r.EmitPath(r.Emit("obj"), ".o")
	for _, f := range besides(object) {
		_ = os.Remove(f) // of an earlier build with the helpers inlined
	}
	res := h.Run(append(rustc, r.Args...), guarded(h, RustcWrap))
	switch {
	case res.Err != nil:
		return stepFailure("rustc", append(rustc, r.Args...), res, object)
	case !res.OK():
		return &ended{res}
	}
	rec := newRecord(m, variantOf(r), r.Name(), object)
	rec.NotInlined, rec.Steps = why, []record.Step{measured("rustc", res)}
	if err := writeRecord(&rec); err != nil {
		_ = os.Remove(object)
		return fileFailure("cannot write the record", err)
	}
	e := r.Emit("dep-info")
	if e == nil {
		return nil
	}
	if err := rewriteDepInfo(h, m, variantOf(r), r.EmitPath(e, ".d"), object, object, nil); err != nil {
		_ = os.Remove(object)
		return err
	}
	return nil
}

// variantOf is the variant of the helpers that goes with a crate.
func variantOf(r *argv.Rustc) Variant {
	if r.Module() {
		return Module
	}
	return Builtin
}

// beside is the path of a file beside an object, by the file's suffix: kbuild's
// clean removes .tmp_* in every folder, and its .gitignore covers them (kernel
// Makefile, "clean"); .tmp_NAME.o alone is kbuild's own.
func beside(object, suffix string) string {
	dir, base := filepath.Split(object)
	return dir + ".tmp_" + base + ".lto_wrap" + suffix
}

// The files beside an object: the crate alone, the crate with helpers, the object
// before it is renamed. Its record has a package.
const (
	bitcodeSuffix = ".bc"
	mergedSuffix  = ".merged.bc"
	freshSuffix   = ".new.o"
)

// intermediates are the files that are made on the way to an object. A run removes
// all of them, for it may come after one that was killed and had other settings.
func intermediates(object string) []string {
	return []string{beside(object, bitcodeSuffix), beside(object, mergedSuffix), beside(object, freshSuffix)}
}

// besides are all files that a run may leave beside an object.
func besides(object string) []string { return append(intermediates(object), record.Path(object)) }
