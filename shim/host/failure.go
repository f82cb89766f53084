// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package host

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kballard/go-shellquote"
)

// Failure is an error that a user can act on. It ends the run with Status.
type Failure struct {
	// What says what is wrong, and with which file or tool.
	What string
	// Hint says what to do, "" if there is nothing to add.
	Hint string
	// Command is the command line of the failing step, nil if there was none.
	Command []string
	// Status is the exit status of the run: that of the failing tool if a tool
	// failed.
	Status int
	// Inlining is set if only the inlining is impossible, while the crate itself
	// may compile. With LTO_WRAP=try the run then continues without inlining.
	Inlining bool
	// Foreign is set if what is missing belongs to somebody else than the user who
	// builds: to the package of a kernel that an external module is built against.
	// The run then continues without inlining in each mode, with a note.
	Foreign bool
}

// Error implements error.
func (f *Failure) Error() string { return f.What }

// InliningFailure returns a Failure that concerns the inlining only.
func InliningFailure(hint, format string, args ...any) *Failure {
	return &Failure{What: fmt.Sprintf(format, args...), Hint: hint, Status: 1, Inlining: true}
}

// UsageFailure returns a Failure for a command line that a query does not accept.
// usage is the correct form.
func UsageFailure(usage, format string, args ...any) *Failure {
	return &Failure{What: fmt.Sprintf(format, args...), Hint: usage, Status: 2}
}

// AsInlining marks a Failure as one that concerns the inlining only. It leaves
// other errors unchanged.
func AsInlining(err error) error {
	if f, ok := err.(*Failure); ok {
		f.Inlining = true
	}
	return err
}

// FileFailure returns a Failure for an error of the file system. doing says what
// could not be done. Some causes have a hint.
func FileFailure(doing string, err error) *Failure {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		hint = "make room on that file system, then run make again"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		hint = "the object tree must be writable for the user that builds"
	}
	return &Failure{What: fmt.Sprintf("%s: %v", doing, err), Hint: hint, Status: 1}
}

// StepFailure turns the result of a step into an error, nil if the step
// succeeded. about names the file that the step was for.
func StepFailure(name string, argv []string, r Result, about string) error {
	switch {
	case r.OK():
		return nil
	case r.Interrupted != 0:
		return &Stopped{r.Interrupted}
	case r.Err != nil:
		return &Failure{What: fmt.Sprintf("%s could not be started for %s: %v", name, about, r.Err), Command: argv, Status: r.Status}
	case r.Signal != 0:
		return &Failure{What: fmt.Sprintf("%s was killed by signal %d (%v) on %s", name, int(r.Signal), r.Signal, about), Command: argv, Status: r.Status}
	}
	return &Failure{What: fmt.Sprintf("%s failed with status %d on %s", name, r.Status, about), Command: argv, Status: r.Status}
}

// Stopped is the error of a run that was interrupted by a signal.
type Stopped struct{ Signal syscall.Signal }

// Error implements error.
func (s *Stopped) Error() string { return "interrupted: " + s.Signal.String() }

// Ended is the error of a run that ends with the result of the real tool. The tool
// has already said why.
type Ended struct{ Result }

// Error implements error.
func (e *Ended) Error() string { return fmt.Sprintf("the tool ended with status %d", e.Status) }

// StatusOf returns the exit status for err, 0 for nil.
func StatusOf(err error) int {
	var f *Failure
	var e *Ended
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f) && f.Status != 0:
		return f.Status
	case errors.As(err, &e):
		return e.Status
	}
	return 1
}

// Report writes err for the user, as one message of a few lines. severity is
// "error", "warning" or "note".
func Report(h Host, program Program, severity string, err error) {
	text := fmt.Sprintf("%s: %s: %v\n", program, severity, err)
	var f *Failure
	if errors.As(err, &f) {
		if f.Command != nil {
			text += fmt.Sprintf("%s: command: %s\n", program, shellquote.Join(f.Command...))
		}
		if f.Hint != "" {
			text += fmt.Sprintf("%s: hint: %s\n", program, f.Hint)
		}
	}
	fmt.Fprint(h.Stderr(), text)
}
