#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# All tests, part by part: tests/run/parts describes the parts, and tests/run runs them.
#   tests/run.sh [-list FILE] [-parts] [PART...]     test (the default: the parts of make test), rest (what make test-all has
#                                                    besides), all, or parts by name; -parts prints them all, -list writes the
#                                                    result of each test into a file
# Two parts run at a time, because half of what a part does keeps one processor busy: linking, booting, compiling one crate.
# PARALLEL=1 runs them one after the other. GO is the go command.
set -euo pipefail
cd "$(dirname "$0")/.."
# A program of its own, so that what this script is told (SIGTERM), it hears: go run would not pass it on.
program=$(mktemp -d)/run
"${GO:-go}" build -buildvcs=false -o "$program" ./tests/run
exec 3<"$program" && rm -r "${program%/*}"
exec "/proc/self/fd/3" "$@"
