// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rustc-lto-wrap/shim/settings"
)

// made writes everything into a directory and returns its path.
func made(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := write(dir, "1.2.3", time.Unix(1700000000, 0).UTC()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// need skips the test if the machine lacks a program. "install/setup.sh test"
// installs all that are needed here.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%v; install/setup.sh test installs it", err)
	}
}

// ofMachine matches complaints of mandoc that are about the machine, and not about
// the page: other manual pages are not installed. The last one is about the version
// in the page's footer, where BSD's own pages have the name of the system.
var ofMachine = regexp.MustCompile(`referenced manual not found|outdated mandoc\.db|operating system explicitly specified`)

func TestPages(t *testing.T) {
	need(t, "mandoc")
	dir := made(t)
	for _, p := range programs {
		path := filepath.Join(dir, "man/man1", string(p.name)+".1")
		out, _ := exec.Command("mandoc", "-T", "lint", path).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !ofMachine.MatchString(line) {
				t.Error(strings.TrimSpace(line))
			}
		}
		text, err := exec.Command("mandoc", "-T", "utf8", "-O", "width=1000", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		// A terminal shows bold and underlined letters by overstriking.
		plain := regexp.MustCompile(".\b").ReplaceAllString(string(text), "")
		var want []string
		for _, v := range settings.Variables {
			want = append(want, v.Name+"="+v.Values, strings.TrimSpace(v.Meaning[1:]))
		}
		for _, q := range p.queries {
			want = append(want, q.Line(p.name), q.What[1:])
			for _, o := range q.Options {
				want = append(want, o.Meaning[1:])
			}
			for _, l := range strings.Split(q.Details, "\n") {
				if strings.HasPrefix(l, "    ") {
					want = append(want, strings.TrimSpace(l))
				}
			}
		}
		// The sentences of a page have two blanks between them, and lines are broken.
		flat := strings.Join(strings.Fields(plain), " ")
		for _, w := range want {
			if w = strings.ReplaceAll(w, "…", "..."); !strings.Contains(flat, strings.Join(strings.Fields(w), " ")) {
				t.Errorf("%s: %q is not in the page:\n%s", p.name, w, plain)
			}
		}
	}
}

// TestGroff checks that the pages are rendered without complaint by the man of most
// Linux distributions as well.
func TestGroff(t *testing.T) {
	need(t, "man")
	need(t, "groff")
	dir := made(t)
	for _, p := range programs {
		cmd := exec.Command("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", filepath.Join(dir, "man/man1", string(p.name)+".1"))
		cmd.Env = append(os.Environ(), "MANWIDTH=80", "LC_ALL=C.UTF-8", "MANROFFSEQ=")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil || errs.Len() > 0 || out.Len() < 1000 {
			t.Errorf("%s: %v, %d bytes: %s", p.name, err, out.Len(), errs.String())
		}
	}
}

// TestEscape checks the characters that roff would interpret.
func TestEscape(t *testing.T) {
	for text, want := range map[string]string{
		"built-in":   "built-in",
		"--wrap-x":   `\-\-wrap\-x`,
		"'-fno-x*'":  `'\-fno\-x*'`,
		`a\b "c" …`:  `a\eb \(dqc\(dq ...`,
		"x → y":      `x \[u2192] y`,
		"see (-1) -": `see (\-1) \-`,
	} {
		if got := escape(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for in, want := range map[string]string{
		".x and\n.y":          "\\&.x and .y\n",
		"One. Two.\n\nThree.": "One.\nTwo.\n.Pp\nThree.\n",
		"As\n\n    'a -b\n":   "As\n.Bd -literal -offset indent\n\\&'a \\-b\n.Ed\n",
		"e.g. this, v1.2":     "e.g. this, v1.2\n",
	} {
		if got := text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// completion are command lines as they are typed, with what the shell must make of
// them. A tab is at the end of each. An "=" at the end of an option and the "/"
// of a directory are left out: zsh takes them back if nothing follows, and fish offers
// the option without.
var completion = []struct {
	program, typed string
	want           []string
}{
	{"rustc-lto-wrap", "--wrap-rep", []string{"--wrap-report"}},
	{"rustc-lto-wrap", "--wrap-comp", []string{"--wrap-compare"}},
	{"rustc-lto-wrap", "--wrap-report --form", []string{"--wrap-report", "--format"}},
	{"rustc-lto-wrap", "--wrap-report --format=mark", []string{"--wrap-report", "--format=markdown"}},
	{"rustc-lto-wrap", "--wrap-report --format mark", []string{"--wrap-report", "--format", "markdown"}},
	{"rustc-lto-wrap", "--wrap-report --fail-on=calls", []string{"--wrap-report", "--fail-on=calls-left"}},
	{"rustc-lto-wrap", "--wrap-report --fail-on=calls-left,n", []string{"--wrap-report", "--fail-on=calls-left,not-inlined"}},
	{"rustc-lto-wrap", "--wrap-report --fail-on=calls-left:47,n", []string{"--wrap-report", "--fail-on=calls-left:47,not-inlined"}},
	{"rustc-lto-wrap", "--wrap-compare --fail-on=code:+1%,calls:0,reloc", []string{"--wrap-compare", "--fail-on=code:+1%,calls:0,relocations"}},
	{"rustc-lto-wrap", "--wrap-compare --fail-on=reloc", []string{"--wrap-compare", "--fail-on=relocations"}},
	{"rustc-lto-wrap", "--wrap-compare tree-o", []string{"--wrap-compare", "tree-one"}},
	{"rustc-lto-wrap", "--wrap-explain --tree=tree-t", []string{"--wrap-explain", "--tree=tree-two"}},
	{"rustc-lto-wrap", "--wrap-explain fil", []string{"--wrap-explain", "file.o"}},
	{"rustc-lto-wrap", "fil", []string{"file.o"}},
	{"rustc-lto-wrap", "--wrap-check --he", []string{"--wrap-check", "--help"}},
	{"cc-helper-wrap", "--wrap-ch", []string{"--wrap-check"}},
	{"cc-helper-wrap", "--wrap-rep", []string{"--wrap-rep"}},
	{"rustc-lto-wrap", "--wrap-check --al", []string{"--wrap-check", "--all"}},
	{"cc-helper-wrap", "--wrap-check --format=js", []string{"--wrap-check", "--format=json"}},
}

// typed types the command lines into an interactive shell, in which the programs are
// functions that print their arguments, and checks what they print.
func typed(t *testing.T, setup string, shell ...string) {
	t.Helper()
	work := t.TempDir()
	for _, d := range []string{"tree-one", "tree-two"} {
		if err := os.Mkdir(filepath.Join(work, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(work, "file.o"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	master, slave := terminal(t)
	cmd := exec.Command(shell[0], shell[1:]...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = work, slave, slave, slave
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + work, "TERM=dumb", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	var seen bytes.Buffer
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		buffer := make([]byte, 4096)
		rest := ""
		for {
			n, err := master.Read(buffer)
			if err != nil {
				return
			}
			rest += string(buffer[:n])
			for {
				line, more, ok := strings.Cut(rest, "\n")
				if !ok {
					break
				}
				rest = more
				lines <- strings.TrimSpace(line)
			}
		}
	}()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		master.Close()
	}()
	// await returns the arguments that the next call printed. How fast this machine is, the shell's start shows.
	began, patience := time.Now(), 10*time.Minute
	await := func(number int) (string, bool) {
		want := fmt.Sprintf("call %d:", number)
		deadline := time.After(patience)
		for {
			select {
			case l, ok := <-lines:
				if !ok {
					return "", false
				}
				seen.WriteString(l + "\n")
				if i := strings.LastIndex(l, want); i >= 0 {
					return strings.TrimSpace(l[i+len(want):]), true
				}
			case <-deadline:
				return "", false
			}
		}
	}
	send := func(text string) {
		if _, err := master.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	// The number is in the output only, not in what is typed, which the terminal
	// echoes.
	send("show() { count=$((count + 1)); printf 'call %d:' $count; printf ' <%s>' \"$@\"; printf '\\n'; }\n")
	for _, p := range programs {
		send(fmt.Sprintf("%s() { show \"$@\"; }\n", p.name))
	}
	send(setup + "\n" + "show ready\n")
	if got, ok := await(1); !ok || got != "<ready>" {
		t.Fatalf("the shell is not ready: %q\n%s", got, seen.String())
	}
	patience = max(20*time.Second, 20*time.Since(began))
	for i, c := range completion {
		send(c.program + " " + c.typed + "\t\n")
		got, ok := await(i + 2)
		got = strings.NewReplacer("=>", ">", "/>", ">").Replace(got)
		if want := "<" + strings.Join(c.want, "> <") + ">"; !ok || got != want {
			t.Fatalf("%s %s: %s, want %s\n%s", c.program, c.typed, got, want, seen.String())
		}
	}
}

// terminal makes a pseudo-terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 400}); err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func TestBash(t *testing.T) {
	need(t, "bash")
	dir := filepath.Join(made(t), "completions/bash")
	setup := "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'"
	for _, p := range programs {
		setup += fmt.Sprintf("; source %s/%s", dir, p.name)
	}
	typed(t, setup, "bash", "--norc", "--noprofile", "-i")
}

func TestZsh(t *testing.T) {
	need(t, "zsh")
	dir := filepath.Join(made(t), "completions/zsh")
	typed(t, "unset zle_bracketed_paste; fpath=("+dir+" $fpath); autoload -Uz compinit && compinit -u -D", "zsh", "-f", "-i")
}

func TestFish(t *testing.T) {
	need(t, "fish")
	dir := filepath.Join(made(t), "completions/fish")
	work := t.TempDir()
	for _, d := range []string{"tree-one", "tree-two"} {
		if err := os.Mkdir(filepath.Join(work, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(work, "file.o"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range completion {
		// fish's own command prints what a tab would offer, for a command that exists.
		script := fmt.Sprintf("function %[1]s; end; source %[2]s/%[1]s.fish; complete -C '%[1]s %[3]s'", c.program, dir, c.typed)
		cmd := exec.Command("fish", "--no-config", "-c", script)
		cmd.Dir = work
		cmd.Env = append(os.Environ(), "HOME="+work, "XDG_CONFIG_HOME="+work, "XDG_DATA_HOME="+work)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var offers []string
		for line := range strings.Lines(string(out)) {
			offer, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			offers = append(offers, strings.TrimSuffix(offer, "/"))
		}
		last := c.want[len(c.want)-1]
		switch {
		case strings.HasSuffix(c.typed, last):
			if len(offers) > 0 {
				t.Errorf("%s %s: %q", c.program, c.typed, offers)
			}
		case !slices.Contains(offers, last):
			t.Errorf("%s %s: %q, want %s", c.program, c.typed, offers, last)
		}
	}
}

// TestWriteFails checks that a directory that cannot be written to is an error.
func TestWriteFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if write(file, "1.2.3", time.Unix(1700000000, 0)) == nil {
		t.Error("no error")
	}
}

// FuzzText checks that no text is taken for a request of roff, and that none of its
// words is lost.
func FuzzText(f *testing.F) {
	f.Add("One. Two\n\n    .so /etc/passwd\n    'x \\fB\n\nThree")
	f.Add(".Xr a 1\n'.\\\" comment")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(s, "\r\x00") {
			return
		}
		for line := range strings.Lines(text(s)) {
			request := strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'")
			if request && !slices.Contains([]string{".Pp\n", ".Bd -literal -offset indent\n", ".Ed\n"}, line) {
				t.Errorf("%q becomes the request %q", s, line)
			}
			// The only escapes are those that escape writes.
			rest := regexp.MustCompile(`\\(?:[e&-]|\(dq|\[u[0-9A-F]{4,6}\])`).ReplaceAllString(line, "")
			if strings.Contains(rest, `\`) {
				t.Errorf("%q has the escape %q", s, rest)
			}
		}
	})
}
