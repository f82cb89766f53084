// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// MakeRun returns a name for the build that this process belongs to, which all recipes of
// a make have in common and no other make has: its process group, and the outermost make
// above this process with its start. A make in a script has the script's group.
//
// MAKELEVEL, which make gives to its recipes, is the number of makes that have started
// each other. A make further up runs a program that builds kernels, each of which is a
// build of its own if that program gives them an environment of their own.
//
// known is false where no make is found above this process, as without /proc: another
// build may then have the same name.
func MakeRun() (name string, known bool) {
	name = strconv.Itoa(syscall.Getpgrp())
	outermost := ""
	levels, err := strconv.Atoi(os.Getenv("MAKELEVEL"))
	if err != nil || levels < 1 {
		levels = math.MaxInt
	}
	// The numbers are those of the namespace that /proc was mounted in, which may be
	// another than this process's. Only "self" is right in each. A process whose parent is
	// outside of that namespace, as process 1, has the parent 0.
	self, err := readProcess("self")
	for pid := self.parent; err == nil && pid > 0; {
		var p process
		if p, err = readProcess(strconv.Itoa(pid)); err != nil {
			break
		}
		if isMake.MatchString(p.name) {
			outermost = fmt.Sprintf(".%d.%s", pid, p.start)
			if levels--; levels == 0 {
				break
			}
		}
		pid = p.parent
	}
	return name + outermost, outermost != ""
}

// isMake matches the names of GNU make's program: make, gmake, make-4.4.
var isMake = regexp.MustCompile(`^(g|gnu)?make(-?[0-9.]+)?$`)

// process is what MakeRun needs to know of a process.
type process struct {
	name   string
	parent int
	// start is the time when it started, in clock ticks since the machine did.
	start string
}

// readProcess reads /proc/PID/stat (proc_pid_stat(5)).
func readProcess(pid string) (process, error) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
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
	// After the name: the state, the parent, and so on.
	const parent, start = 1, 19
	p.name = rest[:end]
	words := strings.Fields(rest[end+1:])
	if len(words) <= start {
		return p, fmt.Errorf("it has %d words after the name: %q", len(words), text)
	}
	p.start = words[start]
	p.parent, err = strconv.Atoi(words[parent])
	return p, err
}
