// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kmod

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rustc-lto-wrap/tests/lab"
)

// calibration are the loops without a helper: an empty one, and one of nopsPerOp instructions that do nothing.
var calibration = []string{"empty", "nops"}

const nopsPerOp = 20

// countedKernel leaves out the tests at boot, and the APIC's timer, which the kernel takes ten seconds to calibrate when
// instructions are counted: it reads the TSC in a loop, and each time QEMU has to bring the count up to date.
const countedKernel = "kunit.enable=0 nolapic"

// The module counts the same instructions in each boot; with the unwrapped tools, each loop around a helper has more of them in
// Rust than in C; with the shims, it has as many.
func TestInstructions(t *testing.T) {
	for _, k := range lab.Open(t).Kernels() {
		version := k.Version
		t.Run(version, func(t *testing.T) {
			l := lab.Open(t)
			image := filepath.Join(l.Path(l.Plain(version).Obj), lab.DefaultArch().Image)
			initrd := l.Initrd(modules(t, l, version)...)

			start := time.Now()
			loads := load(t, l, image, initrd, countedKernel, Counted...)
			took := time.Since(start)
			again := load(t, l, image, initrd, countedKernel, Counted...)
			if d := cmp.Diff(loads, again, cmpopts.IgnoreFields(Timing{}, "Nanoseconds")); d != "" {
				t.Errorf("another boot counts (-first +second):\n%s", d)
			}
			names, instructions := Names(loads[0]), perOperation(t, loads, Cycles)
			t.Logf("Linux %s: instructions per operation (a boot took %.1f s)\n%s", version, took.Seconds(), instructions.Table(names))
			check(t, names, instructions)

			// Not nanoseconds: on a machine of some load the kernel cannot calibrate its clock, and goes by ticks of 4 ms.
			clocked := perOperation(t, load(t, l, image, initrd, "kunit.enable=0"), Cycles)
			t.Logf("Linux %s: cycles of this machine per operation, emulation included: they say little of a real kernel\n%s", version, clocked.Table(names))
		})
	}
}

// modules builds the module in each way and gives the host paths of the .ko files in the order of Builds.
func modules(t *testing.T, l *lab.Lab, version string) (files []string) {
	t.Helper()
	tree, shims := l.Plain(version).Obj, l.Shims()
	for _, build := range []struct {
		name    string
		options lab.Options
		inlined bool
	}{
		{"bare", lab.Options{Obj: tree}, false},
		{"late", lab.Options{Obj: tree, AB: shims, Env: []string{"LTO_WRAP_PIPELINE=late"}}, true},
		{"early", lab.Options{Obj: tree, AB: shims, Env: []string{"LTO_WRAP_PIPELINE=early"}}, true},
	} {
		dir, err := l.External(build.options, version, "module")
		if err != nil {
			t.Fatal(err)
		}
		dir = l.Path(dir)
		calls, err := lab.HelperCalls(filepath.Join(dir, "loops_rust.o"))
		if err != nil {
			t.Fatal(err)
		}
		if (calls == 0) != build.inlined {
			t.Errorf("%s: loops_rust.o has %d calls to helpers", build.name, calls)
		}
		files = append(files, filepath.Join(dir, "lto_wrap_bench.ko"))
	}
	return files
}

// load boots the kernel with the modules, one after the other, and gives the timings of each.
func load(t *testing.T, l *lab.Lab, image, initrd, cmdline string, qemu ...string) [][]Timing {
	t.Helper()
	console := l.Boot(image, initrd, cmdline, qemu...)
	loads, err := Parse(console)
	if err != nil {
		t.Fatal(err)
	}
	// EAGAIN is how the module ends when all went well.
	did, end := lab.ParseModules(console), "lto_wrap_bench: Resource temporarily unavailable (11)"
	if len(loads) != 3 || !slices.Equal(did.Failed, []string{end, end, end}) {
		t.Fatalf("%d times measured, %+v", len(loads), did)
	}
	return loads
}

func perOperation(t *testing.T, loads [][]Timing, of func(Timing) uint64) Builds {
	t.Helper()
	var costs []map[Loop]float64
	for _, timings := range loads {
		cost, err := PerOperation(timings, of)
		if err != nil {
			t.Fatal(err)
		}
		costs = append(costs, cost)
	}
	return Builds{Bare: costs[0], Late: costs[1], Early: costs[2]}
}

// check compares the instructions per operation.
func check(t *testing.T, names []string, b Builds) {
	t.Helper()
	if len(names) < 8 {
		t.Errorf("only these loops ran: %s", names)
	}
	for name, build := range map[string]map[Loop]float64{"bare": b.Bare, "late": b.Late, "early": b.Early} {
		for _, lang := range []string{"c", "rust"} {
			if n := build[Loop{"nops", lang}] - build[Loop{"empty", lang}]; n != nopsPerOp {
				t.Errorf("%s, %s: %d instructions are counted as %v", name, lang, nopsPerOp, n)
			}
		}
		for _, loop := range names {
			c, rust := Loop{loop, "c"}, Loop{loop, "rust"}
			if build[c] != b.Bare[c] {
				t.Errorf("%s in C: %v instructions in the build %s, %v in the bare one", loop, build[c], name, b.Bare[c])
			}
			switch {
			case name != "bare":
				if ratio := build[rust] / build[c]; ratio > 1.01 || ratio < 0.99 {
					t.Errorf("%s, %s: %v instructions in Rust, %v in C", loop, name, build[rust], build[c])
				}
			case !slices.Contains(calibration, loop) && build[rust] <= build[c]:
				t.Errorf("%s: with the unwrapped tools %v instructions in Rust, %v in C: this shows nothing", loop, build[rust], build[c])
			}
		}
	}
}
