// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import "strings"

// ParseConfig parses a .config. It returns the options with their values, and the
// kernel's name, which Kconfig writes into a comment, "# Linux/x86 6.12.107 Kernel
// Configuration" (conf_write in the kernel's scripts/kconfig/confdata.c).
func ParseConfig(text []byte) (options map[string]string, kernel string) {
	options = map[string]string{}
	// A line has any length: a bufio.Scanner would stop at a long one.
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		if k, ok := strings.CutSuffix(line, " Kernel Configuration"); ok && kernel == "" {
			kernel = strings.TrimPrefix(k, "# ")
		}
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "CONFIG_") {
			options[name] = value
		}
	}
	return options, kernel
}
