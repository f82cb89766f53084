// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package version

import "strconv"

// generation is the number of the way in which objects are made. Raise it in a
// change after which the same crate, settings and tools give another object. kbuild
// then rebuilds the crates into which helpers were inlined, and an upgrade
// without such a change compiles nothing. TestGeneration in package crate notices
// most of these changes. A test sets it with the linker's -X.
var generation = "7"

// GenerationOption is the option to which both programs answer with their
// [Generation]. make asks for it in each build, so that it is not listed among the
// options for people.
const GenerationOption = "--wrap-generation"

// Generation returns the number of the way in which this program makes objects.
func Generation() int {
	n, err := strconv.Atoi(generation)
	if err != nil {
		panic("version: the generation is not a number: " + generation)
	}
	return n
}
