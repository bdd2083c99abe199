// SPDX-License-Identifier: GPL-2.0-only
/*
 * Let each allocation of a change of the linear map fail, one after the other:
 * the change must be refused with -ENOMEM, all pages must be mapped as before,
 * in leaves of whatever size, and nothing must be leaked.
 *
 * Only changes allocate, to split leaves; merging needs no memory. Before each
 * try leaves are merged, so that there is something to split.
 */
#define pr_fmt(fmt) "linear_map_fail: " fmt

#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include <asm/rsi.h>

#include "linear_map.h"

/* So often each allocation fails, to show leaks. */
#define REPEAT		1000
/* More than what others and the counters' per-CPU parts make of it. */
#define LEAKED		(REPEAT / 2)
/* A change needs at most a PMD and a PTE table at each end. */
#define MAX_ALLOCATIONS	4

static int make_invalid(unsigned long addr, int numpages)
{
	return set_memory_valid(addr, numpages, false);
}

static int make_valid(unsigned long addr, int numpages)
{
	return set_memory_valid(addr, numpages, true);
}

/* In a region whose middle is a boundary of PMD blocks, with 4K pages. */
static const struct fail_case {
	const char *name;
	bool realm;
	bool at_boundary;
	int numpages;
	int (*change)(unsigned long addr, int numpages);
	int (*restore)(unsigned long addr, int numpages);
} cases[] = {
	{ "page", false, false, 1, make_invalid, make_valid },
	{ "two_blocks", false, true, 2, make_invalid, make_valid },
	{ "decrypt_page", true, false, 1,
	  set_memory_decrypted, set_memory_encrypted },
	{ "decrypt_two_blocks", true, true, 2,
	  set_memory_decrypted, set_memory_encrypted },
};

#ifdef CONFIG_FAIL_PAGE_ALLOC
static int fail_nth(const struct fail_case *c, unsigned long addr,
		    unsigned int nth, bool *failed)
{
	int ret;

	WRITE_ONCE(current->fail_nth, nth);
	ret = c->change(addr, c->numpages);
	*failed = !xchg(&current->fail_nth, 0);

	return ret;
}
#else
static int fail_nth(const struct fail_case *c, unsigned long addr,
		    unsigned int nth, bool *failed)
{
	*failed = false;
	return -EOPNOTSUPP;
}
#endif

/* Memory whose leaves the change may split, and what is around it. */
struct region {
	struct page *page;
	unsigned int order;
	unsigned long addr;
	unsigned long leaf;		/* size of its largest leaf */
	unsigned long start, end;	/* all leaves that touch it, and more */
};

static void merge(const struct region *r)
{
	struct linear_map_collapsed merged = {};

	linear_map_collapse(r->start, r->end, NULL, &merged);
}

static void set_region(struct region *r, struct page *page)
{
	unsigned long size = PAGE_SIZE << r->order, leaf = 0;

	r->page = page;
	r->addr = (unsigned long)kasan_reset_tag(page_address(page));
	r->start = ALIGN_DOWN(r->addr, LINEAR_MAP_STEP);
	r->end = ALIGN(r->addr + size, LINEAR_MAP_STEP);
	merge(r);

	get_online_mems();
	linear_map_collapse_pause();
	linear_map_descriptor(r->addr, &leaf);
	r->leaf = leaf;
	linear_map_collapse_resume();
	put_online_mems();
}

/* Look for memory in a leaf of the largest size; false if there is none at all. */
static bool get_region(struct region *r)
{
	unsigned long limit = totalram_pages() / 2, taken = 0;
	struct page *page, *next;
	LIST_HEAD(others);

	r->order = min(PMD_ORDER + 1, MAX_PAGE_ORDER);
	do {
		page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
				   r->order);
		if (!page)
			break;
		if (r->page)
			list_add(&r->page->lru, &others);
		set_region(r, page);
		taken += 1UL << r->order;
	} while (pud_sect_supported() && r->leaf < PUD_SIZE && taken < limit);

	list_for_each_entry_safe(page, next, &others, lru)
		__free_pages(page, r->order);

	return r->page;
}

/* One number for how all pages are mapped. */
static u64 fingerprint(const struct region *r)
{
	u64 sum = 0;

	get_online_mems();
	linear_map_collapse_pause();
	for (unsigned long addr = r->start; addr < r->end; addr += PAGE_SIZE)
		sum = (sum ^ linear_map_descriptor(addr, NULL)) * GOLDEN_RATIO_64;
	linear_map_collapse_resume();
	put_online_mems();

	return sum;
}

/* NULL, or what is wrong; counts the failures. */
static const char *fail_each(const struct fail_case *c, const struct region *r,
			     unsigned long addr, unsigned int *failures)
{
	u64 before = fingerprint(r);
	bool failed;
	int ret;

	for (*failures = 0; *failures <= MAX_ALLOCATIONS; ++*failures) {
		merge(r);
		ret = fail_nth(c, addr, *failures + 1, &failed);
		if (!failed)
			break;
		if (ret != -ENOMEM)
			return "not refused with -ENOMEM";
		if (fingerprint(r) != before)
			return "refused, but not all pages are as before";
	}

	if (ret)
		return "refused, although no allocation failed";
	if (fingerprint(r) == before)
		return "nothing has changed";
	if (c->restore(addr, c->numpages))
		return "cannot be restored";
	if (fingerprint(r) != before)
		return "not all pages are as before";
	if (!*failures && r->leaf > PAGE_SIZE)
		return "no allocation was made to fail";

	return NULL;
}

static const char *fail_often(const struct fail_case *c, const struct region *r,
			      unsigned long addr, unsigned int failures)
{
	long tables, pages;
	bool failed;

	merge(r);
	tables = global_node_page_state(NR_PAGETABLE);
	pages = global_zone_page_state(NR_FREE_PAGES);
	for (unsigned int i = 0; i < failures * REPEAT; i++) {
		merge(r);
		if (fail_nth(c, addr, 1 + i % failures, &failed) != -ENOMEM ||
		    !failed)
			return "not refused with -ENOMEM again";
		cond_resched();
	}
	merge(r);
	tables = global_node_page_state(NR_PAGETABLE) - tables;
	pages -= global_zone_page_state(NR_FREE_PAGES);
	pr_info("%s: %u failures, %ld tables more, %ld pages less\n", c->name,
		failures * REPEAT, tables, pages);
	if (tables > LEAKED || pages > LEAKED)
		return "tables are leaked";

	return NULL;
}

/**
 * linear_map_fail_run() - let each allocation of a change fail
 *
 * The results are in the kernel log. Needs fail_page_alloc to be set up so that
 * it lets any allocation fail (debugfs, ignore-gfp-wait=0 and min-order=0).
 *
 * Context: process context, nobody else changes the linear map. Sleeps.
 * Return: the number of changes with which something was wrong; -EOPNOTSUPP
 * where nothing is split, allocations do not fail, or no memory is in one piece.
 */
int linear_map_fail_run(void)
{
	struct region r = {};
	int wrong = 0;

	if (!IS_ENABLED(CONFIG_FAIL_PAGE_ALLOC) || !linear_map_can_collapse())
		return -EOPNOTSUPP;
	if (!get_region(&r)) {
		pr_info("no memory in one piece\n");
		return -EOPNOTSUPP;
	}

	for (const struct fail_case *c = cases; c < cases + ARRAY_SIZE(cases); c++) {
		unsigned long middle = r.addr + (PAGE_SIZE << r.order) / 2;
		unsigned long addr = middle + (c->at_boundary ? -PAGE_SIZE : SZ_1M);
		unsigned int failures;
		const char *error;

		if (c->realm && !is_realm_world())
			continue;
		error = fail_each(c, &r, addr, &failures);
		/* The kernel warns of each decryption that fails. */
		if (!error && !c->realm)
			error = fail_often(c, &r, addr, failures);
		pr_info("%s: %s, leaf=%luK failures=%u%s%s\n", c->name,
			error ? "not ok" : "ok", r.leaf / SZ_1K, failures,
			error ? ": " : "", error ?: "");
		wrong += !!error;
	}

	/* A page in an unknown state is not given back. */
	if (!wrong)
		__free_pages(r.page, r.order);

	return wrong;
}
EXPORT_SYMBOL_NS_GPL(linear_map_fail_run, "LINEAR_MAP_SELFTEST");
