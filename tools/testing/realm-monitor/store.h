/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stores of the guest to tables, which stage 2 does not let it make itself.
 *
 * All functions run under stage2_lock().
 */
#ifndef STORE_H
#define STORE_H

#include "cpu.h"

/* How many there were, by the way they were done. */
struct store_counts {
	u64 stores, stepped, exclusives, walker;
};
extern struct store_counts store_counts;

/*
 * Do the store to @pa, in a tracked table, that the abort with syndrome @esr
 * is about, and judge what it changes. On return the guest goes on at
 * @regs->elr. If this CPU is stepping then, the lock stays held for one
 * instruction of the guest, until store_stepped().
 */
void store_do(struct cpu *cpu, struct regs *regs, u64 esr, u64 pa);

/* Do what the table walker wants to do to the table at @pa: set a flag. */
void store_walker(struct cpu *cpu, u64 esr, u64 va, u64 pa);

/*
 * Let the guest make one access to the granule of @pa, whatever it may do there.
 * The lock stays held until store_stepped().
 */
void store_step(struct cpu *cpu, struct regs *regs, u64 pa);

/*
 * The trap behind a single step. True if it is nothing but that; otherwise it
 * is to be handled like any other. The lock is no longer held.
 */
bool store_stepped(struct cpu *cpu, struct regs *regs, u64 esr);

#endif
