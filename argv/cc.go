// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package argv

import (
	"slices"
	"strings"
)

// CC is a parsed command line of a C compiler, clang or gcc. It has the parts of
// the command line that decide whether it compiles the kernel's helpers.
type CC struct {
	// Args is the command line as given, without the program's name.
	Args []string
	// Mode says at which stage the compiler stops.
	Mode Mode
	// Output is the value of the last -o, "" if there is none.
	Output string
	// Inputs are the files to compile. "-" is the standard input.
	Inputs []string
	// EmitLLVM is set by -emit-llvm: the output is IR instead of an object.
	EmitLLVM bool
	// files are the indexes in Args of the inputs, of the -o options and of their
	// values.
	files map[int]bool
}

// Mode is the stage at which a compiler run stops.
type Mode string

// The modes of a compiler run.
const (
	Link       Mode = "link"       // none of the options below
	Compile    Mode = "compile"    // -c: an object
	Assembly   Mode = "assembly"   // -S
	Preprocess Mode = "preprocess" // -E, -M, -MM
	Other      Mode = "other"      // -fsyntax-only and the like
	Query      Mode = "query"      // --version, -print-…, -dump…: the compiler compiles nothing
)

// ccValued lists the options of clang and gcc whose value may be the next argument.
// Joined spellings (-Ipath) need no entry.
//
// Source: clang/include/clang/Driver/Options.td (those of the Separate and
// JoinedOrSeparate kinds that can occur in a C compilation) and gcc/common.opt.
var ccValued = set(
	"-o", "-I", "-D", "-U", "-L", "-l", "-T", "-u", "-z", "-e", "-B", "-x", "-A",
	"-include", "-imacros", "-include-pch", "-isystem", "-idirafter", "-iquote",
	"-iprefix", "-iwithprefix", "-iwithprefixbefore", "-isysroot", "-imultilib", "-iframework",
	"-MF", "-MT", "-MQ", "-MJ",
	"-Xclang", "-Xassembler", "-Xlinker", "-Xpreprocessor", "-Xanalyzer", "-mllvm", "-mmlir",
	"-target", "--target", "--sysroot", "--param", "-arch", "-aux-info", "-aux-triple",
	"-wrapper", "-specs", "-dumpdir", "-dumpbase", "-dumpbase-ext", "-gcc-toolchain", "--gcc-toolchain",
	"-ccc-gcc-name", "-framework", "-F", "-fplugin-arg", "-working-directory", "--config",
	"-serialize-diagnostics", "--serialize-diagnostics", "-dependency-file", "-rpath",
	"-meabi", "-mthread-model", "-G", "-b", "-resource-dir", "-vfsoverlay", "-ivfsoverlay", "-iwithsysroot", "-isystem-after",
	"-iframeworkwithsysroot", "-iapinotes-modules", "-cxx-isystem", "-Xarch_host", "-Xarch_device", "-Xopenmp-target",
	"-dependency-dot", "-module-dependency-dir", "-ccc-install-dir", "-fmodules-user-build-path", "-gen-cdb-fragment-path", "-dsym-dir",
)

// TakesValue reports whether the next argument may be the value of a flag of a C compiler.
func TakesValue(flag string) bool { return ccValued[flag] }

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// ParseCC parses args, the command line of a C compiler without the program's name.
// It does not read response files. kbuild passes none, and the inputs in a response
// file stay unknown, so that such a command line is passed through.
func ParseCC(args []string) *CC {
	c := &CC{Args: args, Mode: Link, files: map[int]bool{}}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "-" || !strings.HasPrefix(a, "-") {
			if !strings.HasPrefix(a, "@") {
				c.Inputs = append(c.Inputs, a)
				c.files[i] = true
			}
			continue
		}
		switch {
		case a == "-c":
			c.raise(Compile)
		case a == "-S":
			c.raise(Assembly)
		case a == "-fsyntax-only", a == "--analyze", a == "-###":
			c.raise(Other)
		case a == "-E", a == "-M", a == "-MM":
			c.raise(Preprocess)
		case a == "--version", a == "-v", strings.HasPrefix(a, "-print-"), strings.HasPrefix(a, "--print-"),
			strings.HasPrefix(a, "-dump") && !ccValued[a]:
			// With an input, -v compiles, and another option sets the mode.
			if c.Mode == Link {
				c.Mode = Query
			}
		case a == "-emit-llvm":
			c.EmitLLVM = true
		case a == "-o" && i+1 < len(args):
			c.Output, c.files[i], c.files[i+1] = args[i+1], true, true
		case strings.HasPrefix(a, "-o") && len(a) > 2 && !strings.HasPrefix(a, "-object"):
			c.Output, c.files[i] = a[2:], true
		}
		if ccValued[a] {
			i++
		}
	}
	return c
}

// raise sets the mode to m if m stops the compilation earlier than the present
// mode, as compilers do when several of these options are given.
func (c *CC) raise(m Mode) {
	rank := map[Mode]int{Query: 0, Link: 1, Compile: 2, Assembly: 3, Other: 4, Preprocess: 5}
	if rank[m] > rank[c.Mode] {
		c.Mode = m
	}
}

// HasSuffixPath reports whether path ends in one of suffixes at a boundary between
// path elements: "rust/helpers.c" is a suffix of "/src/rust/helpers.c" but not of
// "/src/trust/helpers.c".
func HasSuffixPath(path string, suffixes []string) bool {
	for _, s := range suffixes {
		rest, ok := strings.CutSuffix(path, s)
		if ok && s != "" && (rest == "" || strings.HasSuffix(rest, "/") || strings.HasPrefix(s, "/")) {
			return true
		}
	}
	return false
}

// ForBitcode returns the flags to compile the same source to bitcode: the command
// line without inputs, output, -c and -S, dependency output, debug information,
// link-time optimisation, warnings, and the flags in drop (see [Matches]). A removed
// flag that takes the next argument as its value is removed with the value.
//
// ForBitcode removes
//   - warnings, because the compilation to the object prints them already;
//   - debug information, because a Rust object must not contain that of C
//     (the generation of BTF rejects it);
//   - link-time optimisation, because the bitcode is merged into a crate and
//     does not go to the kernel's linker;
//   - counters of gcov and of clang's profiles, because the helpers object has them:
//     each crate would register them a second time, and gcov write notes to a file.
func (c *CC) ForBitcode(drop []string) []string {
	var out []string
	for i := 0; i < len(c.Args); i++ {
		a := c.Args[i]
		switch {
		case c.files[i]:
			continue
		case a == "-MF", a == "-MT", a == "-MQ", a == "-MJ":
			i++
			continue
		case isDropped(a, drop):
			if ccValued[a] {
				i++ // otherwise its value looks like an input
			}
			continue
		case ccValued[a] && i+1 < len(c.Args):
			out = append(out, a, c.Args[i+1])
			i++
			continue
		}
		out = append(out, a)
	}
	return out
}

func isDropped(a string, drop []string) bool {
	switch {
	case a == "-c", a == "-S", a == "-pipe", a == "-emit-llvm":
		return true
	case a == "-MD", a == "-MMD", a == "-MP", a == "-MG",
		strings.HasPrefix(a, "-Wp,-MD"), strings.HasPrefix(a, "-Wp,-MMD"), strings.HasPrefix(a, "-Wp,-MF"):
		return true
	case strings.HasPrefix(a, "-W") && !strings.HasPrefix(a, "-Wp,") && !strings.HasPrefix(a, "-Wa,") && !strings.HasPrefix(a, "-Wl,"):
		return true
	case a == "-g", strings.HasPrefix(a, "-g") && len(a) > 2 && strings.ContainsRune("0123456789dglmsz", rune(a[2])):
		// This matches -g0…-g3, -gdwarf-5, -ggdb, -gline-tables-only, -gmlt,
		// -gsplit-dwarf and -gz, and not -gcc-toolchain.
		return true
	case isLinkTime(a), isCounting(a), Matches(a, savesTemps):
		return true
	}
	return Matches(a, drop)
}

// Matches reports whether an argument is in a list, whose entries match a whole argument
// or, if they end in "*", every argument with that prefix.
func Matches(arg string, list []string) bool {
	return slices.ContainsFunc(list, func(entry string) bool {
		prefix, any := strings.CutSuffix(entry, "*")
		return arg == entry || any && strings.HasPrefix(arg, prefix)
	})
}

// isLinkTime reports whether a flag is about link-time optimisation. With such a flag, the
// compiler writes bitcode in place of an object.
func isLinkTime(a string) bool {
	return Matches(a, []string{"-flto", "-flto=*", "-fno-lto", "-fsplit-lto-unit", "-fno-split-lto-unit", "-ffat-lto-objects", "-fno-fat-lto-objects"})
}

// isCounting reports whether a flag has code count how often it runs, for a profile or for
// coverage, in clang or gcc. Flags with which a profile is used are others.
func isCounting(a string) bool {
	return Matches(a, []string{
		"-fprofile-generate*", "-fprofile-instr-generate*", "-fcs-profile-generate*", "-fprofile-continuous", "-fcoverage-mapping", "-fcoverage-mcdc",
		"-fprofile-arcs", "-ftest-coverage", "--coverage", "-coverage", "-fcondition-coverage", "-fpath-coverage", "-fprofile-values", "-fvpt",
		"-fprofile-reproducible*", "-fprofile-abs-path", "-fprofile-info-section*", "-fprofile-dir*", "-fprofile-note*", "-fprofile-prefix-*", "-fprofile-filter-files=*", "-fprofile-exclude-files=*",
	})
}

// savesTemps are the flags with which a compiler keeps its intermediate files.
var savesTemps = []string{"-save-temps*", "--save-temps*"}

// ForCodegen returns the flags of a C compilation that hold for the code generation
// of a crate: all but those in lto (CC_FLAGS_LTO), and those that would do more than
// generate code.
//   - With -flto, clang writes bitcode, wherever the flag comes from.
//   - With -gsplit-dwarf clang writes a .dwo file beside the object. rustc is not
//     asked for one, and its debug information is in the object.
//   - With -fsanitize-coverage clang instruments bitcode as it does C
//     (RunOptimizationPipeline in clang/lib/CodeGen/BackendUtil.cpp). The helpers in
//     the bitcode are instrumented already, and rustc decides about the rest.
//   - With a profile, clang has bitcode counted, or optimised, as it does C (the same
//     function). A profile of C says nothing of Rust, and rustc has options of its own.
func ForCodegen(flags, lto []string) []string {
	return slices.DeleteFunc(Without(flags, lto), func(f string) bool {
		return isLinkTime(f) || isCounting(f) || Matches(f, savesTemps) ||
			Matches(f, []string{"-gsplit-dwarf*", "-fsanitize-coverage*", "-fprofile-use*", "-fprofile-instr-use*", "-fprofile-sample-use*", "-fauto-profile*"})
	})
}

// pathOptions are options of a C compiler whose value is the path of a file or a directory
// that it reads, joined or as the next argument.
var pathOptions = []string{"-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-isysroot", "--sysroot="}

// prefixMaps are options with OLD=NEW, where OLD is the beginning of a path.
var prefixMaps = []string{"-fmacro-prefix-map=", "-ffile-prefix-map=", "-fdebug-prefix-map="}

// MapPaths returns a command line of a C compiler in which path has translated the paths of
// what is read: the inputs, headers and their directories.
func MapPaths(args []string, path func(string) string) []string {
	out := slices.Clone(args)
	inputs := ParseCC(args)
	for i := 0; i < len(out); i++ {
		a := out[i]
		switch {
		case inputs.files[i] && slices.Contains(inputs.Inputs, a):
			out[i] = path(a)
			continue
		case slices.Contains(pathOptions, a) && i+1 < len(out):
			i++
			out[i] = path(out[i])
			continue
		case ccValued[a]:
			i++
			continue
		}
		for _, o := range pathOptions {
			if value, ok := strings.CutPrefix(a, o); ok && value != "" && (len(o) == 2 || strings.HasSuffix(o, "=")) {
				out[i] = o + path(value)
			}
		}
		for _, o := range prefixMaps {
			if value, ok := strings.CutPrefix(a, o); ok {
				from, to, _ := strings.Cut(value, "=")
				out[i] = o + path(from) + "=" + to
			}
		}
	}
	return out
}

// Intersection returns the flags of args that are in of, too. A flag with a value counts as one.
func Intersection(args, of []string) []string {
	have := map[string]bool{}
	for _, f := range joinedFlags(of) {
		have[strings.Join(f, "\x00")] = true
	}
	var out []string
	for _, f := range joinedFlags(args) {
		if have[strings.Join(f, "\x00")] {
			out = append(out, f...)
		}
	}
	return out
}

// joinedFlags returns flags, each with its value.
func joinedFlags(args []string) (out [][]string) {
	for i := 0; i < len(args); i++ {
		n := 1
		if ccValued[args[i]] && i+1 < len(args) {
			n = 2
		}
		out = append(out, args[i:i+n])
		i += n - 1
	}
	return out
}

// Without returns args without the arguments that are in remove.
func Without(args, remove []string) []string {
	gone := set(remove...)
	var out []string
	for _, a := range args {
		if !gone[a] {
			out = append(out, a)
		}
	}
	return out
}
