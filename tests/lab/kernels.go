// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	_ "embed"
	"fmt"
	"path"
	"strings"

	"rustc-lto-wrap/tests/internal/table"
)

// Kernel is an entry of the file kernels, which says what each property means.
type Kernel struct {
	Version  string
	Helpers  string
	Option   string   // "" for none
	Hidden   string   // "" for none
	Calls    int      // the least number
	Doctests int      // the least number
	Modules  []string // names as the kernel has them, sorted
}

// HelpersObject is the object that kbuild makes of the helpers, relative to the object tree.
func (k Kernel) HelpersObject() string { return strings.TrimSuffix(k.Helpers, ".c") + ".o" }

// HelpersFiles is the pattern of the files that the shims make of the helpers, relative to the object tree.
func (k Kernel) HelpersFiles() string { return path.Dir(k.Helpers) + "/.tmp_lto_wrap_helpers_*" }

//go:embed kernels
var kernelsTable string

// Kernels are the lab's, from the one with the least Rust code to the one with the most.
var Kernels = must(readKernels(kernelsTable))

// LeastRust and MostRust are the first and the last of Kernels: for a test that one kernel is enough for.
func LeastRust() Kernel { return Kernels[0] }
func MostRust() Kernel  { return Kernels[len(Kernels)-1] }

// KernelVersions are the versions of Kernels.
var KernelVersions = versions(Kernels)

func versions(kernels []Kernel) (list []string) {
	for _, k := range kernels {
		list = append(list, k.Version)
	}
	return list
}

// KernelOf finds a kernel by its version.
func KernelOf(version string) (Kernel, error) {
	for _, k := range Kernels {
		if k.Version == version {
			return k, nil
		}
	}
	return Kernel{}, fmt.Errorf("there is no kernel %q: the lab has %s", version, strings.Join(KernelVersions, ", "))
}

func readKernels(text string) ([]Kernel, error) {
	entries, err := table.Read(text)
	if err != nil {
		return nil, fmt.Errorf("tests/lab/kernels: %w", err)
	}
	var kernels []Kernel
	for _, e := range entries {
		kernels = append(kernels, Kernel{
			Version: e.Name, Helpers: e.Word("helpers"), Option: e.Word("option"), Hidden: e.Word("hidden"),
			Calls: e.Number("calls"), Doctests: e.Number("doctests"), Modules: e.Words("modules"),
		})
		if err := e.Err(); err != nil {
			return nil, fmt.Errorf("tests/lab/kernels: %w", err)
		}
	}
	return kernels, nil
}

// must is for tables that are part of the program.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
