// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// KernelNeeds are Debian's packages that Documentation/process/changes.rst and Documentation/rust/quick-start.rst of the
// kernel ask for, besides what the package of the shims recommends. The C library of gcc is for the programs that kbuild
// builds for itself.
const KernelNeeds = "make flex bison bc libelf-dev libssl-dev libc6-dev gcc perl python3 cpio kmod xz-utils zstd rust-src bindgen"

// Fresh is a minimal Debian in which a test does what a user would: it installs packages from the network, builds and
// removes. Its root is an overlay, so that the one of lab.sh debian stays as it is.
type Fresh struct {
	place        string // host folder with all of it
	root, source string // host paths: of the minimal Debian, and of what is /source inside
}

// Fresh makes a fresh root of a Debian release. The sources of a kernel version are /source in it, and cannot be changed.
// All of it is removed when the test ends, unless KERNEL_LAB_KEEP is set.
func (l *Lab) Fresh(release, version string) *Fresh {
	l.t.Helper()
	// An overlay cannot lie on another one, as a container's file system may be: the lab's folder is on a disk.
	return l.FreshIn(l.Path(l.Tree()), release, version)
}

// FreshIn goes on in the root that an earlier test kept in a host folder, or makes it there.
func (l *Lab) FreshIn(place, release, version string) *Fresh {
	l.t.Helper()
	f := &Fresh{place: place, root: l.must("debian", release), source: l.Path(l.Source(version))}
	for _, d := range []string{"upper", "work", "root", "give"} {
		if err := os.MkdirAll(filepath.Join(f.place, d), 0o755); err != nil {
			l.t.Fatal(err)
		}
	}
	return f
}

// Give returns the host path of a file that is /packages/NAME inside, whoever made it.
func (f *Fresh) Give(name string) string { return filepath.Join(f.place, "give", name) }

// Changed returns the host path of a file that a script has made inside.
func (f *Fresh) Changed(inside string) string { return filepath.Join(f.place, "upper", inside) }

// enterFresh mounts a Fresh and runs the script that is given to it, in a mount namespace of its own.
const enterFresh = `set -eu
mount -t overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" none "$1/root"
mount -t proc none "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mkdir -p "$1/root/packages" "$1/root/source"
mount --bind "$1/give" "$1/root/packages"
mount --bind -o ro "$3" "$1/root/source"
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$1/root" sh /packages/script 3>"$1/said"
`

// Run runs a shell script as root inside, and keeps what it changes for the next one. It gives what the script writes to
// file 3, and its output. An error is also one of the script.
func (f *Fresh) Run(script string) (said, log string, err error) {
	if err := os.WriteFile(f.Give("script"), []byte(script), 0o755); err != nil {
		return "", "", err
	}
	out, err := exec.Command("unshare", "--mount", "--propagation", "private", "--", "sh", "-c", enterFresh, "sh", f.place, f.root, f.source).CombinedOutput()
	text, rerr := os.ReadFile(filepath.Join(f.place, "said"))
	return string(text), string(out), errors.Join(err, rerr)
}
