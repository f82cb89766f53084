// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Sorts and filters tables, and changes between light and dark. Without scripts the
// page has the same contents.
"use strict";
(() => {
  const make = (name, properties, ...children) => {
    const e = Object.assign(document.createElement(name), properties);
    e.append(...children);
    return e;
  };
  // The value of a cell: a number where it begins with one, else its text.
  const value = (row, column) => {
    const text = row.cells[column].textContent;
    const number = /^[-+]?[\d,]*\.?\d/.test(text) ? parseFloat(text.replace(/,/g, "")) : NaN;
    return { text, number };
  };
  const compare = (a, b, numeric) => {
    if (!numeric) return a.text.localeCompare(b.text, "en");
    // What is not known comes last, in both directions.
    if (isNaN(a.number) || isNaN(b.number)) return NaN;
    return a.number - b.number;
  };
  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const all = Array.from(body.rows);
    const heads = Array.from(table.tHead.rows[0].cells);
    // Rows that have no name are lines of a text, whose order says something.
    if (all.length < 2 || !all[0].cells[0].classList.contains("name")) continue;
    let rows = all.slice();
    let shown = () => true;
    const show = () => body.replaceChildren(...rows.filter(shown));
    heads.forEach((head, column) => {
      if (head.textContent === "") return;
      const numeric = head.classList.contains("number");
      const button = make("button", { type: "button", title: "sort" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        // Numbers begin with the largest, text with the first letter.
        const before = head.getAttribute("aria-sort");
        const down = before ? before === "ascending" : numeric;
        for (const h of heads) h.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = all.map((row) => ({ row, key: value(row, column) }));
        keyed.sort((a, b) => {
          const c = compare(a.key, b.key, numeric);
          if (isNaN(c)) return isNaN(a.key.number) - isNaN(b.key.number);
          return down ? -c : c;
        });
        rows = keyed.map((k) => k.row);
        show();
      });
    });
    if (all.length <= 20) continue;
    // A box to search in: a row is shown if it has all words.
    const lower = new Map(all.map((row) => [row, Array.from(row.cells, (cell) => cell.textContent).join("\n").toLowerCase()]));
    const sums = heads.flatMap((head, column) => ("sum" in head.dataset ? [column] : []));
    const count = make("output", {});
    const tell = () => {
      const some = all.filter(shown);
      let text = `${some.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} rows`;
      for (const column of sums) {
        const sum = some.reduce((n, row) => n + (value(row, column).number || 0), 0);
        text += `, ${heads[column].textContent} ${sum > 0 ? "+" : ""}${sum.toLocaleString("en")}`;
      }
      count.textContent = text;
    };
    const box = make("input", { type: "search", placeholder: "Search, as in: binder drop", ariaLabel: "Search in the table" });
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      shown = (row) => words.every((word) => lower.get(row).includes(word));
      show();
      tell();
    });
    tell();
    table.parentElement.before(make("p", { className: "search" }, box, " ", count));
  }
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = make("button", { type: "button", className: "theme" });
  const label = () => (button.textContent = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark" ? "Light" : "Dark");
  button.addEventListener("click", () => {
    root.dataset.theme = button.textContent.toLowerCase();
    label();
  });
  dark.addEventListener("change", label);
  label();
  document.querySelector("main").prepend(button);
})();
