package shim

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
	"unsafe"
)

// Host is the world around a run: environment, streams and processes. Tests
// use one that records instead of running.
type Host interface {
	// Getenv is the value of an environment variable, "" if it is not set.
	Getenv(key string) string
	// Environ is the whole environment, as KEY=value.
	Environ() []string
	// Stdout and Stderr are the streams for messages.
	Stdout() io.Writer
	Stderr() io.Writer
	// Exec replaces this process by argv, whose first word is a path. It
	// returns only on failure.
	Exec(argv, env []string) error
	// Run runs argv, whose first word is a path, on this process's streams, and
	// waits for it. A signal that ends this process reaches the child first.
	Run(argv, env []string) Result
	// Output runs argv and returns what it wrote to its standard output. An
	// [exec.ExitError] holds what it wrote to its standard error.
	Output(argv []string) (string, error)
}

// Result is how a child process ended.
type Result struct {
	// Err is set when the program could not be started.
	Err error
	// Status is the exit status; 128 plus the signal's number when a signal
	// ended the child, as shells have it.
	Status int
	// Signal is the signal that ended the child, 0 if none did.
	Signal syscall.Signal
	// Interrupted is the signal that this process was told to end by while the
	// child ran, 0 if none.
	Interrupted syscall.Signal
	// Wall is the elapsed time, CPU the user and system time of the child and
	// its children, MaxRSS its peak memory in KiB (getrusage(2) on Linux).
	Wall, CPU time.Duration
	MaxRSS    int64
}

// OK says whether the child did what it was asked for.
func (r Result) OK() bool { return r.Err == nil && r.Status == 0 && r.Interrupted == 0 }

// Real is the Host of a real run.
type Real struct{}

// Getenv implements [Host].
func (Real) Getenv(key string) string { return os.Getenv(key) }

// Environ implements [Host].
func (Real) Environ() []string { return os.Environ() }

// Stdout implements [Host].
func (Real) Stdout() io.Writer { return os.Stdout }

// Stderr implements [Host].
func (Real) Stderr() io.Writer { return os.Stderr }

// Exec implements [Host] with execve(2).
func (Real) Exec(argv, env []string) error {
	return &os.PathError{Op: "exec", Path: argv[0], Err: syscall.Exec(argv[0], argv, env)}
}

// Run implements [Host]. File descriptors beyond the standard streams that were
// inherited, such as the jobserver's pipe of GNU make before 4.4, are inherited
// by the child: Go marks only those close-on-exec that it opened itself.
func (Real) Run(argv, env []string) Result {
	cmd := &exec.Cmd{Path: argv[0], Args: argv, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	signals := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		// What this process was started to ignore (nohup) stays ignored, by the
		// child, too.
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return Result{Err: err, Status: 127}
	}
	done := make(chan struct{})
	interrupted := make(chan syscall.Signal, 1)
	go func() {
		defer close(interrupted)
		for {
			select {
			case s := <-signals:
				// The child may have had it from the terminal already; a second
				// one does no harm to a compiler.
				_ = cmd.Process.Signal(s)
				select {
				case interrupted <- s.(syscall.Signal):
				default:
				}
			case <-done:
				return
			}
		}
	}()
	err := cmd.Wait()
	signal.Stop(signals) // those under way are in the channel now
	close(done)
	r := Result{Wall: time.Since(start), Interrupted: <-interrupted}
	if len(signals) > 0 && r.Interrupted == 0 {
		// It came as the child ended.
		r.Interrupted = (<-signals).(syscall.Signal)
	}
	if state := cmd.ProcessState; state != nil {
		r.CPU = state.UserTime() + state.SystemTime()
		if u, ok := state.SysUsage().(*syscall.Rusage); ok {
			r.MaxRSS = int64(u.Maxrss) // int32 on machines of 32 bits
		}
		ws, _ := state.Sys().(syscall.WaitStatus)
		if r.Status = state.ExitCode(); ws.Signaled() {
			r.Signal = ws.Signal()
			r.Status = 128 + int(r.Signal)
		}
		return r
	}
	r.Err, r.Status = err, 127
	return r
}

// dieBy ends this process by a signal, as one without a handler for it ends.
// signal.Reset alone does not: the Go runtime keeps a handler of its own, which
// writes a stack dump for SIGQUIT, and for the others ends the process from
// another thread, while this one goes on to os.Exit.
func dieBy(s syscall.Signal) {
	signal.Reset(s)
	var byDefault [8]uint64 // a struct sigaction of zeros: SIG_DFL, no flags, no mask
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	_ = syscall.Kill(os.Getpid(), s)
	time.Sleep(time.Second) // any thread may have got it
}

// Output implements [Host].
func (Real) Output(argv []string) (string, error) {
	cmd := &exec.Cmd{Path: argv[0], Args: argv}
	out, err := cmd.Output()
	return string(out), err
}
