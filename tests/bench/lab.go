// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"rustc-lto-wrap/tests/bench/call"
	"rustc-lto-wrap/tests/internal/programs"
	"rustc-lto-wrap/tests/lab"
)

// labRoot runs lab.sh, keeps what this run has put into the lab, and removes it at the end.
type labRoot struct {
	// inside and host are the directory for programs and job lists, as the lab and this machine see it.
	inside, host string
	trees        []string // host paths
	forks        int
}

const labScript = "tests/lab/lab.sh"

// script runs lab.sh with its progress shown, and returns its result.
func script(args ...string) (string, error) {
	return lab.Script{Path: labScript, Log: plan}.Run(untilInterrupted, args...)
}

// openLab makes the lab where it is missing, and puts the programs there: the shims, the launcher.
func openLab(bin string) (*labRoot, error) {
	if _, err := script("up"); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("bench-%d", os.Getpid())
	l := &labRoot{inside: "/lab/bin/" + name}
	var err error
	if l.host, err = script("path", l.inside); err != nil {
		return nil, err
	}
	for _, program := range []string{"rustc-lto-wrap", "cc-helper-wrap", "launch"} {
		if _, err := script("put", filepath.Join(bin, program), name+"/"+program); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *labRoot) close() {
	for _, dir := range append(l.trees, l.host) {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, "bench: warning:", err)
		}
	}
}

// tree names an object tree of this run.
func (l *labRoot) tree() (inside, host string, err error) {
	l.forks++
	inside = fmt.Sprintf("/lab/trees/bench-%d-%d", os.Getpid(), l.forks)
	host, err = script("path", inside)
	l.trees = append(l.trees, host)
	return inside, host, err
}

// fork copies the kernel that the unwrapped tools built.
func (l *labRoot) fork(version string) (inside, host string, err error) {
	if inside, host, err = l.tree(); err == nil {
		_, err = script("fork", version, inside)
	}
	return inside, host, err
}

// toolDirectory makes a directory that can be mounted for kbuild's tools: links by kbuild's names to programs (inside paths).
func (l *labRoot) toolDirectory(name string, links map[string]string) (inside string, err error) {
	host := filepath.Join(l.host, name)
	if err := os.MkdirAll(host, 0o755); err != nil {
		return "", err
	}
	for link, program := range links {
		if err := os.Symlink(program, filepath.Join(host, link)); err != nil && !os.IsExist(err) {
			return "", err
		}
	}
	return l.inside + "/" + name, nil
}

// shims is the directory with both programs in place of kbuild's tools.
func (l *labRoot) shims() (inside string, err error) {
	links := map[string]string{}
	for link, program := range programs.Links {
		links[link] = l.inside + "/" + program
	}
	return l.toolDirectory("shims", links)
}

// measure runs lab.sh, and shows what it printed where it fails. lab.sh and what it starts become the command by exec, or
// wait for it, so that what it took is in the figures.
func measure(args ...string) (call.Took, error) {
	if untilInterrupted.Err() != nil {
		return call.Took{}, errInterrupted
	}
	var said bytes.Buffer
	took, err := call.Run(call.Call{Argv: append([]string{labScript}, args...)}, &said, &said)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, said.Bytes())
	}
	return took, err
}

// jobs runs jobs in the lab, one after the other, with an object tree mounted (inside path).
func (l *labRoot) jobs(obj string, todo []call.Job) (took []call.Took, err error) {
	var list bytes.Buffer
	in := json.NewEncoder(&list)
	for _, j := range todo {
		if err := in.Encode(j); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(l.host, "jobs.json"), list.Bytes(), 0o644); err != nil {
		return nil, err
	}
	out, err := script("run", "--obj", obj, "--", fmt.Sprintf("%[1]s/launch jobs %[1]s/jobs.json", l.inside))
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var t call.Took
		if err := d.Decode(&t); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("what the launcher printed: %w", err)
		}
		took = append(took, t)
	}
	if len(took) != len(todo) {
		return nil, fmt.Errorf("the launcher ran %d jobs of %d", len(took), len(todo))
	}
	return took, nil
}
