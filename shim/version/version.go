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

// archive says which commit an archive of the sources has. git archive fills in
// what is between dollar signs (export-subst in .gitattributes), and make dist
// fills in the version. In a checkout it is not filled in.
//
//go:embed archive.txt
var archive string

// String is the version of the programs: the one that make gave to the linker,
// else that of the archive that they were built from, else that of the module as
// Go knows it.
func String() string {
	if stamp != "" {
		return stamp
	}
	if v := ofArchive(archive); v != "" {
		return v
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return ofModule(info)
}

// ofArchive returns the version in the text of archive.txt, without the "v" of the
// tag. It returns "" if the text was not filled in. An archive that git made from a
// repository without a tag has only its commit.
func ofArchive(text string) string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		if value = strings.TrimSpace(value); !strings.HasPrefix(value, "$Format") {
			fields[name] = value
		}
	}
	v, commit := strings.TrimPrefix(fields["version"], "v"), fields["commit"]
	switch {
	case v != "" || commit == "":
		return v
	case len(commit) > 12:
		commit = commit[:12]
	}
	return "0.0.0-g" + commit
}

// ofModule returns the version of the module, or "(devel)" and the git revision
// for a program that was built from a checkout.
func ofModule(info *debug.BuildInfo) string {
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v += " " + s.Value
		}
	}
	return v
}
