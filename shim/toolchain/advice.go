// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package toolchain

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"rustc-lto-wrap/shim/host"
)

// distribution is how a system names the packages of one major version of LLVM.
type distribution struct {
	// ids are values of ID in os-release(5).
	ids []string
	// derived is set where systems that name one of ids in ID_LIKE have its packages.
	derived bool
	// packages are tried in order.
	packages []llvmPackage
}

// llvmPackage is a command that installs a package. In each string, PACKAGE stands for
// clang or llvm, and MAJOR for the version.
type llvmPackage struct {
	install string
	// query asks the system whether there is such a package. If there is, a line of
	// the answer begins with known. Without a query the name holds for every version.
	query, known string
}

// distributions are the systems whose package names are known:
//
//   - Debian and Ubuntu: clang-N and llvm-N. A release has a few of them only, so apt's
//     lists are asked.
//   - Fedora and its relatives: the package clang of the release's own version and the
//     packages clangN of others provide "clang(major) = N" alike (llvm.spec).
//   - Alpine: clangN (main/clangN/APKBUILD).
//   - openSUSE: clangN (llvmN.spec).
//   - Gentoo: llvm-core/clang in the slot N (its ebuilds).
//   - Arch: clang is the current version, clangN an older one. pacman's lists tell.
var distributions = []distribution{
	{[]string{"debian", "ubuntu"}, true, []llvmPackage{{"apt install PACKAGE-MAJOR", "apt-cache show PACKAGE-MAJOR", "Package: PACKAGE-MAJOR"}}},
	{[]string{"fedora", "rhel", "centos", "rocky", "almalinux"}, false, []llvmPackage{{install: "dnf install 'PACKAGE(major) = MAJOR'"}}},
	{[]string{"alpine"}, true, []llvmPackage{{install: "apk add PACKAGEMAJOR"}}},
	{[]string{"opensuse", "suse"}, true, []llvmPackage{{install: "zypper install PACKAGEMAJOR"}}},
	{[]string{"gentoo"}, true, []llvmPackage{{install: "emerge llvm-core/PACKAGE:MAJOR"}}},
	{[]string{"arch"}, true, []llvmPackage{
		{"pacman -S PACKAGE", "pacman -Si PACKAGE", "Version : MAJOR."},
		{"pacman -S PACKAGEMAJOR", "pacman -Si PACKAGEMAJOR", "Name : PACKAGEMAJOR"},
	}},
}

// osRelease are the places of the file that names the system (os-release(5)).
var osRelease = []string{"/etc/os-release", "/usr/lib/os-release"}

// advice says how to get a tool of an LLVM, as commands to paste. It never advises what
// would change the rest of a kernel's build, such as LLVM=.
func (t *Toolchain) advice(h host.Host, tool string, major int) string {
	variable := variableOf(tool)
	if major == 0 {
		return fmt.Sprintf("install it, or name another one in %s", variable)
	}
	for _, file := range osRelease {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if command := t.cache.installs(h, string(text), packageOf(tool), major); command != "" {
			return fmt.Sprintf("%s    (or name a %s of LLVM %d in %s)", command, tool, major, variable)
		}
		break
	}
	return fmt.Sprintf("install a %s of LLVM %d, and name it in %s if it is not on PATH", tool, major, variable)
}

// packageOf returns the package that a tool is in: clang or llvm.
func packageOf(tool string) string {
	if tool == "clang" {
		return "clang"
	}
	return "llvm"
}

// installs returns the command that installs a package of LLVM on the system that
// osRelease describes, "" if it is not known.
func (c *cache) installs(h host.Host, osRelease, name string, major int) string {
	fill := strings.NewReplacer("PACKAGE", name, "MAJOR", strconv.Itoa(major)).Replace
	for n, id := range systemIDs(osRelease) {
		i := slices.IndexFunc(distributions, func(d distribution) bool { return slices.Contains(d.ids, id) && (n == 0 || d.derived) })
		if i < 0 {
			continue
		}
		for _, p := range distributions[i].packages {
			if p.query == "" || c.isKnown(h, strings.Fields(fill(p.query)), fill(p.known)) {
				return fill(p.install)
			}
		}
		return ""
	}
	return ""
}

// isKnown asks a package manager, and reports whether a line of its answer begins with
// known. Blanks count as one.
func (c *cache) isKnown(h host.Host, query []string, known string) bool {
	path := lookPath(h, query[0])
	if path == "" {
		return false
	}
	// The answer changes with the package lists.
	answer := c.onceABuild("packages\x00"+strings.Join(query, " "), func() string {
		out, err := h.Output(append([]string{path}, query[1:]...), "")
		if err != nil {
			return "no"
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(strings.Join(strings.Fields(line), " "), known) {
				return "yes"
			}
		}
		return "no"
	})
	return answer == "yes"
}

// systemIDs returns ID and the words of ID_LIKE in an os-release file.
func systemIDs(osRelease string) []string {
	values := map[string]string{}
	for line := range strings.Lines(osRelease) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[name] = strings.Trim(value, `"'`)
		}
	}
	return append([]string{values["ID"]}, strings.Fields(values["ID_LIKE"])...)
}
