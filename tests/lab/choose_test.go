// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// chosen has choose choose in a lab that is made up: what apt offers, what each kernel asks for and what becomes of the suites
// are functions of this shell. It returns the record and what was unpacked.
func chosen(t *testing.T, offers, env string) (record, unpacked string) {
	t.Helper()
	dir := t.TempDir()
	const script = `set -euo pipefail
here=. self=./lab.sh
. sh/common.sh; . sh/native.sh; . sh/root.sh; . sh/choose.sh
kind=chroot place=$1 root=$1/root lab=$1 sources=$1 base=$1
in_root() { for v in $OFFERS; do echo "linux-source-$v - sources"; echo "linux-source-$v-rt - more"; done; }
update_lists() { lost_suites=${LOST:-}; }
unpack_source() { echo "$1" >>"$place/unpacked"; echo id >"$place/linux-$1.id"; }
lacking() { case " ${DEMANDING:-} " in *" $1 "*) echo "rustc 1.99 (the lab has 1.85.1)" ;; esac; }
choose
`
	cmd := exec.Command("bash", "-c", script, "bash", dir)
	// The settings of the lab in which this test runs are not those of the one that is made up.
	own := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KERNEL_LAB_") })
	cmd.Env = append(own, "OFFERS="+offers, env)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return strings.TrimSpace(string(out)), ""
	}
	text, err := os.ReadFile(filepath.Join(dir, "kernels"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "lab: kernels: " + strings.TrimPrefix(strings.SplitN(string(text), "\n", 2)[0], "# "); !strings.Contains(string(out), want) {
		t.Errorf("what was chosen is not said: %s", out)
	}
	made, err := os.ReadFile(filepath.Join(dir, "unpacked"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text)), strings.Join(strings.Fields(string(made)), " ")
}

// TestChoose checks which kernels are taken, and what is said of it.
func TestChoose(t *testing.T) {
	for name, test := range map[string]struct{ offers, env, record, unpacked string }{
		"the newest":         {"6.12 7.2 7.3", "", "# Linux 6.12, and 7.3 as the newest\n6.12\n7.3", "6.12 7.3"},
		"by number":          {"7.10 6.12 7.9", "", "# Linux 6.12, and 7.10 as the newest\n6.12\n7.10", "6.12 7.10"},
		"one is left out":    {"6.12 7.2 7.3", "KERNEL_LAB_WITHOUT=7.3", "# Linux 6.12, and 7.2 as the newest\n6.12\n7.2", "6.12 7.2"},
		"no other":           {"6.12", "", "# Linux 6.12 alone; there is no newer one in trixie, trixie-backports\n6.12", "6.12"},
		"only older":         {"6.1 6.12", "", "# Linux 6.12 alone; there is no newer one in trixie, trixie-backports\n6.12", "6.12"},
		"backports are gone": {"6.12", "LOST=trixie-backports is not to be had: 404", "# Linux 6.12 alone; trixie-backports is not to be had: 404\n6.12", "6.12"},
		"the tools are too old": {"6.12 7.3 8.0", "DEMANDING=8.0",
			"# Linux 6.12, and 7.3 as the newest; not 8.0, which needs rustc 1.99 (the lab has 1.85.1)\n6.12\n7.3", "6.12 8.0 7.3"},
		"for all":   {"6.12 8.0", "DEMANDING=8.0", "# Linux 6.12 alone; not 8.0, which needs rustc 1.99 (the lab has 1.85.1)\n6.12", "6.12 8.0"},
		"no suites": {"6.12", "KERNEL_LAB_SUITES=none", "# Linux 6.12 alone; there is no newer one in trixie\n6.12", "6.12"},
		"none":      {"7.3", "", "lab: error: there is no linux-source-6.12 in trixie, trixie-backports", ""},
	} {
		if record, unpacked := chosen(t, test.offers, test.env); record != test.record || unpacked != test.unpacked {
			t.Errorf("%s:\n%s\nunpacked: %s", name, record, unpacked)
		}
	}
}
