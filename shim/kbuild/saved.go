// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/shlex"

	"rustc-lto-wrap/shim/settings"
)

// kbuild saves the command of each target in a file beside it, .TARGET.cmd:
//
//	savedcmd_rust/kernel.o := OBJTREE=/obj rustc … rust/kernel/lib.rs
//	source_rust/kernel.o := rust/kernel/lib.rs
//	deps_rust/kernel.o := \
//
// (scripts/Kbuild.include, dot-target and make-cmd; scripts/basic/fixdep.c). The
// name of the first variable was cmd_ before Linux 6.3.

// CommandFile returns the path of the file with the saved command of a target.
func CommandFile(target string) string {
	dir, base := filepath.Split(target)
	return dir + "." + base + ".cmd"
}

// TargetOf returns the path of the target whose command is saved in a file, "" if
// the file does not have such a name. It is the inverse of [CommandFile].
func TargetOf(file string) string {
	dir, base := path.Split(file)
	target, ok := strings.CutPrefix(base, ".")
	target, is := strings.CutSuffix(target, ".cmd")
	if !ok || !is || target == "" {
		return ""
	}
	return dir + target
}

// SavedSource returns the source that is named in a file with a saved command, ""
// if there is none. The source is between the command and the many lines of its
// prerequisites, which SavedSource does not read.
func SavedSource(tree fs.FS, file string) (string, error) {
	f, err := tree.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadString('\n')
		if strings.HasPrefix(line, "source_") {
			_, source, _ := strings.Cut(line, " := ")
			return strings.TrimSpace(source), nil
		}
		if err != nil || strings.HasPrefix(line, "deps_") {
			return "", nil
		}
	}
}

// Saved is a command that kbuild saved.
type Saved struct {
	// Target is the target as make names it: relative to the directory that make ran in, or absolute.
	Target string
	// Env are the variables set in front of the command, as KEY=value.
	Env []string
	// Argv is the command line, program first, up to the end of the first command
	// of the recipe.
	Argv []string
}

// ErrNoCommand is the error for a file that contains no saved command.
var ErrNoCommand = errors.New("it has no command saved by kbuild")

// ReadSaved reads the saved command of a target. target is relative to the present
// directory or absolute.
func ReadSaved(target string) (*Saved, error) {
	text, err := os.ReadFile(CommandFile(target))
	if err != nil {
		return nil, err
	}
	return ParseSaved(string(text))
}

// ParseSaved parses the text of a file with a saved command.
func ParseSaved(text string) (*Saved, error) {
	line, _, _ := strings.Cut(text, "\n")
	name, command, ok := strings.Cut(line, " := ")
	_, target, is := strings.Cut(name, "cmd_")
	if !ok || !is || !strings.HasPrefix(name, "savedcmd_") && !strings.HasPrefix(name, "cmd_") {
		return nil, ErrNoCommand
	}
	// kbuild doubles "$" and escapes "#" so that make can read the command back.
	// For shlex, an unquoted "#" begins a comment, even in the middle of a word.
	command = strings.NewReplacer("$$", "$", "$(pound)", `\#`, `\#`, `\#`, "#", `\#`).Replace(command)
	words, err := shlex.Split(command)
	if err != nil {
		return nil, fmt.Errorf("its saved command is not a list of shell words: %w", err)
	}
	s := &Saved{Target: target}
	for len(words) > 0 && isAssignment(words[0]) {
		s.Env, words = append(s.Env, words[0]), words[1:]
	}
	for _, w := range words {
		if slices.Contains([]string{";", "&&", "||", "|", ">", "<", "2>&1"}, w) || strings.HasPrefix(w, ">") {
			break
		}
		first, ended := strings.CutSuffix(w, ";")
		s.Argv = append(s.Argv, first)
		if ended {
			break
		}
	}
	if len(s.Argv) == 0 {
		return nil, ErrNoCommand
	}
	return s, nil
}

// isAssignment reports whether a word in front of a command sets a variable.
func isAssignment(w string) bool {
	name, _, ok := strings.Cut(w, "=")
	return ok && name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// SavedEnvironment reconstructs the variables that kbuild exported in the build of
// an object tree, as far as the saved commands show them. It uses the command that compiled the
// helpers and that of any module's NAME.mod.c. objtree is the path of that tree, and source that of
// the helpers source in a source tree.
//
// A saved command does not show where one variable ends and the next begins.
// SavedEnvironment therefore puts everything before compiler_types.h into
// LINUXINCLUDE, and everything after it into KBUILD_CFLAGS, which results in the
// same command lines.
func SavedEnvironment(objtree, source string) (map[string]string, error) {
	tree := Environment{Objtree: objtree}
	object := filepath.Join(tree.HelpersDir(source), "helpers.o")
	saved, err := ReadSaved(object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", CommandFile(object), err)
	}
	env := map[string]string{"objtree": objtree, "srctree": objtree, "CC": settings.Join(saved.Argv[0])}
	if real, err := filepath.EvalSymlinks(filepath.Join(objtree, "source")); err == nil {
		env["srctree"] = real
	}
	var include, cflags, kernel, target, lto []string
	to := &include
	words := saved.Argv[1:]
	for i, w := range words {
		switch {
		case strings.HasPrefix(w, "-Wp,-M"):
		case w == "-include" && i+1 < len(words) && strings.HasSuffix(words[i+1], "/compiler_types.h"):
		case strings.HasSuffix(w, "/compiler_types.h"):
			to = &cflags
		case strings.HasPrefix(w, "-I") && to == &cflags:
			// The directories of ccflags-y follow KBUILD_CFLAGS.
			to = &kernel
		case strings.HasPrefix(w, "-DKBUILD_"), w == "-c":
			to = new([]string)
		case strings.HasPrefix(w, "-I") && to == &kernel:
		default:
			*to = append(*to, w)
			if strings.HasPrefix(w, "--target=") {
				target = append(target, w)
			}
			if strings.HasPrefix(w, "-flto") || w == "-fsplit-lto-unit" {
				lto = append(lto, w)
			}
		}
	}
	env["LINUXINCLUDE"] = settings.Join(include...)
	env["KBUILD_CFLAGS"] = settings.Join(cflags...)
	env["KBUILD_CFLAGS_KERNEL"] = settings.Join(kernel...)
	env["CLANG_FLAGS"] = settings.Join(target...)
	env["CC_FLAGS_LTO"] = settings.Join(lto...)
	env["KBUILD_CFLAGS_MODULE"] = settings.Join(savedModuleFlags(objtree)...)
	// ARCH and SRCARCH differ for x86 and a few other architectures. The include
	// directories contain SRCARCH.
	for _, w := range include {
		if _, arch, ok := strings.Cut(w, "/arch/"); ok && env["SRCARCH"] == "" {
			env["SRCARCH"], _, _ = strings.Cut(arch, "/")
		}
	}
	return env, nil
}

// savedModuleFlags returns the additional flags of module objects, from the first
// NAME.mod.o in the tree: from -DMODULE, with which KBUILD_CFLAGS_MODULE begins
// (kernel Makefile), to the names that kbuild defines.
func savedModuleFlags(objtree string) []string {
	flags := []string{"-DMODULE"}
	_ = filepath.WalkDir(objtree, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".mod.o.cmd") {
			return nil
		}
		if found, ok := moduleFlags(TargetOf(name)); ok {
			flags = found
			return fs.SkipAll
		}
		return nil
	})
	return flags
}

// Location says where kbuild ran a saved command.
type Location struct {
	// Dir is the directory that the command was run in, and Objtree the kernel's object tree, relative to Dir or absolute.
	Dir, Objtree string
	// Extmod is the directory of the external module that the target belongs to, "" for a target of the kernel.
	Extmod string
}

// ErrNoTree is the error for a saved command that does not show which object tree it belongs to.
var ErrNoTree = errors.New("it does not show the kernel's object tree")

// Location finds out where kbuild ran the saved command of a target. target and tree are absolute: tree is the kernel's object tree, or the
// directory of an external module, whose commands name the object tree since Linux 6.13.
func (s *Saved) Location(target, tree string) (*Location, error) {
	dir, within := strings.CutSuffix(target, "/"+filepath.Clean(s.Target))
	switch {
	case within && isObjtree(dir):
		return &Location{Dir: dir, Objtree: "."}, nil
	case within && s.objtree() != "" && isObjtree(s.objtree()):
		return &Location{Dir: dir, Objtree: s.objtree(), Extmod: dir}, nil
	case filepath.IsAbs(s.Target) && isObjtree(tree):
		// Until Linux 6.12, commands for a module ran in the kernel's object tree.
		return &Location{Dir: tree, Objtree: ".", Extmod: extmodOf(target)}, nil
	}
	return nil, ErrNoTree
}

// objtree returns the object tree that a command of rustc names with its whole path, "" if it does not.
func (s *Saved) objtree() string {
	for _, e := range s.Env {
		if tree, ok := strings.CutPrefix(e, "OBJTREE="); ok { // scripts/Makefile.build, since Linux 6.15
			return tree
		}
	}
	for _, w := range s.Argv {
		// In rust_flags (kernel Makefile).
		if tree, ok := strings.CutSuffix(strings.TrimPrefix(w, "@"), "/include/generated/rustc_cfg"); ok && filepath.IsAbs(tree) {
			return tree
		}
	}
	return ""
}

// isObjtree reports whether a directory is the object tree of a configured kernel, or a package of its headers.
func isObjtree(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "include/config/auto.conf"))
	return err == nil
}

// extmodOf returns the directory of the external module that an object belongs to: the nearest one above it in which modpost has
// written what the module exports, or else the object's own.
func extmodOf(object string) string {
	for dir := filepath.Dir(object); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Module.symvers")); err == nil {
			return dir
		}
	}
	return filepath.Dir(object)
}
