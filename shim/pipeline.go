package shim

import (
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/argv"
)

// What the two pipelines ask of rustc and of clang, beyond what is kbuild's.

// lean are unstable options of rustc that save work on bitcode which is only
// merged and compiled: names of values, which rustc keeps in bitcode for people
// to read (Session::fewer_names in rustc_session), and the summary for ThinLTO
// with the analyses that it takes (ThinLTOBuffer in rustc_codegen_llvm). The object
// is the same without them.
var lean = []string{"fewer-names=yes", "emit-thin-lto=no"}

// rustcFlags are what rustc is told besides: to leave out LLVM's passes in the
// early pipeline, and the work of [lean], as far as it knows these options.
func rustcFlags(h Host, t *Toolchain, p Pipeline, r *argv.Rustc) (out []string) {
	if p == Early {
		// rustc then emits what it generated.
		out = append(out, "-Cno-prepopulate-passes")
	}
	if len(r.Unstable) == 0 {
		return out // rustc might not take -Z for this crate
	}
	known, err := t.cache.text(h, t.Rustc.Argv, "-Zhelp")
	if err != nil {
		return out // it costs time and nothing else
	}
	for _, option := range lean {
		name, _, _ := strings.Cut(option, "=")
		if _, set := argv.Option(r.Unstable, name); !set && strings.Contains(known, " "+name+"=") {
			out = append(out, "-Z"+option)
		}
	}
	return out
}

// earlyFlags are clang's for the early pipeline, where it optimises in rustc's
// place, as rustc does it (ModuleConfig::new in rustc_codegen_ssa::back::write,
// LLVMRustOptimize in rustc_llvm's PassWrapper.cpp):
//
//   - at the crate's own level;
//   - merging functions of the same code, which clang leaves to others;
//   - without the vectoriser for straight-line code but at level 3.
//
// And so that the kernel gets smaller, loops are not unrolled and, if every
// helper is inlined, functions are inlined up to [inlineLimit] only, and
// instructions are chosen for size.
//
// What LTO_WRAP_CFLAGS says of the same comes behind, and wins. alignment is
// [functionAlignment].
func earlyFlags(s *Settings, r *argv.Rustc, alignment func() (log2 int, err error)) ([]string, error) {
	level, _ := argv.Option(r.Codegen, "opt-level")
	has := func(values []string, name string) bool {
		v, ok := argv.Option(values, name)
		return ok && !isNo(v)
	}
	out := []string{"-fno-unroll-loops"}
	if level != "" {
		out = append([]string{"-O" + level}, out...)
	}
	var options []string
	if merge, _ := argv.Option(r.Unstable, "merge-functions"); merge != "disabled" && strings.Contains("23sz", level) && level != "" {
		out = append(out, "-Xclang", "-fmerge-functions")
		if merge != "trampolines" {
			options = append(options, "-mergefunc-use-aliases")
		}
	}
	if level != "3" || has(r.Codegen, "no-vectorize-slp") {
		out = append(out, "-fno-slp-vectorize")
	}
	if has(r.Codegen, "no-vectorize-loops") {
		out = append(out, "-fno-vectorize")
	}
	if s.Always && (level == "2" || level == "3") {
		// With cost, both would keep helpers from being inlined. For s and z, rustc
		// says optsize itself, and LLVM has limits of its own.
		log2, err := alignment()
		if err != nil {
			return nil, err
		}
		if sanitizers, _ := argv.Option(r.Unstable, "sanitizer"); strings.Contains(sanitizers, "kcfi") {
			// The type's hash before a function is of 4 bytes (MachineFunction::init in
			// llvm/lib/CodeGen/MachineFunction.cpp).
			log2 = max(log2, 2)
		}
		out = append(out, "-mllvm", forSize)
		options = append(options, append(inlineLimit[:], fmt.Sprintf("-align-all-functions=%d", log2))...)
	}
	for _, o := range options {
		name, _, _ := strings.Cut(o, "=")
		// LLVM takes such an option once.
		if !slices.ContainsFunc(s.CFlags, func(f string) bool { return f == name || strings.HasPrefix(f, name+"=") }) {
			out = append(out, "-mllvm", o)
		}
	}
	return out, nil
}

// inlineLimit is how much larger a caller may get by inlining a function, and one
// that says #[inline], in LLVM's units of about five for an instruction
// (llvm/lib/Analysis/InlineCost.cpp, where -Os has 50 and -Oz 5). Helpers are inlined
// whatever they cost.
//
// LLVM's own limits, 225 and 325, make 7.3's Rust code larger than rustc makes it,
// since each function that is inlined into several others now has the helpers in it.
// Of the values tried (0, 5, 10, 15, 20, 25, 40, 50, 75, 100, 150, 225; 25, 50, 100, 325) these
// make it smallest, and the kernel's own tests take no more instructions than with
// LLVM's.
var inlineLimit = [...]string{"-inline-threshold=20", "-inlinehint-threshold=100"}

// forSize gives each function LLVM's attribute optsize, what code generation
// heeds more than the passes before it (llvm/lib/Transforms/IPO/ForceFunctionAttrs.cpp).
// On x86 most of it is a constant that is stored several times and gets a register,
// and a copy of more than 4 words that is one instruction (TargetLowering,
// MaxStoresPerMemcpyOptSize). Functions would no longer be aligned either, which
// is not wanted, so the alignment is given by itself.
const forSize = "-force-attribute=optsize"
