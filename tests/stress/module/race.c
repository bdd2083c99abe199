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
	struct task_struct *task = kthread_create(race_write, NULL, "race");
	unsigned long end = jiffies + HZ;
	unsigned int changes = 0, last = 0;

	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpumask_any_but(cpu_online_mask, raw_smp_processor_id()));
	wake_up_process(task);
	while (time_before(jiffies, end)) {
		unsigned int now = race_read();

		changes += now != last;
		last = now;
		cpu_relax();
	}
	kthread_stop(task);
	return changes ? 0 : -EIO;
}
module_init(race_init);

static void __exit race_exit(void)
{
}
module_exit(race_exit);

MODULE_DESCRIPTION("A data race");
MODULE_LICENSE("GPL");
