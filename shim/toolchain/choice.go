// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/host"
)

// This file says which of the tools that were found is taken.

// unfit returns why a clang of LLVM major does not fit rustc, "" if it does. LLVM reads the bitcode of older versions, and promises
// nothing for that of newer ones (llvm/docs/DeveloperPolicy.rst, "IR Backwards Compatibility"). No pair of a rustc and a
// clang of a newer LLVM has been tested with kernels, so none is taken.
func (t *Toolchain) unfit(major int) string {
	switch rustc := t.Rustc.Major; {
	case rustc == 0 || major == rustc:
		return ""
	case major < rustc:
		return fmt.Sprintf("it cannot read the bitcode of rustc's LLVM %d", rustc)
	default:
		return fmt.Sprintf("it is newer than rustc's LLVM %d, and the two have not been tested together", rustc)
	}
}

// Passed is a tool that was found and not taken.
type Passed struct {
	Tool
	// Why is the reason.
	Why string
	// Prints is the version of a clang that makes no bitcode for the target, whose Major
	// is 0.
	Prints int
}

// String says what was passed over and why, for people.
func (p Passed) String() string {
	if p.Major == 0 {
		return fmt.Sprintf("%s (%s): %s", strings.Join(p.Argv, " "), p.Origin, p.Why)
	}
	return fmt.Sprintf("%s (%s) has LLVM %d (%s): %s", strings.Join(p.Argv, " "), p.Origin, p.Major, p.Version, p.Why)
}

// takeClang takes the first candidate that has rustc's LLVM. Programs that do not exist or are no clang (kbuild's gcc) are
// skipped, other clangs passed over with a reason. A candidate that the user set is
// taken or is an error.
func (t *Toolchain) takeClang(h host.Host, candidates iter.Seq[candidate]) error {
	var missing, other error
	seen := map[string]bool{}
	for c := range candidates {
		argv, err := resolve(h, "clang", c.argv)
		if err != nil {
			missing = cmp.Or(missing, err)
			continue
		}
		if line := strings.Join(argv, "\x00"); seen[line] {
			continue
		} else {
			seen[line] = true
		}
		tool, err := t.cache.probe(h, "clang", argv)
		if err != nil {
			if c.origin == variableOf("clang") {
				return err
			}
			other = cmp.Or(other, err)
			continue
		}
		tool.Origin = c.origin
		why, prints := "", tool.Major
		if major, err := t.bitcodeMajor(h, argv); err != nil {
			tool.Major, why = 0, err.Error()
		} else {
			tool.Major, why = major, t.unfit(major)
		}
		if why == "" {
			t.Clang = t.unwrapped(h, tool)
			return nil
		}
		t.Passed = append(t.Passed, Passed{Tool: tool, Why: why, Prints: prints})
		if c.set {
			break
		}
	}
	if len(t.Passed) > 0 {
		return t.noFitError(h)
	}
	none := cmp.Or(missing, other)
	if f, ok := none.(*host.Failure); ok && f.Inlining {
		f.Hint = t.advice(h, "clang", t.Rustc.Major)
	}
	return none
}

// noFitError is the error where clangs were found, and none fits.
func (t *Toolchain) noFitError(h host.Host) error {
	var found []string
	for _, p := range t.Passed {
		found = append(found, p.String())
	}
	// A clang of the right version, or each one, that makes no bitcode for the target is
	// no matter of versions, and another one would say the same.
	mute := func(p Passed) bool { return p.Major == 0 }
	if slices.ContainsFunc(t.Passed, func(p Passed) bool { return mute(p) && p.Prints == t.Rustc.Major }) ||
		!slices.ContainsFunc(t.Passed, func(p Passed) bool { return !mute(p) }) {
		return host.InliningFailure("name a clang in LTO_WRAP_CLANG that builds for this target; until then, LTO_WRAP=try builds without inlining",
			"no clang that was found makes bitcode%s: %s", forTarget(t.target), strings.Join(found, "; "))
	}
	hint := t.advice(h, "clang", t.Rustc.Major)
	if p := t.Passed[0]; len(t.Passed) == 1 && (p.Origin == variableOf("clang") || p.Origin == fromCC) {
		hint = fmt.Sprintf("unset %s to search for one, or: %s", p.Origin, hint)
	}
	return host.InliningFailure(hint, "LLVM versions do not match: %s has LLVM %d (%s); %s",
		strings.Join(t.Rustc.Argv, " "), t.Rustc.Major, t.Rustc.Version, strings.Join(found, "; "))
}

// bitcodeMajor returns the major version of LLVM that a clang writes into bitcode for the
// kernel's target. Nothing else tells it for sure: the version that is printed is the
// vendor's own in some builds (Apple's clang 15 has LLVM 16), and a clang may lack the
// target.
func (t *Toolchain) bitcodeMajor(h host.Host, clang []string) (int, error) {
	args := []string{"-c", "-emit-llvm", "-w", "-x", "c", "-", "-o", "-"}
	if t.target != "" {
		args = append([]string{"--target=" + t.target}, args...)
	}
	producer, err := t.cache.fact(h, clang, args, func(out string) (string, error) {
		f, err := bitcode.Parse([]byte(out))
		if err != nil {
			return "", err
		}
		return f.Producer, nil
	})
	if err != nil {
		return 0, fmt.Errorf("it makes no bitcode%s: %w", forTarget(t.target), err)
	}
	f := bitcode.File{Producer: producer}
	if f.Major() == 0 {
		return 0, fmt.Errorf("its bitcode names %q, which is not a version of LLVM", producer)
	}
	return f.Major(), nil
}

func forTarget(target string) string {
	if target == "" {
		return ""
	}
	return " for " + target
}

// takeLLVM takes the first candidate for a tool of LLVM that has clang's LLVM: clang
// reads what the tool writes, and the tool what clang writes.
func (t *Toolchain) takeLLVM(h host.Host, name string, candidates iter.Seq[candidate]) (Tool, error) {
	var missing, other error
	for c := range candidates {
		argv, err := resolve(h, name, c.argv)
		var tool Tool
		if err == nil {
			tool, err = t.cache.probe(h, name, argv)
		}
		switch tool.Origin = c.origin; {
		case err != nil:
			missing = cmp.Or(missing, err)
		case t.Clang.Major != 0 && tool.Major != t.Clang.Major:
			if other == nil {
				other = host.InliningFailure(t.advice(h, name, t.Clang.Major),
					"LLVM versions do not match: %s has LLVM %d (%s), %s has LLVM %d (%s)",
					strings.Join(t.Clang.Argv, " "), t.Clang.Major, t.Clang.Version, strings.Join(argv, " "), tool.Major, tool.Version)
			}
		default:
			return tool, nil
		}
	}
	if other != nil {
		return Tool{}, other
	}
	if f, ok := missing.(*host.Failure); ok && f.Inlining {
		f.Hint = t.advice(h, name, t.Clang.Major)
	}
	return Tool{}, missing
}
