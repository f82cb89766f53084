// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package record is the form of what is written down of each object that the
// shims could rewrite: a small JSON file beside it, which the kernel's make clean
// removes.
//
// Schema 2 is one JSON object with the fields of [Record]. A reader refuses
// another schema than its own, since a field may then mean something else, and
// takes a field that it does not know for nothing.
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
)

// Schema changes when a field changes its meaning.
const Schema = 2

// Record is what is written down of one object.
type Record struct {
	Schema int `json:"schema"`
	// Version is that of the shim.
	Version string `json:"version"`
	Crate   string `json:"crate"`
	// Object is the path that kbuild asked for, mostly relative to the object tree.
	Object string `json:"object"`
	// Mode is LTO_WRAP's: on, try or off.
	Mode string `json:"mode"`
	// Variant says for what the helpers were compiled: builtin or module.
	Variant string `json:"variant"`
	// Pipeline, Linkage and Inline are settings that the object was made with, ""
	// where nothing was rewritten. WhyLate says why the pipeline is late although
	// early was asked for.
	Pipeline string `json:"pipeline,omitempty"`
	WhyLate  string `json:"why_late,omitempty"`
	Linkage  string `json:"linkage,omitempty"`
	Inline   string `json:"inline,omitempty"`
	// Called are the helpers that the crate refers to before inlining, sorted;
	// Left are those that the object still refers to. Both are empty where nothing
	// was rewritten: the object itself tells then.
	Called []string `json:"helpers_called"`
	Left   []Left   `json:"helpers_left"`
	// NotInlined says why nothing was inlined, where nothing was even tried.
	NotInlined string `json:"not_inlined,omitempty"`
	// Text is the size of the object's code in bytes as clang wrote it, 0 where
	// nothing was rewritten. (Kbuild's recipe goes on with the object: objtool may
	// add code of its own.)
	Text uint64 `json:"text_bytes,omitempty"`
	// Steps are the processes that made the object, in their order.
	Steps []Step `json:"steps"`
	// Tools are the tools that could be found, by name: rustc, clang, llvm-link,
	// llvm-as.
	Tools map[string]Tool `json:"tools,omitempty"`
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

// Step is what a process took: elapsed time, user and system time, peak memory.
type Step struct {
	Name   string  `json:"name"`
	Wall   float64 `json:"wall_s"`
	CPU    float64 `json:"cpu_s"`
	MaxRSS int64   `json:"max_rss_kib"`
}

// Tool is a tool that was run, and what it says of itself.
type Tool struct {
	Argv    []string `json:"argv"`
	Version string   `json:"version"`
	// LLVM is the major version of the LLVM in it.
	LLVM int `json:"llvm_major"`
}

const prefix, suffix = ".tmp_", ".lto_wrap.json"

// Path is where the record of an object is. Kbuild's clean removes .tmp_* in
// every folder, and its .gitignore covers them (kernel Makefile, "clean").
func Path(object string) string {
	dir, base := filepath.Split(object)
	return dir + prefix + base + suffix
}

// Of is the path of the object that a record is of, "" if path is not one of a
// record.
func Of(path string) string {
	dir, base := filepath.Split(path)
	object, ok := strings.CutPrefix(base, prefix)
	object, is := strings.CutSuffix(object, suffix)
	if !ok || !is || object == "" {
		return ""
	}
	return dir + object
}

// Marshal is the text of a record.
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

// Errors of [Parse] and [Read], besides those of the file system.
var (
	// ErrDamaged: no JSON, or JSON that is no record.
	ErrDamaged = errors.New("damaged")
	// ErrSchema: a record of an older or newer schema.
	ErrSchema = errors.New("of another schema")
)

// Parse reads the text of a record. Its errors are ErrDamaged and ErrSchema,
// with what is wrong.
func Parse(data []byte) (*Record, error) {
	var head struct {
		Schema *int `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	switch {
	case head.Schema == nil:
		return nil, fmt.Errorf("%w: it has no schema, and is no record of this program", ErrDamaged)
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

// Read reads the record of an object. The error is an [fs.ErrNotExist] where
// there is none.
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
