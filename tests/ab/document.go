package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"rustc-lto-wrap/shim/compare"
	"rustc-lto-wrap/shim/render"
	"rustc-lto-wrap/shim/wrapreport"
)

// formats of the report. The first is the default.
var formats = []string{"table", "markdown", "html"}

// Report is all that is to be said.
type Report struct {
	Title      string
	About      []string // the tools and settings, a paragraph each
	Comparison *compare.Comparison
	Outcome    Outcome
	// Boots of each kernel in which instructions were counted; NotCounted says why there are none.
	Counted    Sides[[][]SuiteCount]
	NotCounted string
}

// Write writes the report in one of the formats.
func (r Report) Write(w io.Writer, format string) error {
	switch format {
	case "html":
		return render.HTML(w, r.doc(0))
	case "markdown":
		return render.Markdown(w, r.doc(wrapreport.Most))
	}
	return render.Terminal{}.Table(w, r.doc(wrapreport.Most))
}

// doc is the comparison of the trees, as rustc-lto-wrap --wrap-compare gives it, after what was seen besides. Long tables
// have limit rows, all if it is 0.
func (r Report) doc(limit int) *render.Doc {
	c := *r.Comparison
	// The times are those of the rounds, and told there.
	c.Time, c.Objects = nil, slices.Clone(c.Objects)
	for i := range c.Objects {
		c.Objects[i].Wall, c.Objects[i].CPU = nil, nil
	}
	d := wrapreport.CompareDoc(&c, limit)
	d.Title = r.Title
	d.Lead = slices.Concat([]string{r.Outcome.Sentence()}, r.About, d.Lead)
	var own []render.Section
	if len(r.Outcome.Tally.Different) > 0 {
		own = append(own, differentSection(r.Outcome.Tally.Different))
	}
	if r.Outcome.Tally.Tests > 0 {
		own = append(own, r.testSection())
	}
	if len(r.Outcome.Times.Objects) > 0 {
		own = append(own, timeSection(r.Outcome.Times))
	}
	d.Sections = slices.Concat(own, d.Sections)
	return d
}

func differentSection(list []Difference) render.Section {
	table := &render.Table{Columns: []render.Column{{Title: "what", Kind: render.Name}, {Title: "A"}, {Title: "B"}}}
	for _, d := range list {
		table.Rows = append(table.Rows, []render.Cell{render.Text(d.What), render.Text(d.A), render.Text(d.B)})
	}
	return render.Section{Title: "What the kernels do differently", Table: table, Problem: true}
}

func (r Report) testSection() render.Section {
	t := r.Outcome.Tally
	number := func(title string) render.Column { return render.Column{Title: title, Kind: render.Number} }
	table := &render.Table{Columns: []render.Column{{Title: "suite", Kind: render.Name}, number("tests"), number("pass in A"), number("in B")}}
	text := []string{fmt.Sprintf("Each kernel ran its tests in %s under QEMU; a test passes if it does so each time.", render.Count(t.Boots, "boot"))}
	counted := r.NotCounted == ""
	if counted {
		table.Columns = append(table.Columns, number("instructions in A, thousands"), number("in B"), number("%"))
		text = append(text, "The guest's clock counted instructions in the boots with one processor; what prints the results to the console is among them. "+repeated(r.Counted))
	} else {
		text = append(text, "Instructions were not counted: "+r.NotCounted)
	}
	row := func(name string, tests int, pass Sides[int], count Sides[int64]) []render.Cell {
		cells := []render.Cell{render.Text(name), render.Int(tests), render.Int(pass.A), render.Int(pass.B)}
		if counted {
			cells = append(cells, render.Int(count.A), render.Int(count.B), render.Percent(float64(count.A), float64(count.B)))
		}
		return cells
	}
	of := func(boots [][]SuiteCount, suite string) (n int64) {
		if len(boots) > 0 {
			for _, c := range boots[0] {
				if c.Suite == suite {
					n += c.Thousands
				}
			}
		}
		return n
	}
	var total SuiteTally
	for _, s := range t.Suites {
		table.Rows = append(table.Rows, row(s.Name, s.Tests, s.Pass, Sides[int64]{of(r.Counted.A, s.Name), of(r.Counted.B, s.Name)}))
		total.Tests, total.Pass.A, total.Pass.B = total.Tests+s.Tests, total.Pass.A+s.Pass.A, total.Pass.B+s.Pass.B
	}
	table.Total = row("total", total.Tests, total.Pass, r.Outcome.Thousands)
	return render.Section{Title: "The kernel's own tests", Text: text, Table: table}
}

// repeated says how well the counting repeats.
func repeated(counted Sides[[][]SuiteCount]) string {
	most := int64(0)
	for _, boots := range [][][]SuiteCount{counted.A, counted.B} {
		for _, b := range boots[1:] {
			most = max(most, thousands(b)-thousands(boots[0]), thousands(boots[0])-thousands(b))
		}
	}
	if most == 0 {
		return "Each kernel counted the same in both of its boots."
	}
	return fmt.Sprintf("Two boots of one kernel differ by %s thousand at most.", render.Digits(most))
}

func timeSection(t Times) render.Section {
	number := func(title string) render.Column { return render.Column{Title: title, Kind: render.Number} }
	table := &render.Table{Columns: []render.Column{
		{Title: "object", Kind: render.Name}, number("A, median"), number("range"), number("B, median"), number("range"), number("%"),
	}}
	row := func(name string, cpu Sides[Sample]) []render.Cell {
		cells := []render.Cell{render.Text(name)}
		for _, s := range []Sample{cpu.A, cpu.B} {
			cells = append(cells, render.Text(seconds(s.Median())), render.Text(seconds(slices.Min(s))+" to "+seconds(slices.Max(s))))
		}
		return append(cells, render.Percent(cpu.A.Median(), cpu.B.Median()))
	}
	for _, o := range t.Objects {
		table.Rows = append(table.Rows, row(o.Path, o.CPU))
	}
	table.Total = row("total", t.Total)
	return render.Section{
		Title: "Processor time of compiling",
		Text: []string{fmt.Sprintf("Seconds, all steps of an object, in %s each, in turn. The total is that of each build, and is not the sum of the medians. "+
			"The helpers' bitcode, which B makes once for built-in code and once for modules, is not in it.",
			render.Count(len(t.Total.A), "build"))},
		Table: table,
	}
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) }
