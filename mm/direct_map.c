// SPDX-License-Identifier: GPL-2.0-only
/*
 * Healing of the direct map: blocks that were split because a page in them had
 * other attributes for some time are merged again.
 *
 * Who restores attributes says so, in any context, and that is one bit. Once a
 * period a worker looks at the blocks that were restored in the period before
 * and not since. So what is in use is left alone, and a block that is split
 * again and again is merged no more than once in two periods. As a whole the
 * worker rests twenty times as long as it has worked.
 *
 * The bits are a hash of the addresses: with more blocks than bits some share
 * one, and are looked at too often. That costs time, but no memory.
 */
#include <linux/bitmap.h>
#include <linux/direct_map.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/sched/cputime.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#define PERIOD		HZ
#define REST		20
#define NR_BITS		SZ_64K		/* 128 GiB by blocks of 2 MiB */

/* Restored in this period; and in the one before. */
static DECLARE_BITMAP(restored, NR_BITS);
static DECLARE_BITMAP(quiet, NR_BITS);

/* Merging interrupts all CPUs, which not everybody wants. */
static bool enabled = true;
module_param_named(heal, enabled, bool, 0644);
MODULE_PARM_DESC(heal, "merge what is split of the direct map when it is restored");

static struct workqueue_struct *heal_wq;
static void heal(struct work_struct *work);
static DECLARE_DELAYED_WORK(heal_work, heal);

static unsigned long block_of(unsigned long addr)
{
	return addr / PMD_SIZE;
}

/**
 * direct_map_restored() - a range has its usual attributes again
 * @addr: its address in the direct map
 * @size: in bytes
 *
 * Its blocks will be merged again when they have been left alone for a while.
 * It does no harm to say so of what cannot be merged yet.
 *
 * Context: any but NMI.
 */
void direct_map_restored(unsigned long addr, unsigned long size)
{
	unsigned long block = block_of(addr);
	unsigned long last = block_of(addr + size - 1);

	if (!READ_ONCE(enabled))
		return;
	last = min(last, block + NR_BITS - 1);
	for (; block <= last; block++)
		set_bit(block % NR_BITS, restored);

	/* Either heal() sees the bits, or we see that it runs already. */
	smp_mb__after_atomic();
	/* Pairs with smp_store_release() in direct_map_init(). */
	if (smp_load_acquire(&heal_wq) && !delayed_work_pending(&heal_work))
		queue_delayed_work(heal_wq, &heal_work, PERIOD);
}

static bool is_quiet(unsigned long addr)
{
	unsigned long bit = block_of(addr) % NR_BITS;

	return test_bit(bit, quiet) && !test_bit(bit, restored);
}

/* The first address in [@addr, @end) of a block that is quiet, or @end. */
static unsigned long find_quiet(unsigned long addr, unsigned long end)
{
	while (addr < end && !is_quiet(addr)) {
		unsigned long bit = block_of(addr) % NR_BITS;
		unsigned long next = find_next_bit(quiet, NR_BITS, bit + 1);

		addr = ALIGN_DOWN(addr, PMD_SIZE) + (next - bit) * PMD_SIZE;
	}

	return min(addr, end);
}

static void collapse_quiet(void)
{
	unsigned long addr, end, next, bit;

	get_online_mems();
	addr = (unsigned long)__va(memblock_start_of_DRAM());
	end = (unsigned long)__va(memblock_end_of_DRAM() - 1) + 1;
	put_online_mems();

	while ((addr = find_quiet(addr, end)) < end) {
		next = min(ALIGN(addr + 1, PUD_SIZE), end);
		if (arch_direct_map_collapse(addr, next, is_quiet) == -EBUSY) {
			/* Those that are done will cost a look. */
			for_each_set_bit(bit, quiet, NR_BITS)
				set_bit(bit, restored);
			return;
		}
		addr = next;
	}
}

static void heal(struct work_struct *work)
{
	u64 began = task_sched_runtime(current), rest;
	bool more = false;
	int i;

	/* Until mark_rodata_ro() is done, the root table can become read-only. */
	if (system_state < SYSTEM_RUNNING) {
		queue_delayed_work(heal_wq, &heal_work, PERIOD);
		return;
	}

	collapse_quiet();

	for (i = 0; i < BITS_TO_LONGS(NR_BITS); i++) {
		quiet[i] = xchg(&restored[i], 0);
		more |= quiet[i];
	}
	/* direct_map_restored() may have queued it for an earlier time. */
	rest = nsecs_to_jiffies64(REST * (task_sched_runtime(current) - began));
	if (more || rest > PERIOD)
		mod_delayed_work(heal_wq, &heal_work, max_t(u64, PERIOD, rest));
}

static int __init direct_map_init(void)
{
	struct workqueue_struct *wq;

	wq = alloc_workqueue("direct_map", WQ_UNBOUND | WQ_FREEZABLE, 1);
	if (!wq)
		return -ENOMEM;
	/* Pairs with smp_load_acquire() in direct_map_restored(). */
	smp_store_release(&heal_wq, wq);
	/* Whatever was restored so far. */
	queue_delayed_work(wq, &heal_work, PERIOD);

	return 0;
}
late_initcall(direct_map_init);
