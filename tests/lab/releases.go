// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	_ "embed"
	"fmt"
	"testing"

	"rustc-lto-wrap/tests/internal/table"
)

// Release is an entry of the file releases, which says what each property means.
type Release struct {
	Name       string
	Suites     []string
	Kernel     string // "" for none
	Packages   []string
	Bindgen    string
	GCC, Clang string // versions of kernels, or Newest
	Fitting    []string
	Newer      string // a suite, "" for none
}

//go:embed releases
var releasesTable string

// Releases are those of Debian that the lab makes roots of. The first is the default.
var Releases = must(readReleases(releasesTable))

func readReleases(text string) ([]Release, error) {
	entries, err := table.Read(text)
	if err != nil {
		return nil, fmt.Errorf("tests/lab/releases: %w", err)
	}
	var releases []Release
	for _, e := range entries {
		releases = append(releases, Release{
			Name: e.Name, Suites: e.Words("suites"), Kernel: e.Word("kernel"), Packages: e.Words("packages"), Bindgen: e.Word("bindgen"),
			GCC: e.Word("gcc"), Clang: e.Word("clang"), Fitting: e.Words("fitting"), Newer: e.Word("newer"),
		})
		if err := e.Err(); err != nil {
			return nil, fmt.Errorf("tests/lab/releases: %w", err)
		}
	}
	return releases, nil
}

// OpenRelease is [Open] with the root of a release.
func OpenRelease(t testing.TB, release string) *Lab {
	t.Helper()
	return openLab(t, "KERNEL_LAB_RELEASE="+release)
}
