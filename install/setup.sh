#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# What the project needs on this machine to be built and tested, installed where it is missing: Go, and for the tests a C
# compiler (Go's race detector is linked with it). Prints the go command to use, as its only output on stdout.
#   install/setup.sh build|test
set -euo pipefail

need_minor=24 # go.mod: go 1.24

say() { printf 'setup: %s\n' "$*" >&2; }
die() { printf 'setup: error: %s\nsetup: hint: %s\n' "$1" "$2" >&2; exit 1; }

# A go that reads go.mod's version, and fetches a newer toolchain itself where it is older than that: since 1.21.
usable() {
  local v
  v=$("$1" env GOVERSION 2>/dev/null) || return 1
  [[ $v =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 21))
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
  # shellcheck disable=SC2068 # options and packages are words
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $@ >&2 || {
    say "that did not go; refreshing the list of packages"
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $@ >&2
  }
}

if ! go=$(find_go); then
  release=$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}")
  install_packages golang-go ca-certificates || true
  go=$(find_go) || { install_packages -t "$release-backports" golang-go && go=$(find_go); } ||
    die "the Go of this release is older than 1.21" "install Go 1.$need_minor or newer, and put it on PATH or into GO"
fi
if [[ ${1:-build} == test ]] && ! command -v "${CC:-cc}" >/dev/null; then
  install_packages gcc libc6-dev
fi
printf '%s\n' "$go"
