// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command matrix builds kernels of many configurations, architectures and compilers
// with the unwrapped tools and with the shims, compares them, boots those that can be
// booted, and writes the results as a document. It is resumable: a cell that has a
// result is not built again.
package main

import (
	"fmt"
	"slices"
	"strings"

	"rustc-lto-wrap/tests/lab"
)

// Stage is how far a cell goes.
type Stage string

const (
	// Objects compiles the Rust code only, and what it needs.
	Objects Stage = "objects"
	// Boot builds the whole kernel and boots it.
	Boot Stage = "boot"
)

// Cell is a combination that is built.
type Cell struct {
	Kernel, Arch, Config, C string
	Stage                   Stage
	// Reason says why the cell is not built, "" if it is.
	Reason string `json:",omitempty"`
	// Release is the Debian release whose compilers are used, of the table releases of
	// the lab; "" for the lab's default release.
	Release string `json:",omitempty"`
}

// ID names the cell.
func (c Cell) ID() string {
	id := strings.Join([]string{c.Kernel, c.Arch, c.Config, c.C}, "-")
	if c.Release != "" {
		id += "-" + c.Release
	}
	return id
}

// Config is a configuration: the lab's own for the architecture, with a fragment of
// configs/ behind it.
type Config struct {
	Name, Title string
	// Fragment is the file in configs/, "" for the lab's own configuration.
	Fragment string
	// Targets are what make builds in the stage Objects besides rust/ and
	// samples/rust/, as far as the kernel has these directories.
	Targets []string
	// Kernels are more fragments, for one version of the kernel each. lab.Newest is any version that is not named.
	Kernels map[string]string
	// Packages are what its builds need besides the lab's own packages: Debian's names.
	Packages []string
	// Base is a file of Debian's package linux-config-KERNEL, which is taken in place of
	// tinyconfig, without what is a module in it. "" for tinyconfig.
	Base string
	// Make are arguments for make.
	Make []string
}

// cfi are the fragments of configurations with kCFI.
var cfi = map[string]string{"6.12": "cfi-6.12.config"}

// users are the targets with Rust code that the lab's configurations have.
var users = []string{"drivers/android/", "drivers/block/", "drivers/net/phy/"}

// gpu are the targets of the drivers for Nvidia's GPUs.
var gpu = []string{"drivers/gpu/nova-core/", "drivers/gpu/drm/nova/"}

// configs are all configurations.
var configs = []Config{
	{"lab", "the lab's own: small, -O2", "", users, nil, nil, "", nil},
	{"debian", "what Debian's kernels have that reaches Rust code: mitigations, overflow checks, FORTIFY_SOURCE, DWARF 5, dynamic preemption", "debian.config", users, nil, nil, "", nil},
	{"distribution", "Debian's own, with only those modules that have Rust code; also nova-core, nova-drm, BTF and module versions", "distribution.config",
		append(slices.Clone(gpu), users...), map[string]string{lab.Newest: "distribution-7.3.config", "6.12": "distribution-6.12.config"}, []string{"pahole", "libdw-dev"}, "config.amd64_none_amd64.xz", nil},
	{"hardened", "kCFI, IBT, retpolines, return thunks, strong stack protector, variables and memory initialised, FORTIFY_SOURCE", "hardened.config", users, cfi, nil, "", nil},
	{"hardened-arm64", "kCFI, BTI, pointer authentication, shadow call stack, strong stack protector", "hardened-arm64.config", users, cfi, nil, "", nil},
	{"kasan", "KASAN and KCOV, lockdep, DEBUG_ATOMIC_SLEEP", "kasan.config", users, nil, nil, "", nil},
	{"ftrace", "function graph tracer, kprobes", "ftrace.config", users, nil, nil, "", nil},
	{"dwarf5", "DWARF 5, split", "dwarf5.config", users, nil, nil, "", nil},
	{"dwarf5-compressed", "DWARF 5, compressed", "dwarf5-compressed.config", users, nil, nil, "", nil},
	{"livepatch", "live patching, and what it needs", "livepatch.config", users, nil, nil, "", nil},
	{"kcsan", "KCSAN and UBSAN for C; rustc has neither", "kcsan.config", users, nil, nil, "", nil},
	{"kasan-tags", "KASAN with software tags", "kasan-tags.config", users, nil, nil, "", nil},
	{"kstack-erase", "KSTACK_ERASE by clang", "kstack-erase.config", users, nil, nil, "", nil},
	{"autofdo", "AutoFDO and Propeller, without a profile", "autofdo.config", users, nil, nil, "", nil},
	{"lto-thin", "the kernel's own ThinLTO of C", "lto-thin.config", users, nil, nil, "", nil},
	{"lto-full", "the kernel's own full LTO of C", "lto-full.config", users, nil, nil, "", nil},
	{"randstruct", "structures with their fields in random order", "randstruct.config", users, nil, nil, "", nil},
	{"genksyms", "module versions by genksyms", "genksyms.config", users, nil, nil, "", nil},
	{"os", "-Os", "os.config", users, nil, nil, "", nil},
	{"rust-debug", "Rust's debug assertions and overflow checks", "rust-debug.config", users, nil, nil, "", nil},
	{"gki", "what Android's GKI of x86-64 has that reaches Rust code: memory allocation profiling, module versions, kCFI, UBSAN that traps, AutoFDO, compressed DWARF 5 and BTF, registers zeroed",
		"gki.config", users, map[string]string{lab.Newest: "gki-x86_64.config"}, []string{"pahole", "libdw-dev"}, "", nil},
	{"btf", "DWARF 5 and BTF by pahole, of Rust too", "btf.config", users, nil, []string{"pahole"}, "", nil},
	{"modversions", "module versions from DWARF (GENDWARFKSYMS), BTF", "btf.config", users, map[string]string{lab.Newest: "modversions.config"}, []string{"pahole", "libdw-dev"}, "", nil},
	{"gpu", "the drivers nova-core and nova-drm", "gpu.config", append(slices.Clone(gpu), users...), nil, nil, "", nil},
	{"cachyos", "what CachyOS's default kernel has that reaches Rust code: ThinLTO, AutoFDO, Propeller, -O3, full preemption; without BTF, with which a kernel with ThinLTO has no Rust",
		"cachyos.config", users, nil, nil, "", []string{"KCFLAGS=-O3", "KRUSTFLAGS=-Copt-level=3"}},
	{"fedora", "what Fedora's kernels have that reaches Rust code: BTF, UBSAN, IBT, memory initialised, FORTIFY_SOURCE", "fedora.config", users, nil, []string{"pahole"}, "", nil},
	{"opensuse", "what openSUSE's kernels have that reaches Rust code: BTF, module versions, page table checks, IBT, FORTIFY_SOURCE", "opensuse.config", users, nil, []string{"pahole", "libdw-dev"}, "", nil},
}

// fragments returns the names of a configuration's files in configs/ for a kernel.
func (c Config) fragments(kernel string) []string {
	own, ok := c.Kernels[kernel]
	if !ok {
		own = c.Kernels[lab.Newest]
	}
	return slices.DeleteFunc([]string{c.Fragment, own}, func(name string) bool { return name == "" })
}

func configOf(name string) (Config, error) {
	i := slices.IndexFunc(configs, func(c Config) bool { return c.Name == name })
	if i < 0 {
		return Config{}, fmt.Errorf("there is no configuration %q", name)
	}
	return configs[i], nil
}

// newest is the release with the newest compilers: its rustc has another LLVM than its
// clang.
const newest = "forky"

// noRust says why an architecture has no cells with a kernel.
var noRust = map[string]map[string]string{
	"arm":     {"6.12": "arch/arm/Kconfig has no HAVE_RUST in this version"},
	"s390":    {"6.12": "arch/s390/Kconfig has no HAVE_RUST in this version"},
	"powerpc": {"6.12": "arch/powerpc/Kconfig has no HAVE_RUST in this version"},
}

// documented is the kernel that was the newest one when the results were made.
const documented = "7.3"

// cells is the matrix, in the order in which it is built: what is cheap and what is
// shipped comes first. recent is the newer of its two kernels.
func cells(recent string) []Cell {
	var out []Cell
	add := func(stage Stage, kernel, arch, c string, configs ...string) {
		for _, config := range configs {
			out = append(out, Cell{Kernel: kernel, Arch: arch, Config: config, C: c, Stage: stage, Reason: noRust[arch][kernel]})
		}
	}
	add(Boot, recent, "x86_64", "clang", "lab")
	add(Boot, "6.12", "x86_64", "clang", "lab")
	add(Boot, recent, "um", "clang", "lab")
	add(Boot, recent, "x86_64", "clang", "hardened", "kasan", "modversions")
	add(Boot, recent, "arm64", "clang", "lab", "hardened-arm64")
	add(Boot, "6.12", "x86_64", "clang", "hardened")
	add(Boot, recent, "riscv", "clang", "lab")
	add(Boot, recent, "loongarch", "clang", "lab")
	add(Boot, recent, "arm", "clang", "lab")
	add(Boot, recent, "x86_64", "gcc", "distribution")
	add(Boot, "6.12", "x86_64", "gcc", "distribution")
	add(Objects, recent, "x86_64", "clang", "debian", "ftrace", "os", "rust-debug", "dwarf5", "gki", "lto-thin", "gpu",
		"dwarf5-compressed", "livepatch", "kcsan", "autofdo", "lto-full")
	add(Objects, recent, "x86_64", "clang", "cachyos")
	add(Objects, recent, "x86_64", "gcc", "lab", "debian", "modversions", "fedora", "opensuse")
	add(Objects, recent, "arm64", "clang", "ftrace")
	// scripts/min-tool-version.sh asks for rustc 1.96 and 1.95 there.
	out = append(out,
		Cell{Kernel: recent, Arch: "s390", Config: "lab", C: "clang", Stage: Boot, Release: newest},
		Cell{Kernel: recent, Arch: "powerpc", Config: "lab", C: "clang", Stage: Boot, Release: newest},
		// RUST depends on !KASAN_SW_TAGS || RUSTC_VERSION >= 109600 in init/Kconfig.
		Cell{Kernel: recent, Arch: "arm64", Config: "kasan-tags", C: "clang", Stage: Objects, Release: newest},
		// CC_HAS_SANCOV_STACK_DEPTH_CALLBACK in security/Kconfig.hardening: clang 21.
		Cell{Kernel: recent, Arch: "x86_64", Config: "kstack-erase", C: "clang", Stage: Objects, Release: newest})
	add(Objects, "6.12", "x86_64", "clang", "debian", "kasan", "ftrace", "os", "rust-debug", "btf")
	add(Objects, "6.12", "x86_64", "gcc", "debian")
	for _, arch := range []string{"arm64", "riscv", "loongarch", "arm", "s390", "powerpc"} {
		add(Objects, "6.12", arch, "clang", "lab")
	}
	for _, c := range []string{"clang", "gcc"} {
		out = append(out, Cell{Kernel: recent, Arch: "x86_64", Config: "lab", C: c, Stage: Objects, Release: newest})
	}
	for _, kernel := range []string{recent, "6.12"} {
		out = append(out, Cell{Kernel: kernel, Arch: "x86_64", Config: "randstruct", C: "clang", Stage: Objects, Reason: "RUST depends on !RANDSTRUCT in init/Kconfig"})
	}
	return append(out,
		Cell{Kernel: recent, Arch: "x86_64", Config: "genksyms", C: "gcc", Stage: Objects, Reason: "RUST depends on !MODVERSIONS || GENDWARFKSYMS in init/Kconfig"},
		Cell{Kernel: "6.12", Arch: "x86_64", Config: "modversions", C: "clang", Stage: Objects, Reason: "RUST depends on !MODVERSIONS in init/Kconfig of this version"},
		Cell{Kernel: "6.12", Arch: "x86_64", Config: "gpu", C: "clang", Stage: Objects, Reason: "this version has neither nova-core nor nova-drm"})
}

// cellsOf is the matrix of the kernels that the lab holds. Where its newest one is not
// the documented one, it has cells besides: the results of the documented one stay.
func cellsOf(held []lab.Kernel) []Cell {
	all := cells(documented)
	if newest := held[len(held)-1].Version; newest != documented {
		for _, c := range cells(newest) {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all
}

// inLab returns the cells whose kernel the lab holds, and the versions of the others.
func inLab(chosen []Cell, held []lab.Kernel) (here []Cell, missing []string) {
	for _, c := range chosen {
		if slices.ContainsFunc(held, func(k lab.Kernel) bool { return k.Version == c.Kernel }) {
			here = append(here, c)
		} else if !slices.Contains(missing, c.Kernel) {
			missing = append(missing, c.Kernel)
		}
	}
	return here, missing
}
