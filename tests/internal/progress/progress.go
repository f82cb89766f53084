// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package progress tells what a program of many steps does: which step runs, how far it is, and how long the rest will
// take. It is for programs that run for minutes. A log gets a line from time to time. A terminal has one line that
// changes.
package progress

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"rustc-lto-wrap/shim/report/render"
)

// Far says how far a step is that began at this time. It is "" where nothing can be said.
type Far func(began time.Time) string

// Plan is the steps of a program. It is also the writer for what the steps print: a line on a terminal that changes makes
// room for it.
type Plan struct {
	program  string
	out      io.Writer
	terminal bool
	every    time.Duration // between two lines about one step
	now      func() time.Time
	// left are the usual times of the steps that have not begun.
	left  []time.Duration
	begun int
	// usual and taken are those of the steps that have ended.
	usual, taken time.Duration

	mu     sync.Mutex
	status string // the line of the terminal that changes, "" if there is none
	within bool   // what a step has printed last does not end its line
}

// New returns a plan that has no steps yet, which is written to a terminal or a log.
func New(program string, out *os.File) *Plan {
	p := &Plan{program: program, out: out, terminal: term.IsTerminal(int(out.Fd())), every: 20 * time.Second, now: time.Now}
	if p.terminal {
		p.every = 5 * time.Second
	}
	return p
}

// Expect adds steps: the usual times that they take on two cores, in order; 0 stands for one that is not known beforehand.
// How the first steps compare with them corrects what is expected of the others.
func (p *Plan) Expect(usual ...time.Duration) { p.left = append(p.left, usual...) }

// Say tells of something in a line of its own.
func (p *Plan) Say(format string, values ...any) {
	p.mu.Lock()
	before := ""
	if p.within {
		before = "\n"
	}
	p.mu.Unlock()
	fmt.Fprintf(p, before+p.program+": "+format+"\n", values...)
}

// Write writes what a step prints.
func (p *Plan) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.show(""); err != nil {
		return 0, err
	}
	if len(text) > 0 {
		p.within = text[len(text)-1] != '\n'
	}
	return p.out.Write(text)
}

// show replaces the line that changes.
func (p *Plan) show(status string) error {
	if status == p.status {
		return nil
	}
	p.status = status
	// Back to the first column, and clear to the end of the line: ECMA-48, EL.
	_, err := io.WriteString(p.out, "\r\x1b[K"+status)
	return err
}

// Step is the next step: it says what it is, does it, and says from time to time how far it is and in the end how long it
// took. far may be nil.
func (p *Plan) Step(what string, far Far, do func() error) error {
	var usual time.Duration
	if len(p.left) > 0 {
		usual, p.left = p.left[0], p.left[1:]
	}
	p.begun++
	number := fmt.Sprintf("%d of %d", p.begun, p.begun+len(p.left))
	began := p.now()
	p.Say("%s: %s%s", number, what, p.expected(usual, 0))
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(p.every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.tell(number, usual, began, far)
			}
		}
	}()
	err := do()
	close(done)
	<-stopped
	taken := p.now().Sub(began)
	switch {
	case err != nil:
		p.Say("%s: failed after %s", number, seconds(taken))
	case taken >= time.Second:
		p.Say("%s: done in %s", number, seconds(taken))
	}
	if usual > 0 {
		p.usual, p.taken = p.usual+usual, p.taken+taken
	}
	return err
}

// tell says how far a step is.
func (p *Plan) tell(number string, usual time.Duration, began time.Time, far Far) {
	taken := p.now().Sub(began)
	text := number + ": " + seconds(taken)
	if far != nil {
		if f := far(began); f != "" {
			text += ", " + f
		}
	}
	text += p.expected(usual, taken)
	if !p.terminal {
		p.Say("%s", text)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.within {
		return // the step's own line goes on
	}
	_ = p.show(p.program + ": " + text) // whoever closes the terminal does not read it
}

// expected says how long it takes until the end of a step that has run for some time, and until the end of all.
func (p *Plan) expected(usual, taken time.Duration) string {
	pace := 1.0
	if p.usual >= time.Minute && p.taken > 0 {
		pace = float64(p.taken) / float64(p.usual)
	}
	scaled := func(d time.Duration) time.Duration { return time.Duration(pace * float64(d)) }
	rest := max(0, scaled(usual)-taken)
	all := rest
	for _, u := range p.left {
		all += scaled(u)
	}
	if all == 0 {
		return ""
	}
	text := about(all) + " until the end"
	if taken == 0 && 0 < rest && rest < all {
		text = about(rest) + ", " + text
	}
	return "; " + text
}

func about(d time.Duration) string {
	if d < time.Minute {
		return "less than a minute"
	}
	return fmt.Sprintf("about %.0f min", d.Minutes())
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }

// Objects says how many objects in a tree (host path) are newer than the beginning of a step.
func Objects(tree string) Far {
	return func(began time.Time) string {
		n := 0
		// A file that goes while this walks is none of its business.
		_ = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
			// rustc has a .rcgu.o for each codegen unit of a program, and removes them.
			if err != nil || !strings.HasSuffix(path, ".o") || strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(path, ".rcgu.o") {
				return nil
			}
			if info, err := d.Info(); err == nil && info.ModTime().After(began) {
				n++
			}
			return nil
		})
		return render.Count(n, "object") + " made"
	}
}
