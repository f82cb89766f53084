// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

#include <linux/types.h>

/* The module's own function of that name, which does something else than the kernel's. */
bool rust_helper_IS_ERR(const void *p);
bool rust_helper_IS_ERR(const void *p)
{
	return true;
}
