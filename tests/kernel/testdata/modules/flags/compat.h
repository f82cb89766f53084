/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright 2026 The rustc-lto-wrap authors */

/* What a module includes everywhere. The kernel's helpers were compiled without it. */
#ifndef LAB_COMPAT_H
#define LAB_COMPAT_H
#include <linux/err.h>
#define IS_ERR(p) ((p) == (void *)1000000)
#endif
