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

	"rustc-lto-wrap/shim/formats/record"
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

const (
	defines    = "bool rust_helper_IS_ERR(const void *p) { return true; }\n"
	makefile   = "-- m/Kbuild --\nobj-m := own.o\nown-y := main.o glue.o\n"
	configured = "-- linux/include/config/auto.conf --\nCONFIG_RUST=y\nCONFIG_SMP=y\nCONFIG_TEXT=\"a b\"\n"
	vendor     = "-- m/vendor/err.c --\n" + defines
	flag       = "CFLAGS_main.o := -include $(src)/vendor/err.c\n"
	script     = "mine.h:\n\tsh $(src)/gen.sh >$@\n-- m/gen.sh --\n"
)

// TestLeftOut checks that a directory, or a Makefile, that nothing names defines nothing, and that it does if something may name it.
func TestLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		files string // behind makefile
		built bool
	}{
		"a directory that nothing names":                 {files: vendor},
		"below one that is named":                        {files: "own-y += sub/x.o\n-- m/sub/x.c --\n-- m/sub/vendor/err.c --\n" + defines},
		"its own Makefile":                               {files: vendor + "-- m/vendor/Makefile --\nobj-y += err.o\n-- m/vendor/Makefile.vendor --\nown-y += vendor/err.o\n"},
		"a Makefile that nothing includes":               {files: "-- m/Makefile.old --\n# rust_helper_IS_ERR\nP := rust_helper_\n"},
		"a comment":                                      {files: "# own-y += vendor/err.o\n" + vendor},
		"a text for people":                              {files: vendor + "-- m/README.md --\nSee vendor/err.c\n"},
		"a branch for kernels without Rust":              {files: "ifndef CONFIG_RUST\nown-y += vendor/err.o\nendif\n" + vendor},
		"the same, compared":                             {files: "ifneq ($(CONFIG_RUST),y)\n  own-y += vendor/err.o\nendif # CONFIG_RUST\n" + vendor},
		"the same, the other way":                        {files: "ifeq (${CONFIG_RUST}, y) # Rust\nelse # none\nown-y += vendor/err.o\nendif\n" + vendor},
		"the same, with a recipe":                        {files: "ifndef CONFIG_RUST\nmine.h:\n\tcp $(src)/vendor/err.c $@\nendif\n" + vendor},
		"the last of a chain":                            {files: "ifdef CONFIG_NONE\nelse ifdef CONFIG_SMP\nelse\nown-y += vendor/err.o\nendif\n" + vendor},
		"within another":                                 {files: "ifndef CONFIG_RUST\nifdef CONFIG_SMP\nown-y += vendor/err.o\nelse\n" + flag + "endif\nendif\n" + vendor},
		"a variable of that branch":                      {files: "ifdef CONFIG_RUST\nV :=\nelse\nV := y\nendif\nifeq ($(V),y)\ninclude $(src)/Makefile.vendor\nendif\n-- m/Makefile.vendor --\nown-y += vendor/err.o\nP := rust_helper_\n" + vendor},
		"a continued line":                               {files: "ifndef CONFIG_RUST\nown-y += \\\n\tvendor/err.o\nendif\n" + vendor},
		"an eval that exports":                           {files: "$(foreach v,$(X),$(eval export $(v)))\nifndef CONFIG_RUST\nown-y += vendor/err.o\nendif\n" + vendor},
		"headers that find finds":                        {files: "H := $(shell find $(src) -name '*.h')\n" + vendor},
		"modules that a script finds":                    {files: script + "find /lib/modules \\( -name '*.ko' -o -name '*.ko.*' \\)\n" + vendor},
		"a branch for kernels with SMP":                  {files: "ifdef CONFIG_SMP\n" + flag + "endif\n" + vendor, built: true},
		"a branch that is not known":                     {files: "ifeq ($(shell uname),Linux)\n" + flag + "endif\n" + vendor, built: true},
		"a branch with quotes":                           {files: "ifneq \"$(CONFIG_SMP)\" 'y'\n" + flag + "endif\n" + vendor, built: true},
		"a branch with a tab":                            {files: "ifeq ($(CONFIG_SMP),\ty)\n" + flag + "endif\n" + vendor, built: true},
		"the else of a branch":                           {files: "ifndef CONFIG_SMP\nelse ifeq ($(CONFIG_RUST),m)\nelse\n" + flag + "endif\n" + vendor, built: true},
		"the else of an unknown branch":                  {files: "ifeq ($(X),y)\nelse ifdef CONFIG_SMP\n" + flag + "endif\n" + vendor, built: true},
		"a variable that is not known":                   {files: "V ?= y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable that may be assigned":                {files: "V :=\nifeq ($(X),)\nV := y\nendif\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable that may be assigned another":        {files: "V := y\nifeq ($(X),)\nV := n\nendif\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"one that may be in an else":                     {files: "V := y\nifeq ($(X),y)\nelse ifdef CONFIG_SMP\nV := n\nendif\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable of a computed name":                  {files: "V-y :=\nV-$(X) := y\nifeq ($(V-y),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable that eval assigns":                   {files: "V :=\n$(eval $(X))\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable that a file assigns":                 {files: "V :=\n-include ../config.mk\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable that is added to":                    {files: "V :=\nV += y\nifneq ($(V),)\n" + flag + "endif\n" + vendor, built: true},
		"a recursive variable":                           {files: "V = $(CONFIG_NONE)\nifdef V\n" + flag + "endif\n" + vendor, built: true},
		"a recursive variable of another":                {files: "W := n\nV = $(W)\nW := y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a blank before a comment":                       {files: "V := y # yes\nifneq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a blank at the end":                             {files: "V := y \nifneq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable of the shell":                        {files: "V := n\nV != echo y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"an assignment of another form":                  {files: "V := n\nexport  V=y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"an assignment that is not read":                 {files: "V := n\n${X}V =y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"tabs before lines that are no recipe":           {files: "A := b\nifndef CONFIG_RUST\n\town-y += vendor/err.o\nendif\nA += c\n\tA += d\n" + vendor},
		"an assignment for a target":                     {files: "V :=\nmain.o: V := y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor},
		"a value that is continued":                      {files: "V := a \\\n\tb\nifeq ($(V),a b)\n" + flag + "endif\n" + vendor, built: true},
		"a default of the configuration":                 {files: "CONFIG_OWN ?= y\nifdef CONFIG_OWN\n" + flag + "endif\n" + vendor, built: true},
		"undefine":                                       {files: "undefine CONFIG_RUST\nifndef CONFIG_RUST\n" + flag + "endif\n" + vendor, built: true},
		"override undefine":                              {files: "V := y\noverride undefine V\nifndef V\n" + flag + "endif\n" + vendor, built: true},
		"define":                                         {files: "ifdef CONFIG_NONE\ndefine A\nelse\nendef\nelse\n" + flag + "endif\n" + vendor, built: true},
		"a text after endif":                             {files: "ifdef CONFIG_NONE\nendif CONFIG_NONE\n" + flag + vendor, built: true},
		"no endif":                                       {files: "ifdef CONFIG_NONE\n" + flag + vendor, built: true},
		"two backslashes":                                {files: "ifndef CONFIG_RUST\n# \\\\\nelse\n" + flag + "endif\n" + vendor, built: true},
		"a carriage return":                              {files: "ifdef CONFIG_SMP\r\n" + flag + "endif\r\n" + vendor, built: true},
		"a tab before an assignment":                     {files: "V := n\nifdef CONFIG_SMP\n\tV := y\nendif\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a tab before an assignment, after a rule":       {files: "V := n\n$(info a: b)\n\tV := y\nifeq ($(V),y)\n" + flag + "endif\n" + vendor, built: true},
		"a tab before endif":                             {files: "ifndef CONFIG_RUST\nA := b\n\tendif\n" + flag + vendor, built: true},
		"a tab before endif, after a rule":               {files: "a: b\nifndef CONFIG_RUST\n\tendif\n" + flag + vendor, built: true},
		"a Makefile that is included":                    {files: "include $(src)/more.mk\n-- m/more.mk --\n" + flag + vendor, built: true},
		"one that is included by variable":               {files: "-include $(src)/$(SRCARCH).mk\n-- m/x86.mk --\n" + flag + vendor, built: true},
		"one that make is told":                          {files: "mine.h:\n\t$(MAKE) -f $(src)/gen.mk CONFIG_GEN=y\n-- m/gen.mk --\nifdef CONFIG_GEN\nmine.h: vendor/err.c\nendif\n" + vendor, built: true},
		"one that make is told by variable":              {files: "mine.h:\n\t$(MAKE) -f $(MK)\n-- m/gen.mk --\nmine.h: vendor/err.c\n" + vendor, built: true},
		"the Makefile of a subdirectory":                 {files: "subdir-y := vendor\n-- m/vendor/Makefile --\nalways-y := x.h\n" + vendor, built: true},
		"a recursive make":                               {files: "mine.h:\n\tcd vendor && $(MAKE)\n" + vendor, built: true},
		"a directory of headers":                         {files: "ccflags-y := -Ivendor\n" + vendor, built: true},
		"a library":                                      {files: "ldflags-y += -L$(src)/vendor -lerr\n-- m/vendor/liberr.a --\n!<thin>\n", built: true},
		"a source that includes it":                      {files: "-- m/other.c --\n#include \"vendor/err.c\"\n" + vendor, built: true},
		"a source outside that includes it":              {files: "own-y += ../common/x.o\n-- common/x.c --\n#include \"../m/vendor/err.c\"\n" + vendor, built: true},
		"a Makefile outside that names it":               {files: "T := $(src)/..\ninclude $(T)/common/r.mk\n-- common/r.mk --\n" + flag + vendor, built: true},
		"a script outside that names it":                 {files: "mine.h:\n\tsh $(src)/../tools/gen.sh >$@\n-- tools/gen.sh --\ncat vendor/err.c\n" + vendor, built: true},
		"a script that names it":                         {files: script + "for n; do cat vendor/$n.c; done\n" + vendor, built: true},
		"a script that finds it":                         {files: script + "find \"$1\" -type f | xargs cat\n" + vendor, built: true},
		"a script that finds sources":                    {files: script + "find \"$1\" -name '*.c' | xargs cat\n" + vendor, built: true},
		"a script that copies all":                       {files: script + "cp -r \"$1\" x\n" + vendor, built: true},
		"a script that computes it":                      {files: script + "cat \"$1\"/$2/err.c\n" + vendor, built: true},
		"a Makefile that computes it":                    {files: "mine.h: $(src)/$(X)/err.c\n\tcp $< $@\n" + vendor, built: true},
		"one that computes a part of a path":             {files: "mine.h: $(src)/arch/$(SRCARCH)/impl.c\n\tcp $< $@\n-- m/arch/a.c --\n-- m/arch/x86/impl.c --\n" + defines, built: true},
		"one that computes a directory of a needed one":  {files: "own-y += sub/x.o\nmine.h: $(src)/sub/$(SRCARCH)/impl.c\n\tcp $< $@\n-- m/sub/x.c --\n-- m/sub/x86/impl.c --\n" + defines, built: true},
		"the same, in quotes":                            {files: "own-y += sub/x.o\n" + script + "cat \"sub/\"$1/impl.c\n-- m/sub/x.c --\n-- m/sub/x86/impl.c --\n" + defines, built: true},
		"the same, behind a name":                        {files: "own-y += sub/x.o\nmine.h: sub/x.c sub/y.c sub/*/impl.c\n\tcp $< $@\n-- m/sub/x.c --\n-- m/sub/x86/impl.c --\n" + defines, built: true},
		"one that names a needed directory":              {files: "own-y += sub/x.o\nmine.h: sub/x.c\n\tls sub/ sub/x.*\n" + script + "ls sub/\n-- m/sub/x.c --\n-- m/sub/x86/impl.c --\n" + defines},
		"a script that finds one kind, and another":      {files: script + "find . -name '*.ko' -o -name '*.c'\n" + vendor, built: true},
		"a script that finds one kind, and then another": {files: script + "find . -name '*.ko'; find . -name '*.c'\n" + vendor, built: true},
		"a script that finds modules":                    {files: script + "find . -name '*.ko'; find . -name '*.ko.*'\n" + vendor},
		"a pattern of directories":                       {files: "S := $(wildcard $(src)/*/err.c)\n" + vendor, built: true},
		"headers that are found":                         {files: "H := $(shell find $(src) -name '*.h')\n-- m/vendor/err.h --\n" + defines, built: true},
		"a module of a crate":                            {files: "-- m/b.rs --\nmod vendor;\n-- m/vendor/mod.rs --\n#[no_mangle] pub extern \"C\" fn rust_helper_IS_ERR() {}\n", built: true},
		"a module of a crate with its name":              {files: "-- m/brown.rs --\nmod deep;\n-- m/brown/deep.rs --\n#[no_mangle] pub extern \"C\" fn rust_helper_IS_ERR() {}\n", built: true},
		"a module by its path":                           {files: "-- m/b.rs --\n#[path = \"vendor\"]\nmod a { mod deep; }\n-- m/vendor/deep.rs --\n#[no_mangle] pub extern \"C\" fn rust_helper_IS_ERR() {}\n", built: true},
		"a variable on make's command line":              {files: "given :=\nifeq ($(given),y)\n" + flag + "endif\n" + vendor, built: true},
		"one that is added to there":                     {files: "added :=\nifeq ($(added),y)\n" + flag + "endif\n" + vendor, built: true},
		"a variable of the environment":                  {files: "ifdef CONFIG_OF_PARENT\n" + flag + "endif\n" + vendor, built: true},
		"a second Makefile beside the Kbuild":            {files: vendor + "-- m/Makefile --\nall:\n\tcp vendor/err.c .\n", built: true},
		"a file that is not in a directory":              {files: "-- m/err.c --\n" + defines, built: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("MAKEFLAGS", "rR --no-print-directory -- given=y added+=y")
			t.Setenv("CONFIG_OF_PARENT", "y")
			dir := unpack(t, glueSources+configured+makefile+c.files)
			objects := "main.o glue.o"
			if strings.Contains(c.files, "sub/x.o") {
				objects += " sub/x.o"
			}
			list(t, dir, objects)
			got := PossibleDefinitions(dir+"/m/glue.o", searched(dir))
			if c.built == (got["rust_helper_IS_ERR"] == "") || !c.built && len(got) > 0 {
				t.Errorf("%v", got)
			}
		})
	}
}

// glueSources are those of the module without its Kbuild.
var glueSources = glue[strings.Index(glue, "-- m/glue.rs"):]

// TestLeftOutBelow checks a module whose Makefile is below the directory that make was told. A variable behind $(src) or $(M) can be
// the name of what is in one of these two directories, and of nothing else.
func TestLeftOutBelow(t *testing.T) {
	for file, want := range map[string]bool{"m/drv/vendor/err.c": true, "m/vendor/err.c": true, "m/drv/sub/vendor/err.c": false, "m/other/vendor/err.c": true} {
		dir := unpack(t, configured+"-- m/Kbuild --\nobj-m := drv/\n-- m/drv/Kbuild --\nobj-m := own.o\nown-y := glue.o sub/x.o\nmine.h: $(src)/$(X)\n-- m/drv/glue.rs --\n-- m/drv/sub/x.c --\n-- "+file+" --\n"+defines)
		what := searched(dir)
		what.Module, what.Makefile = dir+"/m/drv/own", dir+"/m/drv"
		if err := os.WriteFile(what.Module+".mod", []byte(dir+"/m/drv/glue.o\n"+dir+"/m/drv/sub/x.o\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := PossibleDefinitions(dir+"/m/drv/glue.o", what); (len(got) > 0) != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}

// TestEnvironmentOverrides checks that with make -e no condition is known.
func TestEnvironmentOverrides(t *testing.T) {
	dir := unpack(t, glueSources+configured+makefile+"ifndef CONFIG_RUST\n"+flag+"endif\n"+vendor)
	list(t, dir, "main.o glue.o")
	for flags, want := range map[string]bool{"": false, "rR": false, "-e": false, "--eval=x": false, "erR": true, "e": true} {
		t.Setenv("MAKEFLAGS", flags)
		if got := PossibleDefinitions(dir+"/m/glue.o", searched(dir)); (len(got) > 0) != want {
			t.Errorf("MAKEFLAGS=%q: %v", flags, got)
		}
	}
}

// TestList checks that nothing is left out unless kbuild has listed the objects, and none of them is in there.
func TestList(t *testing.T) {
	for objects, want := range map[string]bool{"": true, "main.o glue.o": false, "main.o": true, "glue.o lib.a": true, "glue.o vendor/x/y.o": true} {
		dir := unpack(t, glueSources+configured+makefile+vendor)
		if objects != "" {
			list(t, dir, objects)
		}
		if got := slices.Sorted(maps.Keys(PossibleDefinitions(dir+"/m/glue.o", searched(dir)))); (len(got) > 0) != want {
			t.Errorf("%q: %v", objects, got)
		}
		if got := ObjectList(searched(dir)); got != dir+"/m/own.mod" {
			t.Error(got)
		}
	}
	if got := ObjectList(nil); got != "" {
		t.Error(got)
	}
}

// TestRelative checks the relative paths of a module in the kernel's tree, and of one with a directory for its output (MO=).
func TestRelative(t *testing.T) {
	const files = "-- m/Makefile --\nobj-m := own.o\nown-y := main.o err.o glue.o\n-- m/err.rs --\nmod deep;\n-- m/vendor/err.c --\n" + defines
	for name, c := range map[string]struct {
		files, run, object string
		what               record.Search
		want               []string
	}{
		"in the tree": {
			"-- include/config/auto.conf --\nCONFIG_RUST=y\n-- m/own.mod --\nm/main.o\nm/err.o\nm/glue.o\n", ".", "m/glue.o",
			record.Search{Module: "m/own", Dirs: []string{"m"}, Makefile: "m", Srctree: ".", Objtree: "."}, nil,
		},
		"in the tree, named": {
			"-- include/config/auto.conf --\nCONFIG_RUST=y\n-- m/own.mod --\nm/main.o\nm/vendor/err.o\nm/glue.o\n", ".", "m/glue.o",
			record.Search{Module: "m/own", Dirs: []string{"m"}, Makefile: "m", Srctree: ".", Objtree: "."}, []string{"rust_helper_IS_ERR"},
		},
		"with output elsewhere": {
			configured + "-- out/own.mod --\nmain.o\nerr.o\nglue.o\n-- out/former/err.c --\n" + defines, "out", "glue.o",
			record.Search{Module: "own", Dirs: []string{"../m", "."}, Makefile: "../m", Srctree: "../linux", Objtree: "../linux"}, nil,
		},
		"with output elsewhere, made there": {
			configured + "-- out/own.mod --\nmain.o\nerr.o\nglue.o\n-- out/err.h --\n" + defines, "out", "glue.o",
			record.Search{Module: "own", Dirs: []string{"../m", "."}, Makefile: "../m", Srctree: "../linux", Objtree: "../linux"}, []string{"rust_helper_IS_ERR"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(filepath.Join(unpack(t, glueSources+files+c.files), c.run))
			c.what.Helpers, c.what.Needs = helpers, others
			if d := cmp.Diff(c.want, slices.Sorted(maps.Keys(PossibleDefinitions(c.object, &c.what)))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
