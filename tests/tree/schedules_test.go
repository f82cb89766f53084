// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package tree

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rustc-lto-wrap/tests/internal/files"
)

// schedules is how many TestSchedules runs; the number of one is its seed.
const schedules = 40

// concurrent are the objects that a schedule makes at once.
var concurrent = []string{"rust/helpers/helpers.o", "rust/kernel.o", "drivers/driver.o"}

// commands are the command lines by which make makes these objects.
func (r *runner) commands() map[string]string {
	r.t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(strings.ReplaceAll(r.mustMake(nil, r.shimMake()+" -n -B"), "\\\n", " ")) {
		for _, o := range concurrent {
			if strings.Contains(line, r.bin) && strings.Contains(line, o) {
				out[o] = strings.TrimSpace(line)
			}
		}
	}
	if len(out) != len(concurrent) {
		r.t.Fatalf("make -n tells only of %q", out)
	}
	return out
}

// header is the shell command that makes numbers.h the one of a version.
func header(version int) string {
	return fmt.Sprintf("grep -q 'return %[1]d ' include/linux/numbers.h || sed -i 's/return [0-9] /return %[1]d /' include/linux/numbers.h", version)
}

// choices are the settings that a schedule changes between: both pipelines, and both
// ways to merge the helpers in, of which the second has one more file on the way.
var choices = []string{
	"LTO_WRAP_PIPELINE=late", "LTO_WRAP_PIPELINE=late LTO_WRAP_LLVM_LINK=llvm-link",
	"LTO_WRAP_PIPELINE=early", "LTO_WRAP_PIPELINE=early LTO_WRAP_LLVM_LINK=llvm-link",
}

// schedule is what a seed stands for.
type schedule struct {
	version   int
	settings  string
	truncated bool
	// atOnce is run in a recipe, for kbuild's environment; script runs that, and
	// make behind it.
	atOnce, script string
	// mark is in the environment of what atOnce starts.
	mark string
}

// random draws a schedule. commands are those of the objects, shuffle says
// whether make has --shuffle.
func (r *runner) random(seed uint64, commands map[string]string, shuffle bool) *schedule {
	d := rand.New(rand.NewPCG(seed, 0))
	pick := func(list ...string) string { return list[d.IntN(len(list))] }
	s := &schedule{
		version: 2 + d.IntN(3), settings: pick(choices...),
		mark: fmt.Sprintf("SCHEDULE=%d-%d.", os.Getpid(), seed),
	}
	before := ":"
	switch d.IntN(6) {
	case 0:
		before = "rm -f rust/helpers/.tmp_lto_wrap_*"
	case 1:
		s.truncated = true
		before = "for f in rust/helpers/.tmp_lto_wrap_helpers_*.bc; do [ ! -e $f ] || truncate -s 1000 $f; done"
	}
	var start, end strings.Builder
	for _, i := range d.Perm(len(concurrent)) {
		if d.IntN(6) == 0 {
			continue
		}
		delay, later := d.IntN(80), d.IntN(160)
		fmt.Fprintf(&start, "{ sleep %.3f; exec env %s %s; } & p%d=$!\n", float64(delay)/1000, s.mark, commands[concurrent[i]], i)
		if d.IntN(2) == 0 {
			fmt.Fprintf(&start, "{ sleep %.3f; kill -%s $p%d; } 2>/dev/null &\n", float64(delay+later)/1000, pick("KILL", "TERM"), i)
		}
		// make removes the target of a recipe that fails, by .DELETE_ON_ERROR.
		fmt.Fprintf(&end, "wait $p%d; s=$?; echo ended with $s; [ $s = 0 ] || rm -f %s\n", i, concurrent[i])
	}
	s.atOnce = start.String() + end.String() + "wait\n"
	with := r.shimMake() + " " + s.settings
	build := with + " -j" + pick("1", "2", "32")
	if shuffle {
		build += " --shuffle=" + pick("reverse", fmt.Sprint(seed))
	}
	if s.truncated {
		// The damaged bitcode of each variant is an error once.
		build = fmt.Sprintf("%[1]s || %[1]s || %[1]s", build)
	}
	s.script = fmt.Sprintf("%s\n%s\n%s --eval='at-once: ; @sh ./at-once.sh' at-once\n%s\n", header(s.version), before, with, build)
	return s
}

// clangs matches the file that clang writes an object to before it renames it: clang
// that SIGKILL ends leaves it behind, with or without the shims.
var clangs = regexp.MustCompile(`^rust/helpers/helpers-[0-9a-f]{8}\.o\.tmp$`)

// counts sums up the schedules.
type counts struct{ killed, truncated, wrong, hung, left int }

// follow carries out a schedule and tells what is not as it should be. want are
// the objects of a serial build. What takes longer than hangs counts as hung.
func (r *runner) follow(s *schedule, n *counts, want map[string]string, hangs time.Duration) (bad []string) {
	r.t.Helper()
	for name, text := range map[string]string{"schedule.sh": s.script, "at-once.sh": s.atOnce} {
		if err := os.WriteFile(filepath.Join(r.host, name), []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	// What SIGKILL has ended takes a moment to be gone, on a busy machine a long one.
	out, code := r.sh(nil, fmt.Sprintf("timeout -k 5 %.0f sh ./schedule.sh; code=$?", hangs.Seconds())+`
n=0
while running=$(grep -slaF `+s.mark+` /proc/[0-9]*/environ) && [ $n -lt 2000 ]; do sleep 0.02; n=$((n + 1)); done
for p in $running; do echo "still runs: $p"; done
exit $code`)
	n.killed += strings.Count(out, "ended with 137") + strings.Count(out, "ended with 143")
	if s.truncated {
		n.truncated++
	}
	switch {
	case code == 124 || code == 137 || strings.Contains(out, "still runs"): // see timeout(1)
		n.hung++
		return []string{"it hangs:\n" + out}
	case code != 0:
		n.wrong++
		return []string{"make fails:\n" + out}
	}
	for _, o := range files.Differ(want, r.contents()) {
		n.wrong++
		bad = append(bad, o+" is not that of a serial build")
	}
	for _, f := range r.intermediates() {
		if !clangs.MatchString(f) || !strings.Contains(out, "ended with 137") {
			n.left++
			bad = append(bad, "left over: "+f)
		}
		// It would be found after each of the following schedules, too.
		if err := os.Remove(filepath.Join(r.host, f)); err != nil {
			r.t.Error(err)
		}
	}
	if bad != nil {
		bad = append(bad, out)
	}
	return bad
}

// TestSchedules compiles helpers and crates at once, at random moments, with
// changes of a header and of settings, with the helpers bitcode gone or damaged,
// and ends some of them: whatever happens, the next make makes every object as
// a serial build from nothing makes it, and leaves no other file and no process.
func TestSchedules(t *testing.T) {
	r := newTree(t)
	shuffle := strings.Contains(r.mustMake(nil, "make --help"), "--shuffle") // GNU make 4.4
	commands := r.commands()
	want, hangs := map[string]map[string]string{}, time.Minute
	for version := 2; version <= 4; version++ {
		for _, settings := range choices {
			began := time.Now()
			r.mustMake(nil, fmt.Sprintf("make -s clean; %s; %s -j1 %s", header(version), r.shimMake(), settings))
			// A schedule takes about as long as a few builds.
			hangs = max(hangs, 50*time.Since(began))
			want[fmt.Sprint(version, settings)] = r.contents()
		}
	}
	var n counts
	for seed := uint64(1); seed <= schedules; seed++ {
		s := r.random(seed, commands, shuffle)
		if bad := r.follow(s, &n, want[fmt.Sprint(s.version, s.settings)], hangs); bad != nil {
			t.Errorf("seed %d: %s\nschedule.sh:\n%s\nat-once.sh:\n%s", seed, strings.Join(bad, "\n"), s.script, s.atOnce)
		}
	}
	t.Logf("%d schedules: %d processes killed, the bitcode truncated in %d; %d wrong, %d hung, %d files left over",
		schedules, n.killed, n.truncated, n.wrong, n.hung, n.left)
}
