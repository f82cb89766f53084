// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rustc-lto-wrap/tests/internal/files"
)

// crates are the objects that helpers are inlined into.
var crates = []string{"drivers/driver.o", "rust/kernel.o"}

// again runs a command, and reports which crates it must make again and does not, or the
// other way round.
func (r *runner) again(what string, want []string, env []string, command string) {
	r.t.Helper()
	before := files.Identities(r.t, r.host, crates)
	r.mustMake(env, command)
	if d := cmp.Diff(want, files.Differ(before, files.Identities(r.t, r.host, crates))); d != "" {
		r.t.Errorf("%s: made again (-want +got):\n%s", what, d)
	}
}

// TestOrderOfFlags: the same flags in another order mean something else.
func TestOrderOfFlags(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, `sed -i '/^export KBUILD_CFLAGS :=/s/$/ $(ORDER)/' Makefile && sed -i 's/2 \*/N */' include/linux/numbers.h`)
	const first, second = " ORDER='-UN -DN=3 -UN -DN=2'", " ORDER='-UN -DN=2 -UN -DN=3'"
	r.mustMake(nil, r.shimMake()+first)
	r.again("the same", nil, nil, r.shimMake()+first)
	r.again("another order", crates, nil, r.shimMake()+second)
	changed := files.Contents(t, r.host, crates)
	r.again("another order again", nil, nil, r.shimMake()+second)
	r.mustMake(nil, "make -s clean; "+r.shimMake()+second)
	for _, o := range files.Differ(files.Contents(t, r.host, crates), changed) {
		t.Errorf("%s is not what a build from nothing makes", o)
	}
	r.again("with a warning", nil, nil, r.shimMake()+" ORDER='-UN -DN=2 -Wextra -UN -DN=3'")
}

// TestNamesOfHeaders: make executes no name of a header that the helpers include, and
// notices when the header changes.
func TestNamesOfHeaders(t *testing.T) {
	r := newTree(t)
	r.mustMake(nil, `
for dir in "$(printf '$(shell\fid>executed)')" 'a$b#c' '$(MAKE)'; do
	mkdir "rust/helpers/$dir" && echo "/* nothing */" >"rust/helpers/$dir/x.h" && echo "#include \"$dir/x.h\"" >>rust/helpers/numbers.c
done`)
	r.mustMake(nil, r.shimMake())
	for range 2 {
		r.mustMake(nil, r.shimMake())
	}
	if found := files.Find(t, r.host, func(f string) bool { return f == "executed" }); found != nil {
		t.Error("the name of a folder was executed")
	}
	r.mustMake(nil, `rm -r rust/helpers/*shell*; sed -i '/shell/d' rust/helpers/numbers.c; `+r.shimMake())
	r.again("nothing", nil, nil, r.shimMake())
	for _, dir := range []string{"a$b#c", "$(MAKE)"} {
		r.again(dir, crates, nil, "echo '/* changed */' >'rust/helpers/"+dir+"/x.h' && "+r.shimMake())
		r.again(dir+" again", nil, nil, r.shimMake())
	}
}
