package shim

import (
	"os"
	"slices"

	"rustc-lto-wrap/shim/formats/depinfo"
)

// kbuild makes an object again when its command line has changed, or a
// prerequisite. What the two programs do depends on more: on settings in the
// environment, and on the flags of the C compiler, which are no part of rustc's
// command line. The dep-info of a crate tells kbuild of them, by a condition
// that make looks at in each build; see [depinfo.Condition].

// conditions are what an object depends on besides command line and files, for
// an object that was made in mode m: On for one that has the helpers inlined, Off
// for one that was compiled plainly because it was asked for, Try for one that
// was compiled plainly because the inlining could not be had.
func conditions(h Host, m Mode, v Variant) []depinfo.Variable {
	raw := func(name string) depinfo.Variable { return depinfo.Raw(name, h.Getenv(name)) }
	mode := depinfo.Default("LTO_WRAP", string(m), string(On))
	if m == On {
		// With the inlining to be had, try gives the same object.
		mode.Expr = "$(patsubst\ftry,on," + mode.Expr + ")"
	}
	out := []depinfo.Variable{mode, raw("LTO_WRAP_RUSTC")}
	if m == Off {
		return out
	}
	out = append(out,
		depinfo.Default("LTO_WRAP_PIPELINE", h.Getenv("LTO_WRAP_PIPELINE"), string(defaultPipeline)),
		depinfo.Default("LTO_WRAP_LINKAGE", h.Getenv("LTO_WRAP_LINKAGE"), string(defaultLinkage)),
		depinfo.Default("LTO_WRAP_INLINE", h.Getenv("LTO_WRAP_INLINE"), defaultInline))
	for _, name := range []string{
		"LTO_WRAP_CC", "LTO_WRAP_LLVM_LINK", "LTO_WRAP_LLVM_AS", "LTO_WRAP_CFLAGS", "LTO_WRAP_LINK_FLAGS",
		"LTO_WRAP_HELPERS", "LTO_WRAP_HELPERS_DROP", "LLVM", "KCFLAGS",
	} {
		out = append(out, raw(name))
	}
	// -W: warnings, which W= changes.
	for _, name := range slices.Concat([]string{"KBUILD_CFLAGS", "NOSTDINC_FLAGS", "LINUXINCLUDE", "KBUILD_CPPFLAGS", "CC_FLAGS_LTO"}, variantVariables[v]) {
		out = append(out, depinfo.Flags(name, h.Getenv(name), "-W"))
	}
	return out
}

// condition is the word for a crate's dep-info that makes kbuild compile it again
// when one of its conditions changes; "" where the dep-info has no place for it,
// because rustc was not asked to list metadata in it.
func condition(h Host, m Mode, v Variant, object, depInfo string) string {
	file := depinfo.Metadata(depInfo)
	if file == "" {
		return ""
	}
	return depinfo.Condition(object, file, conditions(h, m, v))
}

// rewriteDepInfo has a dep-info name the object instead of the file that rustc
// was told to write, and adds prerequisites and the condition of mode m.
func rewriteDepInfo(h Host, m Mode, v Variant, path, from, object string, more []string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fileFailure("cannot read rustc's dep-info", err)
	}
	var words []string
	if c := condition(h, m, v, object, string(text)); c != "" {
		words = append(words, c)
	}
	fixed, err := depinfo.Rewrite(string(text), from, object, more, words...)
	if err != nil {
		return &Failure{What: "cannot use rustc's dep-info " + path + ": " + err.Error(), Status: 1}
	}
	if err := writeFile(path, []byte(fixed)); err != nil {
		return fileFailure("cannot write the dep-info", err)
	}
	return nil
}
