// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package crate

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
)

// What prevents the inlining may come to an end without any change that make notices: a
// program is installed, a header of the helpers is repaired, a package gets its bitcode.
// make therefore asks in each build, by [CauseOption], whether it still does, for each
// object that was compiled without inlining because of it.

// CauseOption is the option that makes rustc-lto-wrap print what prevents the inlining into
// an object now, in the form of [causeOf]. As --wrap-generation, it is for make only.
const CauseOption = "--wrap-cause"

// causeOf returns a word for what prevents the inlining.
func causeOf(err error) string {
	var f *host.Failure
	switch {
	case err == nil:
		return "none"
	case errors.As(err, &f):
		return host.Hash([]byte(f.What))[:16]
	}
	return host.Hash([]byte(err.Error()))[:16]
}

// Cause returns what prevents the inlining into an object that was compiled without inlining, as
// its record says how it was to be made.
func Cause(h host.Host, object string) (string, error) {
	rec, err := record.Read(object)
	if err != nil {
		return "", err
	}
	if rec.Attempt == nil {
		return "", errors.New(object + " was not compiled without inlining because of an error")
	}
	return causeOf(preventingError(&host.Overlay{Host: h, Env: rec.Attempt.Env}, rec.Attempt.Args)), nil
}

// preventingError plans the compilation of a crate and has the helpers' bitcode made, as a build
// would. The error is what prevents the inlining before anything is done for the crate
// itself. No program is run twice in one build that has failed in it.
func preventingError(h host.Host, args []string) error {
	c, err := compilation.Begin(h, host.RustcWrap, "")
	if err != nil {
		return err
	}
	if err := c.FindTools(); err != nil {
		return err
	}
	p, err := NewPlan(c, argv.ParseRustc(args, os.ReadFile))
	if err != nil {
		return err
	}
	return onceABuild(c, p.Helpers, func() error {
		_, err := p.Helpers.Ensure(c)
		return err
	})
}

// onceABuild runs do, unless it has failed for the same bitcode in this build: many objects
// ask for the same bitcode.
func onceABuild(c *compilation.Context, p *helpers.Plan, do func() error) error {
	build, known := host.MakeRun()
	mark := filepath.Join(c.Kbuild.CacheDir(), ".tmp_lto_wrap_failed_"+string(p.Variant))
	var before [3]string // the build, the bitcode, what failed
	if text, err := os.ReadFile(mark); err == nil && known && json.Unmarshal(text, &before) == nil &&
		before[0] == build && before[1] == p.Bitcode {
		return errors.New(before[2])
	}
	err := do()
	var f *host.Failure
	if errors.As(err, &f) && known {
		if text, err := json.Marshal([3]string{build, p.Bitcode, f.What}); err == nil {
			_ = host.WriteFile(mark, text) // without it, the next object asks again
		}
	}
	return err
}

// newAttempt returns what [Cause] needs.
func newAttempt(h host.Host, args []string) *record.Attempt {
	return &record.Attempt{Args: args, Env: kbuild.Export(h)}
}
