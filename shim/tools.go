package shim

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Tool names one of the two programs.
type Tool string

// The two programs.
const (
	RustcWrap Tool = "rustc-lto-wrap"
	CCWrap    Tool = "cc-helper-wrap"
)

// llvmName is what a tool of LLVM's is called under kbuild's LLVM= variable
// (kernel Makefile, LLVM_PREFIX and LLVM_SUFFIX): LLVM=/dir/ is a prefix,
// LLVM=-19 a suffix, anything else stands for the bare names. It is "" when
// LLVM is not set.
func llvmName(h Host, tool string) string {
	switch v := h.Getenv("LLVM"); {
	case v == "":
		return ""
	case strings.HasSuffix(v, "/"):
		return v + tool
	case strings.HasPrefix(v, "-"):
		return tool + v
	}
	return tool
}

// self is this process's program. /proc/self/exe names it (proc(5)), also when it
// was started by a relative name or has been installed under another one.
var self = sync.OnceValues(func() (os.FileInfo, error) { return os.Stat("/proc/self/exe") })

// isShim says whether the program at path is one of ours, by whatever name it
// goes: running it again would never end. This is on the way of each compilation:
// it looks at the file, and along links of its name, and not at the folders above.
func isShim(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if self, err := self(); err == nil && os.SameFile(self, info) {
		return true
	}
	// The one of us that does not run.
	for range maxLinks {
		switch Tool(filepath.Base(path)) {
		case RustcWrap, CCWrap:
			return true
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return false
}

// maxLinks is more than the system follows (path_resolution(7)).
const maxLinks = 40

// isExecutable says whether a path is a file that can be run.
func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// lookPath finds a program as a shell would, but never one of ours. The result
// is "" when there is none.
func lookPath(h Host, name string) string {
	executable := func(p string) bool { return isExecutable(p) && !isShim(p) }
	if strings.Contains(name, "/") {
		if executable(name) {
			return name
		}
		return ""
	}
	for _, dir := range filepath.SplitList(h.Getenv("PATH")) {
		if dir == "" {
			dir = "."
		}
		if p := filepath.Join(dir, name); executable(p) {
			return p
		}
	}
	return ""
}

// resolve makes the first word of a tool's command line a path, and refuses a
// command line that leads back to one of ours.
func resolve(h Host, what string, argv []string) ([]string, error) {
	path := lookPath(h, argv[0])
	for i, w := range argv {
		if i == 0 && path != "" {
			continue // lookPath finds none of ours
		}
		if strings.Contains(w, "/") && isShim(w) || Tool(w) == RustcWrap || Tool(w) == CCWrap {
			return nil, &Failure{
				What:   fmt.Sprintf("%s is %q, which is this program itself", what, strings.Join(argv, " ")),
				Hint:   "name the real tool there",
				Status: 1, Inlining: false,
			}
		}
	}
	if path == "" {
		return nil, &Failure{
			What:   fmt.Sprintf("%s: there is no program %q", what, argv[0]),
			Hint:   fmt.Sprintf("install it, or name another one in %s", variableOf(what)),
			Status: 127, Inlining: true,
		}
	}
	return append([]string{path}, argv[1:]...), nil
}

// variableOf is the setting that names a tool.
func variableOf(what string) string {
	switch what {
	case "rustc":
		return "LTO_WRAP_RUSTC"
	case "llvm-link":
		return "LTO_WRAP_LLVM_LINK"
	case "llvm-as":
		return "LTO_WRAP_LLVM_AS"
	}
	return "LTO_WRAP_CC"
}

// setting reads the words of one tool's setting.
func setting(h Host, name string) ([]string, error) { return words(name, h.Getenv(name)) }

// realRustc is the command line of the real rustc.
func realRustc(h Host) ([]string, error) {
	w, err := setting(h, "LTO_WRAP_RUSTC")
	if err != nil {
		return nil, err
	}
	if w == nil {
		w = []string{"rustc"}
	}
	return resolve(h, "rustc", w)
}

// realCC is the command line of the C compiler behind cc-helper-wrap.
func realCC(h Host) ([]string, error) {
	w, err := setting(h, "LTO_WRAP_CC")
	if err != nil {
		return nil, err
	}
	if w == nil {
		w = []string{cmp.Or(llvmName(h, "clang"), "clang")}
	}
	return resolve(h, "the C compiler", w)
}

// candidate is a command line that may be a tool, and where it comes from.
type candidate struct {
	argv   []string
	origin string
}

// Origins of tools, for people.
const (
	fromLLVM = "what LLVM= implies"
	fromPath = "on PATH"
)

// clangCandidates are the command lines that may be the clang for bitcode and
// code generation, best first: LTO_WRAP_CC, what LLVM= implies, kbuild's own CC,
// clang on PATH. Those that are not clang are passed over by [findTools].
func clangCandidates(h Host, kb *Kbuild) ([]candidate, error) {
	w, err := setting(h, "LTO_WRAP_CC")
	if err != nil {
		return nil, err
	}
	var out []candidate
	if w != nil {
		// One that is not clang (gcc) is passed over, one that is not there is
		// an error.
		if w, err = resolve(h, "clang", w); err != nil {
			return nil, err
		}
		out = append(out, candidate{w, "LTO_WRAP_CC"})
	}
	if name := llvmName(h, "clang"); name != "" {
		out = append(out, candidate{[]string{name}, fromLLVM})
	}
	if kb != nil && len(kb.CC) > 0 && !slices.ContainsFunc(kb.CC, func(w string) bool {
		p := lookPath(h, w)
		return p == "" && strings.Contains(w, string(CCWrap)) || isShim(w)
	}) {
		out = append(out, candidate{kb.CC, "kbuild's CC"})
	}
	return append(out, candidate{[]string{"clang"}, fromPath}), nil
}

// llvmToolCandidates are the command lines that may be an LLVM tool which goes
// with clang, best first: the setting, what LLVM= implies, the neighbour of
// clang under clang's own suffix, the neighbour of the program that clang's
// name leads to, the bare name, the name with clang's major version.
func llvmToolCandidates(h Host, tool string, set, clang []string, major int) []candidate {
	if set != nil {
		return []candidate{{set, variableOf(tool)}}
	}
	var out []candidate
	if name := llvmName(h, tool); name != "" {
		out = append(out, candidate{[]string{name}, fromLLVM})
	}
	for _, w := range clang {
		dir, base := filepath.Split(w)
		at := strings.Index(base, "clang")
		if at < 0 && len(clang) > 1 {
			continue
		}
		if at >= 0 {
			out = append(out, candidate{[]string{dir + base[:at] + tool + base[at+len("clang"):]}, "beside clang"})
		}
		if real, err := filepath.EvalSymlinks(w); err == nil {
			out = append(out, candidate{[]string{filepath.Join(filepath.Dir(real), tool)}, "beside clang"})
		}
	}
	return append(out, candidate{[]string{tool}, fromPath}, candidate{[]string{fmt.Sprintf("%s-%d", tool, major)}, fromPath})
}
