// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package argv parses and rewrites the command lines of rustc and of clang.
//
// It is pure: it reads no environment, no file and starts nothing. What a
// command line refers to (a response file of rustc) is read by a function that
// the caller passes in.
//
// Parsing never changes an argument. A [Rustc] or a [CC] remembers the slice it
// was made from and where in it each recognised part stands, and the rewriting
// methods return new slices; so a command line for which nothing is decided
// goes on byte for byte.
package argv
