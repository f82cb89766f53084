// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"os"
	"path/filepath"
	"strings"
)

// Config is the configuration that kbuild builds with, include/config/auto.conf of an
// object tree. The files beside it, include/config/NAME, do not say what is on: Kconfig
// touches that of an option that goes off as well, and removes none (conf_touch_deps in
// scripts/kconfig/confdata.c of the kernel).
type Config map[string]string

// ConfigOf returns the configuration of an object tree, with the values of all options (CONFIG_X). Without one, it is nil, and nothing is on.
func ConfigOf(objtree string) Config {
	text, err := os.ReadFile(filepath.Join(objtree, "include/config/auto.conf"))
	if err != nil {
		return nil
	}
	options, _ := ParseConfig(text)
	return options
}

// MixesCompilers reports whether kbuild's C compiler is a clang while the kernel is configured
// for gcc. A kernel's own build configures it again for another compiler. That of an external
// module does not: it warns of the difference, and goes on with flags of gcc (the kernel's
// Makefile, "the compiler differs").
func (e *Environment) MixesCompilers() bool {
	return len(e.ClangFlags) > 0 && ConfigOf(e.Objtree).on("CC_IS_GCC")
}

// on reports whether an option, without its CONFIG_, is y or m.
func (c Config) on(option string) bool {
	value := c["CONFIG_"+option]
	return value == "y" || value == "m"
}

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
