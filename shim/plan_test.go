package shim

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/argv"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// planner is a Host that answers for the tools' versions and runs nothing.
type planner struct {
	t   *testing.T
	env map[string]string
}

func (p *planner) Getenv(key string) string { return p.env[key] }
func (p *planner) Environ() (out []string) {
	for k, v := range p.env {
		out = append(out, k+"="+v)
	}
	return out
}
func (p *planner) Stdout() io.Writer { return io.Discard }
func (p *planner) Stderr() io.Writer { return io.Discard }
func (p *planner) Exec(argv, env []string) error {
	p.t.Errorf("planning runs %q", argv)
	return os.ErrInvalid
}
func (p *planner) Run(argv, env []string) Result {
	p.t.Errorf("planning runs %q", argv)
	return Result{Status: 1}
}
func (p *planner) Hold()                       {}
func (p *planner) Interrupted() syscall.Signal { return 0 }
func (p *planner) Output(argv []string, _ string) (string, error) {
	switch filepath.Base(argv[0]) {
	case "rustc":
		if slices.Contains(argv, "-Zhelp") {
			return "    -Z                        emit-thin-lto=val -- x\n    -Z                        fewer-names=val -- y\n", nil
		}
		return "rustc 1.85.1\nLLVM version: 19.1.7\n", nil
	case "clang":
		if slices.Contains(argv, "-S") {
			return "\t.text\n\t.p2align\t4\nf:\n", nil
		}
		return "clang version 19.1.7\n", nil
	}
	return "LLVM version 19.1.7\n", nil
}

// newPlanner is a Host with kbuild's exported environment of a small x86 kernel,
// and tools in a folder of its own.
func newPlanner(t *testing.T, env ...string) (h *planner, objtree, bin string) {
	t.Helper()
	objtree, bin, srctree := t.TempDir(), t.TempDir(), t.TempDir()
	for _, tool := range []string{"rustc", "clang", "llvm-link", "llvm-as"} {
		if err := os.WriteFile(filepath.Join(bin, tool), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(srctree, "rust/helpers"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(srctree, "rust/helpers/helpers.c"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	h = &planner{t, map[string]string{
		"PATH": bin, "LLVM": "1", "srctree": srctree, "objtree": objtree, "SRCARCH": "x86",
		"CLANG_FLAGS":          "--target=x86_64-linux-gnu -fintegrated-as -Werror=unused-command-line-argument",
		"NOSTDINC_FLAGS":       "-nostdinc",
		"LINUXINCLUDE":         "-I./include -include ./include/linux/kconfig.h",
		"KBUILD_CPPFLAGS":      "-D__KERNEL__ --target=x86_64-linux-gnu -fintegrated-as",
		"KBUILD_CFLAGS":        "-std=gnu11 -mcmodel=kernel -fno-delete-null-pointer-checks -O2 -fno-builtin-wcslen -Wall -flto=thin -fsplit-lto-unit",
		"CC_FLAGS_LTO":         "-flto=thin -fsplit-lto-unit",
		"KBUILD_CFLAGS_KERNEL": "-fkernel-only", "KBUILD_CFLAGS_MODULE": "-DMODULE", "CFLAGS_MODULE": "-fmodule-only",
	}}
	for _, e := range env {
		k, v, _ := strings.Cut(e, "=")
		h.env[k] = v
	}
	return h, objtree, bin
}

// tools reads the settings and kbuild's environment, and finds the tools.
func (p *planner) tools() (*Settings, *Kbuild, *Toolchain) {
	p.t.Helper()
	s, err := ReadSettings(p)
	if err != nil {
		p.t.Fatal(err)
	}
	kb, tools, err := kbuildTools(p, s)
	if err != nil {
		p.t.Fatal(err)
	}
	return s, kb, tools
}

// TestPlanCrate compares the plans of recorded command lines, under several
// settings, with goldens.
func TestPlanCrate(t *testing.T) {
	for _, c := range []struct {
		name, line string
		env        []string
	}{
		{"library", "rust_kernel.o", nil},
		{"module", "samples_rust_rust_misc_device.o", nil},
		{"early-internal-cost", "rust_kernel.o", []string{"LTO_WRAP_PIPELINE=early", "LTO_WRAP_LINKAGE=internal", "LTO_WRAP_INLINE=cost"}},
		{"link-flags", "samples_rust_rust_misc_device.o", []string{"LTO_WRAP_LINK_FLAGS=-v"}},
		{"flags", "samples_rust_rust_misc_device.o", []string{"LTO_WRAP_CFLAGS=-mllvm '-inline-threshold=100'", "LTO_WRAP_HELPERS_DROP=-std=*"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, objtree, bin := newPlanner(t, c.env...)
			data, err := os.ReadFile("../argv/testdata/rustc/7.3/" + c.line + ".args")
			if err != nil {
				t.Fatal(err)
			}
			r := argv.ParseRustc(strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil)
			s, kb, tools := h.tools()
			p, err := planCrate(h, s, kb, tools, r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(p, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			text := strings.NewReplacer(p.Helpers.Key, "KEY", p.Helpers.Key[:12], "KEY", h.env["srctree"], "SRC", objtree, "OBJ", bin, "BIN").Replace(string(got)) + "\n"
			golden := filepath.Join("testdata", "plan-"+c.name+".json")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), text); d != "" {
				t.Errorf("the plan (-want +got):\n%s", d)
			}
		})
	}
}

// TestHelpersKey: what changes the bitcode changes its key, what does not does
// not.
func TestHelpersKey(t *testing.T) {
	key := func(env ...string) string {
		h, _, _ := newPlanner(t, env...)
		s, _, tools := h.tools()
		// The folders differ from call to call, and with them the tool's path.
		tools.Clang.Argv = []string{"clang"}
		return helpersKey(h, s, tools, Builtin)
	}
	base := key()
	for _, e := range []string{"LTO_WRAP_LINKAGE=internal", "LTO_WRAP_INLINE=cost", "LTO_WRAP_HELPERS_DROP=-O2", "KBUILD_CPPFLAGS=-DX", "LINUXINCLUDE=-I/other", "KCFLAGS=-g", "CFLAGS_KERNEL=-DY"} {
		if key(e) == base {
			t.Errorf("%s does not change the key", e)
		}
	}
	for _, e := range []string{"LTO_WRAP_PIPELINE=early", "LTO_WRAP_KEEP=1", "LTO_WRAP_CFLAGS=-O1", "KBUILD_CFLAGS=-O2 -Wextra"} {
		if key(e) != base {
			t.Errorf("%s changes the key", e)
		}
	}
}

func TestNeedsLate(t *testing.T) {
	for args, want := range map[string]string{
		"-Copt-level=2":                                  "",
		"-Zsanitizer=shadow-call-stack":                  "",
		"-Zsanitizer=kcfi":                               "",
		"-Zsanitizer=kernel-address":                     "-Zsanitizer=kernel-address is a pass of rustc's",
		"-Zsanitizer=shadow-call-stack,kernel-hwaddress": "-Zsanitizer=kernel-hwaddress is a pass of rustc's",
		"-Cinstrument-coverage":                          "-Cinstrument-coverage is a pass of rustc's",
		"-Cinstrument-coverage=off":                      "",
		"-Cprofile_use=x":                                "-Cprofile-use is a pass of rustc's",
	} {
		if got := needsLate(argv.ParseRustc([]string{args}, nil)); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}

func TestVersionsMustMatch(t *testing.T) {
	tools := &Toolchain{
		Rustc: Program{Argv: []string{"rustc"}, Major: 19, Version: "rustc 1.85.1"}, Clang: Program{Argv: []string{"clang-18"}, Major: 18, Version: "clang version 18.1.8"},
	}
	err := tools.check()
	for _, want := range []string{"19", "18", "rustc 1.85.1", "clang version 18.1.8"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the message lacks %s: %v", want, err)
		}
	}
	for _, p := range []*Program{&tools.Clang, &tools.LLVMLink, &tools.LLVMAs} {
		p.Major = 19
	}
	if err := tools.check(); err != nil {
		t.Error(err)
	}
}
