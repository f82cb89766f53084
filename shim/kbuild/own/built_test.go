// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// list writes what kbuild writes before it makes the objects of the module in dir.
func list(t *testing.T, dir, objects string) {
	t.Helper()
	text := ""
	for _, o := range strings.Fields(objects) {
		text += filepath.Join(dir, "m", o) + "\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "m/own.mod"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

const configured = "-- linux/include/config/auto.conf --\nCONFIG_RUST=y\nCONFIG_SMP=y\n"

// TestNotBuilt checks that what kbuild does not build defines nothing, and that what it may build counts.
func TestNotBuilt(t *testing.T) {
	const (
		defines = "bool rust_helper_IS_ERR(const void *p) { return true; }\n"
		makes   = "-- m/Kbuild --\nobj-m := own.o\nown-y := main.o glue.o\n"
	)
	sources := glue[strings.Index(glue, "-- m/glue.rs"):]
	for name, c := range map[string]struct {
		files, objects string // objects are "main.o glue.o" if nothing is said
		built          bool
	}{
		"a file that nothing names":            {files: makes + "-- m/other.c --\n" + defines},
		"another directory":                    {files: makes + "-- m/vendor/helpers/err.c --\n" + defines},
		"a Makefile that make does not read":   {files: makes + "-- m/vendor/Makefile --\nobj-y += err.o\n-- m/vendor/err.c --\n" + defines},
		"a branch for kernels without Rust":    {files: makes + "ifndef CONFIG_RUST\nown-y += vendor/err.o\nendif\n-- m/vendor/err.c --\n" + defines},
		"a variable of that branch":            {files: makes + "ifdef CONFIG_RUST\nV :=\nelse\nV := y\nendif\nifeq ($(V),y)\ninclude $(src)/Makefile.vendor\nendif\n-- m/Makefile.vendor --\nown-y += vendor/err.o\n$(obj)/%.o: $(src)/%.c\n-- m/vendor/err.c --\n" + defines},
		"what users run, below a condition":    {files: makes + "ifeq ($(KERNELRELEASE),)\nall:\n\tcp templates/*.c .\nendif\n-- m/templates/err.c --\n" + defines},
		"what is removed":                      {files: makes + "clean:\n\trm -f *.o err.c\n-- m/err.c --\n" + defines},
		"a comment":                            {files: makes + "# own-y += err.o\n-- m/err.c --\n" + defines},
		"an object of another module":          {files: makes + "-- m/other.o --\n\x7fELF\n"},
		"a word for people":                    {files: makes + "-- m/notes --\nrust_helper_IS_ERR\n"},
		"a branch for kernels with SMP":        {files: makes + "ifdef CONFIG_SMP\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a branch that is not known":           {files: makes + "ifeq ($(shell uname),Linux)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a variable that is not known":         {files: makes + "V ?= y\nifeq ($(V),y)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a variable that may be assigned":      {files: makes + "V :=\nifdef X\nV := y\nendif\nifeq ($(V),y)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a variable of a computed name":        {files: makes + "V-y :=\nV-$(X) := y\nifeq ($(V-y),y)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a variable that eval assigns":         {files: makes + "V :=\n$(eval $(X))\nifeq ($(V),y)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a variable that a file assigns":       {files: makes + "V :=\n-include ../config.mk\nifeq ($(V),y)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"the else of a branch":                 {files: makes + "ifndef CONFIG_SMP\nelse ifeq ($(CONFIG_RUST),m)\nelse\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a Makefile that is included":          {files: makes + "include $(src)/more.mk\n-- m/more.mk --\nown-y += err.o\n-- m/err.c --\n" + defines, built: true},
		"a Makefile of a subdirectory":         {files: makes + "obj-m += sub/\n-- m/sub/Makefile --\ngen:\n\tcp err.txt ../mine.c\n-- m/sub/err.txt --\nrust_helper_IS_ERR\n", built: true},
		"a recursive make":                     {files: makes + "mine.h:\n\t$(MAKE) -C gen\n-- m/gen/Makefile --\nall:\n\tcp err.tmpl ../mine.h\n-- m/gen/err.tmpl --\n" + defines, built: true},
		"an object that kbuild lists":          {files: makes + "own-y += sub/err.o\n-- m/sub/err.c --\n" + defines, objects: "main.o sub/err.o glue.o", built: true},
		"an object without a source":           {files: makes + "-- m/err.txt --\nrust_helper_IS_ERR(void) {}\n-- m/err.S --\n.globl rust_helper_IS_ERR\n", objects: "main.o gone.o glue.o", built: true},
		"an object by a rule":                  {files: makes + "$(obj)/gone.o: $(src)/vendor/err.c FORCE\n\t$(call if_changed_rule,cc_o_c)\n-- m/vendor/err.c --\n" + defines, objects: "main.o gone.o glue.o", built: true},
		"a prebuilt object":                    {files: makes + "-- m/err.o_shipped --\n!<thin>\n", objects: "main.o err.o glue.o", built: true},
		"a source that is included":            {files: makes + "-- m/err.c --\n#include \"sub/err.inc\"\n-- m/sub/err.inc --\n#include <more/err2.h>\n-- m/x/more/err2.h --\n" + defines, objects: "main.o err.o glue.o", built: true},
		"assembly that is included":            {files: makes + "-- m/err.S --\n#include \"err.inc\"\n-- m/err.inc --\n.globl rust_helper_IS_ERR\n", objects: "main.o err.o glue.o", built: true},
		"a binary that is included":            {files: makes + "-- m/err.c --\nasm(\".incbin \\\"err.bin\\\"\");\n-- m/err.bin --\nrust_helper_IS_ERR\n", objects: "main.o err.o glue.o", built: true},
		"a module of another crate":            {files: makes + "-- m/b.rs --\nmod sub;\n-- m/b/sub/mod.rs --\nmod err;\n-- m/b/sub/err.rs --\n#[no_mangle] pub extern \"C\" fn rust_helper_IS_ERR() {}\n", objects: "main.o b.o glue.o", built: true},
		"a template of a recipe":               {files: makes + "$(obj)/err.c: $(src)/err.tmpl\n\tsed s/@/rust_helper_/ $< >$@\n-- m/err.c --\n\n-- m/err.tmpl --\nbool @IS_ERR(void) { return 1; }\n", objects: "main.o err.o glue.o", built: true},
		"a script's template":                  {files: makes + "$(obj)/err.c:\n\tsh $(src)/gen.sh >$@\n-- m/err.c --\n\n-- m/gen.sh --\ncat templates/err.tmpl\n-- m/templates/err.tmpl --\n" + defines, objects: "main.o err.o glue.o", built: true},
		"a script that lists files":            {files: makes + "$(obj)/err.c:\n\tsh $(src)/gen.sh >$@\n-- m/err.c --\n\n-- m/gen.sh --\ncat \"$1\"/*\n-- m/templates/err.tmpl --\n" + defines, objects: "main.o err.o glue.o", built: true},
		"a pattern of sources":                 {files: makes + "$(obj)/%.o: $(src)/vendor/%.c FORCE\n-- m/vendor/err.c --\n" + defines, built: true},
		"a computed source":                    {files: makes + "N := err\n$(obj)/all.o: $(src)/vendor/$(N).c\n-- m/vendor/err.c --\n" + defines, built: true},
		"a list of sources":                    {files: makes + "SRCS := err.c\nown-y += $(SRCS:.c=.o)\n-- m/err.c --\n" + defines, built: true},
		"a wildcard":                           {files: makes + "S := $(wildcard $(src)/vendor/*.c)\n-- m/vendor/err.c --\n" + defines, built: true},
		"a directory that a recipe names":      {files: makes + "mine.h:\n\tgen $(src)/templates >$@\n-- m/templates/err.tmpl --\n" + defines, built: true},
		"a list without this object":           {files: makes + "-- m/err.c --\n" + defines, objects: "main.o", built: true},
		"a list of something else":             {files: makes + "-- m/err.c --\n" + defines, objects: "main.o glue.o lib.a", built: true},
		"a variable on make's command line":    {files: makes + "overridden :=\nifeq ($(overridden),y)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"quotes":                               {files: makes + "ifneq \"$(CONFIG_SMP)\" 'y'\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"quotes that make compares":            {files: makes + "ifneq \"$(CONFIG_SMP)\" \"y\"\nown-y += err.o\nendif\n-- m/err.c --\n" + defines},
		"a variable with more":                 {files: makes + "V := a\nV += b\nifneq ($(V),a b)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines},
		"a variable that has a value already":  {files: makes + "V := a\nV ?= b\nifneq ($(V),a)\nown-y += err.o\nendif\n-- m/err.c --\n" + defines},
		"a default of the configuration":       {files: makes + "CONFIG_OWN ?= y\nifdef CONFIG_OWN\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a variable that is undefined":         {files: makes + "undefine CONFIG_RUST\nifndef CONFIG_RUST\nown-y += err.o\nendif\n-- m/err.c --\n" + defines, built: true},
		"a Makefile that is included in doubt": {files: makes + "V :=\nifdef X\ninclude $(src)/v.mk\nendif\nifeq ($(V),y)\nown-y += err.o\nendif\n-- m/v.mk --\nV := y\n-- m/err.c --\n" + defines, built: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("MAKEFLAGS", "rR -- overridden=y")
			dir := unpack(t, sources+configured+c.files)
			if c.objects == "" {
				c.objects = "main.o glue.o"
			}
			list(t, dir, c.objects)
			what := searched(dir)
			got := PossibleDefinitions(dir+"/m/glue.o", what)
			if (got["rust_helper_IS_ERR"] != "") != c.built {
				t.Errorf("%v", got)
			}
			if !c.built && len(got) > 0 {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestList checks that nothing is left out unless kbuild has listed the objects.
func TestList(t *testing.T) {
	dir := unpack(t, glue+configured+"-- m/other.c --\nint rust_helper_other(void) { return 1; }\n")
	check := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(PossibleDefinitions(dir+"/m/glue.o", searched(dir))))); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	check("rust_helper_other")
	if err := os.WriteFile(dir+"/m/mine.c", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	list(t, dir, "main.o glue.o mine.o")
	if got := PossibleDefinitions(dir+"/m/glue.o", searched(dir)); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if got := ObjectList(searched(dir)); got != dir+"/m/own.mod" {
		t.Error(got)
	}
	if got := ObjectList(nil); got != "" {
		t.Error(got)
	}
}
