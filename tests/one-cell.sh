#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# Cells of the matrix, built and compared again: make matrix has all of them, and keeps its results. tests/matrix/results stays
# as it is.
#   tests/one-cell.sh CELL...     GO is the go command
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${GO:-go}" build -o "$dir/" ./cmd/... ./tests/matrix
"$dir/matrix" -bin "$dir" -results "$dir/results" -document "$dir/matrix.md" "$@"
