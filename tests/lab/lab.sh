#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# The kernel lab: rustc, clang and lld of one LLVM, unmodified Linux sources, and QEMU to boot what they build.
#
#   lab.sh up [tools|kernels]                 make what is missing (default: both); idempotent
#   lab.sh versions                           what the lab holds, one tool or kernel a line
#   lab.sh kernels                            the versions of the kernels that the lab holds, one a line, the newest last
#   lab.sh renew                              choose the kernels again, since there may be newer ones
#   lab.sh source VER                         inside path of the sources; VER is one of them, newest, or
#                                             own: those in KERNEL_LAB_SOURCE, a directory of this machine;
#                                             VER-ARCH, as in newest-um, for another architecture than x86_64
#   lab.sh fragments VER                      host paths of the default fragments, one a line
#   lab.sh image VER                          what is booted, relative to the object tree
#   lab.sh path INSIDE                        host path of an inside path
#   lab.sh put SRC NAME                       copy a host file to /lab/bin/NAME, atomically
#   lab.sh run [-C DIR] [-e NAME=VALUE]... [--obj OBJ] [--ab DIR] [--over DIR] CMD...
#                                             a shell command inside: --obj is mounted at /lab/obj, --ab at /lab/ab;
#                                             what it changes in the root goes to --over
#   lab.sh over PACKAGE...                    inside path of a directory for --over with Debian's packages in it, made where it is missing
#   lab.sh config VER OBJ [FRAGMENT...]       tinyconfig and host files with options (default: ARCH.config) into OBJ
#   lab.sh make [run's options] VER OBJ [ARG...]   make in OBJ with CC=/lab/ab/cc RUSTC=/lab/ab/rustc
#   lab.sh plain VER [FRAGMENT...]            full build with the unwrapped tools, cached; prints its inside path
#   lab.sh fork VER NEWOBJ [FRAGMENT...]      copy of the plain build, in which make finds nothing to do
#   lab.sh initrd [--arch ARCH] [--client SOURCE.c] OUT [MODULE.ko...]
#                                             initramfs (host path) that loads the modules in this order, runs the client (a host
#                                             file), then unloads them; for another architecture, it only loads them
#   lab.sh boot [--arch ARCH] [--initrd FILE] [--append STR] [--qemu STR] IMAGE
#                                             boot a host file, console to stdout: under QEMU, or natively for um;
#                                             --qemu: more options, split at blanks
#   lab.sh debian RELEASE                     host path of a minimal root of a Debian release, made where it is missing
#   lab.sh clean-cache                        remove what was not used for 14 days
#
# Everything lives in KERNEL_LAB (default: rustc-lto-wrap/lab in XDG_CACHE_HOME or ~/.cache). KERNEL_LAB_KIND=chroot or
# native overrules the choice of the root, KERNEL_LAB_RELEASE the Debian release of the chroot (tests/lab/releases),
# KERNEL_LAB_MIRROR the Debian mirror, BOOT_S for how many seconds a kernel that boots may print nothing (600).
# Which kernels there are to choose from: KERNEL_LAB_WITHOUT names versions that are left out, KERNEL_LAB_SUITES the suites besides
# the release itself (backports; none), KERNEL_LAB_DEBS a directory with further packages linux-source-VER_….deb.
# KERNEL_LAB_BASE names a configuration (a host file) that fragments are merged into, in place of tinyconfig.
# KERNEL_LAB_OVER is the default of --over, for kernels that need more packages than the root has.
# KERNEL_LAB_C=gcc has gcc and GNU's tools build the C code, on the machine's own architecture. KERNEL_LAB_MAKE are arguments
# for each make, separated by blanks.
# Inside, the lab is /lab; paths named OBJ and DIR are inside paths. Progress goes to stderr, results to stdout.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # chroot and debootstrap; a user's PATH may lack them
self=$(readlink -f "${BASH_SOURCE[0]}")
here=${self%/*}
# shellcheck source=sh/common.sh
. "$here/sh/common.sh"
# shellcheck source=sh/native.sh
. "$here/sh/native.sh"
# shellcheck source=sh/root.sh
. "$here/sh/root.sh"
# shellcheck source=sh/choose.sh
. "$here/sh/choose.sh"
# shellcheck source=sh/enter.sh
. "$here/sh/enter.sh"
# shellcheck source=sh/debian.sh
. "$here/sh/debian.sh"
# shellcheck source=sh/kernel.sh
. "$here/sh/kernel.sh"
# shellcheck source=sh/boot.sh
. "$here/sh/boot.sh"

# The comment at the head, behind the license.
usage() { awk 'NR < 5 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$self"; }

cmd=${1:-}
[[ $# -eq 0 ]] || shift
case $cmd in
  up | kernels | renew | versions | source | fragments | image | path | put | run | over | config | make | plain | fork | initrd | boot | debian) "cmd_$cmd" "$@" ;;
  clean-cache) cmd_clean_cache ;;
  _enter) enter_namespace "$@" ;; # what `run` starts inside its mount namespace
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
