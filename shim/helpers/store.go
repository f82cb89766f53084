// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package helpers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/host"
)

// install puts a new bitcode and its stamp in place. It removes the old stamp
// first, so that after an interruption at any point, the bitcode has either no
// stamp or the right one.
func (st *Stamp) install(p *Plan, made []byte) error {
	st.Size, st.SHA256 = int64(len(made)), host.Hash(made)
	text, err := json.Marshal(st)
	if err == nil {
		if err = os.Remove(p.Stamp); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	// A bitcode that comes out the same keeps its time: crates depend on it.
	if old, rerr := os.ReadFile(p.Bitcode); err == nil && (rerr != nil || !bytes.Equal(old, made)) {
		err = host.WriteFile(p.Bitcode, made)
	}
	if err == nil {
		err = host.WriteFile(p.Stamp, text)
	}
	if err != nil {
		return host.FileFailure("cannot put the helpers bitcode in place", err)
	}
	return nil
}

// errDamaged is the error for bitcode that does not match its stamp.
var errDamaged = errors.New("damaged")

// load reads the stamp of the plan's bitcode. It returns nil if the bitcode is
// missing or stale, and the reason in why. The error is errDamaged, or an error of
// reading the bitcode.
func (p *Plan) load() (st *Stamp, why string, err error) {
	text, err := os.ReadFile(p.Stamp)
	if err != nil {
		return nil, "there is none", nil
	}
	st = new(Stamp)
	if json.Unmarshal(text, st) != nil || st.Schema != stampSchema || st.Key != p.Key {
		return nil, "its stamp is not readable", nil
	}
	if p.Root && len(p.Base) != len(st.Base) || len(p.Base) < len(st.Base) || !slices.Equal(p.Base[:len(st.Base)], st.Base) {
		return nil, "KBUILD_CFLAGS have changed", nil
	}
	if p.Exact && !slices.Equal(st.Flags, p.Flags) {
		return nil, "kbuild's flags for the helpers have changed", nil
	}
	if c := st.changedFile(); c != "" {
		return nil, c + " has changed", nil
	}
	data, err := os.ReadFile(p.Bitcode)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "the file is gone", nil
	}
	if err != nil {
		return nil, "", err
	}
	if int64(len(data)) != st.Size || host.Hash(data) != st.SHA256 {
		return nil, "", fmt.Errorf("%w: it has %d bytes, where %d were written", errDamaged, len(data), st.Size)
	}
	return st, "", nil
}

// Ensure returns the stamp of the plan's bitcode. It makes the bitcode if it is
// missing or stale. Only one process makes it at a time. The others wait for that
// process and then use its result.
func (p *Plan) Ensure(c *compilation.Context) (*Stamp, error) {
	if p.Packaged {
		return p.loadPackaged(c)
	}
	st, err := p.ensure(c)
	if err == nil {
		err = p.noteUse(c.Kbuild)
	}
	return st, err
}

func (p *Plan) ensure(c *compilation.Context) (*Stamp, error) {
	if p.Root {
		p.dropOthers()
	}
	// A reader without the lock may see an old stamp beside a new bitcode, which
	// looks like damage. With the lock, that cannot happen.
	if st, _, err := p.load(); err == nil && st != nil {
		return st, nil
	}
	if p.Unknown != nil {
		return nil, p.Unknown
	}
	dir := filepath.Dir(p.Bitcode)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, host.AsInlining(host.FileFailure("cannot create the directory of the helpers bitcode", err))
	}
	unlock, err := host.Lock(filepath.Join(dir, storePrefix+string(p.Variant)+".lock"), c.Host.Interrupted)
	if _, ok := err.(*host.Stopped); ok {
		return nil, err
	}
	if err != nil {
		return nil, host.AsInlining(host.FileFailure("cannot lock the helpers bitcode", err))
	}
	defer unlock()
	st, why, err := p.load()
	switch {
	case errors.Is(err, errDamaged):
		// Another program has changed the bitcode. This is an error, and not
		// repaired silently. The files are removed, so that the next run makes them
		// again.
		_ = os.Remove(p.Stamp)
		_ = os.Remove(p.Bitcode)
		return nil, host.InliningFailure("it was removed; run make again to rebuild it",
			"the helpers bitcode %s is %v", p.Bitcode, err)
	case err != nil:
		return nil, host.InliningFailure("remove it and run make again", "cannot read the helpers bitcode: %v", err)
	case st != nil:
		return st, nil
	}
	c.Log.Info("making the helpers bitcode", host.Fields{"bitcode": p.Bitcode, "because": why})
	return p.make(c)
}

// dropOthers removes the stamps in p.Others that are of other KBUILD_CFLAGS, so that
// their bitcode is rebuilt.
func (p *Plan) dropOthers() {
	for _, path := range p.Others {
		text, err := os.ReadFile(path)
		if st := new(Stamp); err == nil && json.Unmarshal(text, st) == nil && !slices.Equal(st.Base, p.Base) {
			_ = os.Remove(path) // another crate may have done it
		}
	}
}

// Take makes the plan's bitcode where it is missing or stale, and gives it a second
// name, to, under which nothing else changes it: another process may replace the
// bitcode before the caller has used it (two directories of an external module's build with
// flags of their own share its name). It returns the stamp that belongs to the file.
func (p *Plan) Take(c *compilation.Context, to string) (*Stamp, error) {
	const tries = 10
	for range tries {
		st, err := p.Ensure(c)
		if err != nil {
			return nil, err
		}
		_ = os.Remove(to)
		if err := linkOrCopy(p.Bitcode, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, host.AsInlining(host.FileFailure("cannot take the helpers bitcode", err))
		}
		if data, err := os.ReadFile(to); err == nil && host.Hash(data) == st.SHA256 {
			return st, nil
		}
	}
	return nil, host.InliningFailure("give the directories of this build the same flags, or build them one after the other",
		"the helpers bitcode %s was replaced %d times before it could be used", p.Bitcode, tries)
}

// linkOrCopy gives a file a second name, or copies it where the file system has no
// hard links.
func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}
