// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package exports

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// UnknownSymbols returns those of symbols of which nothing says that the kernel defines them.
// A symbol that the optimiser must remove, such as rust_build_error, is among them:
// nothing may define it.
//
// For an external module, symvers is the kernel's Module.symvers, which is exact: modpost
// accepts what is listed there, and nothing else that the module does not define itself.
// In a kernel build, and where there is no such file, it is not known yet what will be
// linked. Three kinds of symbols are then known to be there:
//
//   - Functions of Rust crates, by their mangled names. Crates are compiled before those
//     that use them.
//   - What the kernel exports of its Rust crates (rust/exports_*_generated.h, which are
//     made from the objects). The exports in rust/exports.c do not count, because they
//     depend on the configuration: one of them is rust_build_error, which
//     CONFIG_RUST_BUILD_ASSERT_ALLOW defines.
//   - What a header of the kernel's C code declares (rust/bindings/*_generated.rs).
//
// The answer errs on one side in most cases: a symbol that another object of the same
// module defines is unknown. An unreadable file makes more symbols unknown.
func UnknownSymbols(symbols []string, objtree, symvers string) []string {
	wanted := map[string]bool{}
	for _, s := range symbols {
		// modpost defines it for each module (add_header in scripts/mod/modpost.c).
		if s != "__this_module" {
			wanted[s] = true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	list, err := []byte(nil), error(fs.ErrNotExist)
	if symvers != "" {
		list, err = os.ReadFile(symvers)
	}
	if err == nil {
		removeListed(wanted, list)
	} else {
		for s := range wanted {
			if isMangled(s) {
				delete(wanted, s)
			}
		}
		dir := filepath.Join(objtree, "rust")
		if len(wanted) > 0 {
			for name := range bytes.SplitSeq(declaredNames(dir), []byte("\n")) {
				delete(wanted, string(name))
			}
		}
		removeFound(wanted, filepath.Join(dir, "exports_*_generated.h"), func(data []byte) {
			scan(data, func(_, name string) { delete(wanted, name) })
		})
	}
	out := make([]string, 0, len(wanted))
	for s := range wanted {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// isMangled reports whether rustc has made a symbol's name (rustc_symbol_mangling, v0 and
// legacy).
func isMangled(symbol string) bool {
	return strings.HasPrefix(symbol, "_R") || strings.HasPrefix(symbol, "_ZN")
}

// removeListed removes the symbols that a Module.symvers lists, in any namespace.
func removeListed(wanted map[string]bool, symvers []byte) {
	for len(symvers) > 0 && len(wanted) > 0 {
		line, rest, _ := bytes.Cut(symvers, []byte("\n"))
		symvers = rest
		_, line, _ = bytes.Cut(line, []byte("\t"))
		name, _, _ := bytes.Cut(line, []byte("\t"))
		delete(wanted, string(name))
	}
}

// removeFound calls read with the contents of the files that a pattern names, while
// symbols are wanted.
func removeFound(wanted map[string]bool, pattern string, read func([]byte)) {
	files, _ := filepath.Glob(pattern)
	for _, f := range files {
		if len(wanted) == 0 {
			return
		}
		if data, err := os.ReadFile(f); err == nil {
			read(data)
		}
	}
}

// declaredNames returns the names that the kernel's bindings declare, one a line. It keeps
// them in a file beside the bindings' directory, because there are megabytes of bindings
// and each crate asks. The kernel's make clean removes that file. It is up to date as long
// as the files have their size and time.
func declaredNames(dir string) []byte {
	files, _ := filepath.Glob(filepath.Join(dir, "bindings", "*_generated.rs"))
	if len(files) == 0 {
		return nil
	}
	var head strings.Builder
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintf(&head, "%s %d %d ", filepath.Base(f), info.Size(), info.ModTime().UnixNano())
		}
	}
	head.WriteByte('\n')
	cache := filepath.Join(dir, ".tmp_lto_wrap_declared")
	if kept, err := os.ReadFile(cache); err == nil {
		if names, ok := bytes.CutPrefix(kept, []byte(head.String())); ok {
			return names
		}
	}
	var names []byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return names // what is missing is unknown, and the file is not complete
		}
		names = appendDeclared(names, data, "fn ")
		names = appendDeclared(names, data, "static ")
	}
	if t, err := os.CreateTemp(dir, ".tmp_lto_wrap_new_*_declared"); err == nil {
		// Without the file, the next crate reads the bindings.
		_ = t.Chmod(0o644)
		_, err := t.Write(append([]byte(head.String()), names...))
		if err2 := t.Close(); err != nil || err2 != nil || os.Rename(t.Name(), cache) != nil {
			_ = os.Remove(t.Name())
		}
	}
	return names
}

// appendDeclared appends the names that text of Rust's declares with a keyword, which ends
// with a blank, each with a newline after it. Whether the text is formatted does not
// matter.
func appendDeclared(names, text []byte, keyword string) []byte {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(keyword))
		if i < 0 {
			return names
		}
		from := at + i
		at = from + len(keyword)
		if from > 0 && isIdent(text[from-1]) {
			continue
		}
		name := bytes.TrimPrefix(text[at:], []byte("mut "))
		end := 0
		for end < len(name) && isIdent(name[end]) {
			end++
		}
		if end > 0 {
			names = append(append(names, name[:end]...), '\n')
		}
	}
}
