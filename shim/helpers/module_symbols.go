// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/llvmir"
	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/kbuild/exports"
)

// moduleSymbols keeps modules linkable. A helper that is inlined into a module brings
// along the symbols that it uses, and a module can link to exported symbols only.
// The helper itself is always exported. So a helper that needs a symbol which is
// not exported stays a call in modules.
type moduleSymbols struct {
	// withheld are the helpers that stay calls, with the symbols that modules
	// cannot see.
	withheld map[string][]string
	// visible are the symbols that the other helpers need, exporters the files that
	// export them.
	visible   []string
	exporters map[string]string
	// futureExporters are the files that may come to export a symbol that modules cannot
	// see.
	futureExporters map[string][]string
	// uses are the external symbols that each helper needs.
	uses map[string][]string
	// invisible are the symbols of all withheld helpers that modules cannot see.
	invisible map[string]bool
	// exported are the symbols that modules can see.
	exported *exports.Set
}

// newModuleSymbols finds out which symbols each helper needs, and compares them with
// what modules can see. The IR text does not show all of them: inline assembly
// composes names ("call __put_user_%c"). So this also reads the object that was
// made from the same IR.
func newModuleSymbols(kb *kbuild.Environment, ir *llvmir.Module, object string) (*moduleSymbols, error) {
	f, err := os.Open(object)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	obj, err := elfobj.Read(f)
	if err != nil {
		return nil, err
	}
	inCode, calls := map[string][]string{}, map[string][]string{}
	for _, r := range obj.Refs {
		if elfobj.IsHelper(r.Symbol) && r.Func != "" {
			calls[r.Func] = append(calls[r.Func], r.Symbol)
		}
		if _, undefined := slices.BinarySearch(obj.Undefined, r.Symbol); undefined && r.Func != "" {
			inCode[r.Func] = append(inCode[r.Func], r.Symbol)
		}
	}
	seen, symvers, err := exportedSymbols(kb)
	if err != nil {
		return nil, err
	}
	g := &moduleSymbols{
		withheld: map[string][]string{}, exporters: map[string]string{}, futureExporters: map[string][]string{}, invisible: map[string]bool{}, exported: seen,
	}
	g.uses = ir.Externals(inCode)
	var symbols []string
	for _, needs := range g.uses {
		symbols = append(symbols, needs...)
	}
	used := ir.UsedRefs()
	symbols = slices.DeleteFunc(append(symbols, used...), isInEachModule)
	slices.Sort(symbols)
	exporters, future, err := findExporters(seen, symvers, slices.Compact(symbols))
	if err != nil {
		return nil, err
	}
	for helper, needs := range g.uses {
		for _, symbol := range needs {
			if isInEachModule(symbol) {
				continue
			}
			if file, ok := exporters[symbol]; ok {
				g.visible = append(g.visible, symbol)
				g.exporters[symbol] = file
				continue
			}
			g.withheld[helper] = append(g.withheld[helper], symbol)
			g.invisible[symbol] = true
			if files := future[symbol]; files != nil {
				g.futureExporters[symbol] = files
			}
		}
	}
	g.addUses(calls)
	for _, symbol := range used {
		if _, ok := exporters[symbol]; !ok && !isInEachModule(symbol) {
			g.invisible[symbol] = true
		}
	}
	// Everything that the helpers object defines is exported (rust_exports in the
	// kernel's rust/Makefile).
	g.visible = append(g.visible, ir.Variables()...)
	slices.Sort(g.visible)
	g.visible = slices.Compact(g.visible)
	return g, nil
}

// addUses gives each helper what the helpers that it calls need, too.
func (g *moduleSymbols) addUses(calls map[string][]string) {
	direct := maps.Clone(g.uses)
	for helper := range calls {
		seen := map[string]bool{helper: true}
		for queue := []string{helper}; len(queue) > 0; queue = queue[1:] {
			for _, called := range calls[queue[0]] {
				if !seen[called] {
					seen[called] = true
					queue = append(queue, called)
					g.uses[helper] = slices.Concat(g.uses[helper], direct[called])
				}
			}
		}
		if len(seen) > 1 && len(g.uses[helper]) > 0 {
			slices.Sort(g.uses[helper])
			g.uses[helper] = slices.Compact(g.uses[helper])
		}
	}
}

// registers are the functions that save and restore registers on powerpc: each module
// is linked with its own.
var registers = []string{"_restgpr", "_savegpr", "_rest32gpr_", "_save32gpr_", "_restfpr_", "_savefpr_", "_restvr_", "_savevr_"}

// isInEachModule reports whether the linker or the kernel's loader has a symbol for each
// module: what nobody has to export. Source: ignore_undef_symbol in scripts/mod/modpost.c
// of the kernel. Bounds of sections are not among them: those of a module are others than
// the kernel's.
func isInEachModule(symbol string) bool {
	return symbol == ".TOC." || symbol == "_GLOBAL_OFFSET_TABLE_" || slices.ContainsFunc(registers, func(p string) bool { return strings.HasPrefix(symbol, p) })
}

// exportedSymbols returns the symbols that modules can see. For an external module, they
// are those that the kernel it is built against lists in symvers; in a kernel build,
// they are those that the source exports, and symvers is "".
func exportedSymbols(kb *kbuild.Environment) (seen *exports.Set, symvers string, err error) {
	if kb.Extmod != "" {
		file := filepath.Join(kb.Objtree, "Module.symvers")
		if text, err := os.ReadFile(file); err == nil {
			return exports.FromSymvers(string(text), file), file, nil
		}
	}
	seen, err = exports.FromSource(kb.Srctree, kb.Srcarch)
	return seen, "", err
}

// findExporters returns the files that export symbols and, for those that modules cannot see, the files that may come to
// export them: symvers, or sources.
func findExporters(seen *exports.Set, symvers string, symbols []string) (exporters map[string]string, future map[string][]string, err error) {
	if symvers == "" {
		return seen.Find(symbols)
	}
	exporters, future = map[string]string{}, map[string][]string{}
	for _, s := range symbols {
		if file, ok := seen.Where(s); ok {
			exporters[s] = file
		} else {
			future[s] = []string{symvers}
		}
	}
	return exporters, future, nil
}

// knownExports returns the same as [exportedSymbols] for a crate. It reads the list that
// was written when the helpers bitcode of p was made, because scanning a kernel's
// source takes seconds. The list is as up to date as the bitcode, whose helpers are
// withheld according to the same list.
func knownExports(kb *kbuild.Environment, p *Plan) (*exports.Set, error) {
	if kb.Extmod == "" {
		if text, err := os.ReadFile(p.Exports); err == nil {
			return exports.FromText(string(text), kb.Srctree, kb.Srcarch), nil
		}
	}
	seen, _, err := exportedSymbols(kb)
	return seen, err
}

// NotKernels returns those of the helpers that the kernel of an external module does not
// export, with the reason: they cannot be the kernel's.
func (p *Plan) NotKernels(kb *kbuild.Environment, called []string) (map[string]remains.Reason, error) {
	if kb.Extmod == "" {
		return nil, nil
	}
	seen, symvers, err := exportedSymbols(kb)
	if err != nil || symvers == "" {
		return nil, err // modpost will say that there is no list
	}
	out := map[string]remains.Reason{}
	for _, h := range called {
		if !seen.Has(h) {
			out[h] = remains.Reason{Kind: remains.NotKernels, Symbol: symvers}
		}
	}
	return out, nil
}

// AddedSymbols returns the undefined symbols of an object that its crate does not
// refer to, that no helper is known to need, and that modules cannot see. modpost
// would reject the module because of them. There are none unless inline assembly
// adds them in a way that [newModuleSymbols] cannot follow. Code generation also adds
// symbols that do not come from helpers, such as memcpy.
//
// object and crate are the undefined symbols of the object and of the crate's
// bitcode. st is the stamp of the helpers bitcode that was merged in.
func (p *Plan) AddedSymbols(kb *kbuild.Environment, st *Stamp, object, crate []string) ([]string, error) {
	known, visible := map[string]bool{}, st.Visible
	if p.Packaged {
		visible = nil // in the kernel's source, of which a configuration may leave exports out
	}
	for _, list := range [][]string{crate, visible, st.Helpers} {
		for _, s := range list {
			known[s] = true
		}
	}
	added := slices.DeleteFunc(slices.Clone(object), func(s string) bool { return known[s] || strings.HasPrefix(s, ".L") || isInEachModule(s) })
	if len(added) == 0 {
		return nil, nil
	}
	seen, err := knownExports(kb, p)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(added, seen.Has), nil
}
