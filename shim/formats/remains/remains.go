// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package remains says why a helper remains a call. What is found in the IR of the
// helpers, in a crate, and in its object has one form, from where it is found to the
// record.
package remains

import "strings"

// Kind is the kind of a reason.
type Kind string

// These are the kinds. The first part is known when the helpers' bitcode is made: the
// helper is then only declared in it. The second part is known for one object.
const (
	// NotExported is a symbol that modules cannot see.
	NotExported Kind = "not exported"
	// Static is a writable static variable.
	Static Kind = "static variable"
	// FunctionAddress is a static function whose address is taken.
	FunctionAddress Kind = "address of a static function"
	// ConstantAddress is a static constant whose address has a meaning.
	ConstantAddress Kind = "address of a static constant"
	// Weak is a weak definition, in place of which the linker may take another one.
	Weak Kind = "weak definition"
	// Alias is another name of a definition, which the helpers' object alone has.
	Alias Kind = "alias"
	// Thread is a variable that exists once for each thread.
	Thread Kind = "thread-local variable"
	// Hidden is a symbol that only objects of the same module can refer to.
	Hidden Kind = "local symbol"
	// AssemblyNames is assembly that names a symbol which the helpers' object alone has.
	AssemblyNames Kind = "assembly that names a local symbol"
	// AssemblyDefines is assembly that defines a symbol, or is not understood.
	AssemblyDefines Kind = "assembly"
	// Intrinsic is an intrinsic of LLVM whose meaning depends on the caller's features.
	Intrinsic Kind = "intrinsic"
	// NoInline is an attribute that forbids inlining.
	NoInline Kind = "noinline"
	// Attribute is an attribute that a copy in another function would not have.
	Attribute Kind = "attribute"
	// Features are the features of the target that a function asks for.
	Features Kind = "target features"
	// Section is a section in which the function has to be.
	Section Kind = "section"
	// Variadic are parameters whose number is not known.
	Variadic Kind = "variable arguments"
	// BlockAddress is the address of a label.
	BlockAddress Kind = "address of a label"
	// Unknown is a thing that is on no list.
	Unknown Kind = "unknown"

	// Own is a function of the module's own by the name of the helper, OwnNeeded one by the
	// name of what the helper needs. NotKernels is a helper that the kernel does not have.
	Own        Kind = "of the module's own"
	OwnNeeded  Kind = "needs what is the module's own"
	NotKernels Kind = "not of the kernel"
	// NotMerged is the kind where nothing was inlined into the object.
	NotMerged Kind = "not merged"
	// AddressTaken is the kind of helpers that are not only called.
	AddressTaken Kind = "address taken"
	// Type is a type that differs from the one of the declaration.
	Type Kind = "type"
	// Cost is LLVM's decision, CostOfCopy where the object has a copy of the helper.
	Cost       Kind = "cost model"
	CostOfCopy Kind = "cost model, copy"
	// LLVM is a call that LLVM cannot inline.
	LLVM Kind = "LLVM"
)

// sentences are the reasons as people read them. % stands for the symbol.
var sentences = map[Kind]string{
	NotExported:     "it needs %, which is not exported to modules",
	Static:          "it uses %, a variable that must exist once",
	FunctionAddress: "it uses the address of %, a static function that must exist once",
	ConstantAddress: "it uses the address of %, a constant that must exist once",
	Weak:            "% is a weak definition, in place of which the linker may take another one",
	Alias:           "% is an alias, which only the helpers' object has",
	Thread:          "it uses %, a variable that each thread has",
	Hidden:          "it needs %, which only the helpers' object has",
	AssemblyNames:   "its assembly names %, which only the helpers' object has",
	AssemblyDefines: "its assembly is not known to mean the same twice: %",
	Intrinsic:       "it uses %, whose code depends on features that the crate does not have",
	Attribute:       "it has the attribute %, which its caller does not have",
	Features:        "% is compiled for other features of the machine",
	Section:         "% must be in a section of its own",
	Variadic:        "% takes a variable number of arguments",
	BlockAddress:    "it takes the address of a label in %",
	Unknown:         "it uses %, of which nothing is known",
	Own:             "the module may have its own: %",
	OwnNeeded:       "it needs a symbol of which the module may have its own, %",
	NotKernels:      "the kernel does not export it, as % says",
	NotMerged:       "nothing was merged into this object",
	AddressTaken:    "its address is taken",
	Type:            "LLVM cannot inline it: %",
	NoInline:        "its source says %",
	Cost:            "LLVM's cost model, or a difference of attributes",
	CostOfCopy:      "LLVM's cost model left calls to a copy of it, or its address is taken",
	LLVM:            "LLVM cannot inline this call: the body cannot be copied, or the call has another type than the declaration",
}

// Reason is why a helper remains a call.
type Reason struct {
	Kind Kind `json:"kind"`
	// Symbol is the thing that keeps it a call: a symbol, or what else the kind is about.
	Symbol string `json:"symbol,omitempty"`
}

// String returns the reason as a sentence without a full stop.
func (r Reason) String() string {
	s, ok := sentences[r.Kind]
	if !ok {
		return strings.TrimSpace(string(r.Kind) + " " + r.Symbol)
	}
	return strings.Replace(s, "%", r.Symbol, 1)
}
