package shim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// writeFile makes a file appear complete or not at all: a temporary beside it,
// then rename. The temporary has one name, which the next run takes again, so
// that one that was killed leaves no second. Only one process may write a file at a
// time.
func writeFile(path string, data []byte) error {
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

// hash is the SHA-256 of a text, in hexadecimal.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// fileFailure says what could not be done with a file, with a hint for the
// causes that have one.
func fileFailure(doing string, err error) *Failure {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		hint = "make room on that file system, then run make again"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		hint = "the object tree must be writable for the user that builds"
	}
	return &Failure{What: fmt.Sprintf("%s: %v", doing, err), Hint: hint, Status: 1}
}

// lock takes a lock that no other process holds, and returns what lets it go.
// The kernel lets go of it when its holder dies (flock(2)), so one that was
// killed blocks nobody. Waiting ends when interrupted says so: a blocking
// flock(2) would hold a process that was told to end for as long as the other one
// works.
func lock(path string, interrupted func() syscall.Signal) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if s := interrupted(); s != 0 {
			_ = f.Close()
			return nil, &stopped{s}
		}
		if err != syscall.EINTR && err != syscall.EWOULDBLOCK {
			_ = f.Close()
			return nil, &os.PathError{Op: "flock", Path: path, Err: err}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// fileTime is the time, in nanoseconds, that a file gets which is written now.
// Linux takes it from a clock that only moves with the timer's tick
// (ktime_get_coarse_real_ts64), up to 10 ms behind [time.Now].
func fileTime() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME_COARSE, &t); err != nil {
		return time.Now().UnixNano()
	}
	return t.Nano()
}
