// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command rustc-lto-wrap is described by rustc-lto-wrap --wrap-help and the package shim.
package main

import (
	"os"

	"rustc-lto-wrap/shim"
	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/report"
)

func main() {
	os.Exit(shim.Main(new(host.Real), host.RustcWrap, os.Args[1:], report.Queries...))
}
