// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of stale translations: a dense array, so that a TLBI can look at
 * all, and a hash over the entry's address, so that a store finds its own.
 */

#include "pending.h"
#include "console.h"
#include "end.h"
#include "layout.h"
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
static u32 count, blocks;
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
	blocks = 0;
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

static bool is_block(const struct pending *p)
{
	return p->level < 3 && desc_kind(&format, p->level, p->old) == LEAF;
}

static u64 last_address(const struct pending *p)
{
	return p->va + level_size(&format, p->level) - 1;
}

struct pending *pending_add(u64 slot, int level, u64 old, u32 holders, u64 pc)
{
	struct pending *p = pending_find(slot);
	u32 *head = bucket(slot);

	if (p) {
		p->holders |= holders;
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
	blocks += is_block(p);
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

	blocks -= is_block(p);
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

bool pending_blocks(void)
{
	return blocks;
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
 * Arm ARM D8.17: by address, entries of the last level only or of all levels;
 * an ASID does not matter to global leaves, but to what is cached of a walk; a
 * level hint that is wrong need not invalidate anything.
 */
static bool covers(const struct invalidation *op, const struct pending *p)
{
	if (!overlaps(p, op->base, op->last))
		return false;
	if (desc_kind(&format, p->level, p->old) == TABLE)
		return !op->last_level && op->all_asids;
	if ((p->old & DESC_NG) && !op->all_asids)
		return false;
	return op->level < 0 || op->level == p->level;
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

		if (!covers(op, p))
			continue;
		p->holders &= ~op->cpus;
		if (p->holders)
			continue;
		settled(p);
		pending_remove(p);
	}
}
