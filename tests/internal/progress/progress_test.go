// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package progress

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that goes on when a test says so.
type clock struct{ time.Time }

func (c *clock) pass(d time.Duration) { c.Time = c.Add(d) }

// planned returns a plan that writes into a text.
func planned(terminal bool, usual ...time.Duration) (*Plan, *strings.Builder, *clock) {
	out, c := new(strings.Builder), &clock{time.Unix(0, 0)}
	return &Plan{
		program: "ab", out: out, terminal: terminal, every: time.Hour, now: func() time.Time { return c.Time }, left: usual,
	}, out, c
}

// TestLog runs three steps, on a machine that takes twice the usual time.
func TestLog(t *testing.T) {
	p, out, c := planned(false, 0, 3*time.Minute, 30*time.Second)
	work := func(d time.Duration, err error) func() error {
		return func() error { c.pass(d); return err }
	}
	if err := p.Step("the lab", nil, work(0, nil)); err != nil {
		t.Error(err)
	}
	_ = p.Step("building", nil, func() error {
		began := c.Time
		c.pass(time.Minute)
		p.tell("2 of 3", 3*time.Minute, began, func(time.Time) string { return "7 objects made" })
		return work(5*time.Minute, nil)()
	})
	broken := errors.New("broken")
	if err := p.Step("booting", nil, work(time.Second, broken)); err != broken {
		t.Errorf("the step's error became %v", err)
	}
	p.Say("the report is in %s", "x")
	_ = p.Step("once more", nil, work(0, nil))
	want := `ab: 1 of 3: the lab; about 4 min until the end
ab: 2 of 3: building; about 3 min, about 4 min until the end
ab: 2 of 3: 60 s, 7 objects made; about 2 min until the end
ab: 2 of 3: done in 360 s
ab: 3 of 3: booting; about 1 min until the end
ab: 3 of 3: failed after 1 s
ab: the report is in x
ab: 4 of 4: once more
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestLineThatGoesOn checks that nothing is written into a line that a step has begun, or over it.
func TestLineThatGoesOn(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		p, out, c := planned(terminal)
		_ = p.Step("downloading", nil, func() error {
			began := c.Time
			for _, text := range []string{"50 %", " 60 %"} {
				if _, err := p.Write([]byte(text)); err != nil {
					t.Error(err)
				}
				if c.pass(time.Second); terminal {
					p.tell("1 of 1", 0, began, nil)
				}
			}
			return nil
		})
		want := "ab: 1 of 1: downloading\n50 % 60 %\nab: 1 of 1: done in 2 s\n"
		if d := cmp.Diff(want, out.String()); d != "" {
			t.Errorf("terminal %t (-want +got)\n%s", terminal, d)
		}
	}
}

// TestTerminal checks that the line that changes is gone before anything else is written.
func TestTerminal(t *testing.T) {
	p, out, c := planned(true, time.Minute)
	_ = p.Step("building", nil, func() error {
		began := c.Time
		c.pass(20 * time.Second)
		p.tell("1 of 1", time.Minute, began, nil)
		p.tell("1 of 1", time.Minute, began, nil)
		if _, err := p.Write([]byte("make: a warning\n")); err != nil {
			t.Error(err)
		}
		return nil
	})
	want := "ab: 1 of 1: building; about 1 min until the end\n" +
		"\r\x1b[Kab: 1 of 1: 20 s; less than a minute until the end" +
		"\r\x1b[Kmake: a warning\n" +
		"ab: 1 of 1: done in 20 s\n"
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// TestTicks checks that a step that takes long is told of.
func TestTicks(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := New("ab", file)
	p.every = time.Millisecond
	told := make(chan struct{}, 1)
	_ = p.Step("waiting", func(time.Time) string {
		select {
		case told <- struct{}{}:
		default:
		}
		return ""
	}, func() error { <-told; return nil })
	text, err := os.ReadFile(file.Name())
	if err != nil || !strings.Contains(string(text), "ab: 1 of 1: waiting\nab: 1 of 1: 0 s\n") {
		t.Errorf("%v; the log is:\n%s", err, text)
	}
}

// TestObjects counts new objects, and no intermediate files.
func TestObjects(t *testing.T) {
	dir := t.TempDir()
	began := time.Now().Add(-time.Minute)
	for _, name := range []string{"a.o", "b.o", "old.o", ".tmp.o", "c.ko", "generate.generate.1234-cgu.0.rcgu.o"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old := began.Add(-time.Minute)
	if err := os.Chtimes(filepath.Join(dir, "old.o"), old, old); err != nil {
		t.Fatal(err)
	}
	if got := Objects(dir)(began); got != "2 objects made" {
		t.Errorf("got %q", got)
	}
}
