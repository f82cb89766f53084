// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"rustc-lto-wrap/shim/formats/depinfo"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
	"rustc-lto-wrap/shim/version"
)

// kbuild rebuilds an object when its command line or a prerequisite has
// changed. The result of the two programs depends on more than that: on settings in
// the environment, and on the flags of the C compiler, which are not part of
// rustc's command line. The dep-info of a crate therefore contains a condition for
// these, which make evaluates in each build. See [depinfo.Condition].

// modeVariable is the setting whose value is compared with what came of it.
const modeVariable = "LTO_WRAP"

// conditions returns the variables that an object depends on in addition to its command
// line and files, for an object that was made in mode m. m is On for an object with
// the helpers inlined, Off for one that was compiled without inlining because the user asked
// for it, and Try for one that was compiled without inlining because inlining was
// impossible.
func conditions(h host.Host, m settings.Mode, v Variant) (out []depinfo.Variable) {
	plain := m == settings.Off
	for _, s := range settings.Variables {
		switch value := h.Getenv(s.Name); {
		case !s.Scope.Object(plain):
		case s.Name == modeVariable:
			mode := depinfo.Default(s.Name, string(m), s.Default)
			if m == settings.On {
				// If inlining is possible, try results in the same object.
				mode.Expr = "$(patsubst\ftry,on," + mode.Expr + ")"
			}
			out = append(out, mode)
		case s.Default != "":
			out = append(out, depinfo.Default(s.Name, value, s.Default))
		default:
			out = append(out, depinfo.Raw(s.Name, value))
		}
	}
	for _, k := range variables() {
		switch value := h.Getenv(k.name); {
		case !k.scope.Object(plain), k.of != "" && k.of != v:
		case k.verbatim:
			out = append(out, depinfo.Raw(k.name, value))
		default:
			out = append(out, depinfo.Flags(k.name, value, "-W"))
		}
	}
	if !plain {
		// kbuild reads auto.conf into make, and exports none of it.
		config := ConfigOf(h.Getenv("objtree"))
		for _, option := range instrumentationOptions() {
			out = append(out, depinfo.Raw(option, config[option]))
		}
	}
	return out
}

// Made says what an object was made from in addition to its command line: the prerequisites
// More, those of Optional as far as they exist, and the programs Tools, whose size
// and time kbuild compares. Where another target of the same make makes one of Optional,
// After has this target. Again are more values that it depends on. Own is the state
// of the module's own definitions, "" if it does not matter (see package own).
type Made struct {
	More, Optional, Tools []string
	After                 map[string]string
	Again                 []depinfo.Variable
	Own                   string
}

// programVariables returns the variables for the programs that made the object: the tools, by size
// and time, and this program, by its generation (see package version). $(RUSTC) is
// this program in kbuild's recipes.
func (m Made) programVariables(object string) (out []depinfo.Variable) {
	for _, tool := range m.Tools {
		info, err := os.Stat(tool)
		if err != nil {
			continue // it has gone since it was run
		}
		state := fmt.Sprintf("%d.%d", info.Size(), info.ModTime().Unix())
		// stat(1) of coreutils and of BusyBox: -L follows links.
		if v, ok := depinfo.Output(state, "stat", "-L", "-c", "%s.%Y", tool); ok {
			out = append(out, v)
		}
	}
	if len(m.Tools) > 0 {
		if v, ok := depinfo.Output(strconv.Itoa(version.Generation()), "$(RUSTC)", version.GenerationOption); ok {
			out = append(out, v)
		}
	}
	if m.Own != "" {
		v, ok := depinfo.Output(m.Own, "$(RUSTC)", OwnOption, object)
		if !ok {
			v = depinfo.Changed() // make cannot write the path of the object
		}
		out = append(out, v)
	}
	return out
}

// OwnOption is the option to which rustc-lto-wrap answers, for an object, with what package
// own now says about its module. make asks for it in each build, so that it is not listed
// among the options for people.
const OwnOption = "--wrap-own"

// RewriteDepInfo makes the dep-info at path name the object instead of from, the
// file that rustc was told to write. It adds the prerequisites in made and the
// condition of mode m; see conditions.
func RewriteDepInfo(h host.Host, m settings.Mode, v Variant, path, from, object string, made Made) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return host.FileFailure("cannot read rustc's dep-info", err)
	}
	var more, words []string
	variables, front := slices.Concat(conditions(h, m, v), made.programVariables(object), made.Again), ""
	add := func(word string, ok bool) {
		if !ok {
			variables = append(variables, depinfo.Changed())
		}
		front += word
	}
	for _, file := range made.More {
		if depinfo.CanBePrerequisite(file) {
			more = append(more, file)
		} else {
			add(depinfo.UnreadPrefix(file))
		}
	}
	for _, file := range made.Optional {
		add(depinfo.OptionalPrefix(file))
		if target := made.After[file]; target != "" {
			add(depinfo.AfterTarget(file, target))
		}
	}
	// The dep-info has no place for a condition if rustc was not asked to list metadata.
	if file := depinfo.Metadata(string(text)); file != "" {
		words = append(words, front+depinfo.Condition(object, file, variables))
	}
	fixed, err := depinfo.Rewrite(string(text), from, object, more, words...)
	if err != nil {
		return &host.Failure{What: "cannot use rustc's dep-info " + path + ": " + err.Error(), Status: 1}
	}
	if err := host.WriteFile(path, []byte(fixed)); err != nil {
		return host.FileFailure("cannot write the dep-info", err)
	}
	return nil
}
