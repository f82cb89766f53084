// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command cc-helper-wrap is described by cc-helper-wrap --wrap-help and the package shim.
package main

import (
	"os"

	"rustc-lto-wrap/shim"
	"rustc-lto-wrap/shim/host"
)

func main() {
	os.Exit(shim.Main(new(host.Real), host.CCWrap, os.Args[1:]))
}
