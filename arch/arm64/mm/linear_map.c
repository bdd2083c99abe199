// SPDX-License-Identifier: GPL-2.0-only
/*
 * The strategy of the linear map: which leaf sizes it is made of, and whether
 * these may change while it is live. The mechanism is in mmu.c.
 *
 * The invariant:
 *
 *   Every CPU that can walk the linear map tolerates live changes of its
 *   mapping size (FEAT_BBML3, or a MIDR that is known to behave like it), or
 *   nobody changes the size of a live mapping.
 *
 * A CPU can walk the linear map from the moment at which it is released to
 * boot: TTBR1_EL1 points to swapper_pg_dir as soon as its MMU is on, long
 * before it is marked online, and it walks speculatively. So the boot CPU
 * is alone until it asks the firmware for the first secondary, and from then on
 * nothing is known until each CPU that made it has been looked at.
 *
 * Two kinds of CPUs are still missed, because they are looked at with their MMU
 * on: one that comes too late (__secondary_too_slow), and one that is booted
 * after the capabilities are final, until check_local_cpu_capabilities()
 * refuses it.
 *
 * The state changes under pgtable_split_lock, and never back to an earlier one.
 * A split holds that lock from the look at the state to its last write, so a
 * split that began while the boot CPU was alone has ended before a secondary is
 * released. (No TLBI is owed to the newcomer: its TLB is invalidated before its
 * MMU is turned on.) Who does not split reads the state without the lock: what
 * he concludes holds for as long as the system stays in that phase.
 */
#define pr_fmt(fmt) "linear map: " fmt

#include <linux/cpufeature.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <asm/kfence.h>
#include <asm/linear_map.h>
#include <asm/mmu.h>
#include <asm/rsi.h>
#include <asm/set_memory.h>

/* Serialises splits, and changes of what allows them. */
DEFINE_MUTEX(pgtable_split_lock);

static enum linear_map_state {
	/* Blocks; only the boot CPU can walk them, and it tolerates splits. */
	BLOCKS_BOOT_CPU,
	/* Blocks; CPUs can walk them about which nothing is known yet. */
	BLOCKS_UNKNOWN,
	/* Blocks; the capabilities are final and all CPUs tolerate splits. */
	BLOCKS_ALL_CPUS,
	/* Blocks that stay: a CPU does not tolerate splits, nobody needs them. */
	BLOCKS_FIXED,
	/* Pages, to be merged when all CPUs are known to tolerate it. */
	PAGES_FIRST,
	/* Pages, but for the alias of the kernel's text, which never changes. */
	PAGES,
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

/* Somebody will change single pages: a block that stays would be in the way. */
static bool split_wanted __ro_after_init;

/* The map was made of pages to be merged later, and they may be merged. */
static bool merge_pages __ro_after_init;

/**
 * linear_map_init() - decide what map_mem() makes the linear map of
 *
 * linear_map= decides, where it can:
 *
 * block: blocks where the boot CPU tolerates that they are split, or where nobody
 * will want to split them; pages otherwise. In a realm each page can be shared
 * with the host, whatever rodata= says.
 *
 * pte-first: the same, but pages instead of blocks that may be split. They are
 * merged after the boot if all CPUs tolerate it. Until then there is nothing to
 * split, so that no caller comes too early.
 *
 * pte: pages. auto: block.
 *
 * Context: boot CPU, before map_mem(); is_realm_world() is final.
 */
void __init linear_map_init(void)
{
	bool tolerant = cpu_supports_bbml3();

	split_wanted = rodata_full || debug_pagealloc_enabled() ||
		       arm64_kfence_can_set_direct_map() || is_realm_world();

	/* DEBUG_PAGEALLOC changes pages in atomic context: it cannot split. */
	if (debug_pagealloc_enabled() || (split_wanted && !tolerant) ||
	    strategy == STRATEGY_PTE)
		linear_map_state = PAGES;
	else if (tolerant && strategy == STRATEGY_PTE_FIRST)
		linear_map_state = PAGES_FIRST;
	else
		linear_map_state = tolerant ? BLOCKS_BOOT_CPU : BLOCKS_FIXED;
}

/**
 * linear_map_prepare_secondary() - a secondary CPU is about to be released
 *
 * Ends the phase in which the boot CPU is alone: afterwards no split is in
 * flight and none starts, until linear_map_finalize().
 *
 * Context: the CPU that boots the other one, cpu_hotplug_lock held. Sleeps.
 */
void linear_map_prepare_secondary(void)
{
	if (READ_ONCE(linear_map_state) != BLOCKS_BOOT_CPU)
		return;

	guard(mutex)(&pgtable_split_lock);
	WRITE_ONCE(linear_map_state, BLOCKS_UNKNOWN);
}

/**
 * linear_map_finalize() - all early CPUs are known
 *
 * From here on a late CPU that does not tolerate splits is refused if all early
 * ones do (ARM64_HAS_BBML3 is a strict early cpucap).
 *
 * Context: boot CPU, after the system capabilities were finalized and, where
 * linear_map_requires_bbml3() and a CPU lacks it, after the map was split.
 */
void __init linear_map_finalize(void)
{
	guard(mutex)(&pgtable_split_lock);

	if (linear_map_state == BLOCKS_BOOT_CPU ||
	    linear_map_state == BLOCKS_UNKNOWN) {
		if (system_supports_bbml3())
			WRITE_ONCE(linear_map_state, BLOCKS_ALL_CPUS);
		else
			WRITE_ONCE(linear_map_state,
				   split_wanted ? PAGES : BLOCKS_FIXED);
	} else if (linear_map_state == PAGES_FIRST) {
		merge_pages = system_supports_bbml3();
		WRITE_ONCE(linear_map_state,
			   merge_pages ? BLOCKS_ALL_CPUS : PAGES);
	}

	switch (linear_map_state) {
	case BLOCKS_ALL_CPUS:
		pr_info("%s, split on demand\n",
			merge_pages ? "pages, to be merged" : "blocks");
		break;
	case PAGES:
		pr_info("pages\n");
		break;
	default:
		pr_info("blocks, never split\n");
	}
}

/**
 * linear_map_by_pages() - is the linear map made of pages for good?
 *
 * Context: any.
 * Return: true if all of the linear map that may ever change is made of pages,
 * and stays so.
 */
bool linear_map_by_pages(void)
{
	return READ_ONCE(linear_map_state) == PAGES;
}

/**
 * linear_map_only_pages() - is the linear map made of pages now?
 *
 * Context: any.
 * Return: true if there is no block that may ever be split, whether or not there
 * will be one later.
 */
bool linear_map_only_pages(void)
{
	enum linear_map_state state = READ_ONCE(linear_map_state);

	return state == PAGES || state == PAGES_FIRST;
}

/**
 * linear_map_can_collapse() - may leaves of the linear map be merged now?
 *
 * Context: any; only under pgtable_split_lock does the answer stay true for
 * longer than the call.
 * Return: true if all CPUs are known to tolerate live changes of mapping size,
 * and nobody relies on the map being made of pages.
 */
bool linear_map_can_collapse(void)
{
	return READ_ONCE(linear_map_state) == BLOCKS_ALL_CPUS;
}

/**
 * linear_map_pages_first() - is the map made of pages that are to be merged?
 *
 * Context: after linear_map_finalize().
 */
bool linear_map_pages_first(void)
{
	return merge_pages;
}

/**
 * linear_map_stays() - do the leaves of the linear map keep their sizes?
 *
 * Context: any.
 * Return: true if nothing is split or merged any more: it is made of pages for
 * good, or of blocks that nobody may split.
 */
bool linear_map_stays(void)
{
	enum linear_map_state state = READ_ONCE(linear_map_state);

	return state == PAGES || state == BLOCKS_FIXED;
}

/**
 * linear_map_can_split() - may a leaf of the linear map be split now?
 *
 * A live change of mapping size is legal while every CPU that can walk the map
 * tolerates it (Arm ARM, FEAT_BBM; FEAT_BBML3 adds that it causes no abort).
 *
 * Context: any; only under pgtable_split_lock does the answer stay true for
 * longer than the call.
 * Return: true if the map has blocks, and they may be split.
 */
bool linear_map_can_split(void)
{
	enum linear_map_state state = READ_ONCE(linear_map_state);

	return state == BLOCKS_BOOT_CPU || state == BLOCKS_ALL_CPUS;
}

/**
 * linear_map_requires_bbml3() - must all CPUs tolerate splits?
 *
 * Return: true if the map has blocks that somebody will want to split, so that
 * all of them have to be split before it is made known that a CPU does not
 * tolerate it.
 */
bool linear_map_requires_bbml3(void)
{
	return !linear_map_only_pages() && split_wanted;
}

/**
 * can_set_direct_map() - can single pages of the linear map be changed?
 *
 * The answer is about what is possible, not about what somebody asked for. It
 * turns from false to true at most once, when the last CPU that could have
 * been in the way is known, and never back: who made a page invalid can count
 * on set_direct_map_default_noflush() to restore it. Where blocks will be split
 * to pages in front of a CPU that does not tolerate splits, it is true from the
 * start.
 *
 * Context: any, after map_mem().
 */
bool can_set_direct_map(void)
{
	switch (READ_ONCE(linear_map_state)) {
	case PAGES_FIRST:
	case PAGES:
	case BLOCKS_ALL_CPUS:
		return true;
	case BLOCKS_BOOT_CPU:
	case BLOCKS_UNKNOWN:
		return split_wanted;
	case BLOCKS_FIXED:
		break;
	}

	return false;
}
