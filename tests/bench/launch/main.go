// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command launch is what the benchmark runs inside the kernel lab.
//
//	launch jobs FILE            run jobs (JSON, one a line), one after the other, and print what each took, one a line
//	rustc|cc|llvm-link ARG...   write the command line down, and become the tool
//
// In the second form it stands for kbuild's tools. Beside it is launch.json, which names the real ones; what kbuild ran is
// in calls.json there, one [call.Record] a line.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"rustc-lto-wrap/tests/bench/call"
)

func main() {
	tool, err := filepath.Base(os.Args[0]), error(nil)
	if tool == "launch" {
		err = jobs(os.Args[1:])
	} else {
		err = become(tool, os.Args[1:])
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: error: %v\n", tool, err)
		os.Exit(1)
	}
}

// become writes a command line down, and becomes the tool.
func become(tool string, args []string) error {
	beside := filepath.Dir(os.Args[0])
	data, err := os.ReadFile(filepath.Join(beside, "launch.json"))
	if err != nil {
		return err
	}
	var tools map[string]string
	if err := json.Unmarshal(data, &tools); err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	line, err := json.Marshal(call.Record{Tool: tool, Args: args, Dir: dir, Env: os.Environ()})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(beside, "calls.json"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	// Several are written at a time; one write to a file opened for appending is not torn apart.
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syscall.Exec(tools[tool], append([]string{tools[tool]}, args...), os.Environ())
}

// jobs runs jobs.
func jobs(args []string) error {
	if len(args) != 2 || args[0] != "jobs" {
		return errors.New("usage: launch jobs FILE")
	}
	f, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer f.Close()
	var todo []call.Job
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var j call.Job
		if err := d.Decode(&j); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		todo = append(todo, j)
	}
	out := json.NewEncoder(os.Stdout)
	for _, j := range todo {
		var said bytes.Buffer
		took, err := j.Run(&said)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, said.Bytes())
		}
		if err := out.Encode(took); err != nil {
			return err
		}
	}
	return nil
}
