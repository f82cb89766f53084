// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const log = `
[   12.1] lto_wrap_bench: begin
[   12.1] lto_wrap_bench: loop=is_err lang=c ops=10 rounds=20 cycles=45 ns=23
[   12.1] lto_wrap_bench: loop=is_err lang=c ops=20 rounds=20 cycles=85 ns=43
[   12.1] lto_wrap_bench: loop=is_err lang=rust ops=10 rounds=20 cycles=105 ns=53
[   12.1] lto_wrap_bench: loop=is_err lang=rust ops=20 rounds=20 cycles=205 ns=103
[   12.1] lto_wrap_bench: end
`
	for _, test := range []struct{ name, log, out, why string }{
		{"a load", log, "is_err 4.00 10.00 2.00 5.00 2.500", ""},
		{"none", "[   12.0] something else\n", "", "no line of lto_wrap_bench"},
		{"cut off", strings.Split(log, "[   12.1] lto_wrap_bench: end")[0], "", "ends before"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			err := report(strings.NewReader(test.log), &out)
			if (err == nil) != (test.why == "") || err != nil && !strings.Contains(err.Error(), test.why) {
				t.Errorf("error %v, want %q", err, test.why)
			}
			if got := strings.Join(strings.Fields(out.String()), " "); !strings.Contains(got, test.out) {
				t.Errorf("%q lacks %q", got, test.out)
			}
		})
	}
}
