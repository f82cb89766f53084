#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# What the project needs on this machine to be built and tested. Prints the go command to use, as its only output on stdout.
#   install/setup.sh build     Go. In a checkout it is installed where it is missing; in an archive that is an error.
#   install/setup.sh install   Go, installed where it is missing
#   install/setup.sh lint      also shellcheck and codespell, which read the sources
#   install/setup.sh test      also a C compiler (Go's race detector is linked with it), mandoc, which checks the
#                              manual pages, and zsh and fish, of which the completion is tested
set -euo pipefail
cd "$(dirname "$0")/.."

need_minor=24 # go.mod: go 1.24

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: error: %s\nsetup: hint: %s\n' "$1" "$2" >&2; exit 1; }

# An archive of a release has what the programs are made of (vendor), and is built without the network.
archive=no
[[ ! -e vendor/modules.txt ]] || archive=yes

# In a checkout, a go since 1.21 will do: where it is older than go.mod's version, it fetches a newer toolchain itself, unless
# GOTOOLCHAIN=local forbids it. It is asked outside of the checkout, where it would fetch one for the answer.
oldest=21
[[ $archive == no ]] || oldest=$need_minor
usable() {
  local v least=$oldest
  v=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  [[ $(cd / && "$1" env GOTOOLCHAIN 2>/dev/null) != local ]] || least=$need_minor
  [[ $v =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= least))
}

find_go() {
  local g
  for g in "${GO:-}" "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-1.*/bin/go /usr/lib/go/bin/go; do
    [[ -n $g && -x $(command -v "$g" || true) ]] && usable "$g" && { printf '%s\n' "$g"; return 0; }
  done
  return 1
}

install_packages() {
  command -v apt-get >/dev/null || die "this machine has no apt-get; $* is missing" "install Go 1.$need_minor or newer and a C compiler by hand"
  [[ $(id -u) -eq 0 ]] || die "missing: $*" "run as root: apt-get install $*"
  say "installing: $*"
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@")
  "${install[@]}" >&2 || {
    say "that failed; refreshing the list of packages"
    apt-get update -q >&2
    "${install[@]}" >&2
  }
}

# What another user has left here could not be replaced.
shopt -s globstar nullglob
for f in . {bin,build,dist}{,/**}; do
  [[ ! -e $f || -w $f || -O $f ]] ||
    die "$(realpath "$f") belongs to $(stat -c %U "$f"), and $(id -un 2>/dev/null) cannot write to it" "$(
      if [[ $f == . ]]; then echo "run make as $(stat -c %U .), or copy it into a directory of your own"; else echo "as root: rm -rf $PWD/${f%%/*}"; fi)"
done

what=${1:-build}
if ! go=$(find_go); then
  [[ $what != build || $archive == no ]] ||
    die "there is no Go 1.$need_minor or newer on this machine" "put one on PATH or into GO, or let install/setup.sh install do it (Debian and Ubuntu, as root)"
  # make -j runs this twice at once: what one installs, the other one finds.
  if command -v flock >/dev/null; then
    exec {lock}<install/setup.sh
    flock "$lock"
  fi
fi
if [[ -z $go ]] && ! go=$(find_go); then
  say "there is no Go on this machine"
  # shellcheck source=/dev/null
  release=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}")
  install_packages golang-go ca-certificates || true
  go=$(find_go) || { install_packages -t "$release-backports" golang-go && go=$(find_go); } ||
    die "this release has no Go 1.$oldest or newer that could be installed" "install Go 1.$need_minor or newer, and put it on PATH or into GO"
fi
missing=()
case $what in
  lint) programs=(shellcheck codespell) ;;
  test)
    programs=(shellcheck codespell mandoc zsh fish)
    command -v "${CC:-cc}" >/dev/null || missing+=(gcc libc6-dev)
    ;;
  *) programs=() ;;
esac
if [[ $what == lint || $what == test ]]; then
  for p in "${programs[@]}"; do command -v "$p" >/dev/null || missing+=("$p"); done
  [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
fi
printf '%s\n' "$go"
