package shim

import (
	"fmt"
	"os"
	"slices"

	"rustc-lto-wrap/shim/bitcode"
	"rustc-lto-wrap/shim/elfobj"
	"rustc-lto-wrap/shim/record"
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

// run makes the object. On an error there is none, and no intermediate file.
func (c *crateRun) run() (err error) {
	p := c.p
	// Whatever happens from here, an object that is there is the new one.
	if err := os.Remove(p.Object); err != nil && !os.IsNotExist(err) {
		return fileFailure("cannot remove the old object", err)
	}
	_ = os.Remove(record.Path(p.Object))
	clean := func(files ...string) {
		for _, f := range files {
			if !c.s.Keep {
				_ = os.Remove(f)
			}
		}
	}
	defer clean(p.Bitcode, p.Merged, p.Fresh)
	c.rec = newRecord(c.s.Mode, p.Variant, p.Crate, p.Object)
	c.rec.Pipeline, c.rec.WhyLate, c.rec.Linkage, c.rec.Inline = string(p.Pipeline), p.WhyLate, string(c.s.Linkage), "cost"
	if c.s.Always {
		c.rec.Inline = "always"
	}
	c.rec.Tools = recordedTools(c.t)
	// Bitcode of an earlier run that was killed must not pass for rustc's.
	if err := os.Remove(p.Bitcode); err != nil && !os.IsNotExist(err) {
		return fileFailure("cannot remove an old intermediate file", err)
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
	linked := len(c.rec.Called) > 0 || !crate.HasSymbols
	if !linked {
		c.rec.NotInlined = "the crate calls no helper"
	}
	obj, err := c.generate(linked)
	if err != nil {
		return err
	}
	if p.Variant == Module && linked && crate.HasSymbols {
		hidden, err := addedSymbols(c.kb, st, obj.Undefined, crate.Undefined)
		if err != nil {
			return asInlining(fileFailure("cannot tell what is exported to modules", err))
		}
		if len(hidden) > 0 {
			linked = false
			c.rec.NotInlined = fmt.Sprintf("inlining would need %v, which modules cannot see", hidden)
			c.warn("%s: nothing was inlined: %s", p.Object, c.rec.NotInlined)
			if obj, err = c.generate(false); err != nil {
				return err
			}
		}
	}
	c.rec.Text = obj.Text
	c.rec.Left = leftOver(obj, st, c.s, linked)
	if linked && inlinedNothing(&c.rec, st) {
		c.warn("%s: none of the %d helpers that it calls was inlined: %s", p.Object, len(c.rec.Called), c.rec.Left[0].Reason)
	}
	if err := c.depInfo(st); err != nil {
		return err
	}
	if err := writeRecord(&c.rec); err != nil {
		return fileFailure("cannot write the record", err)
	}
	// With the object in place nobody would come to clean up behind a run that was
	// killed.
	clean(p.Bitcode, p.Merged)
	if err := os.Rename(p.Fresh, p.Object); err != nil {
		return fileFailure("cannot put the object in place", err)
	}
	c.log.info("object made", fields{
		"crate": p.Crate, "variant": p.Variant, "pipeline": p.Pipeline,
		"called": len(c.rec.Called), "left": len(c.rec.Left), "text": c.rec.Text,
	})
	return nil
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

// generate makes the object, with the helpers merged in or without, and reads
// it.
func (c *crateRun) generate(linked bool) (*elfobj.Object, error) {
	codegen := c.p.CodegenAlone
	if linked {
		codegen = c.p.Codegen
		_ = os.Remove(c.p.Merged)
		if err := c.step(c.p.Link, c.p.Merged); err != nil {
			return nil, asInlining(err)
		}
	}
	_ = os.Remove(c.p.Fresh)
	if err := c.step(codegen, c.p.Fresh); err != nil {
		return nil, asInlining(err)
	}
	f, err := os.Open(c.p.Fresh)
	if err != nil {
		return nil, fileFailure("cannot read the new object", err)
	}
	defer f.Close()
	obj, err := elfobj.Read(f)
	if err != nil {
		return nil, &Failure{What: fmt.Sprintf("clang ended well but what it wrote for %s is no object: %v", c.p.Object, err), Command: codegen.Argv, Status: 1, Inlining: true}
	}
	return obj, nil
}

// depInfo makes the dep-info name the object, and adds what the helpers bitcode
// was made from: kbuild then rebuilds the crate when a helper changes.
func (c *crateRun) depInfo(st *Stamp) error {
	if c.p.DepInfo == "" {
		return nil
	}
	var more []string
	if len(c.rec.Called) > 0 {
		for _, p := range st.Prerequisites {
			more = append(more, p.Path)
		}
	}
	return rewriteDepInfo(c.h, On, c.p.Variant, c.p.DepInfo, c.p.Bitcode, c.p.Object, more)
}

func (c *crateRun) warn(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	fmt.Fprintf(c.h.Stderr(), "%s: warning: %s\n", RustcWrap, msg)
	c.log.warn(msg, nil)
}
