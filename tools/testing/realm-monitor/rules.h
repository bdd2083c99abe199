/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules: what a change of a table entry, a TLBI, or a change of a
 * granule's RIPAS means for what CPUs can walk and have cached.
 *
 * All functions run under stage2_lock().
 */
#ifndef RULES_H
#define RULES_H

#include "cpu.h"
#include "pending.h"
#include "stage2.h"

/* Things that happen to a table, for monitor.watch.hold=. */
enum happening {
	HAPPENED_MMU_ON		= 1,
	HAPPENED_SPLIT		= 2,
	HAPPENED_COLLAPSE	= 4,
	HAPPENED_INVALIDATE	= 8,
	HAPPENED_TLBI		= 16,
	HAPPENED_PC		= 32,
};

/*
 * Does this CPU support BBML3, live changes of mapping size, on whatever
 * implementation the guest may run?
 */
bool rules_supports_bbml3(const struct cpu *cpu);

/*
 * The guest's instruction at @regs on @cpu changes the entry at @slot, that
 * @walkers can walk, from @old to @new. A table that becomes reachable is
 * tracked on return. Returns what happened.
 */
u32 rules_entry(const struct cpu *cpu, const struct regs *regs, u64 slot,
		u64 old, u64 new, u32 walkers);

/* To be called when @new is in memory. */
void rules_entry_done(const struct cpu *cpu, const struct regs *regs, u64 slot,
		      u64 old, u64 new, u32 walkers);

/* A TLBI of @cpu is complete. */
void rules_tlbi(const struct cpu *cpu, const struct regs *regs,
		const struct invalidation *op);

/* Guest RAM [@base, @top) is about to get the RIPAS @ripas. */
void rules_ripas(const struct cpu *cpu, const struct regs *regs, u64 base,
		 u64 top, enum ripas ripas);

/*
 * The page of an unlinked table is written, or, after its TLBI, read by who has
 * no reason to.
 */
void rules_unlinked(const struct cpu *cpu, const struct regs *regs, u64 pa,
		    bool write);

/* The guest is at its end: what was left undone? */
void rules_end(const struct cpu *cpu);

/* No CPU has anything in its TLB. */
void rules_forget_all(void);

#endif
