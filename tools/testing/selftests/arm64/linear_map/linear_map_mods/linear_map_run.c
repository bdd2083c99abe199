// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the selftest of the linear map once more while it is loaded. The results
 * are in debugfs, linear_map_selftest/runtime.
 */
#include <linux/module.h>

#include <asm/linear_map.h>

static int __init linear_map_run_init(void)
{
	return linear_map_selftest_run() ? -EIO : 0;
}
module_init(linear_map_run_init);

static void __exit linear_map_run_exit(void)
{
}
module_exit(linear_map_run_exit);

MODULE_DESCRIPTION("Run-time selftest of the arm64 linear map");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("LINEAR_MAP_SELFTEST");
