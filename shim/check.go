package shim

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/kballard/go-shellquote"
)

// Check is what --wrap-check found, as data: lines in groups, and whether a build
// would work.
type Check struct {
	Groups []CheckGroup
	// Problems counts the lines that would stop a build, Aside is set where one
	// would work but have nothing inlined by the shims.
	Problems int
	Aside    string
}

// CheckGroup is a heading with lines below it.
type CheckGroup struct {
	Name  string
	Lines []CheckLine
}

// CheckLine is one thing that was looked at.
type CheckLine struct {
	State   CheckState
	Subject string
	Text    string
	// Hint says what to do about a problem.
	Hint string
}

// CheckState says what a line means for a build.
type CheckState string

// The states.
const (
	CheckOK      CheckState = "ok"
	CheckNote    CheckState = "note"    // worth knowing
	CheckProblem CheckState = "problem" // a build would not work
)

// add adds a line to the last group.
func (c *Check) add(state CheckState, subject, text, hint string) {
	if state == CheckProblem {
		c.Problems++
	}
	g := &c.Groups[len(c.Groups)-1]
	g.Lines = append(g.Lines, CheckLine{state, subject, text, hint})
}

func (c *Check) group(name string) { c.Groups = append(c.Groups, CheckGroup{Name: name}) }

// problem adds a line for an error, with its hint.
func (c *Check) problem(subject string, err error) {
	hint := ""
	if f, ok := err.(*Failure); ok {
		hint = f.Hint
	}
	c.add(CheckProblem, subject, err.Error(), hint)
}

// check answers --wrap-check [OBJTREE]: 0 if a build would work.
func check(h Host, tool Tool, args []string) int {
	if len(args) > 1 || len(args) == 1 && strings.HasPrefix(args[0], "-") {
		report(h, tool, "error", &Failure{What: fmt.Sprintf("--wrap-check takes one object tree, and not %q", args), Hint: string(tool) + " --wrap-check [OBJTREE]"})
		return 2
	}
	tree := ""
	if len(args) == 1 {
		tree = args[0]
	}
	c := checked(h, tree)
	fmt.Fprint(h.Stdout(), c.text(tool))
	if c.Problems > 0 {
		return 1
	}
	return 0
}

// checked looks at settings, tools and the object tree; tree is "" where none was
// named, and then the current folder is taken if it is one. Nothing is written,
// and of the tools only their versions are asked for.
func checked(h Host, tree string) *Check {
	c := new(Check)
	s := c.settings(h)
	config := c.tree(tree)
	c.tools(h, s, config)
	return c
}

// settings lists all settings with value, origin and effect. It returns the
// defaults where they cannot be used.
func (c *Check) settings(h Host) *Settings {
	c.group("settings")
	s, err := ReadSettings(h)
	if err != nil {
		c.problem("settings", err)
		s = new(Settings)
		return s
	}
	effects := s.effects()
	for _, v := range Variables {
		value, origin := h.Getenv(v.Name), "environment"
		if value == "" {
			value, origin = effects[v.Name].value, "default"
		}
		c.add(CheckOK, v.Name, fmt.Sprintf("%s (%s): %s", cmp.Or(value, "not set"), origin, effects[v.Name].does), "")
	}
	if s.Mode == Off {
		c.Aside = "LTO_WRAP=off: everything is passed through"
	}
	return s
}

// effect is what a setting comes to: its value where it is not set, and what that
// does.
type effect struct{ value, does string }

// effects are those of all settings, by name.
func (s *Settings) effects() map[string]effect {
	pick := func(yes bool, a, b string) string {
		if yes {
			return a
		}
		return b
	}
	tool := effect{"", "found by the rules that --wrap-help gives, see below"}
	mode := map[Mode]string{
		On:  "helpers are inlined; what prevents it stops the build",
		Off: "everything is passed through",
		Try: "helpers are inlined; what prevents it is warned of once, and the crate compiled plainly",
	}
	linkage := map[string]string{
		"available_externally": "a helper that is not inlined stays a call of the kernel's one copy",
		"linkonce_odr":         "a helper that is not inlined is copied into the object, as a weak symbol",
		"internal":             "a helper that is not inlined is copied into the object, as a local symbol",
	}
	return map[string]effect{
		"LTO_WRAP":           {string(On), mode[s.Mode]},
		"LTO_WRAP_RUSTC":     tool,
		"LTO_WRAP_CC":        tool,
		"LTO_WRAP_LLVM_LINK": tool,
		"LTO_WRAP_LLVM_AS":   tool,
		"LTO_WRAP_PIPELINE": {string(defaultPipeline), pick(s.Pipeline == Late,
			"rustc optimises, then clang once more over crate and helpers", "clang optimises once, over crate and helpers together")},
		"LTO_WRAP_LINKAGE":      {string(defaultLinkage), linkage[string(s.Linkage)]},
		"LTO_WRAP_INLINE":       {defaultInline, pick(s.Always, "every call that can be inlined is", "LLVM's cost model decides")},
		"LTO_WRAP_CFLAGS":       {"", pick(len(s.CFlags) > 0, "added to code generation", "nothing is added to code generation")},
		"LTO_WRAP_LINK_FLAGS":   {"", pick(len(s.LinkFlags) > 0, "llvm-link merges the helpers in, with these", "nothing is added to llvm-link")},
		"LTO_WRAP_HELPERS":      {shellquote.Join(s.Helpers...), "the first of these in the source tree is the helpers source"},
		"LTO_WRAP_HELPERS_DROP": {shellquote.Join(s.Drop...), "left out where the helpers become bitcode, and only there"},
		"LTO_WRAP_LOG":          {"", pick(s.LogPath != "", "a log is appended there", "no log")},
		"LTO_WRAP_LOG_LEVEL":    {s.LogLevel, "what a log has in it"},
		"LTO_WRAP_LOG_FORMAT":   {s.LogFormat, "the form of a log"},
		"LTO_WRAP_KEEP":         {"0", pick(s.Keep, "intermediate files stay", "intermediate files are removed")},
	}
}

// tools looks at the tools, as a build would that is run with this environment.
func (c *Check) tools(h Host, s *Settings, config map[string]string) {
	c.group("tools")
	kb, err := ReadKbuild(h)
	if err != nil {
		c.problem("kbuild's environment", err)
		return
	}
	// Nothing is kept: there may be no object tree.
	t := &Toolchain{cache: &versionCache{known: map[string]string{}}}
	before := c.Problems
	for _, tool := range []struct {
		name string
		find func(Host, *Settings, *Kbuild) error
		to   *Program
	}{{"rustc", t.findRustc, &t.Rustc}, {"clang", t.findClang, &t.Clang}, {"llvm-link", t.findLLVMLink, &t.LLVMLink}, {"llvm-as", t.findLLVMAs, &t.LLVMAs}} {
		if err := tool.find(h, s, kb); err != nil {
			c.problem(tool.name, err)
			continue
		}
		c.add(CheckOK, tool.name, fmt.Sprintf("%s (%s): %s; LLVM %d", shellquote.Join(tool.to.Argv...), tool.to.Origin, tool.to.Version, tool.to.Major), "")
	}
	if c.Problems == before {
		if err := t.check(); err != nil {
			c.problem("LLVM", err)
		} else {
			c.add(CheckOK, "LLVM", fmt.Sprintf("all of them have LLVM %d", t.Rustc.Major), "")
		}
	}
	for _, other := range []Tool{RustcWrap, CCWrap} {
		if self, err := os.Readlink("/proc/self/exe"); err == nil && filepath.Base(self) != string(other) {
			if beside := filepath.Join(filepath.Dir(self), string(other)); isExecutable(beside) {
				c.add(CheckOK, string(other), beside, "")
			} else if other == RustcWrap {
				c.add(CheckNote, string(other), "is not beside this program; without it as RUSTC= nothing is inlined", "")
			} else {
				c.add(CheckNote, string(other), "is not beside this program; RUSTC= alone inlines, too, from flags that kbuild exports", "")
			}
		}
	}
	// CONFIG_RUSTC_LLVM_VERSION is 190107 for LLVM 19.1.7 (init/Kconfig, since
	// Linux 6.13), CONFIG_CLANG_VERSION likewise.
	for _, was := range []struct {
		option string
		major  int
	}{{"CONFIG_RUSTC_LLVM_VERSION", t.Rustc.Major}, {"CONFIG_CLANG_VERSION", t.Clang.Major}} {
		version, err := strconv.Atoi(config[was.option])
		if err == nil && version > 0 && was.major > 0 && version/10000 != was.major {
			c.add(CheckNote, "configuration", fmt.Sprintf("was made with another tool than the one found: %s=%d", was.option, version), "")
		}
	}
}

// tree looks at the object tree, and returns its configuration, nil where it has
// none.
func (c *Check) tree(tree string) map[string]string {
	c.group("object tree")
	dir := cmp.Or(tree, ".")
	text, err := os.ReadFile(filepath.Join(dir, ".config"))
	switch {
	case err != nil && tree == "":
		c.add(CheckNote, "configuration", "none was named, and this folder has none: nothing is known of it", "")
		return nil
	case err != nil:
		c.add(CheckProblem, "configuration", err.Error(), "name the folder with the kernel's .config: O= of the build, or the source tree")
		return nil
	}
	config, title := readConfig(text)
	c.add(CheckOK, "configuration", filepath.Join(dir, ".config")+": "+cmp.Or(title, "of a kernel"), "")
	on := func(names ...string) string {
		for _, n := range names {
			if config["CONFIG_"+n] == "y" {
				return "CONFIG_" + n
			}
		}
		return ""
	}
	if on("RUST") == "" {
		c.add(CheckProblem, "CONFIG_RUST", "is not set: there is no Rust to inline anything into", "make rustavailable says what is missing; then set it")
	} else {
		c.add(CheckOK, "CONFIG_RUST", "is set", "")
	}
	for _, m := range matters {
		if option := on(m.options...); option != "" {
			c.add(CheckNote, option, m.text, "")
			if m.aside {
				c.Aside = option + ": " + m.text
			}
		}
	}
	if on("MODULES") == "" {
		c.add(CheckNote, "CONFIG_MODULES", "is not set: only the built-in variant of the helpers is made", "")
	}
	c.source(dir)
	const mayWrite = 2 // W_OK of access(2)
	if err := syscall.Access(dir, mayWrite); err != nil {
		c.problem("object tree", fileFailure("it cannot be written to", err))
	}
	return config
}

// matters are the options that change what the shims do. aside is set where they
// do nothing.
var matters = []struct {
	options []string
	aside   bool
	text    string
}{
	{[]string{"RUST_INLINE_HELPERS"}, true, "the kernel inlines its helpers itself, and the shims stand aside"},
	// scripts/Makefile.lib and Makefile of the kernel: -Clinker-plugin-lto.
	{[]string{"LTO_CLANG", "LTO_CLANG_FULL", "LTO_CLANG_THIN"}, true, "the kernel's link-time optimisation takes Rust crates as they are, and the shims pass them through"},
	{[]string{"CC_IS_GCC"}, false, "gcc compiles the kernel's C; clang is needed besides, for the helpers and for code generation"},
	{[]string{"KASAN"}, false, "rustc instruments crates in its own passes: they go through the late pipeline, whatever LTO_WRAP_PIPELINE says"},
	{[]string{"KCOV"}, false, "rustc may instrument crates in its own passes: those go through the late pipeline, whatever LTO_WRAP_PIPELINE says"},
}

// source looks for the helpers source. The object tree of a build with O= leads to
// the source tree by the link source.
func (c *Check) source(dir string) {
	srctree := dir
	if real, err := filepath.EvalSymlinks(filepath.Join(dir, "source")); err == nil {
		srctree = real
	}
	if _, err := os.Stat(filepath.Join(srctree, "Kconfig")); err != nil {
		c.add(CheckNote, "helpers", "the source tree is not known before the first make", "")
		return
	}
	for _, suffix := range defaultHelpers {
		if path := filepath.Join(srctree, suffix); isFile(path) {
			c.add(CheckOK, "helpers", path, "")
			return
		}
	}
	c.add(CheckProblem, "helpers", "there is no helpers source in "+srctree, "name it in LTO_WRAP_HELPERS, as a path below the source tree")
}

// readConfig reads a .config: options with their values, and the kernel's name,
// which Kconfig writes into a comment, "# Linux/x86 6.12.107 Kernel Configuration"
// (conf_write in the kernel's scripts/kconfig/confdata.c).
func readConfig(text []byte) (options map[string]string, kernel string) {
	options = map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if k, ok := strings.CutSuffix(lines.Text(), " Kernel Configuration"); ok && kernel == "" {
			kernel = strings.TrimPrefix(k, "# ")
		}
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && strings.HasPrefix(name, "CONFIG_") {
			options[name] = value
		}
	}
	return options, kernel
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// text is the check for people: a line each, then the verdict.
func (c *Check) text(tool Tool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", tool, Version())
	for _, g := range c.Groups {
		fmt.Fprintf(&b, "\n%s\n", g.Name)
		width := 0
		for _, l := range g.Lines {
			width = max(width, len(l.Subject))
		}
		for _, l := range g.Lines {
			fmt.Fprintf(&b, "  %-7s  %-*s  %s\n", l.State, width, l.Subject, l.Text)
			if l.Hint != "" {
				fmt.Fprintf(&b, "  %-7s  %-*s  %s\n", "hint", width, "", l.Hint)
			}
		}
	}
	verdict := "a build with these tools and settings would have its helpers inlined"
	switch {
	case c.Problems == 1:
		verdict = "a build would not work: 1 problem"
	case c.Problems > 1:
		verdict = fmt.Sprintf("a build would not work: %d problems", c.Problems)
	case c.Aside != "":
		verdict = "a build would work, with nothing inlined by the shims: " + c.Aside
	}
	fmt.Fprintf(&b, "\n%s\n", verdict)
	return b.String()
}
