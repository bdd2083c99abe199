/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translations that were changed or taken away, and that a TLB may still hold
 * because no TLBI since then covers them.
 *
 * All functions run under stage2_lock().
 */
#ifndef PENDING_H
#define PENDING_H

#include "types.h"

struct pending {
	u64 slot;		/* the entry */
	u64 va;
	u64 old;		/* what TLBs may hold: a leaf, or a table */
	u64 pc;			/* what changed it */
	u32 holders;		/* CPUs whose TLB may hold it */
	/*
	 * A table: CPUs whose TLB may hold leaves of it too. They need a TLBI
	 * each, lowest first, and it has got to leaf_va. What they say is kept
	 * of the first run of leaves that go on from each other: the first one,
	 * its index, and how many.
	 */
	u32 leaf_holders;
	u64 leaf_va;
	u64 leaf;
	u16 leaf_index, leaf_count;
	u32 next;
	int8_t level;
	bool narrowed;		/* a permission was taken away */
};

/* What a TLBI covers. */
struct invalidation {
	u32 cpus;
	u64 base, last;		/* addresses; both ends are inside */
	bool all_asids;
	bool last_level;	/* leaves only */
	int level;		/* of leaves by its hint; -1: any */
};

/* Take memory at the end of RAM; returns the end that is left. */
u64 pending_layout(u64 ram_end);

struct pending *pending_find(u64 slot);
/*
 * TLBs of @holders may hold @old for the entry at @slot, of @level, which the
 * instruction at @pc changes. What is known already of an earlier value stays.
 */
struct pending *pending_add(u64 slot, int level, u64 old, u32 holders, u64 pc);
/* The record is settled. */
void pending_remove(struct pending *p);

/* There are no TLB entries any more. */
void pending_forget_all(void);

/* Is there a record? */
bool pending_any(void);
/* Does a record exist that is about more than an entry of the last level? */
bool pending_ranges(void);
/* The first record, or the one behind @p, that lies in [@base, @last]. */
struct pending *pending_next(struct pending *p, u64 base, u64 last);

/*
 * A TLBI: take its CPUs from the records that it covers; call @settled for
 * each whose entry nobody holds any more.
 */
void pending_invalidate(const struct invalidation *op,
			void (*settled)(const struct pending *p));

#endif
