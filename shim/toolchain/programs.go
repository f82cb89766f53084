// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"slices"
	"strings"

	"rustc-lto-wrap/shim/host"
)

// Programs returns the files of the programs in the command lines of tools: a tool
// itself, and a launcher in front of it. A tool that was not looked for has none.
func Programs(h host.Host, tools ...Tool) (out []string) {
	for _, t := range tools {
		for _, w := range t.Argv {
			if strings.HasPrefix(w, "-") {
				continue
			}
			if p := lookPath(h, w); p != "" && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}
