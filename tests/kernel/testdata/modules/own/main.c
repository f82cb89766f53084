// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

#include <linux/module.h>

long own_glue(long a);

static int __init own_init(void)
{
	pr_info("lab_own: glue says %ld\n", own_glue(5000000));
	return 0;
}
module_init(own_init);

static void __exit own_exit(void)
{
}
module_exit(own_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a module with its own function of a helper's name");
