// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Build returns a name for the build that this process belongs to, which all recipes of
// a make have in common and no other make has: its process group, and the outermost make
// above this process with its start. A make in a script has the script's group.
func Build() string {
	name := strconv.Itoa(syscall.Getpgrp())
	outermost := ""
	for pid := os.Getppid(); pid > 1; {
		p, err := readProcess(pid)
		if err != nil {
			break
		}
		if slices.Contains([]string{"make", "gmake"}, p.name) {
			outermost = fmt.Sprintf(".%d.%s", pid, p.start)
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
