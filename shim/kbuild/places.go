// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"os"
	"path/filepath"
	"strings"

	"rustc-lto-wrap/shim/formats/record"
)

// Beside returns the path of a file beside an object, given the file's suffix.
// kbuild's clean removes .tmp_* in every directory, and its .gitignore covers them
// (kernel Makefile, "clean"). Only .tmp_NAME.o is kbuild's own.
func Beside(object, suffix string) string {
	dir, base := filepath.Split(object)
	return dir + ".tmp_" + base + ".lto_wrap" + suffix
}

// These are the suffixes of the intermediate files beside an object. Package record
// has that of the record.
const (
	BitcodeSuffix = ".bc"         // the crate alone
	MergedSuffix  = ".merged.bc"  // the crate with helpers
	FreshSuffix   = ".new.o"      // the object before it is renamed
	HelpersSuffix = ".helpers.bc" // the helpers, as they are merged in
	AdaptedSuffix = ".helpers.ll" // their text, where they get the types that the crate declares
	AloneSuffix   = ".alone.o"    // what rustc alone makes of the crate, to see which symbols it needs
)

// Intermediates returns the paths of all intermediate files of an object. A run
// removes all of them, because an earlier run may have had other settings and may
// have been killed.
func Intermediates(object string) []string {
	var out []string
	for _, suffix := range []string{BitcodeSuffix, MergedSuffix, FreshSuffix, HelpersSuffix, AdaptedSuffix, AloneSuffix} {
		out = append(out, Beside(object, suffix))
	}
	return out
}

// SideFiles returns the paths of all files that a run may leave beside an
// object: the intermediate files and the record.
func SideFiles(object string) []string { return append(Intermediates(object), record.Path(object)) }

// HelpersDir returns the directory of the object tree in which kbuild puts the helpers
// object.
func (e *Environment) HelpersDir(source string) string {
	if strings.HasSuffix(source, "/helpers/helpers.c") {
		return filepath.Join(e.Objtree, "rust", "helpers")
	}
	return filepath.Join(e.Objtree, "rust")
}

// StoreDir returns the directory for the helpers' bitcode and the files that belong to
// it. In a kernel build, it is the directory of the helpers object. For an external
// module (M=), it is the module's own directory, which its make clean covers, because
// the kernel's build tree belongs to somebody else and is often read-only.
func (e *Environment) StoreDir(source string) string {
	if e.Extmod == "" {
		return e.HelpersDir(source)
	}
	return e.ExtmodDir()
}

// CacheDir returns the directory for facts about the tools.
func (e *Environment) CacheDir() string {
	if e.Extmod == "" {
		return filepath.Join(e.Objtree, "rust")
	}
	return e.ExtmodDir()
}

// ExtmodDir returns the directory of an external module's objects: that of its sources
// or, since Linux 6.13, the directory that recipes run in, which MO= may have
// changed.
func (e *Environment) ExtmodDir() string {
	here, err := os.Stat(".")
	if err == nil {
		if tree, err := os.Stat(e.Objtree); err == nil && !os.SameFile(here, tree) {
			return "."
		}
	}
	return e.Extmod
}
