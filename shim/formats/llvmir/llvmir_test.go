// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rustc-lto-wrap/tests/lab"
)

var update = flag.Bool("update", false, "write the golden files anew")

func text(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t testing.TB, text []byte) *Module {
	t.Helper()
	m, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestHelpers(t *testing.T) {
	for _, c := range []struct {
		file string
		want []string
	}{
		{"helpers.ll", []string{
			"rust_helper_marked", "rust_helper_plain", "rust_helper_never", "rust_helper_static", "rust_helper_print", "rust_helper_vrealloc",
			"rust_helper_might_resched", "rust_helper_asm_text", "rust_helper_quoted", "rust_helper_weak", "rust_helper_address",
			"rust_helper_overridable", "rust_helper_calls_overridable", "alias_of_weak",
		}},
		{"nogroup.ll", []string{"rust_helper_bare", "rust_helper_section", "rust_helper_other_linkage"}},
		{"none.ll", nil},
	} {
		got := parse(t, text(t, c.file)).Helpers()
		if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.file, diff)
		}
	}
}

func TestExternals(t *testing.T) {
	m := parse(t, text(t, "helpers.ll"))
	want := map[string][]string{
		"rust_helper_static":        {"jiffies"}, // through a local function
		"rust_helper_print":         {"printk"},
		"rust_helper_vrealloc":      {"vrealloc_noprof"},
		"rust_helper_might_resched": {"__SCT__might_resched"}, // an operand of inline assembly
		"rust_helper_quoted":        {"a name with blanks"},
		"rust_helper_weak":          {"external_weak"},
		"rust_helper_overridable":   {"overridable", "overridable_count"},
		// A weak definition is one of another object, as far as the linker says.
		"rust_helper_calls_overridable": {"rust_helper_overridable"},
	}
	if diff := cmp.Diff(want, m.Externals(nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// These names are visible in the object only, because inline assembly composes
	// them. They are listed by the function that contains the assembly, which may
	// be local.
	extra := map[string][]string{
		"rust_helper_asm_text": {"__put_user_4", "printk"},
		"local_needs_jiffies":  {"from_a_local"},
		"rust_helper_print":    {"printk"},
	}
	want["rust_helper_asm_text"] = []string{"__put_user_4", "printk"}
	want["rust_helper_static"] = []string{"from_a_local", "jiffies"}
	if diff := cmp.Diff(want, m.Externals(extra)); diff != "" {
		t.Errorf("with names from the object (-want +got):\n%s", diff)
	}
}

// TestExternalsCycle has functions and variables that refer to each other.
func TestExternalsCycle(t *testing.T) {
	m := parse(t, []byte(`target triple = "x"
@table = internal constant [2 x ptr] [ptr @one, ptr @rust_helper_x]
define internal void @one() {
  call void @two()
  ret void
}
define internal void @two() {
  call void @one()
  %1 = load ptr, ptr @table
  call void @outside()
  ret void
}
define void @rust_helper_x() {
  call void @two()
  call void @llvm.trap()
  ret void
}
declare void @outside()
declare void @llvm.trap()
`))
	if diff := cmp.Diff(map[string][]string{"rust_helper_x": {"outside"}}, m.Externals(nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestConstructors: what sanitizers and gcov register is left to the helpers
// object.
func TestConstructors(t *testing.T) {
	const ir = `target triple = "x86_64-unknown-linux-gnu"
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @asan.module_ctor, ptr null }]
@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 1, ptr @asan.module_dtor, ptr null }]
@after = dso_local global i32 0, align 4
define internal void @asan.module_ctor() #0 {
}
define internal void @asan.module_dtor() #0 {
}
attributes #0 = { nounwind }
`
	got := string(parse(t, []byte(ir)).Apply(Options{Linkage: AvailableExternally}))
	if strings.Contains(got, "llvm.global_") || !strings.Contains(got, "@after = ") {
		t.Error(got)
	}
}

func TestUsedRefs(t *testing.T) {
	for file, want := range map[string][]string{
		"helpers.ll": {"__SCK__might_resched", "jiffies"},
		"none.ll":    nil,
		"nogroup.ll": nil,
	} {
		if diff := cmp.Diff(want, parse(t, text(t, file)).UsedRefs(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// treatments returns all combinations of options, by name.
func treatments() map[string]Options {
	out := map[string]Options{}
	for _, l := range []Linkage{AvailableExternally, LinkonceODR, Internal} {
		for _, always := range []bool{true, false} {
			inline := "cost"
			if always {
				inline = "always"
			}
			out[fmt.Sprintf("%s-%s", l, inline)] = Options{Linkage: l, AlwaysInline: always}
			out[fmt.Sprintf("%s-%s-module", l, inline)] = Options{
				Linkage: l, AlwaysInline: always,
				Calls: map[string]bool{"rust_helper_vrealloc": true, "rust_helper_marked": true,
					"rust_helper_never": true, "rust_helper_bare": true, "no_such_helper": true},
				Invisible: map[string]bool{"jiffies": true},
			}
		}
	}
	return out
}

// changes returns the lines that differ between two texts, removed lines with "-"
// and added lines with "+".
func changes(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	// This is the longest common subsequence. The texts have a few hundred lines.
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			} else {
				n[i][j] = max(n[i+1][j], n[i][j+1])
			}
		}
	}
	var out strings.Builder
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && n[i+1][j] >= n[i][j+1]:
			out.WriteString("-" + a[i] + "\n")
			i++
		default:
			out.WriteString("+" + b[j] + "\n")
			j++
		}
	}
	return out.String()
}

// TestApply compares the changed lines of each text, for each combination of
// options, with a golden file.
func TestApply(t *testing.T) {
	for _, file := range []string{"helpers", "none", "nogroup"} {
		for name, o := range treatments() {
			before := text(t, file+".ll")
			m := parse(t, before)
			after := m.Apply(o)
			if diff := cmp.Diff(string(after), string(m.Apply(o))); diff != "" {
				t.Errorf("%s, %s: the second time is different:\n%s", file, name, diff)
			}
			got := changes(string(before), string(after))
			golden := filepath.Join("testdata", "apply", file+"-"+name+".golden")
			if *update {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v (go test -update makes it)", err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		}
	}
}

// tools runs LLVM tools in a directory, either those of this machine or those of the
// kernel lab.
type tools struct {
	host, inside string
	lab          *lab.Lab // nil for the tools of this machine
}

// newTools finds llvm-as, llvm-link and clang of LLVM 19 or later under these
// names, or skips the test. Earlier versions do not know some of the syntax in the
// texts (range(…) on a return value).
func newTools(t *testing.T) *tools {
	t.Helper()
	major := 100
	for _, name := range []string{"llvm-as", "llvm-link", "clang"} {
		out, _ := exec.Command(name, "--version").CombinedOutput()
		v := regexp.MustCompile(`version (\d+)`).FindSubmatch(out)
		if v == nil {
			major = 0
			break
		}
		n, _ := strconv.Atoi(string(v[1]))
		major = min(major, n)
	}
	if major >= 19 {
		return &tools{host: t.TempDir()}
	}
	if os.Getenv("KERNEL_LAB_TESTS") != "1" {
		t.Skipf("needs llvm-as, llvm-link and clang of LLVM 19 or later, of this machine (it has %d) or of the kernel lab (KERNEL_LAB_TESTS=1, which make test sets)", major)
	}
	l := lab.Open(t)
	inside := l.Tree()
	return &tools{l.Path(inside), inside, l}
}

// run runs a shell command in a directory below that of x.
func (x *tools) run(t *testing.T, directory, command string) {
	t.Helper()
	if x.lab != nil {
		if out, errs, code := x.lab.Run(lab.Options{Dir: x.inside + "/" + directory}, command); code != 0 {
			t.Fatalf("%s: %d\n%s%s", command, code, out, errs)
		}
		return
	}
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Dir = filepath.Join(x.host, directory)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// TestLLVMAccepts assembles each changed text with the real llvm-as. It merges the
// resulting helpers with a module that calls them, with the real llvm-link and with
// the real clang.
func TestLLVMAccepts(t *testing.T) {
	x := newTools(t)
	for name, o := range treatments() {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(x.host, name)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			write := func(file string, text []byte) {
				if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("caller.ll", text(t, "caller.ll"))
			for _, file := range []string{"helpers", "none", "nogroup"} {
				write(file+".ll", parse(t, text(t, file+".ll")).Apply(o))
			}
			x.run(t, name, "for f in caller helpers none nogroup; do llvm-as $f.ll -o $f.bc || exit; done")
			merges := map[string]string{"llvm-link": "llvm-link -S -only-needed -suppress-warnings caller.bc helpers.bc -o merged.ll"}
			if o.Linkage == Internal {
				merges["llvm-link"] += " -internalize"
			} else {
				merges["clang"] = "clang -w -S -emit-llvm -O2 -Xclang -disable-llvm-passes -Xclang -mlink-bitcode-file -Xclang helpers.bc -x ir caller.bc -o merged.ll"
			}
			for by, command := range merges {
				x.run(t, name, command)
				data, err := os.ReadFile(filepath.Join(dir, "merged.ll"))
				if err != nil {
					t.Fatal(err)
				}
				checkMerged(t, by, string(data), o)
			}
		})
	}
}

// checkMerged checks the linkages in a module that was merged from caller.ll and
// the helpers.
func checkMerged(t *testing.T, by, text string, o Options) {
	t.Helper()
	linkages := map[string]string{
		"caller": "dso_local|i32", "rust_helper_never": string(o.Linkage), "rust_helper_marked": string(o.Linkage),
		"rust_helper_calls_overridable": string(o.Linkage),
		// Another helper takes its address.
		"rust_helper_plain": string(AvailableExternally),
	}
	for n, l := range linkages {
		defined := regexp.MustCompile(fmt.Sprintf(`(?m)^define (%s) .*@%s\(`, l, n)).MatchString(text)
		bare := regexp.MustCompile(fmt.Sprintf(`(?m)^declare (dso_local )?i32 @%s\(i32\)( #\d+)?$`, n)).MatchString(text)
		if o.Calls[n] && (defined || !bare) || !o.Calls[n] && !defined {
			t.Errorf("merged by %s: %s is not as it should be (%s, a call: %v)", by, n, l, o.Calls[n])
		}
	}
	// A weak definition remains the one of the helpers' object.
	if extra := regexp.MustCompile(`(?m)^(@unreferenced|@alias_of_weak|define (weak|linkonce) |define .*@rust_helper_overridable|@\w+ = (weak|linkonce)).*`).FindString(text); extra != "" {
		t.Errorf("merged by %s: it is weak, or nobody refers to it: %s", by, extra)
	}
}

func TestParseErrors(t *testing.T) {
	whole := string(text(t, "helpers.ll"))
	inside := strings.Index(whole, "ret i32 %")
	group := strings.Index(whole, "attributes #1 =")
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "no target triple"},
		{"no IR", "\x7fELF\x02\x01\x01\nhello\n", "no target triple"},
		{"bitcode", "BC\xC0\xDE\x35\x14", "no target triple"},
		{"cut inside a function", whole[:inside], "ends inside the function rust_helper_marked"},
		{"cut inside a definition's line", whole[:strings.Index(whole, " local_unnamed_addr #0")], "unrecognised function definition"},
		{"cut before the attributes", whole[:group], "before attributes #1"},
		{"a definition without a name", "target triple = \"x\"\ndefine void () {\n}\n", "line 2: unrecognised function definition"},
		{"a name without an end", "target triple = \"x\"\ndefine void @\"x() {\n}\n", "line 2: unrecognised function definition"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Parse([]byte(c.text))
			if err == nil {
				t.Fatalf("accepted, with helpers %v", m.Helpers())
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not mention %q", err, c.want)
			}
		})
	}
}

// TestParseCut checks that Parse rejects a text that is truncated anywhere between
// the first function and the last attribute group. It tries every seventh byte.
func TestParseCut(t *testing.T) {
	whole := text(t, "helpers.ll")
	all := len(parse(t, whole).Helpers())
	start, end := strings.Index(string(whole), "\ndefine "), strings.Index(string(whole), "attributes #5")
	for i := start + 10; i < end; i += 7 {
		if m, err := Parse(whole[:i]); err == nil {
			t.Errorf("cut at byte %d: accepted with %d of %d helpers", i, len(m.Helpers()), all)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range []string{"helpers.ll", "none.ll", "nogroup.ll", "caller.ll"} {
		f.Add(text(f, file))
	}
	f.Add([]byte("target triple\n@llvm.used = [ptr @], \n@x = , section \"\ndefine @\"\"() #-1 {\n}\nattributes #0 = {"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		m.Externals(map[string][]string{"x": {"y"}})
		m.UsedRefs()
		m.Remain()
		withhold := map[string]bool{}
		for i, h := range m.Helpers() {
			withhold[h] = i%2 == 0
		}
		for _, always := range []bool{true, false} {
			o := Options{Linkage: AvailableExternally, AlwaysInline: always, Calls: withhold, Invisible: withhold}
			treated, err := Parse(m.Apply(o))
			if err != nil {
				t.Fatalf("the treated text is refused: %v", err)
			}
			if left := treated.Helpers(); len(left) > 0 {
				t.Errorf("still strong: %v", left)
			}
		}
	})
}
