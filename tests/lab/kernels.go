// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/tests/internal/table"
)

// Kernel is what is known of a kernel: its entry in the file kernels, which says what each property means, or what
// [describe] finds out.
type Kernel struct {
	Version  string
	Helpers  string
	Option   string   // "" for none
	Hidden   string   // "" for none, or not known
	Calls    int      // the least number
	Doctests int      // the least number
	Modules  []string // names as the kernel has them, sorted; nil: not known
}

// HelpersObject is the object that kbuild makes of the helpers, relative to the object tree.
func (k Kernel) HelpersObject() string { return strings.TrimSuffix(k.Helpers, ".c") + ".o" }

// HelpersFiles is the pattern of the files that the shims make of the helpers, relative to the object tree.
func (k Kernel) HelpersFiles() string { return path.Dir(k.Helpers) + "/.tmp_lto_wrap_helpers_*" }

//go:embed kernels
var kernelsTable string

// Known are the kernels of the table, from the one with the least Rust code to the one with the most. Which of them the lab
// holds, and which others, [Script.Kernels] says.
var Known = must(readKernels(kernelsTable))

// Newest is lab.sh's name of the newest kernel that it holds.
const Newest = "newest"

// Kernels are those that the lab holds, from the one with the least Rust code to the one with the most. The lab must have
// been made.
func (s Script) Kernels(ctx context.Context) ([]Kernel, error) {
	text, err := s.Run(ctx, "kernels")
	if err != nil {
		return nil, err
	}
	var kernels []Kernel
	for _, version := range strings.Fields(text) {
		tree, err := s.Run(ctx, "source", version)
		if err == nil {
			tree, err = s.Run(ctx, "path", tree)
		}
		if err != nil {
			return nil, err
		}
		k, err := describe(version, tree)
		if err != nil {
			return nil, err
		}
		kernels = append(kernels, k)
	}
	if len(kernels) == 0 {
		return nil, errors.New("the lab holds no kernel")
	}
	return kernels, nil
}

// KernelOf finds a kernel by its version, or the newest one.
func KernelOf(kernels []Kernel, version string) (Kernel, error) {
	if version == Newest {
		return kernels[len(kernels)-1], nil
	}
	var list []string
	for _, k := range kernels {
		if k.Version == version {
			return k, nil
		}
		list = append(list, k.Version)
	}
	return Kernel{}, fmt.Errorf("there is no kernel %q: the lab has %s", version, strings.Join(list, ", "))
}

// Kernels is [Script.Kernels].
func (l *Lab) Kernels() []Kernel {
	l.t.Helper()
	kernels, err := l.script.Kernels(context.Background())
	if err != nil {
		l.t.Fatal(err)
	}
	return kernels
}

// LeastRust and MostRust are the first and the last of Kernels: for a test that one kernel is enough for. They are the same
// one where the lab holds one alone.
func (l *Lab) LeastRust() Kernel { l.t.Helper(); return l.Kernels()[0] }
func (l *Lab) MostRust() Kernel  { l.t.Helper(); return l.Kernel(Newest) }

// Kernel finds one of Kernels by its version, or the newest one.
func (l *Lab) Kernel(version string) Kernel {
	l.t.Helper()
	k, err := KernelOf(l.Kernels(), version)
	if err != nil {
		l.t.Fatal(err)
	}
	return k
}

// inlineHelpers is the option of Linux 7.1 and later by which a kernel inlines its helpers itself.
const inlineHelpers = "RUST_INLINE_HELPERS"

// describe finds out what there is to know of a kernel. One that has no entry in the table is described by its sources (host
// path); it has no less Rust code than the last one before it in the table, and what its helpers hide and which modules it
// has, tests find out from what was built.
func describe(version, tree string) (Kernel, error) {
	i := slices.IndexFunc(Known, func(k Kernel) bool { return k.Version == version })
	if i >= 0 {
		return Known[i], nil
	}
	k := Kernel{Version: version, Calls: 1, Doctests: 1}
	for _, known := range Known {
		if older(known.Version, version) {
			k.Calls, k.Doctests = known.Calls, known.Doctests
		}
	}
	return k, k.readSources(tree)
}

// readSources fills in what the sources of a kernel (host path) say: where its helpers are, and whether it has the option.
func (k *Kernel) readSources(tree string) error {
	for _, k.Helpers = range []string{"rust/helpers/helpers.c", "rust/helpers.c", ""} {
		if _, err := os.Stat(filepath.Join(tree, k.Helpers)); err == nil {
			break
		}
	}
	if k.Helpers == "" {
		return fmt.Errorf("the sources of Linux %s have no helpers: neither rust/helpers/helpers.c nor rust/helpers.c is in %s", k.Version, tree)
	}
	option := regexp.MustCompile(`(?m)^config ` + inlineHelpers + `$`)
	for _, dir := range []string{"lib", "init", "rust"} {
		err := filepath.WalkDir(filepath.Join(tree, dir), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), "Kconfig") {
				return err
			}
			text, err := os.ReadFile(file)
			if option.Match(text) {
				k.Option = inlineHelpers
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// older compares two versions, such as 6.12 and 7.3.
func older(a, b string) bool {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		m, _ := strconv.Atoi(a)
		n, _ := strconv.Atoi(b)
		return cmp.Compare(m, n)
	}) < 0
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
