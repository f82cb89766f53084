#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors
#
# Shows whether a change of the two programs changed what they make. It builds them from git revision BASE and from the
# working tree, makes the Rust objects of each kernel with both, and compares objects, modules, kernels, helpers' bitcode,
# records, the names of all side files, and what make printed. The exit status is 1 if something differs.
#   tests/unchanged.sh BASE [KERNEL...]       kernels of the lab (default: all)
# Settings (LTO_WRAP_…) of the environment apply to both builds. GO is the go command.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go} lab=tests/lab/lab.sh
[[ $# -ge 1 ]] || { echo "usage: tests/unchanged.sh BASE [KERNEL...]" >&2; exit 2; }
base=$(git rev-parse --verify "$1^{commit}"); shift
kernels=("$@")
[[ $# -gt 0 ]] || mapfile -t kernels < <("$lab" kernels)
[[ ${#kernels[@]} -gt 0 ]] || { echo "unchanged: no kernel to compare" >&2; exit 1; }

work=$(mktemp -d) name=unchanged-$$
trees=()
clean() {
  local t
  for t in ${trees[@]+"${trees[@]}"}; do rm -rf --one-file-system -- "$t"; done
  git worktree remove --force "$work/base" 2>/dev/null || true
  rm -rf -- "$work"
}
trap clean EXIT

"$lab" up
git worktree add -q --detach "$work/base" "$base"
for side in base new; do
  source=$PWD; [[ $side == new ]] || source=$work/base
  (cd "$source" && CGO_ENABLED=0 "$GO" build -trimpath -o "$work/$side-bin/" ./cmd/...)
  "$lab" put "$work/$side-bin/rustc-lto-wrap" "$name-$side/rustc" >/dev/null
  "$lab" put "$work/$side-bin/cc-helper-wrap" "$name-$side/cc" >/dev/null
  trees+=("$("$lab" path "/lab/bin/$name-$side")")
done
pass=(); while IFS= read -r s; do pass+=(-e "$s"); done < <(env | grep '^LTO_WRAP' || true)

# remove_rust TREE: remove each object that rustc made, so that make makes it again.
remove_rust() {
  local cmd target
  while IFS= read -r cmd; do
    target=${cmd%.cmd}; target=${target%/*}/${target##*/.}
    rm -f -- "$target"
  done < <(grep -rlE --include='.*.o.cmd' 'ab/rustc .*--emit=obj=' "$1")
  rm -f -- "$1/rust/helpers/helpers.o"
}

# facts RECORD: a record without what differs from run to run: times, memory, and the programs' version.
facts() { sed -E 's/"(wall_s|cpu_s|max_rss_kib)": [0-9.e+-]+/"\1": 0/; s/"version": "[^"]*"(,?)$/"version": ""\1/' "$1"; }

differ=0
for v in "${kernels[@]}"; do
  for side in base new; do
    tree=/lab/trees/$name-$side-$v host=$("$lab" path "/lab/trees/$name-$side-$v")
    trees+=("$host")
    "$lab" fork "$v" "$tree" >/dev/null
    remove_rust "$host"
    printf 'unchanged: Linux %s, %s: building its Rust objects\n' "$v" "$side"
    "$lab" make --ab "/lab/bin/$name-$side" ${pass[@]+"${pass[@]}"} "$v" "$tree" >"$work/$side.log" 2>&1 || { cat "$work/$side.log"; exit 1; }
  done
  a=$("$lab" path "/lab/trees/$name-base-$v") b=$host
  files=0 records=0
  while IFS= read -r f; do
    files=$((files + 1))
    cmp -s "$a/$f" "$b/$f" || { printf 'differs: %s\n' "$f"; differ=1; }
  done < <(cd "$a" && find . -type f \( -name '*.o' -o -name '*.ko' -o -name vmlinux -o -name bzImage -o -name '*.rmeta' -o -name '.tmp_lto_wrap_helpers_*.bc' \))
  while IFS= read -r f; do
    records=$((records + 1))
    cmp -s <(facts "$a/$f") <(facts "$b/$f") || { printf 'record differs: %s\n' "$f"; differ=1; }
  done < <(cd "$a" && find . -name '.tmp_*.lto_wrap.json')
  diff <(cd "$a" && find . -name '.tmp_*' | sort) <(cd "$b" && find . -name '.tmp_*' | sort) || differ=1
  diff "$work/base.log" "$work/new.log" || differ=1
  printf 'unchanged: Linux %s: %d files and %d records compared with %.12s\n' "$v" "$files" "$records" "$base"
  [[ $files -gt 500 && $records -gt 4 ]] || { printf 'unchanged: too few files or records were found\n'; exit 1; }
done
[[ $differ -eq 0 ]] || { printf 'unchanged: something differs\n'; exit 1; }
printf 'unchanged: nothing differs\n'
