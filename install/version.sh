#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# Which version of the sources this is: what git describes, of an archive by shim/version/archive.txt; else VERSION.
#   install/version.sh                  the version: that of the tag, without the v; after a tag with the number of commits
#                                       since and the commit. Without a tag it is that in VERSION, with the commit if known.
#   install/version.sh date             seconds since 1970 of the commit, or SOURCE_DATE_EPOCH where it is set
#   install/version.sh FORMAT VERSION   VERSION in the form that packages of FORMAT (deb, rpm, apk, archlinux) accept
set -euo pipefail

self=$(realpath "$0")
cd -P "$(dirname "$self")/.."
file=shim/version/archive.txt
release=$(<shim/version/VERSION)

# field NAME: what an archive says of itself. Fails in a checkout.
field() {
  local value
  value=$(sed -n "s/^$1: //p" "$file")
  # shellcheck disable=SC2016 # git expands it
  [[ $value != '$Format'* ]] && printf '%s\n' "$value"
}

# git refuses to answer for a checkout that belongs to somebody else, since it runs what the checkout is configured with; so
# does whoever runs this file, which is a part of it.
git() { command git -c safe.directory="$PWD" "$@"; }

# git must not answer for another repository, in whose directory an archive was unpacked.
in_checkout() { [[ -e .git ]] && git rev-parse --git-dir >/dev/null 2>&1; }

case ${1:-} in
  "")
    if version=$(field version); then
      commit=$(field commit)
      version=${version:-$release${commit:+-g${commit:0:12}}}
    elif in_checkout; then
      version=$(git describe --match 'v*' --abbrev=12 --dirty 2>/dev/null) ||
        version=$release-g$(git describe --always --abbrev=12 --dirty --exclude '*')
    else
      version=$release
    fi
    printf '%s\n' "${version#v}"
    ;;
  date)
    if [[ -n ${SOURCE_DATE_EPOCH:-} ]]; then printf '%s\n' "$SOURCE_DATE_EPOCH"
    elif field date; then :
    elif in_checkout; then git log -1 --format=%ct
    else stat -c %Y "$file"; fi
    ;;
  deb | rpm | apk | archlinux)
    # What git describe appends comes after the tag's version, while "-" begins a packager's revision in each of these formats.
    if [[ ! $2 =~ ^([0-9]+(\.[0-9]+)*)(-(rc[0-9]+))?(-([0-9]+))?(-(g[0-9a-f]+))?(-(dirty))?$ ]]; then
      printf 'version: error: %s is not a version of a package\n' "$2" >&2
      printf 'version: hint: numbers with dots between them, as in make packages VERSION=1.2.3\n' >&2
      exit 1
    fi
    base=${BASH_REMATCH[1]} candidate=${BASH_REMATCH[4]} count=${BASH_REMATCH[6]}
    since=$(printf '%s\n' "$count" "${BASH_REMATCH[8]}" "${BASH_REMATCH[10]}" | grep . | paste -sd.) || true
    case $1 in
      # A version of apk's has numbers only; _pN is a patch level after the version.
      apk) printf '%s\n' "$base${candidate:+_$candidate}${count:+_p$count}" ;;
      archlinux) printf '%s\n' "$base$candidate${since:++$since}" ;;
      *) printf '%s\n' "$base${candidate:+~$candidate}${since:++$since}" ;;
    esac
    ;;
  *) sed -n 's/^# \{0,1\}//; 5,9p' "$self" >&2; exit 2 ;;
esac
