// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package lab

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"rustc-lto-wrap/tests/internal/watch"
)

// KernelNeeds are the Debian packages that Documentation/process/changes.rst and Documentation/rust/quick-start.rst of the
// kernel ask for, without those that the package of the shims recommends. gcc and libc6-dev are for the programs that kbuild
// builds for itself.
const KernelNeeds = "make flex bison bc libelf-dev libssl-dev libc6-dev gcc perl python3 cpio kmod xz-utils zstd rust-src bindgen"

// Fresh is a minimal Debian in which a test does what a user would: it installs packages from the network, builds and
// removes. Its root is an overlay, so that the one of lab.sh debian stays as it is.
type Fresh struct {
	place        string // host directory with all of it
	root, source string // host paths: of the minimal Debian, and of what is /source inside
}

// Fresh makes a fresh root of a Debian release. The sources of a kernel version are /source in it, and cannot be changed.
// All of it is removed when the test ends, unless KERNEL_LAB_KEEP is set.
func (l *Lab) Fresh(release, version string) *Fresh {
	l.t.Helper()
	// An overlay cannot lie on another one, as a container's file system may be: the lab's directory is on a disk.
	return l.FreshIn(l.Path(l.Tree()), release, version)
}

// FreshIn goes on in the root that an earlier test kept in a host directory, or makes it there.
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

// Give copies a file, which is /packages/NAME inside then.
func (f *Fresh) Give(name, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(f.Given(name), data, 0o755)
}

// Given returns the host path of /packages/NAME inside, whoever made it.
func (f *Fresh) Given(name string) string { return filepath.Join(f.place, "give", name) }

// Changed returns the host path of a file that a script has made inside. Its path has no links in it: /usr/lib, not /lib.
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

// Run runs a shell script as root inside; what it changes stays for the next run. It returns what the script writes to
// file descriptor 3, and its other output. A script that fails is an error.
func (f *Fresh) Run(script string) (said, log string, err error) {
	if err := os.WriteFile(f.Given("script"), []byte(script), 0o755); err != nil {
		return "", "", err
	}
	// That of the run before is none of this one.
	if err := os.Remove(filepath.Join(f.place, "said")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", "", err
	}
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "--", "sh", "-c", enterFresh, "sh", f.place, f.root, f.source)
	out, err := watch.Output(cmd, filepath.Join(f.place, "upper"))
	text, rerr := os.ReadFile(filepath.Join(f.place, "said"))
	return string(text), out, errors.Join(err, rerr)
}
