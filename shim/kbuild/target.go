// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"os"
	"path/filepath"
	"strings"
)

// ClangTarget returns the triple with which a clang builds this kernel, "" if the
// kernel names none. It names them by SRCARCH in scripts/Makefile.clang, since Linux 5.15,
// and for user-mode Linux by the architecture that it runs on:
//
//	CLANG_TARGET_FLAGS_x86	:= x86_64-linux-gnu
//	CLANG_TARGET_FLAGS_um	:= $(CLANG_TARGET_FLAGS_$(SUBARCH))
func (e *Environment) ClangTarget() string {
	text, err := os.ReadFile(filepath.Join(e.Srctree, "scripts/Makefile.clang"))
	if err != nil || e.Srcarch == "" {
		return ""
	}
	const variable = "CLANG_TARGET_FLAGS_"
	targets := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, target, ok := strings.Cut(line, ":="); ok && strings.HasPrefix(name, variable) {
			targets[strings.TrimSpace(name)] = strings.TrimSpace(target)
		}
	}
	target := targets[variable+e.Srcarch]
	if target == "$("+variable+"$(SUBARCH))" {
		target = targets[variable+e.Subarch]
	}
	if strings.Contains(target, "$") {
		return ""
	}
	return target
}
