// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package render

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// doc returns a document with the cases that are difficult for renderers: names
// that are long or contain special characters, numbers of both signs, empty cells.
func doc() *Doc {
	return &Doc{
		Title:   "A <b>report</b> of a_tree & more",
		Figures: []Figure{{Label: "calls <x>", Value: Change(-1936), Note: "1,940 → 4"}, {Label: "more", Value: Int(1)}},
		Lead:    []string{"One paragraph.", "Another one, which is so long that a terminal of forty columns has to break it."},
		Sections: []Section{
			{
				Title: "Could not be read", Problem: true,
				Table: &Table{
					Columns: []Column{{Title: "file", Kind: Name}, {Title: "what"}},
					Rows:    [][]Cell{{Text("a|b`c\x1b[31m\n.o"), Text("it is *no* [object](x) <script>alert(1)</script>, and goes on for a while")}},
				},
			},
			{
				Title: "Objects", Text: []string{"Sizes."},
				Table: &Table{
					Columns: []Column{
						{Title: "object", Kind: Name}, {Title: "code A", Kind: Number}, {Title: "code B", Short: "B", Kind: Number},
						{Title: "change", Kind: Number, Spare: 1}, {Title: "%", Kind: Number, Spare: 2},
					},
					Rows: [][]Cell{
						{Text("rust/kernel.o"), Int(1234567), Int(999), Change(-1233568), Percent(1234567, 999)},
						{Text("<alloc::vec::Vec<u8> as core::ops::drop::Drop>::drop::{closure#0}::<kernel::sync::Arc<_>>"), Int(0), Int(5), Change(5), Percent(0, 5)},
						{Text("größe.o"), Int(7), Int(7), Change(0), Percent(7, 7)},
						{Text("unknown.o"), None(), None(), None(), None()},
					},
					Total: []Cell{Text("total"), Int(1234574), Int(1011), Change(-1233563), Percent(1234574, 1011)},
				},
				Plots: []Plot{
					{
						Title: "Calls", Desc: "Calls of each object.", Series: []string{"A", "B"}, Kind: SideBySide,
						Bars: []Bar{{"rust/kernel.o", []float64{1940, 4}}, {"</text><script>", []float64{0, 1}}},
					},
					{
						Title: "Change", Desc: "Change of each object.", Unit: "bytes", Series: []string{"change"}, Kind: Diverging,
						Bars: []Bar{{"up.o", []float64{6935}}, {"down.o", []float64{-110}}},
					},
				},
			},
			{
				Title: "Steps",
				Table: &Table{Long: true, Columns: []Column{{Title: "step"}, {Title: "s", Kind: Number}}, Rows: [][]Cell{{Text("rustc"), Seconds(1.25)}, {Text(""), Seconds(0)}}},
				Plots: []Plot{
					{
						Title: "Time", Desc: "Time of each object.", Unit: "s", Series: []string{"rustc", "llvm-link", "clang"}, Kind: Stacked,
						Bars: []Bar{{"rust/kernel.o", []float64{3.5, 0.2, 1.1}}, {"none.o", []float64{0, 0, 0}}},
					},
					{Title: "No bars", Series: []string{"x"}},
				},
			},
			{Title: "Words alone", Text: []string{"Nothing."}},
			{
				Title: "Functions", Table: &Table{Columns: []Column{{Title: "function", Kind: Name}, {Title: "change", Kind: Number, Sum: true}}, Rows: [][]Cell{{Text("f"), Change(3)}}},
				Map: &Treemap{Title: "Bytes", Desc: "Where they went.", Unit: "bytes", Groups: []Group{
					{Label: "none.o", Tiles: []Tile{{Label: "same", Value: 0}}},
					{Label: "a<b>.o", Tiles: []Tile{
						{Label: "<script>::grew\x1b", Short: "grew", Value: 3000, More: "1 → 3,001"}, {Label: "shrank", Value: -2000}, {Label: "same", Value: 0}, {Label: "tiny", Value: 1},
					}},
				}},
			},
		},
	}
}

func golden(t *testing.T, name string, render func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := render(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, d)
	}
	return b.String()
}

func TestGoldens(t *testing.T) {
	golden(t, "table.golden", func(w io.Writer) error { return Terminal{}.Table(w, doc()) })
	golden(t, "table-80-colour.golden", func(w io.Writer) error { return Terminal{Width: 80, Colour: true}.Table(w, doc()) })
	golden(t, "table-40.golden", func(w io.Writer) error { return Terminal{Width: 40}.Table(w, doc()) })
	golden(t, "markdown.golden", func(w io.Writer) error { return Markdown(w, doc()) })
	golden(t, "html.golden", func(w io.Writer) error {
		_, err := io.WriteString(w, withoutAssets(t, page(t, doc())))
		return err
	})
}

// page returns a document as a page.
func page(t *testing.T, d *Doc) string {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withoutAssets returns a page without the contents of page.css and page.js, which it
// must have once each.
func withoutAssets(t *testing.T, page string) string {
	t.Helper()
	for _, asset := range []struct{ element, text string }{{"style", style}, {"script", script}} {
		whole := "<" + asset.element + ">\n" + asset.text + "</" + asset.element + ">"
		if n := strings.Count(page, whole); n != 1 {
			t.Errorf("the page has its %s %d times", asset.element, n)
		}
		page = strings.Replace(page, whole, "<"+asset.element+"/>", 1)
	}
	return page
}

var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// TestTerminal checks that no line is wider than the terminal while the numbers
// fit, and that the output has no control sequences except colours, and those only
// if colours are allowed.
func TestTerminal(t *testing.T) {
	for width := 60; width <= 200; width += 7 {
		for _, colour := range []bool{false, true} {
			var b strings.Builder
			if err := (Terminal{width, colour}).Table(&b, doc()); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if !colour && strings.Contains(line, "\x1b") {
					t.Errorf("%d: colour in %q", width, line)
				}
				text := sgr.ReplaceAllString(line, "")
				if n := utf8.RuneCountInString(text); n > width {
					t.Errorf("%d: a line of %d: %q", width, n, text)
				}
				if text != strings.TrimRight(text, " ") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
					t.Errorf("%d: %q", width, line)
				}
			}
		}
	}
}

// TestHTML checks that the page is well formed, loads nothing and has no script,
// and that each plot has a title, a description and a table.
func TestHTML(t *testing.T) {
	// The only script is the page's own.
	page := strings.Replace(withoutAssets(t, page(t, doc())), "<script/>", "", 1)
	for _, forbidden := range []string{"<script", "<b>", "http:", "https:", "@import", "<link", "<img", " onload", "\x1b"} {
		if strings.Contains(page, forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
	var open []string
	ids, refs, count := map[string]bool{}, []string{}, map[string]int{}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			count[e.Name.Local]++
			if e.Name.Local != "meta" {
				open = append(open, e.Name.Local)
			}
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("two elements are %q", a.Value)
					}
					ids[a.Value] = true
				case "aria-labelledby":
					refs = append(refs, strings.Fields(a.Value)...)
				case "fill":
					refs = append(refs, strings.TrimSuffix(strings.TrimPrefix(a.Value, "url(#"), ")"))
				}
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("%v is closed, open are %v", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	for _, ref := range refs {
		if !ids[ref] {
			t.Errorf("there is no %q", ref)
		}
	}
	if len(open) > 0 || count["svg"] != 4 || count["desc"] != 4 || count["table"] != 4 || count["dl"] != 1 || count["nav"] != 1 || count["details"] != 1 || len(refs) < 6 {
		t.Errorf("open %v, count %v, %d references", open, count, len(refs))
	}
}

// TestPlots checks that bars stay within the plot and end at their values, and that
// the plot leaves out all but the largest and says so.
func TestPlots(t *testing.T) {
	for _, kind := range []PlotKind{SideBySide, Stacked, Diverging} {
		for _, n := range []int{0, 1, 5, 500} {
			p := Plot{Kind: kind, Series: []string{"a", "b"}, Unit: "bytes"}
			if kind == Diverging {
				p.Series = p.Series[:1]
			}
			for i := range n {
				v := []float64{float64(i * i), float64(i)}
				if kind == Diverging {
					v = []float64{float64(i*i) * float64(1-i%2*2)}
				}
				p.Bars = append(p.Bars, Bar{fmt.Sprintf("some/directory/with/a/name/that/is/long/object%d.o", i), v})
			}
			p = p.Largest(func(b Bar) float64 { return max(b.Values[0], -b.Values[0]) })
			d := draw(p, 1)
			if p.Of != n || len(d.Rows) != min(n, Most) || d.Height < d.Bottom {
				t.Errorf("%d bars: %d of %d, height %d", n, len(d.Rows), p.Of, d.Height)
			}
			for i, r := range d.Rows {
				if n == 500 && i == 0 && !strings.HasSuffix(r.Full, "object499.o") {
					t.Errorf("the first of 500 is %s", r.Full)
				}
				if utf8.RuneCountInString(r.Label) > labelRunes {
					t.Errorf("label %q", r.Label)
				}
				for _, b := range r.Bars {
					if b.X < labelRoom || b.X+b.Width > plotWidth-valueRoom+1 || b.Y < d.Top || b.Y+b.Height > d.Bottom || b.Width < 0 {
						t.Errorf("kind %d, %d bars: %+v", kind, n, b)
					}
				}
			}
			for _, tick := range d.Ticks {
				if tick.X < labelRoom || tick.X > plotWidth-valueRoom {
					t.Errorf("tick %+v", tick)
				}
			}
			if n > 1 && (len(d.Ticks) < 2 || len(d.Ticks) > 8) {
				t.Errorf("%d ticks: %v", len(d.Ticks), d.Ticks)
			}
		}
	}
}

func TestDigits(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 7: "7", -7: "-7", 999: "999", 1000: "1,000", -123456: "-123,456", 1234567890: "1,234,567,890"} {
		if got := Digits(n); got != want {
			t.Errorf("Digits(%d) = %q", n, got)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"rust/kernel.o", 13, "rust/kernel.o"},
		{"drivers/android/binder/rust_binder_main.o", 20, "driver…binder_main.o"},
		{"größe", 4, "g…ße"},
	} {
		got := cut(c.text, c.width)
		if utf8.RuneCountInString(got) > c.width || c.text != got && !strings.Contains(got, "…") {
			t.Errorf("cut(%q, %d) = %q", c.text, c.width, got)
		}
		if got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// failing is a writer whose writes fail.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriteFails(t *testing.T) {
	for name, err := range map[string]error{
		"table": Terminal{}.Table(failing{}, doc()), "markdown": Markdown(failing{}, doc()), "html": HTML(failing{}, doc()),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzEscape checks that the name of a file stays in its cell of the table,
// whatever it contains.
func FuzzEscape(f *testing.F) {
	f.Add("a|b`c\n\x1b[31m")
	f.Add("``")
	f.Fuzz(func(t *testing.T, name string) {
		d := &Doc{Sections: []Section{{
			Table: &Table{Columns: []Column{{Title: "x", Kind: Name}, {Title: "y"}}, Rows: [][]Cell{{Text(name), Text(name)}}},
			Map:   &Treemap{Groups: []Group{{Label: name, Tiles: []Tile{{Label: name, Short: name, Value: 1, More: name}}}}},
		}}}
		var md, page strings.Builder
		if err := Markdown(&md, d); err != nil {
			t.Fatal(err)
		}
		last := strings.Split(strings.TrimSuffix(md.String(), "\n"), "\n")
		row := last[len(last)-1]
		if n := strings.Count(strings.ReplaceAll(row, `\|`, ""), "|"); n != 3 {
			t.Errorf("%d bars in %q", n, row)
		}
		if err := HTML(&page, d); err != nil {
			t.Fatal(err)
		}
		if strings.Count(page.String(), "<td") != 1 || strings.Count(page.String(), "<th scope=\"row\"") != 1 {
			t.Errorf("%q is not a cell", name)
		}
		if strings.Count(page.String(), "<rect") != 2 || strings.Count(page.String(), "<script") != 1 {
			t.Errorf("%q is not a label", name)
		}
	})
}
