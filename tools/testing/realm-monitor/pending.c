// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of stale translations: a dense array, so that a TLBI can look at
 * all, and a hash over the entry's address, so that a store finds its own.
 */

#include "pending.h"
#include "console.h"
#include "end.h"
#include "layout.h"
#include "stage2.h"
#include "tables.h"

/*
 * Lazily freed vmalloc ranges wait for one TLBI together: at most 32 MiB times
 * the logarithm of the number of CPUs (lazy_max_pages()), 32768 pages of 4K
 * for 8 CPUs.
 */
#define MAX_PENDING	65536
#define BUCKETS		16384
#define NONE		(~0U)

static struct pending *records;
static u32 *buckets;
static u32 count, ranges;
/* No record lies outside; reset when there is none. */
static u64 lowest, highest;

u64 pending_layout(u64 ram_end)
{
	u64 size = MAX_PENDING * sizeof(*records) + BUCKETS * sizeof(*buckets);

	ram_end = ALIGN_DOWN(ram_end - size, GRANULE_SIZE);
	records = (struct pending *)ram_end;
	buckets = (u32 *)(records + MAX_PENDING);
	pending_forget_all();
	return ram_end;
}

void pending_forget_all(void)
{
	count = 0;
	ranges = 0;
	memset(buckets, 0xff, BUCKETS * sizeof(*buckets));
}

static u32 *bucket(u64 slot)
{
	return &buckets[((slot >> 3) ^ (slot >> 17)) % BUCKETS];
}

struct pending *pending_find(u64 slot)
{
	u64 va = slot_va(slot);
	u32 i;

	/* The page may have been a table for another address before. */
	for (i = *bucket(slot); i != NONE; i = records[i].next)
		if (records[i].slot == slot && records[i].va == va)
			return &records[i];
	return NULL;
}

static u64 last_address(const struct pending *p)
{
	return p->va + level_size(&format, p->level) - 1;
}

static bool is_table(const struct pending *p)
{
	return desc_kind(&format, p->level, p->old) == TABLE;
}

/* The table that @p is about may have leaves that TLBs hold. */
static void add_leaves(struct pending *p, u32 holders)
{
	u64 *entry = (u64 *)desc_address(&format, p->level, p->old);
	unsigned int n = level_entries(&format, p->level + 1), i;
	u64 size = level_size(&format, p->level + 1);

	if (!stage2_is_guest_ram((u64)entry, n * sizeof(u64)))
		return;
	for (i = 0; i < n; i++)
		if (desc_kind(&format, p->level + 1, entry[i]) == LEAF)
			break;
	if (i == n)
		return;
	p->leaf_holders |= holders;
	p->leaf_va = p->va;
	p->leaf = entry[i];
	p->leaf_index = i;
	while (i < n && entry[i] == p->leaf + (i - p->leaf_index) * size)
		i++;
	p->leaf_count = i - p->leaf_index;
}

struct pending *pending_add(u64 slot, int level, u64 old, u32 holders, u64 pc)
{
	struct pending *p = pending_find(slot);
	u32 *head = bucket(slot);

	if (p) {
		p->holders |= holders;
		if (is_table(p))
			add_leaves(p, holders);
		return p;
	}
	if (count == MAX_PENDING) {
		print("\nwatch: more than %lu stale translations\n",
		      (u64)MAX_PENDING);
		end("error", "watch-pending");
	}
	p = &records[count];
	*p = (struct pending) {
		.slot = slot,
		.va = slot_va(slot),
		.old = old,
		.pc = pc,
		.holders = holders,
		.next = *head,
		.level = level,
	};
	*head = count;
	if (!count || p->va < lowest)
		lowest = p->va;
	if (!count || last_address(p) > highest)
		highest = last_address(p);
	count++;
	ranges += level < LAST_LEVEL;
	if (is_table(p))
		add_leaves(p, holders);
	return p;
}

/* The link of the chain that says @i. */
static u32 *link_to(u32 i)
{
	u32 *link = bucket(records[i].slot);

	while (*link != i)
		link = &records[*link].next;
	return link;
}

void pending_remove(struct pending *p)
{
	u32 i = p - records;

	ranges -= p->level < LAST_LEVEL;
	*link_to(i) = p->next;
	count--;
	if (i == count)
		return;
	/* The last one takes the place. */
	*link_to(count) = i;
	*p = records[count];
}

bool pending_any(void)
{
	return count;
}

bool pending_ranges(void)
{
	return ranges;
}

static bool overlaps(const struct pending *p, u64 base, u64 last)
{
	return p->va <= last && last_address(p) >= base;
}

struct pending *pending_next(struct pending *p, u64 base, u64 last)
{
	if (!count || last < lowest || base > highest)
		return NULL;
	for (p = p ? p + 1 : records; p < records + count; p++)
		if (overlaps(p, base, last))
			return p;
	return NULL;
}

/*
 * Arm ARM, TLB maintenance: by address, entries of the last level only or of all levels;
 * an ASID does not matter to global leaves, but to what is cached of a walk; a
 * level hint that is wrong need not invalidate anything.
 */
static bool covers(const struct invalidation *op, const struct pending *p)
{
	if (!overlaps(p, op->base, op->last))
		return false;
	if (is_table(p))
		return !op->last_level && op->all_asids;
	if ((p->old & DESC_NG) && !op->all_asids)
		return false;
	return op->level < 0 || op->level == p->level;
}

/* The leaves of a table, for which one address does not stand for others. */
static void invalidate_leaves(const struct invalidation *op, struct pending *p)
{
	if (!op->all_asids || (op->level >= 0 && op->level != p->level + 1) ||
	    op->base > p->leaf_va || op->last < p->leaf_va)
		return;
	p->leaf_va = op->last + 1;
	if (op->last >= last_address(p))
		p->leaf_holders &= ~op->cpus;
}

void pending_invalidate(const struct invalidation *op,
			void (*settled)(const struct pending *p))
{
	u32 i;

	if (!count || op->last < lowest || op->base > highest)
		return;
	/* Downwards: removing puts the last one, already seen, in the place. */
	for (i = count; i-- > 0;) {
		struct pending *p = &records[i];
		bool held = p->holders;

		if (covers(op, p))
			p->holders &= ~op->cpus;
		if (p->leaf_holders)
			invalidate_leaves(op, p);
		if (held && !p->holders)
			settled(p);
		if (!p->holders && !p->leaf_holders)
			pending_remove(p);
	}
}
