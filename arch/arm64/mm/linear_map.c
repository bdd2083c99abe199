// SPDX-License-Identifier: GPL-2.0-only
/*
 * The linear map: whether it is block-mapped or page-mapped, whether the sizes of
 * its leaves may change while it is live, and which CPUs may walk it. The changes
 * themselves are in mmu.c.
 *
 * The invariant:
 *
 *   Every CPU that can walk the linear map supports live changes of its mapping
 *   size, or the linear map is entirely page-mapped, or nobody changes the sizes.
 *
 * Support means FEAT_BBML3, or a MIDR in bbml3_midr_list, which stands in for the
 * ID register ("BBML3" below).
 *
 * A CPU can walk the map as soon as its MMU is on with TTBR1_EL1 = swapper_pg_dir:
 * speculatively, long before its capabilities are checked or it is marked online.
 * So each secondary checks itself before that, in __cpu_check_bbml3. If it does not
 * support BBML3 it does what bbml3_entry says:
 *
 *   WAIT   it reports to the booting CPU, and waits until the word has changed
 *   OPEN   it enters the kernel
 *   SHUT   it powers itself off, or parks
 *
 * The word changes once. A CPU without BBML3 enters only after it has read OPEN,
 * and OPEN is set only when the linear map is fit for every CPU, for good. A CPU
 * with BBML3 waits for nobody. So it does not matter how many CPUs are being
 * booted, or whether they were called.
 *
 * With its MMU off a CPU reads memory, not caches: the word is cleaned to the point
 * of coherency. The TLB of a new CPU is invalidated before its MMU is on, but it may
 * share one with a CPU that has cached blocks: these are invalidated before OPEN.
 *
 * Locking: a change of attributes holds linear_map_lock for reading, from the split
 * to the end of its TLB invalidation. Whoever changes leaf sizes, or whether they
 * may change, holds it for writing: no other task is between its read of an entry
 * and its write then. Page tables are allocated before the lock is taken. Where leaf
 * sizes are fixed nothing is locked: pages are changed in atomic context there.
 */
#define pr_fmt(fmt) "linear map: " fmt

#include <linux/cacheflush.h>
#include <linux/cleanup.h>
#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/set_memory.h>
#include <linux/string.h>

#include <asm/barrier.h>
#include <asm/kfence.h>
#include <asm/rsi.h>
#include <asm/set_memory.h>
#include <asm/tlbflush.h>

#include "linear_map.h"

DECLARE_RWSEM(linear_map_lock);

/* Changes from the first to one of the others, once, with linear_map_lock held. */
static enum {
	/* Blocks that may be split. All CPUs that can walk them support BBML3. */
	LINEAR_MAP_BLOCKS,
	/* Blocks that nobody splits. */
	LINEAR_MAP_FIXED,
	/* Pages, except for the alias of the kernel's text, which stays as it is. */
	LINEAR_MAP_PAGES,
} linear_map_state;

/* linear_map= */
static enum linear_map_strategy {
	STRATEGY_BLOCK,
	STRATEGY_PTE_FIRST,
	STRATEGY_PTE,
} strategy __ro_after_init;

static int __init parse_linear_map(char *arg)
{
	strategy = STRATEGY_BLOCK;
	if (arg && !strcmp(arg, "pte-first"))
		strategy = STRATEGY_PTE_FIRST;
	else if (arg && !strcmp(arg, "pte"))
		strategy = STRATEGY_PTE;
	else if (!arg || (strcmp(arg, "block") && strcmp(arg, "auto")))
		pr_warn("linear_map=%s is none of auto, block, pte-first and pte: auto\n",
			arg ?: "");
	return 0;
}
early_param("linear_map", parse_linear_map);

/* Page-mapped, to be collapsed after the boot. */
static bool pages_first __ro_after_init;

/* Read with the MMU off. */
u64 __section(".mmuoff.data.read") bbml3_entry;

static void set_bbml3_entry(u64 entry)
{
	unsigned long addr = (unsigned long)&bbml3_entry;

	/* What has been written to page tables is visible before the word. */
	dsb(ish);
	WRITE_ONCE(bbml3_entry, entry);
	/* Ends with a DSB. */
	dcache_clean_poc(addr, addr + sizeof(bbml3_entry));
	sev();
}

/* Will single pages be changed? Blocks that cannot be split would prevent that. */
static bool split_is_wanted(void)
{
	return rodata_full || debug_pagealloc_enabled() ||
	       arm64_kfence_can_set_direct_map() || is_realm_world();
}

/**
 * linear_map_init() - Decide how map_mem() maps RAM
 *
 * By blocks if the boot CPU supports BBML3, or if nobody will split them; by pages
 * otherwise. If it does not support BBML3 the system will not rely on that.
 *
 * With linear_map=pte-first by pages instead of blocks that may be split. They are
 * collapsed after the boot if all CPUs support BBML3. With linear_map=pte always by
 * pages.
 *
 * Context: boot CPU, in map_mem(); is_realm_world() is final.
 */
void __init linear_map_init(void)
{
	bool bbml3 = cpu_supports_bbml3();

	/* DEBUG_PAGEALLOC changes pages in atomic context: it cannot split. */
	if (debug_pagealloc_enabled() || (!bbml3 && split_is_wanted()) ||
	    strategy == STRATEGY_PTE)
		linear_map_state = LINEAR_MAP_PAGES;
	else if (!bbml3)
		linear_map_state = LINEAR_MAP_FIXED;
	else
		pages_first = strategy == STRATEGY_PTE_FIRST;

	set_bbml3_entry(bbml3 ? BBML3_ENTRY_WAIT : BBML3_ENTRY_OPEN);
}

/* Make the map fit for CPUs without BBML3. All CPUs that walk it now support it. */
static int give_up_blocks(void)
{
	bool pages = pages_first || split_is_wanted();
	int ret;

	if (linear_map_is_fixed())
		return 0;

	if (pages && !pages_first) {
		ret = linear_map_split_to_ptes();
		if (ret)
			return ret;
	}

	scoped_guard(rwsem_write, &linear_map_lock)
		WRITE_ONCE(linear_map_state,
			   pages ? LINEAR_MAP_PAGES : LINEAR_MAP_FIXED);
	flush_tlb_all();

	return 0;
}

/**
 * linear_map_open() - Let CPUs that do not support BBML3 enter the kernel
 *
 * Before, the map is split to pages, or its blocks are fixed if nobody needs to
 * split them. That is for good, whatever becomes of the CPU. If there is no memory
 * to split the map, the CPU is rejected.
 *
 * Context: the CPU that is booting another one, after a CPU has reported that it
 * waits. cpu_hotplug_lock is held for writing, so no memory is added or removed.
 * Sleeps.
 */
void linear_map_open(void)
{
	if (READ_ONCE(bbml3_entry) != BBML3_ENTRY_WAIT)
		return;

	if (give_up_blocks()) {
		pr_err("out of memory for page tables, CPUs that do not support BBML3 are rejected\n");
		set_bbml3_entry(BBML3_ENTRY_SHUT);
	} else {
		set_bbml3_entry(BBML3_ENTRY_OPEN);
	}
}

/**
 * linear_map_finalize() - The system capabilities are finalized
 *
 * If the system relies on BBML3, CPUs that do not support it must not enter from
 * here on. contpte.c relies on it, too, whatever the linear map is made of.
 *
 * A CPU can have BBML3 when it checks itself, and not when its capabilities are
 * detected: a guest is moved to another CPU. Nothing must be split then, since the
 * CPU that does it may be the one without BBML3.
 *
 * Context: boot CPU, before initcalls.
 */
void __init linear_map_finalize(void)
{
	if (!system_supports_bbml3() && !linear_map_is_fixed()) {
		if (!pages_first) {
			pr_warn("not all CPUs support BBML3 any more, blocks are not split, as with rodata=noalias\n");
			rodata_full = false;
		}
		scoped_guard(rwsem_write, &linear_map_lock)
			WRITE_ONCE(linear_map_state, pages_first ?
				   LINEAR_MAP_PAGES : LINEAR_MAP_FIXED);
	}

	if (READ_ONCE(bbml3_entry) == BBML3_ENTRY_WAIT)
		set_bbml3_entry(system_supports_bbml3() ? BBML3_ENTRY_SHUT :
							  BBML3_ENTRY_OPEN);

	switch (linear_map_state) {
	case LINEAR_MAP_BLOCKS:
		pr_info("%s, split on demand\n", pages_first ?
			"pages, to collapse" : "blocks");
		break;
	case LINEAR_MAP_FIXED:
		pr_info("blocks, never split\n");
		break;
	case LINEAR_MAP_PAGES:
		pr_info("pages\n");
		break;
	}
}

/**
 * linear_map_is_page_mapped() - Is the linear map page-mapped for good?
 *
 * Context: any
 * Return: true if all of it that may ever change is mapped by pages
 */
bool linear_map_is_page_mapped(void)
{
	return READ_ONCE(linear_map_state) == LINEAR_MAP_PAGES;
}

/**
 * linear_map_is_fixed() - Do the leaves of the linear map keep their sizes?
 *
 * Context: any. With linear_map_lock held, false stays false.
 * Return: true if no leaf size changes any more
 */
bool linear_map_is_fixed(void)
{
	return READ_ONCE(linear_map_state) != LINEAR_MAP_BLOCKS;
}

/**
 * linear_map_needs_lock() - Does a change of attributes need linear_map_lock?
 * @addr: the first address
 *
 * Not where leaf sizes never change: in the KFENCE pool and in a map whose leaves
 * are fixed. Nor in vmalloc areas, whose users map them by pages to change them.
 * Hibernation copies pages on one CPU with interrupts off, and only maps or unmaps
 * pages that were unmapped one by one before.
 *
 * Context: any
 */
bool linear_map_needs_lock(unsigned long addr)
{
	return !linear_map_is_fixed() && __is_lm_address(__tag_reset(addr)) &&
	       !is_kfence_address((void *)addr) &&
	       !(irqs_disabled() && system_state == SYSTEM_SUSPEND);
}

/**
 * linear_map_only_pages() - Is the linear map page-mapped now?
 *
 * Context: boot, before anything is collapsed
 * Return: true if no block may ever be split, whether or not there will be one
 */
bool linear_map_only_pages(void)
{
	return linear_map_is_page_mapped() || pages_first;
}

/**
 * linear_map_pages_first() - Is the linear map page-mapped, to be collapsed?
 *
 * Context: after linear_map_finalize()
 * Return: true before it was collapsed for the first time, and after
 */
bool linear_map_pages_first(void)
{
	return pages_first && !linear_map_is_fixed();
}

/**
 * linear_map_can_collapse() - May leaves of the linear map be collapsed now?
 *
 * Context: after linear_map_finalize(). With linear_map_lock held, the answer stays.
 * Return: true if all CPUs support live changes of mapping size and nobody relies on
 * the map being page-mapped
 */
bool linear_map_can_collapse(void)
{
	return !linear_map_is_fixed() && system_capabilities_finalized();
}

/**
 * can_set_direct_map() - Can single pages of the linear map be changed?
 *
 * The answer is about what is possible, not about what has been asked for. It turns
 * from false to true at most once, when all CPUs are known. It turns from true to
 * false only if a CPU has lost BBML3 during boot: linear_map_finalize().
 *
 * Context: any, after map_mem()
 * Return: true if they can be changed, or will be when all CPUs are known
 */
bool can_set_direct_map(void)
{
	switch (READ_ONCE(linear_map_state)) {
	case LINEAR_MAP_PAGES:
		return true;
	case LINEAR_MAP_BLOCKS:
		return pages_first || system_capabilities_finalized() ||
		       split_is_wanted();
	case LINEAR_MAP_FIXED:
		break;
	}

	return false;
}
