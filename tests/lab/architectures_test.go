// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestArchitectures checks that each entry has its files, and that lab.sh reads the same from the table.
func TestArchitectures(t *testing.T) {
	if len(Architectures) < 2 || len(DefaultArch().Make) > 0 {
		t.Fatalf("the first of %d architectures is %+v", len(Architectures), DefaultArch())
	}
	for i, a := range Architectures {
		if (len(a.Make) == 0) != (i == 0) || len(a.Config) == 0 || a.Image == "" || a.Target == "" || len(a.Call) == 0 {
			t.Errorf("%+v", a)
		}
		if len(a.Qemu) == 0 != (len(a.Packages) == 0) || len(a.Qemu) == 0 != (a.Console == "") {
			t.Errorf("%s: qemu, packages and console go together: %+v", a.Name, a)
		}
		for _, file := range a.Config {
			if _, err := os.Stat(file); err != nil {
				t.Error(err)
			}
		}
		version := Known[0].Version
		if i > 0 {
			version += "-" + a.Name
		}
		out, err := exec.Command("./lab.sh", "image", version).Output()
		if err != nil || strings.TrimSpace(string(out)) != a.Image {
			t.Errorf("lab.sh image %s: %v, %s; want %s", version, err, out, a.Image)
		}
	}
	if out, err := exec.Command("./lab.sh", "image", Known[0].Version+"-vax").CombinedOutput(); err == nil || !strings.Contains(string(out), "no architecture vax in the lab") {
		t.Errorf("an unknown architecture: %v\n%s", err, out)
	}
}
