// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The rustc-lto-wrap authors

#include <linux/module.h>

long flags_glue(long a);

static int __init flags_init(void)
{
	pr_info("lab_flags: in C %d, by the helper %ld\n", IS_ERR((void *)1000000), flags_glue(1000000));
	return 0;
}
module_init(flags_init);

static void __exit flags_exit(void)
{
}
module_exit(flags_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("a module whose own flags change what a helper's source means");
