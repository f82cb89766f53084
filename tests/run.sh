#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# All tests, part by part: each is announced, timed, and named again at the end when it failed.
#   tests/run.sh [PART...]     parts: lint unit lab tree kernel-VERSION... bench-kernel lab-builds matrix release (default: these, in this order);
#                              the versions are those of tests/lab/kernels. More parts, each of which builds further kernels:
#                              sanitizers (KASAN and KCOV, 30 minutes); robust (a table of faults, and 100 builds that are killed at random moments,
#                              30 minutes); first (a first kernel in a fresh Debian, 30 minutes);
#                              recipes (those in docs/recipes, followed in a fresh Debian, 60 minutes); roots (Debian 12, 13 and testing, each with its own
#                              tools: the Rust code of two kernels, 30 minutes); roots-boot (the same with whole kernels, booted,
#                              90 minutes)
# GO is the go command.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
GO=${GO:-go}

lint() {
  local unformatted
  unformatted=$("$("$GO" env GOROOT)/bin/gofmt" -l argv cmd install shim tests) || return 1
  [[ -z $unformatted ]] || { printf 'gofmt would change:\n%s\n' "$unformatted"; return 1; }
  "$GO" vet ./... && "$GO" run honnef.co/go/tools/cmd/staticcheck@v0.7.0 ./...
}
# Without the lab: what needs it says that it is skipped; the parts below run it.
unit() { env -u KERNEL_LAB_TESTS "$GO" test -race -count=1 ./...; }
lab() { tests/lab/lab.sh up && tests/lab/lab.sh versions; }
# What needs the lab's tools and no kernel build.
tree() {
  KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 20m ./tests/tree &&
    KERNEL_LAB_TESTS=1 "$GO" test -count=1 -timeout 20m ./shim/...
}
# The lab itself: its plain kernels boot, its copies are up to date.
lab-builds() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 60m ./tests/lab; }
kernel() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 60m ./tests/kernel -run 'TestKernel$' -kernel "$1"; }
# What a helper costs inside the kernels, without and with the shims.
bench-kernel() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 60m ./tests/bench/kmod; }

# A kernel with KASAN and KCOV: helpers are instrumented where they are inlined.
sanitizers() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 90m ./tests/kernel -run TestSanitizers -sanitizers; }
# A real kernel under faults, and builds of it that are killed at random moments and finished by the next make.
robust() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 120m ./tests/kernel -run "TestFaults|TestKilled" -kills 100; }
# One cell of the matrix, built and compared again; make matrix has all of them. tests/matrix/results stays as it is.
matrix() {
  local dir rc=0
  dir=$(mktemp -d) || return 1
  "$GO" build -o "$dir/" ./cmd/... ./tests/matrix && "$dir/matrix" -bin "$dir" -results "$dir/results" -document "$dir/matrix.md" 6.12-x86_64-lab-clang || rc=$?
  rm -rf "$dir"
  return "$rc"
}
# What is handed to users: archives and packages, made, installed, upgraded and removed.
release() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 60m ./tests/release; }

# A first kernel in a fresh Debian, by README, from the package and from the archive.
first() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 90m ./tests/release -run TestFirstKernel -first; }

# The recipes, followed in a fresh Debian.
recipes() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 180m ./tests/release -run TestRecipes -follow; }

# The first command of a new user, on several releases of Debian.
roots() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 180m ./tests/roots "$@"; }
roots-boot() { roots -boot; }

mapfile -t versions < <(tests/lab/lab.sh kernels)
[[ ${#versions[@]} -gt 0 ]] || exit 1
all=(lint unit lab tree "${versions[@]/#/kernel-}" bench-kernel lab-builds matrix release)
more=(sanitizers robust first recipes roots roots-boot)
parts=("$@")
[[ $# -gt 0 ]] || parts=("${all[@]}")
for part in "${parts[@]}"; do
  [[ " ${all[*]} ${more[*]} " == *" $part "* ]] || { printf 'tests: there is no part %s; there are: %s\n' "$part" "${all[*]} ${more[*]}" >&2; exit 2; }
done
# Seconds that a part takes on two cores, with the lab's kernels built; those that kernel-VERSION adds otherwise are announced
# by lab.sh.
seconds() {
  case $1 in
    lint) echo 10 ;; unit) echo 60 ;; lab) echo 10 ;; tree) echo 240 ;; kernel-*) echo 950 ;; bench-kernel) echo 40 ;;
    lab-builds) echo 20 ;; matrix) echo 90 ;; release) echo 240 ;; sanitizers | robust | first | roots) echo 1800 ;; recipes | roots-boot) echo 3600 ;;
  esac
}
# minutes S: in words.
minutes() { if [[ $1 -lt 60 ]]; then echo "less than a minute"; else echo "about $((($1 + 30) / 60)) min"; fi; }
left=0
for part in "${parts[@]}"; do left=$((left + $(seconds "$part"))); done

failed=() passed=0 number=0
for part in "${parts[@]}"; do
  command=("$part") number=$((number + 1))
  [[ $part != kernel-* ]] || command=(kernel "${part#kernel-}")
  printf '\n== %s: part %d of %d, %s; %s until the end\n' "$part" "$number" "${#parts[@]}" "$(minutes "$(seconds "$part")")" "$(minutes "$left")"
  left=$((left - $(seconds "$part")))
  start=$SECONDS
  if "${command[@]}"; then
    printf '== %s: passed in %d s\n' "$part" "$((SECONDS - start))"
    passed=$((passed + 1))
  else
    printf '== %s: FAILED after %d s\n' "$part" "$((SECONDS - start))"
    failed+=("$part")
  fi
done
[[ $# -gt 0 ]] || printf '\ntests: not among these parts: %s; run tests/run.sh PART\n' "${more[*]}"
[[ ${#failed[@]} -eq 0 ]] || printf '\ntests: failed: %s\n' "${failed[*]}"
printf '\n%d passed, %d failed\n' "$passed" "${#failed[@]}"
[[ ${#failed[@]} -eq 0 ]]
