// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// signals has the signals that would end this process and are held since
// [Host.Hold].
type signals struct {
	mu    sync.Mutex
	first syscall.Signal
	// child is the process that runs now, nil if there is none.
	child *os.Process
}

// holdSignals catches the signals that usually end a compiler.
func holdSignals() *signals {
	h := new(signals)
	came := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		// SIGHUP and SIGINT that were ignored when this process was started (nohup) stay
		// ignored, in the child as well. Of other signals, Go's runtime forgets it.
		if !signal.Ignored(s) {
			signal.Notify(came, s)
		}
	}
	go func() {
		for s := range came {
			h.take(s.(syscall.Signal))
		}
	}()
	return h
}

// take records a signal and passes it on. The child may have received it from the
// terminal already. A second one does no harm to a compiler.
func (h *signals) take(s syscall.Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first == 0 {
		h.first = s
	}
	if h.child != nil {
		_ = h.child.Signal(s)
	}
}

// received returns the first signal, 0 if there was none.
func (h *signals) received() syscall.Signal {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.first
}

// start starts a child, unless a signal arrived before.
func (h *signals) start(cmd *exec.Cmd) (syscall.Signal, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.first != 0 {
		return h.first, nil
	}
	err := cmd.Start()
	if err == nil {
		h.child = cmd.Process
	}
	return 0, err
}

// childEnded records that the child has ended, and returns the signal that arrived
// before. If the child failed, a signal that a terminal sent to both processes may
// still be pending here.
func (h *signals) childEnded(well bool) syscall.Signal {
	look := func() syscall.Signal {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.child = nil
		return h.first
	}
	s := look()
	for i := 0; i < 10 && s == 0 && !well; i++ {
		time.Sleep(time.Millisecond)
		s = look()
	}
	return s
}

// DieBy ends this process by a signal, like a process without a handler for that
// signal. It returns only if that fails.
//
// signal.Reset alone is not enough. The Go runtime keeps its own handler. For
// SIGQUIT it prints a stack dump. For the other signals it ends the process from
// another thread, while this thread continues to os.Exit.
func DieBy(s syscall.Signal) {
	signal.Reset(s)
	var byDefault [8]uint64 // a struct sigaction of zeros: SIG_DFL, no flags, no mask
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	_ = syscall.Kill(os.Getpid(), s)
	time.Sleep(time.Second) // the kernel may deliver it to any thread
}
