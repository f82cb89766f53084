// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"slices"
	"strings"
)

// A C compiler reads the thread pointer by the intrinsic llvm.thread.pointer where it has one. LLVM expands it as the
// features of the function say that it is in at the end. Inlined code has the features of its caller, and rustc's functions lack
// those that kbuild gives C code (-mtp=cp15 in arch/arm/Makefile of the kernel): LLVM would call __aeabi_read_tp, which the
// kernel does not have. So the helper gets the instruction itself, as inline assembly. This is what the kernel writes for
// compilers without the intrinsic (get_current in arch/arm/include/asm/current.h).

// threadPointers are the instructions that LLVM expands the intrinsic to, by the feature that asks for it
// (llvm/test/CodeGen/ARM/thread_pointer.ll).
var threadPointers = map[string]string{
	"+read-tp-tpidrurw": "mrc p15, 0, $0, c13, c0, 2",
	"+read-tp-tpidruro": "mrc p15, 0, $0, c13, c0, 3",
	"+read-tp-tpidrprw": "mrc p15, 0, $0, c13, c0, 4",
	"+read-tp-hard":     "mrc p15, 0, $0, c13, c0, 3", // before LLVM 17
}

// threadPointer is the intrinsic, which has the suffix .p0 since LLVM 20.
const threadPointer = "@llvm.thread.pointer"

// readThreadPointers replaces the intrinsic by the instruction in each function whose features have one.
func (m *Module) readThreadPointers() {
	for _, name := range m.order {
		f := m.functions[name]
		instruction := ""
		for _, feature := range featureWords(featuresOf(m.groups[f.group])) {
			if text, ok := threadPointers[feature]; ok {
				instruction = text
			}
		}
		if instruction == "" {
			continue
		}
		for i := f.line + 1; i < f.end; i++ {
			before, after, ok := strings.Cut(m.lines[i], threadPointer)
			_, behind, call := strings.Cut(after, "()")
			if !ok || !call {
				continue
			}
			m.lines[i] = before + `asm "` + instruction + `", "=r"()` + behind
			f.assembly = append(f.assembly, instruction)
		}
		f.mentions = slices.DeleteFunc(f.mentions, func(x mention) bool { return x.called && strings.HasPrefix("@"+x.name, threadPointer) })
	}
}
