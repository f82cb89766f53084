// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

#include <linux/err.h>

/* The module's own helper, for kernels without Rust. */
bool rust_helper_IS_ERR(const void *p);
bool rust_helper_IS_ERR(const void *p)
{
	return IS_ERR(p);
}
