// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/toolchain"
)

// A package of kernel headers, which external modules are built against, usually has
// no helpers source. It can carry the bitcode of the kernel's own build
// instead, for modules. [Package] puts it there, and [NewPlan] finds it.

// packagedBitcode and packagedFacts are the files in such a package.
const (
	packagedBitcode = "rust/helpers/lto_wrap_module.bc"
	packagedFacts   = "rust/helpers/lto_wrap_module.json"
)

// packaged has the facts about a bitcode file in a package: its stamp, without the files
// that it was made from, and the kernel that it belongs to.
type packaged struct {
	Stamp
	// Release and Config are the kernel's release, and the hash of its configuration, which decides about instrumentation.
	Release string `json:"kernel_release"`
	Config  string `json:"config_sha256"`
}

// releaseAndConfig returns the release and the hash of the configuration of the kernel in an
// object tree or a package.
func releaseAndConfig(tree string) (release, config string, err error) {
	text, err := os.ReadFile(filepath.Join(tree, "include/config/kernel.release"))
	if err != nil {
		return "", "", err
	}
	options, err := os.ReadFile(filepath.Join(tree, "include/config/auto.conf"))
	if err != nil {
		return "", "", err
	}
	return strings.TrimSpace(string(text)), host.Hash(options), nil
}

// Package puts the helpers' bitcode for modules of a finished build into a package of
// that kernel's headers. It returns the path of the bitcode there. Of several
// bitcode files, which builds with other settings or flags have left, it takes the one that the last
// build used.
func Package(objtree, dir string) (string, error) {
	release, config, err := releaseAndConfig(objtree)
	if err != nil {
		return "", &host.Failure{What: fmt.Sprintf("%s is not the object tree of a kernel: %v", objtree, err), Status: 1}
	}
	theirs, their, err := releaseAndConfig(dir)
	switch {
	case err != nil:
		return "", &host.Failure{What: fmt.Sprintf("%s is not a package of kernel headers: %v", dir, err), Status: 1}
	case theirs != release:
		return "", &host.Failure{What: fmt.Sprintf("%s has the headers of Linux %s, and %s is a build of %s", dir, theirs, objtree, release), Status: 1}
	case their != config:
		return "", &host.Failure{What: fmt.Sprintf("%s and %s have different configurations (include/config/auto.conf)", dir, objtree), Status: 1}
	}
	st, file, err := lastUsedStamp(objtree)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", host.FileFailure("cannot read the helpers bitcode", err)
	}
	// The package is used where these files are not, or not at these paths.
	st.Prerequisites, st.ExportFiles, st.Exporters, st.Flags, st.Base, st.Key = nil, nil, nil, nil, nil, ""
	text, err := json.MarshalIndent(packaged{*st, release, config}, "", " ")
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, packagedBitcode)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", host.FileFailure("cannot create the directory of the helpers bitcode", err)
	}
	if err := host.WriteFile(to, data); err != nil {
		return "", host.FileFailure("cannot write the helpers bitcode", err)
	}
	if err := host.WriteFile(filepath.Join(dir, packagedFacts), append(text, '\n')); err != nil {
		return "", host.FileFailure("cannot write the facts about the helpers bitcode", err)
	}
	return to, nil
}

// noteUse notes which bitcode for modules the kernel's build uses: an object tree may hold several, of builds with other settings or
// flags, and their times do not tell, because a build that returns to former settings makes none.
func (p *Plan) noteUse(kb *kbuild.Environment) error {
	if p.Variant != kbuild.Module || kb.Extmod != "" {
		return nil
	}
	name, note := filepath.Base(p.Stamp), filepath.Join(filepath.Dir(p.Stamp), lastUse)
	if old, err := os.ReadFile(note); err == nil && string(old) == name {
		return nil
	}
	// Not through a temporary file: the crates of one build write the same at the same time.
	if err := os.WriteFile(note, []byte(name), 0o644); err != nil {
		return host.AsInlining(host.FileFailure("cannot note which helpers bitcode is used", err))
	}
	return nil
}

// lastUse is the name of the file with the name of the stamp of the bitcode for modules that a build has used last.
const lastUse = storePrefix + string(kbuild.Module) + ".last"

// lastUsedStamp returns the bitcode for modules that the last build in an object tree used.
func lastUsedStamp(objtree string) (st *Stamp, file string, err error) {
	fail := func(format string, args ...any) error {
		return &host.Failure{
			What:   fmt.Sprintf("%s has no helpers bitcode for modules: ", objtree) + fmt.Sprintf(format, args...),
			Hint:   "build the kernel with RUSTC=rustc-lto-wrap, and call this before make clean",
			Status: 1,
		}
	}
	var path string
	for _, dir := range []string{"rust/helpers", "rust"} {
		name, err := os.ReadFile(filepath.Join(objtree, dir, lastUse))
		if err == nil {
			path = filepath.Join(objtree, dir, string(name))
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", fail("%v", err)
		}
	}
	if path == "" {
		return nil, "", fail("no build has left any")
	}
	text, err := os.ReadFile(path)
	st, file = new(Stamp), strings.TrimSuffix(path, ".json")+".bc"
	if err != nil || json.Unmarshal(text, st) != nil || st.Schema != stampSchema {
		return nil, "", fail("%s is not readable", path)
	}
	resolved := *st
	resolved.Prerequisites, resolved.ExportFiles = absolutePaths(objtree, st.Prerequisites), absolutePaths(objtree, st.ExportFiles)
	if c := resolved.changedFile(); c != "" {
		return nil, "", fail("%s is stale: %s has changed", file, c)
	}
	if data, err := os.ReadFile(file); err != nil || host.Hash(data) != st.SHA256 {
		return nil, "", fail("%s is damaged", file)
	}
	return st, file, nil
}

// absolutePaths makes paths that are relative to an object tree usable from elsewhere.
func absolutePaths(objtree string, files []Prerequisite) []Prerequisite {
	out := slices.Clone(files)
	for i, f := range out {
		if !filepath.IsAbs(f.Path) {
			out[i].Path = filepath.Join(objtree, f.Path)
		}
	}
	return out
}

// packagedPlan returns the plan for the bitcode that the kernel's package carries.
// missing is the failure that says that there is no source to make one from; it is
// returned if there is no bitcode either.
func packagedPlan(c *compilation.Context, v kbuild.Variant, missing *host.Failure) (*Plan, error) {
	p := &Plan{
		Variant: v, Bitcode: filepath.Join(c.Kbuild.Objtree, packagedBitcode),
		Stamp: filepath.Join(c.Kbuild.Objtree, packagedFacts), Packaged: true,
	}
	if _, err := os.Stat(p.Stamp); errors.Is(err, fs.ErrNotExist) {
		return nil, missing
	}
	_, err := p.loadPackaged(c)
	return p, err
}

// loadPackaged reads the facts about the bitcode in the kernel's package, and checks
// them and the bitcode.
func (p *Plan) loadPackaged(c *compilation.Context) (*Stamp, error) {
	unfit := func(format string, args ...any) error {
		return &host.Failure{
			What: fmt.Sprintf("the kernel package's helpers bitcode %s cannot be used: ", p.Bitcode) + fmt.Sprintf(format, args...),
			Hint: "LTO_WRAP=off silences this note", Status: 1, Inlining: true, Foreign: true,
		}
	}
	text, err := os.ReadFile(p.Stamp)
	if err != nil {
		return nil, unfit("%v", err)
	}
	var pk packaged
	if json.Unmarshal(text, &pk) != nil || pk.Schema != stampSchema {
		return nil, unfit("another version of %s has put it there", host.RustcWrap)
	}
	data, err := os.ReadFile(p.Bitcode)
	if err != nil {
		return nil, unfit("%v", err)
	}
	if host.Hash(data) != pk.SHA256 {
		return nil, unfit("it is damaged")
	}
	f, err := bitcode.Parse(data)
	if err != nil {
		return nil, unfit("%v", err)
	}
	release, config, err := releaseAndConfig(c.Kbuild.Objtree)
	clang, s := c.Tools.Clang, c.Settings
	switch {
	case err != nil:
		return nil, unfit("%v", err)
	case pk.Release != release:
		return nil, unfit("it is of Linux %s, and the package of %s", pk.Release, release)
	case pk.Config != config:
		return nil, unfit("it is of another configuration")
	case p.Variant != kbuild.Module:
		return nil, unfit("it is for modules only")
	case f.Major() != clang.Major:
		return nil, unfit("it was written by LLVM %d, and clang has LLVM %d (%s)", f.Major(), clang.Major, clang.Version)
	case pk.Clang != clang.Version:
		return nil, unfit("it was made by %s, and this build has %s (%s)", pk.Clang, clang.Version, shellquote.Join(clang.Argv...))
	case pk.Linkage != string(s.Linkage) || pk.Inline != s.Inline():
		return nil, unfit("it was made with LTO_WRAP_LINKAGE=%s and LTO_WRAP_INLINE=%s", cmp.Or(pk.Linkage, "?"), cmp.Or(pk.Inline, "?"))
	case !slices.Equal(pk.Drop, s.Drop):
		return nil, unfit("it was made with LTO_WRAP_HELPERS_DROP=%s", dropped(pk.Drop))
	case pk.Compiler != compilerDescription(c.Tools):
		return nil, unfit("it was made for %s, and this build has %s", pk.Compiler, compilerDescription(c.Tools))
	}
	return &pk.Stamp, nil
}

// dropped returns the value of LTO_WRAP_HELPERS_DROP for a list of flags.
func dropped(flags []string) string {
	if len(flags) == 0 {
		return settings.KeepFlags
	}
	return strings.Join(flags, " ")
}

// compilerDescription describes kbuild's C compiler as far as bitcode depends on it: what it is, its target where clang has to be told, and the
// flags in its command line.
func compilerDescription(t *toolchain.Toolchain) string {
	words := []string{"clang"}
	if f := t.Foreign; f != nil && f.Target != "" {
		words = []string{"another compiler for " + f.Target}
	}
	return strings.Join(append(words, t.CompilerFlags...), " ")
}
