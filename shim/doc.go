// Package shim is what the two programs do: rustc-lto-wrap (RUSTC=) and
// cc-helper-wrap (CC=) of a kernel build.
//
// A run goes through these files, in this order:
//
//	main.go      the way from a command line to an exit status
//	decide.go    is this command line one that is rewritten, and why (not)?
//	settings.go  what the user set in the environment
//	kbuild.go    what kbuild exports to its recipes
//	tools.go     where the real tools are; versions.go: do they fit together?
//	plan.go      the commands and files that follow, as data; pipeline.go: the
//	             order of optimisation, and for what; alignment.go: how functions
//	             are aligned; merge.go: how the helpers get into a crate
//	crate.go     carrying out the plan of a crate (rustc-lto-wrap); plain.go: a
//	             crate that is compiled as if there were no shim
//	rebuild.go   what has kbuild compile a crate again when a setting changes
//	helpers.go   the helpers' bitcode: how it is made; store.go: where it is
//	             kept, who makes it, when it is still good; guard.go: which
//	             helpers a module may not have inlined
//	record.go    what is written down of each object
//
// What records and objects tell afterwards (--wrap-report, --wrap-compare) is in
// the packages report, objtree, summary, compare and render, which only
// rustc-lto-wrap has linked in.
//
// Everything that is not rewritten goes to the real tool by exec, unchanged.
// The environment and processes are reached through [Host] alone.
package shim
