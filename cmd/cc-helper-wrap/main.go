// Command cc-helper-wrap is described by cc-helper-wrap --wrap-help and the package shim.
package main

import (
	"os"

	"rustc-lto-wrap/shim"
)

func main() {
	os.Exit(shim.Main(new(shim.Real), shim.CCWrap, os.Args[1:]))
}
