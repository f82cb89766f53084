// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package compilation

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/kbuild/kbuildtest"
)

// row is one pattern of the tables in docs/flags.md.
type row struct{ pattern, bitcode, object string }

// matches reports whether a flag fits a row's pattern.
func (r row) matches(flag string) bool {
	prefix, any := strings.CutSuffix(r.pattern, "*")
	return flag == r.pattern || any && strings.HasPrefix(flag, prefix)
}

// documented reads the tables of docs/flags.md.
func documented(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile("../../docs/flags.md")
	if err != nil {
		t.Fatal(err)
	}
	// The tables after this heading are others.
	c, _, _ := strings.Cut(string(text), "\n## Flags of gcc, for clang\n")
	var rows []row
	pattern := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(c) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) != 6 {
			t.Fatalf("docs/flags.md: %d cells in %s", len(cells), line)
		}
		for _, m := range pattern.FindAllStringSubmatch(cells[1], -1) {
			rows = append(rows, row{m[1], strings.TrimSpace(cells[2]), strings.TrimSpace(cells[3])})
		}
	}
	if len(rows) < 100 {
		t.Fatalf("docs/flags.md has only %d patterns", len(rows))
	}
	return rows
}

// find returns the row of a flag: the longest pattern that fits.
func find(rows []row, flag string) (row, bool) {
	var best row
	for _, r := range rows {
		if r.matches(flag) && len(r.pattern) > len(best.pattern) {
			best = r
		}
	}
	return best, best.pattern != ""
}

// state says in the words of the tables whether flags, what is left of a flag, still
// have it.
func state(flags []string, flag string) string {
	if slices.Contains(flags, flag) {
		return "kept"
	}
	return "left out"
}

// TestFlagsDocumented checks that the programs treat each flag as the tables say.
func TestFlagsDocumented(t *testing.T) {
	for _, r := range documented(t) {
		flag := strings.TrimSuffix(r.pattern, "*")
		switch {
		case strings.HasSuffix(r.pattern, "=*"):
			flag += "1"
		case r.pattern == "-Wa*", r.pattern == "-Wp*":
			flag += ",x"
		case r.pattern == "-W*":
			flag += "all"
		}
		want := r.bitcode
		if want == "setting" {
			want = "left out"
		}
		drop := []string{"-fno-delete-null-pointer-checks"} // the default
		args := []string{flag, "-DVALUE"}
		if got := state(argv.ParseCC(args).ForBitcode(drop), flag); got != want {
			t.Errorf("%s: %s in the helpers' bitcode, %s in docs/flags.md", flag, got, want)
		}
		if got := state(argv.ForCodegen(args, nil), flag); got != r.object {
			t.Errorf("%s: %s in code generation, %s in docs/flags.md", flag, got, r.object)
		}
	}
}

var (
	// compilerVariables are make variables that may end up among the flags of the
	// helpers or in KBUILD_CFLAGS. otherVariables are for the host, user space, boot
	// code, the assembler, the linker and checkers.
	compilerVariables = regexp.MustCompile(`CFLAGS|CPPFLAGS|CC_FLAGS|cflags|^arch-|^tune-|_flags|NOSTDINC|CLANG_FLAGS|INCLUDE|asan|cc_|-param|stackp|^align|KERNEL_DEFINES|_ISA|^riscv-march`)
	otherVariables    = regexp.MustCompile(`HOST|USER|AFLAGS|LDFLAGS|REALMODE|VDSO|DECOMP|BOOT|CHECK|ldflags|a_flags|dtc|DTC|rust|RUST|modpost|CPPFLAGS_|DISABLE_|asflags|cmd_|be_flags|hostc|CC_FLAGS_FPU|NO_HARDENING|cc_has`)
	assignment        = regexp.MustCompile(`^\s*(?:export\s+|override\s+)?([A-Za-z0-9_.$()-]+)\s*[:+?]?=\s*(.*)`)
	// command is a command that make runs while it reads the Makefile.
	command  = regexp.MustCompile(`\$\((shell|call try-run,).*`)
	flagWord = regexp.MustCompile(`(?:^|[\s,(])(-[-A-Za-z][^\s,)]*)`)
)

// TestFlagsOfKernels takes each flag that the Makefiles of the lab's kernels can
// give to the C compiler, on an architecture that has Rust, and looks it up in
// docs/flags.md.
func TestFlagsOfKernels(t *testing.T) {
	trees, rows := kbuildtest.Sources(t), documented(t)
	for _, tree := range trees {
		files := []string{filepath.Join(tree, "Makefile")}
		more, _ := filepath.Glob(filepath.Join(tree, "scripts/Makefile.*"))
		kconfigs, _ := filepath.Glob(filepath.Join(tree, "arch/*/Kconfig"))
		files = append(files, more...)
		for _, k := range kconfigs {
			if text, err := os.ReadFile(k); err == nil && strings.Contains(string(text), "select HAVE_RUST") {
				arch, _ := filepath.Glob(filepath.Join(filepath.Dir(k), "Makefile*"))
				files = append(files, arch...)
			}
		}
		found := map[string]bool{}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
				m := assignment.FindStringSubmatch(line)
				if m == nil || !compilerVariables.MatchString(m[1]) || otherVariables.MatchString(m[1]) {
					continue
				}
				value, _, _ := strings.Cut(m[2], " #")
				value = command.ReplaceAllString(value, "")
				for _, w := range flagWord.FindAllStringSubmatch(value, -1) {
					flag := strings.Trim(w[1], `"'`)
					if _, ok := find(rows, flag); !ok && !found[flag] {
						t.Errorf("%s: %s gives %s, which docs/flags.md does not have", file, m[1], flag)
					}
					found[flag] = true
				}
			}
		}
		if len(found) < 150 {
			t.Errorf("%s: only %d flags were found", tree, len(found))
		}
		t.Logf("%s: %d flags", filepath.Base(tree), len(found))
	}
}
