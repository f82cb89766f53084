// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/tests/internal/table"
)

// Arch is an entry of the file architectures, which says what each property means.
type Arch struct {
	Name, Folder            string
	Config                  []string // names of files beside the table
	Image, Console, Target  string
	Packages                []string
	Make, Qemu, Call, After []string
}

//go:embed architectures
var architecturesTable string

// Architectures are those of the lab.
var Architectures = must(readArchitectures(architecturesTable))

// DefaultArch is the architecture of a version without a suffix.
func DefaultArch() Arch { return Architectures[0] }

// ArchOf returns the architecture of a version as lab.sh's commands have it: VERSION, or VERSION-ARCH.
func ArchOf(version string) Arch {
	_, name, _ := strings.Cut(version, "-")
	if i := slices.IndexFunc(Architectures, func(a Arch) bool { return a.Name == name }); i >= 0 {
		return Architectures[i]
	}
	return DefaultArch()
}

// UserMode is user-mode Linux, a kernel that runs as a process of this machine.
func UserMode() Arch {
	i := slices.IndexFunc(Architectures, func(a Arch) bool { return a.Name == "um" })
	return Architectures[i]
}

func readArchitectures(text string) ([]Arch, error) {
	entries, err := table.Read(text)
	if err != nil {
		return nil, fmt.Errorf("tests/lab/architectures: %w", err)
	}
	var list []Arch
	for _, e := range entries {
		list = append(list, Arch{
			Name: e.Name, Make: e.Words("make"), Folder: e.Word("folder"), Config: e.Words("config"), Image: e.Word("image"),
			Qemu: e.Words("qemu"), Packages: e.Words("packages"), Console: e.Word("console"), Target: e.Word("target"),
			Call: e.Words("call"), After: e.Words("after"),
		})
		if err := e.Err(); err != nil {
			return nil, fmt.Errorf("tests/lab/architectures: %w", err)
		}
	}
	return list, nil
}
