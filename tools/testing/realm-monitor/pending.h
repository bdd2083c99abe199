/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Translations that were changed or taken away, and that a TLB may still hold
 * because no TLBI since then covers them.
 *
 * An entry can have several records: one for the leaves that it was, and one for
 * each table that it led to.
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
	u64 time;		/* number of TLBIs before */
	u32 holders;		/* CPUs whose TLB may hold it */
	u32 next;
	/*
	 * A table: CPUs whose TLB may hold leaves of it too. Each leaf needs a
	 * TLBI of its own; those that come in order have got to leaf_va. What
	 * the leaves said is kept of the first run of them that go on from each
	 * other: the first one, its index, and how many.
	 */
	u64 leaf_va;
	u64 leaf;
	u32 leaf_holders;
	u16 leaf_index, leaf_count;
	int8_t level;
	bool narrowed;		/* a permission was taken away */
};

/* What a TLBI covers. */
struct invalidation {
	u32 cpus;
	u64 base, last;		/* addresses; both ends are inside */
	bool all_asids;
	bool last_level;	/* leaves only */
	int level;		/* of leaves by its hint, or one of these */
};

#define LEVEL_ANY	(-1)
#define LEVEL_NONE	(-2)	/* a hint that is wrong for all */

/* Take memory at the end of RAM; returns the end that is left. */
u64 pending_layout(u64 ram_end);

/* The record for @old, a leaf or a table, that was in the entry at @slot. */
struct pending *pending_find(u64 slot, int level, u64 old);

/* The record of an entry that led to the table in @page, but @except; or NULL. */
struct pending *pending_table(u64 page, const struct pending *except);

/*
 * TLBs of @holders may hold @old for the entry at @slot, of @level, which the
 * instruction at @pc changes. Of several leaves the record has the permissions
 * of all.
 */
struct pending *pending_add(u64 slot, int level, u64 old, u32 holders, u64 pc);
/* The record is settled. */
void pending_remove(struct pending *p);

/* There are no TLB entries any more. */
void pending_forget_all(void);

/* Is there a record? */
bool pending_any(void);

/*
 * The first record, or the one behind @p, that lies in [@base, @last]; with
 * @ranges only of entries above the last level.
 */
struct pending *pending_next(struct pending *p, u64 base, u64 last, bool ranges);

/* Has the leaf for @va, of the table that @p is about, had its TLBI? */
bool pending_leaf_gone(const struct pending *p, u64 va);

/*
 * A TLBI: take its CPUs from the records that it covers; call @settled for
 * each whose entry nobody holds any more.
 */
void pending_invalidate(const struct invalidation *op,
			void (*settled)(const struct pending *p));

#endif
