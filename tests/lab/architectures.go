// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	_ "embed"
	"fmt"
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

func readArchitectures(text string) ([]Arch, error) {
	table, err := readTable(text)
	if err != nil {
		return nil, fmt.Errorf("tests/lab/architectures: %w", err)
	}
	var list []Arch
	for _, e := range table {
		list = append(list, Arch{
			Name: e.name, Make: e.words("make"), Folder: e.word("folder"), Config: e.words("config"), Image: e.word("image"),
			Qemu: e.words("qemu"), Packages: e.words("packages"), Console: e.word("console"), Target: e.word("target"),
			Call: e.words("call"), After: e.words("after"),
		})
		if err := e.err(); err != nil {
			return nil, fmt.Errorf("tests/lab/architectures: %w", err)
		}
	}
	return list, nil
}
