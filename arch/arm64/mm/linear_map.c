// SPDX-License-Identifier: GPL-2.0-only
/*
 * The strategy of the linear map: which leaf sizes it is made of, and whether
 * these may change while it is live. The mechanism is in mmu.c.
 *
 * The invariant:
 *
 *   Every CPU that can walk the linear map tolerates live changes of its
 *   mapping size (FEAT_BBML3, or a MIDR that is known to behave like it), or the
 *   linear map is entirely mapped by pages, or nobody wants to change them.
 *
 * A CPU can walk the linear map from the moment at which it is admitted
 * (cpu_admission.c): TTBR1_EL1 points to swapper_pg_dir as soon as its MMU is on,
 * long before it is marked online, and it walks speculatively. So it is looked at
 * before that, and what it must not meet is made to go away: linear_map_admit().
 *
 * The state changes under pgtable_split_lock, and never back to an earlier one.
 * A split holds that lock from the look at the state to its last write, so none is
 * in flight when a CPU is admitted that does not tolerate it. Its TLB is
 * invalidated before its MMU is turned on, but it may share one with CPUs that
 * have cached blocks: these are invalidated before it is admitted. Who does not
 * split reads the state without the lock: what he concludes holds for as long as
 * the system stays in that phase.
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
#include <asm/tlbflush.h>

/* Serialises splits, and changes of what allows them. */
DEFINE_MUTEX(pgtable_split_lock);

static enum linear_map_state {
	/* Blocks; all CPUs that were admitted so far tolerate splits. */
	BLOCKS_SO_FAR,
	/* Blocks; others than CPUs that tolerate splits are refused. */
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
		linear_map_state = tolerant ? BLOCKS_SO_FAR : BLOCKS_FIXED;
}

/*
 * Make the map fit for a CPU that does not tolerate splits. The time that this
 * takes is the boot's; nobody is stopped.
 */
static int give_up_blocks(void)
{
	enum linear_map_state state = READ_ONCE(linear_map_state);
	int ret;

	if (state == BLOCKS_SO_FAR && split_wanted) {
		ret = linear_map_split_to_ptes();
		if (ret)
			return ret;
	}

	scoped_guard(mutex, &pgtable_split_lock) {
		if (state == PAGES_FIRST || split_wanted)
			WRITE_ONCE(linear_map_state, PAGES);
		else
			WRITE_ONCE(linear_map_state, BLOCKS_FIXED);
	}
	flush_tlb_all();

	return 0;
}

/**
 * linear_map_admit() - may a CPU walk the linear map?
 * @tolerant: it tolerates live changes of mapping size
 *
 * After the capabilities are final, a CPU that lacks what all others have is
 * refused, as check_local_cpu_capabilities() would do when it is too late:
 * contpte.c relies on it as well.
 *
 * Before that, blocks are split to pages for it, live: all CPUs that can walk
 * them tolerate it. If nobody asked for pages, blocks stay, and are not split any
 * more. Either is for good, whatever becomes of the CPU.
 *
 * Context: the CPU that boots the other one, cpu_hotplug_lock held for writing: no
 * memory is added and no leaves are merged; or the boot CPU while it is alone. Sleeps.
 * Return: 0; -EPERM or -ENOMEM if the CPU must not turn its MMU on.
 */
int linear_map_admit(bool tolerant)
{
	if (tolerant)
		return 0;
	if (system_capabilities_finalized())
		return system_supports_bbml3() || !linear_map_stays() ? -EPERM : 0;
	if (linear_map_stays())
		return 0;

	return give_up_blocks();
}

/**
 * linear_map_admit_boot_cpu() - a second look at the boot CPU
 * @tolerant: it tolerates live changes of mapping size, wherever it may run
 *
 * It cannot be refused. If there is no memory to map by pages, blocks are not split
 * any more; nobody has relied on can_set_direct_map() yet.
 *
 * Context: boot CPU, before there are others.
 */
void __init linear_map_admit_boot_cpu(bool tolerant)
{
	if (!linear_map_admit(tolerant))
		return;

	pr_err("no memory to map by pages, which CPUs need that this guest may run on\n");
	guard(mutex)(&pgtable_split_lock);
	WRITE_ONCE(linear_map_state, BLOCKS_FIXED);
}

/**
 * linear_map_finalize() - all early CPUs are known
 *
 * From here on a late CPU that does not tolerate splits is refused if all early
 * ones do (ARM64_HAS_BBML3 is a strict early cpucap). If the map has blocks that
 * may be split, they do: linear_map_admit().
 *
 * Context: boot CPU, after the system capabilities were finalized.
 */
void __init linear_map_finalize(void)
{
	linear_map_selftest_finalize();

	guard(mutex)(&pgtable_split_lock);

	merge_pages = linear_map_state == PAGES_FIRST;
	if (merge_pages || linear_map_state == BLOCKS_SO_FAR)
		WRITE_ONCE(linear_map_state, BLOCKS_ALL_CPUS);

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
 * Return: true if it was, before some of them were.
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

	return state == BLOCKS_SO_FAR || state == BLOCKS_ALL_CPUS;
}

/**
 * can_set_direct_map() - can single pages of the linear map be changed?
 *
 * The answer is about what is possible, not about what somebody asked for. It
 * turns from false to true at most once, when the last CPU that could have
 * been in the way is known, and not back after linear_map_admit_boot_cpu(): who
 * made a page invalid can count on set_direct_map_default_noflush() to restore
 * it. Where blocks will be split to pages in front of a CPU that does not tolerate
 * splits, it is true from the start.
 *
 * Context: any, after map_mem().
 * Return: true if they can be changed, or will be when all CPUs are known.
 */
bool can_set_direct_map(void)
{
	switch (READ_ONCE(linear_map_state)) {
	case PAGES_FIRST:
	case PAGES:
	case BLOCKS_ALL_CPUS:
		return true;
	case BLOCKS_SO_FAR:
		return split_wanted;
	case BLOCKS_FIXED:
		break;
	}

	return false;
}
