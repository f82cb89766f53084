// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"fmt"

	"rustc-lto-wrap/shim/helpers"
	"rustc-lto-wrap/shim/settings"
)

const packageDetails = `
External modules (M=) are built against a package of kernel headers, which has no
helpers source as a rule. This puts the bitcode that the kernel's own build has made
for modules into FOLDER, as rust/helpers/lto_wrap_module.bc and .json. OBJTREE is the
object tree of that build, and FOLDER what becomes the package: the folder with
include/config/kernel.release. Both must be of the same kernel and configuration. If the
build left bitcode of several settings, it takes that of LTO_WRAP_LINKAGE and
LTO_WRAP_INLINE in the environment.

A module's build uses it if the kernel's release, its configuration, the LLVM of clang
and the settings LTO_WRAP_LINKAGE and LTO_WRAP_INLINE are those of the kernel's build.

The exit status is 0 if the bitcode is in the package, and 1 if it is not.
`

func runPackage(in Input) (int, error) {
	_, operands, err := in.Parse()
	if err != nil {
		return 0, err
	}
	if len(operands) != 2 {
		return 0, in.Failure("needs OBJTREE and FOLDER")
	}
	s, err := settings.Read(in.Host)
	if err != nil {
		return 0, err
	}
	path, err := helpers.Package(s, operands[0], operands[1])
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(in.Host.Stdout(), path)
	return 0, nil
}
