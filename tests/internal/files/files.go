// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package files tells a test what a directory holds: which files, with what in them, which were made again, and which of them
// are the shims' own.
package files

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Find lists all files in a directory whose path, relative to it, matches. They are sorted.
func Find(t testing.TB, dir string, match func(path string) bool) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if path, err = filepath.Rel(dir, path); err == nil && match(path) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// HasExt matches paths that end in one of these extensions.
func HasExt(extensions ...string) func(path string) bool {
	return func(path string) bool { return slices.Contains(extensions, filepath.Ext(path)) }
}

// Contents reads files in a directory, by their paths relative to it.
func Contents(t testing.TB, dir string, paths []string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range paths {
		data, err := os.ReadFile(filepath.Join(dir, p))
		if err != nil {
			t.Fatal(err)
		}
		out[p] = string(data)
	}
	return out
}

// Identities tells of files in a directory which each of them is: one that was made again is another file, or a newer one.
func Identities(t testing.TB, dir string, paths []string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range paths {
		info, err := os.Stat(filepath.Join(dir, p))
		if err != nil {
			t.Fatal(err)
		}
		out[p] = fmt.Sprint(info.ModTime().UnixNano(), info.Sys().(*syscall.Stat_t).Ino)
	}
	return out
}

// Differ lists the paths whose contents or identities differ, those included that only one side has. They are sorted.
func Differ(a, b map[string]string) (paths []string) {
	for p, was := range a {
		if is, ok := b[p]; !ok || is != was {
			paths = append(paths, p)
		}
	}
	for p := range b {
		if _, ok := a[p]; !ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths
}

// Remove removes files below a directory, of which each may be missing.
func Remove(t testing.TB, dir string, paths []string) {
	t.Helper()
	for _, p := range paths {
		if err := os.Remove(filepath.Join(dir, p)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// Same says whether two files have the same content.
func Same(t testing.TB, a, b string) bool {
	t.Helper()
	one, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(one) == string(two)
}

// Ours matches files that the shims made: all of them have this in their name.
func Ours(path string) bool { return strings.Contains(filepath.Base(path), "lto_wrap") }

// kept are the files of the shims that stay for the next build: bitcode of the helpers and what is known of it, the answers
// of tools, records of crates, and marks of warnings that were given and of what has failed.
var kept = regexp.MustCompile(`^\.tmp_(lto_wrap_helpers_\w+\.(bc|exports|json|last|lock)|lto_wrap_tools\.json|lto_wrap_declared|lto_wrap_(warned|failed)_.*|.*\.lto_wrap\.json)$`)

// Intermediate matches files of the shims, and bitcode of anyone, that must not be there after a build.
func Intermediate(path string) bool {
	name := filepath.Base(path)
	if strings.HasPrefix(name, ".tmp_lto_wrap_new_") {
		return true // what is to become one of those that stay
	}
	return (Ours(path) || strings.HasSuffix(name, ".bc")) && !kept.MatchString(name)
}
