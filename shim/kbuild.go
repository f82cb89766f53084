package shim

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/google/shlex"
)

// Kbuild is what kbuild exports to its recipes (the export lines of the
// kernel's top Makefile), split into words.
type Kbuild struct {
	// Srctree and Objtree are the source and the object tree; Objtree is often
	// ".", the directory that recipes run in.
	Srctree, Objtree string
	// Srcarch is the folder below arch/.
	Srcarch string
	// Extmod is the external module's folder (M=), "" in a kernel build.
	Extmod string
	// ClangFlags hold --target, without which clang generates for the host.
	ClangFlags []string
	// Nostdinc, Include, Cppflags and Cflags are those of every C file.
	Nostdinc, Include, Cppflags, Cflags []string
	// Kernel and Module are what built-in and module objects have on top
	// (modkern_cflags in scripts/Makefile.lib).
	Kernel, Module []string
	// LTO are the flags of CONFIG_LTO_CLANG.
	LTO []string
	// CC is kbuild's C compiler.
	CC []string
}

// kbuildVariables are the exported variables that the compilation of the
// helpers depends on, but for KBUILD_CFLAGS (see [HelpersPlan.Base]). Their
// values are part of what tells whether a helpers bitcode is still good. KCFLAGS
// is the user's, and ends KBUILD_CFLAGS before folders append to it.
var kbuildVariables = []string{
	"KCFLAGS",
	"SRCARCH", "CLANG_FLAGS", "NOSTDINC_FLAGS", "LINUXINCLUDE", "KBUILD_CPPFLAGS",
	"KBUILD_CFLAGS_KERNEL", "CFLAGS_KERNEL", "KBUILD_CFLAGS_MODULE", "CFLAGS_MODULE", "CC_FLAGS_LTO",
}

// underKbuild says whether this is the recipe of a kernel build, by the
// variables without which nothing can be made.
func underKbuild(h Host) bool {
	return h.Getenv("KBUILD_CFLAGS") != "" && h.Getenv("srctree") != "" && h.Getenv("objtree") != ""
}

// ReadKbuild reads what kbuild exports. A value that is not a list of shell
// words is a [Failure].
func ReadKbuild(h Host) (*Kbuild, error) {
	var first error
	list := func(names ...string) []string {
		var out []string
		for _, name := range names {
			w, err := shlex.Split(h.Getenv(name))
			if err != nil && first == nil {
				_, first = words(name, h.Getenv(name))
			}
			out = append(out, w...)
		}
		return out
	}
	k := &Kbuild{
		Srctree: h.Getenv("srctree"), Objtree: h.Getenv("objtree"),
		Srcarch: h.Getenv("SRCARCH"), Extmod: h.Getenv("KBUILD_EXTMOD"),
		ClangFlags: list("CLANG_FLAGS"), Nostdinc: list("NOSTDINC_FLAGS"), Include: list("LINUXINCLUDE"),
		Cppflags: list("KBUILD_CPPFLAGS"), Cflags: list("KBUILD_CFLAGS"),
		Kernel: list(variantVariables[Builtin]...),
		Module: list(variantVariables[Module]...),
		LTO:    list("CC_FLAGS_LTO"), CC: list("CC"),
	}
	return k, first
}

// Variant is one of the two ways in which the helpers are compiled.
type Variant string

// The variants.
const (
	Builtin Variant = "builtin"
	Module  Variant = "module"
)

// variantVariables are the exported variables with the flags of a variant alone.
var variantVariables = map[Variant][]string{
	Builtin: {"KBUILD_CFLAGS_KERNEL", "CFLAGS_KERNEL"},
	Module:  {"KBUILD_CFLAGS_MODULE", "CFLAGS_MODULE"},
}

// flags are those that objects of a variant have on top of KBUILD_CFLAGS.
func (k *Kbuild) flags(v Variant) []string {
	if v == Module {
		return k.Module
	}
	return k.Kernel
}

// helpersDir is the folder of the object tree in which kbuild has the helpers
// object.
func (k *Kbuild) helpersDir(source string) string {
	if strings.HasSuffix(source, "/helpers/helpers.c") {
		return filepath.Join(k.Objtree, "rust", "helpers")
	}
	return filepath.Join(k.Objtree, "rust")
}

// storeDir is where our own files about helpers and tools are kept. A kernel
// build has them beside its helpers object. An external module (M=) has them in
// its own folder, which its make clean covers: the build tree of the kernel is
// another's, and often not writable.
func (k *Kbuild) storeDir(source string) string {
	if k.Extmod == "" {
		return k.helpersDir(source)
	}
	return k.extmodDir()
}

// extmodDir is the folder in which an external module's objects are: that of its
// sources, or since Linux 6.13 the directory that recipes run in, which MO= may
// have moved elsewhere.
func (k *Kbuild) extmodDir() string {
	here, err := os.Stat(".")
	if err == nil {
		if tree, err := os.Stat(k.Objtree); err == nil && !os.SameFile(here, tree) {
			return "."
		}
	}
	return k.Extmod
}

// cacheDir is where facts about the tools are kept.
func (k *Kbuild) cacheDir() string {
	if k.Extmod == "" {
		return filepath.Join(k.Objtree, "rust")
	}
	return k.extmodDir()
}
