// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"rustc-lto-wrap/tests/internal/progress"
	"rustc-lto-wrap/tests/lab"
)

// TestOpen checks that what open has made for the builds is gone after its remove: the object tree and the shims. A script stands in
// for lab.sh.
func TestOpen(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	script := `#!/bin/sh
case $1 in
kernels) echo ` + lab.Known[0].Version + ` ;;
source) echo /lab/linux-$2 ;;
path) echo ` + dir + `$2 ;;
put) mkdir -p "$(dirname ` + dir + `/lab/bin/$3)" && cp $2 ` + dir + `/lab/bin/$3 ;;
esac
`
	files := map[string]string{"tests/lab/lab.sh": script, "bin/rustc-lto-wrap": "", "bin/cc-helper-wrap": ""}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plan := progress.New("test", os.Stderr)
	plan.Expect(0)
	w, remove, err := open(context.Background(), options{name: "test", kernel: lab.Newest, bin: "bin"}, plan, "nothing")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(w.host, 0o755); err != nil {
		t.Fatal(err)
	}
	made := []string{w.host, filepath.Join(dir, w.shims)}
	for _, path := range made {
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	for _, path := range made {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}
