#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# A release, into dist/: an archive of the sources of the commit that is checked out, with the sources of all modules
# (vendor), so that it is built without the network; an archive of what make install installs for each architecture, made
# from the archive of the sources; and SHA256SUMS. The same commit and the same Go give the same bytes, wherever it is run.
#   install/dist.sh VERSION ARCH...      ARCH as Go calls it: amd64 arm64 …
# GO is the go command.
set -euo pipefail
export LC_ALL=C # names are sorted alike everywhere
cd -P "$(dirname "$0")/.."
GO=${GO:-go}
export GO

say() { printf 'dist: %s\n' "$*" >&2; }
die() { printf 'dist: error: %s\ndist: hint: %s\n' "$1" "$2" >&2; exit 1; }

git() { command git -c safe.directory="$PWD" "$@"; } # see version.sh

version=$1
shift
[[ $version =~ ^[0-9][0-9A-Za-z.~-]*$ ]] || die "$version is not a version" "numbers with dots between them, as in make dist VERSION=1.2.3"
[[ -e .git ]] || die "this is not a checkout of a git repository" "run it in one; an archive cannot make another"
changed=$(git status --porcelain)
[[ -z $changed ]] || die "the checkout has changes that are not committed: $(head -n 5 <<<"$changed")" "commit them, or put them aside with git stash"

# shellcheck source=install/environment.sh
. install/environment.sh
name=rustc-lto-wrap-$version
date=$(install/version.sh date)
new=$PWD/dist/.new
rm -rf "$new"
mkdir -p "$new"
trap 'rm -rf "$new"; install/owner.sh dist' EXIT

# The bytes of an archive depend on names and contents alone.
pack() { # pack FOLDER FILE
  tar --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --mtime="@$date" -C "${1%/*}" -cf - "${1##*/}" | gzip -9n >"$2"
}

say "the sources of $version"
git archive --format=tar --prefix="$name/" HEAD | tar -C "$new" -xf -
printf '%s\n' "$version" >"$new/$name/shim/version/VERSION"
sed -i '/^date: /!d' "$new/$name/shim/version/archive.txt"
(cd "$new/$name" && "$GO" mod vendor)
pack "$new/$name" "$new/$name.tar.gz"
files=("$name.tar.gz")

# The archive has everything.
export GOPROXY=off GOTOOLCHAIN=local
for arch in "$@"; do
  say "the programs for $arch"
  tree=$new/$name-linux-$arch
  make -s -C "$new/$name" VERSION="$version" BIN="build/bin-$arch" GOARCH="$arch" DESTDIR="$tree" PREFIX= install >&2
  pack "$tree" "$new/$name-linux-$arch.tar.gz"
  files+=("$name-linux-$arch.tar.gz")
done
for f in "${files[@]}"; do mv -f "$new/$f" dist/; done
(cd dist && rm -f SHA256SUMS && sums=$(sha256sum -- *) && printf '%s\n' "$sums" >SHA256SUMS)
say "in dist/: ${files[*]} SHA256SUMS"
