// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var savedCommand = regexp.MustCompile(`(?m)^(?:saved)?cmd_(\S+) := (.*)$`)

// SavedCommands calls visit with each command that kbuild saved in an object tree (host path), by target, as the shell
// had it.
func SavedCommands(tree string, visit func(target, command string)) error {
	// kbuild doubles "$" and writes "#" so that make can read the command back (scripts/Kbuild.include, make-cmd).
	unescape := strings.NewReplacer("$$", "$", "$(pound)", "#", `\#`, "#")
	return filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".cmd") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if m := savedCommand.FindSubmatch(data); m != nil {
			visit(string(m[1]), unescape.Replace(string(m[2])))
		}
		return nil
	})
}
