// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import "strings"

// RecursionVariable returns the environment variable that is set for the children
// of a program. A command line that leads back to the program through another one
// (a launcher, a script) is then an error instead of an endless loop.
func RecursionVariable(p Program) string {
	return "_" + strings.ToUpper(strings.ReplaceAll(string(p), "-", "_")) + "_RUNS"
}

// Guarded returns the environment for the children of a program: its own
// environment, with the recursion variable set.
func Guarded(h Host, p Program) []string {
	return append(h.Environ(), RecursionVariable(p)+"=1")
}
