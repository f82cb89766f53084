// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// RustObjects are all objects in an object tree (host path) that rustc was asked for, relative to it, sorted.
func RustObjects(tree string) ([]string, error) {
	var out []string
	err := SavedCommands(tree, func(target, command string) {
		if strings.Contains(command, " "+ABDir+"/rustc ") && strings.Contains(command, "--emit=obj="+target+" ") {
			out = append(out, target)
		}
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s has no object that rustc was asked for", tree)
	}
	slices.Sort(out)
	return out, err
}
