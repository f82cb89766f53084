// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"fmt"

	"rustc-lto-wrap/shim/helpers"
)

const packageDetails = `
External modules (M=) are built against a package of kernel headers, which usually has
no helpers source. This puts the bitcode that the kernel's own build has made
for modules into DIR, as rust/helpers/lto_wrap_module.bc and .json. OBJTREE is the
object tree of that build, and DIR is what becomes the package: the directory with
include/config/kernel.release. Both must be of the same kernel and configuration. If
builds with other settings or flags left bitcode as well, it takes that of the last build.

A module's build uses it if the kernel's release and configuration, the version of clang,
the flags and the target of CC, and the settings LTO_WRAP_LINKAGE, LTO_WRAP_INLINE and
LTO_WRAP_HELPERS_DROP match those of the kernel's build.
`

func runPackage(in Input) (int, error) {
	_, operands, err := in.Parse()
	if err != nil {
		return 0, err
	}
	if len(operands) != 2 {
		return 0, in.Failure("needs OBJTREE and DIR")
	}
	path, err := helpers.Package(operands[0], operands[1])
	if err != nil {
		return 0, err
	}
	fmt.Fprintln(in.Host.Stdout(), path)
	return 0, nil
}
