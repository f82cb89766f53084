package shim

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFileTime: a file that is written after a fileTime is not older than that.
// It is, now and then, by the time of time.Now.
func TestFileTime(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x")
	for range 300 {
		before := fileTime()
		if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := info.ModTime().UnixNano(); m < before {
			t.Fatalf("a file that was written afterwards is %d ns older", before-m)
		}
	}
}
