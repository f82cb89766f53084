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

	"rustc-lto-wrap/shim/build"
	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/shim/settings"
)

// A package of kernel headers, which external modules are built against, has no
// helpers source as a rule. It can carry the bitcode of the kernel's own build
// instead, for modules. [Package] puts it there, and [NewPlan] finds it.

// packagedBitcode and packagedFacts are the files in such a package.
const (
	packagedBitcode = "rust/helpers/lto_wrap_module.bc"
	packagedFacts   = "rust/helpers/lto_wrap_module.json"
)

// packaged has the facts about a bitcode in a package: its stamp, without the files
// that it was made from, and the kernel that it belongs to.
type packaged struct {
	Stamp
	// Release and Config are the kernel's release, and the hash of its configuration.
	Release string `json:"kernel_release"`
	Config  string `json:"config_sha256"`
}

// identify returns the release and the hash of the configuration of the kernel in an
// object tree or a package.
func identify(tree string) (release, config string, err error) {
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
// bitcodes, which builds with other settings have left, it takes the newest with the
// linkage and the way to inline in s.
func Package(s *settings.Settings, objtree, folder string) (string, error) {
	release, config, err := identify(objtree)
	if err != nil {
		return "", &host.Failure{What: fmt.Sprintf("%s is not the object tree of a kernel: %v", objtree, err), Status: 1}
	}
	theirs, their, err := identify(folder)
	switch {
	case err != nil:
		return "", &host.Failure{What: fmt.Sprintf("%s is not a package of kernel headers: %v", folder, err), Status: 1}
	case theirs != release:
		return "", &host.Failure{What: fmt.Sprintf("%s has the headers of Linux %s, and %s is a build of %s", folder, theirs, objtree, release), Status: 1}
	case their != config:
		return "", &host.Failure{What: fmt.Sprintf("%s and %s have different configurations (include/config/auto.conf)", folder, objtree), Status: 1}
	}
	st, file, err := newest(s, objtree)
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
	to := filepath.Join(folder, packagedBitcode)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", host.FileFailure("cannot make the folder of the helpers bitcode", err)
	}
	if err := host.WriteFile(to, data); err != nil {
		return "", host.FileFailure("cannot write the helpers bitcode", err)
	}
	if err := host.WriteFile(filepath.Join(folder, packagedFacts), append(text, '\n')); err != nil {
		return "", host.FileFailure("cannot write the facts about the helpers bitcode", err)
	}
	return to, nil
}

// newest returns the newest usable bitcode for modules in an object tree that was made
// with the linkage and the way to inline in s.
func newest(s *settings.Settings, objtree string) (st *Stamp, file string, err error) {
	const pattern = storePrefix + string(kbuild.Module) + "_*.json"
	var paths []string
	for _, dir := range []string{"rust/helpers", "rust"} {
		files, err := filepath.Glob(filepath.Join(objtree, dir, pattern))
		if err != nil {
			return nil, "", err
		}
		paths = append(paths, files...)
	}
	why := "there is none"
	for _, path := range paths {
		text, err := os.ReadFile(path)
		found, bc := new(Stamp), strings.TrimSuffix(path, ".json")+".bc"
		if err != nil || json.Unmarshal(text, found) != nil || found.Schema != stampSchema {
			why = path + " is not readable"
			continue
		}
		if found.Linkage != string(s.Linkage) || found.Inline != s.Inline() {
			why = fmt.Sprintf("%s was made with LTO_WRAP_LINKAGE=%s and LTO_WRAP_INLINE=%s", bc, found.Linkage, found.Inline)
			continue
		}
		resolved := *found
		resolved.Prerequisites, resolved.ExportFiles = resolve(objtree, found.Prerequisites), resolve(objtree, found.ExportFiles)
		if c := resolved.changed(); c != "" {
			why = fmt.Sprintf("%s is stale: %s has changed", bc, c)
			continue
		}
		if data, err := os.ReadFile(bc); err != nil || host.Hash(data) != found.SHA256 {
			why = bc + " is damaged"
			continue
		}
		if st == nil || found.Begun > st.Begun {
			st, file = found, bc
		}
	}
	if st == nil {
		return nil, "", &host.Failure{
			What:   fmt.Sprintf("%s has no helpers bitcode for modules: %s", objtree, why),
			Hint:   "build the kernel with RUSTC=rustc-lto-wrap, and call this before make clean",
			Status: 1,
		}
	}
	return st, file, nil
}

// resolve makes paths that are relative to an object tree usable from elsewhere.
func resolve(objtree string, files []Prerequisite) []Prerequisite {
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
func packagedPlan(c *build.Context, v kbuild.Variant, missing *host.Failure) (*Plan, error) {
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
func (p *Plan) loadPackaged(c *build.Context) (*Stamp, error) {
	unfit := func(format string, args ...any) error {
		return &host.Failure{
			What: fmt.Sprintf("the kernel package's helpers bitcode %s cannot be used: ", p.Bitcode) + fmt.Sprintf(format, args...),
			Hint: "LTO_WRAP=off spares this note", Status: 1, Inlining: true, Foreign: true,
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
	release, config, err := identify(c.Kbuild.Objtree)
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
	case pk.Linkage != string(s.Linkage) || pk.Inline != s.Inline():
		return nil, unfit("it was made with LTO_WRAP_LINKAGE=%s and LTO_WRAP_INLINE=%s", cmp.Or(pk.Linkage, "?"), cmp.Or(pk.Inline, "?"))
	}
	return &pk.Stamp, nil
}
