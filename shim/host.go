package shim

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync"
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
	// waits for it. A signal that would end this process goes to the child. After
	// one, nothing is started any more.
	Run(argv, env []string) Result
	// Hold keeps signals from ending this process: from now on they only end
	// what Run runs, and Interrupted tells of the first of them.
	Hold()
	// Interrupted is the signal that this process was told to end by since Hold, 0
	// if none.
	Interrupted() syscall.Signal
	// Output runs argv and returns what it wrote to its standard output. An
	// [exec.ExitError] holds what it wrote to its standard error.
	Output(argv []string, input string) (string, error)
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
type Real struct{ held *signals }

// signals are those that would end this process, held since Hold.
type signals struct {
	mu    sync.Mutex
	first syscall.Signal
	// child is what runs now, nil if nothing does.
	child *os.Process
}

// Getenv implements [Host].
func (*Real) Getenv(key string) string { return os.Getenv(key) }

// Environ implements [Host].
func (*Real) Environ() []string { return os.Environ() }

// Stdout implements [Host].
func (*Real) Stdout() io.Writer { return os.Stdout }

// Stderr implements [Host].
func (*Real) Stderr() io.Writer { return os.Stderr }

// Exec implements [Host] with execve(2).
func (*Real) Exec(argv, env []string) error {
	return &os.PathError{Op: "exec", Path: argv[0], Err: syscall.Exec(argv[0], argv, env)}
}

// Hold implements [Host].
func (r *Real) Hold() {
	if r.held != nil {
		return
	}
	r.held = new(signals)
	came := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		// What this process was started to ignore (nohup) stays ignored, by the
		// child, too.
		if !signal.Ignored(s) {
			signal.Notify(came, s)
		}
	}
	go func() {
		for s := range came {
			r.held.take(s.(syscall.Signal))
		}
	}()
}

// take notes a signal and passes it on. The child may have had it from the
// terminal already; a second one does no harm to a compiler.
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

// Interrupted implements [Host].
func (r *Real) Interrupted() syscall.Signal {
	if r.held == nil {
		return 0
	}
	r.held.mu.Lock()
	defer r.held.mu.Unlock()
	return r.held.first
}

// Run implements [Host]. File descriptors beyond the standard streams that were
// inherited, such as the jobserver's pipe of GNU make before 4.4, are inherited
// by the child: Go marks only those close-on-exec that it opened itself. The
// child ends with this process, also when that is killed: otherwise it would go
// on to write files that the next run writes, too.
func (r *Real) Run(argv, env []string) Result {
	r.Hold()
	// The kernel takes the end of the thread that started the child for the end of
	// its parent (PR_SET_PDEATHSIG in prctl(2)).
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := &exec.Cmd{
		Path: argv[0], Args: argv, Env: env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	}
	start := time.Now()
	if s, err := r.held.start(cmd); s != 0 || err != nil {
		return Result{Interrupted: s, Err: err, Status: 127}
	}
	err := cmd.Wait()
	res := Result{Wall: time.Since(start), Interrupted: r.held.ended(err == nil)}
	if state := cmd.ProcessState; state != nil {
		res.CPU = state.UserTime() + state.SystemTime()
		if u, ok := state.SysUsage().(*syscall.Rusage); ok {
			res.MaxRSS = int64(u.Maxrss) // int32 on machines of 32 bits
		}
		ws, _ := state.Sys().(syscall.WaitStatus)
		if res.Status = state.ExitCode(); ws.Signaled() {
			res.Signal = ws.Signal()
			res.Status = 128 + int(res.Signal)
		}
		return res
	}
	res.Err, res.Status = err, 127
	return res
}

// start starts a child, unless a signal came before.
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

// ended notes that the child has ended, and tells the signal that came before.
// Where the child ended badly, one that a terminal sent to both may still be on
// its way here.
func (h *signals) ended(well bool) syscall.Signal {
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
func (*Real) Output(argv []string, input string) (string, error) {
	cmd := &exec.Cmd{Path: argv[0], Args: argv, Stdin: strings.NewReader(input)}
	out, err := cmd.Output()
	return string(out), err
}
