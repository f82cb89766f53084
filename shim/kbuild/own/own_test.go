// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"rustc-lto-wrap/shim/formats/record"
)

// mayDefine unpacks an archive and searches its directory m, whose module is own.
func mayDefine(t *testing.T, archive string) map[string]string {
	t.Helper()
	dir := unpack(t, archive)
	return PossibleDefinitions(dir+"/m/glue.o", searched(dir))
}

func unpack(t *testing.T, archive string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestDefines checks that a definition counts, and neither what is only declared nor what is only not known to be none.
func TestDefines(t *testing.T) {
	dir := unpack(t, `-- m/Kbuild --
obj-m := own.o
own-y := glue.o strings.o $(OTHER)/x.o
-- m/strings.c --
const char *const rust_helper_IS_ERR[] = { "one" };
extern int rust_helper_other(void);
`)
	found := Definitions(dir+"/m/glue.o", searched(dir))
	if len(found) != 1 || found["rust_helper_IS_ERR"] == "" {
		t.Errorf("defined: %v", found)
	}
	if may := PossibleDefinitions(dir+"/m/glue.o", searched(dir)); may["rust_helper_other"] == "" {
		t.Errorf("a Makefile that cannot be followed leaves out: %v", may)
	}
}

var helpers, others = []string{"rust_helper_IS_ERR", "rust_helper_other"}, []string{"refcount_warn", "jiffies"}

func searched(dir string) *record.Search {
	m, linux := filepath.Join(dir, "m"), filepath.Join(dir, "linux")
	return &record.Search{Module: m + "/own", Dirs: []string{m}, Makefile: m, Srctree: linux, Objtree: linux, Helpers: helpers, Needs: others}
}

const glue = `
-- m/Kbuild --
obj-m := own.o
own-y := main.o glue.o mine.o
-- m/glue.rs --
extern "C" {
    /// rust_helper_IS_ERR says whether it is one.
    fn rust_helper_IS_ERR(p: *const core::ffi::c_void) -> bool;
    #[link_name = "rust_helper_other"]
    fn other();
}
#[no_mangle]
pub extern "C" fn own_glue(a: i64) -> bool { unsafe { rust_helper_IS_ERR(a as _) && self::rust_helper_other() } }
-- m/main.c --
#include <linux/module.h>
#include <linux/jiffies.h>
/* rust_helper_IS_ERR is called from glue.rs: don't define it. */
long own_glue(long a); // not rust_helper_other
extern unsigned long jiffies;
void refcount_warn(void *r, int t);
#define old(r) refcount_warn(r, 1)
static int __init own_init(void)
{
	unsigned long now = jiffies + 1;
#if A
	if (now) {
#else
	if (!now) {
#endif
		refcount_warn(&now, '"');
		return call(refcount_warn);
	}
	return own_glue(5) ? jiffies : (int)refcount_warn;
}
#define INIT(name) name##_init
module_init(INIT(own));
int r, u, s, t, _, h, e, l, p, I, S, E, R; /* of which rust_helper_IS_ERR could be put together */
`

// TestHarmless checks that declarations, calls, comments, the use of an address and what
// kbuild and modpost write are no definitions.
func TestHarmless(t *testing.T) {
	got := mayDefine(t, glue+`
-- m/own.mod.c --
static const struct modversion_info ____versions[] = { { 1, "rust_helper_IS_ERR" } };
-- m/.glue.o.cmd --
savedcmd_glue.o := rust_helper_IS_ERR
-- m/README.md --
rust_helper_IS_ERR is the kernel's.
-- m/calls.c --
int f(void *p) { return (int)rust_helper_IS_ERR(p) + !rust_helper_IS_ERR(p) * (long)rust_helper_other(); }
int g(void *p) { return (int)rust_helper_IS_ERR(p) ? 1 : 2; }
-- m/uses.rs --
fn f() -> bool { let g = bindings::rust_helper_IS_ERR; x.rust_helper_other; g(p) }
-- m/Makefile --
KDIR ?= /lib/modules/$(shell uname -r)/build
all:
	make -C $(KDIR) M=$(PWD) modules
-- m/Kconfig.mk --
ifneq ($(wildcard $(srctree)/rust/helpers/err.c),)
ccflags-y += -DHAVE_HELPER
else ifeq ($(wildcard $(src)/../common/mine.c),)
endif
-- common/mine.c --
int rust_helper_IS_ERR(void) { return 1; }
-- linux/rust/helpers/err.c --
int rust_helper_IS_ERR(void) { return 1; }
-- linux/m/x.c --
int rust_helper_IS_ERR(void) { return 1; }
`)
	if len(got) > 0 {
		t.Errorf("%v", got)
	}
}

// TestMayDefine checks that each way to define a symbol is found.
func TestMayDefine(t *testing.T) {
	isErr, other, warn, ticks := helpers[0], helpers[1], others[0], others[1]
	all := []string{ticks, warn, isErr, other}
	for name, c := range map[string]struct {
		files string
		want  []string
	}{
		"in C":                       {"-- m/mine.c --\nbool rust_helper_IS_ERR(const void *p) { return true; }\n", []string{isErr}},
		"declared in C":              {"-- m/mine.c --\nextern bool rust_helper_IS_ERR(const void *p);\n", nil},
		"on two lines":               {"-- m/mine.c --\nbool\nrust_helper_IS_ERR\n(const void *p)\n{ return true; }\n", []string{isErr}},
		"by a macro":                 {"-- m/mine.c --\n#define H(n) bool rust_helper_##n(const void *p) { return true; }\nH(IS_ERR)\n", []string{isErr}},
		"by a macro of parts":        {"-- m/mine.c --\n#define C(a, b) a##b\nbool C(rust_, helper_IS_ERR)(void) { return 1; }\n", []string{isErr}},
		"its name in a macro":        {"-- m/mine.c --\nDEFINE_HELPER(rust_helper_IS_ERR)\n", []string{isErr}},
		"renamed":                    {"-- m/mine.c --\nint mine(void) __asm__(\"rust_helper_IS_ERR\");\nint mine(void) { return 1; }\n", []string{isErr}},
		"an alias":                   {"-- m/mine.c --\nint rust_helper_IS_ERR(void) __attribute__((alias(\"mine\")));\n", []string{isErr}},
		"assembly in C":              {"-- m/mine.c --\nasm(\".globl rust_helper_IS_ERR\\nrust_helper_IS_ERR:\\n ret\");\n", []string{isErr}},
		"assembly in parts":          {"-- m/mine.c --\nasm(\".globl rust_\" \"helper_IS_ERR\\n\");\n", []string{isErr}},
		"assembly":                   {"-- m/mine.S --\nSYM_FUNC_START(rust_helper_IS_ERR)\n", []string{isErr}},
		"assembly by a macro":        {"-- m/mine.S --\n.macro f name\n.globl rust_helper_\\name\n.endm\nf other\n", []string{other}},
		"by a flag":                  {"-- m/Makefile --\nCFLAGS_mine.o := -Dmine=rust_helper_IS_ERR\n", []string{isErr}},
		"by a flag in parts":         {"-- m/Makefile --\nP := rust_helper_\nCFLAGS_mine.o := -Dmine=$(P)IS_ERR\n", []string{isErr}},
		"made by a script":           {"-- m/gen.sh --\necho \"int rust_helper_$1(void) { return 1; }\" # other\n", []string{other}},
		"made of a template":         {"-- m/mine.c.in --\nint rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"in a subdirectory":          {"-- m/rust/helpers/err.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"outside":                    {"-- m/Makefile --\nown-y += ../common/mine.o\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"outside, by a variable":     {"-- m/Makefile --\nC := $(src)/../common\nown-y += $(C)/mine.o\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"outside, of the kernel":     {"-- m/Makefile --\nccflags-y := -I$(srctree)/rust/helpers\n-- m/mine.c --\n#include \"err.c\"\n-- linux/rust/helpers/err.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"outside, included":          {"-- m/mine.c --\n#include \"../common/mine.h\"\n-- common/mine.h --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"outside, in a flag":         {"-- m/Makefile --\nccflags-y := -I$(src)/../common\n-- m/mine.c --\n#include \"mine.h\"\n-- common/mine.h --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"outside, another Makefile":  {"-- m/Makefile --\ninclude $(src)/../common/Makefile.common\n-- common/Makefile.common --\nown-y += ../common/mine.o\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"behind a type, unknown":     {"-- m/mine.c --\nbool rust_helper_IS_ERR(void) : 1;\n", []string{isErr}},
		"behind a pointer, unknown":  {"-- m/mine.c --\nbool *rust_helper_IS_ERR(void) : 1;\n", []string{isErr}},
		"in Rust, behind a colon":    {"-- m/b.rs --\nhelper! { rust_helper_other: 1 }\n", []string{other}},
		"the second of two paths":    {"-- m/Makefile --\nCFLAGS_mine.o := -I../a ../common/mine.c\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"the second of two includes": {"-- m/mine.c --\n#include <linux/module.h>\n#include \"../common/mine.h\"\n-- common/mine.h --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"copied":                     {"-- m/Makefile --\nmine.c:\n\tcp $(src)/../common/mine.c $@\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"an unknown directory":       {"-- m/Makefile --\nown-y += $(SOMEWHERE)/mine.o\n", all},
		"an unknown header":          {"-- m/mine.c --\n#include HEADER\n", all},
		"an unknown file":            {"-- m/mine.c --\n#include \"gone.c\"\n", all},
		"included by a condition":    {"-- m/Makefile --\nifneq ($(eval own-y += ../common/mine.o),x)\nendif\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n", []string{isErr}},
		"compressed":                 {"-- m/mine.c.gz --\n\x1f\x8bx\n-- m/Makefile --\nmine.c: mine.c.gz\n\tgunzip -k $<\n", all},
		"a thin archive":             {"-- m/lib.a --\n!<thin>\nx\n", all},
		"in Rust":                    {"-- m/b.rs --\n#[no_mangle]\npub extern \"C\" fn rust_helper_other() {}\n", []string{other}},
		"in Rust, renamed":           {"-- m/b.rs --\n#[export_name = \"rust_helper_other\"]\npub extern \"C\" fn mine() {}\n", []string{other}},
		"in Rust, by a macro":        {"-- m/b.rs --\nhelper!(rust_helper_other);\n", []string{other}},
		"in Rust, assembly":          {"-- m/b.rs --\nglobal_asm!(\"rust_helper_other: ret\");\n", []string{other}},
		"in Rust, assembly in parts": {"-- m/b.rs --\nglobal_asm!(concat!(\"rust_\", \"helper_other\", \": ret\"));\n", []string{other}},
		"what it needs":              {"-- m/mine.c --\nvoid refcount_warn(void *r, int t)\n{\n}\nunsigned long jiffies = 3;\n", []string{ticks, warn}},
		"what it needs, by a macro":  {"-- m/mine.c --\nDEFINE(int, jiffies);\n", []string{ticks}},
		"branches of braces":         {"-- m/mine.c --\nvoid f(void) {\n#if A\n{\n#else\n{\n#endif\n}\n}\nDEFINE(jiffies)\n", []string{ticks}},
	} {
		t.Run(name, func(t *testing.T) {
			got := mayDefine(t, glue+c.files)
			if d := cmp.Diff(c.want, slices.Sorted(maps.Keys(got))); d != "" && len(c.want)+len(got) > 0 {
				t.Errorf("(-want +got):\n%s\n%v", d, got)
			}
		})
	}
}

// TestRelativeNames checks that a module is searched alike whether make was told its directory from the root or from where it runs.
func TestRelativeNames(t *testing.T) {
	dir := unpack(t, glue+"-- m/Makefile --\nown-y += ../common/mine.o ../m/mine.o\n-- m/mine.c --\n#include <linux/module.h>\n#include \"../common/mine.c\"\n-- common/mine.c --\nbool rust_helper_IS_ERR(void) { return 1; }\n")
	t.Chdir(dir)
	want := PossibleDefinitions(dir+"/m/glue.o", searched(dir))
	got := PossibleDefinitions("m/glue.o", searched("."))
	if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); d != "" || len(want) == 0 {
		t.Errorf("%v (-want +got):\n%s", want, d)
	}
	// A directory is read once, by whatever name.
	s := searchModule("m/glue.o", searched("."))
	for path := range s.seen {
		if !filepath.IsAbs(path) {
			t.Errorf("%s was read by a name that is not its only one", path)
		}
	}
}

// TestArchive checks archives to their last member, and those that are cut off.
func TestArchive(t *testing.T) {
	member := func(name, text string) string {
		padding := strings.Repeat("\n", len(text)%2)
		return fmt.Sprintf("%-16s%-12s%-6s%-6s%-8s%-10d`\n%s%s", name, "0", "0", "0", "644", len(text), text, padding)
	}
	const text = "bool rust_helper_IS_ERR(void) { return 1; }"
	one := []string{"rust_helper_IS_ERR"}
	all := slices.Sorted(maps.Keys(mayDefine(t, glue+"-- m/mine.c --\n#include HEADER\n")))
	for name, c := range map[string]struct {
		archive string
		want    []string
	}{
		"one":              {member("a.c/", text), one},
		"to the last byte": {member("a.c/", text+" "), one},
		"empty":            {member("a.c/", ""), nil},
		"of odd length":    {member("a.c/", text+"\n") + member("b.c/", "int x;"), one},
		"the last of two":  {member("b.c/", "int x; ") + member("a.c/", text), one},
		"none":             {"", nil},
		"names":            {member("/", text) + member("//", text) + member("/SYM64/", text) + member("__.SYMDEF", text), nil},
		"cut off":          {member("a.c/", text)[:60+len(text)-1], all},
		"no header":        {member("a.c/", "int x; ") + "x", all},
		"no size":          {strings.Replace(member("a.c/", "int x;"), "6  ", "-6 ", 1), all},
	} {
		dir := unpack(t, glue)
		if err := os.WriteFile(dir+"/m/lib.a", []byte("!<arch>\n"+c.archive), 0o644); err != nil {
			t.Fatal(err)
		}
		got := PossibleDefinitions(dir+"/m/glue.o", searched(dir))
		if d := cmp.Diff(c.want, slices.Sorted(maps.Keys(got))); d != "" && len(c.want)+len(got) > 0 {
			t.Errorf("%s (-want +got):\n%s\n%v", name, d, got)
		}
	}
}

// TestSingle checks that a module of one object is not searched.
func TestSingle(t *testing.T) {
	for _, c := range []struct {
		object, name string
		want         bool
	}{
		{"/m/flags.o", "/m/flags", true}, {"flags.o", "./flags", true}, {"/m/glue.o", "/m/own", false}, {"/m/glue.o", "", false},
	} {
		if got := IsOnlyObject(c.name, c.object); got != c.want {
			t.Errorf("%v: %t", c, got)
		}
	}
}

// TestObjects checks that objects and archives define what their symbol tables say, and
// that what they only use counts for nothing.
func TestObjects(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	dir := t.TempDir()
	build := func(command string) {
		t.Helper()
		if out, err := exec.Command("/bin/sh", "-c", "cd "+dir+"; "+command).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	build("mkdir m; echo 'int rust_helper_other(void); int rust_helper_IS_ERR(void) { return rust_helper_other(); }' >mine.c; gcc -c -o m/mine.o_shipped mine.c")
	check := func(want string) {
		t.Helper()
		if got := strings.Join(slices.Sorted(maps.Keys(PossibleDefinitions(dir+"/m/glue.o", searched(dir)))), " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	check("rust_helper_IS_ERR")
	build("ar rc m/lib.a m/mine.o_shipped; rm m/mine.o_shipped")
	check("rust_helper_IS_ERR")
	build("rm m/lib.a; gcc -c -o other.o mine.c; ln -s ../other.o m/linked.o")
	check("rust_helper_IS_ERR")
	build("rm m/linked.o; mkdir elsewhere; mv other.o elsewhere; ln -s ../elsewhere m/more; ln -s .. elsewhere/up")
	check("rust_helper_IS_ERR")
}

// TestAlone checks that a module whose Makefile names one object only is not searched, and
// that one whose list is not written out is.
func TestAlone(t *testing.T) {
	for makefile, want := range map[string]bool{
		"obj-m := own.o\nown-y := glue.o # alone\n":      true,
		"own-objs := \\\n\tglue.o\nother-y := a.o b.o\n": true,
		"own-y := glue.o mine.o\n":                       false,
		"own-y := glue.o\nown-$(CONFIG_X) += mine.o\n":   false,
		"own-y := glue.o $(MORE)\n":                      false,
		"own-y := glue.o\ninclude more.mk\n":             false,
		"own-y := glue.o\n$(MODULE)-y += mine.o\n":       false,
		"own-y := glue.o\nldflags-y += mine.o\n":         false,
		"own-y := glue.o\n$(eval own-y += mine.o)\n":     false,
		"other-y := glue.o\n":                            false,
	} {
		got := mayDefine(t, "-- m/Makefile --\n"+makefile+"-- m/mine.c --\nint rust_helper_other(void) { return 1; }\n")
		if (len(got) == 0) != want {
			t.Errorf("%q: %v", makefile, got)
		}
	}
}
