// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

package inspect

import (
	"fmt"
	"strings"

	"rustc-lto-wrap/shim/host"
	"rustc-lto-wrap/shim/settings"
)

// Purpose says what each program is for.
var Purpose = map[host.Program]string{
	host.RustcWrap: "Give it to a kernel build as RUSTC=. It runs the real rustc, and inlines the kernel's C helpers into each crate that can call them.",
	host.CCWrap:    "Give it to a kernel build as CC=. It runs the real C compiler. When that compiles the helpers, it also makes their bitcode, with kbuild's exact flags.",
}

// BuildCommand is the command line of a kernel build with each program.
var BuildCommand = map[host.Program]string{
	host.RustcWrap: "make LLVM=1 RUSTC=rustc-lto-wrap",
	host.CCWrap:    "make LLVM=1 CC=cc-helper-wrap RUSTC=rustc-lto-wrap",
}

func runHelp(in Input) (int, error) {
	if err := in.None(); err != nil {
		return 0, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s\n\n%s\n\n", BuildCommand[in.Program], Purpose[in.Program])
	for _, q := range in.Queries {
		fmt.Fprintf(&b, "  %s\n                            %s\n", q.line(), q.What)
	}
	fmt.Fprintf(&b, "\nEach of these prints more if it is followed by --help.\n\nSettings, from the environment:\n\n")
	for _, v := range settings.Variables {
		fmt.Fprintf(&b, "  %s=%s\n      %s\n", v.Name, v.Values, v.Help())
	}
	return 0, outputError(fmt.Fprint(in.Host.Stdout(), b.String()))
}
