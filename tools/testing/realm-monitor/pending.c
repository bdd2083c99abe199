// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of stale translations: dense arrays, so that a TLBI can look at all,
 * and a hash over the entry's address, so that a store finds its own. Entries
 * above the last level, which are few, are apart from the others: each store to
 * the last level has to look at them.
 */

#include "pending.h"
#include "console.h"
#include "end.h"
#include "layout.h"
#include "stage2.h"
#include "tables.h"

#define BUCKETS		16384
#define NONE		(~0U)

/*
 * Linux drops lazily freed vmalloc ranges together: at most 32 MiB times the
 * logarithm of the number of CPUs, which is 32768 pages of 4K for 8 CPUs. A
 * change of all of RAM, or of a block of it that is removed, has one TLBI too.
 */
#define MIN_PENDING	65536
#define GRANULES_EACH	8

static struct set {
	struct pending *first;
	u32 count, max;
	/* No record lies outside; reset when there is none. */
	u64 lowest, highest;
} sets[2];

enum { PAGES, RANGES };

static u32 *buckets;

/* The last TLBIs by address; number @n of all is at n % ARRAY_SIZE. */
static struct invalidation done[1024];
static u64 now;

static u64 max_pending(u64 ram_end)
{
	u64 n = (ram_end - RAM_BASE) / GRANULE_SIZE / GRANULES_EACH;

	return n > MIN_PENDING ? n : MIN_PENDING;
}

u64 pending_layout(u64 ram_end)
{
	u64 n = max_pending(ram_end);
	u64 ranges = n / 4;
	u64 size = (n + ranges) * sizeof(struct pending) +
		   BUCKETS * sizeof(*buckets);

	ram_end = ALIGN_DOWN(ram_end - size, GRANULE_SIZE);
	sets[PAGES].first = (struct pending *)ram_end;
	sets[PAGES].max = n;
	sets[RANGES].first = sets[PAGES].first + n;
	sets[RANGES].max = ranges;
	buckets = (u32 *)(sets[RANGES].first + ranges);
	pending_forget_all();
	return ram_end;
}

void pending_forget_all(void)
{
	sets[PAGES].count = 0;
	sets[RANGES].count = 0;
	memset(buckets, 0xff, BUCKETS * sizeof(*buckets));
}

static struct set *set_of(int level)
{
	return &sets[level < LAST_LEVEL ? RANGES : PAGES];
}

/* Chains have indices that go on from one set to the other. */
static struct pending *record(u32 i)
{
	return sets[PAGES].first + i;
}

static u32 index_of(const struct pending *p)
{
	return p - sets[PAGES].first;
}

static u32 *bucket(u64 slot)
{
	return &buckets[((slot >> 3) ^ (slot >> 17)) % BUCKETS];
}

static bool is_table(const struct pending *p)
{
	return desc_kind(&format, p->level, p->old) == TABLE;
}

static u64 table_address(const struct pending *p)
{
	return desc_address(&format, p->level, p->old);
}

static u64 last_address(const struct pending *p)
{
	return p->va + level_size(&format, p->level) - 1;
}

static bool same_kind(const struct pending *p, int level, u64 old)
{
	if (desc_kind(&format, level, old) != TABLE)
		return !is_table(p);
	return is_table(p) &&
	       desc_address(&format, level, old) == table_address(p);
}

struct pending *pending_find(u64 slot, int level, u64 old)
{
	u64 va = slot_va(slot);
	u32 i;

	/* The page may have been a table for another address before. */
	for (i = *bucket(slot); i != NONE; i = record(i)->next)
		if (record(i)->slot == slot && record(i)->va == va &&
		    same_kind(record(i), level, old))
			return record(i);
	return NULL;
}

struct pending *pending_table(u64 page, const struct pending *except)
{
	const struct set *set = &sets[RANGES];
	struct pending *p;

	if (!table_of(page)->waiting)
		return NULL;
	for (p = set->first; p < set->first + set->count; p++)
		if (p != except && p->holders && is_table(p) &&
		    table_address(p) == page)
			return p;
	return NULL;
}

/* The entry of @p leads to a table: CPUs come to hold it, or no longer do. */
static void set_holders(struct pending *p, u32 holders)
{
	bool was = p->holders, is = holders;

	p->holders = holders;
	if (was != is && is_table(p) && stage2_is_ram(table_address(p)))
		table_of(table_address(p))->waiting += is ? 1 : -1;
}

/* The table that @p is about may have leaves that TLBs hold. */
static void add_leaves(struct pending *p, u32 holders)
{
	u64 *entry = (u64 *)table_address(p);
	unsigned int n = level_entries(&format, p->level + 1), i;
	u64 size = level_size(&format, p->level + 1);

	if (!stage2_is_guest_ram((u64)entry, n * sizeof(u64)) ||
	    table_of((u64)entry)->state == TABLE_NONE)
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

static struct pending *new_record(u64 slot, int level)
{
	struct set *set = set_of(level);
	u32 *head = bucket(slot);
	struct pending *p;

	if (set->count == set->max) {
		print("\nwatch: more than %lu stale translations\n",
		      (u64)set->max);
		end("error", "watch-pending");
	}
	p = &set->first[set->count];
	*p = (struct pending) {
		.slot = slot,
		.va = slot_va(slot),
		.level = level,
		.next = *head,
	};
	*head = index_of(p);
	if (!set->count || p->va < set->lowest)
		set->lowest = p->va;
	if (!set->count || last_address(p) > set->highest)
		set->highest = last_address(p);
	set->count++;
	return p;
}

struct pending *pending_add(u64 slot, int level, u64 old, u32 holders, u64 pc)
{
	struct pending *p = pending_find(slot, level, old);

	if (!p) {
		p = new_record(slot, level);
		p->old = old;
		p->pc = pc;
	} else if (!is_table(p)) {
		p->old = desc_widest(p->old, old);
	}
	p->time = now;
	set_holders(p, p->holders | holders);
	if (is_table(p))
		add_leaves(p, holders);
	return p;
}

/* The link of the chain that leads to @p. */
static u32 *link_to(const struct pending *p)
{
	u32 *link = bucket(p->slot);

	while (*link != index_of(p))
		link = &record(*link)->next;
	return link;
}

void pending_remove(struct pending *p)
{
	struct set *set = set_of(p->level);
	struct pending *last = &set->first[set->count - 1];

	set_holders(p, 0);
	*link_to(p) = p->next;
	set->count--;
	if (p == last)
		return;
	/* The last one takes the place. */
	*link_to(last) = index_of(p);
	*p = *last;
}

bool pending_any(void)
{
	return sets[PAGES].count || sets[RANGES].count;
}

static bool overlaps(const struct pending *p, u64 base, u64 last)
{
	return p->va <= last && last_address(p) >= base;
}

/* Records of @set from @p on. */
static struct pending *next_in(const struct set *set, struct pending *p, u64 base,
			       u64 last)
{
	if (!set->count || last < set->lowest || base > set->highest)
		return NULL;
	for (; p < set->first + set->count; p++)
		if (overlaps(p, base, last))
			return p;
	return NULL;
}

struct pending *pending_next(struct pending *p, u64 base, u64 last, bool ranges)
{
	struct pending *next = NULL;

	if (!p || p >= sets[RANGES].first)
		next = next_in(&sets[RANGES], p ? p + 1 : sets[RANGES].first,
			       base, last);
	if (next || ranges)
		return next;
	if (p && p < sets[RANGES].first)
		return next_in(&sets[PAGES], p + 1, base, last);
	return next_in(&sets[PAGES], sets[PAGES].first, base, last);
}

/*
 * By address: leaves, or walks as well; an ASID does not matter to global
 * leaves, but to walks; and a level hint says where the leaf is.
 */
static bool covers(const struct invalidation *op, const struct pending *p)
{
	if (!overlaps(p, op->base, op->last))
		return false;
	if (is_table(p))
		return !op->last_level && op->all_asids &&
		       (op->level == LEVEL_ANY || op->level > p->level);
	if ((p->old & DESC_NG) && !op->all_asids)
		return false;
	return op->level == LEVEL_ANY || op->level == p->level;
}

static bool covers_leaf(const struct invalidation *op, const struct pending *p)
{
	return op->all_asids && !(p->leaf_holders & ~op->cpus) &&
	       (op->level == LEVEL_ANY || op->level == p->level + 1);
}

/* The leaves of a table, for which one address does not stand for others. */
static void invalidate_leaves(const struct invalidation *op, struct pending *p)
{
	if (op->base == 0 && op->last == ~0UL) {
		p->leaf_holders &= ~op->cpus;
		return;
	}
	if (!covers_leaf(op, p) || op->base > p->leaf_va ||
	    op->last < p->leaf_va)
		return;
	if (op->last >= last_address(p))
		p->leaf_holders = 0;
	else
		p->leaf_va = op->last + 1;
}

bool pending_leaf_gone(const struct pending *p, u64 va)
{
	u64 oldest = now > ARRAY_SIZE(done) ? now - ARRAY_SIZE(done) : 0, n;

	if (va < p->leaf_va)
		return true;
	for (n = p->time > oldest ? p->time : oldest; n < now; n++) {
		const struct invalidation *op = &done[n % ARRAY_SIZE(done)];

		if (op->base <= va && op->last >= va && covers_leaf(op, p))
			return true;
	}
	return false;
}

void pending_invalidate(const struct invalidation *op,
			void (*settled)(const struct pending *p))
{
	struct set *set;
	u32 i;

	done[now++ % ARRAY_SIZE(done)] = *op;
	for (set = sets; set < sets + ARRAY_SIZE(sets); set++) {
		if (op->last < set->lowest || op->base > set->highest)
			continue;
		/* Downwards: the last one, already seen, takes a free place. */
		for (i = set->count; i-- > 0;) {
			struct pending *p = &set->first[i];
			bool held = p->holders;

			if (covers(op, p))
				set_holders(p, p->holders & ~op->cpus);
			if (p->leaf_holders)
				invalidate_leaves(op, p);
			if (held && !p->holders)
				settled(p);
			if (!p->holders && !p->leaf_holders)
				pending_remove(p);
		}
	}
}
