// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"maps"
	"os"
	"slices"
	"time"

	"rustc-lto-wrap/shim/formats/remains"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/kbuild/exports"
)

// stampSchema is the version of stamp and bitcode. It changes when their contents
// change.
const stampSchema = 8

// Stamp has the facts about a helpers bitcode. It is stored in a file beside the
// bitcode, which is written after the bitcode and makes it usable. A bitcode
// without a stamp is ignored.
type Stamp struct {
	Schema  int            `json:"schema"`
	Key     string         `json:"key"`
	Variant kbuild.Variant `json:"variant"`
	Exact   bool           `json:"exact"`
	Flags   []string       `json:"flags"`
	Base    []string       `json:"base"`
	Clang   string         `json:"clang"`
	// Linkage, Inline and Drop are the settings that it was made with. Compiler is kbuild's C compiler, as far as bitcode depends on
	// it: see [compilerDescription].
	Linkage  string   `json:"linkage"`
	Inline   string   `json:"inline"`
	Drop     []string `json:"drop,omitempty"`
	Compiler string   `json:"compiler"`
	// Size and SHA256 are the size and the hash of the bitcode.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	// Helpers are all helpers. Calls are those that remain calls in each object that the
	// bitcode is merged into, and that it only declares, with the reasons.
	Helpers []string                  `json:"helpers"`
	Calls   map[string]remains.Reason `json:"calls,omitempty"`
	// Types are the types of the helpers; package llvmir says in which form.
	Types map[string]string `json:"types"`
	// Needs are the symbols that modules cannot see, for each helper that needs such
	// symbols. Visible are the external symbols that the other helpers need.
	Needs   map[string][]string `json:"needs,omitempty"`
	Visible []string            `json:"visible,omitempty"`
	// Uses are all external symbols that each helper for modules needs. A module may have
	// its own of them.
	Uses map[string][]string `json:"uses,omitempty"`
	// Exporters are the files that export the symbols of Visible. Candidates are the
	// files that may come to export the symbols in Needs. ExportFiles are the state
	// of all these files: the hash is that of what they export.
	Exporters   map[string]string   `json:"exporters,omitempty"`
	Candidates  map[string][]string `json:"candidates,omitempty"`
	ExportFiles []Prerequisite      `json:"export_files,omitempty"`
	// Prerequisites are the files that it was made from. Begun is the time when
	// making it began, in nanoseconds.
	Prerequisites []Prerequisite `json:"prerequisites"`
	Begun         int64          `json:"begun_ns"`
}

// Prerequisite is one file that the helpers bitcode was made from, with its state
// at that time.
type Prerequisite struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	MTime  int64  `json:"mtime_ns"`
	SHA256 string `json:"sha256"`
}

// prerequisites records the present state of files.
func prerequisites(paths []string) ([]Prerequisite, error) {
	var out []Prerequisite
	for _, path := range paths {
		p, err := prerequisite(path)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func prerequisite(path string) (Prerequisite, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Prerequisite{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Prerequisite{}, err
	}
	return Prerequisite{path, info.Size(), info.ModTime().UnixNano(), host.Hash(data)}, nil
}

// changedFile returns the path of a prerequisite that has changed, "" if there is none.
// It compares size and time first, and the content only if these differ. A file
// that was only touched or checked out again therefore causes no rebuild.
//
// The modification time is not conclusive for a file that was written shortly
// before making began, or later: the file may have been written again within the
// resolution of its file system's times (two seconds on FAT, one on ext3), or the
// clock may have been set. The content of such a file is always compared.
func (st *Stamp) changedFile() string {
	const coarsest = int64(2 * time.Second)
	for _, list := range []struct {
		files []Prerequisite
		now   func(path string) (Prerequisite, error)
	}{{st.Prerequisites, prerequisite}, {st.ExportFiles, exportFile}} {
		for _, p := range list.files {
			info, err := os.Stat(p.Path)
			if err != nil {
				return p.Path
			}
			if info.Size() == p.Size && info.ModTime().UnixNano() == p.MTime && p.MTime < st.Begun-coarsest {
				continue
			}
			if now, err := list.now(p.Path); err != nil || now.SHA256 != p.SHA256 {
				return p.Path
			}
		}
	}
	return ""
}

// exportFile records the present state of a file that exports symbols.
func exportFile(path string) (Prerequisite, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Prerequisite{}, err
	}
	state, err := exports.State(path)
	return Prerequisite{path, info.Size(), info.ModTime().UnixNano(), state}, err
}

// exportFiles records the present state of the files that st's exports depend on.
func (st *Stamp) exportFiles() ([]Prerequisite, error) {
	files := slices.Collect(maps.Values(st.Exporters))
	for _, list := range st.Candidates {
		files = append(files, list...)
	}
	slices.Sort(files)
	var out []Prerequisite
	for _, path := range slices.Compact(files) {
		p, err := exportFile(path)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// FilesThatDecide returns the files that decide which helpers are inlined into a
// module, given the undefined symbols of its object: the files that export these
// symbols, and, for each helper that stayed a call, the files that may come to
// export what it needs. The result is sorted.
func (st *Stamp) FilesThatDecide(undefined []string) []string {
	var out []string
	for _, symbol := range undefined {
		if file := st.Exporters[symbol]; file != "" {
			out = append(out, file)
		}
		for _, needs := range st.Needs[symbol] {
			out = append(out, st.Candidates[needs]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// distrust forgets the content of files that were written since making began:
// it is unknown whether clang read them before or after. The bitcode is still good
// for the present crate: make cannot tell either whether the crate was compiled
// before or after the change. The next crate rebuilds the bitcode. A time in the
// future means a wrong clock and not a change.
func (st *Stamp) distrust(now time.Time) {
	for _, list := range [][]Prerequisite{st.Prerequisites, st.ExportFiles} {
		for i, p := range list {
			if p.MTime >= st.Begun && p.MTime <= now.UnixNano() {
				list[i].SHA256 = ""
			}
		}
	}
}
