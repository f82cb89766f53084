// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// WriteFile writes a file so that it appears complete or not at all: it writes a
// temporary file beside it and renames that. The temporary file has a fixed name,
// so that the next run overwrites the file of a killed run. Only one process may
// write a given file at a time.
func WriteFile(path string, data []byte) error {
	name := filepath.Join(filepath.Dir(path), ".tmp_lto_wrap_new_"+filepath.Base(path))
	err := os.WriteFile(name, data, 0o644)
	if err == nil {
		err = os.Rename(name, path)
	}
	if err != nil {
		_ = os.Remove(name)
	}
	return err
}

// Hash returns the SHA-256 of data, in hexadecimal.
func Hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// FileTime returns the modification time, in nanoseconds, that a file written now
// gets. Linux takes it from a clock that advances with the timer tick only
// (ktime_get_coarse_real_ts64), and is up to 10 ms behind [time.Now].
func FileTime() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &t); err != nil {
		return time.Now().UnixNano()
	}
	return t.Nano()
}

// IsFile reports whether path is a regular file.
func IsFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// IsExecutable reports whether path is a regular file that this user can execute. A
// shell, too, goes on to the next directory of PATH for another one's.
func IsExecutable(path string) bool {
	return IsFile(path) && unix.Access(path, unix.X_OK) == nil
}
