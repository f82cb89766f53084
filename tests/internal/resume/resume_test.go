// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package resume

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestOpen writes results in three runs, of which the first gets a new file.
func TestOpen(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	name, want := "", ""
	for range 3 {
		had, log, err := Open(name, "test")
		if err != nil || string(had) != want {
			t.Fatalf("%q, want %q; %v", had, want, err)
		}
		if _, err := log.WriteString("a line\n"); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		name, want = log.Name(), want+"a line\n"
	}
	other := filepath.Join(t.TempDir(), "other")
	if had, log, err := Open(other, "test"); err != nil || had != nil || log.Close() != nil {
		t.Errorf("a name of which there is no file: %q, %v", had, err)
	}
	if _, _, err := Open(filepath.Join(other, "below"), "test"); err == nil {
		t.Error("a place that cannot be")
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

// TestEach checks that each job is done once, and that an error, or an interrupt, ends it.
func TestEach(t *testing.T) {
	jobs := make([]int, 100)
	for i := range jobs {
		jobs[i] = i
	}
	sum := 0
	keep := func(r int) error { sum += r; return nil }
	if err := Each(t.Context(), 3, jobs, func(j int) (int, error) { return j, nil }, keep); err != nil || sum != 4950 {
		t.Errorf("%d, %v", sum, err)
	}
	broken := errors.New("broken")
	if err := Each(t.Context(), 3, jobs, func(j int) (int, error) { return j, broken }, keep); !errors.Is(err, broken) || sum != 4950 {
		t.Errorf("%d, %v", sum, err)
	}
	if err := Each(t.Context(), 3, jobs, func(j int) (int, error) { return j, nil }, func(int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Each(ctx, 3, jobs, func(j int) (int, error) { return j, nil }, keep); err != nil || sum != 4950 {
		t.Errorf("interrupted: %d, %v", sum, err)
	}
}
