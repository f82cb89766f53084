// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

// Package shim is the way from a command line to an exit status, for both
// programs: rustc-lto-wrap (RUSTC=) and cc-helper-wrap (CC=) of a kernel build.
// [Main] begins it, and the functions rustc and cc are its table of contents.
// Everything that is not rewritten goes to the real tool by exec, unchanged.
//
// The packages below have one-way imports; imports_test.go lists what each may
// import. From the bottom up:
//
//	argv             command lines of rustc and C compilers, parsed and rewritten; pure
//	formats/…        files that are read and written: bitcode, depinfo, elfobj, llvmir, record; pure
//	version          the version of the programs
//	host             processes, environment, files, locks, messages, log
//	settings         LTO_WRAP and LTO_WRAP_…
//	kbuild           what kbuild exports, names of files, saved commands, when kbuild rebuilds;
//	                 kbuild/exports: what modules can see
//	toolchain        the real tools: found, asked for their versions, compared
//	compilation      what all steps of one rewritten command line share, and the decision
//	helpers          the helpers' bitcode: planned, made, kept, checked
//	crate            a crate: decided, planned, compiled to an object and a record
//	inspect          --wrap-check, --wrap-explain, --wrap-help, in both programs
//	report/…         --wrap-report and --wrap-compare, linked into rustc-lto-wrap only
//	shim             this package
//
// Why these and not others: package compilation exists because host, settings, kbuild's
// environment, tools and log travel together through every plan and every step;
// package formats collects what could be used by any program; package report is
// apart from inspect because cc-helper-wrap is started for each C file and must not
// carry it.
package shim
