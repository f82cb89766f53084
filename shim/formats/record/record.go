// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package record defines the record of each object that the shims could rewrite: a
// small JSON file beside the object, which the kernel's make clean removes.
//
// Schema 2 is one JSON object with the fields of [Record]. A reader rejects any
// other schema, because a field may have another meaning there. It ignores unknown
// fields.
package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rustc-lto-wrap/shim/formats/remains"
)

// Schema is the version of the format. It changes when a field changes its meaning.
const Schema = 2

// Record is the record of one object. docs/reports.md has its fields with these comments.
type Record struct {
	// Schema is 2. It changes when a field changes its meaning; fields may be added.
	Schema int `json:"schema"`
	// Version is the version of the program.
	Version string `json:"version"`
	// Crate is the name of the crate.
	Crate string `json:"crate"`
	// Object is the path that kbuild asked for, usually relative to the object tree.
	Object string `json:"object"`
	// Mode is the value of LTO_WRAP: `on`, `try` or `off`.
	Mode string `json:"mode"`
	// Variant is the variant of the helpers: `builtin` or `module`.
	Variant string `json:"variant"`
	// Pipeline is the pipeline that made the object: `early` or `late`. It is absent if
	// nothing was rewritten.
	Pipeline string `json:"pipeline,omitempty"`
	// WhyLate is the reason why the pipeline is `late` although `early` is set.
	WhyLate string `json:"why_late,omitempty"`
	// Optimize is what the pipeline `early` optimised for: `speed` or `size`. It is absent
	// with `late`, in which rustc decides, and for a crate that rustc hardly optimises
	// (-Copt-level=0 or 1).
	Optimize string `json:"optimize,omitempty"`
	// Linkage and Inline are the settings that the object was made with. They are absent if
	// nothing was rewritten.
	Linkage string `json:"linkage,omitempty"`
	Inline  string `json:"inline,omitempty"`
	// Dropped are the flags of kbuild's that the helpers' bitcode was made without
	// (LTO_WRAP_HELPERS_DROP).
	Dropped []string `json:"dropped_flags,omitempty"`
	// Called are the helpers that the crate refers to before inlining, and Left those that
	// the object still refers to. Both are empty if nothing was rewritten, even if the
	// object refers to helpers.
	Called []string `json:"helpers_called"`
	Left   []Left   `json:"helpers_left"`
	// Adapted are the helpers that were given the type with which the crate declares them:
	// rustc and clang give them different types, which are passed in the same place.
	Adapted []string `json:"helpers_adapted,omitempty"`
	// NotInlined is the reason why inlining was not attempted.
	NotInlined string `json:"not_inlined,omitempty"`
	// Contract is present if the object was made in another way than the settings ask for,
	// because the crate has code that the optimiser must remove.
	Contract *Contract `json:"contract,omitempty"`
	// Attempt is present if an error prevented inlining. With it, make checks in each build
	// whether it still does.
	Attempt *Attempt `json:"attempt,omitempty"`
	// Search is how the files of a module were searched for functions of its own that have
	// the names of helpers.
	Search *Search `json:"search,omitempty"`
	// Text is the size of the code in bytes as clang wrote it. Later steps of kbuild change
	// the object: objtool may add code.
	Text uint64 `json:"text_bytes,omitempty"`
	// Steps are the processes that made the object, in order.
	Steps []Step `json:"steps"`
	// Tools are the tools that were used, by name: rustc and clang, and llvm-link and llvm-as
	// if they were needed.
	Tools map[string]Tool `json:"tools,omitempty"`
}

// Contract is what became of a crate with code that the optimiser must remove, such as
// the failing branch of build_assert!.
type Contract struct {
	// Form is how the object was made: [LLVMLimits], [Late] or [Alone].
	Form string `json:"form"`
	// Symbols are those that the object would need if it were made as the settings ask
	// for, and that rustc alone optimises away, sorted.
	Symbols []string `json:"symbols"`
	// Kept is how many compilations in a row have begun with this form, because it had
	// worked before. Key identifies the commands of the form that the settings ask for.
	Kept int    `json:"kept"`
	Key  string `json:"key"`
}

// These are the forms of an object in the order in which they are tried. The empty form
// is the one that the settings ask for.
const (
	LLVMLimits = "llvm-limits" // the early pipeline with LLVM's own limits for inlining
	Late       = "late"        // the late pipeline
	Alone      = "alone"       // rustc alone, without inlining
)

// Reason says why the object was made in its form.
func (c *Contract) Reason() string {
	return "otherwise the object would need " + strings.Join(c.Symbols, ", ") + ", which rustc alone optimises away"
}

// Description says how the object was made.
func (c *Contract) Description() string {
	switch c.Form {
	case LLVMLimits:
		return "with LLVM's own limits for inlining"
	case Late:
		return "in the late pipeline"
	}
	return "without inlining"
}

// Attempt is how an object was to be made: rustc's arguments, and the variables that
// planning reads.
type Attempt struct {
	Args []string          `json:"args"`
	Env  map[string]string `json:"env"`
}

// PipelineAndGoal returns the pipeline and what it optimised for, as "early, speed". It returns
// "" if nothing was rewritten.
func (r *Record) PipelineAndGoal() string {
	if r.Optimize == "" {
		return r.Pipeline
	}
	return r.Pipeline + ", " + r.Optimize
}

// Left is a helper that an object still refers to.
type Left struct {
	Name string `json:"name"`
	// References is the number of relocations against the helper. Calls is how many
	// of them are calls.
	References int `json:"references"`
	Calls      int `json:"calls"`
	// Copy is set if the object contains a copy of the helper (linkonce_odr and
	// internal). The assembler may then have resolved calls to it without a
	// relocation.
	Copy bool `json:"copy,omitempty"`
	// Reason is why, as a sentence; Kind and Symbol are its parts.
	Reason string       `json:"reason"`
	Kind   remains.Kind `json:"kind,omitempty"`
	Symbol string       `json:"symbol,omitempty"`
}

// SetReason sets the reason.
func (l *Left) SetReason(r remains.Reason) { l.Reason, l.Kind, l.Symbol = r.String(), r.Kind, r.Symbol }

// Search is where and what was looked for to learn whether the module of a crate has
// functions of its own by the names of helpers, or of what these need. See package own.
type Search struct {
	// Module is what kbuild calls the module (RUST_MODFILE), "" if a rule of the module's
	// own compiles the crate.
	Module string `json:"module,omitempty"`
	// Dirs are the directories with what belongs to the module: that of its sources, and
	// that of its objects where it is another one. Makefile is the directory of the Makefile
	// that names the module's objects.
	Dirs     []string `json:"dirs"`
	Makefile string   `json:"makefile,omitempty"`
	// Srctree and Objtree are the kernel's.
	Srctree string `json:"srctree"`
	Objtree string `json:"objtree"`
	// Helpers are the helpers that the crate calls, Needs what they need.
	Helpers []string `json:"helpers"`
	Needs   []string `json:"needs,omitempty"`
}

// Step is what a process used: elapsed time, user and system time, peak memory.
type Step struct {
	Name   string  `json:"name"`
	Wall   float64 `json:"wall_s"`
	CPU    float64 `json:"cpu_s"`
	MaxRSS int64   `json:"max_rss_kib"`
}

// Tool is a tool that was run, with the version that it prints.
type Tool struct {
	Argv    []string `json:"argv"`
	Version string   `json:"version"`
	// LLVM is the major version of the tool's LLVM.
	LLVM int `json:"llvm_major"`
	// Origin says where the tool was found. Why says why it was taken, "" if it is the
	// first of rustc's LLVM.
	Origin string `json:"origin,omitempty"`
	Why    string `json:"why,omitempty"`
}

const prefix, suffix = ".tmp_", ".lto_wrap.json"

// Path returns the path of an object's record. The clean target of kbuild removes
// .tmp_* from every directory, and the kernel's .gitignore covers these files (kernel
// Makefile, "clean").
func Path(object string) string {
	dir, base := filepath.Split(object)
	return dir + prefix + base + suffix
}

// ObjectOf returns the path of the object to which the record at path belongs, "" if path
// is not the path of a record.
func ObjectOf(path string) string {
	dir, base := filepath.Split(path)
	object, ok := strings.CutPrefix(base, prefix)
	object, is := strings.CutSuffix(object, suffix)
	if !ok || !is || object == "" {
		return ""
	}
	return dir + object
}

// Marshal returns the record as JSON text.
func (r *Record) Marshal() ([]byte, error) {
	out := *r
	out.Schema = Schema
	if out.Called == nil {
		out.Called = []string{}
	}
	if out.Left == nil {
		out.Left = []Left{}
	}
	data, err := json.MarshalIndent(&out, "", " ")
	return append(data, '\n'), err
}

// These are the errors of [Parse] and [Read] other than those of the file system.
var (
	// ErrDamaged is the error for text that is not JSON, or not a record.
	ErrDamaged = errors.New("damaged")
	// ErrSchema is the error for a record with an older or newer schema.
	ErrSchema = errors.New("of another schema")
)

// Parse parses the text of a record. The error wraps ErrDamaged or ErrSchema, and
// says what is wrong.
func Parse(data []byte) (*Record, error) {
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	switch {
	case head.Schema == nil:
		return nil, fmt.Errorf("%w: it has no schema and is not a record of this program", ErrDamaged)
	case *head.Schema != Schema:
		return nil, fmt.Errorf("%w: schema %d, and this program reads %d", ErrSchema, *head.Schema, Schema)
	}
	r := new(Record)
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(r); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	if r.Object == "" {
		return nil, fmt.Errorf("%w: it names no object", ErrDamaged)
	}
	return r, nil
}

// Read reads the record of an object. If there is none, the error is an
// [fs.ErrNotExist].
func Read(object string) (*Record, error) {
	path := Path(object)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := Parse(data)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	return r, nil
}
