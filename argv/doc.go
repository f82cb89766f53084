// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package argv parses and rewrites the command lines of rustc and of C compilers.
//
// The package is pure: it reads no files and no environment, and starts no
// processes. The caller passes in a function that reads rustc's response files.
//
// Parsing never changes an argument. A [Rustc] or a [CC] keeps the slice that it
// was made from and the position of each part that it recognises. The rewriting
// methods return new slices. A command line that is not rewritten is therefore
// passed on byte for byte.
package argv
