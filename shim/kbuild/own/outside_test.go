// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package own

import (
	"path/filepath"
	"testing"
)

// TestMachine checks which directories are read if a module names them.
func TestMachine(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/usr/bin/env": true, "/usr/include/asm": true, "/tmp": true, "/dev/null": false,
		"/dev": true, "/dev/shm": true, "/dev/fd/3": true, "/dev/stdout": true,
		"/dev/shm/build/common": false, "/tmp/common": false, "/usr/src/common": false, "/library": false, "/devel/common": false,
	} {
		if got := machine.MatchString(path); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
}

// TestNamedOfTheMachine checks that a source among the machine's own files is read if a module names it.
func TestNamedOfTheMachine(t *testing.T) {
	headers, err := filepath.Glob("/usr/include/*.h")
	if err != nil || len(headers) == 0 {
		t.Skip("this machine has no headers")
	}
	dir := unpack(t, "-- m/Makefile --\nobj-m := own.o\nown-y := glue.o other.o\nccflags-y := -include "+headers[0]+"\n-- m/glue.c --\n")
	s := searchModule(dir+"/m/glue.o", searched(dir))
	if !s.seen[headers[0]] {
		t.Errorf("%s was not read", headers[0])
	}
	if s.seen[filepath.Dir(headers[0])] {
		t.Errorf("all of %s was read", filepath.Dir(headers[0]))
	}
}
