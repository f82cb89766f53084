// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

/* Two helpers; the second needs a function from elsewhere. */
unsigned exported_fn(unsigned x);
unsigned rust_helper_foo(unsigned x) { return x + 1; }
unsigned rust_helper_bar(unsigned x) { return exported_fn(x); }
