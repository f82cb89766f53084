// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Each plain kernel is what the table says, boots, passes its tests, and takes and gives back all of its modules.
func TestPlainKernelBoots(t *testing.T) {
	for _, k := range Open(t).Kernels() {
		t.Run(k.Version, func(t *testing.T) {
			l := Open(t)
			host := l.Path(l.Plain(k.Version).Obj)
			modules, err := RustModules(host)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for i, m := range modules {
				names = append(names, ModuleName(m))
				modules[i] = filepath.Join(host, m)
			}
			slices.Sort(names)
			if d := cmp.Diff(k.Modules, names); k.Modules != nil && d != "" {
				t.Errorf("modules with Rust code in the table (-) and in the build (+):\n%s", d)
			}
			if _, err := os.Stat(filepath.Join(host, k.HelpersObject())); err != nil {
				t.Error(err)
			}
			console := l.Boot(host+"/"+DefaultArch().Image, l.Initrd(modules...), "")
			results := ParseKTAP(console)
			if p := results.Problems(); p != nil {
				t.Error(p)
			}
			if s, _ := results.Suite("rust_doctests_kernel"); s.Count(Pass) < k.Doctests {
				t.Errorf("only %d Rust doctests pass, of at least %d", s.Count(Pass), k.Doctests)
			}
			did := ParseModules(console)
			if len(did.Loaded) != len(modules) || len(did.Unloaded) != len(modules) || !did.Done {
				t.Errorf("%d modules: %+v", len(modules), did)
			}
			if !strings.Contains(console, "rust_minimal: Rust minimal sample (exit)") {
				t.Error("rust_minimal does not say that it goes")
			}
		})
	}
}

// The kernel of user-mode Linux passes its tests, in a process of this machine.
func TestUserModeBoots(t *testing.T) {
	l := Open(t)
	k := l.MostRust()
	image := filepath.Join(l.Path(l.Plain(k.Version+"-um", l.UserModeTest(k.Version)...).Obj), UserMode().Image)
	console := l.BootOn(UserMode(), image, l.Initrd(), "")
	results := ParseKTAP(console)
	if p := results.Problems(); p != nil {
		t.Error(p)
	}
	if s, _ := results.Suite("rust_doctests_kernel"); s.Count(Pass) < k.Doctests {
		t.Errorf("only %d Rust doctests pass", s.Count(Pass))
	}
	if did := ParseModules(console); !did.Done {
		t.Errorf("init did not come to its end: %+v", did)
	}
	// Without an init, it panics, and that is an end as well.
	if console := l.BootOn(UserMode(), image, "", "kunit.enable=0"); !strings.Contains(console, "Kernel panic") {
		t.Error("a kernel without an init does not panic")
	}
}

// machines are the machines of the lab's architectures, by the first part of clang's target.
var machines = map[string]elf.Machine{
	"x86_64": elf.EM_X86_64, "aarch64": elf.EM_AARCH64, "arm": elf.EM_ARM, "riscv64": elf.EM_RISCV, "loongarch64": elf.EM_LOONGARCH,
	"s390x": elf.EM_S390, "powerpc64le": elf.EM_PPC64,
}

// An initramfs has an init of its own machine, which needs no library.
func TestInitrdOfEachArchitecture(t *testing.T) {
	for _, arch := range Architectures {
		t.Run(arch.Name, func(t *testing.T) {
			data, err := os.ReadFile(Open(t).InitrdOn(arch))
			if err != nil {
				t.Fatal(err)
			}
			at := bytes.Index(data, []byte(elf.ELFMAG))
			if at < 0 {
				t.Fatal("no program in it")
			}
			init, err := elf.NewFile(bytes.NewReader(data[at:]))
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(arch.Target, "-")
			if init.Machine != machines[name] {
				t.Errorf("init is for %v, and the target is %s", init.Machine, arch.Target)
			}
			if slices.ContainsFunc(init.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
				t.Error("init needs a library")
			}
		})
	}
}

// make finds nothing to do in a copy of the plain build: an A/B that starts from it compares what it means to.
func TestForkIsUpToDate(t *testing.T) {
	for _, k := range Open(t).Kernels() {
		t.Run(k.Version, func(t *testing.T) {
			l := Open(t)
			obj := l.Fork(k.Version)
			start := time.Now()
			if stdout, stderr, code := l.Make(Options{}, k.Version, obj); code != 0 || stdout+stderr != "" {
				t.Fatalf("make: exit status %d\n%s%s", code, stdout, stderr)
			}
			var made []string
			host := l.Path(obj)
			err := filepath.WalkDir(host, func(path string, d os.DirEntry, err error) error {
				if err != nil || !d.Type().IsRegular() {
					return err
				}
				info, err := d.Info()
				if err == nil && info.ModTime().After(start) {
					made = append(made, strings.TrimPrefix(path, host+"/"))
				}
				return err
			})
			made = slices.DeleteFunc(made, func(f string) bool {
				return f == "Makefile" || f == ".missing-syscalls.d" // made by every make
			})
			if err != nil || len(made) > 0 {
				t.Errorf("made again: %v, %v", made, err)
			}
		})
	}
}

// Status, output, directory and environment of a command pass through; the sources are read-only.
func TestRun(t *testing.T) {
	l := Open(t)
	stdout, stderr, code := l.Run(Options{Dir: "/tmp", Env: []string{"A=b  c"}}, `pwd; echo "$A"; echo e >&2; exit 7`)
	if stdout != "/tmp\nb  c\n" || stderr != "e\n" || code != 7 {
		t.Errorf("%q, %q, %d", stdout, stderr, code)
	}
	for _, k := range l.Kernels() {
		if _, _, code := l.Run(Options{}, "touch "+l.Source(k.Version)+"/x"); code == 0 {
			t.Errorf("the sources of %s can be written to", k.Version)
		}
	}
}
