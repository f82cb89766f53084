// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/report/compare"
	"rustc-lto-wrap/shim/report/summary"
	"rustc-lto-wrap/tests/lab"
)

// measured is what LLVM's tools say of an object, none of which is the way the
// shim reads it.
type measured struct {
	code, rodata, data, bss, relocations int64
	// references and calls by helper, as llvm-objdump -r lists them.
	references, calls map[string]int
	copies            int
	// undefined are the helpers that it needs.
	undefined []string
	// functions by llvm-readelf's readable names: sizes added up, and how many.
	functions map[string][2]int64
}

func (m *measured) sums() (references, calls int) {
	for _, n := range m.references {
		references += n
	}
	for _, n := range m.calls {
		calls += n
	}
	return references, calls
}

// each runs a command on each file of a tree (inside paths), and returns what it
// printed by file.
func each(l *lab.Lab, tree string, files []string, command string) map[string][]string {
	out := l.MustRun(lab.Options{Obj: tree, Dir: lab.ObjDir},
		"for o in "+strings.Join(files, " ")+"; do echo \"FILE $o\"; "+command+" $o || exit 1; done")
	lines, file := map[string][]string{}, ""
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if f, ok := strings.CutPrefix(line, "FILE "); ok {
			file = f
			continue
		}
		lines[file] = append(lines[file], line)
	}
	return lines
}

var (
	sectionLine = regexp.MustCompile(`^ *\[ *(\d+)\] (\S*) +(\S+) +[0-9a-f]{16} [0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) +([A-Zop]*) +(\d+) +(\d+) +\d+$`)
	symbolLine  = regexp.MustCompile(`^ *\d+: [0-9a-f]+ +(\d+|0x[0-9a-f]+) FUNC +\S+ +\S+ +(\S+) +(.*)$`)
	objectLine  = regexp.MustCompile(`^([0-9a-f]+) .{7} (\S+)\t([0-9a-f]+) (?:\.\S+ )?(\S+)$`)
)

// measure reads the objects of a tree with LLVM's tools.
func measure(t *testing.T, l *lab.Lab, tree string, objects []string) map[string]*measured {
	t.Helper()
	arch, out := lab.DefaultArch(), map[string]*measured{}
	for _, o := range objects {
		out[o] = &measured{references: map[string]int{}, calls: map[string]int{}, functions: map[string][2]int64{}}
	}
	number := func(s string, base int) int64 {
		n, err := strconv.ParseInt(strings.TrimPrefix(s, "0x"), base, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	// Sections: sizes by flags, and how many relocations go to those that are loaded.
	for o, lines := range each(l, tree, objects, "llvm-readelf -SW") {
		loaded, m := map[string]bool{}, out[o]
		for _, relocations := range []bool{false, true} {
			for _, line := range lines {
				f := sectionLine.FindStringSubmatch(line)
				if f == nil {
					continue
				}
				size := number(f[4], 16)
				alloc, write, exec := strings.Contains(f[6], "A"), strings.Contains(f[6], "W"), strings.Contains(f[6], "X")
				switch {
				case relocations && f[3] == "RELA" && loaded[f[8]]:
					m.relocations += size / number(f[5], 16)
				case relocations || !alloc:
				case exec:
					m.code += size
				case !write:
					m.rodata += size
				case f[3] == "NOBITS":
					m.bss += size
				default:
					m.data += size
				}
				loaded[f[1]] = alloc
			}
		}
	}
	// llvm-size must see the same.
	for o, lines := range each(l, tree, objects, "llvm-size") {
		m := out[o]
		want := fmt.Sprintf("%d %d %d", m.code+m.rodata, m.data, m.bss)
		if got := strings.Join(strings.Fields(lines[1])[:3], " "); got != want {
			t.Fatalf("%s: llvm-size says %s, and llvm-readelf %s", o, got, want)
		}
	}
	for o, lines := range each(l, tree, objects, "llvm-readelf -sWC") {
		for _, line := range lines {
			f := symbolLine.FindStringSubmatch(line)
			if f == nil || f[2] == "UND" {
				continue
			}
			base := 10
			if strings.HasPrefix(f[1], "0x") {
				base = 16
			}
			m := out[o]
			if strings.HasPrefix(f[3], "rust_helper_") {
				m.copies++
			}
			if size := number(f[1], base); size > 0 && !strings.HasPrefix(f[3], "__pfx_") && !strings.HasPrefix(f[3], "__cfi_") {
				sum := m.functions[f[3]]
				m.functions[f[3]] = [2]int64{sum[0] + size, sum[1] + 1}
			}
		}
	}
	// Helpers that the object has itself: relocations go to their section.
	local := map[string]map[string]string{}
	for o, lines := range each(l, tree, objects, "llvm-objdump -t") {
		local[o] = map[string]string{}
		for _, line := range lines {
			if f := objectLine.FindStringSubmatch(line); f != nil && strings.HasPrefix(f[4], "rust_helper_") {
				local[o][fmt.Sprintf("%s+%d", f[2], number(f[1], 16))] = f[4]
			}
		}
	}
	for o, lines := range each(l, tree, objects, "llvm-objdump -r") {
		for _, line := range lines {
			f := strings.Fields(line)
			if len(f) != 3 || !strings.HasPrefix(f[1], "R_") {
				continue
			}
			name, addend, _ := strings.Cut(strings.Replace(f[2], "-0x", "+-", 1), "+")
			if strings.HasPrefix(name, ".") && !strings.HasPrefix(addend, "-") {
				at := int64(0)
				if addend != "" {
					at = number(addend, 16)
				}
				if slices.Contains(arch.After, f[1]) {
					at += 4
				}
				name = local[o][fmt.Sprintf("%s+%d", name, at)]
			}
			if strings.HasPrefix(name, "rust_helper_") {
				out[o].references[name]++
				if slices.Contains(arch.Call, f[1]) {
					out[o].calls[name]++
				}
			}
		}
	}
	for o, lines := range each(l, tree, objects, "llvm-nm -u") {
		for _, line := range lines {
			if f := strings.Fields(line); len(f) == 2 && strings.HasPrefix(f[1], "rust_helper_") {
				out[o].undefined = append(out[o].undefined, f[1])
			}
		}
		slices.Sort(out[o].undefined)
	}
	return out
}

// query runs rustc-lto-wrap on trees (host paths), which must end well, and reads
// what it printed.
func query(t *testing.T, l *lab.Lab, shims string, into any, option string, trees ...string) {
	t.Helper()
	args := append([]string{option, "--format=json"}, trees...)
	cmd := exec.Command(filepath.Join(l.Path(shims), "rustc-lto-wrap"), args...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}

// checkReport compares every figure of the report on a tree that the shims built
// with what LLVM's tools, the records' text and the plain tree tell.
func checkReport(t *testing.T, l *lab.Lab, shims, plain, tree string, objects []string) {
	t.Helper()
	var r summary.Report
	query(t, l, shims, &r, "--wrap-report", l.Path(tree))
	before, now := measure(t, l, plain, objects), measure(t, l, tree, objects)
	var seen []string
	var total summary.Total
	inlined, different := map[string]int{}, map[string]bool{}
	type sum struct {
		runs, rss int
		wall, cpu float64
	}
	steps := map[string]sum{}
	near := func(what string, got, want float64) {
		if got < want-1e-6 || got > want+1e-6 {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	for _, o := range r.Objects {
		seen = append(seen, o.Path)
		references, calls := now[o.Path].sums()
		if *o.References != references || *o.Calls != calls || *o.Code != now[o.Path].code {
			t.Errorf("%s: %d references, %d calls, %d bytes of code; LLVM's tools say %d, %d, %d",
				o.Path, *o.References, *o.Calls, *o.Code, references, calls, now[o.Path].code)
		}
		// The record, read in another way.
		dir, base := filepath.Split(o.Path)
		text, err := os.ReadFile(filepath.Join(l.Path(tree), dir, ".tmp_"+base+".lto_wrap.json"))
		if err != nil {
			t.Fatal(err)
		}
		var rec map[string]any
		if err := json.Unmarshal(text, &rec); err != nil {
			t.Fatal(err)
		}
		// What the crate calls, before anything is optimised: at least what its plain
		// object needs.
		var called []string
		for _, h := range rec["helpers_called"].([]any) {
			called = append(called, h.(string))
		}
		left := 0
		for _, h := range before[o.Path].undefined {
			if !slices.Contains(called, h) {
				t.Errorf("%s: the plain object needs %s, and the record does not say that the crate calls it", o.Path, h)
			}
		}
		for _, h := range called {
			different[h] = true
			if now[o.Path].references[h] > 0 {
				left++
			} else {
				inlined[h]++
			}
		}
		if o.Called != len(called) || o.Left != left || o.Inlined != len(called)-left {
			t.Errorf("%s: %d helpers called, %d inlined, %d left; want %d, %d, %d", o.Path, o.Called, o.Inlined, o.Left, len(called), len(called)-left, left)
		}
		var wall, cpu float64
		rss := 0
		for _, s := range rec["steps"].([]any) {
			s := s.(map[string]any)
			wall, cpu, rss = wall+s["wall_s"].(float64), cpu+s["cpu_s"].(float64), max(rss, int(s["max_rss_kib"].(float64)))
			name := s["name"].(string)
			steps[name] = sum{
				steps[name].runs + 1, max(steps[name].rss, int(s["max_rss_kib"].(float64))),
				steps[name].wall + s["wall_s"].(float64), steps[name].cpu + s["cpu_s"].(float64),
			}
		}
		near(o.Path+": wall", o.Wall, wall)
		near(o.Path+": cpu", o.CPU, cpu)
		pipeline, _ := rec["pipeline"].(string) // not in the record of a crate that calls no helper
		if int(o.MaxRSS) != rss || o.Crate != rec["crate"] || o.Variant != rec["variant"] || o.Mode != rec["mode"] || o.Pipeline != pipeline {
			t.Errorf("%+v is not the record's %v", o, rec)
		}
		total.Objects++
		if pipeline != "" {
			total.Rewritten++
		} else {
			total.Plain++
		}
		total.Called, total.Left, total.Inlined = total.Called+len(called), total.Left+left, total.Inlined+len(called)-left
		total.References, total.Calls, total.Code = total.References+references, total.Calls+calls, total.Code+now[o.Path].code
		total.Wall, total.CPU, total.MaxRSS = total.Wall+wall, total.CPU+cpu, max(total.MaxRSS, int64(rss))
	}
	for _, u := range r.Unrecorded {
		seen = append(seen, u.Path)
		references, calls := now[u.Path].sums()
		if *u.References != references || *u.Calls != calls {
			t.Errorf("%+v; LLVM's tools say %d, %d", u, references, calls)
		}
	}
	slices.Sort(seen)
	if d := cmp.Diff(objects, seen); d != "" {
		t.Errorf("the Rust objects (-want +got):\n%s", d)
	}
	near("total wall", r.Total.Wall, total.Wall)
	near("total cpu", r.Total.CPU, total.CPU)
	total.Wall, total.CPU, total.Helpers = r.Total.Wall, r.Total.CPU, len(different)
	if d := cmp.Diff(total, r.Total); d != "" {
		t.Errorf("totals (-want +got):\n%s", d)
	}
	got := map[string]int{}
	for i, h := range r.Helpers {
		got[h.Name] = h.Inlined
		if i > 0 && h.Inlined > r.Helpers[i-1].Inlined {
			t.Errorf("%+v stands behind %+v", h, r.Helpers[i-1])
		}
	}
	if d := cmp.Diff(inlined, got); d != "" {
		t.Errorf("inlined in how many objects (-want +got):\n%s", d)
	}
	listed := 0
	for _, h := range r.Left {
		m := now[h.Object]
		if listed++; h.References != m.references[h.Name] || h.Calls != m.calls[h.Name] || h.Reason == "" {
			t.Errorf("%+v; llvm-objdump lists %d and %d", h, m.references[h.Name], m.calls[h.Name])
		}
	}
	if listed != total.Left {
		t.Errorf("%d helpers left are listed, of %d", listed, total.Left)
	}
	for _, s := range r.Steps {
		w := steps[s.Name]
		near(s.Name+": wall", s.Wall, w.wall)
		near(s.Name+": cpu", s.CPU, w.cpu)
		if s.Runs != w.runs || int(s.MaxRSS) != w.rss {
			t.Errorf("%+v, want %+v", s, w)
		}
	}
	out := l.MustRun(lab.Options{}, "rustc --version; clang --version | head -n1; llvm-link --version; llvm-as --version")
	for _, tool := range r.Tools {
		if !strings.Contains(out, strings.TrimSpace(tool.Version)) || tool.Objects != len(r.Objects) {
			t.Errorf("%+v; in the lab are:\n%s", tool, out)
		}
	}
	if len(r.Steps) != len(steps) || len(r.Tools) != 2 || len(r.Problems) != 0 || total.Inlined < 30 {
		t.Errorf("%d steps, %d tools, problems %v, %d inlined", len(r.Steps), len(r.Tools), r.Problems, total.Inlined)
	}
}

// checkComparison compares every figure of a comparison with what LLVM's tools
// say of the same files, and returns it.
func checkComparison(t *testing.T, l *lab.Lab, shims, a, b string, objects []string) *compare.Comparison {
	t.Helper()
	c := new(compare.Comparison)
	query(t, l, shims, c, "--wrap-compare", l.Path(a), l.Path(b))
	inA, inB := measure(t, l, a, objects), measure(t, l, b, objects)
	figures := func(x, y *measured) (f compare.Figures[compare.Pair]) {
		rx, cx := x.sums()
		ry, cy := y.sums()
		f.References, f.Calls = compare.Pair{A: int64(rx), B: int64(ry)}, compare.Pair{A: int64(cx), B: int64(cy)}
		f.Copies = compare.Pair{A: int64(x.copies), B: int64(y.copies)}
		f.Code, f.ROData = compare.Pair{A: x.code, B: y.code}, compare.Pair{A: x.rodata, B: y.rodata}
		f.Data, f.BSS = compare.Pair{A: x.data, B: y.data}, compare.Pair{A: x.bss, B: y.bss}
		f.Relocations = compare.Pair{A: x.relocations, B: y.relocations}
		return f
	}
	var total compare.Figures[compare.Pair]
	var seen []string
	type name struct{ object, function string }
	functions := map[name][2][2]int64{}
	for _, o := range c.Objects {
		seen = append(seen, o.Path)
		x, y := inA[o.Path], inB[o.Path]
		want := figures(x, y)
		if d := cmp.Diff(want, o.Figures); d != "" {
			t.Errorf("%s: LLVM's tools (-) and the comparison (+):\n%s", o.Path, d)
		}
		for _, p := range []struct{ sum, add *compare.Pair }{
			{&total.References, &want.References}, {&total.Calls, &want.Calls}, {&total.Copies, &want.Copies},
			{&total.Code, &want.Code}, {&total.ROData, &want.ROData}, {&total.Data, &want.Data}, {&total.BSS, &want.BSS},
			{&total.Relocations, &want.Relocations},
		} {
			p.sum.A, p.sum.B = p.sum.A+p.add.A, p.sum.B+p.add.B
		}
		for f, n := range x.functions {
			if y.functions[f] != n {
				functions[name{o.Path, f}] = [2][2]int64{n, y.functions[f]}
			}
		}
		for f, n := range y.functions {
			if _, ok := x.functions[f]; !ok {
				functions[name{o.Path, f}] = [2][2]int64{{}, n}
			}
		}
	}
	if d := cmp.Diff(total, c.Total); d != "" {
		t.Errorf("total (-want +got):\n%s", d)
	}
	if d := cmp.Diff(objects, seen); d != "" {
		t.Errorf("the Rust objects (-want +got):\n%s", d)
	}
	got := map[name][2][2]int64{}
	for i, f := range c.Functions {
		got[name{f.Object, f.Name}] = [2][2]int64{{f.Size.A, f.Count.A}, {f.Size.B, f.Count.B}}
		want := map[bool]string{true: compare.Grew, false: compare.Shrank}[f.Size.Delta() > 0]
		switch {
		case f.Count.A == 0:
			want = compare.Appeared
		case f.Count.B == 0:
			want = compare.Vanished
		case f.Size.Delta() == 0:
			want = compare.Same
		}
		if f.Change != want {
			t.Errorf("%+v: want %q", f, want)
		}
		if d := f.Size.Delta(); i > 0 && max(d, -d) > max(c.Functions[i-1].Size.Delta(), -c.Functions[i-1].Size.Delta()) {
			t.Errorf("%+v stands behind %+v", f, c.Functions[i-1])
		}
	}
	if d := cmp.Diff(functions, got); d != "" {
		t.Errorf("functions that differ, as llvm-readelf has them (-) and the comparison (+):\n%s", d)
	}
	checkImages(t, l, a, b, c)
	if len(c.Problems)+len(c.OnlyA)+len(c.OnlyB) != 0 {
		t.Errorf("problems %v, only in A %v, only in B %v", c.Problems, c.OnlyA, c.OnlyB)
	}
	return c
}

// checkImages compares the sizes of the kernel and of its modules.
func checkImages(t *testing.T, l *lab.Lab, a, b string, c *compare.Comparison) {
	t.Helper()
	sizes := func(tree string) map[string]string {
		out := l.MustRun(lab.Options{Obj: tree, Dir: lab.ObjDir},
			`for f in vmlinux $(find . -name "*.ko" | sed "s|^\./||"); do echo "$f $(stat -c %s $f) $(llvm-size $f | sed 1d)"; done`)
		found := map[string]string{}
		for line := range strings.Lines(out) {
			f := strings.Fields(line)
			found[f[0]] = strings.Join(f[1:5], " ")
		}
		return found
	}
	want, wantB, got, gotB := sizes(a), sizes(b), map[string]string{}, map[string]string{}
	for _, i := range c.Images {
		got[i.Path] = fmt.Sprintf("%d %d %d %d", i.File.A, i.Text.A, i.Data.A, i.BSS.A)
		gotB[i.Path] = fmt.Sprintf("%d %d %d %d", i.File.B, i.Text.B, i.Data.B, i.BSS.B)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("A: file, text, data, bss: llvm-size (-) and the comparison (+):\n%s", d)
	}
	if d := cmp.Diff(wantB, gotB); d != "" {
		t.Errorf("B: file, text, data, bss: llvm-size (-) and the comparison (+):\n%s", d)
	}
	if len(got) < 4 {
		t.Errorf("only %d files: %v", len(got), got)
	}
}

// checkSame: a comparison of a tree with itself is all zero.
func checkSame(t *testing.T, l *lab.Lab, shims, tree string) {
	t.Helper()
	var c any
	query(t, l, shims, &c, "--wrap-compare", l.Path(tree), l.Path(tree))
	pairs := 0
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if a, ok := v["a"].(float64); ok {
				if pairs++; v["b"] != a {
					t.Errorf("%v", v)
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(c)
	for _, list := range []string{"functions", "only_a", "only_b", "images_only_a", "images_only_b", "problems"} {
		if n := len(c.(map[string]any)[list].([]any)); n != 0 {
			t.Errorf("%d in %s", n, list)
		}
	}
	if pairs < 50 {
		t.Errorf("only %d pairs", pairs)
	}
}

// reportExternal: the directory of an external module can be reported on, and be
// compared with one of the unwrapped tools (host paths of the module's objects).
func (k *kernelBuild) reportExternal(t *testing.T, plain, ours string) {
	t.Helper()
	var r summary.Report
	query(t, k.l, k.shims, &r, "--wrap-report", filepath.Dir(ours))
	name := filepath.Base(ours)
	if len(r.Objects) != 1 || r.Objects[0].Path != name || r.Objects[0].Variant != "module" || r.Total.Inlined == 0 || r.Total.Calls != 0 {
		t.Errorf("%+v", r)
	}
	var c compare.Comparison
	query(t, k.l, k.shims, &c, "--wrap-compare", filepath.Dir(plain), filepath.Dir(ours))
	calls := compare.Pair{A: int64(helperCalls(t, plain)), B: int64(helperCalls(t, ours))}
	if len(c.Objects) != 1 || c.Objects[0].Path != name || c.Total.Calls != calls || len(c.Images) != 1 {
		t.Errorf("%+v, want %+v calls", c, calls)
	}
}

// reports: the report on what the shims built, and its comparison with the plain
// kernel.
func (k *kernelBuild) reports(t *testing.T) {
	checkReport(t, k.l, k.shims, k.plain.Obj, k.obj, k.objects)
	c := checkComparison(t, k.l, k.shims, k.plain.Obj, k.obj, k.objects)
	if c.Total.Calls.A < 40 || c.Total.Calls.B != 0 || c.Total.References.B == 0 {
		t.Errorf("%+v", c.Total)
	}
	checkSame(t, k.l, k.shims, k.obj)
	t.Logf("Linux %s: %d figures of functions, %d files", k.Version, len(c.Functions), len(c.Images))
}

// ownOption: the kernel's own way of inlining (CONFIG_RUST_INLINE_HELPERS, Linux
// 7.1 and later) against the shims', on the same tree.
func (k *kernelBuild) ownOption(t *testing.T) {
	if k.Option == "" {
		t.Skip("this kernel has no option to inline its helpers")
	}
	own := k.ownInlining(t)
	c := checkComparison(t, k.l, k.shims, own, k.obj, k.objects)
	if c.Total.Calls != (compare.Pair{}) || c.Total.Copies.A == 0 || c.Total.Copies.B != 0 {
		t.Errorf("calls and copies: %+v", c.Total)
	}
	t.Logf("Linux %s: the kernel's own option (a) and the shims (b): %+v", k.Version, c.Total)
}

// ownInlining returns a tree (inside path) that the unwrapped tools built with the kernel's own option. All who need one share it.
func (k *kernelBuild) ownInlining(t *testing.T) string {
	t.Helper()
	if k.ownTree != "" {
		return k.ownTree
	}
	own := k.l.Fork(k.Version)
	k.removeRust(t, own)
	k.l.MustRun(lab.Options{Obj: own, Dir: k.l.Source(k.Version)}, "scripts/config --file /lab/obj/.config -e "+k.Option)
	for _, target := range []string{"olddefconfig", "all"} {
		k.l.MustMake(lab.Options{}, k.Version, own, "-s", target)
	}
	config, err := os.ReadFile(filepath.Join(k.l.Path(own), ".config"))
	if err != nil || !strings.Contains(string(config), "CONFIG_"+k.Option+"=y\n") {
		t.Fatalf("the option was not taken: %v", err)
	}
	k.ownTree = own
	return own
}
