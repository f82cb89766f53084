// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Command empty does nothing: what it takes to start and end is the least that a program in Go can take.
package main

func main() {}
