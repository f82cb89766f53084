// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package resume keeps the results of a program that runs for hours in a file, so that it goes on where it was interrupted.
package resume

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Open returns what an earlier run of a program has written into the file name, which need not exist, and the file, to append to it.
// An empty name is a new file. Open says which file it is.
func Open(name, program string) (had []byte, log *os.File, err error) {
	if name == "" {
		log, err = os.CreateTemp("", program+"-*.log")
	} else if had, err = os.ReadFile(name); err == nil || errors.Is(err, fs.ErrNotExist) {
		log, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	}
	if err != nil {
		return nil, nil, err
	}
	fmt.Printf("%s: the log is %s\n", program, log.Name())
	return had, log, nil
}
