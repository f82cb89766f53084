// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package kernel

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/tests/internal/files"
	"rustc-lto-wrap/tests/lab"
)

var kills = flag.Int("kills", 0, "how many builds TestKilled kills; a dozen seconds each")

// TestKilled kills builds of a real kernel's Rust objects at random moments, with
// SIGKILL, which no program hears. The next make finishes each of them: the objects are
// those of a build that nobody disturbed, byte for byte, and no intermediate file is left.
func TestKilled(t *testing.T) {
	if *kills == 0 {
		t.Skip("takes a dozen seconds for each build that is killed: -kills N, or tests/run.sh robust")
	}
	k := build(t, lab.Open(t).MostRust(), lab.DefaultArch())
	objects := k.rewritten(t)
	want := files.Contents(t, k.l.Path(k.obj), objects)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	interrupted, early := 0, 0
	longest := 8.0 // seconds until a build is killed: as long as builds take on this machine, which those that end before that show
	for i := range *kills {
		some := slices.Clone(objects)
		random.Shuffle(len(some), func(a, b int) { some[a], some[b] = some[b], some[a] })
		some = some[:1+random.IntN(3)]
		if random.IntN(3) == 0 {
			k.removeHelpersBitcode(t)
		}
		files.Remove(t, k.l.Path(k.obj), some)
		// timeout has make and its children in a process group of its own, and kills all of it, itself too. The shell, which
		// stays because of the exit, says so in its status.
		limit := random.Float64() * longest
		_, _, status := k.l.Run(lab.Options{Obj: k.obj, AB: k.shims}, fmt.Sprintf("timeout -s KILL %.2f %s -j2 %s || exit", limit, k.l.MakeCommand(k.Version), strings.Join(some, " ")))
		switch status {
		case 137, 124: // killed
			interrupted++
			longest *= 1.1
		case 0:
			early++
			longest *= 0.8
		default:
			t.Fatalf("build %d of %v, killed after %.2f s: status %d", i, some, limit, status)
		}
		if out := k.make(t, nil, some...); strings.Contains(out, "lto-wrap") {
			t.Errorf("build %d of %v: the next make prints:\n%s", i, some, lab.Tail(out))
		}
		if d := files.Differ(want, files.Contents(t, k.l.Path(k.obj), objects)); len(d) > 0 {
			t.Errorf("build %d of %v, killed after %.2f s: after the next make, %v differ", i, some, limit, d)
		}
		if left := files.Find(t, k.l.Path(k.obj), files.Intermediate); len(left) > 0 {
			t.Errorf("build %d of %v, killed after %.2f s: after the next make, there are %v", i, some, limit, left)
		}
		if (i+1)%10 == 0 {
			t.Logf("%d builds: %d killed, %d ended before that", i+1, interrupted, early)
		}
	}
	if interrupted*2 < *kills {
		t.Errorf("only %d of %d builds were killed", interrupted, *kills)
	}
}
