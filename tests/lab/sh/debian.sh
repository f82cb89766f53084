# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# shellcheck shell=bash
# shellcheck disable=SC2154 # base, and what root.sh has, are set by lab.sh
# `debian`: minimal roots of Debian releases, in which packages are installed and removed.

# cmd_debian RELEASE: make the root where it is missing, and print its host path. Whoever uses it must leave it as it is.
cmd_debian() {
  need_args 1 "debian RELEASE" "$@"
  [[ $1 =~ ^[a-z]+$ ]] || die "debian $1" "a Debian release: bookworm, trixie, testing"
  [[ $(id -u) -eq 0 ]] || die "debootstrap needs root" "run as root"
  locate
  local dir=$base/debian-$1
  [[ -e $dir/.lab-ready ]] || locked "$base/.lock-debian-$1" make_debian "$1" "$dir"
  touch "$dir" # still in use, for clean-cache
  printf '%s\n' "$dir"
}

make_debian() {
  local release=$1 dir=$2 new=$2.new log=$2.log
  [[ ! -e $dir/.lab-ready ]] || return 0
  remove "$new" "$dir"
  debootstrap_root "$release" "$new" "$log"
  copy_network "$new"
  touch "$new/.lab-ready"
  mv -T "$new" "$dir"
}
