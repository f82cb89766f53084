#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# What root makes in a checkout that belongs to somebody else is given to its owner, who could neither make it again nor remove
# it otherwise: make install as root, then make as the user.
#   install/owner.sh FOLDER...     relative to the checkout; those that are not there are left out
set -euo pipefail
cd "$(dirname "$0")/.."
owner=$(stat -c %u:%g .)
[[ $(id -u) -eq 0 && $owner != 0:* ]] || exit 0
for directory in "$@" .git/index; do # git describe --dirty brings the index up to date, in a new file
  [[ -e $directory ]] || continue
  # A file with another name elsewhere is left alone: it might be the system's.
  find "$directory" -xdev -uid 0 \( -type d -o -links 1 \) -exec chown -h "$owner" {} + ||
    printf 'owner: warning: %s stays with root; make as %s cannot replace it: rm -rf %s\n' "$directory" "$(stat -c %U .)" "$PWD/$directory" >&2
done
