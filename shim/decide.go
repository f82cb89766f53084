package shim

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rustc-lto-wrap/argv"
)

// Decision is what becomes of a command line, and why.
type Decision struct {
	Rewrite bool   `json:"rewrite"`
	Reason  string `json:"reason"`
}

func pass(format string, args ...any) Decision {
	return Decision{false, fmt.Sprintf(format, args...)}
}

// mayBeCrate is the first and cheapest look at a rustc command line: without the
// word "obj" in an --emit there is nothing to do, whatever else it says.
func mayBeCrate(args []string) bool {
	for i, a := range args {
		if strings.HasPrefix(a, "--emit") && (strings.Contains(a, "obj") || i+1 < len(args) && strings.Contains(args[i+1], "obj")) {
			return true
		}
	}
	return false
}

// decideCrate decides about a rustc command line by its shape alone.
func decideCrate(r *argv.Rustc) Decision {
	var objects int
	for _, e := range r.Emits {
		if e.Kind == "obj" {
			objects++
			if e.Arg < 0 {
				return pass("the --emit of the object stands in a response file")
			}
		}
	}
	obj := r.Emit("obj")
	switch {
	case objects == 0:
		return pass("no object is asked for: no --emit=obj")
	case objects > 1:
		return pass("more than one object is asked for")
	case obj.Path == "-" || obj.Path == "/dev/null":
		return pass("the object goes to %s: a probe", obj.Path)
	case r.EmitPath(obj, ".o") == "":
		return pass("the object's name cannot be told from the command line")
	case r.Emit("llvm-bc") != nil:
		return pass("bitcode is asked for besides the object")
	case len(r.Prints) > 0:
		return pass("a query: --print %s", strings.Join(r.Prints, ", "))
	case r.Test:
		return pass("a host program: --test")
	case !r.Extern("kernel") && !r.Extern("bindings"):
		return pass("the crate cannot call helpers: neither kernel nor bindings is among its --extern")
	}
	for _, t := range r.CrateTypes {
		if t != "rlib" && t != "lib" {
			return pass("a crate of type %s", t)
		}
	}
	if v, ok := argv.Option(r.Codegen, "linker-plugin-lto"); ok && !isNo(v) {
		return pass("the kernel's own link-time optimisation takes the crate (-Clinker-plugin-lto)")
	}
	if n, ok := argv.Option(r.Codegen, "codegen-units"); ok && n != "1" {
		return pass("the crate has %s codegen units; kbuild's objects have one", n)
	}
	return Decision{true, "a crate that can call helpers is compiled to an object"}
}

// isNo reads rustc's boolean values (rustc_session::options::parse::parse_bool).
func isNo(v string) bool { return v == "n" || v == "no" || v == "off" || v == "false" || v == "0" }

// mayBeHelpers is the first and cheapest look at a C compiler's command line.
func mayBeHelpers(args, suffixes []string) bool {
	for _, a := range args {
		for _, s := range suffixes {
			if strings.HasSuffix(a, s) {
				return true
			}
		}
	}
	return false
}

// decideHelpers decides about a C compiler's command line by its shape alone.
func decideHelpers(c *argv.CC, suffixes []string) Decision {
	switch {
	case len(c.Inputs) != 1:
		return pass("%d input files: not the compilation of the helpers", len(c.Inputs))
	case !argv.HasSuffixPath(c.Inputs[0], suffixes):
		return pass("%s is not the helpers source", c.Inputs[0])
	case c.Mode != argv.Compile:
		return pass("the helpers are not compiled to an object but: %s", c.Mode)
	case c.EmitLLVM:
		return pass("the kernel makes the helpers' bitcode itself (-emit-llvm)")
	case c.Output == "" || c.Output == "-" || strings.HasPrefix(c.Output, "/dev/"):
		return pass("the object goes to %q", c.Output)
	}
	return Decision{true, "the helpers are compiled to an object"}
}

// standAside overrules a decision to rewrite by what the environment says.
func standAside(h Host, m Mode, d Decision) Decision {
	switch {
	case !d.Rewrite:
		return d
	case m == Off:
		return pass("LTO_WRAP=off")
	case !underKbuild(h):
		return pass("not run by kbuild: srctree, objtree and KBUILD_CFLAGS are not all in the environment")
	case kernelInlines(h):
		return pass("the kernel inlines its helpers itself: CONFIG_RUST_INLINE_HELPERS")
	}
	return d
}

// kernelInlines says whether the kernel's own option for the same purpose is on
// (CONFIG_RUST_INLINE_HELPERS in lib/Kconfig.debug, since Linux 7.1), by the file
// that Kconfig keeps for each option that is.
func kernelInlines(h Host) bool {
	_, err := os.Stat(filepath.Join(h.Getenv("objtree"), "include/config/RUST_INLINE_HELPERS"))
	return err == nil
}

// needsLate says why a crate cannot go through the early pipeline, "" if it can.
// Early leaves out what rustc adds to LLVM's pipeline as passes, which clang
// would not add when it is given bitcode: the instrumentation of sanitizers,
// coverage and profiles (rustc_codegen_llvm::back::write::llvm_optimize and
// LLVMRustOptimize in rustc_llvm/llvm-wrapper/PassWrapper.cpp). The other
// sanitizers are function attributes, or belong to code generation.
func needsLate(r *argv.Rustc) string {
	if v, ok := argv.Option(r.Unstable, "sanitizer"); ok {
		for s := range strings.SplitSeq(v, ",") {
			switch s {
			case "kcfi", "shadow-call-stack", "safestack", "cfi":
			default:
				return "-Zsanitizer=" + s + " is a pass of rustc's"
			}
		}
	}
	for _, o := range []string{"instrument-coverage", "profile-generate", "profile-use", "passes"} {
		if v, ok := argv.Option(r.Codegen, o); ok && !isNo(v) {
			return "-C" + o + " is a pass of rustc's"
		}
	}
	for _, o := range []string{"instrument-mcount", "instrument-xray", "profile", "llvm-plugins"} {
		if v, ok := argv.Option(r.Unstable, o); ok && !isNo(v) {
			return "-Z" + o + " is a pass of rustc's"
		}
	}
	return ""
}
