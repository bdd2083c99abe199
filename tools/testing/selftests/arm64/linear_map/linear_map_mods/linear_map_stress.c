// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the stress test of the linear map while it is loaded. It loads even if
 * something is wrong: busybox's insmod would try a second time.
 */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/module.h>

#include <asm/linear_map.h>

static struct linear_map_stress params = {
	.ops = 100000,
	.rounds = 20,
	.mbytes = 32,
	.seed = 1,
};

module_param_named(ops, params.ops, ulong, 0444);
MODULE_PARM_DESC(ops, "operations of all threads (default 100000)");
module_param_named(rounds, params.rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "after each the tables are checked (default 20)");
module_param_named(threads, params.threads, uint, 0444);
MODULE_PARM_DESC(threads, "at once (default 0: as many as CPUs)");
module_param_named(mbytes, params.mbytes, uint, 0444);
MODULE_PARM_DESC(mbytes, "MiB of memory to work on (default 32)");
module_param_named(seed, params.seed, ulong, 0444);
MODULE_PARM_DESC(seed, "each thread does the same with the same seed (default 1)");
module_param_named(fail, params.fail, uint, 0444);
MODULE_PARM_DESC(fail, "one of so many operations is to lack memory (default 0: none)");

static int mismatches;
module_param(mismatches, int, 0444);
MODULE_PARM_DESC(mismatches, "read: what was found");

static int __init linear_map_stress_init(void)
{
	if (!params.threads)
		params.threads = num_online_cpus();
	mismatches = linear_map_stress_run(&params);

	return min(mismatches, 0);
}
module_init(linear_map_stress_init);

static void __exit linear_map_stress_exit(void)
{
}
module_exit(linear_map_stress_exit);

MODULE_DESCRIPTION("Stress test of the arm64 linear map");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("LINEAR_MAP_SELFTEST");
