// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package release

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/shim/report/render"
)

// probe clicks and types as a reader does, and leaves what came of it in the page.
const probe = `<script>
const seen = {errors: window.failures};
const names = () => Array.from(document.querySelectorAll("section:first-of-type tbody tr")).slice(0, 2).map((r) => r.cells[0].textContent);
const heads = document.querySelectorAll("thead button");
const box = document.querySelector("input");
const type = (text) => { box.value = text; box.dispatchEvent(new Event("input")); };
const start = performance.now();
seen.heads = heads.length;
seen.boxes = document.querySelectorAll("input").length;
seen.all = document.querySelector("output").textContent;
heads[1].click();
seen.largest = names(); seen.sort = heads[1].parentElement.getAttribute("aria-sort");
heads[1].click();
seen.smallest = names();
heads[0].click();
seen.first = names();
type("FUNCTION4999");
seen.found = names(); seen.count = document.querySelector("output").textContent;
type("function 12 b.o");
seen.both = document.querySelectorAll("section:first-of-type tbody tr").length;
type("nothing of the kind");
seen.none = names();
type("");
seen.again = document.querySelectorAll("section:first-of-type tbody tr").length;
seen.fast = performance.now() - start < 5000;
document.querySelector(".theme").click();
seen.theme = document.documentElement.dataset.theme;
seen.back = getComputedStyle(document.body).backgroundColor;
document.querySelector(".theme").click();
seen.light = getComputedStyle(document.body).backgroundColor;
document.title = "result " + JSON.stringify(seen);
</script></body>`

// TestPage opens a page in a real browser, and sorts and searches in a table with
// thousands of functions.
func TestPage(t *testing.T) {
	need(t)
	install(t, "chromium", "chromium")
	const rows = 5000
	table := &render.Table{Columns: []render.Column{
		{Title: "function", Kind: render.Name}, {Title: "change", Kind: render.Number, Sum: true}, {Title: "object", Kind: render.Name},
	}}
	both := 0
	for i := range rows {
		cell, object := render.Change(int64(i*7919%rows-rows/2)), "a.o"
		if i%2 == 1 {
			object = "b.o"
		}
		if i == 7 {
			cell = render.None()
		}
		name := fmt.Sprintf("kernel::function%d", i)
		if strings.Contains(name+"\n"+cell.Text, "12") && object == "b.o" {
			both++
		}
		table.Rows = append(table.Rows, []render.Cell{render.Text(name), cell, render.Text(object)})
	}
	page := filepath.Join(t.TempDir(), "page.html")
	f, err := os.Create(page)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := render.HTML(&b, &render.Doc{Title: "Many", Sections: []render.Section{
		{Title: "Functions", Table: table},
		{Title: "Words", Table: &render.Table{Columns: []render.Column{{Title: "total"}}, Rows: [][]render.Cell{{render.Text("one")}, {render.Text("two")}}}},
	}}); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(b.String(), "<head>", "<head><script>window.failures = []; onerror = (m) => failures.push(m)</script>", 1)
	if _, err := f.WriteString(strings.Replace(text, "</body>", probe, 1)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	out := run(t, "", nil, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+page)
	m := regexp.MustCompile(`<title>result (.*?)</title>`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("the script did not come to its end:\n%.2000s", out)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &got); err != nil {
		t.Fatal(err)
	}
	value := func(want int) string {
		for i := range rows {
			if i != 7 && i*7919%rows-rows/2 == want {
				return fmt.Sprintf("kernel::function%d", i)
			}
		}
		return ""
	}
	sum := 0
	for i := range rows {
		if i != 7 {
			sum += i*7919%rows - rows/2
		}
	}
	want := map[string]any{
		"errors": []any{}, "heads": 3.0, "boxes": 1.0, "all": fmt.Sprintf("5,000 of 5,000 rows, change %s", render.Change(int64(sum)).Text),
		"largest": []any{value(2499), value(2498)}, "sort": "descending", "smallest": []any{value(-2500), value(-2499)},
		"first": []any{"kernel::function0", "kernel::function1"},
		"found": []any{"kernel::function4999"}, "count": fmt.Sprintf("1 of 5,000 rows, change %s", render.Change(int64(4999*7919%rows-rows/2)).Text),
		"both": float64(both), "none": []any{}, "again": float64(rows), "fast": true,
		"theme": "dark", "back": "rgb(21, 24, 28)", "light": "rgb(255, 255, 255)",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what the page did (-want +got):\n%s", d)
	}
}
