// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/objtree"
	"rustc-lto-wrap/shim/version"
	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// work is one run: an object tree in the lab, and what builds in it.
type work struct {
	ctx      context.Context
	lab      lab.Script
	plan     *progress.Plan
	source   source
	obj      string   // inside path of the object tree
	host     string   // its host path
	shims    string   // inside path of the directory with cc and rustc
	settings []string // LTO_WRAP_NAME=VALUE that the user has set, for both builds
	versions string   // of the lab's tools and kernels, as lab.sh prints them
	scratch  string   // a directory of this machine for what is kept of the builds
}

// kernel is what is kept of one of the two builds when the tree goes on to the other.
type kernel struct {
	tree          *objtree.Tree
	modules       []string
	image, initrd string // host paths
}

// open makes the lab where it is missing, and prepares what all builds share. has says what is used of the lab.
func open(ctx context.Context, o options, plan *progress.Plan, has string) (w *work, remove func(), err error) {
	w = &work{ctx: ctx, lab: lab.Script{Path: "tests/lab/lab.sh", Log: plan}, plan: plan, settings: settings(os.Environ())}
	if w.source, err = sourceOf(o.kernel); err != nil {
		return nil, nil, err
	}
	if w.source.directory != "" {
		w.lab.Env = append(w.lab.Env, "KERNEL_LAB_SOURCE="+w.source.directory)
	}
	if err := w.step("the kernel lab: "+has+"; the first time it is downloaded (about 500 MB)", nil, "up"); err != nil {
		return nil, nil, err
	}
	kernels, err := w.lab.Kernels(ctx)
	if err == nil {
		err = w.source.find(kernels)
	}
	if err != nil {
		return nil, nil, err
	}
	if w.versions, err = w.lab.Run(ctx, "versions"); err != nil {
		return nil, nil, err
	}
	name := fmt.Sprintf("%s-%d", o.name, os.Getpid())
	w.obj = "/lab/trees/" + name
	if w.host, err = w.lab.Run(ctx, "path", w.obj); err != nil {
		return nil, nil, err
	}
	var removeShims func()
	if w.shims, removeShims, err = w.lab.Shims(ctx, o.bin, name); err != nil {
		return nil, nil, err
	}
	return w, func() {
		removeShims()
		os.RemoveAll(w.host)
	}, nil
}

// step is a run of lab.sh that takes time.
func (w *work) step(what string, far progress.Far, args ...string) error {
	return w.plan.Step(what, far, func() error {
		_, err := w.lab.Run(w.ctx, args...)
		return err
	})
}

// measure builds, boots and compares.
func measure(ctx context.Context, o options, plan *progress.Plan) (*Report, error) {
	plan.Expect(usual(o)...)
	w, remove, err := open(ctx, o, plan, "compilers of one LLVM, kernel sources and QEMU")
	if err != nil {
		return nil, err
	}
	defer remove()
	if w.scratch, err = os.MkdirTemp("", "ab-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(w.scratch)
	return w.measure(o)
}

// usual are the times that the steps take, in the order in which measure takes them.
func usual(o options) []time.Duration {
	building := 90 * time.Second
	if !isVersion.MatchString(o.kernel) {
		building = 0 // of a whole kernel, with any configuration
	}
	steps := []time.Duration{0, 5 * time.Second, building, building}
	for range 2 {
		steps = append(steps, 5*time.Second)
		for range shifts {
			steps = append(steps, 5*time.Second)
		}
	}
	return append(steps, slices.Repeat([]time.Duration{40 * time.Second}, 2*(o.rounds-1))...)
}

func (w *work) measure(o options) (*Report, error) {
	if err := w.start(o.fragments); err != nil {
		return nil, err
	}
	var kernels Sides[kernel]
	var rounds Sides[[]Round]
	var objects []string
	for _, side := range w.sides(&kernels, &rounds) {
		if err := w.make("building "+w.source.name+" "+side.what, side.mode); err != nil {
			return nil, err
		}
		var err error
		if *side.kernel, err = w.keep(side.mode); err != nil {
			return nil, err
		}
		if objects == nil {
			objects = recorded(side.kernel.tree)
		}
		round, err := readRound(w.host, objects, side.mode)
		if err != nil {
			return nil, err
		}
		*side.rounds = append(*side.rounds, round)
	}
	release, err := os.ReadFile(filepath.Join(w.host, "include/config/kernel.release"))
	if err != nil {
		return nil, err
	}
	if !slices.Equal(kernels.A.modules, kernels.B.modules) {
		return nil, fmt.Errorf("the builds have not the same modules: %s without the inlining, %s with it", kernels.A.modules, kernels.B.modules)
	}

	r := &Report{Title: "Linux " + strings.TrimSpace(string(release)) + ", without (A) and with (B) the C helpers inlined into Rust code"}
	var boots Sides[[]lab.Boot]
	var counts Sides[[][]TestCount]
	if boots.A, counts.A, err = w.boots("A", kernels.A); err == nil {
		boots.B, counts.B, err = w.boots("B", kernels.B)
	}
	if err != nil {
		return nil, err
	}

	for n := 2; n <= o.rounds; n++ {
		for _, side := range w.sides(&kernels, &rounds) {
			if err := w.make(fmt.Sprintf("compiling the Rust code again %s, for the time (%d of %d)", side.what, n, o.rounds), side.mode, objects...); err != nil {
				return nil, err
			}
			round, err := readRound(w.host, objects, side.mode)
			if err != nil {
				return nil, err
			}
			*side.rounds = append(*side.rounds, round)
		}
	}

	kernels.A.tree.Root, kernels.B.tree.Root = "LTO_WRAP=off", "LTO_WRAP=on"
	c := compare.Compare(kernels.A.tree, kernels.B.tree, version.String())
	r.Comparison = c
	r.About = []string{tools(w.versions, w.source.version)}
	if len(w.settings) > 0 {
		r.About = append(r.About, "Settings: "+strings.Join(w.settings, " "))
	}
	r.Outcome = Outcome{
		Calls: c.Total.Calls, Code: c.Total.Code, Objects: len(c.Objects), Tally: lab.Compare(boots.A, boots.B), Modules: len(kernels.A.modules), Times: NewTimes(rounds),
		Unread: len(c.Problems),
	}
	r.Counted, r.Outcome.Counted = Count(counts)
	return r, nil
}

// tools are the lines of lab.sh versions that have to do with a kernel of this version, in one.
func tools(versions, version string) string {
	var list []string
	for line := range strings.Lines(versions) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "lab ") && !strings.HasPrefix(line, "kernels ") && (!strings.HasPrefix(line, "linux ") || strings.Contains(line, "(linux-source-"+version+" ")) {
			list = append(list, line)
		}
	}
	return "Made with " + strings.Join(list, ", ") + "."
}

// side is one of the two builds, and where what is known of it goes.
type side struct {
	mode, what string
	kernel     *kernel
	rounds     *[]Round
}

func (w *work) sides(k *Sides[kernel], r *Sides[[]Round]) []side {
	return []side{
		{"off", "without the inlining (LTO_WRAP=off)", &k.A, &r.A},
		{"on", "with the inlining (LTO_WRAP=on)", &k.B, &r.B},
	}
}

// settings are those of the environment, but for LTO_WRAP.
func settings(environ []string) (out []string) {
	for _, e := range environ {
		if strings.HasPrefix(e, "LTO_WRAP_") {
			out = append(out, e)
		}
	}
	slices.Sort(out)
	return out
}

// start makes the object tree. Of the lab's kernels it is a copy of one that is built but for what the shims are to make;
// of others, it has the configuration alone.
func (w *work) start(fragments []string) error {
	command, what := "fork", "a copy of the lab's "+w.source.name+", whose C objects need not be compiled again"
	if w.source.directory != "" {
		command, what = "config", "configuring "+w.source.name
	}
	args := append([]string{command, w.source.version, w.obj}, fragments...)
	if err := w.step(what, nil, args...); err != nil || command == "config" {
		return err
	}
	_, err := w.source.kernel.RemoveRust(w.host)
	return err
}

// make runs make in a mode.
func (w *work) make(what, mode string, targets ...string) error {
	args := []string{"make", "--ab", w.shims, "-e", "LTO_WRAP=" + mode}
	for _, s := range w.settings {
		args = append(args, "-e", s)
	}
	args = append(append(args, "--", w.source.version, w.obj), targets...)
	return w.step(what, progress.Objects(w.host), args...)
}

// keep measures what is in the tree, and keeps what is needed to boot it.
func (w *work) keep(mode string) (k kernel, err error) {
	if k.tree, err = objtree.Read(w.host); err != nil {
		return k, fmt.Errorf("%s: %w", w.host, err)
	}
	if k.modules, err = lab.RustModules(w.host); err != nil {
		return k, err
	}
	k.image, k.initrd = filepath.Join(w.scratch, mode+".bzImage"), filepath.Join(w.scratch, mode+".initrd")
	image, err := os.ReadFile(filepath.Join(w.host, lab.DefaultArch().Image))
	if err != nil {
		return k, err
	}
	if err := os.WriteFile(k.image, image, 0o644); err != nil {
		return k, err
	}
	args := []string{"initrd", k.initrd}
	for _, m := range k.modules {
		args = append(args, filepath.Join(w.host, m))
	}
	_, err = w.lab.Run(w.ctx, args...)
	return k, err
}

// recorded are the objects that have a record: those that could have helpers inlined.
func recorded(t *objtree.Tree) (paths []string) {
	for _, o := range t.Objects {
		if o.Record != nil {
			paths = append(paths, o.Path)
		}
	}
	return paths
}

// shifts are the speeds of the guest's clock with which a kernel is booted to count its instructions.
var shifts = []int{0, 1, 2}

// uncounted is the shift of a boot that counts no instructions.
const uncounted = -1

// boots boots a kernel as it is, and then with its instructions counted. It fails if the kernel does not come to the end of
// the lab's init.
func (w *work) boots(name string, k kernel) (boots []lab.Boot, counts [][]TestCount, err error) {
	for _, shift := range append([]int{uncounted}, shifts...) {
		what, options := "booting kernel "+name+" with two processors", []string(nil)
		if shift != uncounted {
			what, options = fmt.Sprintf("booting kernel %s, counting instructions (%d of %d)", name, shift+1, len(shifts)), counting(shift)
		}
		if err := w.plan.Step(what, nil, func() error {
			console, err := w.lab.Run(w.ctx, slices.Concat([]string{"boot", "--initrd", k.initrd}, options, []string{k.image})...)
			if err != nil {
				return fmt.Errorf("%s: %w; the last of its console:\n%s", what, err, lab.Tail(console))
			}
			b := lab.ReadBoot(console)
			if !b.Modules.Done {
				return fmt.Errorf("%s: the kernel did not come to its end; the last of its console:\n%s", what, lab.Tail(console))
			}
			boots = append(boots, b)
			if shift != uncounted {
				counts = append(counts, instructions(console, shift))
			}
			return nil
		}); err != nil {
			return nil, nil, err
		}
	}
	return boots, counts, nil
}

// counting are options of lab.sh's boot to have the guest's clock go on by 2^shift nanoseconds with each instruction (see
// tests/bench/kmod), and the kernel's log tell the time. The initramfs is unpacked before the tests begin, not beside them.
func counting(shift int) []string {
	return []string{
		"--qemu", fmt.Sprintf("-icount shift=%d,sleep=off -smp 1 -nic none", shift), "--append", "nolapic printk.time=1 initramfs_async=0",
	}
}
