/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages of the guest are tables of its kernel (TTBR1), and which CPUs
 * can walk them.
 *
 * A table is tracked while a root that some CPU uses leads to it. It is then
 * read-only in stage 2, so that each store to it faults. A table whose last
 * entry was taken away is unlinked: it stays tracked until somebody reuses it.
 *
 * All functions run under stage2_lock().
 */
#ifndef TABLES_H
#define TABLES_H

#include "cpu.h"
#include "pgtable.h"

enum table_state {
	TABLE_NONE,
	TABLE_LIVE,
	TABLE_UNLINKED,
};

struct table {
	u64 va;			/* of its first entry, by the first link to it */
	u32 refs;		/* entries of tracked tables, and roots */
	u32 visit;		/* the last pass that came by */
	u32 generation;		/* in which these were found: */
	u8 walkers;
	int8_t level;
	u8 state;		/* enum table_state */
	u8 unlinked_by;		/* CPU */
	u16 first;		/* a root may begin inside of its page, */
	u16 entries;		/* and be shorter */
	u16 waiting;		/* records of entries that led to it */
	bool fresh;		/* protected, and not counted yet */
};

/* The format that all CPUs use. */
extern struct format format;

/* Take memory at the end of RAM; returns the end that is left. */
u64 tables_layout(u64 ram_end);

/* The page of a table that @pa lies in. */
u64 table_page(u64 pa);
/* What is known about the table in the page of @pa, which is guest RAM. */
struct table *table_of(u64 pa);
/* Is there an entry of a tracked table at @slot? */
bool is_slot(u64 slot);
/* Address that the entry at @slot translates. */
u64 slot_va(u64 slot);
/* The entry that @va has in the tree of @cpu's root at the last level; or 0. */
u64 leaf_slot(unsigned int cpu, u64 va);

/*
 * CPU @cpu uses the root @pa from now on, or none (0). What it used before
 * may be in its TLB until tables_invalidated().
 */
void tables_use_root(unsigned int cpu, u64 pa);
/* CPU @cpu forgets what it has in its TLB: TLBI VMALLE1, or power off. */
void tables_invalidated(unsigned int cpu);
/* The format changed while no CPU uses a root. */
void tables_forget_all(void);

/* Does the root @pa, which is in use, translate anything? */
bool tables_has_entries(u64 pa);

/* CPUs that can walk the table in @page, or may have entries of it cached. */
u32 tables_walkers(u64 page);
/* CPUs that use a root now, or may have entries cached. */
u32 tables_users(void);

/* A table descriptor for @page, at @level of @va, is about to be written. */
void tables_link(u64 page, int level, u64 va);
/*
 * A table descriptor for @page was taken away by @cpu at @pc; @walkers could
 * walk it. After the last one the table is unlinked, and so are tables that
 * only it leads to; without walkers they are forgotten. @fn is called for each
 * entry below @page that was the last one to lead to a table.
 */
void tables_unlink(u64 page, u32 walkers, unsigned int cpu, u64 pc,
		   void (*fn)(u64 slot, u64 desc, u32 walkers, u64 pc));
/* The page is no table any more: whoever has it may write it. */
void tables_release(u64 page);

/*
 * Is everything that a CPU can walk tracked and read-only? *@count is the
 * number of tables; with @report what is not is printed.
 */
bool tables_audit(u64 *count, bool report);

#endif
