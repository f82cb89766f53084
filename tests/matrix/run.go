// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kballard/go-shellquote"

	"rustc-lto-wrap/shim/formats/elfobj"
	"rustc-lto-wrap/shim/formats/record"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/kbuild"
	"rustc-lto-wrap/tests/equal"
	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// Result is what came of a cell.
type Result struct {
	Cell Cell
	// Key identifies what the result depends on: see builder.key.
	Key string
	// Fault says why there is no comparison, "" if there is one.
	Fault string `json:",omitempty"`
	// Objects is the number of Rust objects. Before and After are the references to
	// helpers in them, CodeBefore and CodeAfter their bytes of code.
	Objects               int
	Before, After         int
	CodeBefore, CodeAfter uint64
	// Grown are the objects with more code than in the plain build, the one that grew most first. Late are the reasons why
	// crates use the pipeline late.
	Grown []Growth `json:",omitempty"`
	Late  []string `json:",omitempty"`
	// Left are the references that are left, as "OBJECT: HELPER: REASON". Unexplained are
	// those of which the record does not say why.
	Left        []string `json:",omitempty"`
	Unexplained []string `json:",omitempty"`
	// Messages are what the build with the shims printed and the plain one did not.
	Messages []string `json:",omitempty"`
	Checks   []equal.Check
	// Tests are the KUnit tests that pass in both kernels, Different what differs between
	// the kernels' tests. Both are of the stage Boot.
	Tests     int      `json:",omitempty"`
	Different []string `json:",omitempty"`
	Release   string
	Tools     []string
	// Shims is the version of the programs that made the result.
	Shims   string
	Seconds int
}

// Growth is an object with its bytes of code, without and with the shims.
type Growth struct {
	Object        string
	Before, After uint64
}

// Good reports whether the result is as it should be. Each reference that is left has a
// reason in its record. More than a quarter is left nowhere: arm has a fifth.
func (r *Result) Good() bool {
	return r.Fault == "" && len(equal.Wrong(r.Checks)) == 0 && len(r.Messages) == 0 && len(r.Different) == 0 && r.Before > 0 &&
		len(r.Unexplained) == 0 && r.After*4 < r.Before
}

// builder builds cells in the lab.
type builder struct {
	script  lab.Script
	plan    *progress.Plan
	configs string // the directory of the fragments
	results string // the directory of the results, which belong to the repository
	logs    string // host path of the directory with the logs of cells
	lab     string // the directory of the lab's own configurations
	// generation and program are what the shims say of themselves: see identify.
	generation, program string
	keep                bool
	// shims are the inside paths of directories with cc and rustc, versions what lab.sh says
	// of the tools, both by release.
	shims, versions map[string]string
}

// of returns lab.sh for a release.
func (b *builder) of(release string) lab.Script {
	script := b.script
	if release != "" {
		script.Env = append(slices.Clone(script.Env), "KERNEL_LAB_RELEASE="+release)
	}
	return script
}

// build builds a cell and compares.
func (b *builder) build(ctx context.Context, cell Cell, key string) (*Result, error) {
	r := &Result{Cell: cell, Key: key}
	// Trees and logs are called as the cell is, and other checkouts use the same lab.
	unlock, err := lock(ctx, b.plan, filepath.Join(b.logs, cell.ID()+".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	start := time.Now()
	log, err := os.Create(filepath.Join(b.logs, cell.ID()+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	c := &cellBuild{builder: *b, cell: cell, log: log, version: cell.Kernel, result: r}
	c.script = b.of(cell.Release)
	c.script.Log = log
	c.script.Env = append(slices.Clone(c.script.Env), "KERNEL_LAB_C="+cell.C)
	if cell.Arch != "x86_64" {
		c.version += "-" + cell.Arch
	}
	if err = c.install(ctx); err == nil {
		err = c.run(ctx)
	}
	if !b.keep {
		err = errors.Join(err, c.remove(ctx))
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if f := fault(""); errors.As(err, &f) {
		r.Fault, err = string(f), nil
	}
	r.Seconds = int(time.Since(start).Seconds())
	return r, err
}

// fault is an error that is a result of the cell: it cannot be configured or built.
type fault string

func (f fault) Error() string { return string(f) }

// cellBuild is the build of one cell.
type cellBuild struct {
	builder
	cell    Cell
	version string // as lab.sh has it
	log     *os.File
	result  *Result
}

func (c *cellBuild) tree(side string) string { return "/lab/trees/matrix-" + c.cell.ID() + "-" + side }

// host returns the host path of an inside path.
func (c *cellBuild) host(ctx context.Context, inside string) (string, error) {
	return c.script.Run(ctx, "path", inside)
}

func (c *cellBuild) remove(ctx context.Context) error {
	for _, side := range []string{"plain", "shimmed"} {
		host, err := c.host(ctx, c.tree(side))
		if err != nil {
			return err
		}
		if err := os.RemoveAll(host); err != nil {
			return err
		}
	}
	return nil
}

// install has the packages of the configuration installed over the lab's root, in a
// directory for all cells that want the same ones, and takes the configuration's base
// from them.
func (c *cellBuild) install(ctx context.Context) error {
	config, err := configOf(c.cell.Config)
	if err != nil {
		return err
	}
	c.script.Env = append(c.script.Env, "KERNEL_LAB_MAKE="+strings.Join(config.Make, " "))
	packages := slices.Clone(config.Packages)
	base := "linux-config-" + c.cell.Kernel
	if config.Base != "" {
		packages = append(packages, base)
	}
	if len(packages) == 0 {
		return nil
	}
	over, err := c.script.Run(ctx, append([]string{"over"}, packages...)...)
	if err != nil {
		return c.because(err)
	}
	c.script.Env = append(c.script.Env, "KERNEL_LAB_OVER="+over)
	if config.Base == "" {
		return nil
	}
	text, err := c.script.Run(ctx, "run", "xz -dc /usr/src/"+base+"/"+config.Base+" | grep -v =m$")
	if err != nil {
		return c.because(err)
	}
	file := filepath.Join(c.logs, c.cell.ID()+".config")
	c.script.Env = append(c.script.Env, "KERNEL_LAB_BASE="+file)
	return os.WriteFile(file, []byte(text+"\n"), 0o644)
}

func (c *cellBuild) run(ctx context.Context) error {
	config, err := configOf(c.cell.Config)
	if err != nil {
		return err
	}
	fragments, err := c.fragments(ctx, config)
	if err != nil {
		return err
	}
	targets := []string{}
	if c.cell.Stage == Objects {
		source, err := c.script.Run(ctx, "source", c.version)
		if err != nil {
			return err
		}
		// All releases share the sources of the default release.
		if source, err = (lab.Script{Path: c.script.Path, Log: c.log}).Run(ctx, "path", source); err != nil {
			return err
		}
		targets = slices.DeleteFunc(append([]string{"rust/", "samples/rust/"}, config.Targets...), func(directory string) bool {
			_, err := os.Stat(filepath.Join(source, directory))
			return err != nil
		})
	}
	plain, before, err := c.plain(ctx, fragments, targets)
	if err != nil {
		return err
	}
	shimmed, err := c.host(ctx, c.tree("shimmed"))
	if err != nil {
		return err
	}
	objects, err := lab.RustObjects(plain)
	if err != nil {
		return fault(err.Error())
	}
	for _, name := range append(slices.Clone(objects), "rust/helpers/helpers.o", "rust/helpers.o") {
		if err := os.Remove(filepath.Join(shimmed, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	said, err := c.make(ctx, c.tree("shimmed"), c.shims[c.cell.Release], targets)
	if err != nil {
		return err
	}
	// C code is compiled again, with the warnings that it had.
	for _, l := range said {
		if !slices.Contains(before, l) {
			c.result.Messages = append(c.result.Messages, strings.ReplaceAll(l, c.tree("shimmed"), "OBJ"))
		}
	}
	release, err := os.ReadFile(filepath.Join(plain, "include/config/kernel.release"))
	if err != nil {
		return err
	}
	c.result.Release = strings.TrimSpace(string(release))
	if err := c.compare(ctx, plain, shimmed, objects); err != nil {
		return err
	}
	if c.cell.Stage == Boot {
		return c.boot(ctx, plain, shimmed)
	}
	return nil
}

// fragments returns the fragments of a configuration, as host paths: the lab's for
// the architecture, and that of the configuration.
func (c *cellBuild) fragments(ctx context.Context, config Config) ([]string, error) {
	own, err := c.script.Run(ctx, "fragments", c.version)
	if err != nil {
		return nil, err
	}
	out := strings.Split(own, "\n")
	for _, name := range config.fragments(c.cell.Kernel) {
		out = append(out, filepath.Join(c.configs, name))
	}
	return out, nil
}

// plain builds the cell with the unwrapped tools, and makes the copy in which the shims
// build. It returns the host path of the plain tree, and the lines that its build printed.
func (c *cellBuild) plain(ctx context.Context, fragments, targets []string) (string, []string, error) {
	if c.cell.Stage == Boot {
		inside, err := c.script.Run(ctx, append([]string{"plain", c.version}, fragments...)...)
		if err != nil {
			return "", nil, c.because(err)
		}
		if err := c.remove(ctx); err != nil {
			return "", nil, err
		}
		if _, err := c.script.Run(ctx, append([]string{"fork", c.version, c.tree("shimmed")}, fragments...)...); err != nil {
			return "", nil, err
		}
		plain, err := c.host(ctx, inside)
		if err != nil {
			return "", nil, err
		}
		// What make printed is kept beside the tree.
		log, err := os.ReadFile(plain + ".log")
		return plain, printed(string(log)), err
	}
	plain, err := c.host(ctx, c.tree("plain"))
	if err != nil {
		return "", nil, err
	}
	// An interrupted build goes on where it was; one of other contents starts anew.
	mark := filepath.Join(plain, ".matrix")
	if done, err := os.ReadFile(mark); err != nil || string(done) != c.result.Key {
		if err := c.remove(ctx); err != nil {
			return "", nil, err
		}
		if _, err := c.script.Run(ctx, append([]string{"config", c.version, c.tree("plain")}, fragments...)...); err != nil {
			return "", nil, c.because(err)
		}
		if err := os.WriteFile(mark, []byte(c.result.Key), 0o644); err != nil {
			return "", nil, err
		}
	}
	said, err := c.make(ctx, c.tree("plain"), "", append([]string{"prepare"}, targets...))
	// What an interrupted build printed counts, too.
	file := filepath.Join(plain, ".matrix.said")
	earlier, rerr := os.ReadFile(file)
	if rerr == nil {
		said = printed(string(earlier) + strings.Join(said, "\n"))
	}
	if err := errors.Join(err, os.WriteFile(file, []byte(strings.Join(said, "\n")+"\n"), 0o644)); err != nil {
		return "", nil, err
	}
	shimmed, err := c.host(ctx, c.tree("shimmed"))
	if err != nil {
		return "", nil, err
	}
	if err := os.RemoveAll(shimmed); err != nil {
		return "", nil, err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-a", "--reflink=auto", plain, shimmed).CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("copying %s: %w\n%s", plain, err, out)
	}
	return plain, said, nil
}

// because turns an error of lab.sh into the cell's result, with the last lines that
// the log has.
func (c *cellBuild) because(err error) error {
	if _, serr := c.log.Seek(0, io.SeekStart); serr != nil {
		return serr
	}
	text, rerr := io.ReadAll(c.log)
	if rerr != nil {
		return rerr
	}
	var errs []string
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSpace(l)
		if strings.Contains(l, "error:") || strings.Contains(l, "Error ") || strings.Contains(l, ": asked ") {
			errs = append(errs, l)
		}
	}
	if len(errs) == 0 {
		return fault(err.Error())
	}
	return fault(strings.Join(errs[:min(4, len(errs))], "; "))
}

// make builds targets in a tree, with the tools in ab, and returns the lines that it
// printed, also if it fails.
func (c *cellBuild) make(ctx context.Context, obj, ab string, targets []string) ([]string, error) {
	var said bytes.Buffer
	script := c.script
	script.Log = io.MultiWriter(c.log, &said)
	// The directories of targets cannot be made side by side: each descends on its own.
	// "prepare" goes first, because the others do not know that they need it.
	for len(targets) > 0 && targets[0] == "prepare" {
		if _, err := script.Run(ctx, "make", c.version, obj, "prepare"); err != nil {
			return printed(said.String()), c.because(err)
		}
		targets = targets[1:]
	}
	args := []string{"make"}
	if ab != "" {
		args = append(args, "--ab", ab)
	}
	if _, err := script.Run(ctx, append(append(args, c.version, obj), targets...)...); err != nil {
		return printed(said.String()), c.because(err)
	}
	return printed(said.String()), nil
}

// printed returns the lines of an output, each once, without lab.sh's own.
func printed(output string) (out []string) {
	for l := range strings.Lines(output) {
		if l = strings.TrimRight(l, "\n"); l != "" && !strings.HasPrefix(l, "lab: ") && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// compare compares the Rust objects of both trees.
func (c *cellBuild) compare(ctx context.Context, plain, shimmed string, objects []string) error {
	dis, err := c.disassemble(ctx, objects)
	if err != nil {
		return err
	}
	helpers, err := c.helpers(ctx)
	if err != nil {
		return err
	}
	r := c.result
	var pairs []equal.Pair
	for _, name := range objects {
		pair, growth := equal.Pair{Name: name, Helpers: helpers}, Growth{Object: name}
		for _, side := range []struct {
			name, tree string
			facts      **equal.Facts
			calls      *int
			code       *uint64
		}{{"plain", plain, &pair.Plain, &r.Before, &growth.Before}, {"shimmed", shimmed, &pair.Shimmed, &r.After, &growth.After}} {
			data, err := os.ReadFile(filepath.Join(side.tree, name))
			if err != nil {
				return err
			}
			if *side.facts, err = equal.Read(data, dis[side.name+" "+name]); err != nil {
				return fault(fmt.Sprintf("%s of the %s build: %v", name, side.name, err))
			}
			dir, base := filepath.Split(name)
			command, err := os.ReadFile(filepath.Join(side.tree, dir, "."+base+".cmd"))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			(*side.facts).Versions = equal.VersionsOf(string(command))
			o, err := elfobj.Read(bytes.NewReader(data))
			if err != nil {
				return err
			}
			*side.code = o.Text
			for _, n := range o.Count(elfobj.IsHelper) {
				*side.calls += n.References
			}
			if side.name == "shimmed" {
				explained, unexplained := left(side.tree, name, o)
				r.Left, r.Unexplained = append(r.Left, explained...), append(r.Unexplained, unexplained...)
				if rec, err := record.Read(filepath.Join(side.tree, name)); err == nil && rec != nil && rec.WhyLate != "" {
					r.Late = append(r.Late, rec.WhyLate)
				}
			}
		}
		pairs = append(pairs, pair)
		r.CodeBefore, r.CodeAfter = r.CodeBefore+growth.Before, r.CodeAfter+growth.After
		if growth.After > growth.Before {
			r.Grown = append(r.Grown, growth)
		}
	}
	slices.SortStableFunc(r.Grown, func(a, b Growth) int { return cmp.Compare(b.After-b.Before, a.After-a.Before) })
	slices.Sort(r.Late)
	r.Late = slices.Compact(r.Late)
	r.Objects, r.Checks = len(objects), equal.Compare(pairs)
	return nil
}

// helpers returns the facts of the helpers' own object in the shimmed tree. With the
// kernel's link-time optimisation that file is bitcode, so it is compiled once more
// without; only its sections and what is instrumented in it are compared.
func (c *cellBuild) helpers(ctx context.Context) (*equal.Facts, error) {
	tree, err := c.host(ctx, c.tree("shimmed"))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"rust/helpers/helpers.o", "rust/helpers.o"} {
		data, err := os.ReadFile(filepath.Join(tree, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil && !bytes.HasPrefix(data, []byte(elf.ELFMAG)) {
			const object = ".tmp_matrix_helpers.o"
			saved, err := kbuild.ReadSaved(filepath.Join(tree, name))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			// Of two options, clang takes the last.
			command := shellquote.Join(append(saved.Argv, "-w", "-fno-lto", "-o", object)...)
			if _, err := c.script.Run(ctx, "run", "--obj", c.tree("shimmed"), "-C", lab.ObjDir, command); err != nil {
				return nil, c.because(err)
			}
			if data, err = os.ReadFile(filepath.Join(tree, object)); err != nil {
				return nil, err
			}
		}
		if err != nil {
			return nil, err
		}
		facts, err := equal.Read(data, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return facts, nil
	}
	return nil, fault("it has no object of the helpers")
}

// left returns the helpers that an object refers to: those with a reason in its record,
// and those without.
func left(tree, name string, o *elfobj.Object) (explained, unexplained []string) {
	reasons := map[string]string{}
	if rec, err := record.Read(filepath.Join(tree, name)); err == nil && rec != nil {
		for _, l := range rec.Left {
			reasons[l.Name] = l.Reason
		}
	}
	for helper := range o.Count(elfobj.IsHelper) {
		if reason := reasons[helper]; reason != "" {
			explained = append(explained, name+": "+helper+": "+reason)
		} else {
			unexplained = append(unexplained, name+": "+helper)
		}
	}
	slices.Sort(explained)
	slices.Sort(unexplained)
	return explained, unexplained
}

// lock waits until no other run holds the lock in a file, says so, and takes it.
func lock(ctx context.Context, plan *progress.Plan, file string) (unlock func(), err error) {
	waiting := false
	// It asks for a signal while another run holds the lock.
	return host.Lock(file, func() syscall.Signal {
		if !waiting {
			plan.Say("another run holds %s, waiting for it", file)
			waiting = true
		}
		if ctx.Err() != nil {
			return syscall.SIGINT
		}
		return 0
	})
}

// disassemble returns the disassembly of the objects of both trees, by side and
// name.
func (c *cellBuild) disassemble(ctx context.Context, objects []string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, side := range []string{"plain", "shimmed"} {
		tree := c.tree(side)
		if side == "plain" && c.cell.Stage == Boot {
			inside, err := c.plainTree(ctx)
			if err != nil {
				return nil, err
			}
			tree = inside
		}
		for _, name := range objects {
			text, err := c.script.Run(ctx, "run", "-C", tree, "llvm-objdump -d --no-show-raw-insn --no-leading-addr "+name)
			if err != nil {
				return nil, err
			}
			out[side+" "+name] = []byte(text)
		}
	}
	return out, nil
}

// plainTree returns the inside path of the plain build that lab.sh keeps.
func (c *cellBuild) plainTree(ctx context.Context) (string, error) {
	config, err := configOf(c.cell.Config)
	if err != nil {
		return "", err
	}
	fragments, err := c.fragments(ctx, config)
	if err != nil {
		return "", err
	}
	return c.script.Run(ctx, append([]string{"plain", c.version}, fragments...)...)
}

// boot boots both kernels and compares their KUnit tests.
func (c *cellBuild) boot(ctx context.Context, plain, shimmed string) error {
	image, err := c.script.Run(ctx, "image", c.version)
	if err != nil {
		return err
	}
	var results [2]lab.Results
	for i, tree := range []string{plain, shimmed} {
		console, err := c.script.Run(ctx, "boot", "--arch", c.cell.Arch, filepath.Join(tree, image))
		fmt.Fprintf(c.log, "\nconsole of %s:\n%s\n", tree, console)
		if err != nil {
			return c.because(err)
		}
		results[i] = lab.ParseKTAP(console)
	}
	tally := lab.CompareTests(results[0], results[1])
	c.result.Tests = tally.Pass
	for _, d := range tally.Different {
		c.result.Different = append(c.result.Different, d.String())
	}
	if tally.Pass == 0 {
		c.result.Different = append(c.result.Different, "no test passes in both kernels")
	}
	return nil
}
