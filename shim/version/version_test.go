// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package version

import (
	"runtime/debug"
	"testing"
)

func TestOfArchive(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a checkout", "version: $Format:%(describe:match=v*)$\ncommit: $Format:%H$\ndate: $Format:%ct$\n", ""},
		{"an archive of a tag", "version: v1.2.3\ncommit: 0123456789abcdef\ndate: 1\n", "1.2.3"},
		{"after a tag", "version: v1.2.3-4-g0123456\ncommit: 0123456789abcdef\ndate: 1\n", "1.2.3-4-g0123456"},
		{"by make dist", "date: 1\n", "3.4.5"},
		{"no tag", "version: \ncommit: 0123456789abcdef\ndate: 1\n", "3.4.5-g0123456789ab"},
	} {
		if got := archiveVersion(c.text, "3.4.5\n"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOfModule(t *testing.T) {
	revision := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}}
	for _, c := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: revision}, "(devel) 0123"},
		{&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: revision}, "v1.2.3"},
		{&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "3.4.5"},
		{nil, "3.4.5"},
	} {
		if got := ofModule(c.info, "3.4.5\n"); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestStamp checks that what the linker was given comes first.
func TestStamp(t *testing.T) {
	defer func(old string) { stamp = old }(stamp)
	stamp = "1.2.3"
	if got := String(); got != "1.2.3" {
		t.Errorf("%q", got)
	}
}
