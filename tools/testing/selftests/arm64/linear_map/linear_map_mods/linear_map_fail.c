// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets allocations of changes of the linear map fail while it is loaded. It loads
 * even if something is wrong: busybox's insmod would try a second time.
 */
#include <linux/minmax.h>
#include <linux/module.h>

#include <asm/linear_map.h>

static int mismatches;
module_param(mismatches, int, 0444);
MODULE_PARM_DESC(mismatches, "read: what was found");

static int __init linear_map_fail_init(void)
{
	mismatches = linear_map_fail_run();

	return min(mismatches, 0);
}
module_init(linear_map_fail_init);

static void __exit linear_map_fail_exit(void)
{
}
module_exit(linear_map_fail_exit);

MODULE_DESCRIPTION("Allocation failures in changes of the arm64 linear map");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("LINEAR_MAP_SELFTEST");
