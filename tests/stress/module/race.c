// SPDX-License-Identifier: GPL-2.0-only
/*
 * A data race: a thread counts, this one looks on. KCSAN has to find it.
 */
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>

static unsigned int race_count;

static int race_write(void *unused)
{
	while (!kthread_should_stop()) {
		race_count++;
		cpu_relax();
	}
	return 0;
}

static noinline unsigned int race_read(void)
{
	return race_count;
}

static int __init race_init(void)
{
	unsigned int other = cpumask_any_but(cpu_online_mask, raw_smp_processor_id());
	struct task_struct *task = kthread_run_on_cpu(race_write, NULL, other, "race/%u");
	unsigned long end = jiffies + HZ;
	unsigned int seen = 0;

	if (IS_ERR(task))
		return PTR_ERR(task);
	while (time_before(jiffies, end)) {
		seen |= race_read();
		cpu_relax();
	}
	kthread_stop(task);
	return seen ? 0 : -EIO;
}
module_init(race_init);

MODULE_DESCRIPTION("A data race");
MODULE_LICENSE("GPL");
