// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package bitcode

import (
	"fmt"
	"strings"
)

// Declarations returns the functions that a bitcode file declares and does not
// define, with their types in the syntax of LLVM's IR text: "i64 (ptr, i32)". A
// named structure is "%" and its name. A type that this package does not know is
// "?".
func Declarations(data []byte) (map[string]string, error) {
	functions, _, types, err := readFunctions(data)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range functions {
		if f.isDeclaration {
			out[f.name] = types.text(f.kind)
		}
	}
	return out, nil
}

// These are the numbers of a type block's records.
const (
	typeNumEntry      = 1
	typeVoid          = 2
	typeFloat         = 3
	typeDouble        = 4
	typeInteger       = 7 // [width]
	typeArray         = 11
	typeVector        = 12 // both: [number of elements, type of an element]
	typeFP128         = 14
	typeStruct        = 18 // [is it packed, types of the members…]
	typeStructName    = 19 // [characters…]: the name of the next named structure
	typeOpaque        = 6
	typeStructNamed   = 20
	typeFunction      = 21 // [is it variadic, type of the result, types of the parameters…]
	typeOpaquePointer = 25 // [address space]
)

// typeTable has the types of a module, by their number: each as text, "?" where it
// is unknown. A type is made of types before it; only named structures may refer to
// later ones, and of these the name is all that is wanted.
type typeTable struct {
	texts []string
	name  string // of the next named structure
}

// longest is the length of a type's text. No function of a kernel comes near it;
// without a limit a damaged file could make a text of any length.
const longest = 4096

func (t *typeTable) text(n uint64) string {
	if n >= uint64(len(t.texts)) {
		return "?"
	}
	return t.texts[n]
}

// list returns the texts of several types.
func (t *typeTable) list(numbers []uint64) string {
	var out []string
	length := 0
	for _, n := range numbers {
		out = append(out, t.text(n))
		if length += len(out[len(out)-1]); length > longest {
			return "?"
		}
	}
	return strings.Join(out, ", ")
}

func (t *typeTable) add(code uint64, ops []uint64) {
	text := "?"
	switch {
	case code == typeNumEntry:
		return
	case code == typeStructName:
		t.name = characters(ops)
		return
	case code == typeVoid:
		text = "void"
	case code == typeFloat:
		text = "float"
	case code == typeDouble:
		text = "double"
	case code == typeFP128:
		text = "fp128"
	case code == typeInteger && len(ops) > 0:
		text = fmt.Sprintf("i%d", ops[0])
	case code == typeOpaquePointer && len(ops) > 0 && ops[0] == 0:
		text = "ptr"
	case code == typeOpaquePointer && len(ops) > 0:
		text = fmt.Sprintf("ptr addrspace(%d)", ops[0])
	case code == typeArray && len(ops) > 1:
		text = fmt.Sprintf("[%d x %s]", ops[0], t.text(ops[1]))
	case code == typeVector && len(ops) == 2:
		text = fmt.Sprintf("<%d x %s>", ops[0], t.text(ops[1]))
	case code == typeStruct && len(ops) > 0:
		if text = "{ " + t.list(ops[1:]) + " }"; len(ops) == 1 {
			text = "{}"
		}
		if ops[0] != 0 {
			text = "<" + text + ">"
		}
	case code == typeStructNamed, code == typeOpaque:
		text, t.name = "%"+t.name, ""
	case code == typeFunction && len(ops) > 1:
		parameters := t.list(ops[2:])
		if ops[0] != 0 {
			parameters = strings.TrimPrefix(parameters+", ...", ", ")
		}
		text = t.text(ops[1]) + " (" + parameters + ")"
	}
	if len(text) > longest || strings.Contains(text, "?") {
		text = "?"
	}
	t.texts = append(t.texts, text)
}
