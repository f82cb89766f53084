#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# Every fuzz target of the project, one after the other.
#   tests/fuzz.sh [TIME [REGEXP]]   TIME for each (1m), of the targets whose "PACKAGE NAME" matches
# What is found is in testdata/fuzz of the package, as a test from then on. GO is the go command.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
GO=${GO:-go}
time=${1:-1m}

# From the sources: go test -list builds each package's tests first.
mapfile -t targets < <("$GO" list -f '{{range .TestGoFiles}}{{printf "%s %s/%s\n" $.ImportPath $.Dir .}}{{end}}' ./... | while read -r package file; do
  sed -n "s|^func \(Fuzz[A-Za-z0-9]*\)(f \*testing\.F) {$|$package \1|p" "$file"
done | grep -E -- "${2:-.}")
[[ ${#targets[@]} -gt 0 ]] || { printf 'fuzz: error: no target matches %s\n' "${2:-}" >&2; exit 2; }
printf 'fuzz: %d targets, %s each\n' "${#targets[@]}" "$time"
failed=() passed=0
# Go tries for a minute to shorten each input that reaches new code: in ten minutes, the reader of objects, whose inputs have kilobytes, saw
# 46 of them. A second is enough.
for target in "${targets[@]}"; do
  read -r package name <<<"$target"
  if out=$("$GO" test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 1s "$package" 2>&1); then
    passed=$((passed + 1))
    printf '%-60s %s\n' "$target" "$(grep -oE 'execs: [0-9]+.*' <<<"$out" | tail -n 1)"
  else
    failed+=("$target")
    printf '%s: FAILED\n%s\n' "$target" "$out"
  fi
done
[[ ${#failed[@]} -eq 0 ]] || printf 'fuzz: failed: %s\n' "${failed[@]}"
printf '%d passed, %d failed\n' "$passed" "${#failed[@]}"
[[ ${#failed[@]} -eq 0 ]]
