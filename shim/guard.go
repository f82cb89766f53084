package shim

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/kbuild/exports"
	"rustc-lto-wrap/shim/formats/llvmir"
)

// guard is what keeps modules linkable: inlined into a module, a helper takes
// along the symbols that it uses, and of these a module sees only the exported
// ones; the helper itself is exported always. So a helper that needs another
// symbol stays a call there.
type guard struct {
	// withheld are such helpers, with the symbols that modules cannot see.
	withheld map[string][]string
	// visible are the symbols that the other helpers need.
	visible []string
	// invisible are the symbols of all the withheld.
	invisible map[string]bool
	// exported is what modules can see.
	exported *exports.Set
}

func (g *guard) names() map[string]bool {
	out := map[string]bool{}
	for n := range g.withheld {
		out[n] = true
	}
	return out
}

// inspectModule finds out what each helper needs, and compares it with what
// modules can see. What the IR text shows is not all: inline assembly composes
// names ("call __put_user_%c"), so the object that the same IR gives is read,
// too.
func inspectModule(kb *Kbuild, ir *llvmir.Module, object string) (*guard, error) {
	f, err := os.Open(object)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	obj, err := elfobj.Read(f)
	if err != nil {
		return nil, err
	}
	inCode := map[string][]string{}
	for _, r := range obj.Refs {
		if _, undefined := slices.BinarySearch(obj.Undefined, r.Symbol); undefined && r.Func != "" {
			inCode[r.Func] = append(inCode[r.Func], r.Symbol)
		}
	}
	seen, err := exported(kb)
	if err != nil {
		return nil, err
	}
	g := &guard{withheld: map[string][]string{}, invisible: map[string]bool{}, exported: seen}
	for helper, needs := range ir.Externals(inCode) {
		for _, symbol := range needs {
			if seen.Has(symbol) {
				g.visible = append(g.visible, symbol)
				continue
			}
			g.withheld[helper] = append(g.withheld[helper], symbol)
			g.invisible[symbol] = true
		}
	}
	for _, symbol := range ir.UsedRefs() {
		if !seen.Has(symbol) {
			g.invisible[symbol] = true
		}
	}
	// All that the helpers object defines is exported (rust_exports in the
	// kernel's rust/Makefile).
	g.visible = append(g.visible, ir.Variables()...)
	slices.Sort(g.visible)
	g.visible = slices.Compact(g.visible)
	return g, nil
}

// exported is what modules can see: for an external module what the kernel that
// it is built against says, in that kernel's build what its source says.
func exported(kb *Kbuild) (*exports.Set, error) {
	if kb.Extmod != "" {
		if text, err := os.ReadFile(filepath.Join(kb.Objtree, "Module.symvers")); err == nil {
			return exports.FromSymvers(string(text)), nil
		}
	}
	return exports.FromSource(kb.Srctree, kb.Srcarch)
}

// knownExports is [exported] for a crate, from what making the helpers bitcode
// p took down: scanning a kernel's source takes seconds. It is as fresh as the
// bitcode, in which helpers are withheld by the same set.
func knownExports(kb *Kbuild, p *HelpersPlan) (*exports.Set, error) {
	if kb.Extmod == "" {
		if text, err := os.ReadFile(p.Exports); err == nil {
			return exports.FromText(string(text)), nil
		}
	}
	return exported(kb)
}

// addedSymbols are the undefined symbols of an object that its crate did not
// ask for, that no helper was known to bring, and that modules cannot see: what
// would make modpost refuse the module. They are none unless inline assembly
// brings them in by a way that [inspectModule] cannot follow. Code generation adds
// symbols that are no helper's doing, too: memcpy and the like.
func addedSymbols(kb *Kbuild, p *HelpersPlan, st *Stamp, object, crate []string) ([]string, error) {
	known := map[string]bool{}
	for _, list := range [][]string{crate, st.Visible, st.Helpers} {
		for _, s := range list {
			known[s] = true
		}
	}
	added := slices.DeleteFunc(slices.Clone(object), func(s string) bool { return known[s] || strings.HasPrefix(s, ".L") })
	if len(added) == 0 {
		return nil, nil
	}
	seen, err := knownExports(kb, p)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(added, seen.Has), nil
}
