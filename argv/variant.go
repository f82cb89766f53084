// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import "strings"

// ModuleVariant returns the command line with which kbuild would compile the
// same source for a module: args, one for a built-in object, with the flags
// kernel replaced by module and without -DKBUILD_MODFILE, as modkern_cflags in
// the kernel's scripts/Makefile.lib chooses them.
//
// The flags to replace stand right before -DKBUILD_MODFILE; where they do not
// (a kernel that orders them otherwise), those of module go to the end, and
// kernel's that args holds are left out one by one.
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
