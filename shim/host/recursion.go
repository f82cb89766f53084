// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import "strings"

// RecursionVariable returns the environment variable that is set for what a
// program starts. A command line that leads back to the program by way of
// another one (a launcher, a script) is then an error and not an endless loop.
func RecursionVariable(p Program) string {
	return "_" + strings.ToUpper(strings.ReplaceAll(string(p), "-", "_")) + "_RUNS"
}

// Guarded returns the environment for what a program starts: its own, with the
// recursion variable set.
func Guarded(h Host, p Program) []string {
	return append(h.Environ(), RecursionVariable(p)+"=1")
}
