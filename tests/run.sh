#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# All tests, part by part: each is announced, timed, and named again at the end when it failed.
#   tests/run.sh [PART...]     parts: lab lint unit kernel-VERSION... tree bench-kernel lab-builds matrix release (default: these, in this order);
#                              VERSION is 6.12 or newest, the newest in the lab. More parts, each of which builds further kernels:
#                              sanitizers (KASAN and KCOV, 30 minutes); robust (a table of faults, and 100 builds that are killed at random moments,
#                              60 minutes); first (a first kernel in a fresh Debian, 40 minutes);
#                              recipes (those in docs/recipes, followed in a fresh Debian, 60 minutes); roots (Debian 12, 13 and testing, each with its own
#                              tools: the Rust code of two kernels, 30 minutes); roots-boot (the same with whole kernels, booted,
#                              90 minutes)
# Two parts run at a time, because half of what a part does keeps one processor busy: linking, booting, compiling one crate. PARALLEL=1 runs
# them one after the other. GO is the go command.
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
matrix() (
  dir=$(mktemp -d) || exit 1
  trap 'rm -rf "$dir"' EXIT
  "$GO" build -o "$dir/" ./cmd/... ./tests/matrix && "$dir/matrix" -bin "$dir" -results "$dir/results" -document "$dir/matrix.md" 6.12-x86_64-lab-clang
)
# What is handed to users: archives and packages, made, installed, upgraded and removed.
release() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 60m ./tests/release; }

# A first kernel in a fresh Debian, by README, from the package and from the archive.
first() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 90m ./tests/release -run TestFirstKernel -first; }

# The recipes, followed in a fresh Debian.
recipes() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 180m ./tests/release -run TestRecipes -follow; }

# The first command of a new user, on several releases of Debian.
roots() { KERNEL_LAB_TESTS=1 "$GO" test -count=1 -v -timeout 180m ./tests/roots "$@"; }
roots-boot() { roots -boot; }

all=(lab lint unit kernel-6.12 kernel-newest tree bench-kernel lab-builds matrix release)
more=(sanitizers robust first recipes roots roots-boot)
parts=("$@")
[[ $# -gt 0 ]] || parts=("${all[@]}")
for part in "${parts[@]}"; do
  [[ " ${all[*]} ${more[*]} " == *" $part "* ]] || { printf 'tests: there is no part %s; there are: %s\n' "$part" "${all[*]} ${more[*]}" >&2; exit 2; }
done
twice=$(printf '%s\n' "${parts[@]}" | sort | uniq -d)
[[ -z $twice ]] || { printf 'tests: named twice: %s\n' "$twice" >&2; exit 2; }
parallel=${PARALLEL:-2}
[[ $parallel =~ ^[1-9][0-9]*$ ]] || { printf 'tests: PARALLEL is %s, and has to be a number of parts\n' "$parallel" >&2; exit 2; }

# Seconds that a part takes on two cores while another one runs; what it takes once, to make the lab and its plain kernels, is included
# where they are missing.
seconds() {
  case $1 in
    lint) echo 20 ;; unit) echo 100 ;; lab) once 10 130 'linux-*.id' ;; tree) echo 400 ;; kernel-6.12) once 1200 600 'plain/6.12-[0-9a-f]*' ;; kernel-newest) once 1200 600 'plain/[7-9]*.*-[0-9a-f]*' ;; bench-kernel) echo 60 ;;
    lab-builds) once 30 400 "plain/*-um-*" ;; matrix) echo 120 ;; release) echo 300 ;; sanitizers | roots) echo 1800 ;; first) echo 2400 ;; robust | recipes | roots-boot) echo 3600 ;;
  esac
}
# once SECONDS MORE PATTERN: with MORE, if no file of the lab matches.
once() {
  if compgen -G "$place/$3" >/dev/null; then echo "$1"; else echo "$(($1 + $2))"; fi
}
place=$(tests/lab/lab.sh path /lab)
# minutes S: in words.
minutes() { if [[ $1 -lt 60 ]]; then echo "less than a minute"; else echo "about $((($1 + 30) / 60)) min"; fi; }
declare -A expected=() began=() running=()
for part in "${parts[@]}"; do expected[$part]=$(seconds "$part"); done
# left: seconds until the end of all parts that have not ended.
left() {
  local part sum=0 longest=0 rest
  for part in "${!expected[@]}"; do
    rest=${expected[$part]}
    [[ -z ${began[$part]:-} ]] || rest=$((rest - SECONDS + began[$part]))
    [[ $rest -gt 0 ]] || rest=0
    sum=$((sum + rest))
    [[ $rest -le $longest ]] || longest=$rest
  done
  sum=$((sum / (parallel < ${#parts[@]} ? parallel : ${#parts[@]})))
  echo $((sum > longest ? sum : longest))
}

# run PART: its tests. Where parts run side by side, each line begins with the part's name.
run() {
  local command=("$1")
  [[ $1 != kernel-* ]] || command=(kernel "${1#kernel-}")
  if [[ ${#parts[@]} -eq 1 ]]; then "${command[@]}"; return; fi
  "${command[@]}" 2>&1 | sed -u "s|^|$1: |"
  return "${PIPESTATUS[0]}"
}

# Each part is a process group of its own, all of which hears an interrupt. Without -m, bash starts background jobs with interrupts ignored.
set -m
stop() {
  trap '' INT TERM
  printf '\ntests: interrupted; ending: %s\n' "${running[*]}" >&2
  local pid
  for pid in "${!running[@]}"; do kill -INT -- "-$pid" 2>/dev/null; done
  wait
  exit 130
}
trap stop INT TERM

failed=() passed=0 number=0 waiting=("${parts[@]}")
while [[ ${#waiting[@]} -gt 0 || ${#running[@]} -gt 0 ]]; do
  if [[ ${#waiting[@]} -gt 0 && ${#running[@]} -lt $parallel ]]; then
    part=${waiting[0]} number=$((number + 1))
    waiting=("${waiting[@]:1}")
    began[$part]=$SECONDS
    printf '\n== %s: part %d of %d, %s; %s until the end\n' "$part" "$number" "${#parts[@]}" "$(minutes "${expected[$part]}")" "$(minutes "$(left)")"
    run "$part" </dev/null &
    running[$!]=$part
    continue
  fi
  rc=0
  wait -n -p ended "${!running[@]}" || rc=$?
  part=${running[$ended]}
  unset "running[$ended]" "expected[$part]"
  took=$((SECONDS - began[$part]))
  if [[ $rc -eq 0 ]]; then
    printf '\n== %s: passed in %d s\n' "$part" "$took"
    passed=$((passed + 1))
  else
    printf '\n== %s: FAILED after %d s\n' "$part" "$took"
    failed+=("$part")
  fi
done
[[ $# -gt 0 ]] || printf '\ntests: not among these parts: %s; run tests/run.sh PART\n' "${more[*]}"
[[ ${#failed[@]} -eq 0 ]] || printf '\ntests: failed: %s\n' "${failed[*]}"
printf '\n%d passed, %d failed\n' "$passed" "${#failed[@]}"
[[ ${#failed[@]} -eq 0 ]]
