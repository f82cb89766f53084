package shim

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"rustc-lto-wrap/shim/elfobj"
)

// recordSchema changes when a field changes its meaning.
const recordSchema = 1

// Record is what is written down of a rewritten object, in JSON, beside it.
type Record struct {
	Schema   int      `json:"schema"`
	Version  string   `json:"version"`
	Crate    string   `json:"crate"`
	Object   string   `json:"object"`
	Variant  Variant  `json:"variant"`
	Pipeline Pipeline `json:"pipeline"`
	WhyLate  string   `json:"why_late,omitempty"`
	Linkage  string   `json:"linkage"`
	Inline   string   `json:"inline"`
	// Called are the helpers that the crate refers to before inlining; Left
	// those that the object still refers to.
	Called []string `json:"helpers_called"`
	Left   []Left   `json:"helpers_left"`
	// NotInlined says why nothing was inlined, where nothing was even tried.
	NotInlined string `json:"not_inlined,omitempty"`
	// Text is the size of the object's code, in bytes.
	Text  uint64     `json:"text_bytes"`
	Steps []Measure  `json:"steps"`
	Tools *Toolchain `json:"tools"`
}

// Left is a helper that an object still refers to.
type Left struct {
	Name string `json:"name"`
	// References counts the relocations against it, Calls those that call.
	References int `json:"references"`
	Calls      int `json:"calls"`
	// Copy is set when the object has a copy of the helper (linkonce_odr and
	// internal): the assembler may have settled calls to it without a relocation.
	Copy   bool   `json:"copy,omitempty"`
	Reason string `json:"reason"`
}

// Measure is what a step took.
type Measure struct {
	Name   string  `json:"name"`
	Wall   float64 `json:"wall_s"`
	CPU    float64 `json:"cpu_s"`
	MaxRSS int64   `json:"max_rss_kib"`
}

func measure(name string, r Result) Measure {
	s := func(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
	return Measure{name, s(r.Wall), s(r.CPU), r.MaxRSS}
}

// leftOver lists the helpers that obj still refers to, with the reason for each.
func leftOver(obj *elfobj.Object, st *Stamp, s *Settings, linked bool) []Left {
	found := map[string]*Left{}
	for _, helper := range st.Helpers {
		_, undefined := slices.BinarySearch(obj.Undefined, helper)
		_, own := slices.BinarySearch(obj.Defined, helper)
		if undefined || own {
			found[helper] = &Left{Name: helper, Copy: own}
		}
	}
	for _, r := range obj.Refs {
		if l := found[r.Symbol]; l != nil {
			l.References++
			if r.Call {
				l.Calls++
			}
		}
	}
	out := make([]Left, 0, len(found))
	for _, n := range slices.Sorted(maps.Keys(found)) {
		l := found[n]
		l.Reason = whyLeft(st, s, l, linked)
		out = append(out, *l)
	}
	slices.SortStableFunc(out, func(a, b Left) int { return cmp.Compare(b.References, a.References) })
	return out
}

func whyLeft(st *Stamp, s *Settings, l *Left, linked bool) string {
	name := l.Name
	switch {
	case !linked:
		return "nothing was merged into this object"
	case len(st.Withheld[name]) > 0:
		return "it needs " + st.Withheld[name][0] + ", which is not exported to modules"
	case slices.Contains(st.NoInline, name):
		return "its source says noinline"
	case l.Copy && !s.Always:
		return "LLVM's cost model left calls to a copy of it, or its address is taken"
	case l.Calls == 0:
		return "its address is taken"
	case !s.Always:
		return "LLVM's cost model, or a difference of attributes"
	}
	return "LLVM cannot inline this call: its type differs from the definition's, or the body cannot be copied"
}

// inlinedNothing says whether every helper that the crate refers to is still
// called by the object, for another reason than the guard's.
func (r *Record) inlinedNothing(st *Stamp) bool {
	for _, l := range r.Left {
		if l.Calls == 0 || len(st.Withheld[l.Name]) > 0 {
			return false
		}
	}
	return len(r.Called) > 0 && len(r.Left) == len(r.Called)
}

// write puts the record beside the object.
func (r *Record) write(path string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return writeFile(path, append(data, '\n'))
}
