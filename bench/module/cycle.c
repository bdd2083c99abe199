// SPDX-License-Identifier: GPL-2.0-only
/* What cycles.c loads and removes: a module with no more than any module has. */
#include <linux/module.h>

static int __init cycle_init(void)
{
	return 0;
}
module_init(cycle_init);

static void __exit cycle_exit(void)
{
}
module_exit(cycle_exit);

MODULE_DESCRIPTION("Comes and goes");
MODULE_LICENSE("GPL");
