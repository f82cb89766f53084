// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNativeRefuse checks what is advised where this machine's own tools do not suffice: packages only if apt has all of them,
// and no kernel but the release's own.
func TestNativeRefuse(t *testing.T) {
	for name, test := range map[string]struct{ has, hint string }{
		"all there": {"bindgen linux-source-6.12", "run as root, which creates a Debian trixie with all of it, or: apt-get install bindgen linux-source-6.12"},
		"not all":   {"bindgen", "run as root, which creates a Debian trixie with all of it; this machine's packages do not have all of it (linux-source-6.12)"},
	} {
		const script = `here=. self=./lab.sh
. sh/common.sh; . sh/native.sh
native_missing() { printf '%s\n' "bindgen: bindgen" "/usr/src/linux-source-6.12.tar.xz: linux-source-6.12"; return 1; }
apt-cache() { case " $HAS " in *" ${3//[^a-z0-9.-]/} "*) echo found ;; esac; }
HAS=$1 native_refuse
`
		out, err := exec.Command("bash", "-c", script, "bash", test.has).CombinedOutput()
		if err == nil || !strings.HasSuffix(string(out), "\nlab: hint: "+test.hint+"\n") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
