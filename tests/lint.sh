#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# What reads the sources without running them. GO is the go command.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
git() { command git -c safe.directory="$PWD" "$@"; } # see install/version.sh
unformatted=$("$("$GO" env GOROOT)/bin/gofmt" -l argv cmd install shim tests)
[[ -z $unformatted ]] || { printf 'gofmt would change:\n%s\n' "$unformatted"; exit 1; }
# staticcheck has go list load the programs, for which go list asks git, which refuses where the checkout is another user's.
GOFLAGS="$("$GO" env GOFLAGS) -buildvcs=false"
export GOFLAGS
"$GO" vet ./...
# Sources are named relative to the script, or to this directory.
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck -x -P SCRIPTDIR:. -S warning
# Names in code are no words; these are, in this field.
# shellcheck disable=SC2046 # names of files without blanks
codespell -L crate,crates,inout,nd,statics $(git ls-files '*.md' '*.sh' '*.txtar' Makefile .github)
# 0.6.1 is the last staticcheck that Go 1.24 builds, and does not read what newer ones compile.
staticcheck=v0.7.0
[[ $("$GO" env GOVERSION) != go1.24* ]] || staticcheck=v0.6.1
"$GO" run "honnef.co/go/tools/cmd/staticcheck@$staticcheck" ./...
# Without its database, govulncheck knows nothing, which is no fault of the sources. GOVULNDB names another one than Go's.
# 1.1.4 is the last that Go 1.24 builds.
if ! said=$("$GO" run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ${GOVULNDB:+-db "$GOVULNDB"} ./... 2>&1); then
  unreached=$(sed -n 's/^govulncheck: fetching vulnerabilities: //p' <<<"$said")
  [[ -n $unreached ]] || { printf '%s\n' "$said"; exit 1; }
  printf 'lint: vulnerabilities were not looked for, since the database of govulncheck cannot be reached: %s\n' "$unreached" >&2
fi
