// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package faults

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"rustc-lto-wrap/shim/compilation"
	"rustc-lto-wrap/shim/formats/record"
)

// situation is an environment in which a command line is explained and run.
type situation struct {
	name string
	env  []string
	// files are written into the tree before, by their paths in it.
	files map[string]string
}

var situations = []situation{
	{name: "usual"},
	{name: "off", env: []string{"LTO_WRAP=off"}},
	{name: "try", env: []string{"LTO_WRAP=try"}},
	{name: "try, clang of another LLVM", env: []string{"LTO_WRAP=try", "FAKE_CLANG_VERSION=version:20.1.1"}},
	{name: "on, clang of another LLVM", env: []string{"FAKE_CLANG_VERSION=version:20.1.1"}},
	{name: "try, no helpers", env: []string{"LTO_WRAP=try", "LTO_WRAP_HELPERS=none.c"}},
	{name: "outside of make", env: []string{"KBUILD_CFLAGS="}},
	{name: "the kernel's own option", files: map[string]string{"obj/include/config/auto.conf": "CONFIG_RUST_INLINE_HELPERS=y\n"}},
	{name: "external module", env: []string{"KBUILD_EXTMOD=$WORK/ext"}},
	{name: "external module, its kernel has no helpers source", env: []string{"KBUILD_EXTMOD=$WORK/ext", "srctree=$WORK/nowhere"}},
	{name: "unknown mode", env: []string{"LTO_WRAP=perhaps"}},
}

// Of the command lines TestExplainAgrees takes one in so many, from the first one after these. Each time that it runs in this
// process, it takes the next ones.
var (
	share = flag.Int("share", 1, "TestExplainAgrees takes one in so many command lines")
	after = flag.Int("after", 0, "how many command lines it leaves out before the first")
)

// TestExplainAgrees checks, for the recorded command lines of real kernel builds in each situation, that --wrap-explain prints what a
// build then does: pass through, compile without inlining, rewrite, or fail.
func TestExplainAgrees(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	first := *after % *share
	*after++
	t.Run("all", func(t *testing.T) {
		for program, corpus := range map[string]string{"rustc-lto-wrap": "rustc", "cc-helper-wrap": "cc"} {
			lines, err := filepath.Glob("../../argv/testdata/" + corpus + "/*/*.args")
			if err != nil || len(lines) < 20 {
				t.Fatalf("%d command lines of %s: %v", len(lines), corpus, err)
			}
			for i, file := range lines {
				if i%*share != first {
					continue
				}
				t.Run(corpus+"/"+filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
					t.Parallel()
					text, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					args := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
					for _, s := range situations {
						explained, done := s.outcomes(t, program, args)
						if explained != done {
							t.Errorf("%s: --wrap-explain says %q, and the build does %q", s.name, explained, done)
						}
						mu.Lock()
						seen[done]++
						mu.Unlock()
						if s.name == "usual" && done == string(compilation.PassedThrough) {
							break // as in any situation
						}
					}
				})
			}
		}
	})
	for _, o := range []string{string(compilation.PassedThrough), string(compilation.NotInlined), string(compilation.Rewritten), "fail"} {
		if *share == 1 && seen[o] < 4 {
			t.Errorf("%q was seen %d times: that proves nothing", o, seen[o])
		}
	}
	t.Logf("seen: %v", seen)
}

// outcomes returns what --wrap-explain says of a command line, and what the program then does with it.
func (s situation) outcomes(t *testing.T, program string, args []string) (explained, done string) {
	t.Helper()
	work := t.TempDir()
	err := makeTree(work)
	args = slices.Clone(args)
	for i, a := range args {
		if rest, ok := strings.CutPrefix(a, "/k/linux-source-"); ok {
			_, rest, _ = strings.Cut(rest, "/")
			args[i] = filepath.Join(work, "src", rest)
		}
		if i > 0 && args[i-1] == "-include" && err == nil {
			file := args[i]
			if !filepath.IsAbs(file) {
				file = filepath.Join(work, "obj", file)
			}
			if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
				err = os.WriteFile(file, nil, 0o644)
			}
		}
	}
	for name, text := range s.files {
		if err == nil {
			err = os.WriteFile(filepath.Join(work, name), []byte(text), 0o644)
		}
	}
	// kbuild makes the directories of objects.
	for _, a := range args {
		_, path, ok := strings.Cut(a, "--emit=obj=")
		if dir := filepath.Dir(path); ok && err == nil && filepath.IsLocal(dir) {
			err = os.MkdirAll(filepath.Join(work, "obj", dir), 0o755)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	run := func(args ...string) (string, error) {
		c := exec.Command(filepath.Join(bin, "shims", program), args...)
		c.Dir = filepath.Join(work, "obj")
		for _, v := range environment(work) {
			c.Env = append(c.Env, v[0]+"="+v[1])
		}
		for _, v := range s.env {
			c.Env = append(c.Env, strings.ReplaceAll(v, "$WORK", work))
		}
		stderr.Reset()
		c.Stderr = &stderr
		out, err := c.Output()
		return string(out), err
	}
	out, err := run(append([]string{"--wrap-explain", "--"}, args...)...)
	explained, _, _ = strings.Cut(out, ":")
	if err != nil {
		explained = "fail"
	}
	_, err = run(args...)
	var records, bitcode []string
	_ = filepath.WalkDir(work, func(path string, _ os.DirEntry, _ error) error {
		switch name := filepath.Base(path); {
		case strings.HasSuffix(name, ".o.lto_wrap.json"):
			records = append(records, path)
		case strings.HasPrefix(name, ".tmp_lto_wrap_helpers_") && strings.HasSuffix(name, ".bc"):
			bitcode = append(bitcode, path)
		}
		return nil
	})
	switch {
	case len(records) == 1:
		done = string(compilation.Rewritten)
		dir, name := filepath.Split(records[0])
		object := dir + strings.TrimSuffix(strings.TrimPrefix(name, ".tmp_"), ".lto_wrap.json")
		rec, rerr := record.Read(object)
		if rerr != nil {
			t.Fatal(rerr)
		}
		if rec.NotInlined != "" {
			done = string(compilation.NotInlined)
		}
	case program == "cc-helper-wrap" && len(bitcode) > 0:
		done = string(compilation.Rewritten)
	case strings.Contains(stderr.String(), program+": warning: "):
		done = string(compilation.NotInlined)
	case err != nil && strings.Contains(stderr.String(), program+": error: "):
		// The fakes refuse some command lines, too.
		done = "fail"
	default:
		done = string(compilation.PassedThrough)
	}
	return explained, done
}
