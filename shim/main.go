package shim

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"rustc-lto-wrap/argv"
)

// Version is that of the module, or "(devel)" with the revision where it was
// built from a checkout.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v += " " + s.Value
		}
	}
	return v
}

// Main runs one of the two programs on args, the command line without the
// program's name, and returns the exit status. It does not return where the
// real tool takes over by exec. more are queries that this program answers besides
// those of both.
func Main(h Host, tool Tool, args []string, more ...Query) int {
	if len(args) > 0 && strings.HasPrefix(args[0], "--wrap-") {
		return query(h, tool, args, more)
	}
	var err error
	switch {
	case h.Getenv(guardVariable(tool)) != "":
		err = &Failure{
			What:   fmt.Sprintf("%s was started by itself: the real tool leads back to it", tool),
			Hint:   "name the real tool in LTO_WRAP_RUSTC or LTO_WRAP_CC, and look into launchers and scripts on its way",
			Status: 1,
		}
	case tool == RustcWrap:
		err = rustcMain(h, args)
	default:
		err = ccMain(h, args)
	}
	// One that was told to end ends so, and so that make sees it, whatever came of
	// its work.
	die := h.Interrupted()
	var plain *ended
	switch {
	case die != 0:
	case errors.As(err, &plain):
		die = plain.Signal
	case err != nil:
		report(h, tool, "error", err)
	}
	if die != 0 {
		dieBy(die)
		return 128 + int(die)
	}
	return statusOf(err)
}

func rustcMain(h Host, args []string) error {
	if !mayBeCrate(args) {
		return passThrough(h, RustcWrap, args)
	}
	r := argv.ParseRustc(args, os.ReadFile)
	d := decideCrate(r)
	if !d.Rewrite {
		return passThrough(h, RustcWrap, args)
	}
	m, err := mode(h)
	if err != nil {
		return err
	}
	if d := standAside(h, m, d); !d.Rewrite {
		if m == Off && underKbuild(h) {
			return plainCrate(h, m, r, d.Reason)
		}
		return passThrough(h, RustcWrap, args)
	}
	h.Hold()
	object := r.EmitPath(r.Emit("obj"), ".o")
	err = crateMain(h, r, object)
	if err != nil {
		_ = os.Remove(object)
	}
	if f := recoverable(m, err); f != nil {
		warnOnce(h, RustcWrap, f)
		return plainCrate(h, m, r, f.What)
	}
	return err
}

// crateMain makes the object of a crate.
func crateMain(h Host, r *argv.Rustc, object string) error {
	s, err := ReadSettings(h)
	if err != nil {
		return err
	}
	log, err := openLog(s, RustcWrap, object)
	if err != nil {
		return err
	}
	kb, t, err := kbuildTools(h, s)
	if err != nil {
		log.error("tools", fields{"error": err.Error()})
		return err
	}
	p, err := planCrate(h, s, kb, t, r)
	if err != nil {
		return err
	}
	err = (&crateRun{h: h, s: s, kb: kb, t: t, p: p, log: log}).run()
	if err != nil {
		log.error("no object", fields{"error": err.Error()})
	}
	return err
}

func ccMain(h Host, args []string) error {
	suffixes, err := helperSuffixes(h)
	if err != nil {
		return err
	}
	if !mayBeHelpers(args, suffixes) {
		return passThrough(h, CCWrap, args)
	}
	c := argv.ParseCC(args)
	d := decideHelpers(c, suffixes)
	if !d.Rewrite {
		return passThrough(h, CCWrap, args)
	}
	m, err := mode(h)
	if err != nil {
		return err
	}
	if d := standAside(h, m, d); !d.Rewrite {
		return passThrough(h, CCWrap, args)
	}
	h.Hold()
	// Whatever happens from here, an object that is there is the new one.
	if err := os.Remove(c.Output); err != nil && !os.IsNotExist(err) {
		return fileFailure("cannot remove the old object", err)
	}
	err = helpersMain(h, c)
	if f := recoverable(m, err); f != nil {
		// The object that kbuild asked for comes before the bitcode.
		if _, serr := os.Stat(c.Output); serr == nil {
			warnOnce(h, CCWrap, f)
			return nil
		}
	}
	if err != nil {
		_ = os.Remove(c.Output)
	}
	return err
}

// helpersMain compiles the helpers to the object that was asked for, with the
// very command line, and then to bitcode.
func helpersMain(h Host, c *argv.CC) error {
	s, err := ReadSettings(h)
	if err != nil {
		return err
	}
	log, err := openLog(s, CCWrap, c.Output)
	if err != nil {
		return err
	}
	cc, err := realCC(h)
	if err != nil {
		return err
	}
	command := append(cc, c.Args...)
	if err := stepFailure("the C compiler", command, h.Run(command, guarded(h, CCWrap)), c.Inputs[0]); err != nil {
		return err
	}
	kb, t, err := kbuildTools(h, s)
	if err != nil {
		return err
	}
	maker := &helpersMaker{h, CCWrap, s, kb, t, log}
	for _, v := range variants(kb) {
		p, err := planHelpers(h, s, kb, t, v, c)
		if err != nil {
			return err
		}
		if _, err := maker.ensure(p); err != nil {
			return err
		}
	}
	return nil
}

// variants are those that the kernel can use: a kernel without modules has no
// flags for them in its configuration.
func variants(kb *Kbuild) []Variant {
	if _, err := os.Stat(filepath.Join(kb.Objtree, "include/config/MODULES")); err != nil {
		return []Variant{Builtin}
	}
	return []Variant{Builtin, Module}
}

// guardVariable is set for what a program execs, so that a command line that
// leads back to the program by way of another one (a launcher, a script) is an
// error and not an endless loop.
func guardVariable(tool Tool) string {
	return "_" + strings.ToUpper(strings.ReplaceAll(string(tool), "-", "_")) + "_RUNS"
}

func guarded(h Host, tool Tool) []string {
	return append(h.Environ(), guardVariable(tool)+"=1")
}

// passThrough gives the command line to the real tool, by exec.
func passThrough(h Host, tool Tool, args []string) error {
	real := realRustc
	if tool == CCWrap {
		real = realCC
	}
	command, err := real(h)
	if err != nil {
		return err
	}
	command = append(command, args...)
	return &Failure{What: h.Exec(command, guarded(h, tool)).Error(), Command: command, Status: 127}
}

// recoverable is what LTO_WRAP=try gets over: a failure that is about the inlining
// alone. It is nil for another one, for no error, and in another mode.
func recoverable(m Mode, err error) *Failure {
	var f *Failure
	if m == Try && errors.As(err, &f) && f.Inlining {
		return f
	}
	return nil
}

// warnOnce warns of what prevents the inlining, once in a build: the object tree
// has a mark for the message and the process group, which all recipes of a make
// share.
func warnOnce(h Host, tool Tool, f *Failure) {
	if kb, err := ReadKbuild(h); err == nil {
		marks := filepath.Join(kb.cacheDir(), ".tmp_lto_wrap_warned_")
		// Without a hint the failure is one of a step, and speaks of its file.
		mark := marks + fmt.Sprintf("%d_%.12s", syscall.Getpgrp(), hash([]byte(cmp.Or(f.Hint, f.What))))
		file, err := os.OpenFile(mark, os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return
		}
		if err == nil {
			_ = file.Close()
		}
		// Those of earlier builds.
		old, _ := filepath.Glob(marks + "*")
		for _, m := range old {
			if !strings.HasPrefix(m, fmt.Sprintf("%s%d_", marks, syscall.Getpgrp())) {
				_ = os.Remove(m)
			}
		}
	}
	report(h, tool, "warning", &Failure{
		What: f.What + "; going on without inlining (LTO_WRAP=try)", Hint: f.Hint,
	})
}
