package shim

import (
	"fmt"
	"os"
	"slices"

	"rustc-lto-wrap/shim/formats/bitcode"
	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
)

// crateRun carries out the plan of a crate.
type crateRun struct {
	h   Host
	s   *Settings
	kb  *Kbuild
	t   *Toolchain
	p   *CratePlan
	log *logger
	rec record.Record
}

// callsNoHelper is why nothing is inlined into most crates that have nothing
// inlined.
const callsNoHelper = "the crate calls no helper"

// run makes the object. On an error there is none, and no intermediate file.
func (c *crateRun) run() error {
	p := c.p
	before, _ := record.Read(p.Object)
	// Whatever happens from here, an object that is there is the new one.
	if err := os.Remove(p.Object); err != nil && !os.IsNotExist(err) {
		return fileFailure("cannot remove the old object", err)
	}
	_ = os.Remove(record.Path(p.Object))
	// Of an earlier run, which may have been killed or have kept them.
	for _, f := range intermediates(p.Object) {
		if err := os.Remove(f); err != nil && !os.IsNotExist(err) {
			return fileFailure("cannot remove an old intermediate file", err)
		}
	}
	defer c.clean(intermediates(p.Object)...)
	c.rec = newRecord(c.s.Mode, p.Variant, p.Crate, p.Object)
	c.rec.Tools = recordedTools(c.t, p)
	if before != nil && before.NotInlined == callsNoHelper {
		// Most likely it still calls none, and then this is all there is to do.
		if done, err := c.plainIfNoCalls(); done || err != nil {
			return err
		}
	}
	if err := c.step(p.Rustc, p.Bitcode); err != nil {
		return err
	}
	crate, err := c.readBitcode()
	if err != nil {
		return err
	}
	maker := &helpersMaker{c.h, RustcWrap, c.s, c.kb, c.t, c.log}
	st, err := maker.ensure(p.Helpers)
	if err != nil {
		return err
	}
	for _, u := range crate.Undefined {
		if slices.Contains(st.Helpers, u) {
			c.rec.Called = append(c.rec.Called, u)
		}
	}
	if len(c.rec.Called) == 0 && crate.HasSymbols {
		return c.plain(st, callsNoHelper)
	}
	obj, err := c.generate()
	if err != nil {
		return err
	}
	if p.Variant == Module && crate.HasSymbols {
		hidden, err := addedSymbols(c.kb, p.Helpers, st, obj.Undefined, crate.Undefined)
		if err != nil {
			return asInlining(fileFailure("cannot tell what is exported to modules", err))
		}
		if len(hidden) > 0 {
			why := fmt.Sprintf("inlining would need %v, which modules cannot see", hidden)
			c.warn("%s: nothing was inlined: %s", p.Object, why)
			return c.plain(st, why)
		}
	}
	c.rec.Pipeline, c.rec.WhyLate, c.rec.Linkage, c.rec.Inline = string(p.Pipeline), p.WhyLate, string(c.s.Linkage), "cost"
	if c.s.Always {
		c.rec.Inline = "always"
	}
	c.rec.Left = leftOver(obj, st, c.s, true)
	if inlinedNothing(&c.rec, st) {
		c.warn("%s: none of the %d helpers that it calls was inlined: %s", p.Object, len(c.rec.Called), c.rec.Left[0].Reason)
	}
	if err := c.finish(obj, p.Bitcode, st); err != nil {
		return err
	}
	// With the object in place nobody would come to clean up behind a run that was
	// killed.
	c.clean(p.Bitcode, p.Merged)
	if err := os.Rename(p.Fresh, p.Object); err != nil {
		return fileFailure("cannot put the object in place", err)
	}
	return nil
}

// plain makes the object with the very command line that kbuild gave, for the
// reason why: it is then what the bare rustc makes. What rustc has to say of the
// crate it says a second time; kbuild's crates compile without a warning.
func (c *crateRun) plain(st *Stamp, why string) error {
	c.clean(intermediates(c.p.Object)...)
	obj, err := c.compilePlainly()
	if err != nil {
		return err
	}
	c.rec.NotInlined, c.rec.Left = why, leftOver(obj, st, c.s, false)
	return c.finish(obj, c.p.Object, st)
}

// plainIfNoCalls makes the object in the same way, and leaves it there if it
// refers to no helper. done says whether it does.
func (c *crateRun) plainIfNoCalls() (done bool, err error) {
	obj, err := c.compilePlainly()
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(obj.Undefined, elfobj.IsHelper) {
		if err := os.Remove(c.p.Object); err != nil {
			return false, fileFailure("cannot remove the object", err)
		}
		return false, nil
	}
	c.rec.NotInlined = callsNoHelper
	return true, c.finish(obj, c.p.Object, nil)
}

// compilePlainly has rustc make the object where kbuild wants it, and reads it.
func (c *crateRun) compilePlainly() (*elfobj.Object, error) {
	if err := c.step(c.p.Plain, c.p.Object); err != nil {
		return nil, err
	}
	return c.readObject(c.p.Object, c.p.Plain)
}

// finish writes what goes with the object: dep-info, in which from stands for
// it, and record. st is what is known of the helpers that are in it, nil if none
// are.
func (c *crateRun) finish(obj *elfobj.Object, from string, st *Stamp) error {
	c.rec.Text = obj.Text
	if err := c.depInfo(st, from); err != nil {
		return err
	}
	if err := writeRecord(&c.rec); err != nil {
		return fileFailure("cannot write the record", err)
	}
	c.log.info("object made", fields{
		"crate": c.p.Crate, "variant": c.p.Variant, "pipeline": c.rec.Pipeline,
		"called": len(c.rec.Called), "left": len(c.rec.Left), "text": c.rec.Text,
	})
	return nil
}

// clean removes intermediate files, unless they are to be kept.
func (c *crateRun) clean(files ...string) {
	for _, f := range files {
		if !c.s.Keep {
			_ = os.Remove(f)
		}
	}
}

// step runs a command that must leave the file out.
func (c *crateRun) step(s Step, out string) error {
	c.log.debug("step", fields{"step": s.Name, "argv": s.Argv})
	r := c.h.Run(s.Argv, guarded(c.h, RustcWrap))
	c.rec.Steps = append(c.rec.Steps, measured(s.Name, r))
	if err := stepFailure(s.Name, s.Argv, r, c.p.Object); err != nil {
		return err
	}
	if info, err := os.Stat(out); err != nil || info.Size() == 0 {
		return &Failure{What: fmt.Sprintf("%s ended well but did not write %s, for %s", s.Name, out, c.p.Object), Command: s.Argv, Status: 1}
	}
	return nil
}

// readBitcode reads what rustc wrote, and checks that the LLVM in it is the one
// that was asked for.
func (c *crateRun) readBitcode() (*bitcode.File, error) {
	data, err := os.ReadFile(c.p.Bitcode)
	if err != nil {
		return nil, fileFailure("cannot read the crate's bitcode", err)
	}
	f, err := bitcode.Parse(data)
	if err != nil {
		return nil, &Failure{What: fmt.Sprintf("rustc ended well but %s is not usable: %v", c.p.Bitcode, err), Command: c.p.Rustc.Argv, Status: 1}
	}
	if m := f.Major(); m != 0 && m != c.t.Clang.Major {
		return nil, inliningFailure("choose a clang that goes with it (LLVM=, LTO_WRAP_CC)",
			"%s was written by LLVM %d (%s), and clang has LLVM %d (%s)", c.p.Bitcode, m, f.Producer, c.t.Clang.Major, c.t.Clang.Version)
	}
	return f, nil
}

// generate makes the object with the helpers merged in, and reads it.
func (c *crateRun) generate() (*elfobj.Object, error) {
	if c.p.Link != nil {
		if err := c.step(*c.p.Link, c.p.Merged); err != nil {
			return nil, asInlining(err)
		}
	}
	if err := c.step(c.p.Codegen, c.p.Fresh); err != nil {
		return nil, asInlining(err)
	}
	obj, err := c.readObject(c.p.Fresh, c.p.Codegen)
	return obj, asInlining(err)
}

// readObject reads the object that a step has written.
func (c *crateRun) readObject(path string, s Step) (*elfobj.Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileFailure("cannot read the new object", err)
	}
	defer f.Close()
	obj, err := elfobj.Read(f)
	if err != nil {
		return nil, &Failure{What: fmt.Sprintf("%s ended well but what it wrote for %s is no object: %v", s.Name, c.p.Object, err), Command: s.Argv, Status: 1}
	}
	return obj, nil
}

// depInfo makes the dep-info name the object, and adds what the helpers bitcode
// was made from: kbuild then rebuilds the crate when a helper changes.
func (c *crateRun) depInfo(st *Stamp, from string) error {
	if c.p.DepInfo == "" {
		return nil
	}
	var more []string
	if len(c.rec.Called) > 0 {
		for _, p := range st.Prerequisites {
			more = append(more, p.Path)
		}
	}
	return rewriteDepInfo(c.h, On, c.p.Variant, c.p.DepInfo, from, c.p.Object, more)
}

func (c *crateRun) warn(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	fmt.Fprintf(c.h.Stderr(), "%s: warning: %s\n", RustcWrap, msg)
	c.log.warn(msg, nil)
}
