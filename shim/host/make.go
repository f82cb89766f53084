// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Build returns a name for the build that this process belongs to, which all recipes of
// a make have in common and no other make has: its process group, and the outermost make
// above this process with its start. A make in a script has the script's group.
//
// MAKELEVEL, which make gives to its recipes, is the number of makes that have started
// each other. A make further up runs a program that builds kernels, each of which is a
// build of its own if that program gives them an environment of their own.
func Build() string {
	name := strconv.Itoa(syscall.Getpgrp())
	outermost := ""
	levels, err := strconv.Atoi(os.Getenv("MAKELEVEL"))
	if err != nil || levels < 1 {
		levels = math.MaxInt
	}
	for pid := os.Getppid(); pid > 1; {
		p, err := readProcess(pid)
		if err != nil {
			break
		}
		if slices.Contains([]string{"make", "gmake"}, p.name) {
			outermost = fmt.Sprintf(".%d.%s", pid, p.start)
			if levels--; levels == 0 {
				break
			}
		}
		pid = p.parent
	}
	return name + outermost
}

// process is what Build needs to know of a process.
type process struct {
	name   string
	parent int
	// start is the time when it started, in clock ticks since the machine did.
	start string
}

// readProcess reads /proc/PID/stat (proc_pid_stat(5)).
func readProcess(pid int) (process, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}, err
	}
	return parseStat(string(text))
}

// parseStat parses the text of /proc/PID/stat. The name is in parentheses, and may have
// any character in it, parentheses included.
func parseStat(text string) (p process, err error) {
	_, rest, _ := strings.Cut(text, "(")
	end := strings.LastIndex(rest, ")")
	if end < 0 {
		return p, fmt.Errorf("it has no name: %q", text)
	}
	// Behind the name: the state, the parent, and so on.
	const parent, start = 1, 19
	p.name = rest[:end]
	words := strings.Fields(rest[end+1:])
	if len(words) <= start {
		return p, fmt.Errorf("it has %d words behind the name: %q", len(words), text)
	}
	p.start = words[start]
	p.parent, err = strconv.Atoi(words[parent])
	return p, err
}
