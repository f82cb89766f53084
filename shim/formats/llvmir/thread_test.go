// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package llvmir

import (
	"strings"
	"testing"
)

// TestReadThreadPointers checks that a helper gets the instruction by which its features read the thread pointer, and nothing where
// they do not say which one that is.
func TestReadThreadPointers(t *testing.T) {
	const ir = `target triple = "armv7-unknown-linux-gnueabi"
@0 = private unnamed_addr global i32 0
define ptr @rust_helper_current() #0 {
  %1 = tail call ptr @llvm.thread.pointer() #2, !srcloc !1
  ret ptr %1
}
define ptr @rust_helper_newer() #0 {
  %1 = call noundef ptr @llvm.thread.pointer.p0()
  ret ptr %1
}
define ptr @rust_helper_other() #1 {
  %1 = tail call ptr @llvm.thread.pointer() #2
  ret ptr %1
}
declare ptr @llvm.thread.pointer()
attributes #0 = { nounwind "target-features"="+dsp,+read-tp-tpidruro" }
attributes #1 = { nounwind "target-features"="+dsp,-read-tp-tpidruro" }
attributes #2 = { nounwind memory(none) }
`
	m := parse(t, []byte(ir))
	got := m.Remain()
	if _, ok := got["rust_helper_other"]; !ok || len(got) != 1 {
		t.Errorf("these remain calls: %v", got)
	}
	text := string(m.Apply(Options{Linkage: AvailableExternally}))
	for _, want := range []string{
		`%1 = tail call ptr asm "mrc p15, 0, $0, c13, c0, 3", "=r"() #2, !srcloc !1`,
		`%1 = call noundef ptr asm "mrc p15, 0, $0, c13, c0, 3", "=r"()` + "\n",
		`%1 = tail call ptr @llvm.thread.pointer() #2`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %s:\n%s", want, text)
		}
	}
}
