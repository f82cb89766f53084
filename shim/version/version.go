// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package version says which version of the two programs is running. It
// imports nothing of this project.
package version

import (
	_ "embed"
	"runtime/debug"
	"strings"
)

// stamp is the version that the Makefile gives to the linker, with
// -X rustc-lto-wrap/shim/version.stamp=VERSION. It is "" for a program that
// something else built.
var stamp string

// release is the release that the sources are, or are becoming. It is the version
// where git describes nothing; make dist writes the version of the release here.
//
//go:embed VERSION
var release string

// archive has what git says of an archive of the sources. git archive fills in
// what is between dollar signs (export-subst in .gitattributes). In a checkout it is
// not filled in, and in an archive of make dist only the date is left.
//
//go:embed archive.txt
var archive string

// String is the version of the programs: the one that make gave to the linker,
// else that of the archive that they were built from, else that of the module as
// Go knows it, else the release.
func String() string {
	if stamp != "" {
		return stamp
	}
	if v := archiveVersion(archive, release); v != "" {
		return v
	}
	info, _ := debug.ReadBuildInfo()
	return ofModule(info, release)
}

// archiveVersion returns the version of an archive with this archive.txt and VERSION,
// without the "v" of a tag. It returns "" if archive.txt was not filled in. An archive
// that git made without a tag has the release and its commit.
func archiveVersion(text, release string) string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); strings.HasPrefix(value, "$Format") {
			return ""
		}
		fields[name] = value
	}
	v, commit := strings.TrimPrefix(fields["version"], "v"), fields["commit"]
	if v == "" {
		v = strings.TrimSpace(release)
		if commit != "" {
			v += "-g" + commit[:min(12, len(commit))]
		}
	}
	return v
}

// ofModule returns the version of the module. For a program that Go knows no version
// of, it returns "(devel)" with the git revision, or the release where there is none.
func ofModule(info *debug.BuildInfo, release string) string {
	if info != nil && info.Main.Version != "(devel)" && info.Main.Version != "" {
		return info.Main.Version
	}
	if info != nil {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return "(devel) " + s.Value
			}
		}
	}
	return strings.TrimSpace(release)
}
