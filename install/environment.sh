# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors
# shellcheck shell=bash

# Sourced by what builds programs for others: nothing that the environment or "go env -w" say of the code gets into them. GO is
# the go command. From where modules come, and where they are kept, stays as it is.
for name in GOPROXY GOSUMDB GONOPROXY GONOSUMDB GOPRIVATE GOINSECURE GOTOOLCHAIN GOMODCACHE GOCACHE; do
  export "$name=$("$GO" env "$name")"
done
export GOENV=off GOWORK=off
# "go help environment", and GOFIPS140 (https://go.dev/doc/security/fips140), which builds another module in.
unset name GOFLAGS GOEXPERIMENT GOFIPS140 GOOS GOARCH GOAMD64 GO386 GOARM GOARM64 GOMIPS GOMIPS64 GOPPC64 GORISCV64 GOWASM
