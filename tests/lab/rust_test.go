// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrder(t *testing.T) {
	for name, test := range map[string]struct {
		list []module
		want []string
		why  string
	}{
		"as needed": {
			[]module{
				{"a/rust-one.ko", true, []string{"lib_c"}}, {"b/lib-c.ko", false, []string{"base"}}, {"b/other.ko", false, nil},
				{"z/base.ko", false, nil}, {"z/two.ko", true, []string{"rust_one", "base"}},
			},
			[]string{"z/base.ko", "b/lib-c.ko", "a/rust-one.ko", "z/two.ko"}, "",
		},
		"none":    {nil, nil, ""},
		"missing": {[]module{{"a.ko", true, []string{"b"}}}, nil, "needs the module b"},
		"a ring":  {[]module{{"a.ko", true, []string{"b"}}, {"b.ko", true, []string{"a"}}}, nil, "a, b, a"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := order(test.list)
			if d := cmp.Diff(test.want, got); test.why == "" && d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if (err == nil) != (test.why == "") || err != nil && !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want %q", err, test.why)
			}
		})
	}
}
