package shim

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/kballard/go-shellquote"
)

// Failure is an error that a user can act on. It ends the run with Status.
type Failure struct {
	// What says what is wrong, and with which file or tool.
	What string
	// Hint says what to do; "" where there is nothing to add.
	Hint string
	// Command is the command line of the failing step, nil if there was none.
	Command []string
	// Status is the exit status of the run, that of the failing tool where one
	// failed.
	Status int
	// Inlining is set when only the inlining cannot be had, while the crate
	// itself may compile: LTO_WRAP=try then goes on without it.
	Inlining bool
}

// Error implements error.
func (f *Failure) Error() string { return f.What }

// inliningFailure makes a Failure that is about the inlining only.
func inliningFailure(hint, format string, args ...any) *Failure {
	return &Failure{What: fmt.Sprintf(format, args...), Hint: hint, Status: 1, Inlining: true}
}

// report writes err for the user, as one message of a few lines.
func report(h Host, tool Tool, severity string, err error) {
	text := fmt.Sprintf("%s: %s: %v\n", tool, severity, err)
	var f *Failure
	if errors.As(err, &f) {
		if f.Command != nil {
			text += fmt.Sprintf("%s: command: %s\n", tool, shellquote.Join(f.Command...))
		}
		if f.Hint != "" {
			text += fmt.Sprintf("%s: hint: %s\n", tool, f.Hint)
		}
	}
	fmt.Fprint(h.Stderr(), text)
}

// statusOf is the exit status that err asks for.
func statusOf(err error) int {
	var f *Failure
	var e *ended
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

// stepFailure turns the result of a step into an error, nil if it went well.
func stepFailure(name string, argv []string, r Result, about string) error {
	switch {
	case r.OK():
		return nil
	case r.Interrupted != 0:
		return &stopped{r.Interrupted}
	case r.Err != nil:
		return &Failure{What: fmt.Sprintf("%s could not be started for %s: %v", name, about, r.Err), Command: argv, Status: r.Status}
	case r.Signal != 0:
		return &Failure{What: fmt.Sprintf("%s was ended by signal %d (%v) on %s", name, int(r.Signal), r.Signal, about), Command: argv, Status: r.Status}
	}
	return &Failure{What: fmt.Sprintf("%s failed with status %d on %s", name, r.Status, about), Command: argv, Status: r.Status}
}

// stopped ends the run because this process was told to end by a signal.
type stopped struct{ signal syscall.Signal }

func (s *stopped) Error() string { return "interrupted: " + s.signal.String() }

// ended ends the run as the real tool ended, which has said why.
type ended struct{ Result }

func (e *ended) Error() string { return fmt.Sprintf("the tool ended with status %d", e.Status) }
