// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"slices"
	"strings"

	"rustc-lto-wrap/shim/formats/remains"
)

// Allowed is a kind of thing that may come along with the body of a helper.
type Allowed struct {
	// Thing is the kind. Why says why a second copy means the same.
	Thing, Why string
	// fits reports whether a thing is of this kind.
	fits func(m *Module, t thing) bool
}

// thing is what comes along with the body of a helper.
type thing struct {
	kind thingKind
	// name is the symbol, the text of assembly, or the attribute.
	name string
	// called is set if the thing is a function that is called here; otherwise its address
	// is used.
	called bool
	// own is set for things of the helper's own body, which becomes a part of the caller.
	own bool
	// because is why a property keeps the helper a call.
	because remains.Reason
}

// thingKind says what a thing is.
type thingKind int

const (
	aSymbol thingKind = iota
	anIntrinsic
	anAttribute
	anAssembly
	// features are the features of the target that a function is compiled for.
	features
	// aProperty is what a definition has and only few have.
	aProperty
)

// Kinds is the list of what may come along. A thing that is of none of these kinds keeps
// the helper a call.
var Kinds = []Allowed{
	{
		"a symbol of another object",
		"each copy refers to the same symbol, which the linker binds once; in a module it must be exported",
		func(m *Module, t thing) bool {
			return t.kind == aSymbol && m.isExternal(t.name) && !m.isThreadLocal(t.name) && !m.top.has(t.name)
		},
	},
	{
		"another helper, or a variable of the helpers' object that other objects can refer to",
		"each copy refers to the one that `helpers.o` defines and the kernel exports",
		func(m *Module, t thing) bool {
			if f, ok := m.functions[t.name]; ok {
				return t.kind == aSymbol && isStrong(f.linkage)
			}
			v, ok := m.variables[t.name]
			return t.kind == aSymbol && ok && isStrong(v.linkage) && !m.isThreadLocal(t.name)
		},
	},
	{
		"a static function that is only called",
		"nobody can compare its address; what it brings along itself must be on this list",
		func(m *Module, t thing) bool {
			f, ok := m.functions[t.name]
			return t.kind == aSymbol && ok && isLocal(f.linkage) && t.called
		},
	},
	{
		"a constant whose address means nothing, such as a string",
		"LLVM itself merges and copies such constants (`unnamed_addr`, which KASAN takes away from strings)",
		func(m *Module, t thing) bool {
			v, ok := m.variables[t.name]
			return t.kind == aSymbol && ok && isLocal(v.linkage) && v.is("constant") && (v.is("unnamed_addr") || isOfTheCompiler(t.name)) && v.isOfNoTable()
		},
	},
	{
		"what a sanitizer knows of a place in the code",
		"the compiler makes it for each place, in a `static inline` function in each file that uses it; it has no name in C",
		func(m *Module, t thing) bool {
			v, ok := m.variables[t.name]
			return t.kind == aSymbol && ok && v.linkage == "private" && v.is("unnamed_addr") && v.is("global") && v.isOfNoTable()
		},
	},
	{
		"a static variable without members, such as a lock class key without lockdep",
		"it holds nothing",
		func(m *Module, t thing) bool {
			v, ok := m.variables[t.name]
			return t.kind == aSymbol && ok && isLocal(v.linkage) && v.is("global") && m.isEmpty(v)
		},
	},
	{
		"a static variable that a macro makes for its place of use: `.data..once` (DO_ONCE_LITE, WARN_ONCE), `__dyndbg` (pr_debug), `alloc_tags` (memory allocation profiling), `.discard`",
		"in C, too, each file that uses such a `static inline` function has its own; messages that are printed once are printed once for each object",
		func(m *Module, t thing) bool {
			v, ok := m.variables[t.name]
			return t.kind == aSymbol && ok && isLocal(v.linkage) && (v.isPerUse() || m.isCounterOfTag(t.name))
		},
	},
	{
		"assembly without symbols of its own",
		"its labels are numbers or made for each copy, each entry that it adds to a section belongs to the place where it is, and it names no symbol that only `helpers.o` has",
		func(m *Module, t thing) bool { return t.kind == anAssembly && m.assemblyReason(t.name) == nil },
	},
	{
		"an operation of LLVM that does not depend on the target",
		"LLVM expands it in each function in the same way",
		func(_ *Module, t thing) bool { return t.kind == anIntrinsic && isIntrinsic(t.name) },
	},
	{
		"an attribute that says what the function does, or that asks for instrumentation or protection",
		"LLVM keeps it, merges it into the caller, or the caller has its own",
		func(_ *Module, t thing) bool { return t.kind == anAttribute && isAttribute(t.name, t.own) },
	},
	{
		"the features of the target that the other helpers have",
		"kbuild compiles all C code for the same machine",
		func(m *Module, t thing) bool { return t.kind == features && t.name == m.usual },
	},
}

// perUse are the sections of static variables that macros make for each place of
// use, so that each object may have its own: flags of DO_ONCE_LITE and WARN_ONCE
// (include/linux/once_lite.h), descriptors of pr_debug (include/linux/dynamic_debug.h),
// tags of memory allocation profiling (include/linux/alloc_tag.h), and what is discarded
// when the kernel is linked.
var perUse = []string{".data..once", "__dyndbg", tagSection, ".discard"}

// tagSection is the section of the tags of memory allocation profiling, perCPU that of
// variables of which each processor has one.
const tagSection, perCPU = "alloc_tags", ".data..percpu"

// isOfTheCompiler reports whether a constant has one of the names that clang and LLVM give
// to strings, initial values and tables of their own, and that C cannot give: a name with a
// dot is that of a static variable after the name of its function, and these are keywords
// (CodeGenModule::GetAddrOfConstantStringFromLiteral and emitting of predefined
// expressions in clang, SwitchToLookupTable in llvm/lib/Transforms/Utils/SimplifyCFG.cpp).
// Where KASAN instruments a constant, it makes another one, without unnamed_addr
// (ModuleAddressSanitizer::instrumentGlobals).
func isOfTheCompiler(name string) bool {
	return slices.ContainsFunc([]string{".str", "switch.table.", "__const.", "__func__.", "__FUNCTION__.", "__PRETTY_FUNCTION__."},
		func(p string) bool { return strings.HasPrefix(name, p) })
}

// isOfNoTable reports whether a variable is in no section of its own, which might be a
// table in which each entry counts, and in no group of sections (comdat).
func (v *variable) isOfNoTable() bool {
	return (v.section == "" || strings.HasPrefix(v.section, ".rodata")) && !strings.Contains(v.rest, ", comdat") && !strings.Contains(v.rest, "thread_local")
}

// isPerUse reports whether a variable is in one of the sections [perUse].
func (v *variable) isPerUse() bool {
	return slices.ContainsFunc(perUse, func(s string) bool { return strings.HasPrefix(v.section, s) })
}

// isCounterOfTag reports whether a variable is the counter of a tag of memory allocation
// profiling, which each tag has for itself: a variable of each processor that only tags
// refer to.
func (m *Module) isCounterOfTag(name string) bool {
	if v := m.variables[name]; v == nil || !strings.HasPrefix(v.section, perCPU) {
		return false
	}
	tagged := false
	for by, v := range m.variables {
		if strings.HasPrefix(by, "llvm.") || !slices.ContainsFunc(v.mentions, func(x mention) bool { return x.name == name }) {
			continue
		}
		if v.section != tagSection {
			return false
		}
		tagged = true
	}
	for _, f := range m.functions {
		if slices.ContainsFunc(f.mentions, func(x mention) bool { return x.name == name }) {
			return false
		}
	}
	return tagged
}

// is reports whether a keyword is among those before the variable's type.
func (v *variable) is(keyword string) bool {
	for w := range strings.FieldsSeq(v.rest) {
		if w == keyword {
			return true
		}
		if w == "global" || w == "constant" {
			return false
		}
	}
	return false
}

// isEmpty reports whether a variable has no members.
func (m *Module) isEmpty(v *variable) bool {
	_, behind, _ := strings.Cut(" "+v.rest, " global ")
	kind, _, _ := strings.Cut(behind, " ")
	return m.empty[kind] || kind == "{}" || strings.HasPrefix(behind, "[0 x ")
}

// isThreadLocal reports whether each thread has a variable of this name.
func (m *Module) isThreadLocal(name string) bool {
	if v, ok := m.variables[name]; ok {
		return strings.Contains(v.rest, "thread_local")
	}
	return strings.Contains(m.external[name], "thread_local")
}

// intrinsics are the intrinsics that mean the same in each function, or families of them;
// llvm/docs/LangRef.rst, "Intrinsic Functions". Those of one target are missing:
// their code depends on features, and crates are compiled with features of their own. So is
// llvm.thread.pointer, which [Module.readThreadPointers] replaces where the features say by what.
var intrinsics = []string{
	"abs", "addressofreturnaddress", "allow.runtime.check", "allow.ubsan.check", "annotation", "asan.check", "assume", "bitreverse", "bswap", "cttz", "ctlz", "ctpop",
	"dbg", "debugtrap", "donothing", "expect", "experimental.noalias", "fake.use", "frameaddress", "fshl", "fshr", "hwasan.check", "invariant", "is.constant",
	"launder", "lifetime", "memcpy", "memmove", "memset", "objectsize", "pcmarker", "prefetch", "pseudoprobe", "ptr.annotation", "ptrmask", "read_register",
	"read_volatile_register", "returnaddress", "sadd", "sideeffect", "smax", "smin", "smul", "sponentry", "sshl", "ssub", "stackrestore", "stacksave",
	"strip", "threadlocal.address", "trap", "type.test", "uadd", "ubsantrap", "umax", "umin", "umul", "ushl", "usub", "var.annotation", "vector.reduce", "write_register",
	"scmp", "ucmp",
}

// isIntrinsic reports whether an intrinsic is one of these.
func isIntrinsic(name string) bool {
	name = strings.TrimPrefix(name, "llvm.")
	return slices.ContainsFunc(intrinsics, func(i string) bool { return name == i || strings.HasPrefix(name, i+".") })
}

// attributes are the attributes of functions, by their words; llvm/docs/LangRef.rst,
// "Function Attributes". ofCalled may also have a function that a helper calls and that
// is copied as a whole.
var (
	attributes = []string{
		"allockind", "allocsize", "alwaysinline", "cold", "disable_sanitizer_instrumentation", "fn_ret_thunk_extern", "hot", "inlinehint",
		"memory", "minsize", "mustprogress", "nobuiltin", "nocallback", "nocf_check", "nofree", "noimplicitfloat", "nomerge", "noprofile", "norecurse",
		"noredzone", "noreturn", "nosanitize_bounds", "nosanitize_coverage", "nosync", "nounwind", "null_pointer_is_valid", "optforfuzzing",
		"optsize", "sanitize_address", "sanitize_hwaddress", "sanitize_memory", "sanitize_memtag", "sanitize_thread", "sanitize_type",
		"sanitize_realtime", "sanitize_realtime_blocking", "sanitize_numerical_stability", "sanitize_alloc_token", "nodivergencesource",
		"nooutline", "denormal_fpenv", "nocreateundeforpoison", "shadowcallstack",
		"skipprofile", "speculatable", "ssp", "sspreq", "sspstrong", "uwtable", "willreturn", "argmemonly", "readnone", "readonly", "writeonly",
		"inaccessiblememonly", "inaccessiblemem_or_argmemonly",
	}
	ofCalled = []string{"noinline", "optnone"}
)

// isAttribute reports whether an attribute may come along.
func isAttribute(name string, own bool) bool {
	return slices.Contains(attributes, name) || !own && slices.Contains(ofCalled, name)
}

// reason returns why a thing that is of no allowed kind keeps a helper a call.
func (m *Module) reason(t thing) remains.Reason {
	kind := remains.Unknown
	switch t.kind {
	case anAssembly:
		if r := m.assemblyReason(t.name); r != nil {
			return *r
		}
	case aProperty:
		return t.because
	case features:
		return remains.Reason{Kind: remains.Features, Symbol: extraFeatures(t.name, m.usual)}
	case anIntrinsic:
		kind = remains.Intrinsic
	case anAttribute:
		kind = remains.Attribute
		if slices.Contains(ofCalled, t.name) {
			kind = remains.NoInline
		}
	case aSymbol:
		f, isFunction := m.functions[t.name]
		v, isVariable := m.variables[t.name]
		_, isAlias := m.aliases[t.name]
		switch {
		case isAlias:
			kind = remains.Alias
		case m.isThreadLocal(t.name):
			kind = remains.Thread
		case isFunction && isLocal(f.linkage):
			kind = remains.FunctionAddress
		case isVariable && isLocal(v.linkage) && v.section != "":
			return remains.Reason{Kind: remains.Static, Symbol: t.name + " (" + v.section + ")"}
		case isVariable && isLocal(v.linkage) && v.is("constant"):
			kind = remains.ConstantAddress
		case isVariable && isLocal(v.linkage):
			kind = remains.Static
		default:
			kind = remains.Hidden
		}
	}
	return remains.Reason{Kind: kind, Symbol: t.name}
}
