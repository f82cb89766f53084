// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kbuild

import (
	"rustc-lto-wrap/argv"
	"rustc-lto-wrap/shim/host"
)

// Variant is one of the two ways in which kbuild compiles an object. The helpers
// are compiled to bitcode once for each variant.
type Variant string

// These are the variants.
const (
	Builtin Variant = "builtin"
	Module  Variant = "module"
)

// variantVariables are the exported variables with the additional flags of each
// variant.
var variantVariables = map[Variant][]string{
	Builtin: {"KBUILD_CFLAGS_KERNEL", "CFLAGS_KERNEL"},
	Module:  {"KBUILD_CFLAGS_MODULE", "CFLAGS_MODULE"},
}

// VariantOf returns the variant of the helpers that a crate needs. Everything below M=
// ends up in a module, whatever the command line says: a rule of the module's own may
// compile a crate without --cfg MODULE.
func VariantOf(h host.Host, r *argv.Rustc) Variant {
	if r.Module() || h.Getenv("KBUILD_EXTMOD") != "" {
		return Module
	}
	return Builtin
}

// Variants returns the variants that the kernel can use. The configuration of a
// kernel without modules has no flags for them.
func (e *Environment) Variants() []Variant {
	if !ConfigOf(e.Objtree).on("MODULES") {
		return []Variant{Builtin}
	}
	return []Variant{Builtin, Module}
}

// Flags returns the additional flags of the objects of a variant, beyond
// KBUILD_CFLAGS.
func (e *Environment) Flags(v Variant) []string {
	if v == Module {
		return e.Module
	}
	return e.Kernel
}
