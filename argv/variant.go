// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import "strings"

// ModuleVariant returns the command line with which kbuild would compile the same
// source for a module. args is the command line for a built-in object.
// ModuleVariant replaces the flags kernel by the flags module and removes
// -DKBUILD_MODFILE, as modkern_cflags in the kernel's scripts/Makefile.lib does.
//
// The flags kernel are expected right before -DKBUILD_MODFILE. If they are not
// there (a kernel may order them differently), ModuleVariant removes each of them
// wherever it occurs in args, and appends the flags module.
func ModuleVariant(args, kernel, module []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-DKBUILD_MODFILE=") {
			out = append(out, args[i])
			continue
		}
		if at := len(out) - len(kernel); at >= 0 && equal(out[at:], kernel) {
			out = append(append(out[:at], module...), args[i+1:]...)
			return out
		}
	}
	return append(Without(out, kernel), module...)
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
