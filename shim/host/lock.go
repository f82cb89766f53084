// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"os"
	"syscall"
	"time"
)

// Lock takes an exclusive lock on a file, which it creates if necessary, and
// returns the function that releases it. The kernel releases the lock when its
// holder dies (flock(2)), so a killed process blocks no other.
//
// Lock returns a [*Stopped] error as soon as interrupted returns a signal. A
// blocking flock(2) would make an interrupted process wait until the holder has
// finished.
func Lock(path string, interrupted func() syscall.Signal) (unlock func(), err error) {
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
			return nil, &Stopped{s}
		}
		if err != syscall.EINTR && err != syscall.EWOULDBLOCK {
			_ = f.Close()
			return nil, &os.PathError{Op: "flock", Path: path, Err: err}
		}
		time.Sleep(10 * time.Millisecond)
	}
}
